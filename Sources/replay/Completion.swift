import ArgumentParser
import Foundation
import MiddleboxIR
import Project

/// The shell offers the names of the project's middleboxes. Where its file is not accepted, a command tells why.
let middleboxCompletion = CompletionKind.custom { _, _, _ in
    let folder = FileManager.default.currentDirectoryPath
    let project = (try? ProjectFile.nearest(to: folder)) ?? nil
    return SourceTree(workingDirectory: folder, project: project?.layout).names
}
