/// The sort of a term: what SMT-LIB calls a sort, and others a type.
public indirect enum Sort: Hashable, Sendable {
    case boolean
    /// Mathematical integers: times, and sums of words in checksums.
    case integer
    /// Bit-vectors of a width from 1 to 128.
    case bitVector(Int)
    case array(index: Sort, element: Sort)
    /// An SMT datatype with one constructor: the keys of maps, one field per field of the C struct.
    case tuple(TupleSort)

    public static let byte = Sort.bitVector(8)

    /// The width of a bit-vector sort, nil for others.
    public var width: Int? {
        if case .bitVector(let width) = self { width } else { nil }
    }
}

/// A named tuple sort. Two with the same name must have the same fields.
public struct TupleSort: Hashable, Sendable {
    public struct Field: Hashable, Sendable {
        public let name: String
        public let sort: Sort

        public init(_ name: String, _ sort: Sort) {
            self.name = name
            self.sort = sort
        }
    }

    public let name: String
    public let fields: [Field]

    public init(name: String, fields: [Field]) {
        self.name = name
        self.fields = fields
    }
}

extension Sort: CustomStringConvertible {
    public var description: String {
        switch self {
        case .boolean: "Bool"
        case .integer: "Int"
        case .bitVector(let width): "(_ BitVec \(width))"
        case .array(let index, let element): "(Array \(index) \(element))"
        case .tuple(let tuple): tuple.name
        }
    }
}
