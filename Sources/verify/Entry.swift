import ArgumentParser
import Foundation

/// Parses the arguments, runs the command, and turns whatever is thrown into a message and an exit status.
enum Entry {
    /// The help that is asked for without a subcommand is that of proving, which tells of the others too.
    private static var arguments: [String] {
        let arguments = Array(CommandLine.arguments.dropFirst())
        return [["--help"], ["-h"], ["help"]].contains(arguments) ? ["prove", "--help"] : arguments
    }

    static func main() async {
        let command: any ParsableCommand
        do {
            command = try await VerifyCommand.asyncParseAsRoot(arguments)
        } catch {
            VerifyCommand.exit(withError: error)
        }
        do {
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                var command = command
                try command.run()
            }
        } catch {
            // Help that is asked for, wrong usage and exit statuses are the argument parser's; for all else it knows only "failure".
            if error is ExitCode || VerifyCommand.exitCode(for: error) != .failure {
                VerifyCommand.exit(withError: error)
            }
            StandardError.write(Failure(error).message(usesColor: Terminal().usesColor(.auto, on: .standardError)))
            Foundation.exit(Failure(error).status.rawValue)
        }
    }
}
