import Foundation

/// Where the C files of a middlebox and all that belongs to them lie.
public struct MiddleboxFolder: Hashable, Sendable {
    /// The folder's name, or that of a C file without `.c`.
    public let name: String
    /// The C files, the one of the middlebox's name first.
    public let sources: [String]
    /// `NAME.yml` beside them, whether it is there or not.
    public let configurationPath: String
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
        let given = name.hasPrefix("/") ? name : workingDirectory + "/" + name
        let folder: String
        if name.hasSuffix(".c"), Self.isFile(given) {
            sources = [name]
            self.name = String(Self.lastComponent(name).dropLast(2))
            folder = Self.parent(of: given)
            configurationPath = String(name.dropLast(2)) + ".yml"
        } else if name.contains("/") || name == "." || name == "..", Self.isFolder(given) {
            folder = URL(fileURLWithPath: given).standardizedFileURL.path
            let stem = Self.lastComponent(folder)
            sources = try Self.cFiles(in: Self.withoutSlash(name), named: stem, absolute: folder)
            self.name = stem
            configurationPath = Self.withoutSlash(name) + "/" + stem + ".yml"
        } else if !name.contains("/"), let root = Self.root(above: workingDirectory, having: "Middleboxes/" + name) {
            folder = root + "/Middleboxes/" + name
            let shown = root == workingDirectory ? "Middleboxes/" + name : folder
            sources = try Self.cFiles(in: shown, named: name, absolute: folder)
            self.name = name
            configurationPath = shown + "/" + name + ".yml"
        } else {
            throw .notFound(
                name: name, near: nearName(to: name, among: Self.middleboxes(above: workingDirectory)))
        }
        let starts = [folder, workingDirectory] + otherRoots
        guard
            let root = starts.lazy.compactMap({ Self.root(above: $0, having: "Middleboxes/runtime") })
                .first(where: { Self.isFolder($0 + "/Middleboxes/include") })
        else { throw .noRuntime(startingAt: starts) }
        includeDirectory = root + "/Middleboxes/include"
        runtimeDirectory = root + "/Middleboxes/runtime"
    }

    /// The folder at or above `start` that has `path`.
    private static func root(above start: String, having path: String) -> String? {
        var folder = start
        while true {
            if isFolder(folder + "/" + path) { return folder == "" ? "/" : folder }
            guard folder.count > 1 else { return nil }
            folder = parent(of: folder)
        }
    }

    private static func cFiles(in shown: String, named stem: String, absolute: String) throws(Failure) -> [String] {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: absolute)) ?? [])
            .filter { $0.hasSuffix(".c") }.sorted()
        guard !names.isEmpty else { throw .noCFiles(path: shown) }
        let own = names.filter { $0 == stem + ".c" }
        return (own + names.filter { $0 != stem + ".c" }).map { shown + "/" + $0 }
    }

    /// The names that could have been given, without headers and runtime, which are no middleboxes.
    private static func middleboxes(above start: String) -> [String] {
        guard let root = root(above: start, having: "Middleboxes") else { return [] }
        let folder = root + "/Middleboxes"
        return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
            .filter { isFile("\(folder)/\($0)/\($0).c") }
    }

    private static func isFolder(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }

    private static func isFile(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && !isDirectory.boolValue
    }

    private static func lastComponent(_ path: String) -> String { URL(fileURLWithPath: path).lastPathComponent }

    private static func parent(of path: String) -> String {
        URL(fileURLWithPath: path).deletingLastPathComponent().standardizedFileURL.path
    }

    private static func withoutSlash(_ path: String) -> String {
        path.count > 1 && path.hasSuffix("/") ? withoutSlash(String(path.dropLast())) : path
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
