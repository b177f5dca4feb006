import ArgumentParser
import Diagnostics
import Foundation
import Project
import Reporting
import Verification

/// `verify explain NAME PROPERTY`: what a verdict rests on.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Shows how the proof of a property goes, or what keeps it from being one.",
        discussion: """
            The form of the proof, the invariants and what is remembered, the elements that take part, and what the solver was asked, with what it \
            cost. Everything is proved anew for it.

            Exit status: that of the verdict, as of verify.
            """)

    @Argument(help: "The middlebox: its name, a folder, or a spec.", completion: middleboxCompletion)
    var name: String

    @Argument(help: "The property's name, without the middlebox's.") var property: String

    @OptionGroup var work: JobOptions

    @Option(help: "When to write in colour: auto, always or never.") var color = ColorChoice.auto

    func run() async throws {
        let project = try ProjectFile.current()
        let source = try MiddleboxCatalog.current(project).middlebox(name)
        let terminal = Terminal()
        let display = ProgressDisplay(terminal: terminal, isVerbose: true)
        // Alone first: for most properties that is enough, and much faster.
        var (report, found) = try await judge(source, [GlobPattern(property)], project, display)
        if found == nil || found?.verdict == .inconclusive {
            (report, found) = try await judge(source, [], project, display)
        }
        display.clear()
        guard let found else {
            let near = nearestName(to: property, in: report.properties.map(\.name)).map { "; is it '\($0)'?" } ?? ""
            throw UsageError(
                description: "\(report.name) has no property '\(property)'\(near) 'verify list \(name)' shows them all")
        }
        let explanation = Explanation(
            of: found, in: report, width: terminal.width(of: .standardOutput) ?? 100,
            usesColor: terminal.usesColor(color, on: .standardOutput))
        try Output(path: nil).write(explanation.text)
        let status = ExitStatus(found.verdict)
        if status != .allProved { throw ExitCode(status.rawValue) }
    }

    private func judge(
        _ source: MiddleboxSource, _ patterns: [GlobPattern], _ project: ProjectFile?, _ display: ProgressDisplay
    ) async throws -> (MiddleboxReport, PropertyReport?) {
        let judging = Judging(
            patterns: patterns, jobs: work.count(in: project),
            solverWorker: .ownExecutable, timeout: 60, wholeProgram: false, counterexamples: nil, kept: nil)
        let report = try await judging.judge(source) { event in
            if case .phase = event { display.show(event) }
        }
        return (report, report.properties.first { $0.name == property })
    }
}
