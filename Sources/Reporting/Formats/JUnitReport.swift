import Foundation
import Verification

/// A run as JUnit XML, the form that CI servers show as tests: a suite per middlebox, a case per property.
///
/// What is refuted, or was lost since the baseline, is a failure; what is neither proved nor refuted is an error, so that no server takes it
/// for passed. Nothing is ever skipped. An interrupted run has a case of its own, which is an error.
public struct JUnitReport: Sendable {
    public init() {}

    /// Ends with a newline.
    public func text(of report: VerificationReport) -> String {
        var suites = report.middleboxes.map { Suite($0, lost: report.baseline?.lost ?? []) }
        let names = Set(report.middleboxes.map(\.name))
        let gone = (report.baseline?.lost ?? []).filter { !names.contains($0.middlebox) }
        if !gone.isEmpty { suites.append(Suite(name: "baseline", cases: gone.map(Case.init))) }
        if report.runState == .interrupted {
            let interrupted = Case(
                name: "complete", seconds: 0, outcome: .error("interrupted", VerificationReport.interruption))
            suites.append(Suite(name: "run", cases: [interrupted]))
        }
        let cases = suites.flatMap(\.cases)
        var xml = XMLText()
        xml.open("testsuites", [("name", "gravel")] + Self.counts(of: cases))
        for suite in suites {
            xml.open("testsuite", [("name", suite.name)] + Self.counts(of: suite.cases))
            if !suite.settings.isEmpty {
                xml.open("properties")
                for (name, value) in suite.settings { xml.empty("property", [("name", name), ("value", value)]) }
                xml.close("properties")
            }
            for test in suite.cases { write(test, of: suite, to: &xml) }
            xml.close("testsuite")
        }
        xml.close("testsuites")
        return xml.text
    }

    private static func counts(of cases: [Case]) -> [(String, String)] {
        [
            ("tests", "\(cases.count)"), ("failures", "\(cases.count { $0.outcome.isFailure })"),
            ("errors", "\(cases.count { $0.outcome.isError })"), ("skipped", "0"),
            ("time", decimal(cases.reduce(0) { $0 + $1.seconds })),
        ]
    }

    private static func decimal(_ seconds: Double) -> String { String(format: "%.3f", seconds.isFinite ? seconds : 0) }

    private func write(_ test: Case, of suite: Suite, to xml: inout XMLText) {
        var attributes = [("classname", suite.name), ("name", test.name), ("time", Self.decimal(test.seconds))]
        if let file = test.file { attributes.append(("file", file)) }
        if let line = test.line { attributes.append(("line", "\(line)")) }
        let (element, type, message): (String, String, String)
        switch test.outcome {
        case .passed: return xml.empty("testcase", attributes)
        case .failure(let kind, let words): (element, type, message) = ("failure", kind, words)
        case .error(let kind, let words): (element, type, message) = ("error", kind, words)
        }
        xml.open("testcase", attributes)
        xml.leaf(element, [("type", type), ("message", message)], text: test.story)
        xml.close("testcase")
    }

    // MARK: What is written

    private enum Outcome {
        case passed
        case failure(String, String)
        case error(String, String)

        var isFailure: Bool { if case .failure = self { true } else { false } }
        var isError: Bool { if case .error = self { true } else { false } }
    }

    private struct Case {
        var name: String
        var seconds: Double
        var outcome: Outcome
        var file: String?
        var line: Int?
        /// At length.
        var story = ""

        init(name: String, seconds: Double, outcome: Outcome) {
            (self.name, self.seconds, self.outcome) = (name, seconds, outcome)
        }

        init(_ property: PropertyReport, of middlebox: MiddleboxReport, lost: LostProof?) {
            let outcome: Outcome
            switch property.verdict {
            case .proved: outcome = lost.map { .failure("lost", $0.message) } ?? .passed
            case .refuted: outcome = .failure("refuted", property.sentence)
            case .inconclusive, .vacuous, .error: outcome = .error(property.verdict.rawValue, property.sentence)
            }
            self.init(name: property.name, seconds: property.seconds, outcome: outcome)
            file = property.location?.file
            line = property.location?.line
            if property.verdict != .proved {
                story = TextReport(width: 100).story(of: property, in: middlebox)
            }
            if let lost { story += (story.isEmpty ? "" : "\n") + "lost since the baseline: \(lost.message)" }
        }

        init(_ lost: LostProof) {
            let name =
                switch lost.subject {
                case .middlebox: lost.middlebox
                case .assumption: "assumptions"
                case .element(let name): "element \(name)"
                case .property(let name): name
                }
            self.init(name: name, seconds: 0, outcome: .failure("lost", lost.message))
            file = lost.location?.file
            line = lost.location?.line
            story = lost.message
        }
    }

    private struct Suite {
        var name: String
        var cases: [Case]
        var settings: [(String, String)] = []

        init(name: String, cases: [Case]) { (self.name, self.cases) = (name, cases) }

        init(_ middlebox: MiddleboxReport, lost: [LostProof]) {
            let own = lost.filter { $0.middlebox == middlebox.name }
            let names = Set(middlebox.properties.map(\.name))
            func isJudged(_ lost: LostProof) -> Bool {
                if case .property(let name) = lost.subject { names.contains(name) } else { false }
            }
            let cases = middlebox.properties.map { property in
                Case(property, of: middlebox, lost: own.first { $0.subject == .property(property.name) })
            }
            self.init(name: middlebox.name, cases: cases + own.filter { !isJudged($0) }.map(Case.init))
            settings = middlebox.properties.flatMap { property in
                property.cites.map { ("\(property.name) cites", $0) }
            }
        }
    }
}
