import CZ3
import Logic

/// Answers one query after another, so that answers do not hang on what was asked before.
///
/// Most queries share a context, which saves translating what they have in common. What a context has seen decides where Z3 puts things, though,
/// and with that which model it finds and when it gives up: queries whose model is read, and those that get no answer, are put to a context of
/// their own.
public final class SolverSession {
    private var shared: Z3Solver?
    private var sharedTimeout = 0
    private let clock = ContinuousClock()

    private let memoryLimit: UInt64?
    private let seed: Int

    /// - Parameters:
    ///   - memoryLimit: how many bytes of Z3's, in the whole process, are enough to start a new context: what they hold is mostly of use to
    ///     queries long gone.
    ///   - seed: with another than 0, Z3 makes other random choices, and sees assertions in another order: to measure what answers hang on.
    public init(memoryLimit: UInt64? = nil, seed: Int = 0) {
        self.memoryLimit = memoryLimit
        self.seed = seed
    }

    /// Whatever goes wrong is an answer, too: unknown, for this reason.
    public func answer(_ query: SolverQuery) -> SolverAnswer {
        do {
            let order = self.order(of: query)
            let ordered = order.map { query.withAssertions($0.map { query.assertions[$0] }) } ?? query
            var answer = try reduced(ordered) ?? decide(ordered)
            if let order { answer.core = answer.core.map { $0.map { order[$0] }.sorted() } }
            return answer
        } catch {
            // What is on its stack is not known any more.
            shared = nil
            return SolverAnswer(.unknown(reason: "the solver failed: \(error)"))
        }
    }

    /// Another order of the assertions; nil: as they are. What is put on a stack stays in its order, by which it is found there.
    private func order(of query: SolverQuery) -> [Int]? {
        guard seed != 0, !query.takesAnyModel else { return nil }
        var generator = SeededGenerator(state: UInt64(bitPattern: Int64(seed)))
        return query.assertions.indices.shuffled(using: &generator)
    }

    /// What is made of fewer terms is small enough as it is, and has its beginning in common with what was asked before.
    private static let large = 1500
    /// Which part of its terms must become variables: a list that has been looked through has more of them, what has none is not worth it.
    private static let least = 0.05

    /// The answer to a large query by way of a smaller one; nil where there is none.
    private func reduced(_ query: SolverQuery) throws(SolverError) -> SolverAnswer? {
        guard Term.areLarge(query.assertions, count: Self.large) else { return nil }
        let elimination = UnconstrainedElimination(query.assertions, least: Self.least)
        guard elimination.isEffective else { return nil }
        var answer = try decide(query.withAssertions(elimination.assertions, takesAnyModel: false))
        guard case .satisfiable(let model) = answer.satisfiability, query.readsModel else { return answer }
        guard let assignment = elimination.restored(model.assignment, functions: model.functions) else { return nil }
        answer.satisfiability = .satisfiable(Model(assignment: assignment, functions: model.functions))
        return answer
    }

    private func decide(_ query: SolverQuery) throws(SolverError) -> SolverAnswer {
        let start = clock.now
        let timeout = query.timeoutMilliseconds
        if query.isAlone || query.readsModel && !query.takesAnyModel {
            return try askingAgain(try ask(try fresh(query, timeout), query), query, since: start)
        }
        var answer = try ask(try sharedSolver(timeout), query, onStack: query.takesAnyModel)
        if let memoryLimit, Z3_get_estimated_alloc_size() > memoryLimit { shared = nil }
        if query.isFirstTry { return answer }
        // An answer that took most of what may be spent on a way to it could have come another way, or been "unknown", in another context.
        let part =
            keepsAccount(query) && !query.takesAnyModel
            ? query.resourceLimit / Self.partForCore : query.resourceLimit
        let isClose = answer.resourceCount > part / 2
        if !isClose {
            guard case .unknown = answer.satisfiability else { return answer }
        }
        let left = timeout - Int(start.duration(to: clock.now) / .milliseconds(1))
        guard left > 0 else { return answer }
        let again = try ask(try fresh(query, left), query)
        answer = again.adding(answer)
        return try askingAgain(answer, query, since: start)
    }

    /// How often a query that Z3 gave up on is asked again, with other random choices, each time with a part of what it may spend.
    private static let seeds = 3
    private static let partOfLimit = 4

    /// Where Z3 gives up, it has mostly gone astray: with other random choices it may take a tenth (decisions/0022).
    private func askingAgain(
        _ answer: SolverAnswer, _ query: SolverQuery, since start: ContinuousClock.Instant
    ) throws(SolverError) -> SolverAnswer {
        var answer = answer
        if query.isFirstTry { return answer }
        for seed in 1...Self.seeds {
            guard case .unknown = answer.satisfiability else { return answer }
            let left = query.timeoutMilliseconds - Int(start.duration(to: clock.now) / .milliseconds(1))
            guard left > 0 else { return answer }
            // To Z3, 0 is no limit.
            let limit = max(1, query.resourceLimit / Self.partOfLimit)
            let solver = try Z3Solver(
                resourceLimit: limit, timeoutMilliseconds: left, seed: seed + self.seed * (Self.seeds + 1))
            answer = try ask(solver, query, limit: limit).adding(answer)
        }
        return answer
    }

    /// Which part of what a query may spend is spent on an answer that tells which assertions contradict each other. Most take a little more that
    /// way; some are out of reach, and are answered without, unless another query follows.
    private static let partForCore = 4

    /// Whether the query is first put so that its answer tells which assertions contradict each other, and then, if need be, without.
    private func keepsAccount(_ query: SolverQuery) -> Bool {
        query.wantsCore && !query.isFirstTry
    }

    private func ask(
        _ solver: Z3Solver, _ query: SolverQuery, onStack: Bool = false, limit: Int? = nil
    ) throws(SolverError) -> SolverAnswer {
        let limit = limit ?? query.resourceLimit
        func answer(wantsCore: Bool, _ limit: Int) throws(SolverError) -> SolverAnswer {
            let (satisfiability, core) = try solver.check(
                query.assertions, name: query.name, resourceLimit: limit, readsModel: query.readsModel,
                wantsCore: wantsCore)
            return counted(satisfiability, core, solver)
        }
        if onStack {
            let satisfiability = try solver.checkOnStack(
                query.assertions, name: query.name, resourceLimit: limit, readsModel: query.readsModel)
            var result = counted(satisfiability, nil, solver)
            guard query.wantsCore, case .unsatisfiable = satisfiability else { return result }
            // On a stack, keeping account costs all questions twice their time, and few have this answer.
            let again = try answer(wantsCore: true, max(10_000, 2 * result.resourceCount))
            result.core = again.core
            result.seconds += again.seconds
            return result
        }
        guard keepsAccount(query) else { return try answer(wantsCore: query.wantsCore, limit) }
        let first = try answer(wantsCore: true, max(1, limit / Self.partForCore))
        guard case .unknown = first.satisfiability else { return first }
        return try answer(wantsCore: false, limit).adding(first)
    }

    private func counted(_ satisfiability: Satisfiability, _ core: [Int]?, _ solver: Z3Solver) -> SolverAnswer {
        let spent = solver.takeStatistics().last
        return SolverAnswer(
            satisfiability, seconds: spent?.seconds ?? 0, resourceCount: spent?.resourceCount ?? 0, core: core)
    }

    private func fresh(_ query: SolverQuery, _ timeout: Int) throws(SolverError) -> Z3Solver {
        try Z3Solver(
            resourceLimit: query.resourceLimit, timeoutMilliseconds: timeout, seed: seed * (Self.seeds + 1))
    }

    private func sharedSolver(_ timeout: Int) throws(SolverError) -> Z3Solver {
        if let shared, sharedTimeout == timeout { return shared }
        let solver = try Z3Solver(timeoutMilliseconds: timeout, seed: seed * (Self.seeds + 1))
        shared = solver
        sharedTimeout = timeout
        return solver
    }
}

/// Random numbers that a seed decides (SplitMix64: Steele, Lea and Flood 2014).
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
