import Logic
import SpecLanguage
import SymbolicExecution

extension Judge {
    /// From the proof of an invariant to its verdict.
    func judge(
        _ property: Property, _ invariant: InvariantProperty, _ result: InvariantProof.Result, _ gaps: [Gap]
    ) -> PropertyReport {
        var report = PropertyReport(
            property, kind: .invariant, obligations: result.obligations[property.name] ?? 0)
        let keys = InvariantProof.skolemKeys(invariant, name: property.name)
        guard let failure = result.failures[property.name] else {
            // An array has elements from the start.
            if gaps.isEmpty, !invariant.variables.allSatisfy(\.collection.isNeverEmpty) {
                settle(
                    &report, witness(property.name, invariant, keys),
                    vacuous: "there is never anything that it speaks of")
            }
            close(&report, gaps)
            return report
        }
        // Any packet may be the last; then time may pass until the invariant no longer holds.
        let targets = verification.groups.filter { !$0.ends.isEmpty }.map { group in
            let after = verification.context(of: group.state, now: TraceSearch.later)
            let holds = invariant.body(after, bindings: keys)
            let path = group.representative
            return TraceSearch.Target(
                name: property.name, knowledge: path.knowledge, outputs: path.outputs, state: path.state,
                trace: path.trace, goal: .implies(.lessOrEqual(InputVariables.now, TraceSearch.later), holds),
                operation: path.operation)
        }
        let text = failure.conjunct.text
        let outcome = Refutation(verification: verification).ofSteps(targets, of: property, failed: text)
        let reason =
            if case .confirmed = outcome { "it does not hold that \(text)" } else {
                "'\(text)' is not inductive: \(failure.reason)"
            }
        settle(
            &report, outcome, reason: reason, location: failure.conjunct.location, isGivenUp: failure.isUnknown
        ) {
            InductionCounterexample(verification: verification).step(
                property.name, failure.obligation.assumptions + [!failure.obligation.goal],
                path: failure.group?.representative, state: failure.group?.state ?? verification.before, failed: text)
        }
        return report
    }

    /// Whether there is ever an entry, or an allocated index, for each variable of the invariant.
    private func witness(_ name: String, _ invariant: InvariantProperty, _ keys: [Term]) -> Witness {
        let now = InputVariables.now
        // The last of them was put there by the last step of a shortest trace.
        let names = Set(invariant.variables.map(\.collection.name))
        let groups = verification.groups.filter { group in
            !group.ends.isEmpty && names.contains { group.state.differs(from: verification.before, in: $0) }
        }
        func target(_ path: ProgramPath, _ state: StateTerms) -> TraceSearch.Target {
            TraceSearch.Target(
                name: "\(name), premise", knowledge: path.knowledge, outputs: [], state: state, trace: path.trace,
                goal: !invariant.membership(verification.context(of: state, now: now), bindings: keys),
                operation: path.operation)
        }
        var hasTrace = verification.traceSearch.hasWitness(groups.map { target($0.representative, $0.state) })
        if !hasTrace, !verification.composition.isExact {
            // Of so many ways, those that were looked at may not be the first of anything.
            let path = verification.firstChange(of: names) { path in
                names.contains { path.state.differs(from: verification.initialState, in: $0) }
                    && verification.traceSearch.hasWitness([target(path, path.state)])
            }
            hasTrace = path != nil
        }
        return Witness(hasTrace: hasTrace) { !invariant.variables.contains { isNeverThere($0.collection) } }
    }

    /// Whether it is proved that there is never an entry, or an allocated index.
    private func isNeverThere(_ collection: InvariantProperty.Variable.Collection) -> Bool {
        let environment = SpecEnvironment(verification.program, verification.model)
        let (variable, name) = (environment.freshVariable(like: "x"), "\(collection.name) is empty")
        guard let claim = environment.invariant("for \(variable) in \(collection.name): false", name: "empty") else {
            return false
        }
        return InvariantProof(verification: verification, changes: verification.changes)
            .run([(name, claim)], given: verification.invariants.proved).proved.contains(name)
    }
}

extension StateTerms {
    /// Whether the map or pool may be another than in the other state.
    fileprivate func differs(from other: StateTerms, in object: String) -> Bool {
        maps[object] != other.maps[object] || pools[object] != other.pools[object]
    }
}
