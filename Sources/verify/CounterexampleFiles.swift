import Foundation
import Verification

/// Writes counterexamples down, for `replay`.
struct CounterexampleFiles {
    let folder: String

    /// Writes `folder/MIDDLEBOX.PROPERTY.pcap` and `.yml`, and `.operations.yml` where there are some, and notes the paths in the property. The
    /// second of two runs has files of its own: `folder/MIDDLEBOX.PROPERTY.second.pcap` and so on.
    func write(_ property: inout PropertyReport, of middlebox: MiddleboxReport) throws {
        guard let counterexample = property.counterexample else { return }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        func files(_ steps: [Counterexample.Step], _ suffix: String) -> TraceFiles {
            TraceFiles(stem: "\(folder)/\(middlebox.name).\(property.name)\(suffix)", steps: steps)
        }
        let first = files(counterexample.steps, "")
        let second = counterexample.secondRun.isEmpty ? nil : files(counterexample.secondRun, ".second")
        /// - Parameter other: what the run is compared with.
        func write(_ files: TraceFiles, _ other: TraceFiles?) throws {
            var arguments = files.arguments
            if counterexample.isSeenInReplay {
                arguments += " --check"
                if let other {
                    arguments += " --second \(other.capture)"
                    if let operations = other.operations { arguments += " --second-operations \(operations)" }
                }
            }
            try files.write(
                configuration: counterexample.configuration,
                heading: "Breaks \(middlebox.name).\(property.name). To see it again: "
                    + "replay \(middlebox.argument) \(arguments)")
        }
        try write(first, second)
        property.counterexample?.capture = first.capture
        property.counterexample?.operations = first.operations
        guard let second else { return }
        try write(second, first)
        property.counterexample?.secondCapture = second.capture
        property.counterexample?.secondOperations = second.operations
    }
}
