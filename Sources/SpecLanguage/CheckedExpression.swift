import Diagnostics
import PacketFormat

// The meaning of expressions, after names are resolved and types agree. Made by the checker, turned into terms by the lowering.

/// Which packet of the step a name stands for.
enum PacketRole: Hashable, Sendable {
    case input, output
    /// Another packet that leaves because of the same one.
    case otherOutput
    /// Of forms that speak of still more packets, by number: they are checked, not lowered.
    case other(Int)
    /// Of an earlier step, or of the step that another is looked for before: 0 entered, 1 left.
    case remembered(Int)

    /// Whether it leaves in the step that is under way.
    var isOutput: Bool {
        switch self {
        case .output, .otherOutput: true
        case .input, .other, .remembered: false
        }
    }
}

/// Which state a formula is about.
enum Moment: Hashable, Sendable {
    case before, after
}

/// A value of any kind.
indirect enum CheckedValue: Sendable {
    case number(CheckedNumber)
    case formula(CheckedFormula)
    /// A truth value of the C code.
    case truth(CheckedContent)
    /// Values side by side.
    case tuple([CheckedValue])
    /// A struct of the C code.
    case structure(CheckedContent, SpecStructure)
    case array(CheckedContent, element: SpecType, count: Int)
    /// A value that specs cannot speak of.
    case opaque(String)
    case configuration
    case packet(PacketRole)
    /// A run of a control operation: of this step, or remembered.
    case operation(PacketRole, SpecEnvironment.Operation)
    case header(PacketRole, String)
    case payload(PayloadReference)
    case map(SpecEnvironment.Map, Moment)
    case pool(String, Moment)
}

/// The bytes of a packet behind a header, to its end.
struct PayloadReference: Sendable {
    let role: PacketRole
    /// As specs call it; nil: the innermost one.
    let header: String?
}

struct CheckedNumber: Sendable {
    indirect enum Node: Sendable {
        case literal(UInt128)
        case field(PacketRole, FieldReference)
        case length(PacketRole)
        case port(PacketRole)
        case now
        /// When what is remembered happened, the last time.
        case rememberedTime
        /// How long an interval is: only in the bound of a rate, which is told by its parts.
        case elapsed
        /// Of the C code.
        case content(CheckedContent)
        /// When an entry or an index expires.
        case entryExpiry(SpecEnvironment.Map, key: CheckedValue, Moment)
        case indexExpiry(pool: String, index: CheckedNumber, Moment)
        case arithmetic(ArithmeticOperator, CheckedNumber, CheckedNumber)
    }

    let node: Node
    let type: NumberType
}

/// A place in the C code's data, whose content is a term.
indirect enum CheckedContent: Sendable {
    /// A quantified variable, by its number from the outside in.
    case variable(Int)
    case lookup(SpecEnvironment.Map, key: CheckedValue, Moment)
    /// A field of a struct that is a tuple term.
    case field(CheckedContent, Int)
    case configuration([CheckedPathComponent])
    /// A field of what a control operation is given; behind dots, of structs in it.
    case argument(PacketRole, String, SpecType)
    case object(String, [CheckedPathComponent], Moment)
}

enum CheckedPathComponent: Sendable {
    case field(String)
    /// With the array's count.
    case index(CheckedNumber, count: Int)
}

struct CheckedFormula: Sendable {
    indirect enum Node: Sendable {
        case constant(Bool)
        case connective(Connective, CheckedFormula, CheckedFormula)
        case not(CheckedFormula)
        case numbers(ComparisonOperator, CheckedNumber, CheckedNumber)
        /// Structs and tuples, part by part.
        case equal(CheckedValue, CheckedValue, isNegated: Bool)
        case sameTruth(CheckedFormula, CheckedFormula, isNegated: Bool)
        case isPresent(SpecEnvironment.Map, key: CheckedValue, Moment)
        case isAllocated(pool: String, index: CheckedNumber, Moment)
        case content(CheckedContent)
        case has(PacketRole, header: String)
        /// Of a header that has a checksum, or of the transport header that is there.
        case checksumIsRight(PacketRole, header: String)
        case hasRoom(SpecEnvironment.Map, Moment)
        case hasFreeIndex(pool: String, from: CheckedNumber, to: CheckedNumber, Moment)
        case isDropped
        /// Of the step; nil for any port.
        case leaves(port: UInt32?)
        /// With the numbers of all ports.
        case leavesEveryOtherPort([UInt32])
        /// At most or exactly.
        case leavesOnce(isExact: Bool)
        /// The output of the property.
        case outputLeaves(port: UInt32?)
        case packetsEqual(PacketRole, PacketRole, except: [FieldReference])
        case payloadsEqual(PayloadReference, PayloadReference)
        case quantified([CheckedVariable], CheckedFormula)
    }

    let node: Node
    /// Where it stands and how it reads.
    let source: SourceText
}

/// A variable of a `for`.
struct CheckedVariable: Sendable {
    enum Collection: Sendable {
        case map(SpecEnvironment.Map, Moment)
        case pool(String, Moment)
        /// At file scope, as a whole.
        case array(String, count: Int, Moment)
    }

    let name: String
    /// Its number among all variables around it.
    let index: Int
    let collection: Collection
}

/// A piece of a spec, for reports.
struct SourceText: Hashable, Sendable {
    let location: SourceLocation
    let text: String
}

extension CheckedContent {
    /// A field of the struct at this place.
    func field(_ index: Int, of structure: SpecStructure) -> CheckedContent {
        let component = CheckedPathComponent.field(structure.fields[index].name)
        return switch self {
        case .configuration(let path): .configuration(path + [component])
        case .object(let name, let path, let moment): .object(name, path + [component], moment)
        case .argument(let role, let name, _):
            .argument(role, "\(name).\(structure.fields[index].name)", structure.fields[index].type)
        case .variable, .lookup, .field: .field(self, index)
        }
    }

    /// An element of the array at this place; nil where arrays cannot be read: in keys and values of maps.
    func element(_ index: CheckedNumber, count: Int) -> CheckedContent? {
        switch self {
        case .configuration(let path): .configuration(path + [.index(index, count: count)])
        case .object(let name, let path, let moment): .object(name, path + [.index(index, count: count)], moment)
        case .variable, .lookup, .field, .argument: nil
        }
    }
}

extension CheckedValue {
    /// In as few bits as it needs.
    static func literal(_ value: UInt128) -> CheckedValue {
        .number(CheckedNumber(node: .literal(value), type: .bits(max(1, 128 - value.leadingZeroBitCount))))
    }

    /// The components of a tuple or the fields of a struct; nil for others.
    var parts: [CheckedValue]? {
        switch self {
        case .tuple(let values): values
        case .structure(let content, let structure):
            structure.fields.indices.map { index in
                Checker.value(of: content.field(index, of: structure), type: structure.fields[index].type)
            }
        default: nil
        }
    }

    /// What is in a struct of one field, which may be named by that; others as they are.
    var alone: CheckedValue {
        guard case .structure = self, let parts, parts.count == 1 else { return self }
        return parts[0].alone
    }

    /// As messages name it.
    var description: String {
        switch self {
        case .number(let number): number.type.description
        case .truth: "a truth value"
        case .formula: "a formula"
        case .tuple(let values): "a tuple of \(values.count)"
        case .structure(_, let structure): "a struct \(structure.name)"
        case .array(_, _, let count): "an array of \(count)"
        case .opaque(let name): "a C value of type '\(name)'"
        case .configuration: "the configuration"
        case .packet: "a packet"
        case .operation(_, let operation): "a run of '\(operation.name)'"
        case .header(_, let header): "the header '\(header)'"
        case .payload: "a payload"
        case .map(let map, _): "the map '\(map.name)'"
        case .pool(let pool, _): "the pool '\(pool)'"
        }
    }
}
