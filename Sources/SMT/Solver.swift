import Logic

/// What a solver found out about a conjunction.
public enum Satisfiability: Sendable {
    case satisfiable(Model)
    case unsatisfiable
    /// Neither: the reason is the solver's own words.
    case unknown(reason: String)
}

/// Decides conjunctions of Boolean terms.
///
/// A query has a name, under which it appears in the statistics. `check` stands alone; the other functions share a stack of assertions,
/// for exploration that goes deeper and comes back.
public protocol Solver: AnyObject {
    /// Decides the conjunction, whatever is on the stack.
    func check(_ assertions: [Term], name: String) throws(SolverError) -> Satisfiability

    /// Remembers the stack of assertions as it is.
    func push() throws(SolverError)

    /// Takes back what was asserted since the last `push` that was not yet taken back.
    func pop() throws(SolverError)

    /// Puts a Boolean term on the stack.
    func assert(_ term: Term) throws(SolverError)

    /// Decides the conjunction of all that is on the stack.
    func checkSatisfiability(name: String) throws(SolverError) -> Satisfiability

    /// One entry per query, in order.
    var statistics: [QueryStatistics] { get }
}

/// What one query cost.
public struct QueryStatistics: Hashable, Sendable {
    /// How a query ended, without the model.
    public enum Outcome: String, Hashable, Sendable {
        case satisfiable, unsatisfiable, unknown
    }

    public let name: String
    public let outcome: Outcome
    /// Wall time of translation, search and reading the model.
    public let seconds: Double
    /// Z3's deterministic count of work in the search: the same in every run that asks the same queries in the same order.
    public let resourceCount: Int

    public init(name: String, outcome: Outcome, seconds: Double, resourceCount: Int) {
        self.name = name
        self.outcome = outcome
        self.seconds = seconds
        self.resourceCount = resourceCount
    }
}

/// Why a query could not be put or its answer not be read.
public enum SolverError: Error, Hashable, Sendable {
    /// Z3 refused a call, in its own words.
    case rejected(call: String, message: String)
    /// A term that was asserted is not Boolean.
    case notBoolean(Sort)
    /// Two tuple sorts of one name with different fields.
    case inconsistentTupleSort(name: String)
    /// Two uses of one uninterpreted function with different argument or result sorts.
    case inconsistentFunction(name: String)
    /// Part of a model that has no counterpart among values.
    case unreadableModel(expression: String, sort: Sort)
    /// A term is nested deeper than Z3 can take.
    case tooDeep(limit: Int)
    /// More `pop` than `push`.
    case emptyStack
}

extension SolverError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .rejected(let call, let message): "Z3 refused \(call): \(message)"
        case .notBoolean(let sort): "a term of sort \(sort) was asserted"
        case .inconsistentTupleSort(let name): "tuple sort \(name) is used with different fields"
        case .inconsistentFunction(let name): "function \(name) is used with different sorts"
        case .unreadableModel(let expression, let sort): "Z3's model has \(expression) for a value of sort \(sort)"
        case .tooDeep(let limit): "a term is nested more than \(limit) deep"
        case .emptyStack: "pop without push"
        }
    }
}
