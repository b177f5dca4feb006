import Foundation
import MiddleboxIR
import Replay
import Verification

/// The statistics, and beside them what came of the check.
struct CheckedStatistics: Encodable {
    let statistics: ReplayStatistics
    let check: CheckedReplay?
    let ports: [Program.Port]

    private enum CodingKeys: String, CodingKey { case check }

    func encode(to encoder: any Encoder) throws {
        try statistics.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(check.map { CheckContent($0, ports: ports) }, forKey: .check)
    }
}

/// What came of the check, for programs.
private struct CheckContent: Encodable {
    struct Property: Encodable {
        let name: String
        let kind: String
        let cites: [String]
        let verdict: String
        let applied: Int
        let reason: String?
    }

    struct Output: Encodable {
        let port: String
        let bytes: String
    }

    struct Step: Encodable {
        let name: String
        /// In seconds.
        let time: String
    }

    struct Violation: Encodable {
        let property: String
        let kind: String
        let cites: [String]
        let failed: String
        let detail: String?
        let file: String
        let line: Int
        let column: Int
        let packet: Int
        let round: Int
        let time: String
        let operation: String?
        let ingress: String?
        let input: String?
        let outputs: [Output]
        let earlier: Step?
        let second: Second?
    }

    /// The last step of the second of two runs.
    struct Second: Encodable {
        let name: String
        /// In seconds.
        let time: String
        let ingress: String?
        let input: String?
        let outputs: [Output]
    }

    let properties: [Property]
    let violations: [Violation]

    init(_ replay: CheckedReplay, ports: [Program.Port]) {
        let (check, last) = (replay.check, replay.last)
        func port(_ number: UInt32) -> String { ports.first { $0.number == number }?.name ?? "\(number)" }
        properties = check.results.map {
            .init(
                name: $0.name, kind: $0.kind.rawValue, cites: $0.cites, verdict: $0.verdict.name,
                applied: $0.applied,
                reason: $0.verdict.reason)
        }
        func arrival(_ step: ObservedStep) -> (ingress: String?, input: String?) {
            guard case .packet(let number, let bytes) = step.event else { return (nil, nil) }
            return (port(number), Self.hexadecimal(bytes))
        }
        func outputs(_ step: ObservedStep) -> [Output] {
            step.outputs.map { .init(port: port($0.port), bytes: Self.hexadecimal($0.bytes)) }
        }
        violations = check.violations.map { violation in
            let (ingress, input) = arrival(violation.step)
            return .init(
                property: violation.property, kind: violation.kind.rawValue, cites: violation.cites,
                failed: violation.text, detail: violation.detail, file: violation.location.file,
                line: violation.location.line, column: violation.location.column, packet: last?.packet ?? 0,
                round: last?.round ?? 1, time: TimeText.seconds(violation.step.time),
                operation: last?.operation?.name, ingress: ingress, input: input,
                outputs: outputs(violation.step),
                earlier: violation.earlier.map { .init(name: $0.name, time: TimeText.seconds($0.time)) },
                second: violation.second.map {
                    let (ingress, input) = arrival($0)
                    return .init(
                        name: $0.name, time: TimeText.seconds($0.time), ingress: ingress, input: input,
                        outputs: outputs($0))
                })
        }
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

extension SpecCheck.Verdict {
    fileprivate var name: String {
        switch self {
        case .holds: "held"
        case .violated: "violated"
        case .neverApplied: "never_applied"
        case .notChecked: "not_checked"
        }
    }

    fileprivate var reason: String? { if case .notChecked(let reason) = self { reason } else { nil } }
}
