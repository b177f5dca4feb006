import Foundation
import Verification

/// Writes counterexamples down, for `replay`.
struct CounterexampleFiles {
    let folder: String

    /// Writes `folder/MIDDLEBOX.PROPERTY.pcap` and `.yml`, and `.operations.yml` where there are some, and notes the paths in the property. The
    /// second of two runs has files of its own: `folder/MIDDLEBOX.PROPERTY.second.pcap` and so on.
    func write(_ property: inout PropertyReport, of middlebox: MiddleboxReport) throws {
        guard var counterexample = property.counterexample else { return }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        func files(_ steps: [Counterexample.Step], _ suffix: String) -> TraceFiles {
            TraceFiles(stem: "\(folder)/\(middlebox.name).\(property.name)\(suffix)", steps: steps)
        }
        let first = files(counterexample.steps, "")
        let second = counterexample.secondRun.isEmpty ? nil : files(counterexample.secondRun, ".second")
        (counterexample.capture, counterexample.operations) = (first.capture, first.operations)
        (counterexample.secondCapture, counterexample.secondOperations) = (second?.capture, second?.operations)
        func write(_ files: TraceFiles, isSecond: Bool) throws {
            try files.write(
                configuration: counterexample.configuration,
                heading: "Breaks \(middlebox.name).\(property.name). To see it again: "
                    + "replay \(middlebox.argument) \(counterexample.replayArguments(ofSecondRun: isSecond) ?? "")")
        }
        try write(first, isSecond: false)
        if let second { try write(second, isSecond: true) }
        property.counterexample = counterexample
    }
}
