import Diagnostics
import Yams

/// Reads YAML nodes, with errors that tell where and what was expected.
public struct NodeReader: Sendable {
    /// For messages.
    public let path: String

    public func error(_ node: Node, _ message: String) -> ConfigurationError {
        ConfigurationError(
            location: SourceLocation(file: path, line: node.mark?.line ?? 1, column: node.mark?.column ?? 0),
            message: message)
    }

    /// Whether nothing stands there, or an explicit null.
    public func isNothing(_ node: Node) -> Bool {
        guard case .scalar(let scalar) = node, scalar.style == .plain || scalar.style == .any else { return false }
        return ["", "~", "null"].contains(scalar.string)
    }

    public func mapping(
        _ node: Node, of what: String
    ) throws(ConfigurationError) -> [(key: String, keyNode: Node, value: Node)] {
        guard case .mapping(let mapping) = node else {
            throw error(node, "expected names and values for \(what), found \(kind(node))")
        }
        var entries: [(key: String, keyNode: Node, value: Node)] = []
        for (key, value) in mapping {
            entries.append((try text(key, expected: "a name"), key, value))
        }
        return entries
    }

    public func sequence(_ node: Node, of what: String) throws(ConfigurationError) -> [Node] {
        guard case .sequence(let sequence) = node else {
            throw error(node, "expected a list for \(what), found \(kind(node))")
        }
        return Array(sequence)
    }

    public func text(_ node: Node, expected: String) throws(ConfigurationError) -> String {
        guard case .scalar(let scalar) = node else { throw error(node, "expected \(expected), found \(kind(node))") }
        return scalar.string
    }

    /// A decimal or, after `0x`, hexadecimal number.
    public func integer(_ text: String) -> Int128? {
        let isNegative = text.hasPrefix("-")
        let magnitude = isNegative ? text.dropFirst() : text[...]
        let isHexadecimal = magnitude.hasPrefix("0x")
        let digits = isHexadecimal ? magnitude.dropFirst(2) : magnitude
        guard let first = digits.first, first.isHexDigit,
            let value = Int128(digits, radix: isHexadecimal ? 16 : 10)
        else { return nil }
        return isNegative ? -value : value
    }

    /// For messages.
    public func kind(_ node: Node) -> String {
        switch node {
        case .scalar(let scalar): isNothing(node) ? "nothing" : "'\(scalar.string)'"
        case .mapping: "names and values"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }
}
