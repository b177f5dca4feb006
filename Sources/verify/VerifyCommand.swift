import ArgumentParser
import Verification

/// `verify`: what the process is called by. Without a subcommand it proves.
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Proves that middleboxes written in C do what their specs say, or shows packets that break them.",
        version: "\(ToolVersions.all.map { "\($0.name) \($0.version)" }.joined(separator: ", "))",
        subcommands: [
            ProveCommand.self, ElementsCommand.self, TestsCommand.self, ListCommand.self, ExplainCommand.self,
            MeasureCommand.self,
            FormatCommand.self,
            SolverWorkerCommand.self,
        ],
        defaultSubcommand: ProveCommand.self)
}
