import Logic
import SpecLanguage
import SymbolicExecution

extension Judge {
    /// - Parameter text: what is said where nothing meets the premise.
    func judge(
        _ property: Property, _ step: some StepClaim, _ invariants: [InvariantProperty], _ gaps: [Gap],
        vacuous text: String? = nil
    ) -> PropertyReport {
        let result = stepProof(property.name, step, invariants)
        var report = PropertyReport(property, obligations: result.obligations)
        if let first = result.failures.first {
            let targets = result.failures.filter(\.isOnSingleWay).map { failure in
                TraceSearch.Target(
                    name: property.name, knowledge: failure.path.knowledge, outputs: failure.path.outputs,
                    state: failure.path.state, trace: failure.path.trace, goal: failure.goal,
                    operation: failure.path.operation)
            }
            let outcome = Refutation(verification: verification).ofSteps(
                targets, of: property, failed: first.conjunct.text)
            let reason =
                if case .confirmed = outcome { "it does not hold that \(first.conjunct.text)" } else {
                    "'\(first.conjunct.text)' is not proved: \(first.reason)"
                }
            settle(
                &report, outcome, reason: reason, location: first.conjunct.location, isGivenUp: first.isUnknown
            ) {
                stumblingStep(
                    property.name, along: first.path, breaking: first.goal, failed: first.conjunct.text, invariants)
            }
            return report
        }
        if gaps.isEmpty { settle(&report, result.witness, vacuous: text ?? vacuous(step)) }
        if let step = step as? StepProperty { tellExcluded(property, step, invariants, in: &report) }
        close(&report, gaps)
        return report
    }

    /// Names what keeps all steps away from the premise of something vacuous, where one thing does.
    func tellExcluded(
        _ property: Property, _ step: StepProperty, _ invariants: [InvariantProperty], in report: inout PropertyReport
    ) {
        if report.verdict != .vacuous { return }
        let proof = StepProof(verification: verification, invariants: invariants, steps: verification.singleSteps)
        tell(proof.excluded(property.name, step), in: &report)
    }

    /// Names what keeps all away that the property speaks of, where one thing does.
    func tell(_ excluded: ExcludedPremise?, in report: inout PropertyReport) {
        guard let excluded, let reason = report.reason else { return }
        report.hint = Hint.excluded
        switch excluded {
        case .when: report.reason = "\(reason): none is as its 'when' says"
        case .part(let part, let isFirst):
            let others = isFirst ? "" : "of those that meet what comes before, "
            report.reason = "\(reason): \(others)none is such that \(part.text)"
            report.location = part.location
        }
    }

    private func vacuous(_ step: some StepClaim) -> String {
        step.operation.map { "no run of '\($0)' ever meets its premise" } ?? "no packet ever meets its premise"
    }

    private func stepProof(
        _ name: String, _ step: some StepClaim, _ invariants: [InvariantProperty]
    ) -> StepProof.Result {
        if let operation = step.operation {
            let runs = verification.operationSteps.filter { $0.path.operation == operation }
            return StepProof(
                verification: verification, invariants: invariants, steps: .init(all: runs, isExact: true)
            ).run(name, step)
        }
        let steps = verification.steps(about: verification.objects(of: step))
        var result = StepProof(verification: verification, invariants: invariants, steps: steps).run(name, step)
        guard !result.failures.isEmpty, !steps.isExact else { return result }
        let single = StepProof(verification: verification, invariants: invariants, steps: verification.singleSteps)
            .run(name, step)
        if verification.exactComposition != nil { return single }
        result.failures = single.failures.isEmpty ? result.failures.map { $0.withoutTrace } : single.failures
        return result
    }
}
