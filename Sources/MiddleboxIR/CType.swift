/// A C type as the debug information tells it.
public indirect enum CType: Hashable, Sendable {
    case void
    /// `_Bool`: one byte, 0 or 1.
    case boolean
    case integer(name: String, bytes: Int, isSigned: Bool)
    case floating(name: String, bytes: Int)
    case enumeration(name: String, bytes: Int, enumerators: [Enumerator])
    case structure(Structure)
    case union(name: String, bytes: Int)
    /// `count` nil for a flexible array.
    case array(element: CType, count: Int?)
    case pointer(CType)
    /// The name matters: `be16`, `seconds`, `ipv4_address` and so on have a meaning of their own.
    case named(String, CType)

    public struct Enumerator: Hashable, Sendable {
        public let name: String
        public let value: Int

        public init(name: String, value: Int) {
            self.name = name
            self.value = value
        }
    }

    public struct Structure: Hashable, Sendable {
        /// The tag; empty for an anonymous struct.
        public let name: String
        public let bytes: Int
        public let fields: [Field]

        public init(name: String, bytes: Int, fields: [Field]) {
            self.name = name
            self.bytes = bytes
            self.fields = fields
        }
    }

    public struct Field: Hashable, Sendable {
        public let name: String
        public let type: CType
        /// In bits from the start of the struct; a multiple of 8 except for bit-fields.
        public let bitOffset: Int
        /// The width in bits of a bit-field, nil for others.
        public let bitFieldWidth: Int?

        public init(name: String, type: CType, bitOffset: Int, bitFieldWidth: Int? = nil) {
            self.name = name
            self.type = type
            self.bitOffset = bitOffset
            self.bitFieldWidth = bitFieldWidth
        }
    }

    /// In bytes.
    public var size: Int {
        switch self {
        case .void: 0
        case .boolean: 1
        case .integer(_, let bytes, _), .floating(_, let bytes), .enumeration(_, let bytes, _), .union(_, let bytes):
            bytes
        case .structure(let structure): structure.bytes
        case .array(let element, let count): element.size * (count ?? 0)
        case .pointer: 8
        case .named(_, let type): type.size
        }
    }

    /// The type behind all typedef names.
    public var underlying: CType {
        if case .named(_, let type) = self { type.underlying } else { self }
    }

    /// Whether `name` is one of the typedef names of this type, at any depth.
    public func isNamed(_ name: String) -> Bool {
        guard case .named(let own, let type) = self else { return false }
        return own == name || type.isNamed(name)
    }

    /// Whether the bytes are in network order: `be16`, `be32` or a typedef of one.
    public var isBigEndian: Bool { isNamed("be16") || isNamed("be32") }
}

extension CType: CustomStringConvertible {
    /// As C writes it.
    public var description: String {
        switch self {
        case .void: "void"
        case .boolean: "_Bool"
        case .integer(let name, _, _), .floating(let name, _): name
        case .enumeration(let name, _, _): "enum \(name)"
        case .structure(let structure): "struct \(structure.name)"
        case .union(let name, _): "union \(name)"
        case .array(let element, let count): "\(element)[\(count.map(String.init) ?? "")]"
        case .pointer(let type): "\(type) *"
        case .named(let name, _): name
        }
    }
}
