import Logic
import SpecLanguage
import SymbolicExecution

extension Judge {
    /// Where there are control operations, much is tried.
    private func listed(_ dropped: [String]) -> String {
        let shown = verification.model.operations.isEmpty ? dropped[...] : dropped.prefix(6)
        return shown.joined(separator: "; ") + (shown.count < dropped.count ? "; …" : "")
    }

    func judge(
        _ property: Property, _ history: HistoryProperty, _ invariants: [InvariantProperty], _ gaps: [Gap]
    ) -> PropertyReport {
        let proof = HistoryProof(
            verification: verification, invariants: invariants, name: property.name, history: history)
        let result = proof.run()
        var report = PropertyReport(property, obligations: result.obligations)
        report.inferred = result.inferred
        var isVacuous = false
        if case .impossible = result.witness { isVacuous = gaps.isEmpty }
        if let first = result.failures.first, !isVacuous {
            let outcome = Refutation(verification: verification)
                .ofHistory(proof.targets(), of: property, failed: first.conjunct.text)
            let reason =
                if case .confirmed = outcome { "it does not hold that \(first.conjunct.text)" } else {
                    "'\(first.conjunct.text)' is not proved: \(first.reason)"
                        + (result.dropped.isEmpty ? "" : "; not invariant: \(listed(result.dropped))")
                }
            settle(
                &report, outcome, reason: reason, location: first.conjunct.location, isGivenUp: first.isUnknown
            ) {
                let obligation = verification.strengthened(first.obligation, by: invariants)
                return InductionCounterexample(verification: verification).step(
                    property.name, obligation.assumptions + [!obligation.goal], path: first.path,
                    state: first.path.state, failed: first.conjunct.text, remembered: proof.remembered)
            }
            return report
        }
        // Where execution cannot follow, its premise may be met.
        if gaps.isEmpty { settle(&report, result.witness, vacuous: "no packets ever meet its premise") }
        if report.verdict == .vacuous { tell(proof.excluded(), in: &report) }
        close(&report, gaps)
        return report
    }
}
