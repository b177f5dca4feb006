import MiddleboxIR
import PacketFormat
import Replay
import Verification

/// The spec, held against a replay: what came of it, for people and for programs.
final class CheckReport {
    private let check: SpecCheck
    private let state: NativeState
    private let ports: [Program.Port]
    private let controlOperations: [ControlOperation]

    init(_ check: SpecCheck, _ state: NativeState, ports: [Program.Port], controlOperations: [ControlOperation]) {
        self.check = check
        self.state = state
        self.ports = ports
        self.controlOperations = controlOperations
    }

    var isViolated: Bool { !check.violations.isEmpty }

    /// Looks at the next step, and says whether to go on.
    func look(at step: ReplayedStep) -> Bool {
        state.update()
        let round = step.round > 1 ? " of round \(step.round)" : ""
        let event: ObservedStep.Event
        let name: String
        if let operation = step.operation {
            event = .operation(name: operation.name, argument: operation.argument)
            name = "\(operation.name) (\(operation.location)), after \(step.packet) packets\(round)"
        } else {
            event = .packet(ingress: step.ingress, bytes: step.bytes)
            name = "packet \(step.packet)\(round)"
        }
        last = step
        return check.look(
            at: ObservedStep(
                event: event, time: step.time, outputs: step.outputs.map { ($0.port, $0.bytes) }, name: name), state)
    }

    /// The one that stopped the replay, if the spec is violated.
    private var last: ReplayedStep?

    // MARK: For people

    /// Violations first, then a line for each property.
    func text() -> String {
        (check.violations.map(text(of:)) + [table(), summary()]).joined(separator: "\n")
    }

    private func text(of violation: SpecCheck.Violation) -> String {
        var lines = [check.diagnostic(of: violation).trimmingNewlines]
        if !violation.cites.isEmpty { lines.append("  cites \(violation.cites.joined(separator: ", "))") }
        if let earlier = violation.earlier {
            lines.append("  first step: \(earlier.name), time \(TimeText.seconds(earlier.time)) s")
        }
        lines.append("  violated by \(violation.step.name), time \(TimeText.seconds(violation.step.time)) s")
        guard case .packet(let ingress, let bytes) = violation.step.event else {
            if case .operation(let name, let argument) = violation.step.event, !argument.isEmpty,
                let type = controlOperations.first(where: { $0.name == name })?.argument
            {
                lines.append("    given \(ArgumentText(bytes: argument).text(of: type))")
            }
            return lines.joined(separator: "\n") + "\n"
        }
        let input = ConcretePacket(bytes: bytes)
        lines.append("  in at \(port(ingress)), \(bytes.count) bytes")
        lines += indented(input.description())
        if violation.step.outputs.isEmpty { lines.append("  nothing out") }
        for (number, output) in violation.step.outputs {
            let heading = "  out at \(port(number)), \(output.count) bytes"
            if output == bytes {
                lines.append("\(heading), unchanged")
            } else {
                lines.append("\(heading), * marks what changed")
                lines += indented(ConcretePacket(bytes: output).description(comparedTo: input))
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func indented(_ text: String) -> [String] { text.split(separator: "\n").map { "    \($0)" } }

    private func port(_ number: UInt32) -> String { ports.first { $0.number == number }?.name ?? "\(number)" }

    private func table() -> String {
        let results = check.results
        let names = (results.map(\.name.count) + ["property".count]).max() ?? 0
        let kinds = (results.map(\.kind.rawValue.count) + ["kind".count]).max() ?? 0
        func row(_ name: String, _ kind: String, _ packets: String, _ rest: String) -> String {
            "  \(padded(name, names + 2))\(padded(kind, kinds + 2))\(padded(packets, 9))\(rest)"
        }
        return
            ([row("property", "kind", "applied", "")]
            + results.map { row($0.name, $0.kind.rawValue, "\($0.applied)", $0.verdict.text) }).map(\.trimmingSpaces)
            .joined(separator: "\n")
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private func summary() -> String {
        let results = check.results
        func count(_ isCounted: (SpecCheck.Verdict) -> Bool) -> Int { results.count { isCounted($0.verdict) } }
        let parts = [
            (count { $0 == .holds }, "held"), (count { $0 == .violated }, "violated"),
            (count { $0 == .neverApplied }, "never applied"),
            (count { if case .notChecked = $0 { true } else { false } }, "not checked"),
        ]
        let packets = "\(results.count) propert\(results.count == 1 ? "y" : "ies")"
        return "\n\(packets): " + parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    }
}

extension SpecCheck.Verdict {
    fileprivate var text: String {
        switch self {
        case .holds: "held"
        case .violated: "VIOLATED"
        case .neverApplied: "never applied: nothing is said of it"
        case .notChecked(let reason): "not checked: \(reason)"
        }
    }

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

extension String {
    fileprivate var trimmingSpaces: String {
        String(self[..<(lastIndex { $0 != " " }.map(index(after:)) ?? startIndex)])
    }
    fileprivate var trimmingNewlines: String {
        String(self[..<(lastIndex { $0 != "\n" }.map(index(after:)) ?? startIndex)])
    }
}

// MARK: For programs

/// The statistics, and beside them what came of the check.
struct CheckedStatistics: Encodable {
    let statistics: ReplayStatistics
    let check: CheckReport?

    private enum CodingKeys: String, CodingKey { case check }

    func encode(to encoder: any Encoder) throws {
        try statistics.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(check?.content, forKey: .check)
    }
}

extension CheckReport {
    struct Content: Encodable {
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
        }

        let properties: [Property]
        let violations: [Violation]
    }

    fileprivate var content: Content {
        Content(
            properties: check.results.map {
                .init(
                    name: $0.name, kind: $0.kind.rawValue, cites: $0.cites, verdict: $0.verdict.name,
                    applied: $0.applied,
                    reason: $0.verdict.reason)
            },
            violations: check.violations.map { violation in
                var ingress: String?
                var input: String?
                if case .packet(let number, let bytes) = violation.step.event {
                    ingress = port(number)
                    input = hexadecimal(bytes)
                }
                return .init(
                    property: violation.property, kind: violation.kind.rawValue, cites: violation.cites,
                    failed: violation.text, detail: violation.detail, file: violation.location.file,
                    line: violation.location.line, column: violation.location.column, packet: last?.packet ?? 0,
                    round: last?.round ?? 1, time: TimeText.seconds(violation.step.time),
                    operation: last?.operation?.name, ingress: ingress, input: input,
                    outputs: violation.step.outputs.map { .init(port: port($0.port), bytes: hexadecimal($0.bytes)) },
                    earlier: violation.earlier.map { .init(name: $0.name, time: TimeText.seconds($0.time)) })
            })
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
