import Diagnostics
import Logic
import SpecLanguage
import SymbolicExecution

extension Judge {
    /// On ways that stand for many, then, if need be, on each.
    func checkProof(_ invariants: [InvariantProperty]) -> CheckProof.Result {
        var result = CheckProof(
            verification: verification, invariants: invariants, composition: verification.composition
        ).run()
        guard !result.failures.isEmpty, !verification.composition.isExact else { return result }
        let single = CheckProof(
            verification: verification, invariants: invariants, composition: verification.singleWays
        )
        .run()
        if verification.exactComposition != nil { return single }
        // What fails on no way that was looked at may fail on another.
        for kind in CheckKind.allCases where result.failures[kind] != nil {
            result.failures[kind] = single.failures[kind] ?? result.failures[kind]?.map { $0.withoutTrace }
        }
        return result
    }

    func judge(
        _ kind: CheckKind, _ result: CheckProof.Result, _ invariants: [InvariantProperty], _ gaps: [Gap]
    ) -> PropertyReport {
        var report = PropertyReport(
            name: kind.rawValue, kind: .builtin, verdict: .proved, obligations: result.obligations[kind] ?? 0)
        guard let failures = result.failures[kind], let first = failures.first else {
            close(&report, gaps)
            return report
        }
        let searched = failures.filter(\.isOnSingleWay)
        let targets = searched.map { failure in
            TraceSearch.Target(
                name: kind.rawValue, knowledge: failure.check.knowledge, outputs: [], state: verification.before,
                trace: failure.check.trace
                    + (failure.check.location.map { [TraceEntry(location: $0, note: failure.check.message)] } ?? []),
                goal: failure.check.claim, operation: failure.check.operation)
        }
        for (target, failure) in zip(targets, searched) {
            let outcome = Refutation(verification: verification)
                .ofChecks([target], kind: kind, failed: failure.check.message)
            settle(&report, outcome, reason: failure.check.message, location: failure.check.location)
            if report.verdict == .refuted { return report }
        }
        if report.counterexample == nil {
            report.verdict = .inconclusive
            report.reason = "\(first.reason), in a state that could not be ruled out"
            report.hint = Hint.stateNotRuledOut
            report.location = first.check.location
            let knowledge = first.check.knowledge
            let path = ProgramPath(
                knowledge: knowledge, end: .finished, outputs: [], isDropped: false,
                state: verification.before, conditionsAtLastStateChange: 0, trace: first.check.trace,
                operation: first.check.operation)
            report.counterexample = stumblingStep(
                kind.rawValue, along: path, breaking: first.check.claim, failed: first.check.message, invariants)
        }
        return report
    }
}
