import Logic

/// The type of something that a spec can name, as the C code and the language's own words have it.
public indirect enum SpecType: Hashable, Sendable {
    /// An unsigned number of so many bits, in the byte order of numbers.
    case bits(Int)
    /// A number without a width.
    case integer
    /// A length of time or a point in time, in whole seconds or nanoseconds: an integer term.
    case seconds, nanoseconds
    case boolean
    case structure(SpecStructure)
    case array(SpecType, count: Int)
    /// A C type that specs cannot speak of, as C writes it.
    case opaque(String)
}

/// An enumerator of the C code, or a word of the language that stands for a number.
public struct NamedNumber: Hashable, Sendable {
    public let name: String
    public let value: UInt128

    public init(_ name: String, _ value: UInt128) {
        self.name = name
        self.value = value
    }
}

/// A C struct.
public struct SpecStructure: Hashable, Sendable {
    public struct Field: Hashable, Sendable {
        public let name: String
        public let type: SpecType
        /// The numbers that have names, where the field is one of an enumeration.
        public let named: [NamedNumber]

        public init(_ name: String, _ type: SpecType, named: [NamedNumber] = []) {
            self.name = name
            self.type = type
            self.named = named
        }
    }

    public let name: String
    public let fields: [Field]

    public init(name: String, fields: [Field]) {
        self.name = name
        self.fields = fields
    }
}

extension SpecType: CustomStringConvertible {
    /// As messages name it.
    public var description: String {
        switch self {
        case .bits(let width): "a number of \(width) bit\(width == 1 ? "" : "s")"
        case .integer: "a number"
        case .seconds: "a time in seconds"
        case .nanoseconds: "a time in nanoseconds"
        case .boolean: "a truth value"
        case .structure(let structure): "a struct \(structure.name)"
        case .array(let element, let count): "an array of \(count), each \(element)"
        case .opaque(let name): "a C value of type '\(name)'"
        }
    }
}

/// What a spec can name: the C program as far as specs see it.
public struct SpecEnvironment: Sendable {
    public struct Port: Hashable, Sendable {
        public let name: String
        public let number: UInt32

        public init(name: String, number: UInt32) {
            self.name = name
            self.number = number
        }
    }

    /// A map of the C code. Keys and values are structs, or scalars; the sorts are those of the terms that `StateView` deals in: a tuple
    /// sort with a field per field of the struct, or for a scalar its own sort or a tuple sort with one field.
    public struct Map: Hashable, Sendable {
        public let name: String
        public let key: SpecType
        public let value: SpecType
        public let keySort: Sort
        public let valueSort: Sort

        public init(name: String, key: SpecType, value: SpecType, keySort: Sort, valueSort: Sort) {
            self.name = name
            self.key = key
            self.value = value
            self.keySort = keySort
            self.valueSort = valueSort
        }
    }

    public struct Object: Hashable, Sendable {
        public let name: String
        public let type: SpecType

        public init(name: String, type: SpecType) {
            self.name = name
            self.type = type
        }
    }

    /// A control operation of the C code.
    public struct Operation: Hashable, Sendable {
        public let name: String
        /// Of its argument.
        public let fields: [Object]

        public init(name: String, fields: [Object]) {
            self.name = name
            self.fields = fields
        }
    }

    /// The middlebox's name, which the spec must give too; nil where it does not matter.
    public var middlebox: String?
    public var ports: [Port]
    /// The name of the configuration object.
    public var configurationName: String
    /// Its fields.
    public var configuration: [Object]
    public var maps: [Map]
    public var pools: [String]
    /// Other objects at file scope.
    public var variables: [Object]
    /// Enumerators.
    public var constants: [NamedNumber]
    public var operations: [Operation]

    public init(
        middlebox: String? = nil, ports: [Port] = [], configurationName: String = "config",
        configuration: [Object] = [],
        maps: [Map] = [], pools: [String] = [], variables: [Object] = [],
        constants: [NamedNumber] = [], operations: [Operation] = []
    ) {
        self.middlebox = middlebox
        self.ports = ports
        self.configurationName = configurationName
        self.configuration = configuration
        self.maps = maps
        self.pools = pools
        self.variables = variables
        self.constants = constants
        self.operations = operations
    }

    /// Words of the language that stand for numbers: IANA's protocol numbers.
    static let protocols = [NamedNumber("icmp", 1), NamedNumber("tcp", 6), NamedNumber("udp", 17)]

    /// Everything that can stand alone as a value, for near names.
    var names: [String] {
        ports.map(\.name) + maps.map(\.name) + pools + variables.map(\.name) + constants.map(\.name)
            + (configuration.isEmpty ? [] : [configurationName]) + Self.protocols.map(\.name) + ["now"]
    }
}
