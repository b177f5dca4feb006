import Foundation
import Logic
import PacketFormat
import SMT
import SymbolicExecution

/// Hands obligations to solvers, several at a time.
///
/// All terms are built before the solvers start, and no answer depends on what a solver was asked before: verdicts and counterexamples do not
/// depend on how many there are and which is faster.
final class Discharger {
    struct Budget: Sendable {
        /// Z3's deterministic count of work per query.
        var resourceLimit = 4_000_000
        /// The same for a first try with the few assumptions closest to the goal.
        var neighbourLimit = 100_000
        /// The hard stop per query.
        var timeoutMilliseconds = 60_000
    }

    private let budget: Budget
    private let pool: any SolverPool
    private(set) var work = SolverWork()
    /// Answers from earlier runs.
    private let store: QueryStore?

    /// - Parameters:
    ///   - jobs: how many solvers work at the same time.
    ///   - worker: how a solver's process is started. Nil: the solvers work in this process.
    ///   - store: what earlier runs were answered.
    init(jobs: Int, budget: Budget, worker: WorkerCommand? = nil, store: QueryStore? = nil) {
        self.store = store
        self.budget = budget
        pool = if let worker { SolverProcesses(command: worker, jobs: jobs) } else { SolverThreads(jobs: jobs) }
    }

    /// The outcomes, in the order of the obligations.
    ///
    /// Each obligation is tried in three encodings: first what speaks of the same as its goal, with packet bytes unrelated to one another; then all
    /// that it is connected to; then everything.
    func discharge(_ obligations: [Obligation]) -> [Discharge] {
        var outcomes: [Discharge] = Array(repeating: .proved, count: obligations.count)
        var open: [Int] = []
        for index in obligations.indices where !obligations[index].isTrivial {
            if let answer = store?.answer(for: obligations[index]) {
                outcomes[index] = answer
                work.addStored()
                continue
            }
            open.append(index)
        }
        // What follows from the assumptions next to the goal does not hang on the others: not on what was decided elsewhere.
        let asked = open
        var slices: [Int: Obligation] = [:]
        if let store {
            open = open.filter { index in
                guard let slice = slice(obligations[index]) else { return true }
                if case .proved = store.answer(for: slice) {
                    work.addStored()
                    return false
                }
                slices[index] = slice
                return true
            }
        }
        for _ in open { work.addObligation() }
        let stages: [(encode: (Obligation) -> [Term], suffix: String, resourceLimit: Int?)] = [
            (neighbours, " (neighbours)", budget.neighbourLimit), (abstracted, " (abstract)", nil),
            (withoutArrays, "", nil),
        ]
        for (encode, suffix, resourceLimit) in stages {
            let asked = resourceLimit == nil ? open : open.filter { obligations[$0].definitions == nil }
            let skipped = resourceLimit == nil ? [] : open.filter { obligations[$0].definitions != nil }
            let queries = asked.map { index in
                Query(
                    subject: obligations[index].subject + suffix, place: obligations[index].place,
                    assertions: encode(obligations[index]),
                    resourceLimit: resourceLimit)
            }
            open = skipped
            for (index, answer) in zip(asked, remembered(queries)) {
                switch answer {
                case .unsatisfiable: outcomes[index] = .proved
                case .satisfiable: outcomes[index] = .counterexample
                case .unknown(let reason): outcomes[index] = .unknown(reason: reason)
                }
                if outcomes[index].isProved {
                    if resourceLimit != nil, let slice = slices[index] { store?.remember(.proved, for: slice) }
                    continue
                }
                if resourceLimit != nil {
                    open.append(index)
                    continue
                }
                if obligations[index].definitions == nil {
                    open.append(index)
                } else {
                    // Bits and sums in one query keep the solver busy for minutes, to no end: a trace is found sooner.
                    outcomes[index] = .unknown(reason: "it does not follow from what the checksum functions compute")
                }
            }
            open.sort()
        }
        for index in asked { store?.remember(outcomes[index], for: obligations[index]) }
        return outcomes
    }

    /// Writes down what solvers have answered.
    func save() { store?.save() }

    /// Questions that were answered "no": rounds of an induction repeat many of them.
    private var unsatisfiable: Set<Set<Term>> = []

    private func remembered(_ queries: [Query]) -> [Satisfiability] {
        let keys = queries.map { Set($0.assertions) }
        let open = queries.indices.filter { !unsatisfiable.contains(keys[$0]) }
        var answers = [Satisfiability](repeating: .unsatisfiable, count: queries.count)
        for (index, answer) in zip(open, solve(open.map { queries[$0] })) {
            answers[index] = answer
            if case .unsatisfiable = answer { unsatisfiable.insert(keys[index]) }
        }
        return answers
    }

    private var abstraction = Discharger.newAbstraction()

    private func abstracted(_ obligation: Obligation) -> [Term] {
        guard let definitions = obligation.definitions else {
            return abstracted(obligation.assumptions, obligation.goal) ?? []
        }
        // The assumptions decide beforehand what they can, such as which stores a read sees; after that they are not needed.
        var plain = Discharger.newAbstraction()
        let facts = KnownFacts(obligation.assumptions.compactMap { plain.eliminate($0) })
        var informed = Discharger.newAbstraction(decide: facts.decide)
        guard var goal = informed.eliminate(obligation.goal) else { return [] }
        for definition in definitions.reversed() {
            guard let term = informed.eliminate(definition.term), let value = informed.eliminate(definition.value)
            else { return [] }
            var substitution = Substitution([term: value])
            goal = substitution.apply(goal)
        }
        return [!goal]
    }

    private static func newAbstraction(decide: @escaping (Term) -> Bool? = { _ in nil }) -> ArrayElimination {
        ArrayElimination(forgottenArrays: [InputVariables.bytes], forgetsConversions: true, decide: decide)
    }

    private func neighbours(_ obligation: Obligation) -> [Term] {
        guard let (assumptions, goal) = rewritten(obligation.assumptions, obligation.goal) else { return [] }
        return withRanges(RelevanceSlice.neighbours(assumptions, goal: goal) + [goal])
    }

    private func abstracted(_ assumptions: [Term], _ goal: Term) -> [Term]? {
        guard let (assumptions, goal) = rewritten(assumptions, goal) else { return nil }
        return withRanges(RelevanceSlice.slice(assumptions, goal: goal) + [goal])
    }

    /// The obligation with only those assumptions that ``neighbours(_:)`` uses.
    private func slice(_ obligation: Obligation) -> Obligation? {
        guard obligation.definitions == nil, let goal = abstraction.eliminate(!obligation.goal) else { return nil }
        var parts: [(assumption: Term, rewritten: [Term])] = []
        for assumption in obligation.assumptions {
            guard let term = abstraction.eliminate(assumption) else { return nil }
            parts.append((assumption, term.operation == .and ? term.arguments : [term]))
        }
        let kept = Set(RelevanceSlice.neighbours(parts.flatMap(\.rewritten), goal: goal))
        return Obligation(
            subject: obligation.subject, place: obligation.place,
            assumptions: parts.filter { !kept.isDisjoint(with: $0.rewritten) }.map(\.assumption), goal: obligation.goal)
    }

    /// The assumptions and the negated goal in the abstract encoding.
    private func rewritten(_ assumptions: [Term], _ goal: Term) -> (assumptions: [Term], goal: Term)? {
        guard let goal = abstraction.eliminate(!goal) else { return nil }
        var result: [Term] = []
        for assumption in assumptions {
            guard let term = abstraction.eliminate(assumption) else { return nil }
            if term.operation == .and { result += term.arguments } else { result.append(term) }
        }
        return (result, goal)
    }

    private func withRanges(_ terms: [Term]) -> [Term] {
        var ranges: [Term] = []
        Term.forEachSubterm(of: terms) { if let range = abstraction.range(of: $0) { ranges.append(range) } }
        return terms + ranges
    }

    private func withoutArrays(_ obligation: Obligation) -> [Term] {
        withoutArrays(obligation.assumptions + [!obligation.goal])
    }

    private var elimination = ArrayElimination()

    /// The same question without arrays and tuples, for queries whose models nobody reads.
    private func withoutArrays(_ assertions: [Term]) -> [Term] {
        var result: [Term] = []
        for assertion in assertions {
            guard let rewritten = elimination.eliminate(assertion) else {
                elimination = ArrayElimination()
                return assertions
            }
            result.append(rewritten)
        }
        return result
    }

    struct Query: Sendable {
        /// What it is about, and in which encoding.
        let subject: String
        /// Which of the many about this.
        var place = ""
        let assertions: [Term]
        /// Instead of the budget's.
        var resourceLimit: Int?
        /// Whether the model is looked at.
        var readsModel = false

        var name: String { place.isEmpty ? subject : "\(subject), \(place)" }
    }

    /// The answers, in the order of the queries.
    func solve(_ queries: [Query]) -> [Satisfiability] {
        var answers = queries.map { _ in SolverAnswer(.unsatisfiable) }
        let open = queries.indices.filter { !queries[$0].assertions.contains(where: \.isFalse) }
        let asked = open.map { index in
            SolverQuery(
                name: queries[index].name, assertions: queries[index].assertions,
                resourceLimit: queries[index].resourceLimit ?? budget.resourceLimit,
                timeoutMilliseconds: budget.timeoutMilliseconds, readsModel: queries[index].readsModel,
                isFirstTry: queries[index].resourceLimit != nil)
        }
        for (index, answer) in zip(open, pool.answers(to: asked)) { answers[index] = answer }
        for (query, answer) in zip(queries, answers) {
            work.add(query, seconds: answer.seconds, steps: answer.resourceCount)
        }
        return answers.map(\.satisfiability)
    }

    /// How often that was in doubt.
    private(set) var doubts = 0

    /// Whether the assertions can hold together; in doubt, yes.
    func isFeasible(_ assertions: [Term]) -> Bool {
        if assertions.contains(where: \.isFalse) { return false }
        switch satisfiability(of: assertions, subject: "feasible", place: "") {
        case .unsatisfiable: return false
        case .satisfiable: return true
        case .unknown:
            doubts += 1
            return true
        }
    }

    /// Whether the assertions can hold together. Nobody looks at the model.
    func satisfiability(of assertions: [Term], subject: String, place: String) -> Satisfiability {
        if let isSatisfiable = store?.isFeasible(assertions) {
            work.addStored()
            return isSatisfiable ? .satisfiable(Model(assignment: [:])) : .unsatisfiable
        }
        let answer = ask(Query(subject: subject, place: place, assertions: withoutArrays(assertions)))
        switch answer {
        case .satisfiable: store?.remember(isFeasible: true, assertions)
        case .unsatisfiable: store?.remember(isFeasible: false, assertions)
        case .unknown: break
        }
        return answer
    }

    /// The answer to one.
    func ask(_ query: Query) -> Satisfiability {
        solve([query])[0]
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
