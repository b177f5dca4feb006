import Diagnostics
import MiddleboxIR
import SymbolicExecution

/// The native middlebox, as the verification asks it to confirm a trace. The executables connect it to `Replay`.
public struct Confirmation: Sendable {
    public struct Packet: Sendable {
        /// In nanoseconds.
        public let time: UInt64
        /// The port's number.
        public let ingress: UInt32
        public let bytes: [UInt8]
    }

    /// A control operation that is run.
    public struct Operation: Sendable {
        /// In nanoseconds.
        public let time: UInt64
        public let name: String
        /// Its argument, laid out as in C; empty where it is given nothing.
        public let argument: [UInt8]
    }

    /// What is done to the program.
    public enum Step: Sendable {
        case packet(Packet)
        case operation(Operation)

        /// Nil for an operation.
        public var packet: Packet? { if case .packet(let packet) = self { packet } else { nil } }
    }

    /// What the program did with one packet; nothing, with an operation.
    public struct Outcome: Sendable {
        public let outputs: [(port: UInt32, bytes: [UInt8])]
        /// How many of the outputs are copies, of a packet that had yet to be handed on.
        public let copies: Int
        public let drops: Int

        public init(outputs: [(port: UInt32, bytes: [UInt8])], copies: Int = 0, drops: Int) {
            self.outputs = outputs
            self.copies = copies
            self.drops = drops
        }
    }

    /// What made the program stop before the end of the trace.
    public struct Failure: Sendable {
        public enum Kind: Hashable, Sendable {
            /// A signal: a trap of clang's sanitizers, or memory that is not there.
            case crash
            case memoryError
            case touchedAfterHandOff
            case uninitialisedValue
            /// The program used up its processor time for one packet.
            case endless
            /// A function of the runtime was called against its contract, or a packet emitted on a port that does not exist.
            case brokenContract
            /// Nothing of these, or nobody knows what.
            case other
        }

        public let kind: Kind
        /// Of the packet or operation that the program was at, from 0.
        public let step: Int
        /// Where it was, if that is known.
        public let location: SourceLocation?
        /// Where that is in a header of the project: what in the middlebox's own file led there.
        public let caller: SourceLocation?
        /// A clause about the program: `touched memory that is not its own`.
        public let description: String

        public init(
            kind: Kind, step: Int, location: SourceLocation?, caller: SourceLocation? = nil, description: String
        ) {
            self.kind = kind
            self.step = step
            self.location = location
            self.caller = caller
            self.description = description
        }
    }

    public struct Result: Sendable {
        /// Of the packets and operations that the program began with; the last may be incomplete.
        public let outcomes: [Outcome]
        public let failure: Failure?
        /// What its memory held of the objects that were to be observed, from the beginning on; nil: nobody knows.
        public let states: (@Sendable () throws -> any ObservedStates)?

        public init(
            outcomes: [Outcome], failure: Failure?, states: (@Sendable () throws -> any ObservedStates)? = nil
        ) {
            self.outcomes = outcomes
            self.failure = failure
            self.states = states
        }
    }

    /// What makes the program stop.
    public enum Watch: Sendable {
        /// Nothing but crashes: the program as it is in use. Only so can state be observed.
        case nothing
        /// Undefined behaviour, memory errors, broken contracts, loops without end, packets touched after the end.
        case errors
        /// Values that were never written.
        case uninitialisedValues

        /// What shows that such a check fails.
        init(for kind: CheckKind) {
            switch kind {
            case .memorySafe, .noUndefinedBehaviour, .handedOnExactlyOnce, .loopsEnd: self = .errors
            case .noUninitialisedMemory: self = .uninitialisedValues
            }
        }
    }

    /// Runs the program from its initial state: the bytes of its configuration struct, then the packets and operations in their order. The state
    /// objects are to be observed.
    public typealias Run =
        @Sendable (
            _ configuration: [UInt8], _ steps: [Step], _ watch: Watch, _ objects: [StateObject]
        ) throws -> Result

    public let run: Run

    public init(run: @escaping Run) { self.run = run }
}

extension Confirmation.Result {
    /// How the native program shows that the check fails at the last of `count` packets and operations: a clause about
    /// it. Nil when it does not.
    ///
    /// Only what the check is about counts: that it ran out of time says nothing of memory, and a crash nothing of loops.
    func violation(of kind: CheckKind, at location: SourceLocation?, steps count: Int) -> String? {
        guard outcomes.count == count, let last = outcomes.last else { return nil }
        if kind == .handedOnExactlyOnce {
            let endings = last.outputs.count - last.copies + last.drops
            if endings > 1 { return "handed the packet on \(endings) times" }
            if endings == 0, failure == nil { return "neither emitted nor dropped the packet" }
        }
        guard let failure, failure.step == count - 1 else { return nil }
        let isThere =
            location != nil && failure.location?.file == location?.file && failure.location?.line == location?.line
        let isIt: Bool =
            switch (kind, failure.kind) {
            // The kind leaves no doubt, wherever it is.
            case (.memorySafe, .memoryError), (.noUndefinedBehaviour, .brokenContract),
                (.noUninitialisedMemory, .uninitialisedValue), (.handedOnExactlyOnce, .touchedAfterHandOff),
                (.loopsEnd, .endless):
                true
            // It has several causes: a stack that is used up, a null pointer, a trap.
            case (.memorySafe, .crash), (.noUndefinedBehaviour, .crash), (.noUndefinedBehaviour, .memoryError): isThere
            case (.memorySafe, _), (.noUndefinedBehaviour, _), (.noUninitialisedMemory, _), (.handedOnExactlyOnce, _),
                (.loopsEnd, _):
                false
            }
        return isIt ? failure.clause : nil
    }
}

extension Confirmation.Failure {
    /// With its place.
    var clause: String {
        guard let location else { return description }
        return "\(description) at \(location)" + (caller.map { ", called at \($0)" } ?? "")
    }
}
