import Diagnostics
import Foundation
import Yams

/// A YAML file as nodes, each with its place. What is wrong with it is told with a place, too.
public struct YAMLFile {
    /// For messages.
    public let path: String
    public let text: String
    /// Nothing, where the file is empty.
    public let root: Node

    public var reader: NodeReader { NodeReader(path: path) }

    /// - Parameter shownPath: for messages; nil: the path itself.
    public init(path: String, shownAs shownPath: String? = nil) throws(ConfigurationError) {
        let shown = shownPath ?? path
        try self.init(path: shown, text: Self.text(of: path, shownAs: shown))
    }

    /// - Parameter path: for messages.
    public init(path: String, text: String) throws(ConfigurationError) {
        self.path = path
        self.text = text
        root = try Self.parse(path: path, text: text)
    }

    private static func text(of path: String, shownAs shown: String) throws(ConfigurationError) -> String {
        guard let content = FileManager.default.contents(atPath: path) else {
            throw ConfigurationError(
                location: SourceLocation(file: shown, line: 1, column: 0),
                message: "the file cannot be read: \(String(cString: strerror(errno)))")
        }
        guard let text = String(validating: content, as: UTF8.self) else {
            throw ConfigurationError(
                location: SourceLocation(file: shown, line: 1, column: 0), message: "the file is not UTF-8 text")
        }
        return text
    }

    private static func parse(path: String, text: String) throws(ConfigurationError) -> Node {
        func error(_ mark: Mark?, _ message: String) -> ConfigurationError {
            ConfigurationError(
                location: SourceLocation(file: path, line: mark?.line ?? 1, column: mark?.column ?? 0),
                message: message)
        }
        if let key = CollectionKey(in: text) {
            throw ConfigurationError(
                location: SourceLocation(file: path, line: key.line, column: key.column),
                message: "expected a name, found \(key.kind)")
        }
        do {
            return try compose(yaml: text) ?? Node("", .implicit, .plain)
        } catch let problem as YamlError {
            switch problem {
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
                .composer(_, let problem, let mark, _):
                throw error(mark, "not YAML: \(problem)")
            case .duplicatedKeysInMapping(let duplicates, let context):
                throw error(context.mark, "'\(duplicates.joined(separator: "', '"))' stands here more than once")
            case .no, .memory, .reader, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
                throw error(nil, "not YAML: \(problem)")
            }
        } catch {
            throw ConfigurationError(
                location: SourceLocation(file: path, line: 1, column: 0), message: "not YAML: \(error)")
        }
    }
}
