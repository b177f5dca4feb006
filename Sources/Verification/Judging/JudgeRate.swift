import Logic
import SpecLanguage
import SymbolicExecution

extension Judge {
    func judge(
        _ property: Property, _ rate: RateProperty, _ invariants: [InvariantProperty], _ gaps: [Gap]
    ) -> PropertyReport {
        let proof = RateProof(
            verification: verification, invariants: invariants, name: property.name, rate: rate)
        let search = RateSearch(verification: verification, name: property.name, rate: rate)
        var result = proof.run(isSecondAttempt: false)
        var found: RateSearch.Result?
        if !result.failures.isEmpty {
            found = search.find(budget: RateSearch.firstBudget)
            if found == nil {
                let second = proof.run(isSecondAttempt: true)
                if second.failures.isEmpty { result = second } else { found = search.find(budget: RateSearch.budget) }
            }
        }
        var report = PropertyReport(property, obligations: result.obligations)
        report.inferred = result.inferred
        var isVacuous = false
        if case .impossible = result.witness { isVacuous = gaps.isEmpty }
        if let first = result.failures.first, !isVacuous {
            let outcome = found.map {
                Refutation(verification: verification).ofInterval($0.found, of: property, failed: $0.text)
            }
            let reason =
                if case .confirmed? = outcome { "it does not hold that \(first.conjunct.text)" } else {
                    "'\(first.conjunct.text)' is not proved: \(first.reason)"
                        + (result.dropped.isEmpty ? "" : "; not invariant: \(result.dropped.joined(separator: "; "))")
                }
            settle(
                &report, outcome ?? .notFound, reason: reason, location: first.conjunct.location,
                isGivenUp: first.isUnknown
            ) {
                InductionCounterexample(verification: verification).step(
                    property.name, first.obligation.assumptions + [!first.obligation.goal], path: first.path,
                    state: first.path.state, failed: first.conjunct.text)
            }
            return report
        }
        // Where execution cannot follow, something may count.
        if gaps.isEmpty { settle(&report, result.witness, vacuous: "nothing that it counts ever happens") }
        tellExcluded(property, rate.event, invariants, in: &report)
        close(&report, gaps)
        return report
    }
}
