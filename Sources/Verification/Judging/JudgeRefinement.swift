import SpecLanguage

extension Judge {
    /// The worst verdict on the rules of a model, and on whether there is one for all that happens.
    func judge(
        _ property: Property, _ model: ReferenceModel, _ invariants: [InvariantProperty], _ gaps: [Gap]
    ) -> PropertyReport {
        var worst = judge(property, model.coverage, invariants, gaps)
        var obligations = worst.obligations
        for rule in model.rules {
            var report = judge(
                property, rule.step, invariants, gaps,
                vacuous: "nothing ever meets the premise of this rule of '\(model.name)'")
            obligations += report.obligations
            if report.verdict == .vacuous, report.location == nil { report.location = rule.location }
            if report.verdict.severity > worst.verdict.severity { worst = report }
        }
        worst.obligations = obligations
        return worst
    }
}

extension Verdict {
    /// How much there is to say about something that several proofs belong to.
    fileprivate var severity: Int {
        switch self {
        case .proved: 0
        case .vacuous: 1
        case .inconclusive: 2
        case .error: 3
        case .refuted: 4
        }
    }
}
