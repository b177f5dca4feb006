import Diagnostics
import Foundation
import Verification

/// A run as one JSON document, for programs. Version 1 of the schema: the command-line contract in the design.
///
/// Keys are in alphabetical order and lists in the order of the report, so that two runs differ in times only. Absent values are `null`.
public struct JSONReport: Sendable {
    public static let schemaVersion = 1

    public init() {}

    /// Ends with a newline.
    ///
    /// - Throws: `EncodingError`, for a time that is not a number.
    public func text(of report: VerificationReport) throws -> String {
        try JSONEncoder.document(Document(report))
    }

    private struct Document: Encodable {
        let schemaVersion = JSONReport.schemaVersion
        let runState: VerificationReport.RunState
        let tool: [String: String]
        let middleboxes: [Middlebox]
        let summary: [String: Int]
        /// Left out where no second solver was asked.
        let crossCheck: CrossCheck?
        /// Left out where none was given, or the run was interrupted.
        let baseline: Baseline?

        init(_ report: VerificationReport) {
            runState = report.runState
            tool = Dictionary(report.tools.map { ($0.name, $0.version) }, uniquingKeysWith: { first, _ in first })
            middleboxes = report.middleboxes.map(Middlebox.init)
            summary = Dictionary(uniqueKeysWithValues: Verdict.allCases.map { ($0.rawValue, report.count(of: $0)) })
            crossCheck = report.crossCheck.map(CrossCheck.init)
            baseline = report.baseline.map(Baseline.init)
        }
    }

    private struct Baseline: Encodable {
        struct Lost: Encodable {
            let middlebox: String
            /// `middlebox`, `element`, `property` or `assumption`.
            let subject: String
            let name: OrNull<String>
            let message: String
            let location: OrNull<Location>
        }

        let file: String
        let lost: [Lost]
        let changed: [String]
        let added: [String]

        init(_ comparison: BaselineComparison) {
            file = comparison.path
            changed = comparison.changed
            added = comparison.added
            lost = comparison.lost.map { lost in
                let (subject, name): (String, String?) =
                    switch lost.subject {
                    case .middlebox: ("middlebox", nil)
                    case .assumption: ("assumption", nil)
                    case .element(let name): ("element", name)
                    case .property(let name): ("property", name)
                    }
                return Lost(
                    middlebox: lost.middlebox, subject: subject, name: OrNull(name), message: lost.message,
                    location: OrNull(lost.location.map(Location.init)))
            }
        }
    }

    private struct CrossCheck: Encodable {
        let solver: String
        let version: String
        /// Those agreed on, disagreed on, unknown, failed and not asked add up to it.
        let answers: Int
        let agreed: Int
        let disagreed: Int
        let unknown: Int
        /// Of the unknown.
        let late: Int
        let failed: Int
        let notAsked: Int
        /// Of the answers: those to obligations as they stood before they were encoded, and those by simplification.
        let whole: Int
        let simplified: Int
        /// Besides the answers.
        let settledByBuilders: Int
        let failure: OrNull<String>

        init(_ report: CrossCheckReport) {
            solver = report.solver
            version = report.version
            answers = report.answers
            agreed = report.agreed
            disagreed = report.disagreements.count
            unknown = report.unknown
            late = report.late
            failed = report.failed
            notAsked = report.notAsked
            whole = report.whole
            simplified = report.simplified
            settledByBuilders = report.settledByBuilders
            failure = OrNull(report.failure)
        }
    }

    private struct Middlebox: Encodable {
        let name: String
        let elements: [Element]
        let properties: [Property]
        /// Invariants, in the specification language.
        let inferred: [String]
        /// Seconds by phase.
        let phases: [Phase]

        init(_ report: MiddleboxReport) {
            name = report.name
            elements = report.elements.map(Element.init)
            properties = report.properties.map(Property.init)
            inferred = report.inferred
            phases = report.times.phases.map { Phase(name: $0.name, seconds: rounded($0.seconds)) }
        }
    }

    private struct Phase: Encodable {
        let name: String
        let seconds: Double
    }

    private struct Element: Encodable {
        let name: String
        let paths: Int
        /// First and last.
        let lines: [Int]
        let state: [String]

        init(_ report: ElementReport) {
            name = report.name
            paths = report.paths
            lines = [report.lines.lowerBound, report.lines.upperBound]
            state = report.state
        }
    }

    private struct Property: Encodable {
        let name: String
        let kind: PropertyReport.Kind
        let cites: [String]
        let verdict: Verdict
        let reason: OrNull<String>
        let location: OrNull<Location>
        let hint: OrNull<String>
        let seconds: Double
        let cached: Bool
        let obligations: Int
        let inferred: [String]
        let counterexample: OrNull<CounterexampleSummary>

        init(_ report: PropertyReport) {
            name = report.name
            kind = report.kind
            cites = report.cites
            verdict = report.verdict
            reason = OrNull(report.reason)
            location = OrNull(report.location.map(Location.init))
            hint = OrNull(report.hint)
            seconds = rounded(report.seconds)
            cached = report.cached
            obligations = report.obligations
            inferred = report.inferred
            counterexample = OrNull(
                report.counterexample.map {
                    CounterexampleSummary(
                        capture: OrNull($0.capture), secondCapture: $0.secondCapture, operations: $0.operations,
                        secondOperations: $0.secondOperations, confirmed: $0.confirmed)
                })
        }
    }

    private struct Location: Encodable {
        let file: String
        let line: Int
        let column: Int

        init(_ location: SourceLocation) { (file, line, column) = (location.file, location.line, location.column) }
    }

    private struct CounterexampleSummary: Encodable {
        let capture: OrNull<String>
        /// Only of properties about two runs.
        let secondCapture: String?
        /// Only where control operations take part.
        let operations: String?
        let secondOperations: String?
        let confirmed: Bool
    }

    /// An absent value that is written as `null` instead of being left out: readers find the same keys everywhere.
    private struct OrNull<Value: Encodable>: Encodable {
        let value: Value?

        init(_ value: Value?) { self.value = value }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            if let value { try container.encode(value) } else { try container.encodeNil() }
        }
    }
}

/// To the millisecond: the rest is noise.
private func rounded(_ seconds: Double) -> Double { (seconds * 1000).rounded() / 1000 }
