import MiddleboxIR

/// Writes the bytes of an object of a C type as YAML on one line, without any of the ways to say the same that readers offer.
enum PlainYAML {
    static func text(of bytes: ArraySlice<UInt8>, as type: CType) -> String {
        switch type.underlying {
        case .structure(let structure):
            let fields = structure.fields.map { field in "\(field.name): \(text(of: field, in: bytes))" }
            return "{\(fields.joined(separator: ", "))}"
        case .array(let element, let count):
            let items = (0..<(count ?? 0)).map { index in
                text(of: bytes.dropFirst(index * element.size).prefix(element.size), as: element)
            }
            return "[\(items.joined(separator: ", "))]"
        case .boolean, .integer, .enumeration:
            let ordered = type.isBigEndian ? Array(bytes) : Array(bytes.reversed())
            return scalar(ordered.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }, bits: type.size * 8, as: type)
        case .void, .floating, .union, .pointer, .named: return "~"
        }
    }

    private static func text(of field: CType.Field, in bytes: ArraySlice<UInt8>) -> String {
        let place = bytes.dropFirst(field.bitOffset / 8)
        guard let width = field.bitFieldWidth else { return text(of: place.prefix(field.type.size), as: field.type) }
        let word = place.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) } >> UInt64(field.bitOffset % 8)
        return scalar(word & (1 << UInt64(width) - 1), bits: width, as: field.type)
    }

    private static func scalar(_ word: UInt64, bits: Int, as type: CType) -> String {
        if type.isNamed("ipv4_address") {
            return [24, 16, 8, 0].map { String(word >> $0 & 0xFF) }.joined(separator: ".")
        }
        let mask = bits < 64 ? 1 << UInt64(bits) - 1 : UInt64.max
        switch type.underlying {
        case .boolean: return word == 0 ? "false" : "true"
        case .enumeration(_, _, let enumerators):
            let known = enumerators.first { UInt64(bitPattern: Int64($0.value)) & mask == word }
            return known?.name ?? String(word)
        case .integer(_, _, isSigned: true) where word >> UInt64(bits - 1) == 1:
            return String(Int64(bitPattern: word | ~mask))
        default: return String(word)
        }
    }
}
