import Diagnostics
import Logic
import MiddleboxIR
import OrderedCollections

/// What a middlebox remembers and is configured with, as the proof sees it: which variables stand for which C objects.
public struct StateModel: Sendable {
    public struct Map: Sendable {
        public let name: String
        public let key: Record
        public let value: Record
        public let capacity: Int

        /// Key to the nanosecond at which the entry ends; present at `now` exactly if now < deadline.
        public var deadlineSort: Sort { .array(index: key.sort, element: .integer) }
        public var valueSort: Sort { .array(index: key.sort, element: value.sort) }
    }

    public struct Pool: Sendable {
        public let name: String
        public let capacity: Int

        public static let indexSort = Sort.bitVector(32)
        public static let deadlineSort = Sort.array(index: indexSort, element: .integer)
    }

    /// A C object at file scope, as bytes.
    public struct Plain: Sendable {
        public let name: String
        public let type: CType
        public let size: Int
        public let initialBytes: [UInt8]
        public let isConstant: Bool

        public static let sort = Sort.array(index: .bitVector(32), element: .byte)
    }

    public struct Configuration: Sendable {
        public let name: String
        public let record: Record
        public let type: CType

        /// The variable of a leaf: an integer for `seconds`, else a bit-vector.
        public func variable(_ leaf: Record.Leaf) -> Term {
            .variable("\(name):\(leaf.name)", leaf.isSeconds ? .integer : leaf.sort)
        }

        /// The leaf's value as the C code reads it.
        public func bits(_ leaf: Record.Leaf) -> Term {
            leaf.isSeconds ? .bitVector(ofInteger: variable(leaf), width: 8 * leaf.size) : variable(leaf)
        }
    }

    /// A control operation, and what it is given.
    public struct Operation: Sendable {
        public let name: String
        /// Nil when it is given nothing.
        public let argument: Record?
        /// The same as C has it.
        public let argumentType: CType?

        /// The variable of a leaf: an integer for `seconds`, else a bit-vector. It is of one run of the operation, as a packet's bytes are of
        /// one packet.
        public func variable(_ leaf: Record.Leaf) -> Term {
            .variable("\(name)::\(leaf.name)", leaf.isSeconds ? .integer : leaf.sort)
        }

        /// The leaf's value as the C code reads it.
        public func bits(_ leaf: Record.Leaf) -> Term {
            leaf.isSeconds ? .bitVector(ofInteger: variable(leaf), width: 8 * leaf.size) : variable(leaf)
        }

        /// A byte of the argument that belongs to no leaf: who passes the argument has written it, with whatever.
        func padding(at offset: Int) -> Term { .variable("\(name)::padding \(offset)", .byte) }

        /// The variables of all leaves, in their order.
        public var variables: [Term] { (argument?.leaves ?? []).map(variable) }

        /// What holds of the argument by its C types alone.
        public var facts: [Term] { StateModel.facts(of: argument, variable) }
    }

    public let maps: OrderedDictionary<String, Map>
    public let pools: OrderedDictionary<String, Pool>
    public let plain: OrderedDictionary<String, Plain>
    public let configuration: Configuration?
    public let ports: [Program.Port]
    /// In order of appearance in the source.
    public let operations: OrderedDictionary<String, Operation>

    /// - Throws: `StateModelError` for a state object that cannot be modelled.
    public init(_ program: Program) throws(StateModelError) {
        var maps: OrderedDictionary<String, Map> = [:]
        var pools: OrderedDictionary<String, Pool> = [:]
        var plain: OrderedDictionary<String, Plain> = [:]
        var configuration: Configuration?
        for global in program.globals {
            switch global.kind {
            case .map(let key, let value, let capacity):
                guard let keyRecord = Record(key, name: "\(global.name).key") else {
                    throw .unsupportedType(global, part: "key", type: key)
                }
                guard let valueRecord = Record(value, name: "\(global.name).value") else {
                    throw .unsupportedType(global, part: "value", type: value)
                }
                if keyRecord.hasPadding { throw .paddedKey(global, type: key) }
                maps[global.name] = Map(
                    name: global.name, key: keyRecord, value: valueRecord, capacity: capacity)
            case .pool(let capacity): pools[global.name] = Pool(name: global.name, capacity: capacity)
            case .configuration:
                guard let record = Record(global.type, name: "configuration", hasTables: true) else {
                    throw .unsupportedType(global, part: "configuration", type: global.type)
                }
                configuration = Configuration(name: global.name, record: record, type: global.type)
            case .plain(let isConstant):
                // An object whose initialiser is not plain data is known to the executor by its absence here.
                guard let bytes = global.initialBytes else { continue }
                plain[global.name] = Plain(
                    name: global.name, type: global.type, size: global.size, initialBytes: bytes,
                    isConstant: isConstant)
            }
        }
        self.maps = maps
        self.pools = pools
        self.plain = plain
        self.configuration = configuration
        ports = program.ports
        var operations: OrderedDictionary<String, Operation> = [:]
        for operation in program.controlOperations {
            guard let type = operation.argument else {
                operations[operation.name] = Operation(name: operation.name, argument: nil, argumentType: nil)
                continue
            }
            guard let record = Record(type, name: "\(operation.name).argument") else {
                throw .unsupportedArgument(operation, type: type)
            }
            operations[operation.name] = Operation(name: operation.name, argument: record, argumentType: type)
        }
        self.operations = operations
    }

    /// What holds of the configuration by its C types alone.
    public var configurationFacts: [Term] {
        configuration.map { Self.facts(of: $0.record, $0.variable) } ?? []
    }

    fileprivate static func facts(of record: Record?, _ variable: (Record.Leaf) -> Term) -> [Term] {
        let leaves = record?.leaves ?? []
        let booleans = leaves.filter(\.isBoolean).map { leaf in
            Term.unsignedLessOrEqual(variable(leaf), .bitVector(1, width: 8))
        }
        return booleans
            + leaves.filter(\.isSeconds).flatMap { leaf in
                let variable = variable(leaf)
                return [
                    Term.lessOrEqual(.integer(0), variable),
                    Term.less(variable, .integer(1 << (8 * leaf.size))),
                ]
            }
    }
}

/// A state object that has no model.
public enum StateModelError: Error, Sendable {
    case unsupportedType(Global, part: String, type: CType)
    case paddedKey(Global, type: CType)
    /// What a control operation is given has no model.
    case unsupportedArgument(ControlOperation, type: CType)

    public var location: SourceLocation? {
        switch self {
        case .unsupportedType(let global, _, _), .paddedKey(let global, _): global.location
        case .unsupportedArgument(let operation, _): operation.location
        }
    }
}

extension StateModelError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unsupportedType(let global, let part, let type):
            """
            the \(part) of '\(global.name)' has type '\(type)', which has no model: integers, enums, bool, byte arrays of up to 16 \
            bytes and structs of these do
            """
        case .unsupportedArgument(let operation, let type):
            """
            the argument of '\(operation.name)' is a '\(type)', which has no model: structs of integers, enums, bool, byte arrays of up \
            to 16 bytes and further such structs do
            """
        case .paddedKey(let global, let type):
            """
            the key of '\(global.name)' has type '\(type)', which has padding: all bytes of a key count, so reorder or widen its \
            fields until none is left
            """
        }
    }
}
