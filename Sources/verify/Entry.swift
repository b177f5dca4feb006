import ArgumentParser
import Foundation

/// Parses the arguments, runs the command, and turns whatever is thrown into a message and an exit status.
enum Entry {
    static func main() async {
        let command: any ParsableCommand
        do {
            command = try await VerifyCommand.asyncParseAsRoot()
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
        } catch let error where error is ExitCode || error is ValidationError || error is CleanExit {
            VerifyCommand.exit(withError: error)
        } catch {
            StandardError.write(Failure(error).message(usesColor: Terminal().usesColor(.auto, on: .standardError)))
            Foundation.exit(Failure(error).status.rawValue)
        }
    }
}
