import CZ3
import Logic

/// Z3 behind `Solver`: one context, one thread.
///
/// Expressions, sorts and declarations are made once and serve all queries. A `check` gets a solver object of its own, so that its answer
/// does not hang on what was learned before; the stack has one for its life.
public final class Z3Solver: Solver {
    private let context: Z3Context
    private let sorts: Z3Sorts
    private let translation: Z3Translation
    private let parameters: Z3_params
    private let strategy: Strategy

    private let stackSolver: Z3_solver
    private var stack = Occurrences()
    private var marks: [Occurrences.Mark] = []
    /// One for each level, where the stack is that of ``checkOnStack(_:name:resourceLimit:readsModel:)``.
    private var stacked: [Term] = []

    private let clock = ContinuousClock()
    private var resourceCount: UInt32 = 0
    public private(set) var statistics: [QueryStatistics] = []

    /// Which of Z3's solvers answers.
    enum Strategy: Hashable {
        /// The incremental core alone, without tactics.
        case simple
        /// Z3's choice by what the query looks like.
        case general
        case logic(String)
    }

    /// - Parameters:
    ///   - resourceLimit: Z3's deterministic `rlimit`, for each query. Nil is no limit.
    ///   - timeoutMilliseconds: wall time for each query. Nil is no limit. Answers may differ from run to run if it is reached.
    ///   - seed: for Z3's random choices.
    public convenience init(
        resourceLimit: Int? = nil, timeoutMilliseconds: Int? = nil, seed: Int = 0
    ) throws(SolverError) {
        try self.init(
            resourceLimit: resourceLimit, timeoutMilliseconds: timeoutMilliseconds, seed: seed, strategy: .simple)
    }

    init(resourceLimit: Int?, timeoutMilliseconds: Int?, seed: Int, strategy: Strategy) throws(SolverError) {
        let context = try Z3Context()
        let parameters = try context.checked("Z3_mk_params", Z3_mk_params(context.pointer))
        Z3_params_inc_ref(context.pointer, parameters)
        let settings = [
            ("rlimit", resourceLimit), ("timeout", timeoutMilliseconds), ("random_seed", seed),
            // Terms without quantifiers, mostly bits with a little arithmetic: the older simplex and search that does not ask what is
            // relevant never took much longer, and often a tenth (decisions/0022).
            ("arith.solver", 2), ("relevancy", 0),
        ]
        for (name, value) in settings {
            guard let value else { continue }
            Z3_params_set_uint(context.pointer, parameters, try context.symbol(name), UInt32(clamping: value))
            try context.check("Z3_params_set_uint")
        }
        let sorts = Z3Sorts(context: context)
        self.context = context
        self.sorts = sorts
        // Signals are the program's business: Z3 would take an interrupt for its own, answer "unknown", and nobody else would hear of it.
        Z3_params_set_bool(context.pointer, parameters, try context.symbol("ctrl_c"), false)
        try context.check("Z3_params_set_bool")
        self.parameters = parameters
        self.strategy = strategy
        translation = Z3Translation(context: context, sorts: sorts)
        stackSolver = try Z3Solver.makeSolver(context, parameters, strategy)
    }

    deinit {
        Z3_solver_dec_ref(context.pointer, stackSolver)
        Z3_params_dec_ref(context.pointer, parameters)
    }

    private static func makeSolver(
        _ context: Z3Context, _ parameters: Z3_params, _ strategy: Strategy
    ) throws(SolverError) -> Z3_solver {
        let made =
            switch strategy {
            case .simple: Z3_mk_simple_solver(context.pointer)
            case .general: Z3_mk_solver(context.pointer)
            case .logic(let name): Z3_mk_solver_for_logic(context.pointer, try context.symbol(name))
            }
        let solver = try context.checked("Z3_mk_solver", made)
        Z3_solver_inc_ref(context.pointer, solver)
        Z3_solver_set_params(context.pointer, solver, parameters)
        try context.check("Z3_solver_set_params")
        return solver
    }

    /// The statistics so far, which are forgotten: for solvers that live long.
    func takeStatistics() -> [QueryStatistics] {
        defer { statistics.removeAll(keepingCapacity: true) }
        return statistics
    }

    // MARK: One query

    public func check(_ assertions: [Term], name: String) throws(SolverError) -> Satisfiability {
        try check(assertions, name: name, resourceLimit: nil, readsModel: true)
    }

    /// Decides the conjunction, whatever is on the stack.
    ///
    /// - Parameters:
    ///   - resourceLimit: for this query, instead of the solver's own.
    ///   - readsModel: whether anybody wants the values. The model is empty otherwise.
    public func check(
        _ assertions: [Term], name: String, resourceLimit: Int?, readsModel: Bool
    ) throws(SolverError) -> Satisfiability {
        try check(assertions, name: name, resourceLimit: resourceLimit, readsModel: readsModel, wantsCore: false)
            .satisfiability
    }

    /// The same, and which of the assertions contradict each other: their places. Not the fewest; nil where nobody wants them, and where they do
    /// not.
    func check(
        _ assertions: [Term], name: String, resourceLimit: Int?, readsModel: Bool, wantsCore: Bool
    ) throws(SolverError) -> (satisfiability: Satisfiability, core: [Int]?) {
        let start = clock.now
        let solver = try limitedSolver(resourceLimit)
        defer { Z3_solver_dec_ref(context.pointer, solver) }
        var occurrences = Occurrences()
        for (place, assertion) in assertions.enumerated() {
            if wantsCore {
                try assert(assertion, on: solver, at: place)
            } else {
                try assert(assertion, on: solver)
            }
            if readsModel { occurrences.insert(assertion) }
        }
        // True of themselves, and so never part of the reason.
        for lemma in OrderLemmas.of(assertions) { try assert(lemma, on: solver) }
        let satisfiability = try decide(solver, occurrences, name: name, start: start)
        return (satisfiability, wantsCore ? try core(of: solver, satisfiability) : nil)
    }

    /// Decides the conjunction on the stack, from which only what is not wanted any more is taken: paths through code begin alike, and so do the
    /// questions about them. What is found may hang on what was asked before, if there are several models, or none is found within the limit.
    func checkOnStack(
        _ assertions: [Term], name: String, resourceLimit: Int, readsModel: Bool
    ) throws(SolverError) -> Satisfiability {
        let start = clock.now
        let common = zip(assertions, stacked).prefix { $0 == $1 }.count
        while stacked.count > common {
            try pop()
            stacked.removeLast()
        }
        for assertion in assertions[common...] {
            try push()
            stacked.append(assertion)
            try assert(assertion)
        }
        try setLimit(resourceLimit, of: stackSolver)
        return try decide(stackSolver, readsModel ? stack : Occurrences(), name: name, start: start)
    }

    // MARK: What contradicts each other

    /// The names of the places of assertions.
    private var marksOfPlaces: [Z3_ast] = []
    private var placesOfMarks: [Z3_ast: Int] = [:]

    /// Asserts a term so that the solver keeps account of what it does with it.
    private func assert(_ term: Term, on solver: Z3_solver, at place: Int) throws(SolverError) {
        guard term.sort == .boolean else { throw .notBoolean(term.sort) }
        while marksOfPlaces.count <= place {
            let symbol = try context.symbol("assertion!\(marksOfPlaces.count)")
            let mark = try context.kept("a name", Z3_mk_const(context.pointer, symbol, try sorts.sort(.boolean)))
            placesOfMarks[mark] = marksOfPlaces.count
            marksOfPlaces.append(mark)
        }
        Z3_solver_assert_and_track(
            context.pointer, solver, try translation.expression(of: term), marksOfPlaces[place])
        try context.check("Z3_solver_assert_and_track")
    }

    private func core(of solver: Z3_solver, _ satisfiability: Satisfiability) throws(SolverError) -> [Int]? {
        guard case .unsatisfiable = satisfiability else { return nil }
        let core = try context.checked("Z3_solver_get_unsat_core", Z3_solver_get_unsat_core(context.pointer, solver))
        Z3_ast_vector_inc_ref(context.pointer, core)
        defer { Z3_ast_vector_dec_ref(context.pointer, core) }
        var result: [Int] = []
        for position in 0..<Z3_ast_vector_size(context.pointer, core) {
            guard let mark = Z3_ast_vector_get(context.pointer, core, position), let place = placesOfMarks[mark] else {
                return nil
            }
            result.append(place)
        }
        return result.sorted()
    }

    private func limitedSolver(_ resourceLimit: Int?) throws(SolverError) -> Z3_solver {
        let solver = try Z3Solver.makeSolver(context, parameters, strategy)
        if let resourceLimit { try setLimit(resourceLimit, of: solver) }
        return solver
    }

    private func setLimit(_ resourceLimit: Int, of solver: Z3_solver) throws(SolverError) {
        let limits = try context.checked("Z3_mk_params", Z3_mk_params(context.pointer))
        Z3_params_inc_ref(context.pointer, limits)
        defer { Z3_params_dec_ref(context.pointer, limits) }
        Z3_params_set_uint(context.pointer, limits, try context.symbol("rlimit"), UInt32(clamping: resourceLimit))
        Z3_solver_set_params(context.pointer, solver, limits)
        try context.check("Z3_solver_set_params")
    }

    /// Decides a script in SMT-LIB's language, as `SMTLIBPrinter` writes it: declarations, definitions and assertions count,
    /// other commands do not.
    ///
    /// - Parameter variables: what the model of a satisfiable script is to give values of, by the names that the script uses.
    public func check(
        script: String, variables: [Term] = [], name: String
    ) throws(SolverError) -> Satisfiability {
        let start = clock.now
        let solver = try Z3Solver.makeSolver(context, parameters, strategy)
        defer { Z3_solver_dec_ref(context.pointer, solver) }
        let parsed = Z3_parse_smtlib2_string(context.pointer, script, 0, nil, nil, 0, nil, nil)
        let assertions = try context.checked("Z3_parse_smtlib2_string", parsed)
        Z3_ast_vector_inc_ref(context.pointer, assertions)
        defer { Z3_ast_vector_dec_ref(context.pointer, assertions) }
        for position in 0..<Z3_ast_vector_size(context.pointer, assertions) {
            Z3_solver_assert(context.pointer, solver, Z3_ast_vector_get(context.pointer, assertions, position))
            try context.check("Z3_solver_assert")
        }
        var occurrences = Occurrences()
        for variable in variables { occurrences.insert(variable) }
        return try decide(solver, occurrences, name: name, start: start)
    }

    // MARK: The stack

    public func push() throws(SolverError) {
        Z3_solver_push(context.pointer, stackSolver)
        try context.check("Z3_solver_push")
        marks.append(stack.mark)
    }

    public func pop() throws(SolverError) {
        guard let mark = marks.popLast() else { throw .emptyStack }
        stack.remove(to: mark)
        Z3_solver_pop(context.pointer, stackSolver, 1)
        try context.check("Z3_solver_pop")
    }

    public func assert(_ term: Term) throws(SolverError) {
        try assert(term, on: stackSolver)
        stack.insert(term)
    }

    public func checkSatisfiability(name: String) throws(SolverError) -> Satisfiability {
        try decide(stackSolver, stack, name: name, start: clock.now)
    }

    // MARK: Common to all

    private func assert(_ term: Term, on solver: Z3_solver) throws(SolverError) {
        guard term.sort == .boolean else { throw .notBoolean(term.sort) }
        Z3_solver_assert(context.pointer, solver, try translation.expression(of: term))
        try context.check("Z3_solver_assert")
    }

    private func decide(
        _ solver: Z3_solver, _ occurrences: Occurrences, name: String, start: ContinuousClock.Instant
    ) throws(SolverError) -> Satisfiability {
        let answer = Z3_solver_check(context.pointer, solver)
        try context.check("Z3_solver_check")
        let spent = try takeResourceCount(of: solver)
        let outcome: QueryStatistics.Outcome
        let result: Satisfiability
        switch answer {
        case Z3_L_TRUE:
            let model = try context.checked("Z3_solver_get_model", Z3_solver_get_model(context.pointer, solver))
            var reader = Z3ModelReader(model: model, context: context, sorts: sorts)
            outcome = .satisfiable
            result = .satisfiable(try reader.read(occurrences, translation: translation))
        case Z3_L_FALSE:
            outcome = .unsatisfiable
            result = .unsatisfiable
        default:
            let reason = Z3_solver_get_reason_unknown(context.pointer, solver).map { String(cString: $0) }
            outcome = .unknown
            result = .unknown(reason: reason ?? "no reason given")
        }
        let duration = start.duration(to: clock.now) / .seconds(1)
        statistics.append(QueryStatistics(name: name, outcome: outcome, seconds: duration, resourceCount: spent))
        return result
    }

    /// What was spent since the last query: Z3 counts over the life of the context.
    private func takeResourceCount(of solver: Z3_solver) throws(SolverError) -> Int {
        let pointer = context.pointer
        let entries = try context.checked("Z3_solver_get_statistics", Z3_solver_get_statistics(pointer, solver))
        Z3_stats_inc_ref(pointer, entries)
        defer { Z3_stats_dec_ref(pointer, entries) }
        // The count stands near the end of the list.
        for position in (0..<Z3_stats_size(pointer, entries)).reversed() {
            guard let key = Z3_stats_get_key(pointer, entries, position), String(cString: key) == "rlimit count",
                Z3_stats_is_uint(pointer, entries, position)
            else { continue }
            let total = Z3_stats_get_uint_value(pointer, entries, position)
            defer { resourceCount = total }
            return Int(total &- resourceCount)
        }
        return 0
    }
}
