import ArgumentParser
import Foundation
import SMT
import Verification

/// The options that put what solvers are asked before others.
struct AuditOptions: ParsableArguments {
    /// The languages in which questions are written down.
    enum DumpFormat: String, CaseIterable, ExpressibleByArgument {
        case smt2
    }

    @Option(
        help: ArgumentHelp(
            "Have a second solver answer every question, too. A disagreement is an internal error.",
            valueName: "solver"))
    var crossCheck: SecondSolver.Kind?

    @Option(
        help: ArgumentHelp(
            "Write every question that is put to the solver into a file of its own.", valueName: "format"))
    var dump: DumpFormat?

    @Option(
        help: ArgumentHelp("The folder for --dump (default: obligations).", valueName: "dir"), completion: .directory)
    var dumpFolder: String?

    func validate() throws {
        if dumpFolder == "" { throw ValidationError("--dump-folder needs a folder.") }
        if dumpFolder != nil, dump == nil { throw ValidationError("--dump-folder needs --dump smt2.") }
    }

    /// Whether anybody is told of questions and answers.
    var usesObservers: Bool { crossCheck != nil || dump != nil }

    /// - Throws: `SecondSolverError` when there is no such solver.
    func audit(jobs: Int, timeout: Double) async throws -> Audit {
        let folder = dump.map { _ in ObligationFolder(path: dumpFolder ?? "obligations") }
        guard let crossCheck else { return Audit(crossCheck: nil, folder: folder) }
        let solver = try await SecondSolver(crossCheck, timeout: timeout)
        return Audit(
            crossCheck: CrossCheck(
                solver: solver, jobs: jobs, kept: folder ?? ObligationFolder(path: CacheFolder.disagreements)),
            folder: folder)
    }
}

extension SecondSolver.Kind: ExpressibleByArgument {}

/// Those that are told of questions and answers in one run.
struct Audit: Sendable {
    let crossCheck: CrossCheck?
    let folder: ObligationFolder?

    var observers: [any AnswerObserver] {
        let all: [(any AnswerObserver)?] = [crossCheck, folder]
        return all.compactMap { $0 }
    }

    /// For reports.
    var tools: [(name: String, version: String)] { crossCheck.map { [($0.report.solver, $0.report.version)] } ?? [] }

    /// Waits until all that was asked so far is checked.
    ///
    /// - Throws: `SolverDisagreement`, or `ObligationFolderError` when not all could be written.
    func finish() async throws {
        await crossCheck?.finish()
        if let disagreement = crossCheck.flatMap({ SolverDisagreement($0.report) }) { throw disagreement }
        if let failure = folder?.failure { throw failure }
    }

    /// Ends what is running.
    func stop() { crossCheck?.stop() }

    /// Tells where things were written.
    func printNotes() {
        guard let folder else { return }
        StandardError.write("note: \(folder.count) question\(folder.count == 1 ? "" : "s") in \(folder.path)\n")
    }
}
