import Diagnostics
import Logic
import SpecLanguage
import SymbolicExecution

/// A claim about two steps: the middlebox together with a monitor that remembers one step, any one.
///
/// What holds of the state while a step is remembered is looked for among the property's candidates: those that no step breaks, nor the
/// passing of time, are kept (Houdini). With them, and the invariants of the spec, the claim must follow on every way.
struct HistoryProof {
    /// The monitor's state.
    private struct Memory {
        var hasHappened: Term
        var time: Term
    }

    let verification: MiddleboxVerification
    let invariants: [InvariantProperty]
    let name: String
    let history: HistoryProperty
    /// What candidates say before a step.
    private let cache = InstanceCache()

    /// - Parameter history: shares its monitor with all claims of the spec about the same first step.
    init(
        verification: MiddleboxVerification, invariants: [InvariantProperty], name: String, history: HistoryProperty
    ) {
        self.verification = verification
        self.invariants = invariants
        self.name = name
        let others = (verification.spec?.properties ?? []).compactMap { property -> HistoryProperty? in
            guard case .history(let other) = property.form, other.direction == history.direction,
                other.memory == history.memory
            else { return nil }
            return other
        }
        self.history = history.sharingMonitor(with: others)
    }

    /// Begins the names of the monitor's variables. Claims that compare the same things meet the same obligations, which need be proved once.
    private static let monitor = "monitor"

    private var before: Memory {
        Memory(
            hasHappened: .variable("\(Self.monitor).happened", .boolean),
            time: .variable("\(Self.monitor).time", .integer))
    }

    /// What is remembered of the step, in words of the spec.
    var remembered: [(text: String, term: Term)] {
        history.words(of: Remembered(name: name, time: before.time))
    }

    // MARK: The monitor

    private func context(_ context: LoweringContext, _ memory: Memory) -> LoweringContext {
        var context = context
        context.remembered = Remembered(name: Self.monitor, time: memory.time)
        return context
    }

    /// That a step fits a pattern, with one of the packets that leave.
    private func fits(
        _ pattern: StepProperty, _ context: LoweringContext, and further: (Int?) -> Term = { _ in .true }
    ) -> Term {
        guard pattern.isAbout(context) else { return .false }
        let outputs = pattern.subjects(in: context)
        return .or(outputs.map { pattern.premise(context, output: $0) && further($0) })
    }

    /// That the step is the first of the two, with what is remembered of it.
    func happens(_ context: LoweringContext) -> Term {
        fits(history.event, context) { output in
            history.direction == .later ? history.observed(context, output: output) : .true
        }
    }

    /// Along a step of which it is known whether it is the first.
    private func after(_ isFirst: Bool, _ context: LoweringContext) -> Memory {
        if isFirst { return Memory(hasHappened: .true, time: context.now) }
        let isForgotten = history.unless.map { fits($0, context) } ?? .false
        return Memory(hasHappened: before.hasHappened && !isForgotten, time: before.time)
    }

    /// What is claimed of the second step: for each packet that leaves, the premise and the conjuncts.
    func claims(_ context: LoweringContext, hasHappened: Term) -> [(premise: Term, conjunct: Conjunct)] {
        guard history.check.isAbout(context) else { return [] }
        let outputs = history.check.subjects(in: context)
        return outputs.flatMap { output -> [(premise: Term, conjunct: Conjunct)] in
            let premise = history.check.premise(context, output: output)
            switch history.direction {
            case .later:
                let isDue = Term.and([premise, hasHappened, history.isFresh(context)] + history.known(context))
                return history.check.conclusions(context, output: output).map { (isDue, $0) }
            case .earlier:
                return [
                    (premise && history.observed(context, output: output), history.conclusion(hasHappened: hasHappened))
                ]
            }
        }
    }

    // MARK: Candidates

    /// The candidate in the state that the context has after it.
    private func holds(
        _ candidate: HistoryCandidate, _ context: LoweringContext, _ memory: Memory, _ keys: [Term]
    ) -> Term {
        let body = candidate.body(context, bindings: keys)
        switch history.direction {
        case .later: return .implies(memory.hasHappened && history.isFresh(context), body)
        case .earlier: return .implies(body, memory.hasHappened)
        }
    }

    /// - Parameter number: of the candidate among all: names that stay when others are dropped let answers stand.
    private func keys(of candidate: HistoryCandidate, _ number: Int) -> [Term] {
        candidate.variables.map { .variable("\(Self.monitor).\(number).\($0.name)", $0.sort) }
    }

    /// What is known of candidates before a step: at the keys that the terms mention, and at further ones.
    ///
    /// - Parameter context: of the state before, at this time or that.
    private func instances(
        of candidates: [HistoryCandidate], _ context: LoweringContext, for terms: [Term], at further: [Term]
    ) -> [Term] {
        let known = verification.occurringKeys.keys(in: terms)
        return candidates.flatMap { candidate -> [Term] in
            guard let variable = candidate.variables.first else { return [holds(candidate, context, before, [])] }
            var keys = known[variable.collection] ?? []
            for key in further where key.sort == variable.sort && !keys.contains(key) { keys.append(key) }
            let table = cache.table(of: candidate.text, at: context.now)
            return keys.map { key in table.instance(at: [key]) { holds(candidate, context, before, [key]) } }
        }
    }

    /// Time has passed since what is remembered.
    private func memoryFacts(at now: Term) -> [Term] {
        let remembered = context(verification.entryContext, before)
        return [.lessOrEqual(.integer(0), before.time), .lessOrEqual(before.time, now)]
            + history.known(remembered).map { .implies(before.hasHappened, $0) }
    }

    /// Whether the step is the first one, as far as that is not decided: the facts that go with it.
    private func ways(_ step: MiddleboxVerification.Step, _ context: LoweringContext) -> [(isFirst: Bool, fact: Term)] {
        let happens = happens(context)
        if let isFirst = step.facts.decide(happens) { return [(isFirst, .true)] }
        return [(true, happens), (false, !happens)]
    }

    /// A step, as the first one of the two or as another.
    private typealias Way = (place: Int, step: MiddleboxVerification.Step, isFirst: Bool, fact: Term)

    /// - Parameters:
    ///   - standing: by their numbers among all.
    ///   - all: ways of the steps: the same in every round. What groups there are, and by which names, is not: it hangs on what stands.
    ///   - usesGroups: whether steps that the monitor does not take note of are looked at in groups that change the state alike.
    private func sites(
        _ standing: [(offset: Int, element: HistoryCandidate)], _ all: [Way], usesGroups: Bool
    ) -> [InductionSite] {
        let now = InputVariables.now
        let past = context(verification.context(of: verification.before, now: now), before)
        let earlier = Term.variable("earlier", .integer)
        let passing = context(verification.context(of: verification.before, now: earlier), before)
        let start = Memory(hasHappened: .false, time: .integer(0))
        let initial = context(verification.context(of: verification.initialState, now: now), start)
        let keys = standing.map { self.keys(of: $0.element, $0.offset) }
        var sites: [InductionSite] = []
        /// All candidates after something, each with the other keys that it is about.
        func add(
            _ place: String, _ facts: [Term], _ after: LoweringContext, _ memory: Memory, before: LoweringContext,
            isTelling: Bool = false, at location: SourceLocation? = nil
        ) {
            let claims = standing.enumerated().compactMap { number, candidate -> InductionSite.Claim? in
                let goal = holds(candidate.element, after, memory, keys[number])
                return goal.isTrue ? nil : .init(candidate: number, goal: goal, conjunct: nil)
            }
            if claims.isEmpty { return }
            var site = InductionSite(place: place, claims: claims) { claims in
                let goal = Term.and(claims.map(\.goal))
                let known = instances(
                    of: standing.map(\.element), before, for: facts + [goal], at: claims.flatMap { keys[$0.candidate] })
                var obligation = Obligation(
                    subject: "\(name): remembered", place: place, assumptions: verification.facts + facts + known,
                    goal: goal)
                obligation.isGuess = true
                obligation.location = location
                return obligation
            }
            site.isTelling = isTelling
            sites.append(site)
        }
        add("initially", [], initial, start, before: past)
        add(
            "over time",
            [.lessOrEqual(.integer(0), earlier), .lessOrEqual(earlier, now)] + memoryFacts(at: earlier), past, before,
            before: passing)
        func addSteps(_ ways: [Way]) {
            for (place, step, isFirst, fact) in ways {
                let memory = after(isFirst, context(step.context, before))
                let isUnchanged =
                    step.path.state == verification.before && !isFirst && memory.hasHappened == before.hasHappened
                if isUnchanged { continue }
                // The first step itself tells most candidates that are none; for `earlier` it claims nothing, and any other does.
                add(
                    "path\(place)\(isFirst ? ", remembered" : "")",
                    step.path.knowledge.conditions + [fact] + memoryFacts(at: now), context(step.context, memory),
                    memory, before: past, isTelling: isFirst || history.direction == .earlier,
                    at: step.path.lastLocation)
            }
        }
        addSteps(all.filter(\.isFirst))
        // Any other step leaves the monitor as it is, so that only its change of the state matters, which many ways have in common.
        guard usesGroups, history.unless == nil else {
            addSteps(all.filter { !$0.isFirst })
            return sites
        }
        let objects = verification.objects(
            in: zip(standing, keys).map { holds($0.element, past, before, $1) })
        for group in verification.changes(of: objects) {
            add(
                group.name, group.conditions + memoryFacts(at: now),
                context(verification.context(of: group.state, now: now), before), before, before: past,
                isTelling: history.direction == .earlier, at: group.representative.lastLocation)
        }
        return sites
    }

    /// The candidates that hold together with those that stand.
    private func inductive(
        _ steps: [MiddleboxVerification.Step], usesGroups: Bool, _ result: inout MonitorResult
    ) -> [HistoryCandidate] {
        let key = MonitorKey(
            direction: history.direction, memory: history.memory, candidates: history.candidates.map(\.text),
            steps: steps.map(\.path.state.terms),
            usesGroups: usesGroups)
        let found = verification.monitor(key) {
            let all = steps.enumerated().flatMap { place, step in
                ways(step, context(step.context, before)).map {
                    Way(place: place, step: step, isFirst: $0.isFirst, fact: $0.fact)
                }
            }
            var search = MonitorResult()
            let standing = search.keepInductive(
                Array(history.candidates.enumerated()), \.element.text, verification.discharger,
                else: { plain in verification.strengthened(plain, by: invariants) },
                at: { sites($0, all, usesGroups: usesGroups) }
            ).map(\.element)
            result.obligations += search.obligations
            return (standing, search.dropped)
        }
        result.dropped += found.dropped
        return found.standing
    }

    // MARK: The proof

    func run() -> MonitorResult {
        let now = InputVariables.now
        let past = context(verification.context(of: verification.before, now: now), before)
        let formulas = history.candidates.enumerated().map { holds($1, past, before, keys(of: $1, $0)) }
        let steps = verification.steps(
            about: verification.objects(of: history, formulas, Remembered(name: Self.monitor, time: before.time)))
        // Control operations are steps like packets: first ones, second ones, and what happens in between.
        let all = steps.all + verification.operationSteps
        var result = run(all, usesGroups: true)
        if !result.failures.isEmpty, history.unless == nil { result = run(all, usesGroups: false) }
        if !result.failures.isEmpty, !steps.isExact, verification.exactComposition != nil {
            result = run(verification.singleHappenings, usesGroups: false)
        }
        let failures = result.failures
        result.witness = Witness(
            hasTrace: failures.isEmpty && verification.traceSearch.hasWitness(witnesses()), isSatisfiable: isReachable)
        return result
    }

    private func run(_ steps: [MiddleboxVerification.Step], usesGroups: Bool) -> MonitorResult {
        var result = MonitorResult()
        let standing = inductive(steps, usesGroups: usesGroups, &result)
        result.inferred = standing.map(\.text)
        let now = InputVariables.now
        let past = context(verification.context(of: verification.before, now: now), before)
        var paths: [ProgramPath] = []
        var groups: [[(conjunct: Conjunct, obligation: Obligation)]] = []
        for (number, step) in steps.enumerated() {
            let goals = claims(context(step.context, before), hasHappened: before.hasHappened)
                .filter { step.facts.decide($0.premise) != false }
                .map { (conjunct: $0.conjunct, goal: Term.implies($0.premise, $0.conjunct.formula)) }
                .filter { !$0.goal.isTrue }
            if goals.isEmpty { continue }
            let assumptions = verification.facts + step.path.knowledge.conditions + memoryFacts(at: now)
            let known = instances(of: standing, past, for: assumptions + goals.map(\.goal), at: [])
            paths.append(step.path)
            groups.append(
                goals.map { conjunct, goal in
                    (
                        conjunct,
                        Obligation(
                            subject: name, place: "path\(number)", assumptions: assumptions + known, goal: goal,
                            location: step.path.lastLocation)
                    )
                })
        }
        result.obligations += groups.reduce(0) { $0 + $1.count }
        func discharge(_ range: Range<Int>) -> [[Discharge]] {
            verification.discharger.discharge(groups: groups[range].map { $0.map(\.obligation) }) { plain in
                verification.strengthened(plain, by: invariants)
            }
        }
        // Where what groups of steps keep is not enough, each of the steps is looked at next: one failure tells.
        let isFirstTry = usesGroups && history.unless == nil
        var outcomes = discharge(0..<min(isFirstTry ? 1 : groups.count, groups.count))
        if outcomes.allSatisfy({ $0.allSatisfy(\.isProved) }) { outcomes += discharge(outcomes.count..<groups.count) }
        for (path, (group, outcomes)) in zip(paths, zip(groups, outcomes)) {
            for ((conjunct, obligation), outcome) in zip(group, outcomes) {
                let (reason, isUnknown): (String, Bool)
                switch outcome {
                case .proved: continue
                case .counterexample:
                    (reason, isUnknown) = ("a step from a state that could not be ruled out breaks it", false)
                case .unknown(let gaveUp): (reason, isUnknown) = ("the solver gave up (\(gaveUp))", true)
                }
                result.failures.append(
                    MonitorResult.Failure(
                        conjunct: conjunct, reason: reason, isUnknown: isUnknown, path: path, obligation: obligation))
            }
        }
        return result
    }

    /// Whether there is a second step, and a first one where that is presumed, from a state that the invariants admit.
    private func isReachable() -> Bool? {
        let steps = verification.singleHappenings
        var all = [
            isReachable(steps) { given in
                let context = context(given, before)
                return .or(claims(context, hasHappened: .true).map(\.premise))
            }
        ]
        // That there was a first step is what `earlier` claims, not what it is about.
        if history.direction == .later { all.append(isReachable(steps) { happens(context($0, before)) }) }
        if all.contains(false) { return verification.hasAllSingleWays ? false : nil }
        return all.contains(nil) ? nil : true
    }

    /// What of the premise of one of the two steps, be the other what it may, keeps all away.
    func excluded() -> ExcludedPremise? {
        guard verification.hasAllSingleWays else { return nil }
        let steps = verification.singleHappenings
        // That there was a first step is what `earlier` claims, not what it is about.
        let first = history.direction == .later ? [history.event] : []
        for premise in first + [history.check] {
            let excluded = ExcludedPremise(of: premise) { premise in
                isReachable(steps) { fits(premise, context($0, before)) }
            }
            if let excluded { return excluded }
        }
        return nil
    }

    private func isReachable(
        _ steps: [MiddleboxVerification.Step], _ condition: @escaping (LoweringContext) -> Term
    ) -> Bool? {
        let memory = memoryFacts(at: InputVariables.now)
        let possible = steps.lazy.compactMap { step -> [Term]? in
            let condition = condition(step.context)
            return step.facts.decide(condition) == false
                ? nil : step.path.knowledge.conditions + memory + [condition]
        }
        return verification.canHappen(possible, given: invariants, for: name)
    }
}

extension HistoryProof {
    // MARK: Refutation

    /// Steps that break the claim: for each, what comes before.
    func targets() -> TraceSearch.HistoryTargets {
        targets { claims in claims.map { $0.premise && !$0.conjunct.formula } }
    }

    /// Steps that the claim is about: for `later`, with a first step before.
    private func witnesses() -> TraceSearch.HistoryTargets {
        let seconds = seconds(hasHappened: true) { $0.map(\.premise) }
        switch history.direction {
        case .later: return pairs(firsts(), seconds)
        case .earlier: return .init(firsts: nil, seconds: seconds)
        }
    }

    private typealias Claims = [(premise: Term, conjunct: Conjunct)]

    private func target(_ step: MiddleboxVerification.Step, _ goal: Term) -> TraceSearch.Target {
        TraceSearch.Target(
            name: name, knowledge: step.path.knowledge, outputs: step.path.outputs, state: step.path.state,
            trace: step.path.trace, goal: goal, operation: step.path.operation)
    }

    /// First steps.
    private func firsts() -> [TraceSearch.Target] {
        verification.singleHappenings.compactMap { step in
            let happens = happens(context(step.context, before))
            if step.facts.decide(happens) == false { return nil }
            return target(step, !(happens && .equal(before.time, InputVariables.now)))
        }
    }

    /// Second steps of which something holds.
    private func seconds(hasHappened: Bool, _ what: (Claims) -> [Term]) -> [TraceSearch.Target] {
        verification.singleHappenings.compactMap { step in
            let goal = !Term.or(what(claims(context(step.context, before), hasHappened: .boolean(hasHappened))))
            return step.facts.decide(goal) == true ? nil : target(step, goal)
        }
    }

    private func pairs(
        _ firsts: [TraceSearch.Target], _ seconds: [TraceSearch.Target]
    ) -> TraceSearch.HistoryTargets {
        // What comes between must be told by what comes in alone, too.
        var between: [String?: Term]? = [:]
        if let unless = history.unless, unless.isToldByEntry {
            between = never(unless)
        } else if let unless = history.unless {
            between = verification.model.operations.isEmpty ? nil : [unless.operation: .false]
        }
        return .init(firsts: firsts, seconds: seconds, between: between)
    }

    /// Of each thing that may happen, as it comes in, that it does not fit the pattern.
    private func never(_ pattern: StepProperty) -> [String?: Term] {
        Dictionary(
            uniqueKeysWithValues: verification.happenings.map { operation in
                (operation, !fits(pattern, context(verification.entryContext(of: operation), before)))
            })
    }

    private func targets(_ broken: (Claims) -> [Term]) -> TraceSearch.HistoryTargets {
        let firsts = firsts()
        let seconds = seconds(hasHappened: history.direction == .later, broken)
        switch history.direction {
        case .later: return pairs(firsts, seconds)
        case .earlier:
            // That nothing of the kind has happened must be told by what comes in alone, of each step before; where it
            // is not, there is no such step.
            let isImpossible = firsts.isEmpty && verification.hasAllSingleWays
            let never: [String?: Term] =
                isImpossible
                ? [:] : history.event.isToldByEntry ? never(history.event) : [history.event.operation: .false]
            return .init(firsts: nil, seconds: seconds, never: never)
        }
    }
}
