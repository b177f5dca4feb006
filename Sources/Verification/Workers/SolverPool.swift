import SMT

/// Answers batches of solver queries.
protocol SolverPool: AnyObject {
    /// The answers, in the order of the queries.
    ///
    /// - Parameters:
    ///   - waiting: is told when there is nothing to do but to wait, and by what: meanwhile others may ask.
    ///   - query: makes each query when its turn comes, in order: while solvers work on others. Nil where there is nothing to ask.
    func answers(
        count: Int, waiting: (_ wait: () -> Void) -> Void, query: (Int) -> SolverQuery?
    ) -> [SolverAnswer?]
}

extension SolverPool {
    /// The answers, in the order of the queries.
    func answers(to queries: [SolverQuery]) -> [SolverAnswer] {
        answers(count: queries.count, waiting: { $0() }) { queries[$0] }.map {
            $0 ?? SolverAnswer(.unknown(reason: "the solver did not answer"))
        }
    }
}

/// How a process that answers solver queries is started: it runs a `SolverServer` on its standard input and output.
public struct WorkerCommand: Hashable, Sendable {
    /// The path of the executable.
    public var executable: String
    /// Without the executable's name.
    public var arguments: [String]

    public init(executable: String, arguments: [String] = []) {
        self.executable = executable
        self.arguments = arguments
    }
}
