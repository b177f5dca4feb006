import Logic

/// What a solver is asked, apart from the process that it is asked in.
public struct SolverQuery: Sendable {
    /// For statistics.
    public let name: String
    public let assertions: [Term]
    /// Z3's deterministic count of work.
    public let resourceLimit: Int
    /// The hard stop.
    public let timeoutMilliseconds: Int
    /// Whether anybody wants the values.
    public let readsModel: Bool
    /// Whether another query follows where this one gets no answer: then it is not worth asking twice.
    public let isFirstTry: Bool
    /// Whether anybody wants to know which of the assertions contradict each other.
    public let wantsCore: Bool
    /// Whether it does not matter which of several models is found: one that hangs on what was asked before will do.
    public let takesAnyModel: Bool
    /// Whether not even that a solver gives up may hang on what was asked before: it is put to a context of its own.
    public let isAlone: Bool

    public init(
        name: String, assertions: [Term], resourceLimit: Int, timeoutMilliseconds: Int, readsModel: Bool = false,
        isFirstTry: Bool = false, wantsCore: Bool = false, takesAnyModel: Bool = false,
        isAlone: Bool = false
    ) {
        self.name = name
        self.assertions = assertions
        self.resourceLimit = resourceLimit
        self.timeoutMilliseconds = timeoutMilliseconds
        self.readsModel = readsModel
        self.isFirstTry = isFirstTry
        self.wantsCore = wantsCore
        self.takesAnyModel = takesAnyModel
        self.isAlone = isAlone
    }
}

extension SolverQuery {
    func withAssertions(_ assertions: [Term], takesAnyModel: Bool? = nil) -> SolverQuery {
        SolverQuery(
            name: name, assertions: assertions, resourceLimit: resourceLimit, timeoutMilliseconds: timeoutMilliseconds,
            readsModel: readsModel, isFirstTry: isFirstTry, wantsCore: wantsCore,
            takesAnyModel: takesAnyModel ?? self.takesAnyModel, isAlone: isAlone)
    }
}

/// What came out, and what it cost.
public struct SolverAnswer: Sendable {
    public internal(set) var satisfiability: Satisfiability
    public var seconds: Double
    public var resourceCount: Int
    /// Of an unsatisfiable query, when it was wanted and found: the places of assertions that contradict each other.
    public var core: [Int]?

    public init(_ satisfiability: Satisfiability, seconds: Double = 0, resourceCount: Int = 0, core: [Int]? = nil) {
        self.core = core
        self.satisfiability = satisfiability
        self.seconds = seconds
        self.resourceCount = resourceCount
    }
}

extension SolverAnswer {
    /// This answer, with what it cost to get an earlier one to the same query.
    func adding(_ earlier: SolverAnswer) -> SolverAnswer {
        SolverAnswer(
            satisfiability, seconds: seconds + earlier.seconds, resourceCount: resourceCount + earlier.resourceCount,
            core: core)
    }
}

extension SolverQuery {
    public func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(text: name)
        writer.write(count: max(0, resourceLimit))
        writer.write(count: max(0, timeoutMilliseconds))
        let choices = [readsModel, isFirstTry, wantsCore, takesAnyModel, isAlone]
        writer.write(byte: choices.enumerated().reduce(0) { $0 | ($1.element ? 1 << $1.offset : 0) })
        TermCoding.write(assertions, to: &writer)
        return writer.bytes
    }

    /// - Parameter order: see `TermCoding.ArgumentOrder`.
    public init(decoding bytes: [UInt8], order: TermCoding.ArgumentOrder = .builders) throws(CodingError) {
        var reader = ByteReader(bytes)
        let name = try reader.text()
        let (resourceLimit, timeout) = (try reader.index(), try reader.index())
        let choices = try reader.byte()
        guard choices < 32 else { throw reader.damaged("no choices of a query") }
        let assertions = try TermCoding.read(&reader, order: order)
        try reader.finish()
        self.init(
            name: name, assertions: assertions, resourceLimit: resourceLimit, timeoutMilliseconds: timeout,
            readsModel: choices & 1 != 0, isFirstTry: choices & 2 != 0, wantsCore: choices & 4 != 0,
            takesAnyModel: choices & 8 != 0, isAlone: choices & 16 != 0)
    }
}

extension SolverAnswer {
    private enum Tag: UInt8 {
        case unsatisfiable, satisfiable, unknown, core
    }

    public func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(double: seconds)
        writer.write(count: max(0, resourceCount))
        switch satisfiability {
        case .unsatisfiable:
            if let core {
                writer.write(byte: Tag.core.rawValue)
                writer.write(count: core.count)
                for place in core { writer.write(count: place) }
            } else {
                writer.write(byte: Tag.unsatisfiable.rawValue)
            }
        case .satisfiable(let model):
            writer.write(byte: Tag.satisfiable.rawValue)
            ModelCoding.write(model, to: &writer)
        case .unknown(let reason):
            writer.write(byte: Tag.unknown.rawValue)
            writer.write(text: reason)
        }
        return writer.bytes
    }

    public init(decoding bytes: [UInt8]) throws(CodingError) {
        var reader = ByteReader(bytes)
        let seconds = try reader.double()
        let resourceCount = try reader.index()
        let tag = try reader.byte()
        let satisfiability: Satisfiability
        var core: [Int]?
        switch Tag(rawValue: tag) {
        case .unsatisfiable: satisfiability = .unsatisfiable
        case .core:
            satisfiability = .unsatisfiable
            var places: [Int] = []
            for _ in 0..<(try reader.count()) { places.append(try reader.index()) }
            core = places
        case .satisfiable: satisfiability = .satisfiable(try ModelCoding.read(&reader))
        case .unknown: satisfiability = .unknown(reason: try reader.text())
        case nil: throw reader.damaged("no answer has tag \(tag)")
        }
        try reader.finish()
        self.init(satisfiability, seconds: seconds, resourceCount: resourceCount, core: core)
    }
}
