import Foundation
import Replay
import Verification

/// A trace as files that `replay` takes: a capture of the packets that go in, and beside it a YAML file with the configuration and the port of each
/// packet; where there are control operations, another YAML file with these.
struct TraceFiles {
    /// The path of all of them but for what tells them apart: `folder/nat.payload_unchanged`.
    let stem: String
    let steps: [Counterexample.Step]

    var capture: String { stem + ".pcap" }

    /// The path of the file with the control operations; nil where there are none.
    var operations: String? { steps.contains { $0.operation != nil } ? operationsPath : nil }

    private var operationsPath: String { stem + ".operations.yml" }

    /// The arguments of `replay` behind the middlebox.
    var arguments: String { capture + (operations.map { " --operations \($0)" } ?? "") }

    /// Writes the files, in place of earlier ones.
    ///
    /// - Parameter heading: what the first file says that it is for.
    func write(configuration: [(name: String, value: String)], heading: String) throws {
        let ports = steps.filter { $0.operation == nil }.map(\.ingress).joined(separator: ", ")
        var lines = ["# \(heading)", "ingress: [\(ports)]"]
        if !configuration.isEmpty {
            lines.append("configuration:")
            lines += configuration.map { "  \($0.name): \($0.value)" }
        }
        try text(lines).write(toFile: stem + ".yml", atomically: true, encoding: .utf8)
        let writer = try CaptureWriter(path: capture)
        for step in steps where step.operation == nil { try writer.write(step.packet, time: UInt64(max(step.time, 0))) }
        try writer.finish()
        if let operations {
            try text(operationLines).write(toFile: operations, atomically: true, encoding: .utf8)
        } else {
            // One of an earlier run would be taken for this one's.
            try? FileManager.default.removeItem(atPath: operationsPath)
        }
    }

    /// Each with its time, and behind how many packets it comes.
    private var operationLines: [String] {
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
        return lines
    }

    /// Writes down what comes out: `.expected.pcap`, as `replay --write` writes it, and `.expected.yml`, which names the ports.
    func writeOutputs() throws {
        let writer = try CaptureWriter(path: stem + ".expected.pcap")
        var lines = ["# What comes of the packets of \(capture), whose bytes are in \(stem).expected.pcap."]
        for (number, step) in steps.filter({ $0.operation == nil }).enumerated() {
            if step.outputs.isEmpty { lines.append("- {packet: \(number + 1), dropped: true}") }
            for output in step.outputs {
                try writer.write(output.packet, time: UInt64(max(step.time, 0)))
                lines.append("- {packet: \(number + 1), port: \(output.port), length: \(output.packet.count)}")
            }
        }
        try writer.finish()
        try text(lines).write(toFile: stem + ".expected.yml", atomically: true, encoding: .utf8)
    }

    private func text(_ lines: [String]) -> String { lines.joined(separator: "\n") + "\n" }
}
