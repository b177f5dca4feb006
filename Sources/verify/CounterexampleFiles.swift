import Foundation
import Replay
import Verification

/// Writes counterexamples down: a capture of the packets that go in, and beside it the YAML file that `replay` needs for it, with the
/// configuration and the port of each packet; where there are control operations, another YAML file with these.
struct CounterexampleFiles {
    let folder: String

    /// Writes `folder/MIDDLEBOX.PROPERTY.pcap` and `.yml`, and `.operations.yml` where there are some, and notes the paths in the property. The
    /// second of two runs has files of its own: `folder/MIDDLEBOX.PROPERTY.second.pcap` and so on.
    func write(_ property: inout PropertyReport, of middlebox: MiddleboxReport) throws {
        guard let counterexample = property.counterexample else { return }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let stem = "\(folder)/\(middlebox.name).\(property.name)"
        let capture = try write(counterexample.steps, counterexample, of: property, middlebox, stem)
        property.counterexample?.capture = capture
        property.counterexample?.operations = operationsFile(counterexample.steps, stem)
        if counterexample.secondRun.isEmpty { return }
        let second = try write(counterexample.secondRun, counterexample, of: property, middlebox, stem + ".second")
        property.counterexample?.secondCapture = second
        property.counterexample?.secondOperations = operationsFile(counterexample.secondRun, stem + ".second")
    }

    /// Writes one run down.
    ///
    /// - Returns: the capture's path.
    private func write(
        _ steps: [Counterexample.Step], _ counterexample: Counterexample, of property: PropertyReport,
        _ middlebox: MiddleboxReport, _ stem: String
    ) throws -> String {
        let capture = stem + ".pcap"
        try yaml(steps, counterexample, of: property, middlebox, capture: capture).write(
            toFile: stem + ".yml", atomically: true, encoding: .utf8)
        let writer = try CaptureWriter(path: capture)
        for step in steps where step.operation == nil { try writer.write(step.packet, time: UInt64(max(step.time, 0))) }
        try writer.finish()
        if let file = operationsFile(steps, stem) {
            try operations(steps, capture).write(toFile: file, atomically: true, encoding: .utf8)
        } else {
            // One of an earlier run would be taken for this one's.
            try? FileManager.default.removeItem(atPath: Self.operationsPath(stem))
        }
        return capture
    }

    private static func operationsPath(_ stem: String) -> String { stem + ".operations.yml" }

    /// Nil where there are none.
    private func operationsFile(_ steps: [Counterexample.Step], _ stem: String) -> String? {
        steps.contains { $0.operation != nil } ? Self.operationsPath(stem) : nil
    }

    /// Each with its time, and behind how many packets it comes.
    private func operations(_ steps: [Counterexample.Step], _ capture: String) -> String {
        var lines = ["# The control operations of \(capture)."]
        var packets = 0
        for step in steps {
            guard let operation = step.operation else {
                packets += 1
                continue
            }
            lines.append(
                "- {at: \(TimeText.seconds(step.time)), after: \(packets), \(operation.name): \(operation.argument)}")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func yaml(
        _ steps: [Counterexample.Step], _ counterexample: Counterexample, of property: PropertyReport,
        _ middlebox: MiddleboxReport, capture: String
    ) -> String {
        let ports = steps.filter { $0.operation == nil }.map(\.ingress).joined(separator: ", ")
        var lines = [
            "# Breaks \(middlebox.name).\(property.name). To see it again: replay \(middlebox.argument) \(capture)"
                + (operationsFile(steps, String(capture.dropLast(".pcap".count))).map { " --operations \($0)" } ?? "")
                + (counterexample.isSeenInReplay ? " --check" : ""),
            "ingress: [\(ports)]",
        ]
        if !counterexample.configuration.isEmpty {
            lines.append("configuration:")
            lines += counterexample.configuration.map { "  \($0.name): \($0.value)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
