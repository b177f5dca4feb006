import Diagnostics
import Foundation

/// A report as the store keeps it: without the sources' text, which is read from their files, and without what it cost to make.
struct StoredReport: Codable, Sendable {
    private struct Location: Codable, Sendable {
        let file: String
        let line: Int
        let column: Int

        init(_ location: SourceLocation) {
            file = location.file
            line = location.line
            column = location.column
        }

        var restored: SourceLocation { SourceLocation(file: file, line: line, column: column) }
    }

    private struct Output: Codable, Sendable {
        let port: String
        let packet: Data
    }

    private struct Place: Codable, Sendable {
        let location: Location
        let note: String
    }

    private struct Operation: Codable, Sendable {
        let name: String
        let argument: String
    }

    private struct Step: Codable, Sendable {
        let time: Int
        /// Nil for a packet, of which the rest is.
        let operation: Operation?
        let ingress: String
        let packet: Data
        let outputs: [Output]
        let drops: Int
        let path: [Place]

        init(_ step: Counterexample.Step) {
            time = step.time
            operation = step.operation.map { Operation(name: $0.name, argument: $0.argument) }
            ingress = step.ingress
            packet = Data(step.packet)
            outputs = step.outputs.map { Output(port: $0.port, packet: Data($0.packet)) }
            drops = step.drops
            path = step.path.map { Place(location: Location($0.location), note: $0.note) }
        }

        var restored: Counterexample.Step {
            if let operation {
                return Counterexample.Step(
                    time: time,
                    operation: .init(name: operation.name, argument: operation.argument),
                    path: path.map { ($0.location.restored, $0.note) })
            }
            return Counterexample.Step(
                time: time, ingress: ingress, packet: Array(packet),
                outputs: outputs.map { ($0.port, Array($0.packet)) }, drops: drops,
                path: path.map { ($0.location.restored, $0.note) })
        }
    }

    private struct Setting: Codable, Sendable {
        let name: String
        let value: String
    }

    private struct Trace: Codable, Sendable {
        let steps: [Step]
        let secondRun: [Step]
        let configuration: [Setting]
        let failed: String
        let confirmed: Bool
        let isSeenInReplay: Bool
        let observed: String?
        let stateBefore: [String]
        let stateAfter: [String]
        let remembered: [String]

        init(_ counterexample: Counterexample) {
            steps = counterexample.steps.map(Step.init)
            secondRun = counterexample.secondRun.map(Step.init)
            configuration = counterexample.configuration.map { Setting(name: $0.name, value: $0.value) }
            failed = counterexample.failed
            confirmed = counterexample.confirmed
            isSeenInReplay = counterexample.isSeenInReplay
            observed = counterexample.observed
            stateBefore = counterexample.stateBefore
            stateAfter = counterexample.stateAfter
            remembered = counterexample.remembered
        }

        var restored: Counterexample {
            var result = Counterexample(
                steps: steps.map(\.restored), secondRun: secondRun.map(\.restored),
                configuration: configuration.map { ($0.name, $0.value) },
                failed: failed, confirmed: confirmed, observed: observed)
            result.isSeenInReplay = isSeenInReplay
            result.stateBefore = stateBefore
            result.stateAfter = stateAfter
            result.remembered = remembered
            return result
        }
    }

    private struct Property: Codable, Sendable {
        let name: String
        let kind: PropertyReport.Kind
        let cites: [String]
        let verdict: Verdict
        let reason: String?
        let location: Location?
        let hint: String?
        let seconds: Double
        let counterexample: Trace?
        let obligations: Int
        let inferred: [String]

        init(_ report: PropertyReport) {
            name = report.name
            kind = report.kind
            cites = report.cites
            verdict = report.verdict
            reason = report.reason
            location = report.location.map(Location.init)
            hint = report.hint
            seconds = report.seconds
            counterexample = report.counterexample.map(Trace.init)
            obligations = report.obligations
            inferred = report.inferred
        }

        var restored: PropertyReport {
            var report = PropertyReport(
                name: name, kind: kind, cites: cites, verdict: verdict, reason: reason, location: location?.restored,
                seconds: seconds, cached: true, counterexample: counterexample?.restored, obligations: obligations)
            report.inferred = inferred
            report.hint = hint
            return report
        }
    }

    private struct Element: Codable, Sendable {
        let name: String
        let paths: Int
        let firstLine: Int
        let lastLine: Int
        let state: [String]
    }

    private let name: String
    private let elements: [Element]
    private let properties: [Property]
    private let inferred: [String]
    private let phases: [String]
    /// As the report shows them.
    let sources: [String]

    init(_ report: MiddleboxReport) {
        name = report.name
        elements = report.elements.map {
            Element(
                name: $0.name, paths: $0.paths, firstLine: $0.lines.lowerBound, lastLine: $0.lines.upperBound,
                state: $0.state)
        }
        properties = report.properties.map(Property.init)
        inferred = report.inferred
        phases = report.times.phases.map(\.name)
        sources = report.sources.map(\.path)
    }

    /// The report, every property marked as cached; what this run spent in its phases is nothing.
    ///
    /// - Returns: nil when there is something in it that no report has.
    func restored(sources: [SourceFile]) -> MiddleboxReport? {
        guard elements.allSatisfy({ $0.firstLine <= $0.lastLine }) else { return nil }
        var report = MiddleboxReport(
            name: name,
            elements: elements.map {
                ElementReport(name: $0.name, paths: $0.paths, lines: $0.firstLine...$0.lastLine, state: $0.state)
            },
            properties: properties.map(\.restored), times: PhaseTimes(phases: phases.map { ($0, 0) }), sources: sources)
        report.inferred = inferred
        return report
    }
}
