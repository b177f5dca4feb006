import ArgumentParser
import Diagnostics
import Foundation
import Reporting
import Verification

/// `verify NAME …`: the verdict on every property of every middlebox that is selected. The subcommand's name need not be written.
struct ProveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Proves that middleboxes written in C do what their specs say, or shows packets that break them.",
        usage: """
            verify [<name|dir|file.gravel> ...] [<options>]
            verify elements <name> [--format text|dot|mermaid|json|svg] [--output <file>]
            verify tests <name> --write <dir>
            verify list [<name>]
            verify format [--check] <file> ...
            """,
        discussion: """
            Without a name, every middlebox under Middleboxes is verified.

            Exit status: 0 all proved; 1 something refuted; 2 something inconclusive or vacuous; 64 wrong usage or nothing selected; \
            65 spec or C code not accepted; 70 internal error.
            """)

    @Argument(
        help: ArgumentHelp(
            "A name under Middleboxes, a folder with a C file of its own name, or a spec.",
            valueName: "name|dir|file.gravel"),
        completion: middleboxCompletion)
    var middleboxes: [String] = []

    @Option(
        help: ArgumentHelp(
            "Only properties whose names match, as the shell's * and ? do. Repeatable.", valueName: "glob"))
    var property: [String] = []

    @Option(
        help: ArgumentHelp("How many solver processes work at the same time (default: one per core).", valueName: "n"))
    var jobs: Int?

    @Option(help: ArgumentHelp("The longest that one query may take.", valueName: "seconds"))
    var timeout: Double = 60

    @Option(help: "How to write the report: text or json.", transform: ReportFormat.init(argument:))
    var format: ReportFormat = .text

    @Option(
        help: ArgumentHelp("Write the report to a file instead of standard output.", valueName: "file"),
        completion: .file())
    var output: String?

    @OptionGroup var caching: CacheOptions

    @OptionGroup var auditing: AuditOptions

    @Option(
        help: ArgumentHelp("Write a capture of every counterexample into this folder.", valueName: "dir"),
        completion: .directory)
    var counterexamples: String?

    @Option(help: "When to write in colour: auto, always or never.") var color = ColorChoice.auto

    @Flag(help: "Tell more: phases on standard error, times in the report.") var verbose = false

    @Flag(help: "Execute the program as one element: slow, and the same verdicts.") var wholeProgram = false

    func validate() throws {
        if caching.cache != nil, auditing.usesObservers {
            throw ValidationError(
                "--cache cannot be used with --cross-check or --dump: these use nothing that earlier runs found out.")
        }
        if let jobs, jobs < 1 { throw ValidationError("--jobs must be at least 1.") }
        if !(timeout > 0 && timeout.isFinite && timeout < 1e6) {
            throw ValidationError("--timeout must be a number of seconds above 0 and below a million.")
        }
        if property.contains("") { throw ValidationError("--property needs a name or a pattern.") }
    }

    func run() async throws {
        let selected = try MiddleboxCatalog.current().select(middleboxes)
        let output = try Output(path: output)
        let terminal = Terminal()
        let display = ProgressDisplay(terminal: terminal, isVerbose: verbose)
        let audit = try await auditing.audit(
            jobs: jobs ?? ProcessInfo.processInfo.activeProcessorCount, timeout: timeout)
        defer { audit.stop() }
        let run = Run(tools: ToolVersions.all + audit.tools, crossCheck: audit.crossCheck)
        Interruption.handle {
            guard let report = run.end(.interrupted) else { return }
            display.stop()
            audit.stop()
            if let disagreement = report.crossCheck.flatMap(SolverDisagreement.init) {
                StandardError.write(Failure(disagreement).message(usesColor: false))
                _exit(ExitStatus.internalError.rawValue)
            }
            // The solvers are at work: nothing may be taken down that they use, as `exit` would.
            do {
                try output.write(try text(of: report, terminal))
                _exit(ExitStatus(report).rawValue)
            } catch {
                StandardError.write(Failure(error).message(usesColor: false))
                _exit(ExitStatus.internalError.rawValue)
            }
        }

        let kept = audit.observers.isEmpty ? caching.proofs : nil
        let judging = Judging(
            patterns: property.map(GlobPattern.init), jobs: jobs ?? ProcessInfo.processInfo.activeProcessorCount,
            solverWorker: .ownExecutable, timeout: timeout, wholeProgram: wholeProgram,
            counterexamples: counterexamples,
            kept: kept, observers: audit.observers)
        for source in selected {
            run.begin(source.name)
            do {
                let report = try await judging.judge(source) { event in
                    display.show(event)
                    run.note(event)
                }
                if audit.crossCheck != nil { display.show(.phase(middlebox: source.name, name: "cross-checking")) }
                try await audit.finish()
                run.finish(report)
            } catch {
                if run.isOver { await Self.neverReturn() }
                // A middlebox that is not accepted does not keep the others from being verified.
                let failure = Failure(error)
                guard failure.status == .rejected else {
                    display.clear()
                    throw error
                }
                display.clear()
                StandardError.write(failure.message(usesColor: terminal.usesColor(color, on: .standardError)))
                run.finish(.rejected(source.name, reason: failure.reason, location: failure.location))
            }
        }
        display.clear()
        kept?.printNotes()
        audit.printNotes()
        guard let report = run.end(.complete) else { await Self.neverReturn() }
        try checkSelection(report)
        try output.write(try text(of: report, terminal))
        if let broken = report.crossCheck.flatMap(BrokenSecondSolver.init) { throw broken }
        let status = ExitStatus(report)
        if status != .allProved { throw ExitCode(status.rawValue) }
    }

    /// For when the run was interrupted: the thread that writes the report ends the process, with its status.
    private static func neverReturn() async -> Never {
        while true { try? await Task.sleep(for: .seconds(60)) }
    }

    /// A pattern that no property matches is a slip, and must not look like success.
    private func checkSelection(_ report: VerificationReport) throws {
        guard report.middleboxes.allSatisfy(\.properties.isEmpty) else { return }
        let names = report.middleboxes.map(\.name).joined(separator: ", ")
        throw UsageError(
            description: property.isEmpty
                ? "nothing to verify in \(names)"
                : "no property of \(names) matches \(property.map { "'\($0)'" }.joined(separator: " or ")); 'verify list' shows them"
        )
    }

    private func text(of report: VerificationReport, _ terminal: Terminal) throws -> String {
        switch format {
        case .json: return try JSONReport().text(of: report)
        case .text:
            let isFile = output != nil
            return TextReport(
                width: isFile ? 100 : terminal.width(of: .standardOutput) ?? 100,
                usesColor: isFile ? color == .always : terminal.usesColor(color, on: .standardOutput),
                isVerbose: verbose
            ).text(of: report)
        }
    }
}

/// The forms of the report.
enum ReportFormat: String {
    case text, json

    init(argument: String) throws {
        if let format = ReportFormat(rawValue: argument) {
            self = format
        } else if ["junit", "sarif", "github"].contains(argument) {
            throw ValidationError("the format '\(argument)' is not available yet; there are text and json.")
        } else {
            throw ValidationError("there is no format '\(argument)'; there are text and json.")
        }
    }
}

extension MiddleboxReport {
    /// Of a middlebox whose C code or spec is not accepted: one property, which all others hang on.
    static func rejected(_ name: String, reason: String, location: SourceLocation?) -> MiddleboxReport {
        MiddleboxReport(
            name: name, elements: [],
            properties: [
                PropertyReport(name: "accepted", kind: .builtin, verdict: .error, reason: reason, location: location)
            ],
            times: PhaseTimes(), sources: [])
    }
}
