import Diagnostics
import Logic
import PacketFormat
import SpecLanguage
import SymbolicExecution

/// A claim about two runs of one step: for each pair of ways through the middlebox.
///
/// What is the same in both runs is the same term, so that most pairs are found impossible, and most of what is claimed true, without a
/// solver. What the runtime leaves open (which index a pool hands out, whether a map is full) may come out differently in the two runs, but
/// for pools that are in one state in both.
struct IndependenceProof {
    struct Failure {
        let pair: Pair
        let conjunct: Conjunct
        let reason: String
        let isUnknown: Bool
        /// Whether it is about two single ways: a search can start from it.
        var isOnSingleWays = true
    }

    struct Result {
        var failures: [Failure] = []
        var obligations = 0
        /// Whether some step meets the premise: then so do two runs of it that do not differ.
        var witness = Witness.impossible
    }

    /// Two ways whose runs may meet the premise and not agree.
    struct Pair {
        let first: ProgramPath
        /// In the variables of the first run, like any path.
        let second: ProgramPath
        /// That the first run meets the premise, with the packet that leaves.
        let premise: Term
        /// That the second run does, in the variables of the first.
        let secondPremise: Term
        let relation: RunRelation
        /// What is claimed, in the variables of both.
        let claim: Term
    }

    /// A way of the second run.
    private struct Second {
        let path: ProgramPath
        /// The rest is in its own variables.
        let own: ProgramPath
        let context: LoweringContext
        let premise: Term
        let ownConditions: [Term]
    }

    private struct Task {
        let pair: Int
        let conjunct: Conjunct
        let obligation: Obligation
    }

    let verification: MiddleboxVerification
    let invariants: [InvariantProperty]
    let name: String
    let property: IndependenceProperty

    private var second: SecondRun { SecondRun(verification.model) }

    func run() -> Result {
        let steps = verification.steps(about: objects)
        var result = run(steps)
        if !result.failures.isEmpty, !steps.isExact {
            let single = run(verification.singleSteps)
            if verification.exactComposition != nil || !single.failures.isEmpty {
                result = single
            } else {
                for index in result.failures.indices { result.failures[index].isOnSingleWays = false }
            }
        }
        result.witness =
            StepProof(verification: verification, invariants: invariants, steps: steps).run(name, property.step)
            .witness
        return result
    }

    // MARK: The second run

    private func seconds(_ steps: MiddleboxVerification.Steps) -> [Second] {
        steps.all.compactMap { step in
            let premise = property.premise(step.context)
            if step.facts.decide(premise) == false { return nil }
            var renaming = second.renaming(step.path.terms + verification.facts + [premise])
            let own = step.path.mapTerms { renaming.apply($0) }
            let conditions = (verification.facts + own.knowledge.conditions + [premise]).map { renaming.apply($0) }
            return Second(
                path: step.path, own: own, context: context(of: own, KnownFacts(conditions)), premise: premise,
                ownConditions: conditions.flatMap(\.conjuncts))
        }
    }

    private var stateBefore: StateTerms {
        let before = StateTerms.symbolic(verification.model)
        var renaming = second.renaming(before.terms)
        return before.mapTerms { renaming.apply($0) }
    }

    private func context(of path: ProgramPath, _ facts: KnownFacts) -> LoweringContext {
        let now = second.marked(InputVariables.now)
        let model = verification.model
        var context = verification.context(
            before: TermStateView(model: model, terms: stateBefore, now: now),
            after: TermStateView(model: model, terms: path.state, now: now), now: now, path: path, facts: facts)
        context.input = SymbolicPacket(
            bytes: second.marked(InputVariables.bytes), length: second.marked(InputVariables.length), facts: facts)
        context.ingress = second.marked(InputVariables.port)
        return context
    }

    /// The state objects that the property speaks of.
    private var objects: Set<String> {
        let output = Output(
            bytes: .variable("output::bytes", InputVariables.bytes.sort),
            length: .variable("output::length", InputVariables.length.sort),
            port: .variable("output::port", InputVariables.port.sort))
        let path = ProgramPath(
            knowledge: Knowledge(), end: .finished, outputs: [output], isDropped: true,
            state: verification.anyState, conditionsAtLastStateChange: 0, trace: [])
        let context = verification.step(along: path).context
        let number = property.concernsOutput ? 0 : nil
        let view = RunView(context, output: number)
        // Two runs that are one would agree on everything before it is said.
        var renaming = second.renaming(path.terms)
        let other = RunView(self.context(of: path.mapTerms { renaming.apply($0) }, .none), output: number)
        var terms = [property.premise(context)] + property.agreements(view.context, other.context).map(\.formula)
        if property.concernsOutput {
            terms.append(property.outputPremise(context, output: 0))
            terms += property.outputAgreements(view, other).map(\.formula)
        }
        terms += property.differences.objects.flatMap { $0.keys(context).flatMap { [$0.condition, $0.key] } }
        return verification.objects(in: terms)
    }

    // MARK: Pairs

    private func run(_ steps: MiddleboxVerification.Steps) -> Result {
        let seconds = seconds(steps)
        var pairs: [(pair: Pair, state: StateTerms, now: Term)] = []
        var tasks: [Task] = []
        for (number, step) in steps.all.enumerated() {
            let premise = property.premise(step.context)
            if step.facts.decide(premise) == false { continue }
            for output in property.subjects(in: step.context) {
                let whole = premise && (output.map { property.outputPremise(step.context, output: $0) } ?? .true)
                if step.facts.decide(whole) == false { continue }
                let facts = knowingHeaders(step, whole)
                var translation = RunTranslation(
                    property.differences, first: step.context, facts: facts, model: verification.model, second: second)
                var state: StateTerms?
                for (place, other) in seconds.enumerated() {
                    guard let known = translation.conditions(other.ownConditions, other.own, step.path) else {
                        continue
                    }
                    let claims = property.claims(RunView(step.context, output: output), other.context)
                    var results = translation.sharedResults(of: other.own, with: step.path)
                    let open = claims.compactMap { claim -> (conjunct: Conjunct, goal: Term)? in
                        let goal = results.apply(translation.apply(claim.formula))
                        return facts.decide(goal) == true ? nil : (claim, goal)
                    }
                    if open.isEmpty { continue }
                    let before = state ?? stateBefore.mapTerms { translation.apply($0) }
                    state = before
                    let assumptions =
                        verification.facts + step.path.knowledge.conditions + [whole] + known
                        + translation.openConditions(of: known + open.map(\.goal))
                    for (conjunct, goal) in open {
                        tasks.append(
                            Task(
                                pair: pairs.count, conjunct: conjunct,
                                obligation: Obligation(
                                    subject: name, place: "paths \(number), \(place)/\(pairs.count)",
                                    assumptions: assumptions
                                        + translation.checksums(other.own, step.path, for: [goal]),
                                    goal: goal, location: step.path.lastLocation)))
                    }
                    pairs.append(
                        (
                            Pair(
                                first: step.path, second: other.path, premise: whole, secondPremise: other.premise,
                                relation: translation.relation, claim: .and(claims.map(\.formula))), before,
                            translation.relation.now
                        ))
                }
            }
        }
        return discharge(tasks, pairs, isLast: steps.isExact)
    }

    /// What is known of the first run, with the headers that its packet has: they tell where fields and payload are. That the packet is long
    /// enough for a header follows from several comparisons, which takes a solver.
    private func knowingHeaders(_ step: MiddleboxVerification.Step, _ premise: Term) -> KnownFacts {
        let facts = step.facts.adding([premise])
        guard property.differences.payload || !property.differences.fields.isEmpty else { return facts }
        let packet = SymbolicPacket(bytes: InputVariables.bytes, length: InputVariables.length, facts: facts)
        let open = Header.allCases.map { facts.simplify(packet.presence(of: $0)) }.filter { !$0.isConstant }
        let known = verification.facts + step.path.knowledge.conditions + [premise]
        let answers = verification.discharger.areFeasible(open.flatMap { [known + [$0], known + [!$0]] })
        let learned = open.enumerated().compactMap { number, presence -> Term? in
            if !answers[2 * number] { return !presence }
            return answers[2 * number + 1] ? nil : presence
        }
        return learned.isEmpty ? facts : facts.adding(learned)
    }

    /// - Parameter isLast: false where single ways are looked at next if anything fails: then the rest is not asked.
    private func discharge(
        _ tasks: [Task], _ pairs: [(pair: Pair, state: StateTerms, now: Term)], isLast: Bool
    ) -> Result {
        var result = Result()
        result.obligations = tasks.count
        let places = Dictionary(
            tasks.map { ($0.obligation.place, $0.pair) }, uniquingKeysWith: { first, _ in first })
        // Most pairs have the second run's state in common.
        var caches: [StateTerms: InstanceCache] = [:]
        let outcomes = verification.discharger.discharge(tasks.map(\.obligation), untilFailure: !isLast) { plain in
            guard let place = places[plain.place] else { return plain }
            let first = verification.strengthened(plain, by: invariants)
            // Of the second run's state, too.
            let context = verification.context(of: pairs[place].state, now: pairs[place].now)
            let cache = caches[pairs[place].state] ?? InstanceCache()
            caches[pairs[place].state] = cache
            let instances = Instantiation(keys: verification.occurringKeys, cache: cache).instances(
                of: invariants, in: context, seeds: first.assumptions + [first.goal])
            return Obligation(
                subject: first.subject, place: first.place, assumptions: first.assumptions + instances,
                goal: first.goal,
                location: first.location)
        }
        for (task, outcome) in zip(tasks, outcomes) {
            let reason: String
            switch outcome {
            case .proved: continue
            case .counterexample: reason = "two runs from states that could not be ruled out break it"
            case .unknown(let why): reason = "the solver gave up (\(why))"
            }
            result.failures.append(
                Failure(
                    pair: pairs[task.pair].pair, conjunct: task.conjunct, reason: reason, isUnknown: outcome.isUnknown))
        }
        return result
    }

    // MARK: Refutation

    /// Pairs of steps that break the claim.
    func targets(_ failures: [Failure]) -> [TraceSearch.RunsTarget] {
        func target(_ path: ProgramPath, _ premise: Term) -> TraceSearch.Target {
            TraceSearch.Target(
                name: name, knowledge: path.knowledge, outputs: path.outputs, state: path.state, trace: path.trace,
                goal: !premise)
        }
        var seen: Set<[Term]> = []
        return failures.filter(\.isOnSingleWays).compactMap { failure in
            let pair = failure.pair
            let key = [Term.and(pair.first.knowledge.conditions), .and(pair.second.knowledge.conditions), pair.claim]
            guard seen.insert(key).inserted else { return nil }
            return TraceSearch.RunsTarget(
                first: target(pair.first, pair.premise), second: target(pair.second, pair.secondPremise),
                claim: pair.claim, relation: pair.relation, differences: property.differences)
        }
    }
}

/// From what is said of the second run to what that says of the first and of what differs.
private struct RunTranslation {
    let relation: RunRelation
    private let shared: SharedState
    private let facts: KnownFacts
    private var substitution: Substitution
    /// Of headers, where the payload differs.
    private var reads = Substitution([:])
    private var known: [Term: Term] = [:]
    private var done: [Term: Term] = [:]

    init(
        _ differences: Differences, first: LoweringContext, facts: KnownFacts, model: StateModel, second: SecondRun
    ) {
        relation = RunRelation(differences, first: first, facts: facts, second: second)
        shared = SharedState(relation, differences, model: model, facts: facts, second: second)
        self.facts = facts
        substitution = Substitution(shared.replacements, decide: facts.decide)
    }

    mutating func apply(_ term: Term) -> Term {
        let translated = substitution.apply(term)
        guard relation.payload != nil else { return translated }
        if let result = done[translated] { return result }
        var result = translated
        // Where a header is read may be told by a header itself: that one is replaced first.
        while true {
            let found = relation.sharedHeaders(readIn: [result], facts: facts).reads
            if found.contains(where: { known[$0.key] == nil }) {
                known.merge(found) { first, _ in first }
                reads = Substitution(known)
            }
            let next = reads.apply(result)
            if next == result { break }
            result = next
        }
        done[translated] = result
        return result
    }

    /// What is known of the second run, but for what the first says already; nil if they contradict each other.
    mutating func conditions(
        _ conditions: [Term], _ own: ProgramPath, _ first: ProgramPath
    ) -> [Term]? {
        var result: [Term] = []
        for condition in conditions {
            let translated = apply(condition)
            switch facts.decide(translated) {
            case true?: continue
            case false?: return nil
            case nil: result.append(translated)
            }
        }
        var results = sharedResults(of: own, with: first)
        result = result.map { results.apply($0) }
        if result.contains(where: { facts.decide($0) == false }) { return nil }
        let consistent = allocations(own, first).map { results.apply($0) }
        if consistent.contains(where: { facts.decide($0) == false }) { return nil }
        return result + consistent + shared.conditions
    }

    /// For reads of the second run's bytes that the facts leave open.
    func openConditions(of terms: [Term]) -> [Term] { relation.sharedHeaders(readIn: terms, facts: facts).conditions }

    /// A pool that is in one state in both runs hands out one index, if it is asked for the same; a map that is in one state has room in both or in
    /// neither.
    private mutating func allocations(_ own: ProgramPath, _ first: ProgramPath) -> [Term] {
        let others = own.knowledge.exact.map { fact in fact.mapTerms { apply($0) } }
        return first.knowledge.exact.flatMap { fact in
            others.compactMap { other -> Term? in
                switch (fact, other) {
                case (
                    .firstFree(let d, let l, let f, let c, let r, let n),
                    .firstFree(let d2, let l2, let f2, let c2, let r2, let n2)
                ) where d == d2:
                    return .implies(
                        .and([.equal(l, l2), .equal(f, f2), .equal(c, c2), .equal(n, n2)]), .equal(r, r2))
                case (.firstFree(let d, _, let f, let c, _, let n), .allAllocated(let d2, let f2, let c2, let n2))
                where d == d2,
                    (.allAllocated(let d, let f, let c, let n), .firstFree(let d2, _, let f2, let c2, _, let n2))
                where d == d2:
                    return !Term.and([.equal(f, f2), .equal(c, c2), .equal(n, n2)])
                case (.full(let d, _, let n), .hasRoom(let d2, let key, let n2)) where d == d2,
                    (.hasRoom(let d, let key, let n), .full(let d2, _, let n2)) where d == d2:
                    return .implies(.equal(n, n2), .less(n, .select(d, key)))
                default: return nil
                }
            }
        }
    }

    /// What the runtime's functions return that were called for the same in both runs: the first run's results.
    mutating func sharedResults(of own: ProgramPath, with first: ProgramPath) -> Substitution {
        var replacements: [Term: Term] = [:]
        var results = Substitution([:])
        for fact in own.knowledge.exact {
            guard case .firstFree(let deadline, let last, let start, let count, let result, let now) = fact else {
                continue
            }
            let asked = [deadline, last, start, count, now].map { results.apply(apply($0)) }
            for case .firstFree(let d, let l, let f, let c, let found, let n) in first.knowledge.exact
            where asked == [d, l, f, c, n] {
                let translated = apply(result)
                if translated.variableName != nil {
                    replacements[translated] = found
                } else if translated.operation == .concatenate, found.operation == .concatenate,
                    translated.arguments[0] == found.arguments[0], translated.arguments[1].variableName != nil,
                    translated.arguments[1].sort == found.arguments[1].sort
                {
                    // Only the lower half is new.
                    replacements[translated.arguments[1]] = found.arguments[1]
                }
                results = Substitution(replacements)
            }
        }
        for update in own.knowledge.arithmetic {
            let translated = update.mapTerms { results.apply(apply($0)) }
            guard
                let same = first.knowledge.arithmetic.first(where: {
                    $0.old == translated.old && $0.before == translated.before && $0.after == translated.after
                })
            else { continue }
            replacements[translated.high] = same.high
            replacements[translated.low] = same.low
            replacements[translated.rounds] = same.rounds
            results = Substitution(replacements)
        }
        return results
    }

    /// What is known of the results of the checksum functions that the goals speak of.
    mutating func checksums(_ own: ProgramPath, _ first: ProgramPath, for goals: [Term]) -> [Term] {
        let computed = first.knowledge.arithmetic + own.knowledge.arithmetic
        if computed.isEmpty { return [] }
        let defined = Set(computed.flatMap(\.defined))
        let variables = Set(goals.flatMap(\.freeVariables))
        guard variables.contains(where: defined.contains) else { return [] }
        var results = sharedResults(of: own, with: first)
        let second = own.knowledge.arithmetic.map { update in update.mapTerms { results.apply(apply($0)) } }
        let needed = ChecksumUpdate.needed(for: variables, among: first.knowledge.arithmetic + second)
        return needed.flatMap { [$0.formula, $0.representative] }
    }
}
