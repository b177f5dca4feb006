import Diagnostics

/// One middlebox, compiled: its functions, its state, its configuration and its ports, with the names and lines of the
/// C source.
///
/// Immutable. Made by `Compiler`; everything behind it (decomposer, executor) reads nothing else of the program.
public struct Program: Sendable {
    /// The folder's name: `nat`.
    public let name: String
    /// The C files, for messages; the middlebox's own first.
    public let sources: [SourceFile]
    /// In order of appearance in the source. Declarations without a body are not here: see `Callee`.
    public let functions: [Function]
    /// Mutable and immutable objects at file scope, the storage behind maps and pools left out.
    public let globals: [Global]
    /// The enumerators of `enum port`, in order of their values.
    public let ports: [Port]
    /// The enumerators of all other enumerations, those of the runtime's headers included, by name. A name that stands for one number in one C
    /// file and for another in the next is not there.
    public let constants: [CType.Enumerator]
    /// A BLAKE3 digest (hex) of the optimised IR without file names, for stores and reports.
    public let digest: String
    /// The absolute paths of all files that clang read, headers of the system included; spelled as the `#include`s led there. Empty where
    /// nobody says: then nothing may be concluded from files that have not changed.
    public internal(set) var dependencies: [String] = []

    /// Where in `functions` the one of a name is.
    private let functionIndices: [String: Int]

    public struct Port: Hashable, Sendable {
        public let name: String
        public let number: UInt32

        public init(name: String, number: UInt32) {
            self.name = name
            self.number = number
        }
    }

    public init(
        name: String, sources: [SourceFile], functions: [Function], globals: [Global], ports: [Port],
        constants: [CType.Enumerator] = [], digest: String
    ) {
        self.name = name
        self.sources = sources
        self.functions = functions
        self.globals = globals
        self.ports = ports
        self.constants = constants
        self.digest = digest
        functionIndices = Dictionary(functions.enumerated().map { ($1.name, $0) }) { first, _ in first }
    }

    public func function(_ name: String) -> Function? { functionIndices[name].map { functions[$0] } }
    public func global(_ name: String) -> Global? { globals.first { $0.name == name } }

    /// What can be done to the middlebox from outside, in order of appearance in the source.
    public var controlOperations: [ControlOperation] {
        functions.filter(\.isControlOperation).map { function in
            ControlOperation(
                name: function.name, parameters: function.parameters.map { $0.cType ?? .void },
                location: function.location)
        }
    }

    /// The function that every packet enters by.
    public static let entryPoint = "packet_arrives"
}

/// An object at file scope.
public struct Global: Sendable {
    public enum Kind: Sendable {
        /// Declared with `MAP`: exact match, entries with a lifetime.
        case map(key: CType, value: CType, capacity: Int)
        /// Declared with `POOL`.
        case pool(capacity: Int)
        /// Declared with `CONFIGURATION`: read-only for the middlebox, any content that the spec's assumptions admit.
        case configuration
        /// A C object: scalar, struct or array.
        case plain(isConstant: Bool)
    }

    public let name: String
    public let kind: Kind
    public let type: CType
    /// In bytes.
    public let size: Int
    /// The initial bytes of a plain object; nil where the initialiser is not plain data (pointers).
    public let initialBytes: [UInt8]?
    public let location: SourceLocation?

    public init(
        name: String, kind: Kind, type: CType, size: Int, initialBytes: [UInt8]?, location: SourceLocation?
    ) {
        self.name = name
        self.kind = kind
        self.type = type
        self.size = size
        self.initialBytes = initialBytes
        self.location = location
    }
}
