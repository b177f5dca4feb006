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
        func written(_ steps: [Counterexample.Step], _ suffix: String) throws -> TraceFiles {
            let files = TraceFiles(stem: "\(folder)/\(middlebox.name).\(property.name)\(suffix)", steps: steps)
            let check = counterexample.isSeenInReplay ? " --check" : ""
            try files.write(
                configuration: counterexample.configuration,
                heading: "Breaks \(middlebox.name).\(property.name). To see it again: "
                    + "replay \(middlebox.argument) \(files.arguments)\(check)")
            return files
        }
        let files = try written(counterexample.steps, "")
        property.counterexample?.capture = files.capture
        property.counterexample?.operations = files.operations
        if counterexample.secondRun.isEmpty { return }
        let second = try written(counterexample.secondRun, ".second")
        property.counterexample?.secondCapture = second.capture
        property.counterexample?.secondOperations = second.operations
    }
}
