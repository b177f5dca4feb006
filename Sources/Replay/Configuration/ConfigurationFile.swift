import Diagnostics
import Foundation
import MiddleboxIR
import Yams

/// Why a configuration is not accepted, and where it stands.
public struct ConfigurationError: Error, Hashable, Sendable {
    /// In the YAML file.
    public let location: SourceLocation
    public let message: String

    public init(location: SourceLocation, message: String) {
        self.location = location
        self.message = message
    }
}

extension ConfigurationError: CustomStringConvertible {
    public var description: String { "\(location): error: \(message)" }
}

/// A middlebox's YAML file: its configuration by the C names, and how packets find their ingress port. See `docs/replay.md`.
public struct ConfigurationFile {
    private let path: String
    private let sections: [(key: String, keyNode: Node, value: Node)]
    private let root: Node

    private enum Section: String, CaseIterable { case ports, ingress, configuration }

    public init(path: String) throws(ConfigurationError) {
        try self.init(path: path, text: Self.text(of: path))
    }

    /// The text of a file.
    static func text(of path: String) throws(ConfigurationError) -> String {
        guard let content = FileManager.default.contents(atPath: path) else {
            throw ConfigurationError(
                location: SourceLocation(file: path, line: 1, column: 0),
                message: "the file cannot be read: \(String(cString: strerror(errno)))")
        }
        guard let text = String(validating: content, as: UTF8.self) else {
            throw ConfigurationError(
                location: SourceLocation(file: path, line: 1, column: 0), message: "the file is not UTF-8 text")
        }
        return text
    }

    /// - Parameter path: for messages.
    public init(path: String, text: String) throws(ConfigurationError) {
        self.path = path
        root = try Self.parse(path: path, text: text)
        let reader = NodeReader(path: path)
        sections = try reader.isNothing(root) ? [] : reader.mapping(root, of: "the file")
        for section in sections where Section(rawValue: section.key) == nil {
            throw reader.error(
                section.keyNode,
                "there is no section '\(section.key)'"
                    + suggestion(for: section.key, among: Section.allCases.map(\.rawValue))
                    + " (the sections are \(Section.allCases.map(\.rawValue).joined(separator: ", ")))")
        }
    }

    static func parse(path: String, text: String) throws(ConfigurationError) -> Node {
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

    private func value(of section: Section) -> Node? {
        sections.first { $0.key == section.rawValue }?.value
    }

    /// The bytes of the object that `CONFIGURATION` declares, of this C type.
    /// - Parameter type: nil for a middlebox without a configuration.
    public func configuration(as type: CType?) throws(ConfigurationError) -> [UInt8] {
        let reader = NodeReader(path: path)
        let node = value(of: .configuration)
        guard let type else {
            if let node, !reader.isNothing(node) {
                throw reader.error(node, "the middlebox has no configuration, but the file does")
            }
            return []
        }
        guard let node else {
            throw reader.error(root, "the section 'configuration' is missing: the fields of \(type)")
        }
        return try ConfigurationLayout(reader: reader).bytes(of: node, as: type)
    }

    /// How packets find their ingress port.
    /// - Parameter ports: the middlebox's `enum port`.
    public func ingressRules(ports: [Program.Port]) throws(ConfigurationError) -> IngressRules {
        let reader = NodeReader(path: path)
        let rules = try value(of: .ports).map { node throws(ConfigurationError) in
            try IngressRules(reader: reader, node: node, ports: ports)
        }
        guard let node = value(of: .ingress) else {
            if let rules { return rules }
            // With one port there is nothing to decide.
            if let only = ports.first, ports.count == 1 { return IngressRules(allFrom: only.number) }
            throw reader.error(root, "the section 'ports' is missing: it tells which packets come in by which port")
        }
        var sequence: [UInt32] = []
        for item in try reader.sequence(node, of: "ingress") { sequence.append(try reader.port(item, among: ports)) }
        return IngressRules(rules: rules?.rules ?? [], rest: rules?.rest, sequence: sequence)
    }
}

extension IngressRules {
    /// From the section `ports`: for each port `{ source: [networks and MAC addresses] }`, or `{}` for the rest.
    fileprivate init(reader: NodeReader, node: Node, ports: [Program.Port]) throws(ConfigurationError) {
        var rules: [Rule] = []
        var rest: UInt32?
        for (_, keyNode, value) in try reader.mapping(node, of: "ports") {
            let port = try reader.port(keyNode, among: ports)
            let conditions = reader.isNothing(value) ? [] : try reader.mapping(value, of: "a port")
            guard !conditions.isEmpty else {
                if rest != nil { throw reader.error(keyNode, "only one port can take all other packets") }
                rest = port
                continue
            }
            for (key, keyNode, list) in conditions {
                guard key == "source" else {
                    throw reader.error(
                        keyNode,
                        "unknown condition '\(key)'\(suggestion(for: key, among: ["source"])); there is 'source'")
                }
                var sources: [Source] = []
                for item in try reader.sequence(list, of: "source") { sources.append(try reader.source(item)) }
                rules.append(Rule(port: port, sources: sources))
            }
        }
        self.init(rules: rules, rest: rest)
    }
}

extension NodeReader {
    fileprivate func port(_ node: Node, among ports: [Program.Port]) throws(ConfigurationError) -> UInt32 {
        let name = try text(node, expected: "the name of a port")
        guard let port = ports.first(where: { $0.name == name }) else {
            throw error(
                node,
                "there is no port '\(name)'\(suggestion(for: name, among: ports.map(\.name)))"
                    + " (enum port has \(ports.map(\.name).joined(separator: ", ")))")
        }
        return port.number
    }

    fileprivate func source(_ node: Node) throws(ConfigurationError) -> IngressRules.Source {
        let expected = "a network such as 192.168.1.0/24 or 2001:db8::/32, an address or a MAC address"
        let text = try text(node, expected: expected)
        if let mac = NetworkAddress.mac(text) { return .mac(mac) }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let first = parts.first,
            let address = NetworkAddress.ipv4(first) ?? NetworkAddress.ipv6(first)
        else { throw error(node, "'\(text)' is not \(expected)") }
        let most = address.count * 8
        guard parts.count == 2 else { return .network(address: address, bits: most) }
        guard let bits = integer(String(parts[1])), (0...Int128(most)).contains(bits) else {
            throw error(node, "'\(parts[1])' is not a prefix length from 0 to \(most)")
        }
        return .network(address: address, bits: Int(bits))
    }
}
