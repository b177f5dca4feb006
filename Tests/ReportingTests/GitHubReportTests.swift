import Diagnostics
import Reporting
import Testing
import Verification

@Suite struct GitHubReportTests {
    private func lines(_ report: VerificationReport, _ paths: RepositoryPaths = RepositoryPaths()) -> [String] {
        GitHubReport(paths: paths).text(of: report).split(separator: "\n").map(String.init)
    }

    @Test func theWorstComesFirst() {
        let report = Sample.report([Sample.proved, Sample.vacuous, Sample.inconclusive, Sample.refuted])
        let lines = lines(report)
        #expect(lines.count == 4)
        #expect(
            lines[0].hasPrefix("::error file=box.c,line=1,title=box.payload is refuted::broken: q.payload == p.payload")
        )
        #expect(lines[0].hasSuffix("%0Areplay box out/box.pcap"))
        #expect(
            lines[1]
                == "::warning file=box.c,line=2,col=5,title=box.memory is inconclusive::the loop at box.c:2 may run more than 64 times"
        )
        #expect(lines[2].hasPrefix("::warning ") && lines[2].contains("title=box.never is vacuous::"))
        #expect(lines[3] == "1 middlebox, 4 properties: 1 proved, 1 refuted, 1 inconclusive, 1 vacuous")
    }

    @Test func whatToDoIsSaidOnALineOfItsOwn() {
        var property = Sample.inconclusive
        property.hint = "raise the bound"
        #expect(lines(Sample.report([property]))[0].hasSuffix("more than 64 times%0AHint: raise the bound"))
    }

    @Test func ofWhatIsProvedThereIsOneLine() {
        #expect(lines(Sample.report([Sample.proved])) == ["1 middlebox, 1 property: 1 proved"])
    }

    @Test func atMostTenAndHowManyMore() {
        let many = (1...13).map { number in
            PropertyReport(
                name: "p\(number)", kind: .step, verdict: number == 13 ? .refuted : .inconclusive, reason: "why")
        }
        let lines = lines(Sample.report(many))
        #expect(lines.count { $0.hasPrefix("::") } == 10)
        #expect(lines[0].contains("box.p13"))
        #expect(lines[10] == "and 3 more")
        let interrupted = self.lines(Sample.report(many, runState: .interrupted))
        #expect(interrupted.count { $0.hasPrefix("::") } == 10 && interrupted[0].contains("interrupted"))
        #expect(interrupted.contains("and 4 more"))
    }

    /// What has a meaning in a workflow command cannot come from a name or a reason.
    @Test func nothingBreaksOutOfAnAnnotation() {
        var property = Sample.inconclusive
        property.name = "a,b:c"
        property.reason = "100 %\n::error::mine"
        property.location = SourceLocation(file: "odd,name:x.c", line: 3, column: 0)
        let lines = lines(Sample.report([property]))
        #expect(lines.count == 2)
        #expect(
            lines[0]
                == "::warning file=odd%2Cname%3Ax.c,line=3,title=box.a%2Cb%3Ac is inconclusive::100 %25%0A::error::mine"
        )
    }

    @Test func filesAreNamedFromTheTopOfTheRepository() {
        let lines = lines(Sample.report([Sample.inconclusive]), RepositoryPaths(workingDirectory: "network/boxes"))
        #expect(lines[0].contains("file=network/boxes/box.c,"))
        var outside = Sample.inconclusive
        outside.location = SourceLocation(file: "../specs/./box.gravel", line: 3, column: 1)
        #expect(
            self.lines(Sample.report([outside]), RepositoryPaths(workingDirectory: "network/boxes"))[0]
                .contains("file=network/specs/box.gravel,"))
    }

    @Test func whatWasLostIsAnError() {
        var report = Sample.report([Sample.proved, Sample.inconclusive])
        report.baseline = Sample.losses
        let lines = lines(report)
        #expect(lines[0].hasPrefix("::error title=box.unchanged%3A lost since the baseline::"))
        #expect(lines.count { $0.hasPrefix("::error") } == 4)
        #expect(lines.last?.hasSuffix("; 4 losses since the baseline") == true)
    }
}

@Suite struct MarkdownSummaryTests {
    @Test func aTableOfWhatIsNotProvedThenAll() {
        let text = MarkdownSummary().text(of: Sample.report([Sample.proved, Sample.inconclusive, Sample.refuted]))
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines[0] == "## ❌ gravel: 1 middlebox, 3 properties: 1 proved, 1 refuted, 1 inconclusive")
        let findings = lines.filter { $0.hasPrefix("| ❌") || $0.hasPrefix("| ⚠️") }
        #expect(findings.count == 2 && findings[0].contains("box.payload is refuted"))
        #expect(lines.contains("| unchanged | step | proved | RFC 3022 section 4.1, RFC 1624 |"))
    }

    @Test func greenIsShownWhereAllIsProved() {
        #expect(MarkdownSummary().text(of: Sample.report([Sample.proved])).hasPrefix("## ✅ gravel: "))
        var lost = Sample.report([Sample.proved])
        lost.baseline = Sample.losses
        for report in [lost, Sample.report([Sample.proved], runState: .interrupted), Sample.report([Sample.vacuous])] {
            #expect(MarkdownSummary().text(of: report).hasPrefix("## ❌ gravel: "))
        }
    }

    @Test func aCellStaysACell() {
        var property = Sample.inconclusive
        property.reason = "a | b\n<script> *x* snake_case"
        let lines = MarkdownSummary().text(of: Sample.report([property])).split(separator: "\n")
        let row = lines.first { $0.hasPrefix("| ⚠️") }
        #expect(row?.contains("a \\| b<br>&lt;script> \\*x\\* snake\\_case") == true)
    }
}
