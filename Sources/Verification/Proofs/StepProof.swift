import Diagnostics
import Logic
import PacketFormat
import SMT
import SpecLanguage
import SymbolicExecution

/// A step property: on every way through the middlebox, for every output it speaks of, the premise forces each conjunct.
struct StepProof {
    struct Failure {
        let path: ProgramPath
        let conjunct: Conjunct
        /// Premise and conjunct in one: what the step must satisfy.
        let goal: Term
        let reason: String
        let isUnknown: Bool
        /// Whether it is about one way: a search can start from it.
        var isOnSingleWay = true

        var withoutTrace: Self {
            var result = self
            result.isOnSingleWay = false
            return result
        }
    }

    struct Result {
        var failures: [Failure] = []
        var obligations = 0
        /// Whether some step meets the premise, at the end of a trace from the initial state.
        var witness = Witness.impossible
    }

    let verification: MiddleboxVerification
    let invariants: [InvariantProperty]
    /// The ways to look at.
    let steps: MiddleboxVerification.Steps

    private struct Task {
        let path: ProgramPath
        let conjunct: Conjunct
        let goal: Term
        let obligation: Obligation
    }

    func run(_ name: String, _ property: some StepClaim) -> Result {
        var result = Result()
        /// What is asked together: claims of one output that are about no sums.
        var groups: [[Task]] = []
        var premises: [(path: ProgramPath, premise: Term)] = []
        for (number, step) in steps.all.enumerated() {
            let (path, context) = (step.path, step.context)
            // A property that names an output is about each output; others are about the step.
            for output in property.subjects(in: context) {
                let premise = property.premise(context, output: output)
                if step.facts.decide(premise) == false { continue }
                premises.append((path, premise))
                // Which headers the packet has, the premise mostly tells: the rest of the claim is what it is with these.
                var simplification = step.facts.adding([premise]).simplification
                var plain: [Task] = []
                for conjunct in property.conclusions(context, output: output) {
                    let claim = Term.implies(premise, conjunct.formula)
                    if step.facts.decide(claim) == true { continue }
                    let goal = Term.implies(premise, simplification.apply(conjunct.formula))
                    var assumptions = verification.facts + path.knowledge.conditions
                    // Checksum arithmetic is slow company for anything else, and mostly needs nothing else.
                    let isAboutSums = WordSumDefinitions.occur(in: goal)
                    let definitions = ChecksumUpdate.needed(
                        for: Set(goal.freeVariables), among: path.knowledge.arithmetic)
                    if isAboutSums { assumptions += definitions.map(\.formula) }
                    let task = Task(
                        path: path, conjunct: conjunct, goal: goal,
                        obligation: Obligation(
                            subject: name, place: "path\(number)", assumptions: assumptions, goal: goal,
                            // Which sums it takes to prove is told of the goal.
                            claim: WordSumDefinitions.occur(in: claim) ? nil : claim,
                            definitions: isAboutSums ? definitions : nil, location: path.lastLocation))
                    if isAboutSums { groups.append([task]) } else { plain.append(task) }
                }
                if !plain.isEmpty { groups.append(plain) }
            }
        }
        result.obligations = groups.reduce(0) { $0 + $1.count }
        let outcomes = discharged(groups)
        for (task, outcome) in zip(groups.joined(), outcomes) {
            switch outcome {
            case .proved: continue
            case .counterexample:
                result.failures.append(
                    Failure(
                        path: task.path, conjunct: task.conjunct, goal: task.goal,
                        reason: "a step from a state that could not be ruled out breaks it", isUnknown: false))
            case .unknown(let reason):
                result.failures.append(
                    Failure(
                        path: task.path, conjunct: task.conjunct, goal: task.goal,
                        reason: task.obligation.definitions == nil ? "the solver gave up (\(reason))" : reason,
                        isUnknown: true))
            }
        }
        // What does not hold is refuted, or not, whatever its premise is. A path that stands for many may be none that a packet takes.
        if !result.failures.isEmpty { return result }
        result.witness = Witness(
            hasTrace: verification.traceSearch.hasWitness(targets(name, property)),
            isSatisfiable: { steps.isExact ? isReachable(name, premises) : isReachable(name, property) })
        return result
    }

    /// Claims about sums are first put as sums, with nothing else. What that does not prove is put in bits, for code that sums up by itself, as far
    /// as that can be, and otherwise without sums: the premise may be one that the path rules out, whatever is right or wrong.
    private func discharged(_ groups: [[Task]]) -> [Discharge] {
        func discharge(_ groups: [[Obligation]]) -> [Discharge] {
            // Where a way stands for many, each of them is looked at next if anything fails.
            verification.discharger.discharge(groups: groups, untilFailure: !steps.isExact) { plain in
                verification.strengthened(plain, by: invariants)
            }.flatMap { $0 }
        }
        var outcomes = discharge(groups.map { $0.map(\.obligation) })
        let obligations = groups.joined().map(\.obligation)
        let open = outcomes.indices.filter { !outcomes[$0].isProved && obligations[$0].definitions != nil }
        if open.isEmpty { return outcomes }
        let others = open.map { index in
            var obligation = obligations[index]
            let computed = ChecksumUpdate.variables(of: obligation.definitions ?? [])
            obligation.goal = .and(
                WordSumDefinitions.withoutSums(SumsInBits.rewritten([obligation.goal], computed: computed)))
            obligation.claim = nil
            obligation.definitions = nil
            return [obligation]
        }
        for (index, outcome) in zip(open, discharge(others)) where outcome.isProved { outcomes[index] = outcome }
        return outcomes
    }

    /// Steps that meet the premise, for a search.
    private func targets(_ name: String, _ property: some StepClaim) -> [TraceSearch.Target] {
        verification.singleHappenings.compactMap { step in
            guard property.isAbout(step.context) else { return nil }
            let premise = Term.or(
                property.subjects(in: step.context).map { property.premise(step.context, output: $0) })
            if step.facts.decide(premise) == false { return nil }
            return TraceSearch.Target(
                name: "\(name), premise", knowledge: step.path.knowledge, outputs: [], state: step.path.state,
                trace: step.path.trace, goal: !premise, operation: step.path.operation)
        }
    }

    /// What of a premise that no step meets keeps all away.
    func excluded(_ name: String, _ property: StepProperty) -> ExcludedPremise? {
        ExcludedPremise(of: property) { isReachable(name, $0) }
    }

    private func isReachable(_ name: String, _ property: some StepClaim) -> Bool? {
        let entry = property.entryPremise(verification.entryContext)
        var hasGivenUp = false
        let (path, isComplete) = verification.firstWay(assuming: entry.conjuncts) { path in
            guard case .finished = path.end else { return false }
            let context = verification.step(along: path).context
            let premises = property.subjects(in: context).map { (path, property.premise(context, output: $0)) }
            switch isReachable(name, premises) {
            case true?: return true
            case false?: return false
            case nil:
                hasGivenUp = true
                return false
            }
        }
        if path != nil { return true }
        return isComplete && !hasGivenUp ? false : nil
    }

    private func isReachable(_ name: String, _ premises: [(path: ProgramPath, premise: Term)]) -> Bool? {
        let steps = premises.lazy.filter { !$0.premise.isFalse }.map { $0.path.knowledge.conditions + [$0.premise] }
        return verification.canHappen(steps, given: invariants, for: name)
    }
}
