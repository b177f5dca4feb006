import Diagnostics
import Logic
import MiddleboxIR

/// A way of a packet through the whole middlebox, or several alike: element paths joined at their hand-offs, written in the variables
/// of the packet that came in and of the state before it. Or a way through a control operation, in those of its argument.
public struct ProgramPath: Sendable {
    public enum End: Sendable {
        case finished
        case unknown(reason: String, location: SourceLocation?)
    }

    /// A way through one input function: one of the paths in its summary.
    public struct Passage: Hashable, Sendable {
        public let function: String
        public let shapes: [ArgumentShape]
        /// Among the summary's paths, from 0.
        public let path: Int

        public init(function: String, shapes: [ArgumentShape], path: Int) {
            self.function = function
            self.shapes = shapes
            self.path = path
        }
    }

    /// What the packet passed, in order; of several ways, those of the first.
    public let passages: [Passage]
    public let knowledge: Knowledge
    public let end: End
    public let outputs: [Output]
    public let isDropped: Bool
    public let state: StateTerms
    /// How many of the conditions had been decided when the state was last changed.
    public let conditionsAtLastStateChange: Int
    public let trace: [TraceEntry]
    /// The control operation that it is a run of; nil for a way of a packet.
    public let operation: String?

    public init(
        passages: [Passage] = [], knowledge: Knowledge, end: End, outputs: [Output], isDropped: Bool, state: StateTerms,
        conditionsAtLastStateChange: Int, trace: [TraceEntry], operation: String? = nil
    ) {
        self.passages = passages
        self.knowledge = knowledge
        self.end = end
        self.outputs = outputs
        self.isDropped = isDropped
        self.state = state
        self.conditionsAtLastStateChange = conditionsAtLastStateChange
        self.trace = trace
        self.operation = operation
    }

    /// The input functions that the packet passed.
    public var inputs: [String] { passages.map(\.function) }

    /// Where the last thing happened that is told of it, but for what the runtime's inline functions do.
    public var lastLocation: SourceLocation? {
        (trace.last { !$0.location.isInRuntimeHeader } ?? trace.last)?.location
    }

    /// The path with another state at its end.
    public func with(state: StateTerms) -> ProgramPath {
        ProgramPath(
            passages: passages, knowledge: knowledge, end: end, outputs: outputs, isDropped: isDropped, state: state,
            conditionsAtLastStateChange: conditionsAtLastStateChange, trace: trace, operation: operation)
    }
}

/// The checks of one element for the packets that come to it in one way, or in several alike; or of a control operation.
public struct CheckGroup: Sendable {
    public let function: String
    /// What is known of the packets when they arrive.
    public let context: Knowledge
    /// Each with all it knows, the context included.
    public let checks: [Check]
}

/// The ways through a middlebox.
public struct Composition: Sendable {
    /// Of packets.
    public let paths: [ProgramPath]
    /// Through control operations. Each is one way, whatever `isExact` says of packets.
    public let operations: [ProgramPath]
    public let checkGroups: [CheckGroup]
    /// Summaries in the order in which they were needed.
    public let summaries: [ElementSummary]
    /// How long each summary took, by input function.
    public let summarySeconds: [(name: String, seconds: Double)]
    /// Whether each path is one way, with all that was decided on it. Otherwise the paths stand for more than the middlebox does: right
    /// for a proof, not for a trace.
    public let isExact: Bool

    public init(
        paths: [ProgramPath] = [], operations: [ProgramPath] = [], checkGroups: [CheckGroup] = [],
        summaries: [ElementSummary] = [],
        summarySeconds: [(name: String, seconds: Double)] = [], isExact: Bool = true
    ) {
        self.paths = paths
        self.operations = operations
        self.checkGroups = checkGroups
        self.summaries = summaries
        self.summarySeconds = summarySeconds
        self.isExact = isExact
    }
}
