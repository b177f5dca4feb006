import Logic
import MiddleboxIR

/// A C struct (or scalar) as a list of the scalars in it: how keys, values and the configuration become terms, and terms bytes.
public struct Record: Hashable, Sendable {
    /// One scalar.
    public struct Leaf: Hashable, Sendable {
        /// The C name, with dots for nested structs: `backend.address`. Empty for a record that is itself a scalar.
        public let name: String
        /// In bytes from the start of the record.
        public let offset: Int
        /// In bytes.
        public let size: Int
        /// `be16`, `be32` and byte arrays: the number is read from the first byte on.
        public let isBigEndian: Bool
        /// `seconds`: an integer in the proof, for arithmetic with time.
        public let isSeconds: Bool
        /// `nanoseconds`: a point in time.
        public let isNanoseconds: Bool
        /// `bool`: 0 or 1.
        public let isBoolean: Bool
        /// `ipv4_address`: people see a dotted quad.
        public let isIPv4Address: Bool
        /// Of a C enumeration: what its numbers are called.
        public var enumerators: [CType.Enumerator] = []

        public var sort: Sort { .bitVector(8 * size) }
    }

    public let name: String
    public let leaves: [Leaf]
    /// In bytes.
    public let size: Int

    /// The record of a C type, or nil when it holds something that has no place in keys, values and configurations: pointers, unions,
    /// bit-fields, floating point, arrays other than of up to 16 bytes.
    ///
    /// - Parameter hasTables: whether other arrays are taken apart, too, into leaves such as `rules[3].source`.
    public init?(_ type: CType, name: String, hasTables: Bool = false) {
        var leaves: [Leaf] = []
        guard Record.collect(type, name: "", offset: 0, hasTables, into: &leaves) else { return nil }
        if case .structure(let structure) = type.underlying, !structure.name.isEmpty {
            self.name = structure.name
        } else {
            self.name = name
        }
        self.leaves = leaves
        self.size = type.size
    }

    private static let mostLeaves = 1 << 16

    private static func collect(
        _ type: CType, name: String, offset: Int, _ hasTables: Bool, into leaves: inout [Leaf]
    ) -> Bool {
        switch type.underlying {
        case .boolean, .enumeration, .integer:
            var leaf = Leaf(
                name: name, offset: offset, size: type.size, isBigEndian: type.isBigEndian,
                isSeconds: type.isNamed("seconds"), isNanoseconds: type.isNamed("nanoseconds"),
                isBoolean: type.underlying == .boolean, isIPv4Address: type.isNamed("ipv4_address"))
            if case .enumeration(_, _, let enumerators) = type.underlying { leaf.enumerators = enumerators }
            leaves.append(leaf)
            return true
        case .structure(let structure):
            return structure.fields.allSatisfy { field in
                field.bitFieldWidth == nil
                    && collect(
                        field.type, name: name.isEmpty ? field.name : "\(name).\(field.name)",
                        offset: offset + field.bitOffset / 8, hasTables, into: &leaves)
            }
        case .array(let element, let count?) where element.size == 1 && (1...16).contains(count):
            leaves.append(
                Leaf(
                    name: name, offset: offset, size: count, isBigEndian: true, isSeconds: false,
                    isNanoseconds: false, isBoolean: false, isIPv4Address: false))
            return true
        case .array(let element, let count?) where hasTables:
            return (0..<count).allSatisfy { index in
                leaves.count < mostLeaves
                    && collect(
                        element, name: "\(name)[\(index)]", offset: offset + index * element.size, hasTables,
                        into: &leaves)
            }
        case .void, .floating, .union, .array, .pointer, .named: return false
        }
    }

    /// Whether some bytes belong to no scalar.
    public var hasPadding: Bool { leaves.reduce(0) { $0 + $1.size } != size }

    public var tupleSort: TupleSort {
        TupleSort(name: name, fields: leaves.map { .init($0.name.isEmpty ? "value" : $0.name, $0.sort) })
    }

    public var sort: Sort { .tuple(tupleSort) }

    /// The number of leaf `index` made from the record's bytes.
    static func number(of leaf: Leaf, in bytes: (Int) -> Term) -> Term {
        let parts = (0..<leaf.size).map { bytes(leaf.offset + $0) }
        return Term.concatenate(leaf.isBigEndian ? parts : parts.reversed())
    }

    /// Byte `index` of a leaf whose number is given.
    static func byte(_ index: Int, of leaf: Leaf, number: Term) -> Term {
        let low = 8 * (leaf.isBigEndian ? leaf.size - 1 - index : index)
        return .extract(number, high: low + 7, low: low)
    }

    /// The leaf that byte `offset` belongs to, nil for padding.
    func leaf(at offset: Int) -> (index: Int, leaf: Leaf)? {
        for (index, leaf) in leaves.enumerated() where (leaf.offset..<leaf.offset + leaf.size).contains(offset) {
            return (index, leaf)
        }
        return nil
    }

    /// Byte `offset` of the record that the tuple holds, nil for padding.
    func byte(at offset: Int, of tuple: Term) -> Term? {
        guard let (index, leaf) = leaf(at: offset) else { return nil }
        return Record.byte(offset - leaf.offset, of: leaf, number: .field(index, of: tuple))
    }

    /// The tuple with some of the record's bytes replaced.
    func tuple(_ tuple: Term, replacing bytes: [Int: Term]) -> Term {
        let numbers = leaves.enumerated().map { index, leaf in
            let range = leaf.offset..<leaf.offset + leaf.size
            let old = Term.field(index, of: tuple)
            if !range.contains(where: { bytes[$0] != nil }) { return old }
            return Record.number(of: leaf) { bytes[$0] ?? Record.byte($0 - leaf.offset, of: leaf, number: old) }
        }
        return .tuple(numbers, sort: sort)
    }

    /// The tuple whose every number is zero.
    var zero: Term { .tuple(leaves.map { .bitVector(0, width: 8 * $0.size) }, sort: sort) }
}
