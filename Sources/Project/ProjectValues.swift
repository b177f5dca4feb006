import Diagnostics
import Foundation
import MiddleboxIR
import YAML
import Yams

/// Reads the values of a project's file.
struct ProjectValues {
    let reader: NodeReader
    /// What paths are relative to, absolute.
    let folder: String
    let tree: SourceTree

    // MARK: Forms

    func optional<Value>(
        _ node: Node?, _ read: (Node) throws(ConfigurationError) -> Value
    ) throws(ConfigurationError) -> Value? {
        guard let node else { return nil }
        return try read(node)
    }

    func list<Value>(
        _ node: Node?, of name: String, _ read: (Node) throws(ConfigurationError) -> Value
    ) throws(ConfigurationError) -> [Value] {
        guard let node else { return [] }
        var values: [Value] = []
        for item in try reader.sequence(node, of: name) { values.append(try read(item)) }
        return values
    }

    /// Not empty.
    func word(_ node: Node, expected: String) throws(ConfigurationError) -> String {
        let text = try reader.text(node, expected: expected)
        guard !text.isEmpty, !reader.isNothing(node) else { throw mismatch(node, expected) }
        return text
    }

    func jobs(_ node: Node) throws(ConfigurationError) -> Int {
        let expected = "a number of processes, at least 1"
        guard let number = Int(try word(node, expected: expected)), number >= 1 else { throw mismatch(node, expected) }
        return number
    }

    func seconds(_ node: Node) throws(ConfigurationError) -> Double {
        let expected = "a number of seconds above 0 and below a million"
        guard let number = Double(try word(node, expected: expected)), number > 0, number < 1e6 else {
            throw mismatch(node, expected)
        }
        return number
    }

    private func mismatch(_ node: Node, _ expected: String) -> ConfigurationError {
        reader.error(node, "expected \(expected), found \(reader.kind(node))")
    }

    // MARK: Paths

    private func absolute(_ path: String) -> String { tree.absolute(path.hasPrefix("/") ? path : "\(folder)/\(path)") }

    /// Of what a run writes: it need not be there.
    func newPath(_ node: Node) throws(ConfigurationError) -> String {
        tree.shown(absolute(try word(node, expected: "a path")))
    }

    private func existingFile(_ node: Node, expected: String) throws(ConfigurationError) -> String {
        let text = try word(node, expected: expected)
        let path = absolute(text)
        guard SourceTree.isFile(path) else { throw missing(node, text, SourceTree.isFile, "file") }
        return path
    }

    func headerFolder(_ node: Node) throws(ConfigurationError) -> String {
        let text = try word(node, expected: "the path of a folder")
        let path = absolute(text)
        guard SourceTree.isFolder(path) else { throw missing(node, text, SourceTree.isFolder, "folder") }
        return path
    }

    /// `[FORMAT=]FILE`. A format is a word.
    func output(_ node: Node) throws(ConfigurationError) -> String {
        let expected = "a file, or a format and a file such as sarif=report.sarif"
        let text = try word(node, expected: expected)
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].allSatisfy({ $0.isASCII && $0.isLetter }) else {
            return tree.shown(absolute(text))
        }
        guard !parts[0].isEmpty, !parts[1].isEmpty else { throw mismatch(node, expected) }
        return "\(parts[0])=\(tree.shown(absolute(String(parts[1]))))"
    }

    /// - Parameter isThere: tells what is meant.
    private func missing(
        _ node: Node, _ text: String, _ isThere: (String) -> Bool, _ what: String
    ) -> ConfigurationError {
        let path = absolute(text)
        let parent = SourceTree.parent(of: path)
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
        let near = nearestName(
            to: SourceTree.lastComponent(path), in: entries.sorted().filter { isThere("\(parent)/\($0)") })
        // As it is written, but for its last part.
        let start = text.lastIndex(of: "/").map { String(text[...$0]) } ?? ""
        return reader.error(
            node, "there is no \(what) '\(text)'" + (near.map { "; did you mean '\(start)\($0)'?" } ?? ""))
    }

    // MARK: Middleboxes

    private enum Part: String, CaseIterable { case path, spec }

    func middleboxes(_ node: Node) throws(ConfigurationError) -> [ProjectLayout.Middlebox] {
        var found: [ProjectLayout.Middlebox] = []
        for item in try reader.sequence(node, of: "middleboxes") {
            for middlebox in try middleboxes(of: item) {
                guard let index = found.firstIndex(where: { $0.name == middlebox.name }) else {
                    found.append(middlebox)
                    continue
                }
                let other = found[index]
                guard other.folder == middlebox.folder else {
                    throw reader.error(
                        item,
                        "there are two middleboxes '\(middlebox.name)': \(tree.shown(other.folder)) and \(tree.shown(middlebox.folder))"
                    )
                }
                guard other.specification == nil || middlebox.specification == nil else {
                    throw reader.error(item, "there are two specs for the middlebox '\(middlebox.name)'")
                }
                // One of many under a pattern, and once more with its spec.
                if middlebox.specification != nil { found[index] = middlebox }
            }
        }
        guard !found.isEmpty else { throw reader.error(node, "expected at least one middlebox, found none") }
        return found
    }

    private func middleboxes(of item: Node) throws(ConfigurationError) -> [ProjectLayout.Middlebox] {
        guard case .mapping = item else {
            let expected = "the path of a middlebox's folder, or {path: …, spec: …}"
            return try folders(item, word(item, expected: expected)).map { ProjectLayout.Middlebox(folder: $0) }
        }
        var (path, specification): (Node?, Node?)
        for (key, keyNode, value) in try reader.mapping(item, of: "a middlebox") {
            switch Part(rawValue: key) {
            case .path: path = value
            case .spec: specification = value
            case nil: throw reader.unknownKey(key, at: keyNode, known: Part.allCases.map(\.rawValue))
            }
        }
        guard let path else { throw reader.error(item, "the key 'path' is missing: the folder of the middlebox") }
        let folders = try folders(path, word(path, expected: "the path of a middlebox's folder"))
        guard let specification else { return folders.map { ProjectLayout.Middlebox(folder: $0) } }
        guard folders.count == 1 else {
            throw reader.error(
                specification, "a spec belongs to one middlebox, and '\(path.string ?? "")' is \(folders.count)")
        }
        let file = try existingFile(specification, expected: "the path of a spec")
        return folders.map { ProjectLayout.Middlebox(folder: $0, specification: file) }
    }

    /// The folders that a path or a pattern stands for. Under a pattern, those that hold no middlebox are passed over.
    private func folders(_ node: Node, _ text: String) throws(ConfigurationError) -> [String] {
        guard text.contains(where: { "*?[".contains($0) }) else {
            let path = absolute(text)
            guard SourceTree.isFolder(path) else { throw missing(node, text, SourceTree.isFolder, "folder") }
            guard isMiddlebox(path) else {
                throw reader.error(
                    node, "'\(text)' is not a middlebox: it has no \(SourceTree.lastComponent(path)).c")
            }
            return [path]
        }
        let folders = matches(of: text).map(tree.absolute).filter(isMiddlebox)
        guard !folders.isEmpty else {
            throw reader.error(
                node, "no middlebox is like '\(text)': a folder is one that has a C file of its own name")
        }
        return folders
    }

    private func isMiddlebox(_ folder: String) -> Bool {
        SourceTree.isFile("\(folder)/\(SourceTree.lastComponent(folder)).c")
    }

    /// As the shell finds them, sorted.
    private func matches(of pattern: String) -> [String] {
        // What stands in the project's own path is meant as it is.
        let prefix = folder.reduce("") { $0 + ("*?[\\".contains($1) ? "\\" : "") + String($1) } + "/"
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(pattern.hasPrefix("/") ? pattern : prefix + pattern, 0, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { index in
            found.gl_pathv?[index].map { String(cString: $0) }
        }
    }
}
