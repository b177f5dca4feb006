import Diagnostics
import MiddleboxIR
import PacketFormat
import Verification

/// A spec that was held against a replay, for people: each violation as a story, then a line for each property.
public struct SpecCheckText {
    private let check: SpecCheck
    private let ports: [Program.Port]
    private let controlOperations: [ControlOperation]

    public init(_ check: SpecCheck, ports: [Program.Port], controlOperations: [ControlOperation]) {
        self.check = check
        self.ports = ports
        self.controlOperations = controlOperations
    }

    public var text: String {
        (check.violations.map(text(of:)) + [table, "", summary]).joined(separator: "\n")
    }

    private var table: String {
        let rows = check.results.map { [$0.name, $0.kind.rawValue, "\($0.applied)", $0.verdict.text] }
        return columns([["property", "kind", "applied", ""]] + rows, alignedRight: []).joined(separator: "\n")
    }

    private var summary: String {
        let results = check.results
        func count(_ isCounted: (SpecCheck.Verdict) -> Bool) -> Int { results.count { isCounted($0.verdict) } }
        let parts = [
            (count { $0 == .holds }, "held"), (count { $0 == .violated }, "violated"),
            (count { $0 == .neverApplied }, "never applied"),
            (count { if case .notChecked = $0 { true } else { false } }, "not checked"),
        ]
        return "\(counted(results.count, "property", "properties")): "
            + parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    }

    // MARK: Violations

    /// As a compiler shows a mistake: the place in the spec, the line, what failed.
    private func diagnostic(of violation: SpecCheck.Violation) -> String {
        let file = check.specification
        let place = violation.location
        let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false)
        var end = place.column + 1
        if place.file == file.path, lines.indices.contains(place.line - 1) {
            let line = lines[place.line - 1]
            let rest = line.utf8.dropFirst(max(0, place.column - 1))
            // What goes on behind the line, or is laid out otherwise, is marked to the line's end.
            let isHere = rest.starts(with: violation.text.utf8)
            let code = line.utf8.prefix { $0 != UInt8(ascii: "/") }.count
            end = isHere ? place.column + violation.text.utf8.count : max(place.column + 1, code + 1)
        }
        return DiagnosticRenderer(sources: [file]).render(
            Diagnostic(
                "property '\(violation.property)' is violated: it does not hold that \(violation.text)",
                at: SourceSpan(start: place, endColumn: end), hints: violation.detail.map { [$0] } ?? []))
    }

    private func text(of violation: SpecCheck.Violation) -> String {
        var lines = [diagnostic(of: violation).trimmingNewlines]
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
        lines += packetLines(ingress, bytes, violation.step.outputs)
        if let second = violation.second, case .packet(let ingress, let bytes) = second.event {
            lines.append("  and \(second.name) of the second run, time \(TimeText.seconds(second.time)) s")
            lines += packetLines(ingress, bytes, second.outputs)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A packet that comes in, and those that leave because of it.
    private func packetLines(
        _ ingress: UInt32, _ bytes: [UInt8], _ outputs: [(port: UInt32, bytes: [UInt8])]
    ) -> [String] {
        let input = ConcretePacket(bytes: bytes)
        var lines = ["  in at \(port(ingress)), \(counted(bytes.count, "byte"))"]
        lines += indented(input.description())
        if outputs.isEmpty { lines.append("  nothing out") }
        for (number, output) in outputs {
            let heading = "  out at \(port(number)), \(counted(output.count, "byte"))"
            if output == bytes {
                lines.append("\(heading), unchanged")
            } else {
                lines.append("\(heading), * marks what changed")
                lines += indented(ConcretePacket(bytes: output).description(comparedTo: input))
            }
        }
        return lines
    }

    private func indented(_ text: String) -> [String] { text.split(separator: "\n").map { "    \($0)" } }

    private func port(_ number: UInt32) -> String { ports.first { $0.number == number }?.name ?? "\(number)" }
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
}

extension String {
    fileprivate var trimmingNewlines: String {
        String(self[..<(lastIndex { $0 != "\n" }.map(index(after:)) ?? startIndex)])
    }
}
