import Foundation
import Replay
import Verification

/// Writes counterexamples down: a capture of the packets that go in, and beside it the YAML file that `replay` needs for it, with the
/// configuration and the port of each packet.
struct CounterexampleFiles {
    let folder: String

    /// Writes `folder/MIDDLEBOX.PROPERTY.pcap` and `.yml`, and notes the capture's path in the property.
    func write(_ property: inout PropertyReport, of middlebox: MiddleboxReport) throws {
        guard let counterexample = property.counterexample else { return }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let stem = "\(folder)/\(middlebox.name).\(property.name)"
        try yaml(counterexample, of: property, middlebox, capture: stem + ".pcap").write(
            toFile: stem + ".yml", atomically: true, encoding: .utf8)
        let writer = try CaptureWriter(path: stem + ".pcap")
        for step in counterexample.steps { try writer.write(step.packet, time: UInt64(max(step.time, 0))) }
        try writer.finish()
        property.counterexample?.capture = stem + ".pcap"
    }

    private func yaml(
        _ counterexample: Counterexample, of property: PropertyReport, _ middlebox: MiddleboxReport, capture: String
    ) -> String {
        let ports = counterexample.steps.map(\.ingress).joined(separator: ", ")
        var lines = [
            "# Breaks \(middlebox.name).\(property.name). To see it again: replay \(middlebox.argument) \(capture)",
            "ingress: [\(ports)]",
        ]
        if !counterexample.configuration.isEmpty {
            lines.append("configuration:")
            lines += counterexample.configuration.map { "  \($0.name): \($0.value)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
