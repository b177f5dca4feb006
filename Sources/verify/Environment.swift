import ArgumentParser
import Foundation
import Verification

extension MiddleboxCatalog {
    /// As seen from where the process runs.
    static func current() -> MiddleboxCatalog {
        let executable = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return MiddleboxCatalog(
            workingDirectory: FileManager.default.currentDirectoryPath,
            startingPoints: executable.map { [URL(fileURLWithPath: $0).deletingLastPathComponent().path] } ?? [])
    }
}

/// The shell offers the names under `Middleboxes`.
let middleboxCompletion = CompletionKind.custom { _, _, _ in MiddleboxCatalog.current().names }
