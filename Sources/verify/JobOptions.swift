import ArgumentParser
import Foundation
import Project

/// How much of the machine a command takes.
struct JobOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("How many solver processes work at the same time (default: one per core).", valueName: "n"))
    var jobs: Int?

    func validate() throws { if let jobs, jobs < 1 { throw ValidationError("--jobs must be at least 1.") } }

    /// - Parameter project: says how many, where no flag does.
    func count(in project: ProjectFile?) -> Int {
        jobs ?? project?.jobs ?? ProcessInfo.processInfo.activeProcessorCount
    }
}
