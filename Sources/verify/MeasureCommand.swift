import ArgumentParser
import Foundation
import Project
import Reporting
import Verification

/// `verify measure NAME --seeds N`: whether verdicts hang on the solver's luck, and what they cost at least and at most.
struct MeasureCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure",
        abstract: "Proves everything under different seeds and orders, and shows what depends on them.",
        discussion: """
            Each run gives the solver other random choices and another order of what it is told; nothing that earlier runs found out is used. A \
            query's cost is the solver's own count of steps, which is the same on every machine.

            Exit status: 0 every verdict is the same under every seed; 2 one is not; 64 wrong usage; 65 spec or C code not accepted; 70 internal \
            error.
            """)

    @Argument(
        help: ArgumentHelp(
            "Names, folders, or specs; all middleboxes without any.", valueName: "name"),
        completion: middleboxCompletion)
    var names: [String] = []

    @Option(help: ArgumentHelp("How many seeds.", valueName: "n")) var seeds = 10

    @Option(
        help: ArgumentHelp(
            "Only properties whose names match, as the shell's * and ? do. Repeatable.", valueName: "glob"))
    var property: [String] = []

    @OptionGroup var work: JobOptions

    @Option(help: ArgumentHelp("The longest that one query may take.", valueName: "seconds"))
    var timeout: Double = 60

    @Option(help: "How to write the report: text or json.") var format = Format.text

    @Option(
        help: ArgumentHelp("Write the report to a file instead of standard output.", valueName: "file"),
        completion: .file())
    var output: String?

    enum Format: String, CaseIterable, ExpressibleByArgument { case text, json }

    func validate() throws {
        if !(1...10_000).contains(seeds) { throw ValidationError("--seeds must be from 1 to 10000.") }
        if property.contains("") { throw ValidationError("--property needs a name or a pattern.") }
        if !(timeout > 0 && timeout.isFinite && timeout < 1e6) {
            throw ValidationError("--timeout must be a number of seconds above 0 and below a million.")
        }
    }

    func run() async throws {
        let project = try ProjectFile.current()
        let selected = try MiddleboxCatalog.current(project).select(names)
        let output = try Output(path: output)
        let display = ProgressDisplay(terminal: Terminal(), isVerbose: true)
        var reports: [StabilityReport] = []
        for source in selected {
            var runs: [(seed: Int, report: MiddleboxReport)] = []
            for seed in 0..<seeds {
                display.show(.phase(middlebox: source.name, name: "seed \(seed + 1) of \(seeds)"))
                let judging = Judging(
                    patterns: property.map(GlobPattern.init),
                    jobs: work.count(in: project),
                    solverWorker: .ownExecutable(seed: seed), timeout: timeout, wholeProgram: false,
                    counterexamples: nil, kept: nil)
                runs.append((seed, try await judging.judge(source) { _ in }))
            }
            let report = StabilityReport(of: runs)
            if report.verdicts.isEmpty {
                throw UsageError(description: "no property of \(source.name) is selected; 'verify list' shows them")
            }
            reports.append(report)
        }
        display.clear()
        try output.write(format == .json ? try reports.json() : reports.map(\.text).joined(separator: "\n"))
        if reports.contains(where: { !$0.unstable.isEmpty }) { throw ExitCode(ExitStatus.undecided.rawValue) }
    }
}
