import ArgumentParser
import Dataflow
import Diagnostics
import Foundation
import Project
import Reporting
import SpecLanguage
import SymbolicExecution
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
            verify explain <name> <property>
            verify measure [<name> ...] [--seeds <n>]
            verify format [--check] <file> ...
            """,
        discussion: """
            Without a name, every middlebox is verified that gravel.yml lists, or where there is no list, that lies under Middleboxes. What the \
            options say goes before what gravel.yml does.

            Exit status: 0 all proved; 1 something refuted; 2 something inconclusive or vacuous; 64 wrong usage or nothing selected; \
            65 spec or C code not accepted; 70 internal error.
            """)

    @Argument(
        help: ArgumentHelp(
            "A middlebox's name, a folder with a C file of its own name, or a spec.",
            valueName: "name|dir|file.gravel"),
        completion: middleboxCompletion)
    var middleboxes: [String] = []

    @Option(
        help: ArgumentHelp(
            "Only properties whose names match, as the shell's * and ? do. Repeatable.", valueName: "glob"))
    var property: [String] = []

    @OptionGroup var work: JobOptions

    @Option(help: ArgumentHelp("The longest that one query may take (default: 60).", valueName: "seconds"))
    var timeout: Double?

    @OptionGroup var reporting: ReportOptions

    @OptionGroup var gate: BaselineOptions

    @OptionGroup var caching: CacheOptions

    @OptionGroup var auditing: AuditOptions

    @Option(
        help: ArgumentHelp("Write a capture of every counterexample into this folder.", valueName: "dir"),
        completion: .directory)
    var counterexamples: String?

    @Flag(help: "Execute the program as one element: slow, and the same verdicts.") var wholeProgram = false

    func validate() throws {
        if caching.cache != nil, auditing.usesObservers {
            throw ValidationError(
                "--cache cannot be used with --cross-check or --dump: these use nothing that earlier runs found out.")
        }
        if let timeout, !(timeout > 0 && timeout < 1e6) {
            throw ValidationError("--timeout must be a number of seconds above 0 and below a million.")
        }
        if property.contains("") { throw ValidationError("--property needs a name or a pattern.") }
        if gate.writeBaseline != nil, !property.isEmpty {
            throw ValidationError("--write-baseline and --property exclude each other: it would lose all other proofs.")
        }
        if wholeProgram, gate.isUsed {
            throw ValidationError("--whole-program has no elements, and a baseline has some: they exclude each other.")
        }
    }

    func run() async throws {
        let project = try ProjectFile.current()
        try await completed(by: project).prove(in: project, asked: patterns)
    }

    /// - Parameter asked: which properties were asked for on the command line; none: all that the project is about.
    private func prove(in project: ProjectFile?, asked: [GlobPattern]) async throws {
        let selected = try MiddleboxCatalog.current(project).select(middleboxes)
        let timeout = timeout ?? Self.usualTimeout
        try checkSpecifications(of: selected)
        let terminal = Terminal()
        let outputs = try reporting.outputs(terminal)
        if gate.isUsed { try checkNames(of: selected) }
        let baseline = try gate.baseline.map { try BaselineFile(path: $0).read() }
        let display = ProgressDisplay(terminal: terminal, isVerbose: reporting.verbose, isQuiet: reporting.quiet)
        display.expect(selected.reduce(0) { $0 + expectedProperties(of: $1) })
        let audit = try await auditing.audit(
            jobs: work.count(in: project), timeout: timeout)
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
                try outputs.write(report)
                _exit(ExitStatus(report).rawValue)
            } catch {
                StandardError.write(Failure(error).message(usesColor: false))
                _exit(ExitStatus.internalError.rawValue)
            }
        }

        let kept = audit.observers.isEmpty ? caching.proofs(in: project) : nil
        let judging = Judging(
            patterns: patterns, jobs: work.count(in: project),
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
                StandardError.write(failure.message(usesColor: terminal.usesColor(reporting.color, on: .standardError)))
                run.finish(.rejected(source.name, reason: failure.reason, location: failure.location))
            }
        }
        display.clear()
        kept?.printNotes()
        audit.printNotes()
        guard var report = run.end(.complete) else { await Self.neverReturn() }
        try checkSelection(report)
        if let baseline, let path = gate.baseline {
            report.baseline = BaselineComparison(
                of: report, with: baseline, at: path,
                selected: middleboxes.isEmpty ? nil : Set(selected.map(\.name))
            ) { name in asked.isEmpty || asked.contains { $0.matches(name) } }
        }
        try outputs.write(report, pictures: outputs.showsPictures ? await pictures(of: report, selected, kept) : [:])
        if let path = gate.writeBaseline { try writeBaseline(of: report, to: path) }
        if let broken = report.crossCheck.flatMap(BrokenSecondSolver.init) { throw broken }
        let status = ExitStatus(report)
        if status != .allProved { throw ExitCode(status.rawValue) }
    }

    /// For when the run was interrupted: the thread that writes the report ends the process, with its status.
    private static func neverReturn() async -> Never {
        while true { try? await Task.sleep(for: .seconds(60)) }
    }

    /// Of what was accepted, and can be drawn.
    private func pictures(
        of report: VerificationReport, _ selected: [MiddleboxSource], _ kept: KeptProofs?
    ) async -> [String: String] {
        var pictures: [String: String] = [:]
        let drawn = Set(report.middleboxes.filter { !$0.elements.isEmpty }.map(\.name))
        for source in selected where drawn.contains(source.name) {
            guard let program = try? await source.compile(),
                let graph = try? await source.elementGraph(of: program, kept)
            else { continue }
            pictures[source.name] = graph.drawing(.svg)
        }
        return pictures
    }

    /// Those of its spec that are selected, and the checks that come with every middlebox.
    private func expectedProperties(of source: MiddleboxSource) -> Int {
        let outline = (try? source.readSpecification()).flatMap { $0 }.flatMap { try? SpecOutline($0) }
        let names = CheckKind.allCases.map(\.rawValue) + (outline?.properties.map(\.name) ?? [])
        return names.count { name in patterns.isEmpty || patterns.contains { $0.matches(name) } }
    }

    private var patterns: [GlobPattern] { property.map(GlobPattern.init) }

    /// What says nothing of a middlebox is a slip, and must not look like success.
    private func checkSpecifications(of selected: [MiddleboxSource]) throws {
        for source in selected {
            guard let file = try source.readSpecification(), let outline = try? SpecOutline(file) else { continue }
            guard outline.properties.isEmpty else { continue }
            throw UsageError(
                description: "\(file.path) has no property: there is nothing that \(source.name) would be proved to do")
        }
    }

    /// So is a pattern that no property matches.
    private func checkSelection(_ report: VerificationReport) throws {
        let properties = report.middleboxes.flatMap(\.properties)
        let names = report.middleboxes.map(\.name).joined(separator: ", ")
        // Of what is not accepted, the properties are not known.
        let isRejected = properties.contains { $0.verdict == .error }
        let idle = patterns.filter { pattern in !properties.contains { pattern.matches($0.name) } }
        if !idle.isEmpty, !isRejected {
            throw UsageError(
                description:
                    "no property of \(names) matches \(idle.map { "'\($0.text)'" }.joined(separator: " or ")); "
                    + "'verify list' shows them")
        }
        if properties.isEmpty { throw UsageError(description: "nothing to verify in \(names)") }
    }

    /// A baseline knows middleboxes by their names: of two with one name, it would be held against one.
    private func checkNames(of selected: [MiddleboxSource]) throws {
        let names = selected.map(\.name)
        guard let twice = names.first(where: { name in names.count { $0 == name } > 1 }) else { return }
        throw UsageError(
            description:
                "two middleboxes are called '\(twice)', and a baseline knows them by their names: verify one at a time")
    }

    /// What other middleboxes have in the file stays there, unless all were verified.
    private func writeBaseline(of report: VerificationReport, to path: String) throws {
        let file = BaselineFile(path: path)
        var baseline = Baseline(report)
        if !middleboxes.isEmpty, FileManager.default.fileExists(atPath: path) {
            baseline = try file.read().updated(with: baseline)
        }
        try file.write(baseline)
        let rest = report.middleboxes.flatMap(\.properties).count { $0.verdict != .proved }
        if rest > 0 {
            StandardError.write(
                "note: \(path) has what is proved; \(rest) propert\(rest == 1 ? "y is" : "ies are") not, and not in it.\n"
            )
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
