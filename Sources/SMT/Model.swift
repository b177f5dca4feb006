import Logic

/// Values for the variables and functions of a satisfiable query. A plain value: it outlives the solver that found it.
public struct Model: Sendable {
    /// The variables of the query, as terms.
    public let assignment: [Term: Value]
    /// The uninterpreted functions of the query, by name.
    public let functions: [String: FunctionInterpretation]

    public init(assignment: [Term: Value], functions: [String: FunctionInterpretation] = [:]) {
        self.assignment = assignment
        self.functions = functions
    }

    /// An evaluator under this model: cheaper than `value(of:)` for many terms that share parts. What the query did not mention is zero.
    public var evaluator: Evaluator {
        Evaluator(assignment: assignment, functions: functions, completion: .zero)
    }

    /// The value of a term. Variables and functions that the query did not mention are zero.
    public func value(of term: Term) throws(EvaluationError) -> Value {
        var evaluator = evaluator
        return try evaluator.evaluate(term)
    }
}
