import MiddleboxIR

/// The argument of a control operation, or the configuration, as YAML, from its bytes: what `replay` lays out as the same bytes.
public struct ArgumentText {
    let bytes: [UInt8]

    /// - Parameter bytes: laid out as in C.
    public init(bytes: [UInt8]) { self.bytes = bytes }

    /// The value as YAML has it.
    ///
    /// - Parameter offset: of the value, in bytes.
    public func text(of type: CType, at offset: Int = 0) -> String {
        if type.isNamed("ipv4_address"), type.size == 4 {
            return bytes[offset..<offset + 4].map { "\($0)" }.joined(separator: ".")
        }
        switch type.underlying {
        case .structure(let structure):
            let fields = structure.fields.filter { !$0.name.isEmpty }.map { field in
                "\(field.name): \(text(of: field.type, at: offset + field.bitOffset / 8))"
            }
            return "{\(fields.joined(separator: ", "))}"
        case .array(let element, let count):
            let items = (0..<(count ?? 0)).map { text(of: element, at: offset + $0 * element.size) }
            return "[\(items.joined(separator: ", "))]"
        case .boolean: return bytes[offset] == 0 ? "false" : "true"
        case .enumeration(_, _, let enumerators):
            let value = number(of: type, at: offset, isSigned: false)
            let other = number(of: type, at: offset, isSigned: true)
            return enumerators.first { Int128($0.value) == value || Int128($0.value) == other }?.name ?? "\(value)"
        case .integer(_, _, let isSigned): return "\(number(of: type, at: offset, isSigned: isSigned))"
        // No such argument is accepted.
        case .void, .floating, .union, .pointer, .named: return "?"
        }
    }

    /// The fields of a struct, with arrays as lists down to the last element that is not zero.
    public func fields(of type: CType) -> [(name: String, value: String)] {
        guard case .structure(let structure) = type.underlying else { return [] }
        return structure.fields.filter { !$0.name.isEmpty }.map { field in
            let start = field.bitOffset / 8
            guard case .array(let element, let count?) = field.type.underlying, element.size > 1 else {
                return (field.name, text(of: field.type, at: start))
            }
            let used = (0..<count).last { index in
                bytes[(start + index * element.size)..<(start + (index + 1) * element.size)].contains { $0 != 0 }
            }
            let items = (0..<(used.map { $0 + 1 } ?? 0)).map { text(of: element, at: start + $0 * element.size) }
            return (field.name, items.isEmpty ? "[]" : items.map { "\n    - \($0)" }.joined())
        }
    }

    private func number(of type: CType, at offset: Int, isSigned: Bool) -> Int128 {
        let content = bytes[offset..<offset + type.size]
        let value = (type.isBigEndian ? Array(content) : content.reversed()).reduce(UInt128(0)) {
            $0 << 8 | UInt128($1)
        }
        let bits = 8 * type.size
        guard isSigned, bits < 128, value >> UInt128(bits - 1) == 1 else { return Int128(truncatingIfNeeded: value) }
        return Int128(truncatingIfNeeded: value) - (1 << Int128(bits))
    }
}
