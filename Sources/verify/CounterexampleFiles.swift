import Foundation
import Replay
import Verification

/// Writes counterexamples down: a capture of the packets that go in, and beside it the YAML file that `replay` needs for it, with the
/// configuration and the port of each packet.
struct CounterexampleFiles {
    let folder: String

    /// Writes `folder/MIDDLEBOX.PROPERTY.pcap` and `.yml`, and notes the capture's path in the property. The second of two runs has files of
    /// its own: `folder/MIDDLEBOX.PROPERTY.second.pcap` and `.yml`.
    func write(_ property: inout PropertyReport, of middlebox: MiddleboxReport) throws {
        guard let counterexample = property.counterexample else { return }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let stem = "\(folder)/\(middlebox.name).\(property.name)"
        let capture = try write(counterexample.steps, counterexample, of: property, middlebox, stem)
        property.counterexample?.capture = capture
        if counterexample.secondRun.isEmpty { return }
        let second = try write(counterexample.secondRun, counterexample, of: property, middlebox, stem + ".second")
        property.counterexample?.secondCapture = second
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
        for step in steps { try writer.write(step.packet, time: UInt64(max(step.time, 0))) }
        try writer.finish()
        return capture
    }

    private func yaml(
        _ steps: [Counterexample.Step], _ counterexample: Counterexample, of property: PropertyReport,
        _ middlebox: MiddleboxReport, capture: String
    ) -> String {
        let ports = steps.map(\.ingress).joined(separator: ", ")
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
