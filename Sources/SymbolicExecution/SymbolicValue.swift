import Logic
import MiddleboxIR

/// What a register holds on a path.
indirect enum SymbolicValue: Hashable, Sendable {
    /// A bit-vector; a Boolean where C's value has one bit.
    case integer(Term)
    case pointer(Pointer)
    case aggregate([SymbolicValue])
    /// Never written. Using it for anything but copying is a failed check.
    case undefined(ValueType)
}

/// An address: an object and a 64-bit offset into it in bytes.
enum Pointer: Hashable, Sendable {
    case null
    case object(MemoryObject, offset: Term)

    static func start(of object: MemoryObject) -> Pointer { .object(object, offset: .bitVector(0, width: 64)) }
}

/// Something that pointers point into.
enum MemoryObject: Hashable, Sendable {
    /// The `struct packet`.
    case packet
    /// The bytes of the packet, as it is between two times that it is resized.
    case packetBytes(generation: Int)
    /// A local variable: a number that no other on the path has.
    case stack(Int)
    case plain(String)
    case configuration
    /// What a control operation, by its name, is given.
    case argument(String)
    /// The `MAP` itself: only the runtime's functions may use it.
    case map(String)
    case pool(String)
    /// What a null pointer with something added to it points to: nothing, at an address that nobody knows. The compiler calculates such pointers
    /// before it is decided whether they are used.
    case nowhere
    /// The value stored under a key, as it was found when the map had seen so many insertions on the path.
    case entry(map: String, key: Term, insertions: Int)

    /// For messages.
    var description: String {
        switch self {
        case .packet: "the packet descriptor"
        case .packetBytes: "the packet"
        case .stack: "a local variable"
        case .plain(let name): "'\(name)'"
        case .configuration: "the configuration"
        case .argument(let operation): "the argument of '\(operation)'"
        case .map(let name), .pool(let name): "'\(name)'"
        case .nowhere: "a null pointer"
        case .entry(let map, _, _): "an entry of '\(map)'"
        }
    }
}

/// One byte in memory.
enum MemoryByte: Hashable, Sendable {
    case undefined
    case term(Term)
    /// Byte `index` of a stored pointer.
    case pointer(Pointer, index: Int)
}
