import Foundation
import FoundationXML
import Reporting
import Testing
import Verification

@Suite struct JUnitReportTests {
    private func suites(_ report: VerificationReport) throws -> XMLElement {
        let document = try XMLDocument(xmlString: JUnitReport().text(of: report))
        let root = try #require(document.rootElement())
        #expect(root.name == "testsuites")
        return root
    }

    private func value(_ element: XMLElement, _ attribute: String) -> String? {
        element.attribute(forName: attribute)?.stringValue
    }

    private func elements(_ element: XMLElement, _ name: String) -> [XMLElement] { element.elements(forName: name) }

    @Test func aCasePerProperty() throws {
        let root = try suites(
            Sample.report([Sample.proved, Sample.refuted, Sample.inconclusive, Sample.vacuous, Sample.rejected]))
        let suite = try #require(elements(root, "testsuite").first)
        #expect(value(suite, "name") == "box")
        for counted in [root, suite] {
            #expect(value(counted, "tests") == "5" && value(counted, "failures") == "1")
            #expect(value(counted, "errors") == "3" && value(counted, "skipped") == "0")
        }
        let cases = elements(suite, "testcase")
        #expect(cases.map { value($0, "name") } == ["unchanged", "payload", "memory", "never", "accepted"])
        #expect(cases.allSatisfy { value($0, "classname") == "box" })
        #expect(value(cases[0], "time") == "0.123")
        let outcomes = cases.map { ($0.children ?? []).compactMap(\.name) }
        #expect(outcomes == [[], ["failure"], ["error"], ["error"], ["error"]])
        let failure = try #require(elements(cases[1], "failure").first)
        #expect(value(failure, "type") == "refuted")
        #expect(value(failure, "message") == "broken: q.payload == p.payload, confirmed by the native program")
        #expect(failure.stringValue?.contains("packet in at inside") == true)
        let error = try #require(elements(cases[2], "error").first)
        #expect(value(error, "type") == "inconclusive")
        #expect(value(cases[2], "file") == "box.c" && value(cases[2], "line") == "2")
    }

    @Test func whatWasLostFails() throws {
        var report = Sample.report([Sample.proved])
        report.baseline = Sample.losses
        let root = try suites(report)
        let suites = elements(root, "testsuite")
        #expect(suites.map { value($0, "name") } == ["box", "baseline"])
        let cases = suites.flatMap { elements($0, "testcase") }
        #expect(cases.map { value($0, "name") } == ["unchanged", "element leave", "assumptions", "gone"])
        for test in cases { #expect(elements(test, "failure").count == 1) }
        #expect(value(root, "failures") == "4")
    }

    @Test func anInterruptionIsAnError() throws {
        let root = try suites(Sample.report([Sample.proved], runState: .interrupted))
        #expect(value(root, "errors") == "1")
        let error = try #require(elements(root, "testsuite").last.flatMap { elements($0, "testcase").first })
        #expect(elements(error, "error").count == 1)
    }

    /// Whatever is in a reason, the document is XML, and says the same.
    @Test(arguments: [
        "a < b && \"c\" > 'd'", "two\nlines\tand a tab", "]]> <!-- &amp;", "bell \u{7} and \u{1B}[31m", "\u{FFFE}é 字 😀",
        "\r\n",
    ])
    func anyTextMayBeInIt(words: String) throws {
        var property = Sample.inconclusive
        property.reason = words
        let root = try suites(Sample.report([property]))
        let test = try #require(elements(root, "testsuite").first.flatMap { elements($0, "testcase").first })
        let error = try #require(elements(test, "error").first)
        let shown = String(
            String.UnicodeScalarView(
                words.unicodeScalars.map { scalar in
                    scalar.value < 0x20 && !["\n", "\t", "\r"].contains(scalar) || scalar.value == 0xFFFE
                        ? "\u{FFFD}" : scalar
                }))
        #expect(value(error, "message") == shown)
    }
}
