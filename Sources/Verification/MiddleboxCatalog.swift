import Diagnostics
import Foundation

/// Finds middleboxes by what a person types: a name, a folder, a spec file.
public struct MiddleboxCatalog: Sendable {
    /// Absolute.
    public let workingDirectory: String
    /// The folder that holds `Middleboxes` and `Specs`: the working directory or the nearest one above it.
    public let root: String?
    private let otherRoots: [String]

    /// - Parameter startingPoints: where else the project may be looked for upwards, if it is not above the working directory: where the
    ///   executable lies.
    public init(workingDirectory: String, startingPoints: [String] = []) {
        self.workingDirectory = MiddleboxCatalog.standardized(workingDirectory)
        root = MiddleboxCatalog.root(above: self.workingDirectory)
        otherRoots = startingPoints.compactMap { MiddleboxCatalog.root(above: MiddleboxCatalog.standardized($0)) }
    }

    /// The names under `Middleboxes`, sorted.
    public var names: [String] {
        guard let root else { return [] }
        let folder = root + "/Middleboxes"
        return entries(of: folder).filter { MiddleboxCatalog.isFile("\(folder)/\($0)/\($0).c") }
    }

    /// What the arguments select, each once, in the order given; with none, all under `Middleboxes`.
    public func select(_ arguments: [String]) throws(SelectionError) -> [MiddleboxSource] {
        if arguments.isEmpty {
            let names = names
            guard !names.isEmpty else { throw .noMiddleboxes(workingDirectory: workingDirectory) }
            return try names.map { name throws(SelectionError) in try named(name) }
        }
        var selected: [MiddleboxSource] = []
        for argument in arguments {
            let source = try middlebox(argument)
            if !selected.contains(source) { selected.append(source) }
        }
        return selected
    }

    /// A name under `Middleboxes`, a folder that has a C file of its own name, or a spec.
    public func middlebox(_ argument: String) throws(SelectionError) -> MiddleboxSource {
        let path = absolute(argument)
        if argument.hasSuffix(".gravel") { return try ofSpecification(path) }
        if !argument.contains("/"), names.contains(argument) { return try named(argument) }
        if MiddleboxCatalog.isFolder(path) { return try inFolder(path, specification: nil) }
        let known = names
        throw .unknown(argument, near: nearestName(to: argument, in: known), known: known)
    }

    // MARK: The three ways

    private func named(_ name: String) throws(SelectionError) -> MiddleboxSource {
        try inFolder("\(root ?? workingDirectory)/Middleboxes/\(name)", specification: nil)
    }

    private func inFolder(_ folder: String, specification: String?) throws(SelectionError) -> MiddleboxSource {
        let name = MiddleboxCatalog.lastComponent(folder)
        let main = "\(folder)/\(name).c"
        guard MiddleboxCatalog.isFile(main) else { throw .noMainFile(folder: shown(folder), expected: "\(name).c") }
        let others = entries(of: folder).filter { $0.hasSuffix(".c") && $0 != "\(name).c" }.map { "\(folder)/\($0)" }
        let roots = [MiddleboxCatalog.root(above: folder), root].compactMap { $0 } + otherRoots
        guard let include = roots.map({ $0 + "/Middleboxes/include" }).first(where: MiddleboxCatalog.isFolder) else {
            throw .noHeaders(name: name)
        }
        let candidates = ["\(folder)/\(name).gravel"] + roots.map { "\($0)/Specs/\(name).gravel" }
        return MiddleboxSource(
            name: name, cSources: ([main] + others).map(shown),
            specification: (specification ?? candidates.first(where: MiddleboxCatalog.isFile)).map(shown),
            includeDirectories: [shown(include)])
    }

    private func ofSpecification(_ path: String) throws(SelectionError) -> MiddleboxSource {
        guard MiddleboxCatalog.isFile(path) else { throw .noSuchFile(shown(path)) }
        let folder = MiddleboxCatalog.parent(of: path)
        let stem = String(MiddleboxCatalog.lastComponent(path).dropLast(".gravel".count))
        // Beside its C file, in a folder of its name, or as the project has it; several specs of one middlebox say whose they are.
        let declared = declaredName(in: path)
        for name in [declared, stem].compactMap({ $0 }) {
            let roots = [MiddleboxCatalog.root(above: folder), root].compactMap { $0 }
            let folders = ["\(folder)/\(name)"] + roots.map { "\($0)/Middleboxes/\(name)" }
            let own = MiddleboxCatalog.lastComponent(folder) == name ? [folder] : []
            if let found = (own + folders).first(where: { MiddleboxCatalog.isFile("\($0)/\(name).c") }) {
                return try inFolder(found, specification: path)
            }
        }
        throw .noMiddleboxOfSpecification(shown(path), name: declared ?? stem)
    }

    /// The name behind the first `middlebox`, without judging the rest of the file.
    private func declaredName(in path: String) -> String? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: \.isWhitespace)
            if words.count >= 2, words[0] == "middlebox" { return String(words[1]) }
        }
        return nil
    }

    // MARK: Paths

    private func absolute(_ path: String) -> String {
        MiddleboxCatalog.standardized(path.hasPrefix("/") ? path : "\(workingDirectory)/\(path)")
    }

    /// Relative to the working directory where it lies below it.
    private func shown(_ path: String) -> String {
        let prefix = workingDirectory == "/" ? "/" : workingDirectory + "/"
        return path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path
    }

    private func entries(of folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    private static func root(above folder: String) -> String? {
        var folder = folder
        while true {
            if isFolder(folder + "/Middleboxes") { return folder }
            if folder == "/" || folder.isEmpty { return nil }
            folder = parent(of: folder)
        }
    }

    private static func standardized(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
    private static func parent(of path: String) -> String {
        URL(fileURLWithPath: path).deletingLastPathComponent().path
    }
    private static func lastComponent(_ path: String) -> String { URL(fileURLWithPath: path).lastPathComponent }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    private static func isFile(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
    }
}
