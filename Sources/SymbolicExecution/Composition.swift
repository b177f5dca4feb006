import Dataflow
import Diagnostics
import Logic
import MiddleboxIR

/// One way of a packet through the whole middlebox: element paths joined at their hand-offs, written in the variables of the packet
/// that came in and of the state before it.
public struct ProgramPath: Sendable {
    public enum End: Sendable {
        case finished
        case unknown(reason: String, location: SourceLocation?)
    }

    /// The input functions that the packet passed, in order.
    public let inputs: [String]
    public let knowledge: Knowledge
    public let end: End
    public let outputs: [Output]
    public let isDropped: Bool
    public let state: StateTerms
    /// How many of the conditions had been decided when the state was last changed.
    public let conditionsAtLastStateChange: Int
    public let trace: [TraceEntry]
}

/// The checks of one element in one context: what is known of the packets that come to it along one way.
public struct CheckGroup: Sendable {
    public let function: String
    /// What the way to the element has decided.
    public let context: Knowledge
    /// Each with all it knows, the context included.
    public let checks: [Check]
}

/// All ways through a middlebox.
public struct Composition: Sendable {
    public let paths: [ProgramPath]
    public let checkGroups: [CheckGroup]
    /// Summaries in the order in which they were needed.
    public let summaries: [ElementSummary]
    /// How long each summary took, by input function.
    public let summarySeconds: [(name: String, seconds: Double)]

    public init(
        paths: [ProgramPath] = [], checkGroups: [CheckGroup] = [], summaries: [ElementSummary] = [],
        summarySeconds: [(name: String, seconds: Double)] = []
    ) {
        self.paths = paths
        self.checkGroups = checkGroups
        self.summaries = summaries
        self.summarySeconds = summarySeconds
    }
}

/// Executes each element once and joins the summaries along the graph.
public final class Composer {
    private struct Context {
        var inputs: [String] = []
        var knowledge = Knowledge()
        var bytes = InputVariables.bytes
        var state: StateTerms
        var conditionsAtLastStateChange = 0
        var trace: [TraceEntry] = []
    }

    private struct SummaryKey: Hashable {
        let function: String
        let shapes: [ArgumentShape]
    }

    private let program: Program
    private let model: StateModel
    private let executor: Executor
    private let oracle: Executor.FeasibilityOracle

    private var summaries: [SummaryKey: ElementSummary] = [:]
    private var order: [ElementSummary] = []
    private var summarySeconds: [(name: String, seconds: Double)] = []
    private var paths: [ProgramPath] = []
    private var checkGroups: [CheckGroup] = []

    public init(
        program: Program, graph: ElementGraph, model: StateModel, limits: Executor.Limits = .init(),
        oracle: @escaping Executor.FeasibilityOracle
    ) {
        self.program = program
        self.model = model
        self.oracle = oracle
        executor = Executor(program: program, graph: graph, model: model, limits: limits, oracle: oracle)
    }

    /// All ways from the entry point on.
    public func composition(assuming facts: [Term]) -> Composition {
        var context = Context(state: .symbolic(model))
        context.knowledge.conditions = facts
        follow(Program.entryPoint, [.packet], [nil], context)
        return Composition(
            paths: paths, checkGroups: checkGroups, summaries: order, summarySeconds: summarySeconds)
    }

    private func summary(of function: Function, _ shapes: [ArgumentShape]) -> ElementSummary {
        let key = SummaryKey(function: function.name, shapes: shapes)
        if let summary = summaries[key] { return summary }
        let start = ContinuousClock.now
        let summary = executor.summary(of: function, shapes: shapes)
        let duration = (ContinuousClock.now - start).components
        summarySeconds.append(
            (function.name, Double(duration.seconds) + Double(duration.attoseconds) * 1e-18))
        summaries[key] = summary
        order.append(summary)
        return summary
    }

    private func follow(_ name: String, _ shapes: [ArgumentShape], _ arguments: [Term?], _ context: Context) {
        guard let function = program.function(name) else { return }
        // The graph has no cycles, so this is never long.
        let summary = summary(of: function, shapes)
        // What the way here has decided tells where many reads and stores lie.
        let facts = KnownFacts(context.knowledge.conditions)
        var substitution = Substitution(replacements(for: summary, arguments, context), decide: facts.decide)
        let checks = summary.checks.compactMap { check -> Check? in
            let knowledge = joined(context, facts, check.knowledge, &substitution)
            let claim = substitution.apply(check.claim)
            if claim.isTrue || knowledge.conditions.contains(.false) { return nil }
            return Check(
                kind: check.kind, location: check.location, message: check.message, knowledge: knowledge,
                claim: claim, trace: context.trace + check.trace)
        }
        checkGroups.append(CheckGroup(function: name, context: context.knowledge, checks: checks))
        for path in summary.paths {
            var next = context
            next.inputs.append(name)
            next.knowledge = joined(context, facts, path.knowledge, &substitution)
            if next.knowledge.conditions.contains(.false) { continue }
            if next.knowledge.conditions.count > context.knowledge.conditions.count,
                !oracle(next.knowledge.conditions)
            {
                continue
            }
            next.bytes = substitution.apply(path.bytes)
            next.state = path.state.mapTerms { substitution.apply($0) }
            next.trace += path.trace
            if next.state != context.state {
                // Conditions that were already known are not listed twice, so the count is that of the prefix after joining.
                let prefix = Knowledge(
                    conditions: Array(path.knowledge.conditions.prefix(path.conditionsAtLastStateChange)))
                next.conditionsAtLastStateChange = joined(context, facts, prefix, &substitution).conditions.count
            }
            switch path.end {
            case .finished, .unknown:
                paths.append(programPath(next, path, &substitution))
            case .handOff(let target, let shapes, let arguments):
                follow(target, shapes, arguments.map { $0.map { substitution.apply($0) } }, next)
            case .failedCheck: continue
            }
        }
    }

    private func programPath(
        _ context: Context, _ path: ElementPath, _ substitution: inout Substitution
    ) -> ProgramPath {
        let end: ProgramPath.End =
            if case .unknown(let reason, let location) = path.end {
                .unknown(reason: reason, location: location)
            } else {
                .finished
            }
        return ProgramPath(
            inputs: context.inputs, knowledge: context.knowledge, end: end,
            outputs: path.outputs.map {
                Output(
                    bytes: substitution.apply($0.bytes), length: substitution.apply($0.length),
                    port: substitution.apply($0.port))
            },
            isDropped: path.isDropped, state: context.state,
            conditionsAtLastStateChange: context.conditionsAtLastStateChange, trace: context.trace)
    }

    /// What is known at the end of a summary's part, on top of the context. Conditions that the context decides are left out, as are
    /// repeated ones.
    private func joined(
        _ context: Context, _ facts: KnownFacts, _ part: Knowledge, _ substitution: inout Substitution
    ) -> Knowledge {
        var result = context.knowledge
        var known = Set(result.conditions)
        func add(_ condition: Term) {
            for part in condition.conjuncts where known.insert(part).inserted {
                let decided = facts.decide(part)
                if decided == true { continue }
                result.conditions.append(decided == false || known.contains(!part) ? .false : part)
            }
        }
        for condition in part.conditions { add(substitution.apply(condition)) }
        let rest = Knowledge(arithmetic: part.arithmetic, exact: part.exact).mapTerms { substitution.apply($0) }
        result.arithmetic += rest.arithmetic
        result.exact += rest.exact
        return result
    }

    private func replacements(
        for summary: ElementSummary, _ arguments: [Term?], _ context: Context
    ) -> [Term: Term] {
        var replacements: [Term: Term] = [InputVariables.bytes: context.bytes]
        for (index, (shape, argument)) in zip(summary.shapes, arguments).enumerated() {
            guard let argument else { continue }
            let bits: Int =
                switch shape {
                case .integer(let bits): bits
                case .packetPointer: 64
                case .packet, .null: 0
                }
            if bits > 0 {
                replacements[InputVariables.argument(index, of: summary.function, bits: bits)] = argument
            }
        }
        for (variable, term) in zip(StateTerms.symbolic(model).terms, context.state.terms)
        where variable.variableName != nil {
            replacements[variable] = term
        }
        for variable in summary.freshVariables {
            guard let name = variable.variableName else { continue }
            replacements[variable] = .variable("\(name)@\(context.inputs.count)", variable.sort)
        }
        return replacements
    }
}
