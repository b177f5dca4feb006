extension CType {
    /// Whether some bits of an object of this type belong to no field, so that two equal objects may differ in their
    /// bytes. A union, whose members are not known here, counts as padded.
    public var hasPadding: Bool {
        switch self {
        case .void, .boolean, .integer, .enumeration, .pointer: return false
        case .floating(_, let bytes): return bytes > 8  // long double: 10 bytes in 16
        case .union: return true
        case .named(_, let type): return type.hasPadding
        case .array(let element, let count): return count != 0 && element.hasPadding
        case .structure(let structure):
            var end = 0
            for field in structure.fields.sorted(by: { $0.bitOffset < $1.bitOffset }) {
                if field.bitOffset > end || field.type.hasPadding { return true }
                end = max(end, field.bitOffset + (field.bitFieldWidth ?? field.type.size * 8))
            }
            return end < structure.bytes * 8
        }
    }
}
