internal import CLLVM

/// Reads C types from debug information.
final class CTypeReader {
    private var known: [Metadata: CType] = [:]
    /// The structs that are being read. A pointer back to one of them, as in a list, is cut short.
    private var open: Set<Metadata> = []

    /// DWARF's numbers for what C types are made of.
    private enum Tag {
        static let array: UInt16 = 0x01
        static let enumeration: UInt16 = 0x04
        static let pointer: UInt16 = 0x0f
        static let structure: UInt16 = 0x13
        static let subroutine: UInt16 = 0x15
        static let typedef: UInt16 = 0x16
        static let union: UInt16 = 0x17
        static let base: UInt16 = 0x24
        static let qualifiers: Set<UInt16> = [0x26, 0x35, 0x37, 0x47]  // const, volatile, restrict, _Atomic
    }

    /// Positions among a type's operands: file, scope, name, then these.
    static let baseTypeOperand = 3
    static let elementsOperand = 4

    /// Nil, the absent type, is `void`.
    func type(_ node: Metadata?) -> CType {
        guard let node else { return .void }
        if let type = known[node] { return type }
        let type = read(node)
        // What was read inside an open struct may have been cut short because of it.
        if open.isEmpty { known[node] = type }
        return type
    }

    private func read(_ node: Metadata) -> CType {
        let base = node.node(Self.baseTypeOperand)
        switch node.tag {
        case Tag.base: return scalar(node)
        case Tag.pointer: return .pointer(type(base))
        case Tag.typedef: return .named(node.typeName, type(base))
        case let tag where Tag.qualifiers.contains(tag): return type(base)
        case Tag.structure: return .structure(structure(node))
        case Tag.union: return .union(name: node.typeName, bytes: node.bytes)
        case Tag.enumeration:
            return .enumeration(name: node.typeName, bytes: node.bytes, enumerators: enumerators(node))
        case Tag.array: return array(node)
        // A function: only pointers to it exist.
        case Tag.subroutine: return .void
        default: return .union(name: node.typeName, bytes: node.bytes)
        }
    }

    private func scalar(_ node: Metadata) -> CType {
        switch node.spelled("encoding") {
        case "DW_ATE_boolean": .boolean
        case "DW_ATE_signed", "DW_ATE_signed_char": .integer(name: node.typeName, bytes: node.bytes, isSigned: true)
        case "DW_ATE_unsigned", "DW_ATE_unsigned_char", "DW_ATE_UTF":
            .integer(name: node.typeName, bytes: node.bytes, isSigned: false)
        case "DW_ATE_float", "DW_ATE_complex_float": .floating(name: node.typeName, bytes: node.bytes)
        // Bytes of which nothing is known.
        default: .union(name: node.typeName, bytes: node.bytes)
        }
    }

    private func structure(_ node: Metadata) -> CType.Structure {
        let name = node.typeName
        guard open.insert(node).inserted else { return CType.Structure(name: name, bytes: node.bytes, fields: []) }
        defer { open.remove(node) }
        let members = node.node(Self.elementsOperand)?.nodes ?? []
        return CType.Structure(name: name, bytes: node.bytes, fields: members.map(field))
    }

    private func field(_ member: Metadata) -> CType.Field {
        let isBitField = LLVMDITypeGetFlags(member.reference).rawValue & LLVMDIFlagBitField.rawValue != 0
        return CType.Field(
            name: member.typeName, type: type(member.node(Self.baseTypeOperand)),
            bitOffset: Int(LLVMDITypeGetOffsetInBits(member.reference)),
            bitFieldWidth: isBitField ? Int(LLVMDITypeGetSizeInBits(member.reference)) : nil)
    }

    private func enumerators(_ node: Metadata) -> [CType.Enumerator] {
        (node.node(Self.elementsOperand)?.nodes ?? []).compactMap { enumerator in
            guard let name = enumerator.string(0), let value = enumerator.spelled("value").flatMap({ Int($0) }) else {
                return nil
            }
            return CType.Enumerator(name: name, value: value)
        }
    }

    /// Several dimensions are one type with several subranges, the outermost first.
    private func array(_ node: Metadata) -> CType {
        let dimensions = node.node(Self.elementsOperand)?.nodes ?? []
        return dimensions.reversed().reduce(type(node.node(Self.baseTypeOperand))) { element, dimension in
            let count = dimension.integer(0)
            return .array(element: element, count: count.flatMap { $0 >= 0 ? $0 : nil })
        }
    }
}
