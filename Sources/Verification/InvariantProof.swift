import Diagnostics
import Logic
import SMT
import SpecLanguage
import SymbolicExecution

/// Invariants, proved together by induction: each holds in the initial state, survives the passing of time, and is kept by every way
/// through the middlebox. Those that fail are dropped and the rest is tried again (Houdini), so that what remains holds whatever
/// becomes of the others.
struct InvariantProof {
    struct Failure {
        let conjunct: Conjunct
        let obligation: Obligation
        /// The step that breaks it; nil for the initial state and for time.
        let group: PathGroup?
        let reason: String
    }

    struct Result {
        var proved: [String]
        var failures: [String: Failure]
        /// Obligations per invariant.
        var obligations: [String: Int]
    }

    let verification: MiddleboxVerification
    /// What packets can do to the state, where an invariant about some objects is to be kept.
    let changes: (_ objects: Set<String>) -> [PathGroup]

    private struct Task {
        let invariant: Int
        let conjunct: Conjunct
        let group: PathGroup?
        let obligation: Obligation
    }

    func run(_ invariants: [(name: String, property: InvariantProperty)]) -> Result {
        var result = Result(proved: [], failures: [:], obligations: [:])
        var standing = invariants
        while !standing.isEmpty {
            let tasks = tasks(for: standing)
            for task in tasks { result.obligations[standing[task.invariant].name, default: 0] += 1 }
            var failed: Set<String> = []
            var rest = tasks[...]
            while !rest.isEmpty {
                let batch = rest.prefix(InvariantProof.batch)
                rest = rest.dropFirst(InvariantProof.batch)
                for (task, outcome) in zip(batch, verification.discharger.discharge(batch.map(\.obligation)))
                where !outcome.isProved {
                    let name = standing[task.invariant].name
                    failed.insert(name)
                    if result.failures[name] != nil { continue }
                    result.failures[name] = failure(task, outcome)
                }
                // What has failed once need not be asked again.
                rest = rest.filter { !failed.contains(standing[$0.invariant].name) }[...]
            }
            if failed.isEmpty { break }
            standing.removeAll { failed.contains($0.name) }
        }
        result.proved = standing.map(\.name)
        return result
    }

    /// How many obligations are put to the solvers together.
    private static let batch = 48

    private func failure(_ task: Task, _ outcome: Discharge) -> Failure {
        let reason =
            switch outcome {
            case .unknown(let reason): "the solver gave up (\(reason))"
            case .counterexample, .proved:
                task.group == nil
                    ? "it does not survive the passing of time, or does not hold at the start"
                    : "a packet may break it"
            }
        return Failure(
            conjunct: task.conjunct, obligation: task.obligation, group: task.group, reason: reason)
    }

    /// Any key of a map: free in the obligation, hence universally quantified.
    static func skolemKeys(_ property: InvariantProperty, name: String) -> [Term] {
        property.variables.map { .variable("\(name).\($0.name)", $0.sort) }
    }

    /// What the arbitrary keys are, relative to those that the step wrote: each is one of these or none of them.
    private struct KeyCase {
        var keys: [Term]
        var facts: [Term] = []
        var distinctKeys: Set<TermStateView.DistinctKeys> = []
        var name = ""
    }

    /// Splits an obligation about arbitrary keys so that reads at them need no case distinction of the solver's.
    private func keyCases(_ property: InvariantProperty, _ keys: [Term], in state: StateTerms) -> [KeyCase] {
        var cases = [KeyCase(keys: keys)]
        for (position, variable) in property.variables.enumerated() {
            guard case .map(let name) = variable.collection, let map = state.maps[name] else { continue }
            var stored: [Term] = []
            for array in [map.deadline, map.value] {
                var current = array
                while current.operation == .store {
                    if !stored.contains(current.arguments[1]) { stored.append(current.arguments[1]) }
                    current = current.arguments[0]
                }
            }
            guard stored.count <= 3 else { continue }
            cases = cases.flatMap { base in
                var ways = stored.map { key in
                    var way = base
                    way.keys[position] = key
                    way.name += ", \(variable.name) written"
                    return way
                }
                var other = base
                for key in stored {
                    other.facts.append(.notEqual(keys[position], key))
                    other.distinctKeys.insert(.init(read: keys[position], stored: key))
                }
                ways.append(other)
                return ways
            }
        }
        return cases
    }

    /// An invariant over several keys at its own keys: it is instantiated nowhere else.
    private func hypothesis(_ property: InvariantProperty, _ context: LoweringContext, _ keys: [Term]) -> [Term] {
        property.variables.count > 1 ? [property.body(context, bindings: keys)] : []
    }

    private func tasks(for invariants: [(name: String, property: InvariantProperty)]) -> [Task] {
        let model = verification.model
        let properties = invariants.map(\.property)
        let now = InputVariables.now
        var tasks: [Task] = []
        for (number, (name, property)) in invariants.enumerated() {
            let keys = InvariantProof.skolemKeys(property, name: name)
            // At the start.
            let initial = verification.context(of: verification.initialState, now: now)
            for conjunct in property.conjuncts(initial, bindings: keys) {
                tasks.append(
                    Task(
                        invariant: number, conjunct: conjunct, group: nil,
                        obligation: Obligation(
                            subject: name, place: "initially", assumptions: verification.facts, goal: conjunct.formula))
                )
            }
            // While time passes: what held at `earlier` holds at `now`.
            let earlier = Term.variable("earlier", .integer)
            let later = verification.context(of: verification.before, now: now)
            let past = verification.context(of: verification.before, now: earlier)
            for conjunct in property.conjuncts(later, bindings: keys) {
                let instances = Instantiation(model: model).instances(
                    of: properties, in: past, seeds: [conjunct.formula])
                tasks.append(
                    Task(
                        invariant: number, conjunct: conjunct, group: nil,
                        obligation: Obligation(
                            subject: name, place: "over time",
                            assumptions: verification.facts + [
                                .lessOrEqual(.integer(0), earlier), .lessOrEqual(earlier, now),
                            ] + instances + hypothesis(property, past, keys), goal: conjunct.formula)))
            }
            // Along every way that changes the state.
            let held = verification.context(of: verification.before, now: now)
            for group in changes(verification.objects(in: [property.body(held, bindings: keys)])) {
                for keyCase in keyCases(property, keys, in: group.state) {
                    let after = verification.context(
                        of: group.state, now: now, distinctKeys: keyCase.distinctKeys)
                    for conjunct in property.conjuncts(after, bindings: keyCase.keys) {
                        let instances = verification.instances(
                            of: properties,
                            for: [conjunct.formula] + keyCase.keys + group.conditions + group.state.terms)
                        tasks.append(
                            Task(
                                invariant: number, conjunct: conjunct, group: group,
                                obligation: Obligation(
                                    subject: name, place: "kept by \(group.name)\(keyCase.name)",
                                    assumptions: verification.facts + group.conditions + keyCase.facts + instances
                                        + hypothesis(property, held, keyCase.keys),
                                    goal: conjunct.formula)))
                    }
                }
            }
        }
        return tasks
    }
}
