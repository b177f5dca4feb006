import ArgumentParser
import Foundation
import Project
import Verification

extension MiddleboxCatalog {
    /// As seen from where the process runs.
    static func current(_ project: ProjectFile?) -> MiddleboxCatalog {
        let executable = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return MiddleboxCatalog(
            workingDirectory: FileManager.default.currentDirectoryPath,
            startingPoints: executable.map { [URL(fileURLWithPath: $0).deletingLastPathComponent().path] } ?? [],
            project: project?.layout)
    }
}

extension ProjectFile {
    /// Of the project that the process runs in.
    static func current() throws -> ProjectFile? { try nearest(to: FileManager.default.currentDirectoryPath) }
}

/// The shell offers the names of the project's middleboxes. Where its file is not accepted, a command tells why.
let middleboxCompletion = CompletionKind.custom { _, _, _ in
    MiddleboxCatalog.current((try? ProjectFile.current()) ?? nil).names
}
