import Logic
import SMT
import SpecLanguage
import SymbolicExecution

/// Looks for a real trace in which what counts for one key, from one step to another, is more than the bound admits.
struct RateSearch {
    let verification: MiddleboxVerification
    let name: String
    let rate: RateProperty

    struct Result {
        let found: TraceSearch.Found
        /// The sum against the bound.
        let text: String
    }

    /// Most packets in a trace.
    private let depth = 6
    /// Most questions to solvers.
    static let budget = 240
    /// The same before more is tried to prove the claim: what is wrong mostly shows at once.
    static let firstBudget = 60
    /// The search along some ways ends after so many questions that the solver gave up on: further ones are no easier.
    private static let giveUpLimit = 3

    private struct Way {
        let step: MiddleboxVerification.Step
        /// Nil where it only changes the state.
        let count: RateCount?
    }

    private enum Answer {
        case found(Result)
        case impossible
        case unknown
    }

    /// A trace, and what has counted at its steps.
    private struct Trace {
        var prefix: TraceSearch.Prefix
        /// By the number of the step.
        var counted: [(step: Int, now: Term, value: Term)] = []
    }

    private var key: [Term] { RateMonitor.key(rate.keyWidths) }
    private var bound: RateProperty.Bound { rate.bound(verification.stateBefore) }

    private var ways: [Way] {
        verification.singleHappenings.flatMap { step -> [Way] in
            let count = RateCount(rate.contributions(step.context), key: key)
            let isCounted = step.facts.decide(count.isCounted)
            var result: [Way] = []
            if isCounted != false { result.append(Way(step: step, count: count)) }
            if isCounted != true, step.path.state != verification.before { result.append(Way(step: step, count: nil)) }
            return result
        }
    }

    /// A short one: first of packets that all count, then of others that change the state as well. Control operations, where there are any,
    /// are the most likely to break what packets keep.
    func find(budget: Int) -> Result? {
        let ways = ways
        let counting = ways.filter { $0.count != nil }
        if counting.isEmpty { return nil }
        var queries = 0
        let hasOperations = ways.contains { $0.step.path.operation != nil }
        if hasOperations {
            let likely = counting + ways.filter { $0.step.path.operation != nil }
            if let found = find(likely, deepest: 3, budget / 2, &queries) { return found }
        }
        if let found = find(counting, deepest: depth, queries + budget / 2, &queries) { return found }
        return counting.count < ways.count ? find(ways, deepest: 4, queries + budget / 2, &queries) : nil
    }

    private func find(_ ways: [Way], deepest: Int, _ budget: Int, _ queries: inout Int) -> Result? {
        var traces = [Trace(prefix: TraceSearch.Prefix(state: .initial(verification.model)))]
        var givenUp = 0
        for _ in 0..<deepest {
            var next: [Trace] = []
            for trace in traces {
                for way in ways {
                    guard queries < budget, givenUp < Self.giveUpLimit else { return nil }
                    let extended = extend(trace, by: way)
                    if way.count != nil {
                        queries += 1
                        switch breaking(extended) {
                        case .found(let result): return result
                        case .impossible: break
                        case .unknown: givenUp += 1
                        }
                    }
                    queries += 1
                    if verification.discharger.isFeasible(extended.prefix.conditions.assertions) {
                        next.append(extended)
                    }
                }
            }
            traces = next
        }
        return nil
    }

    private func extend(_ trace: Trace, by way: Way) -> Trace {
        var result = trace
        let path = way.step.path
        var substitution = verification.traceSearch.append(
            &result.prefix, knowledge: path.knowledge, outputs: path.outputs, state: path.state, trace: path.trace,
            extra: way.count.map { [$0.isCounted] } ?? [], operation: path.operation)
        if let count = way.count, let last = result.prefix.steps.last {
            result.counted.append(
                (step: result.prefix.steps.count - 1, now: last.now, value: substitution.apply(count.value)))
        }
        return result
    }

    /// The trace, if what counts up to its last step, from some step on, is too much.
    private func breaking(_ trace: Trace) -> Answer {
        guard let last = trace.counted.last else { return .impossible }
        let intervals = trace.counted.indices.map { first in
            (
                first: trace.counted[first],
                sum: Term.sum(trace.counted[first...].map(\.value) + [.integer(0)])
            )
        }
        let bound = bound
        var conditions = trace.prefix.conditions
        conditions.assertions.append(
            .or(intervals.map { !bound.admits($0.sum, over: last.now - $0.first.now, isStrict: rate.isStrict) }))
        let model: SMT.Model
        switch verification.traceSearch.solver.solve(name, conditions) {
        case .satisfiable(let found): model = found
        case .unsatisfiable: return .impossible
        case .unknown: return .unknown
        }
        var evaluator = model.evaluator
        func number(_ term: Term) -> Int128? { (try? evaluator.evaluate(term))?.integer }
        for interval in intervals {
            let elapsed = last.now - interval.first.now
            guard
                let isKept = try? evaluator.evaluate(
                    bound.admits(interval.sum, over: elapsed, isStrict: rate.isStrict)),
                isKept == .boolean(false), let sum = number(interval.sum), let length = number(elapsed),
                let constant = number(bound.constant), let slope = number(bound.slope)
            else { continue }
            let (packets, first) = (trace.prefix.steps.count, interval.first.step + 1)
            let word = trace.prefix.steps.contains { $0.operation != nil } ? "step" : "packet"
            let place = first == packets ? "\(word) \(packets)" : "\(word)s \(first) to \(packets)"
            let text =
                "\(rate.conjunctText): \(sum) in \(place), within \(StatePrinter.seconds(length)), where "
                + "\(constant) + \(slope) * elapsed is \(Self.most(constant, slope, length))"
            return .found(Result(found: TraceSearch.Found(steps: trace.prefix.steps, model: model), text: text))
        }
        return .unknown
    }

    /// The bound, rounded down to thousandths.
    private static func most(_ constant: Int128, _ slope: Int128, _ nanoseconds: Int128) -> String {
        let (product, overflows) = slope.multipliedReportingOverflow(by: nanoseconds)
        guard !overflows, product >= 0, constant >= 0 else { return "less" }
        let thousandths = product / 1_000_000
        let (whole, rest) = thousandths.quotientAndRemainder(dividingBy: 1_000)
        if rest == 0 { return "\(constant + whole)" }
        let digits = String(rest)
        return "\(constant + whole).\(String(repeating: "0", count: 3 - digits.count))\(digits)"
    }
}
