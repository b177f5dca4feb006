import Foundation
import MiddleboxIR

/// Finds middleboxes by what a person types: a name, a folder, a spec file.
public struct MiddleboxCatalog: Sendable {
    private let tree: SourceTree

    /// - Parameters:
    ///   - startingPoints: where else the headers may be looked for upwards, if they are not above the working directory: where the
    ///     executable lies.
    ///   - project: what the project says of itself.
    public init(workingDirectory: String, startingPoints: [String] = [], project: ProjectLayout? = nil) {
        tree = SourceTree(workingDirectory: workingDirectory, startingPoints: startingPoints, project: project)
    }

    /// Those that the project lists; else those under `Middleboxes`, sorted.
    public var names: [String] { tree.names }

    /// What the arguments select, each once, in the order given; with none, all that are listed or under `Middleboxes`.
    public func select(_ arguments: [String]) throws(SelectionError) -> [MiddleboxSource] {
        if arguments.isEmpty {
            let names = names
            guard !names.isEmpty else { throw .noMiddleboxes(workingDirectory: tree.workingDirectory) }
            return try names.map { name throws(SelectionError) in try named(name) }
        }
        var selected: [MiddleboxSource] = []
        for argument in arguments {
            let source = try middlebox(argument)
            if !selected.contains(source) { selected.append(source) }
        }
        return selected
    }

    /// A name that is listed or under `Middleboxes`, a folder that has a C file of its own name, or a spec.
    public func middlebox(_ argument: String) throws(SelectionError) -> MiddleboxSource {
        let path = tree.absolute(argument)
        if argument.hasSuffix(".gravel") { return try ofSpecification(path) }
        if !argument.contains("/"), names.contains(argument) { return try named(argument) }
        if SourceTree.isFolder(path) { return try inFolder(path, specification: nil) }
        throw .unknown(argument, near: tree.nearName(to: argument), known: names)
    }

    // MARK: The three ways

    private func named(_ name: String) throws(SelectionError) -> MiddleboxSource {
        try inFolder(tree.folder(named: name) ?? tree.absolute(name), specification: nil)
    }

    private func inFolder(_ folder: String, specification: String?) throws(SelectionError) -> MiddleboxSource {
        let name = SourceTree.lastComponent(folder)
        guard SourceTree.isFile("\(folder)/\(name).c") else {
            throw .noMainFile(folder: tree.shown(folder), expected: "\(name).c")
        }
        guard let middleboxes = tree.middleboxes(for: folder, having: ["include"]) else { throw .noHeaders(name: name) }
        return MiddleboxSource(
            name: name, cSources: SourceTree.cFiles(in: folder).map(tree.shown),
            specification: (specification ?? tree.specification(of: name, in: folder)).map(tree.shown),
            includeDirectories: tree.includeDirectories(of: middleboxes).map(tree.shown))
    }

    private func ofSpecification(_ path: String) throws(SelectionError) -> MiddleboxSource {
        guard SourceTree.isFile(path) else { throw .noSuchFile(tree.shown(path)) }
        if let listed = tree.folder(withSpecification: path) { return try inFolder(listed, specification: path) }
        let folder = SourceTree.parent(of: path)
        let stem = String(SourceTree.lastComponent(path).dropLast(".gravel".count))
        // Beside its C file, in a folder of its name, or as the project has it; several specs of one middlebox say whose they are.
        let declared = declaredName(in: path)
        for name in [declared, stem].compactMap({ $0 }) {
            let named = tree.folder(named: name).map { [$0] } ?? []
            let folders = ["\(folder)/\(name)"] + named + tree.roots(for: folder).map { "\($0)/Middleboxes/\(name)" }
            let own = SourceTree.lastComponent(folder) == name ? [folder] : []
            if let found = (own + folders).first(where: { SourceTree.isFile("\($0)/\(name).c") }) {
                return try inFolder(found, specification: path)
            }
        }
        throw .noMiddleboxOfSpecification(tree.shown(path), name: declared ?? stem)
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
}
