import MiddleboxIR

/// Where the C files of a middlebox and all that belongs to them lie.
public struct MiddleboxFolder: Hashable, Sendable {
    /// The folder's name, or that of a C file without `.c`.
    public let name: String
    /// The C files, the one of the middlebox's name first.
    public let sources: [String]
    /// `NAME.yml` beside them, whether it is there or not.
    public let configurationPath: String
    /// `NAME.gravel` beside them, or in the folder `Specs` of the project; nil when it is in neither.
    public let specificationPath: String?
    /// `Middleboxes/include` of the project.
    public let includeDirectory: String
    /// `Middleboxes/runtime` of the project.
    public let runtimeDirectory: String

    /// Why a name does not lead to a middlebox.
    public enum Failure: Error, Hashable, Sendable {
        /// No such folder or file. `near`: a name that may have been meant.
        case notFound(name: String, near: String?)
        case noCFiles(path: String)
        /// No `Middleboxes/include` and `Middleboxes/runtime` anywhere.
        case noRuntime(startingAt: [String])
    }

    /// Finds a middlebox.
    ///
    /// `name` is a folder, a C file, or the name of a folder in the `Middleboxes` of `workingDirectory` or of a folder above it.
    /// Headers and runtime are those of the first `Middleboxes` above the C files, else above the working directory, else above one of
    /// `otherRoots`.
    public init(
        _ name: String, workingDirectory: String, otherRoots: [String] = []
    ) throws(Failure) {
        let tree = SourceTree(workingDirectory: workingDirectory, startingPoints: otherRoots)
        let given = tree.absolute(name)
        let folder: String
        if name.hasSuffix(".c"), SourceTree.isFile(given) {
            folder = SourceTree.parent(of: given)
            self.name = String(SourceTree.lastComponent(given).dropLast(2))
            sources = [tree.shown(given)]
        } else {
            let isPath = name.contains("/") || name == "." || name == ".."
            guard let found = isPath && SourceTree.isFolder(given) ? given : tree.folder(named: name) else {
                throw .notFound(name: name, near: tree.nearName(to: name))
            }
            folder = found
            self.name = SourceTree.lastComponent(folder)
            sources = SourceTree.cFiles(in: folder).map(tree.shown)
            if sources.isEmpty { throw .noCFiles(path: tree.shown(folder)) }
        }
        configurationPath = tree.shown("\(folder)/\(self.name).yml")
        let specification = "\(self.name).gravel"
        specificationPath =
            (["\(folder)/\(specification)"]
            + tree.roots(for: folder).map { "\($0)/Specs/\(specification)" }).first(where: SourceTree.isFile)
            .map(tree.shown)
        guard let middleboxes = tree.middleboxes(for: folder, having: ["include", "runtime"]) else {
            throw .noRuntime(startingAt: [folder, workingDirectory] + otherRoots)
        }
        includeDirectory = middleboxes + "/include"
        runtimeDirectory = middleboxes + "/runtime"
    }
}

extension MiddleboxFolder.Failure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notFound(let name, let near):
            "there is no middlebox '\(name)': no folder Middleboxes/\(name) here or above"
                + (near.map { "; did you mean '\($0)'?" } ?? "")
        case .noCFiles(let path): "\(path): there are no C files"
        case .noRuntime(let starts):
            "Middleboxes/include and Middleboxes/runtime are nowhere above \(starts.joined(separator: ", "))"
        }
    }
}
