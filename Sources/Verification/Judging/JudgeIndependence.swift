import SpecLanguage

extension Judge {
    /// From the proof of a claim about two runs to its verdict.
    func judge(
        _ property: Property, _ independence: IndependenceProperty, _ invariants: [InvariantProperty], _ gaps: [Gap]
    ) -> PropertyReport {
        let proof = IndependenceProof(
            verification: verification, invariants: invariants, name: property.name, property: independence)
        let result = proof.run()
        var report = PropertyReport(property, obligations: result.obligations)
        if let first = result.failures.first {
            let outcome = Refutation(verification: verification)
                .ofRuns(proof.targets(result.failures), of: independence, failed: first.conjunct.text)
            let reason =
                if case .confirmed = outcome { "it does not hold that \(first.conjunct.text)" } else {
                    "not proved that \(first.conjunct.text): \(first.reason)"
                }
            settle(
                &report, outcome, reason: reason, location: first.conjunct.location, isGivenUp: first.isUnknown)
            return report
        }
        if gaps.isEmpty { settle(&report, result.witness, vacuous: "no packet ever meets its premise") }
        tellExcluded(property, independence.step, invariants, in: &report)
        close(&report, gaps)
        return report
    }
}
