import ArgumentParser
import Diagnostics
import Foundation
import SpecLanguage
import Verification

/// `verify format`: specs in the one canonical layout.
struct FormatCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "format", abstract: "Lays out specs in the canonical way.",
        discussion: "Exit status with --check: 1 if a file is laid out otherwise.")

    @Flag(help: "Change nothing; name the files that are laid out otherwise.") var check = false

    @Argument(help: "The specs.", completion: .file(extensions: ["gravel"])) var files: [String]

    func run() throws {
        var differing = 0
        for path in files {
            guard FileManager.default.fileExists(atPath: path) else { throw SelectionError.noSuchFile(path) }
            let file = try SourceFile(readingSpecification: path)
            let text: String
            do {
                text = try SpecLanguage.Formatter.format(file)
            } catch {
                throw RejectedInput(error.diagnostics, sources: [file])
            }
            guard text != file.text else { continue }
            differing += 1
            if check {
                print(path)
            } else {
                try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
            }
        }
        if check, differing > 0 { throw ExitCode(1) }
    }
}
