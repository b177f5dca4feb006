import Diagnostics
import MiddleboxIR
import YAML
import Yams

/// A middlebox's YAML file: its configuration by the C names, and how packets find their ingress port. See `docs/replay.md`.
public struct ConfigurationFile {
    private let reader: NodeReader
    private let sections: [(key: String, keyNode: Node, value: Node)]
    private let root: Node

    private enum Section: String, CaseIterable { case ports, ingress, configuration }

    public init(path: String) throws(ConfigurationError) { try self.init(YAMLFile(path: path)) }

    /// - Parameter path: for messages.
    public init(path: String, text: String) throws(ConfigurationError) {
        try self.init(YAMLFile(path: path, text: text))
    }

    private init(_ file: YAMLFile) throws(ConfigurationError) {
        (root, reader) = (file.root, file.reader)
        sections = try reader.isNothing(root) ? [] : reader.mapping(root, of: "the file")
        for section in sections where Section(rawValue: section.key) == nil {
            throw reader.error(
                section.keyNode,
                "there is no section '\(section.key)'"
                    + suggestion(for: section.key, among: Section.allCases.map(\.rawValue))
                    + " (the sections are \(Section.allCases.map(\.rawValue).joined(separator: ", ")))")
        }
    }

    private func value(of section: Section) -> Node? {
        sections.first { $0.key == section.rawValue }?.value
    }

    /// The bytes of the object that `CONFIGURATION` declares, of this C type.
    /// - Parameter type: nil for a middlebox without a configuration.
    public func configuration(as type: CType?) throws(ConfigurationError) -> [UInt8] {
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
