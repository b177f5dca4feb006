import Diagnostics
import MiddleboxIR
import YAML
import Yams

/// Lays out a YAML value as C does: the bytes of an object of a C type.
///
/// | C type | YAML |
/// |---|---|
/// | `ipv4_address` | `203.0.113.1` |
/// | `be16`, `be32`, other integers | a number, checked against the range; `be…` are stored in network order |
/// | `bool` | `true` or `false` |
/// | `enum` | the name of an enumerator |
/// | `struct` | names and values, all of its fields; of one field, also its value alone |
/// | array | a list of as many items; of structs also of fewer, the rest being zero; of bytes also a MAC or IPv6 address; of `char` also text |
struct ConfigurationLayout {
    let reader: NodeReader
    /// What is laid out, for messages.
    var subject = "the configuration"
    /// Whether numbers stand for enumerators, too.
    var takesNumbersForEnumerators = false

    func bytes(of node: Node, as type: CType) throws(ConfigurationError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: type.size)
        try store(node, as: type, name: subject, at: 0, in: &bytes)
        return bytes
    }

    /// - Parameter name: of the field, for messages.
    private func store(
        _ node: Node, as type: CType, name: String, at offset: Int, in bytes: inout [UInt8]
    ) throws(ConfigurationError) {
        switch type.underlying {
        case .structure(let structure):
            try store(node, as: structure, at: offset, in: &bytes)
        case .array(let element, let count?):
            try store(node, asArrayOf: element, count: count, name: name, at: offset, in: &bytes)
        case .boolean, .integer, .enumeration:
            let value = try number(node, as: type, bits: type.size * 8, name: name)
            var rest = UInt128(truncatingIfNeeded: value)
            let places = type.isBigEndian ? Array((0..<type.size).reversed()) : Array(0..<type.size)
            for place in places {
                bytes[offset + place] = UInt8(truncatingIfNeeded: rest)
                rest >>= 8
            }
        case .void, .floating, .union, .array(_, nil), .pointer, .named:
            throw reader.error(node, "'\(name)' is of type \(type), which \(subject) cannot have")
        }
    }

    private func store(
        _ node: Node, as structure: CType.Structure, at offset: Int, in bytes: inout [UInt8]
    ) throws(ConfigurationError) {
        let title = structure.name.isEmpty ? "the struct" : "struct \(structure.name)"
        let names = structure.fields.map(\.name)
        if structure.fields.count == 1, let field = structure.fields.first, field.bitFieldWidth == nil,
            !reader.isNothing(node), case .scalar = node
        {
            return try store(node, as: field.type, name: field.name, at: offset + field.bitOffset / 8, in: &bytes)
        }
        let entries = try reader.mapping(node, of: title)
        for entry in entries where !names.contains(entry.key) {
            throw reader.error(
                entry.keyNode, "\(title) has no field '\(entry.key)'\(suggestion(for: entry.key, among: names))")
        }
        for field in structure.fields where !field.name.isEmpty {
            guard let entry = entries.first(where: { $0.key == field.name }) else {
                throw reader.error(node, "the field '\(field.name)' of \(title) is missing (\(expected(field.type)))")
            }
            guard let width = field.bitFieldWidth else {
                let place = offset + field.bitOffset / 8
                try store(entry.value, as: field.type, name: field.name, at: place, in: &bytes)
                continue
            }
            let value = try number(entry.value, as: field.type, bits: width, name: field.name)
            for bit in 0..<width where value >> Int128(bit) & 1 != 0 {
                let place = offset * 8 + field.bitOffset + bit
                bytes[place / 8] |= 1 << UInt8(place % 8)
            }
        }
    }

    private func store(
        _ node: Node, asArrayOf element: CType, count: Int, name: String, at offset: Int, in bytes: inout [UInt8]
    ) throws(ConfigurationError) {
        if case .scalar(let scalar) = node, case .integer(let elementName, 1, _) = element.underlying {
            let found: [UInt8]? =
                switch (elementName, count) {
                // Text ends with a zero byte, as C expects it.
                case ("char", _) where scalar.string.utf8.count < count: Array(scalar.string.utf8)
                case (_, 6): NetworkAddress.mac(scalar.string)
                case (_, 16): NetworkAddress.ipv6(scalar.string)
                default: nil
                }
            guard let found else { throw mismatch(node, name, expected(.array(element: element, count: count))) }
            bytes.replaceSubrange(offset..<offset + found.count, with: found)
            return
        }
        guard case .sequence(let items) = node else {
            throw mismatch(node, name, expected(.array(element: element, count: count)))
        }
        // A table need not be full; a list of numbers that is too short is a mistake.
        var isTable = false
        if case .structure = element.underlying { isTable = true }
        guard items.count == count || isTable && items.count < count else {
            throw reader.error(
                node, "'\(name)' has \(isTable ? "at most " : "")\(count) items, but the list has \(items.count)")
        }
        for (index, item) in items.enumerated() {
            let place = offset + index * element.size
            try store(item, as: element, name: "\(name)[\(index)]", at: place, in: &bytes)
        }
    }

    /// The number that a scalar stands for, in the order of the host.
    private func number(
        _ node: Node, as type: CType, bits: Int, name: String
    ) throws(ConfigurationError) -> Int128 {
        guard case .scalar(let scalar) = node else { throw mismatch(node, name, expected(type)) }
        let isQuoted = scalar.style == .singleQuoted || scalar.style == .doubleQuoted
        if type.isNamed("ipv4_address") {
            guard let address = NetworkAddress.ipv4(scalar.string) else { throw mismatch(node, name, expected(type)) }
            return address.reduce(0) { $0 << 8 | Int128($1) }
        }
        switch type.underlying {
        case .boolean:
            guard !isQuoted, ["true", "false"].contains(scalar.string) else {
                throw mismatch(node, name, expected(type))
            }
            return scalar.string == "true" ? 1 : 0
        case .enumeration(_, _, let enumerators):
            if takesNumbersForEnumerators, !isQuoted, let value = reader.integer(scalar.string),
                (0..<(1 << Int128(bits))).contains(value)
            {
                return value
            }
            guard let enumerator = enumerators.first(where: { $0.name == scalar.string }) else {
                let near = suggestion(for: scalar.string, among: enumerators.map(\.name))
                throw reader.error(node, "'\(name)' must be \(expected(type)), found \(reader.kind(node))\(near)")
            }
            return Int128(enumerator.value)
        case .integer(_, _, let isSigned):
            guard !isQuoted, let value = reader.integer(scalar.string) else {
                throw mismatch(node, name, expected(type))
            }
            // Of 128 bits, all that a number here has room for.
            let greatest = Int128.max >> Int128(max(0, isSigned ? 128 - bits : 127 - bits))
            let range = (isSigned ? -greatest - 1 : 0)...greatest
            guard range.contains(value) else {
                throw reader.error(
                    node, "'\(name)' must be from \(range.lowerBound) to \(range.upperBound), found \(scalar.string)")
            }
            return value
        case .void, .floating, .structure, .union, .array, .pointer, .named:
            throw reader.error(node, "'\(name)' is of type \(type), which \(subject) cannot have")
        }
    }

    private func mismatch(_ node: Node, _ name: String, _ expected: String) -> ConfigurationError {
        reader.error(node, "'\(name)' must be \(expected), found \(reader.kind(node))")
    }

    /// What is written for a type, for messages.
    private func expected(_ type: CType) -> String {
        if type.isNamed("ipv4_address") { return "an IPv4 address such as 192.0.2.1" }
        if type.isNamed("seconds") { return "a whole number of seconds" }
        switch type.underlying {
        case .boolean: return "true or false"
        case .integer: return "a whole number"
        case .enumeration(_, _, let enumerators): return "one of " + enumerators.map(\.name).joined(separator: ", ")
        case .structure: return "names and values"
        case .array(let element, let count):
            switch (element.underlying, count) {
            case (.integer("char", _, _), let count?): return "text of at most \(count - 1) bytes"
            case (.integer(_, 1, _), 6): return "a MAC address such as 02:00:00:00:00:01, or a list of 6 numbers"
            case (.integer(_, 1, _), 16): return "an IPv6 address, or a list of 16 numbers"
            default: return "a list of \(count ?? 0) items"
            }
        case .void, .floating, .union, .pointer, .named: return "of type \(type)"
        }
    }
}
