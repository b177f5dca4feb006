import Diagnostics
import SpecLanguage

/// What is said of one property. Each word is defined in `docs/trust.md`.
public enum Verdict: String, CaseIterable, Sendable, Codable {
    /// Holds on every trace, for every configuration that the spec admits.
    case proved
    /// A concrete trace breaks it, and the native program confirmed it.
    case refuted
    /// Neither, with a reason: budget, loop bound, unsupported construct, counterexample to induction only.
    case inconclusive
    /// Its premise cannot happen.
    case vacuous
    /// The spec or the C code is not accepted.
    case error
}

/// One property, judged.
public struct PropertyReport: Sendable {
    /// What the property is stated in.
    public enum Kind: String, Sendable, Codable {
        /// A check that comes with every middlebox, without a spec.
        case builtin
        case step, invariant, later, earlier, always, same, rate, refines

        init(_ kind: PropertyKind) {
            self =
                switch kind {
                case .step: .step
                case .later: .later
                case .earlier: .earlier
                case .invariant: .invariant
                case .always: .always
                case .same: .same
                case .rate: .rate
                case .refines: .refines
                }
        }
    }

    public var name: String
    public var kind: Kind
    /// As the spec writes them: `RFC 3022 section 4.1`.
    public var cites: [String]
    public var verdict: Verdict
    /// Why it is not proved; nil when it is. One sentence, with the C line where there is one.
    public var reason: String?
    /// Where the reason lies, in C or in the spec.
    public var location: SourceLocation?
    /// What can be done about it; nil when there is nothing to do.
    public var hint: String?
    public var seconds: Double
    /// Whether the verdict came from the proof store.
    public var cached: Bool
    public var counterexample: Counterexample?
    /// How many queries it took.
    public var obligations: Int
    /// What the proof found out and used: invariants of the middlebox together with what is remembered of a step, in words of the spec.
    public var inferred: [String] = []
    /// Whether the verdict may be kept for later runs: nothing inconclusive is, as a solver may have given up on the way to it.
    public var mayBeKept: Bool {
        switch verdict {
        case .proved, .refuted, .vacuous: true
        case .inconclusive, .error: false
        }
    }

    public init(
        name: String, kind: Kind, cites: [String] = [], verdict: Verdict, reason: String? = nil,
        location: SourceLocation? = nil, seconds: Double = 0, cached: Bool = false,
        counterexample: Counterexample? = nil, obligations: Int = 0
    ) {
        self.name = name
        self.kind = kind
        self.cites = cites
        self.verdict = verdict
        self.reason = reason
        self.location = location
        self.seconds = seconds
        self.cached = cached
        self.counterexample = counterexample
        self.obligations = obligations
    }
}

extension PropertyReport {
    /// Of a property of the spec that is proved as far as is known yet.
    init(_ property: Property, kind: Kind? = nil, obligations: Int) {
        self.init(
            name: property.name, kind: kind ?? Kind(property.kind), verdict: .proved, location: property.location,
            obligations: obligations)
    }
}

/// A trace that breaks a property, or, where the verdict is `inconclusive`, the step that the proof stumbled over.
public struct Counterexample: Sendable {
    /// A control operation, by the C names.
    public struct Operation: Hashable, Sendable {
        public var name: String
        /// Its argument as a file of operations has it: `{index: 3}`.
        public var argument: String

        public init(name: String, argument: String) {
            self.name = name
            self.argument = argument
        }
    }

    /// One packet of the trace, or one control operation.
    public struct Step: Sendable {
        /// In nanoseconds.
        public var time: Int
        /// Nil for a packet. Otherwise there is no packet, in or out.
        public var operation: Operation?
        public var ingress: String
        public var packet: [UInt8]
        public var outputs: [(port: String, packet: [UInt8])]
        /// How often it was dropped: a right program does so once or not at all.
        public var drops: Int
        /// The C places it passed, in order, with what was decided or done there.
        public var path: [(location: SourceLocation, note: String)]

        public init(
            time: Int, ingress: String, packet: [UInt8], outputs: [(port: String, packet: [UInt8])],
            drops: Int? = nil, path: [(location: SourceLocation, note: String)]
        ) {
            self.time = time
            self.ingress = ingress
            self.packet = packet
            self.outputs = outputs
            self.drops = drops ?? (outputs.isEmpty ? 1 : 0)
            self.path = path
        }

        public init(time: Int, operation: Operation, path: [(location: SourceLocation, note: String)]) {
            self.time = time
            self.operation = operation
            ingress = ""
            packet = []
            outputs = []
            drops = 0
            self.path = path
        }
    }

    public var steps: [Step]
    /// The trace of the second run, where the property is about two: each begins in the initial state. Otherwise empty.
    public var secondRun: [Step]
    /// Field names and values, as the YAML file has them.
    public var configuration: [(name: String, value: String)]
    /// What failed, in the words of the spec or of the built-in check.
    public var failed: String
    /// Where that stands in the spec, if the native run has told.
    var failedLocation: SourceLocation?
    /// What is in maps and pools where the step looks, before it. Empty for traces, which start with nothing there.
    public var stateBefore: [String] = []
    /// The same after the step; empty where nothing has changed.
    public var stateAfter: [String] = []
    /// What is known of an earlier step that a property speaks of: `p.ipv4.source = 1`.
    public var remembered: [String] = []
    /// The capture's path, once written.
    public var capture: String?
    /// The same of the second run.
    public var secondCapture: String?
    /// The path of the file with the control operations, once written; nil where there are none.
    public var operations: String?
    /// The same of the second run.
    public var secondOperations: String?
    /// Whether the native program did the same.
    public var confirmed: Bool
    /// Whether a replay that the spec is held against shows it.
    public var isSeenInReplay = false
    /// What the native program was seen to do, as a clause about it, where that is more than the packets show: `did not end`. Where it
    /// did not confirm the trace: in what it differs.
    public var observed: String?

    public init(
        steps: [Step], secondRun: [Step] = [], configuration: [(name: String, value: String)], failed: String,
        capture: String? = nil, confirmed: Bool = false, observed: String? = nil
    ) {
        self.steps = steps
        self.secondRun = secondRun
        self.configuration = configuration
        self.failed = failed
        self.capture = capture
        self.confirmed = confirmed
        self.observed = observed
    }

    /// What `replay` is given behind the middlebox's name to show a run again; nil where its capture was not written.
    public func replayArguments(ofSecondRun isSecond: Bool = false) -> String? {
        let (first, second) = ((capture, operations), (secondCapture, secondOperations))
        let (own, other) = isSecond ? (second, first) : (first, second)
        guard let capture = own.0 else { return nil }
        var arguments = capture + (own.1.map { " --operations \($0)" } ?? "")
        guard isSeenInReplay else { return arguments }
        arguments += " --check"
        if let capture = other.0 {
            arguments += " --second \(capture)" + (other.1.map { " --second-operations \($0)" } ?? "")
        }
        return arguments
    }
}

/// One element as the report shows it.
public struct ElementReport: Sendable {
    public var name: String
    public var paths: Int
    /// First and last C line.
    public var lines: ClosedRange<Int>
    /// The names of the state objects it owns.
    public var state: [String]

    public init(name: String, paths: Int, lines: ClosedRange<Int>, state: [String]) {
        self.name = name
        self.paths = paths
        self.lines = lines
        self.state = state
    }
}

/// Where the time of one middlebox went, in seconds.
public struct PhaseTimes: Sendable {
    public var phases: [(name: String, seconds: Double)]
    /// Symbolic execution, by input function.
    public var elements: [(name: String, seconds: Double)]
    /// The queries that took longest, longest first.
    public var slowestQueries: [(name: String, seconds: Double)]
    /// What solvers were asked, most costly first.
    public var questions: [QuestionReport]
    /// The same, query by query, by name.
    public var queries: [QuestionReport] = []
    /// Obligations that were put to solvers.
    public var obligations = 0
    /// Questions whose answers came from the proof store.
    public var stored = 0
    /// Summaries that came from the proof store.
    public var storedSummaries = 0

    public init(
        phases: [(name: String, seconds: Double)] = [], elements: [(name: String, seconds: Double)] = [],
        slowestQueries: [(name: String, seconds: Double)] = [], questions: [QuestionReport] = []
    ) {
        self.phases = phases
        self.elements = elements
        self.slowestQueries = slowestQueries
        self.questions = questions
    }
}

/// The queries about one thing.
public struct QuestionReport: Sendable {
    /// A property or a check, and how it was encoded.
    public var name: String
    public var queries = 0
    public var seconds = 0.0
    /// Z3's deterministic count of work.
    public var steps = 0
    /// Where in the C code the first of them comes from.
    public var location: SourceLocation?

    public init(name: String, at location: SourceLocation? = nil) {
        self.name = name
        self.location = location
    }
}

/// One middlebox, verified.
public struct MiddleboxReport: Sendable {
    public var name: String
    public var elements: [ElementReport]
    public var properties: [PropertyReport]
    /// Invariants of the middlebox that were inferred and proved, in the specification language.
    public var inferred: [String] = []
    public var times: PhaseTimes
    /// Sources for snippets: C and spec.
    public var sources: [SourceFile]

    public init(
        name: String, elements: [ElementReport], properties: [PropertyReport], times: PhaseTimes, sources: [SourceFile]
    ) {
        self.name = name
        self.elements = elements
        self.properties = properties
        self.times = times
        self.sources = sources
    }

    /// What `verify` and `replay` know the middlebox by: its name if it lies under `Middleboxes`, else its folder.
    public var argument: String {
        let main = "/\(name)/\(name).c"
        guard let file = sources.first(where: { "/\($0.path)".hasSuffix(main) })?.path else { return name }
        let folder = String(file.dropLast("/\(name).c".count))
        return folder == "Middleboxes/\(name)" ? name : folder
    }
}

/// One run of `verify`.
public struct VerificationReport: Sendable {
    public enum RunState: String, Sendable, Codable { case complete, interrupted }

    public var runState: RunState
    /// Tool name and version: `gravel`, `llvm`, `z3`.
    public var tools: [(name: String, version: String)]
    public var middleboxes: [MiddleboxReport]
    /// What a second solver said of the answers that the verdicts rest on; nil where none was asked.
    public var crossCheck: CrossCheckReport?
    /// What has been lost since the team's baseline; nil where none was given, or the run was interrupted.
    public var baseline: BaselineComparison?

    public init(runState: RunState, tools: [(name: String, version: String)], middleboxes: [MiddleboxReport]) {
        self.runState = runState
        self.tools = tools
        self.middleboxes = middleboxes
    }

    public func count(of verdict: Verdict) -> Int {
        middleboxes.reduce(0) { $0 + $1.properties.count { $0.verdict == verdict } }
    }
}
