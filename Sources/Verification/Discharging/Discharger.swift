import Diagnostics
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
        /// The same for what is only guessed.
        var guessLimit = 2_000_000
        /// The same of a guess that does not follow from all that the goal is connected to.
        var doubtfulGuessLimit = 500_000
        /// The hard stop per query.
        var timeoutMilliseconds = 60_000

        /// What a guess may take when there is a model against it in this encoding; nil: that says little. Lists that have been looked through
        /// seldom make the difference, and where they do, it takes little.
        fileprivate func limit(inDoubtAfter encoding: ObligationEncoder.Encoding) -> Int? {
            switch encoding {
            case .abstract: doubtfulGuessLimit
            case .concise: neighbourLimit
            case .numbers, .products, .neighbours, .whole: nil
            }
        }

        /// Where another encoding follows that may do better; nil: all that a query may take.
        ///
        /// - Parameter isFinal: whether the same is not asked again with more assumptions.
        fileprivate func limit(ofFirstTry encoding: ObligationEncoder.Encoding, isFinal: Bool) -> Int? {
            switch encoding {
            case .numbers, .neighbours: neighbourLimit
            case .products: guessLimit
            case .abstract: isFinal ? nil : guessLimit
            case .concise: doubtfulGuessLimit
            case .whole: nil
            }
        }
    }

    private let budget: Budget
    private let pool: any SolverPool
    /// Those that ask.
    let threads = CooperativeThreads()
    private(set) var work = SolverWork()
    private var encoder = ObligationEncoder()
    /// Answers from earlier runs.
    private let store: QueryStore?
    private var recorder: AnswerRecorder

    /// - Parameters:
    ///   - jobs: how many solvers work at the same time.
    ///   - worker: how a solver's process is started. Nil: the solvers work in this process.
    ///   - store: what earlier runs were answered.
    ///   - recorder: who is told of questions and answers.
    convenience init(
        jobs: Int, budget: Budget, worker: WorkerCommand? = nil, store: QueryStore? = nil,
        recorder: AnswerRecorder = AnswerRecorder()
    ) {
        let pool: any SolverPool =
            if let worker { SolverProcesses(command: worker, jobs: jobs) } else { SolverThreads(jobs: jobs) }
        self.init(pool: pool, budget: budget, store: store, recorder: recorder)
    }

    init(pool: any SolverPool, budget: Budget, store: QueryStore? = nil, recorder: AnswerRecorder = AnswerRecorder()) {
        self.pool = pool
        self.budget = budget
        self.store = store
        self.recorder = recorder
    }

    /// What a query may take that stands for hundreds.
    var limitOfManyInOne: Int { budget.resourceLimit > Int.max / 10 ? Int.max : budget.resourceLimit * 10 }

    /// Which property the questions are for that are asked from now on; nil: none in particular.
    func beginQuestions(for property: String?, at location: SourceLocation? = nil) {
        recorder.property = property.map { ($0, location) }
    }

    /// The outcomes, in the order of the obligations, first as they are, as most need no more; where that fails, strengthened.
    ///
    /// - Parameter untilFailure: whether one that is not proved is enough: what comes long after it is not asked, and so not proved.
    func discharge(
        _ obligations: [Obligation], untilFailure: Bool = false, else strengthened: (Obligation) -> Obligation
    ) -> [Discharge] {
        discharge(groups: obligations.map { [$0] }, untilFailure: untilFailure, else: strengthened).flatMap { $0 }
    }

    /// The same of obligations that are made when their turn comes: while solvers work on others.
    func discharge(
        count: Int, else strengthened: (Obligation) -> Obligation, _ obligation: (Int) -> Obligation
    ) -> [Discharge] {
        // What did not follow before the code was changed, and does so strengthened, is not tried first.
        var made = [Obligation?](repeating: nil, count: count)
        var outcomes = discharge(
            count: count, isFinal: false,
            isKnown: { [store] obligation in
                guard let store, store.hasEarlier,
                    case .proved = store.answer(for: strengthened(obligation))
                else { return false }
                return true
            }
        ) { index in
            let obligation = obligation(index)
            made[index] = obligation
            return obligation
        }
        let failed = outcomes.indices.filter { !outcomes[$0].isProved }
        let again = discharge(count: failed.count) { strengthened(made[failed[$0]] ?? obligation(failed[$0])) }
        for (index, outcome) in zip(failed, again) { outcomes[index] = outcome }
        return outcomes
    }

    /// The outcomes of obligations that have all but their goals in common, group by group: mostly one question answers for all of a group, and
    /// only where its answer is no are they asked one by one.
    ///
    /// - Parameter untilFailure: whether one that is not proved is enough, unless it is about sums, which are asked in another way next: what
    ///   comes long after it is not asked, and so not proved.
    func discharge(
        groups: [[Obligation]], untilFailure: Bool = false, else strengthened: (Obligation) -> Obligation
    ) -> [[Discharge]] {
        var outcomes = groups.map { group in
            group.map { _ in Discharge.unknown(reason: "after others like it, it was not asked") }
        }
        // So few that little is asked in vain, so many that there is work for all solvers.
        let size = untilFailure ? 16 : max(groups.count, 1)
        for start in stride(from: 0, to: groups.count, by: size) {
            let range = start..<min(start + size, groups.count)
            outcomes.replaceSubrange(range, with: dischargeAll(groups: Array(groups[range]), else: strengthened))
            let hasFailed = range.contains { index in
                zip(groups[index], outcomes[index]).contains { $0.definitions == nil && !$1.isProved }
            }
            if untilFailure, hasFailed { break }
        }
        return outcomes
    }

    private func dischargeAll(
        groups: [[Obligation]], else strengthened: (Obligation) -> Obligation
    ) -> [[Discharge]] {
        var outcomes = groups.map { group in group.map { _ in Discharge.unknown(reason: "nobody was asked") } }
        let joint = groups.indices.filter { groups[$0].count > 1 }
        let answers = discharge(count: joint.count, else: strengthened) { place in
            let group = groups[joint[place]]
            var obligation = group[0]
            obligation.goal = .and(group.map(\.goal))
            obligation.claim = .and(group.map { $0.claim ?? $0.goal })
            return obligation
        }
        for (index, answer) in zip(joint, answers) where answer.isProved {
            outcomes[index] = groups[index].map { _ in .proved }
        }
        let open =
            groups.indices.filter { groups[$0].count == 1 }
            + zip(joint, answers).filter { !$0.1.isProved }.map(\.0)
        let single = open.flatMap { index in groups[index].indices.map { (index, $0) } }
        let singly = discharge(count: single.count, else: strengthened) { groups[single[$0].0][single[$0].1] }
        for ((index, place), outcome) in zip(single, singly) { outcomes[index][place] = outcome }
        return outcomes
    }

    /// The outcomes, in the order of the obligations.
    func discharge(_ obligations: [Obligation]) -> [Discharge] {
        discharge(count: obligations.count) { obligations[$0] }
    }

    /// The outcomes, in the order of the obligations, each of which is made when its turn comes.
    ///
    /// Each obligation is tried in the encodings that it is meant for, one after the other: see `ObligationEncoder`.
    ///
    /// - Parameters:
    ///   - isFinal: false where what is not proved will be asked again with more assumptions, so that the last encoding, the most costly one, is
    ///     left out.
    ///   - isKnown: whether the goal is known to follow some other way, from earlier runs.
    func discharge(
        count: Int, isFinal: Bool = true, isKnown: (Obligation) -> Bool = { _ in false }, _ make: (Int) -> Obligation
    ) -> [Discharge] {
        struct Item {
            var obligation: Obligation?
            /// What nobody has looked at is not proved.
            var outcome = Discharge.unknown(reason: "nobody was asked")
            var core: [Term]?
            /// Whether solvers have a say in it.
            var isAsked = false
            /// What it may still take where it is a guess that there is a model against, in an encoding before the last.
            var limitInDoubt: Int?
        }
        var items = [Item](repeating: Item(), count: count)
        /// Makes the obligation; nil where no solver is needed.
        func begin(_ index: Int) -> Obligation? {
            let obligation = make(index)
            items[index].obligation = obligation
            if obligation.isTrivial {
                items[index].outcome = .proved
                recorder.noteSimplified(
                    obligation.question, subject: obligation.subject, place: obligation.place, at: obligation.location)
                return nil
            }
            let answer = store?.answer(for: obligation)
            if let answer, answer.isProved || !isKnown(obligation) {
                items[index].outcome = answer
                work.addStored()
                return nil
            }
            if isKnown(obligation) {
                items[index].outcome = .proved
                work.addStored()
                return nil
            }
            items[index].isAsked = true
            work.addObligation()
            return obligation
        }
        let first = ObligationEncoder.Encoding.allCases.first
        /// Puts them to the solvers in one of the encodings.
        ///
        /// - Returns: those that are still open.
        func ask(_ asked: [Int], _ encoding: ObligationEncoder.Encoding) -> [Int] {
            let resourceLimit = budget.limit(ofFirstTry: encoding, isFinal: isFinal)
            var origins: [Int: [Term: Term]] = [:]
            /// Those that this encoding is not for.
            var skipped: Set<Int> = []
            let answers = remembered(count: asked.count) { position in
                let index = asked[position]
                guard let obligation = encoding == first ? begin(index) : items[index].obligation else { return nil }
                let isForNumbers = encoder.isForNumbers(obligation)
                // Where bits are slow, they are tried only if it matters and numbers may not be all there is to it.
                let isForBits = !isForNumbers || isFinal && !obligation.isArithmetic && !obligation.isGuess
                let isMeant =
                    switch encoding {
                    case .numbers, .products: isForNumbers
                    case .neighbours: isForBits && obligation.definitions == nil
                    case .concise: isForBits && isFinal && obligation.definitions == nil && encoder.hasLists(obligation)
                    case .abstract, .whole: isForBits
                    }
                guard isMeant else {
                    skipped.insert(index)
                    return nil
                }
                let assertions = encoder.assertions(of: obligation, in: encoding)
                origins[position] = Dictionary(
                    assertions.compactMap { assertion in assertion.origin.map { (assertion.term, $0) } },
                    uniquingKeysWith: { first, _ in first })
                let limitInDoubt = encoding == .whole ? items[index].limitInDoubt : nil
                return Query(
                    subject: obligation.subject + encoding.suffix, place: obligation.place,
                    assertions: assertions.map(\.term),
                    resourceLimit: resourceLimit ?? limitInDoubt
                        ?? (obligation.isGuess || isForNumbers ? budget.guessLimit : nil),
                    isFirstTry: resourceLimit != nil || limitInDoubt != nil,
                    wantsCore: obligation.definitions == nil && !encoding.isInNumbers,
                    location: obligation.location, original: recorder.isListening ? obligation.question : nil,
                    isInNumbers: encoding.isInNumbers)
            }
            var open: [Int] = []
            for (position, index) in asked.enumerated() {
                if skipped.contains(index) { open.append(index) }
                guard let answer = answers[position] else { continue }
                switch answer.satisfiability {
                case .unsatisfiable:
                    items[index].outcome = .proved
                    items[index].core = answer.core.map { $0.compactMap { origins[position]?[$0] } }
                    continue
                case .satisfiable:
                    items[index].outcome = .counterexample
                    if items[index].obligation?.isGuess == true {
                        items[index].limitInDoubt = budget.limit(inDoubtAfter: encoding)
                    }
                case .unknown(let reason): items[index].outcome = .unknown(reason: reason)
                }
                if resourceLimit != nil || items[index].obligation?.definitions == nil {
                    open.append(index)
                } else {
                    // Bits and sums in one query keep the solver busy for minutes, to no end: a trace is found sooner.
                    items[index].outcome = .unknown(
                        reason: "it does not follow from what the checksum functions compute")
                }
            }
            return open
        }
        /// Puts what is left to the solvers as it is, a few at a time: a claim that they have given up on three times is not proved, and asking
        /// for the rest of it is the most costly thing there is.
        func askLast(_ open: [Int]) {
            var givenUp: [String: Int] = [:]
            for start in stride(from: 0, to: open.count, by: 16) {
                let batch = open[start..<min(start + 16, open.count)].filter { index in
                    guard let obligation = items[index].obligation, !obligation.isGuess,
                        givenUp[obligation.subject, default: 0] >= 3
                    else { return true }
                    items[index].outcome = .unknown(reason: "after others like it, it was not asked")
                    return false
                }
                _ = ask(batch, .whole)
                for index in batch {
                    if case .unknown = items[index].outcome, let subject = items[index].obligation?.subject {
                        givenUp[subject, default: 0] += 1
                    }
                }
            }
        }
        let open = ObligationEncoder.Encoding.allCases.dropLast().reduce(Array(0..<count)) { ask($0, $1) }
        if isFinal { askLast(open) }
        for item in items where item.isAsked && (isFinal || item.outcome.isProved) {
            if let obligation = item.obligation { store?.remember(item.outcome, for: obligation, core: item.core) }
        }
        return items.map(\.outcome)
    }

    /// Writes down what solvers have answered.
    ///
    /// - Parameter interval: not if it was done so recently. What is lost when the process is killed was soon found out.
    func save(atMostEvery interval: Duration = .zero) {
        let now = ContinuousClock.now
        if lastSave.duration(to: now) < interval { return }
        lastSave = now
        store?.save()
    }

    private var lastSave = ContinuousClock.now

    /// Questions that were answered "no", with what was enough for that: rounds of an induction repeat many of them.
    private var unsatisfiable: [Set<Term>: [Term]?] = [:]
    /// Questions that were answered "yes", with as much work as it may take: claims about the same things repeat them.
    private var satisfiable: Set<Set<Term>> = []
    /// What was found out of whether assertions can hold together: searches for different properties begin alike.
    private var feasible: [[Term]: Bool] = [:]
    private var recentModels = RecentModels()

    /// The answers to queries that are made when their turn comes; nil where there is none.
    private func remembered(
        count: Int, _ make: (Int) -> Query?
    ) -> [(satisfiability: Satisfiability, core: [Term]?)?] {
        var answers = [(satisfiability: Satisfiability, core: [Term]?)?](repeating: nil, count: count)
        var asked: [Int: (query: Query, key: Set<Term>)] = [:]
        let found = solve(count: count) { index in
            guard let query = make(index) else { return nil }
            let key = Set(query.assertions)
            if let core = unsatisfiable[key] {
                answers[index] = (.unsatisfiable, core)
                return nil
            }
            if satisfiable.contains(key) {
                answers[index] = (.satisfiable(Model(assignment: [:])), nil)
                return nil
            }
            asked[index] = (query, key)
            return query
        }
        for (index, answer) in found.enumerated() {
            guard let answer, let (query, key) = asked[index] else { continue }
            let core = answer.core.map { $0.map { query.assertions[$0] } }
            answers[index] = (answer.satisfiability, core)
            switch answer.satisfiability {
            case .unsatisfiable: unsatisfiable[key] = .some(core)
            case .satisfiable: satisfiable.insert(key)
            case .unknown: break
            }
        }
        return answers
    }

    struct Query: Sendable {
        /// What it is about, and in which encoding.
        let subject: String
        /// Which of the many about this.
        var place = ""
        let assertions: [Term]
        /// Instead of the budget's.
        var resourceLimit: Int?
        /// Whether another query follows where this one gets no answer.
        var isFirstTry = false
        /// Whether the model is looked at.
        var readsModel = false
        /// Whether it matters which assertions contradict each other.
        var wantsCore = false
        /// Whether any model will do.
        var takesAnyModel = false
        /// Where in the C code it comes from.
        var location: SourceLocation?
        /// What was asked before it was encoded, where that is another question.
        var original: [Term]?
        /// Whether it is that in integers.
        var isInNumbers = false

        var name: String { place.isEmpty ? subject : "\(subject), \(place)" }
    }

    /// The answers, in the order of the queries.
    func solve(_ queries: [Query]) -> [SolverAnswer] {
        solve(count: queries.count) { queries[$0] }.map {
            $0 ?? SolverAnswer(.unknown(reason: "the solver did not answer"))
        }
    }

    /// The answers to queries that are made when their turn comes; nil where there is none.
    private func solve(count: Int, _ make: (Int) -> Query?) -> [SolverAnswer?] {
        var queries = [Query?](repeating: nil, count: count)
        var answers = pool.answers(count: count, waiting: threads.giveWay) { index in
            guard let query = make(index) else { return nil }
            queries[index] = query
            if query.assertions.contains(where: \.isFalse) { return nil }
            return SolverQuery(
                name: query.name, assertions: query.assertions,
                resourceLimit: query.resourceLimit ?? budget.resourceLimit,
                timeoutMilliseconds: budget.timeoutMilliseconds, readsModel: query.readsModel,
                isFirstTry: query.isFirstTry, wantsCore: query.wantsCore, takesAnyModel: query.takesAnyModel,
                // Who is told of answers is told the same in every run, with any number of solvers.
                isAlone: recorder.isListening)
        }
        for (index, query) in queries.enumerated() {
            guard let query else { continue }
            let answer =
                answers[index]
                ?? (query.assertions.contains(where: \.isFalse)
                    ? SolverAnswer(.unsatisfiable) : SolverAnswer(.unknown(reason: "the solver did not answer")))
            answers[index] = answer
            recorder.note(query, answer.satisfiability)
            work.add(query, seconds: answer.seconds, steps: answer.resourceCount)
        }
        return answers
    }

    /// How often it was in doubt whether something is feasible.
    private(set) var doubts = 0

    /// Whether the assertions can hold together; in doubt, yes.
    ///
    /// - Parameter isShort: whether the answer only saves other questions, and is not worth more work than these.
    func isFeasible(_ assertions: [Term], isShort: Bool = false) -> Bool {
        areFeasible([assertions], isShort: isShort)[0]
    }

    /// For each list of assertions, whether they can hold together; in doubt, yes.
    func areFeasible(_ questions: [[Term]], isShort: Bool = false) -> [Bool] {
        satisfiability(ofEach: questions, subject: "feasible", place: "", isShort: isShort).map { answer in
            switch answer {
            case .unsatisfiable: return false
            case .satisfiable: return true
            case .unknown:
                doubts += 1
                return true
            }
        }
    }

    /// Whether the assertions can hold together. Nobody looks at the model.
    func satisfiability(of assertions: [Term], subject: String, place: String) -> Satisfiability {
        satisfiability(ofEach: [assertions], subject: subject, place: place)[0]
    }

    private func satisfiability(
        ofEach questions: [[Term]], subject: String, place: String, isShort: Bool = false
    ) -> [Satisfiability] {
        var answers = questions.map { _ in Satisfiability.unsatisfiable }
        var open: [Int] = []
        for (index, assertions) in questions.enumerated() {
            if assertions.contains(where: \.isFalse) {
                recorder.noteSimplified(assertions, subject: subject, place: place)
                continue
            }
            guard let known = isKnownFeasible(assertions) else {
                open.append(index)
                continue
            }
            work.addStored()
            if known { answers[index] = .satisfiable(Model(assignment: [:])) }
        }
        for index in open where encoder.areForNumbers(questions[index]) {
            answers[index] = satisfiabilityInNumbers(of: questions[index], subject: subject, place: place)
            if case .unsatisfiable = answers[index] { store?.remember(isFeasible: false, questions[index], core: nil) }
        }
        open.removeAll { encoder.areForNumbers(questions[$0]) }
        let queries = open.map { index in
            Query(
                subject: subject, place: place, assertions: encoder.withoutArrays(questions[index]),
                resourceLimit: isShort ? budget.doubtfulGuessLimit : nil, isFirstTry: isShort,
                readsModel: true, wantsCore: store != nil, takesAnyModel: true, original: questions[index])
        }
        for (index, answer) in zip(open, solve(queries)) {
            answers[index] = answer.satisfiability
            let assertions = questions[index]
            switch answer.satisfiability {
            case .satisfiable(let model):
                feasible[assertions] = true
                let model = restored(model, for: assertions)
                recentModels.insert(model)
                store?.remember(isFeasible: true, assertions)
                store?.remember(witness: model, of: assertions)
            case .unsatisfiable:
                feasible[assertions] = false
                store?.remember(isFeasible: false, assertions, core: answer.core.map { $0.map { assertions[$0] } })
            case .unknown: break
            }
        }
        return answers
    }

    /// Whether the assertions can hold together, asked of integers alone.
    private func satisfiabilityInNumbers(of assertions: [Term], subject: String, place: String) -> Satisfiability {
        let plain = encoder.withoutArrays(assertions)
        let linear = IntegerEncoding(plain, products: .linearized)
        func ask(_ encoding: IntegerEncoding, _ suffix: String) -> Satisfiability {
            self.ask(
                Query(
                    subject: subject + suffix, place: place, assertions: encoding.assertions,
                    resourceLimit: budget.guessLimit, takesAnyModel: true, original: assertions,
                    isInNumbers: true))
        }
        let answer = ask(linear, " (numbers)")
        if case .satisfiable = answer, !linear.isExact {
            let exact = IntegerEncoding(plain, products: .kept)
            let answer = ask(exact, " (products)")
            if case .satisfiable = answer, !exact.isExact {
                return .unknown(reason: "not all of the arithmetic was followed")
            }
            return answer
        }
        return answer
    }

    private func isKnownFeasible(_ assertions: [Term]) -> Bool? {
        if let known = feasible[assertions] { return known }
        if let known = store?.isFeasible(assertions) { return known }
        // Who listens is told all answers: what needs no solver is none.
        if recorder.isListening { return nil }
        guard recentModels.contain(modelOf: assertions) || store?.hasWitness(for: assertions) == true else {
            return nil
        }
        store?.remember(isFeasible: true, assertions)
        return true
    }

    /// The model of ``withoutArrays(_:)`` as one of the assertions themselves.
    private func restored(_ model: Model, for assertions: [Term]) -> Model {
        var assignment: [Term: Value] = [:]
        Term.forEachSubterm(of: assertions) { term in
            guard term.variableName != nil else { return }
            assignment[term] =
                model.assignment[term]
                ?? ArrayElimination.restored(term, assignment: model.assignment, functions: model.functions)
        }
        return Model(assignment: assignment, functions: model.functions)
    }

    /// The answer to one.
    func ask(_ query: Query) -> Satisfiability {
        solve([query])[0].satisfiability
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
