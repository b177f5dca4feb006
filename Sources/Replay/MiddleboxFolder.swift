import MiddleboxIR

/// Where the C files of a middlebox and all that belongs to them lie.
public struct MiddleboxFolder: Hashable, Sendable {
    /// The folder's name, or that of a C file without `.c`.
    public let name: String
    /// The C files, the one of the middlebox's name first.
    public let sources: [String]
    /// `NAME.yml` beside them, whether it is there or not.
    public let configurationPath: String
    /// The one that the project lists, or `NAME.gravel` beside them or in the folder `Specs` of the project; nil when there is none.
    public let specificationPath: String?
    /// `Middleboxes/include` of the project or of the installation, and the header folders that the project lists.
    public let includeDirectories: [String]
    /// `Middleboxes/runtime`, of the same.
    public let runtimeDirectory: String

    /// Why a name does not lead to a middlebox.
    public enum Failure: Error, Hashable, Sendable {
        /// No such folder or file. `near`: a name that may have been meant.
        case notFound(name: String, near: String?)
        /// Not among those that the project lists, and no path. `known`: all that it lists.
        case notListed(name: String, near: String?, known: [String])
        case noCFiles(path: String)
        /// No `Middleboxes/include` and `Middleboxes/runtime` anywhere.
        case noRuntime(startingAt: [String])
    }

    /// Finds a middlebox.
    ///
    /// `name` is a folder, a C file, or the name of a folder that the project lists, or where it lists none, of a folder in the `Middleboxes`
    /// of `workingDirectory` or of a folder above it.
    /// Headers and runtime are those of the first `Middleboxes` above the C files, else above the working directory, else above one of
    /// `otherRoots`.
    public init(
        _ name: String, workingDirectory: String, otherRoots: [String] = [], project: ProjectLayout? = nil
    ) throws(Failure) {
        let tree = SourceTree(workingDirectory: workingDirectory, startingPoints: otherRoots, project: project)
        let given = tree.absolute(name)
        let folder: String
        if name.hasSuffix(".c"), SourceTree.isFile(given) {
            folder = SourceTree.parent(of: given)
            self.name = String(SourceTree.lastComponent(given).dropLast(2))
            sources = [tree.shown(given)]
        } else {
            let isPath = name.contains("/") || name == "." || name == ".."
            guard let found = isPath && SourceTree.isFolder(given) ? given : tree.folder(named: name) else {
                let near = tree.nearName(to: name)
                if tree.isListed, !isPath { throw .notListed(name: name, near: near, known: tree.names) }
                throw .notFound(name: name, near: near)
            }
            folder = found
            self.name = SourceTree.lastComponent(folder)
            sources = SourceTree.cFiles(in: folder).map(tree.shown)
            if sources.isEmpty { throw .noCFiles(path: tree.shown(folder)) }
        }
        configurationPath = tree.shown("\(folder)/\(self.name).yml")
        specificationPath = tree.specification(of: self.name, in: folder).map(tree.shown)
        guard let middleboxes = tree.middleboxes(for: folder, having: ["include", "runtime"]) else {
            throw .noRuntime(startingAt: [folder, workingDirectory] + otherRoots)
        }
        includeDirectories = tree.includeDirectories(of: middleboxes)
        runtimeDirectory = middleboxes + "/runtime"
    }
}

extension MiddleboxFolder.Failure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notFound(let name, let near):
            "there is no middlebox '\(name)': no folder Middleboxes/\(name) here or above"
                + (near.map { "; did you mean '\($0)'?" } ?? "")
        case .notListed(let name, let near, let known):
            "there is no middlebox '\(name)'"
                + (near.map { "; did you mean '\($0)'?" } ?? "; there are \(known.joined(separator: ", "))")
        case .noCFiles(let path): "\(path): there are no C files"
        case .noRuntime(let starts):
            "Middleboxes/include and Middleboxes/runtime are nowhere above \(starts.joined(separator: ", "))"
        }
    }
}
