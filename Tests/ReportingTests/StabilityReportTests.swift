import Foundation
import Reporting
import Testing
import Verification

@Suite struct StabilityReportTests {
    private func run(_ verdict: Verdict, _ queries: [(String, Int)]) -> MiddleboxReport {
        var report = Sample.report([Sample.proved, PropertyReport(name: "other", kind: .step, verdict: verdict)])
            .middleboxes[0]
        report.times.queries = queries.map { name, steps in
            var query = QuestionReport(name: name)
            query.steps = steps
            return query
        }
        return report
    }

    @Test func whatHangsOnTheSeedIsNamed() {
        let report = StabilityReport(of: [
            (0, run(.proved, [("a", 20_000), ("b", 50_000), ("small", 10)])),
            (1, run(.inconclusive, [("a", 80_000), ("b", 60_000), ("small", 9_000)])),
            (2, run(.proved, [("a", 40_000), ("b", 70_000), ("once", 15_000)])),
        ])
        #expect(report.unstable == ["other"])
        #expect(report.totals == [70_010, 149_000, 125_000])
        #expect(report.slowest.map(\.name) == ["a", "b", "once"])
        #expect(report.mostUnstable.map(\.name) == ["a", "b"])
        #expect(report.mostUnstable[0].spread == 4 && report.mostUnstable[0].median == 40_000)
        #expect(report.text.contains("other: proved 2 of 3, inconclusive 1 of 3"))
        #expect(report.text.contains("all queries together: 70 to 149 thousand steps"))
    }

    @Test func whatDoesNotIsSaidToo() throws {
        let report = StabilityReport(of: [(0, run(.proved, [("a", 1)])), (1, run(.proved, [("a", 2)]))])
        #expect(report.unstable.isEmpty && report.text.contains("Every verdict is the same under every seed."))
        let document = try JSONSerialization.jsonObject(with: Data(try [report].json().utf8)) as? [String: Any]
        let box = try #require((document?["middleboxes"] as? [[String: Any]])?.first)
        #expect(box["seeds"] as? [Int] == [0, 1] && box["steps"] as? [Int] == [1, 2])
        let properties = try #require(box["properties"] as? [[String: Any]])
        #expect(properties.allSatisfy { $0["stable"] as? Bool == true })
    }
}

@Suite struct ExplanationTests {
    @Test func onlyTheOwnQueriesCount() {
        var box = Sample.report([Sample.proved, Sample.refuted]).middleboxes[0]
        box.times.queries = [
            "unchanged, path1", "unchanged (neighbours), path2", "unchanged_too, path3", "checks, enter",
        ].map {
            QuestionReport(name: $0, at: .init(file: "box.c", line: 2, column: 1))
        }
        box.inferred = ["size <= 3"]
        let text = Explanation(of: Sample.proved, in: box).text
        #expect(text.contains("box.unchanged: proved"))
        #expect(text.contains("  property unchanged\n    when p enters any"))
        #expect(text.contains("ways that end in: enter\n") && text.contains("sliced away: leave\n"))
        #expect(text.contains("unchanged, path1") && text.contains("unchanged (neighbours), path2"))
        #expect(!text.contains("unchanged_too") && !text.contains("checks, enter"))
        #expect(text.contains("size <= 3"))
        #expect(Explanation(of: Sample.refuted, in: box).text.contains("q.payload == p.payload"))
    }
}
