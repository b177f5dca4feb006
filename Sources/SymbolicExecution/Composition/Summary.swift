import Diagnostics
import Logic

/// The variables that an element's summary is written in, besides the state's and the configuration's.
public enum InputVariables {
    /// The packet's bytes: offset to byte.
    public static let bytes = Term.variable("packet::bytes", .array(index: .bitVector(16), element: .byte))
    public static let length = Term.variable("packet::length", .bitVector(16))
    /// How many bytes may still be added in front of the packet; 32 bits.
    public static let headroom = Term.variable("packet::headroom", .bitVector(32))
    /// The ingress port's number.
    public static let port = Term.variable("packet::port", .bitVector(32))
    /// The packet's time in nanoseconds.
    public static let now = Term.variable("now", .integer)

    /// Parameter `index` of an input function: its bits, or, for a pointer into the packet, its offset in 64 bits.
    public static func argument(_ index: Int, of function: String, bits: Int) -> Term {
        .variable("\(function):argument\(index)", bits == 1 ? .boolean : .bitVector(bits))
    }
}

/// The packet as it is somewhere on its way.
public struct PacketTerms: Hashable, Sendable {
    /// From offsets, counted from the packet's first byte as it is there, to bytes.
    public var bytes: Term
    /// 16 bits.
    public var length: Term
    /// How many bytes may still be added in front; 32 bits.
    public var headroom: Term

    /// The longest packet: `PACKET_LONGEST` in <gravel/packet.h>.
    static let longest = 65535
    /// By how many bytes one can grow in front: `PACKET_HEADROOM`.
    static let mostHeadroom = 256

    /// As it comes to an input function.
    static let input = PacketTerms(
        bytes: InputVariables.bytes, length: InputVariables.length, headroom: InputVariables.headroom)

    /// As it comes to the middlebox.
    static let arriving = PacketTerms(
        bytes: InputVariables.bytes, length: InputVariables.length, headroom: .bitVector(mostHeadroom, width: 32))

    /// All terms that it is made of.
    var terms: [Term] { [bytes, length, headroom] }

    /// The same with other terms in place of its own.
    func mapTerms(_ transform: (Term) -> Term) -> PacketTerms {
        PacketTerms(bytes: transform(bytes), length: transform(length), headroom: transform(headroom))
    }
}

/// What an argument of a hand-off is: a summary is computed once for each list of shapes that callers use.
public enum ArgumentShape: Hashable, Sendable {
    /// The packet itself.
    case packet
    case integer(bits: Int)
    /// Into the packet's bytes.
    case packetPointer
    case null
    /// What a control operation is given.
    case operationArgument
}

/// The checks that come with every middlebox, without a spec.
public enum CheckKind: String, CaseIterable, Hashable, Sendable {
    case memorySafe = "memory_safe"
    case noUndefinedBehaviour = "no_undefined_behaviour"
    case noUninitialisedMemory = "no_uninitialised_memory"
    case handedOnExactlyOnce = "handed_on_exactly_once"
    case loopsEnd = "loops_end"
}

/// A place on the way through the C code, for people.
public struct TraceEntry: Hashable, Sendable {
    public let location: SourceLocation
    public let note: String

    public init(location: SourceLocation, note: String) {
        self.location = location
        self.note = note
    }
}

/// What narrows an approximation down to the exact behaviour of the runtime. Left out, more behaviours are possible, which is sound in
/// a proof; a refutation takes them all, expanded for the number of operations that the trace has.
public enum ExactFact: Hashable, Sendable {
    /// `result` is the first free index of the range at or behind `last`, counting round.
    case firstFree(deadline: Term, last: Term, first: Term, count: Term, result: Term, now: Term)
    /// Every index of the range is allocated.
    case allAllocated(deadline: Term, first: Term, count: Term, now: Term)
    /// The map with these deadlines holds as many present entries as its capacity, which the conditions say in numbers.
    case full(deadline: Term, capacity: Int, now: Term)
    /// It does not, or the key is present: an insertion succeeds.
    case hasRoom(deadline: Term, key: Term, now: Term)
    /// Something that proofs do without.
    case formula(Term)

    /// The fact with each of its terms replaced.
    public func mapTerms(_ transform: (Term) -> Term) -> ExactFact {
        switch self {
        case .firstFree(let deadline, let last, let first, let count, let result, let now):
            .firstFree(
                deadline: transform(deadline), last: transform(last), first: transform(first), count: transform(count),
                result: transform(result), now: transform(now))
        case .allAllocated(let deadline, let first, let count, let now):
            .allAllocated(
                deadline: transform(deadline), first: transform(first), count: transform(count), now: transform(now))
        case .full(let deadline, let capacity, let now):
            .full(deadline: transform(deadline), capacity: capacity, now: transform(now))
        case .hasRoom(let deadline, let key, let now):
            .hasRoom(deadline: transform(deadline), key: transform(key), now: transform(now))
        case .formula(let term): .formula(transform(term))
        }
    }
}

/// What is known where a path stands.
public struct Knowledge: Hashable, Sendable {
    /// The decisions on the way: their conjunction is the path condition.
    public var conditions: [Term] = []
    /// What the runtime's checksum functions computed. Only goals about checksums need it.
    public var arithmetic: [ChecksumUpdate] = []
    public var exact: [ExactFact] = []

    public init(conditions: [Term] = [], arithmetic: [ChecksumUpdate] = [], exact: [ExactFact] = []) {
        self.conditions = conditions
        self.arithmetic = arithmetic
        self.exact = exact
    }

    func mapTerms(_ transform: (Term) -> Term) -> Knowledge {
        Knowledge(
            conditions: conditions.map(transform), arithmetic: arithmetic.map { $0.mapTerms(transform) },
            exact: exact.map { $0.mapTerms(transform) })
    }
}

/// Something that must hold at a place of the C code whenever it is reached.
public struct Check: Sendable {
    public let kind: CheckKind
    public let location: SourceLocation?
    /// What is wrong if it does not hold, as a clause: `reads 2 bytes beyond the packet`.
    public let message: String
    public let knowledge: Knowledge
    public let claim: Term
    public let trace: [TraceEntry]
    /// The control operation in which it stands; nil on the way of a packet. Told by who puts summaries together.
    public var operation: String?
}

/// How a path through an element ends.
public enum PathEnd: Sendable {
    /// The packet has been emitted or dropped and the element has returned.
    case finished
    /// The packet goes to another input. An argument is the bits, or the offset, or nil for the packet itself and for NULL.
    case handOff(function: String, shapes: [ArgumentShape], arguments: [Term?])
    /// The executor does not know how to go on: nothing is said of what follows.
    case unknown(reason: String, location: SourceLocation?)
    /// A check can only fail here: what follows is never reached in a program that passes its checks.
    case failedCheck
}

/// A copy of the packet sent out.
public struct Output: Hashable, Sendable {
    public let bytes: Term
    public let length: Term
    public let port: Term

    public init(bytes: Term, length: Term, port: Term) {
        self.bytes = bytes
        self.length = length
        self.port = port
    }

    /// All terms that it is made of.
    public var terms: [Term] { [bytes, length, port] }

    /// The same with other terms in place of its own.
    public func mapTerms(_ transform: (Term) -> Term) -> Output {
        Output(bytes: transform(bytes), length: transform(length), port: transform(port))
    }
}

/// One path through an input function of an element.
public struct ElementPath: Sendable {
    public let knowledge: Knowledge
    public let end: PathEnd
    public let outputs: [Output]
    public let isDropped: Bool
    /// As it is at the end.
    public let packet: PacketTerms
    public let state: StateTerms
    /// How many of the conditions had been decided when the state was last changed.
    public let conditionsAtLastStateChange: Int
    public let trace: [TraceEntry]
}

/// All that an input function can do, written in its input variables.
public struct ElementSummary: Sendable {
    public let function: String
    public let shapes: [ArgumentShape]
    public let paths: [ElementPath]
    public let checks: [Check]
    /// The variables that the executor made: results of the runtime's functions. Renamed for each use of the summary.
    public let freshVariables: [Term]
    /// Whether another input was executed in place, for arguments that cannot be handed on: then the summary is about its code, too.
    public let includesOtherInputs: Bool
}
