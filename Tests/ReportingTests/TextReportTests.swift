import Diagnostics
import Reporting
import Testing
import Verification

@Suite struct TextReportTests {
    @Test func everythingProved() {
        #expect(
            TextReport().text(of: Sample.report([Sample.proved])) == """
                box: 2 elements, 15 paths, 1 property

                  element  paths  lines  state
                  enter        3  1-2    -
                  leave       12  3-9    map, pool

                  property   kind  verdict      time  cites
                  unchanged  step  proved     0.12 s  RFC 3022 section 4.1, RFC 1624

                1 middlebox, 1 property: 1 proved

                """)
    }

    @Test func aCrossCheckIsCounted() {
        var report = Sample.report([Sample.proved])
        report.crossCheck = Sample.crossCheck
        #expect(
            TextReport(width: 200).text(of: report).hasSuffix(
                """
                1 middlebox, 1 property: 1 proved
                cross-check by cvc5 1.0.3: 100 answers (40 to obligations as they stood before they were encoded): \
                90 agreed, 6 unknown (2 at the time limit), 3 failed, 1 not asked
                  where it gave no answer, the first reason was: it said 'no'

                """))
    }

    @Test func aRefutationTellsItsStory() {
        let text = TextReport().text(of: Sample.report([Sample.refuted]))
        let story = text.split(separator: "\n").map(String.init).drop { $0 != "box.payload: refuted" }
        let expected = [
            "box.payload: refuted",
            "  broken: q.payload == p.payload",
            "  configuration",
            "    address: 10.0.0.1",
            "  packet in at inside, 18 bytes, time 1.000000005 s",
        ]
        #expect(Array(story.prefix(expected.count)) == expected)
        // A note, and where there is none, the line itself.
        #expect(story.contains("    box.c:1  entered"))
        #expect(story.contains("    box.c:2  two();"))
        #expect(story.contains("  out at outside, 18 bytes; what changed:"))
        #expect(story.contains { $0.hasPrefix("    * payload") && $0.contains("01 02 03 09") && $0.contains("was") })
        #expect(story.contains("  out at inside, 18 bytes, unchanged"))
        #expect(story.contains("  capture:   out/box.pcap"))
        #expect(story.contains("  again:     replay box out/box.pcap"))
        #expect(story.contains("  confirmed: the native program does the same"))
        #expect(story.last == "1 middlebox, 1 property: 1 refuted")
    }

    @Test func anUnconfirmedRefutationSaysSo() {
        var property = Sample.refuted
        property.counterexample?.confirmed = false
        let text = TextReport().text(of: Sample.report([property]))
        #expect(text.contains("not confirmed by the native program"))
    }

    @Test func theReasonIsSaidOnce() {
        var property = Sample.refuted
        property.reason = "it does not hold that q.payload == p.payload"
        let text = TextReport().text(of: Sample.report([property]))
        #expect(text.contains("\n  it does not hold that q.payload == p.payload\n"))
        #expect(!text.contains("broken:"))
    }

    @Test func whatTheNativeProgramWasSeenToDo() {
        var property = Sample.refuted
        property.counterexample?.observed = "did not end at box.c:2"
        property.counterexample?.steps[0].outputs = []
        property.counterexample?.steps[0].drops = 0
        let text = TextReport().text(of: Sample.report([property]))
        #expect(text.contains("\n  nothing out\n  confirmed: the native program did not end at box.c:2\n"))
        // The plain program need not show what a sanitizer sees.
        #expect(!text.contains("again:"))
    }

    @Test func aTraceThatTheProgramDoesNotFollow() {
        var property = Sample.inconclusive
        property.counterexample = Sample.counterexample
        property.counterexample?.confirmed = false
        property.counterexample?.observed = "it sent nothing"
        let text = TextReport(width: 200).text(of: Sample.report([property]))
        #expect(text.contains("Run natively, the program does something else."))
        #expect(!text.contains("no trace that leads to it was found"))
    }

    @Test func longPathsAreShortened() {
        var property = Sample.refuted
        let lines = (1...100).map { (location: SourceLocation(file: "box.c", line: $0, column: 1), note: "step \($0)") }
        property.counterexample?.steps[0].path = lines.flatMap { [$0, $0] }
        let text = TextReport().text(of: Sample.report([property]))
        #expect(text.contains("step 20\n    … 60 more …\n    box.c:81"))
    }

    @Test func propertiesThatAreOpenForOneReasonAreToldTogether() {
        var other = Sample.inconclusive
        other.name = "loops"
        let text = TextReport().text(of: Sample.report([Sample.inconclusive, Sample.vacuous, other]))
        #expect(
            text.contains(
                """
                box: 2 properties inconclusive
                  memory, loops
                  the loop at box.c:2 may run more than 64 times
                  at box.c:2:5
                """))
        #expect(text.contains("box.never: vacuous\n"))
    }

    @Test func aPacketWithoutOutputsIsDropped() {
        var property = Sample.refuted
        property.counterexample?.steps[0].outputs = []
        property.counterexample?.steps[0].drops = 1
        #expect(TextReport().text(of: Sample.report([property])).contains("\n  nothing out: dropped\n"))
    }

    @Test func anOpenPropertyShowsItsPlace() {
        let text = TextReport().text(of: Sample.report([Sample.inconclusive]))
        #expect(
            text.contains(
                """
                box.memory: inconclusive
                  the loop at box.c:2 may run more than 64 times
                """))
        #expect(text.contains("|     two();"))
        #expect(text.contains("^"))
    }

    /// The step that a proof stumbled over is no trace of the program: nobody is told that it is.
    @Test func aStepOfInductionIsNoRefutation() {
        var property = Sample.inconclusive
        property.counterexample = Sample.counterexample
        let text = TextReport(width: 200).text(of: Sample.report([property]))
        #expect(text.contains("not proved: q.payload == p.payload"))
        #expect(text.contains("no trace that leads to it was found"))
        #expect(!text.contains("confirmed"))
    }

    @Test func countsComePerVerdict() {
        let report = Sample.report([Sample.proved, Sample.refuted, Sample.inconclusive, Sample.vacuous, Sample.proved])
        #expect(
            TextReport().text(of: report).hasSuffix(
                "1 middlebox, 5 properties: 2 proved, 1 refuted, 1 inconclusive, 1 vacuous\n"))
    }

    @Test func colourIsOnlyPaint() {
        let report = Sample.report([Sample.proved, Sample.refuted, Sample.inconclusive, Sample.vacuous])
        let painted = TextReport(usesColor: true).text(of: report)
        #expect(painted.contains("\u{1B}[32mproved"))
        #expect(painted.contains("\u{1B}[31mrefuted"))
        let plain = painted.replacing(/\u{1B}\[[0-9;]*m/, with: "")
        #expect(plain == TextReport().text(of: report))
        #expect(!plain.contains("\u{1B}"))
    }

    @Test func citesAreBrokenToTheWidth() {
        let text = TextReport(width: 60).text(of: Sample.report([Sample.proved]))
        let lines = text.split(separator: "\n")
        #expect(lines.contains { $0.hasSuffix("RFC 3022 section 4.1,") })
        #expect(lines.contains { $0.trimmingPrefix(while: { $0 == " " }) == "RFC 1624" })
    }

    @Test func anInterruptedRunSaysSo() {
        let text = TextReport().text(of: Sample.report([Sample.proved], runState: .interrupted))
        #expect(text.hasPrefix("Interrupted: not every property was judged.\n"))
        #expect(text.hasSuffix("1 property until the interruption: 1 proved\n"))
    }

    @Test func timesAreToldOnRequestOnly() {
        let report = Sample.report([Sample.proved])
        #expect(TextReport(isVerbose: true).text(of: report).contains("by phase\n  execute  0.25 s\n"))
        #expect(!TextReport().text(of: report).contains("execute"))
    }
}
