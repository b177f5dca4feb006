import Logic
import SMT
import SpecLanguage
import SymbolicExecution

/// The built-in checks: each claim follows from what is known where it stands. All claims of an element in one context are asked
/// at once; only where that fails are they asked one by one.
struct CheckProof {
    struct Failure {
        let check: Check
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
        var failures: [CheckKind: [Failure]] = [:]
        var obligations: [CheckKind: Int] = [:]
    }

    let verification: MiddleboxVerification
    let invariants: [InvariantProperty]
    /// The ways on which the elements are looked at.
    let composition: Composition

    func run() -> Result {
        var result = Result()
        let groups = composition.checkGroups.filter { !$0.checks.isEmpty }
        for group in groups {
            for check in group.checks { result.obligations[check.kind, default: 0] += 1 }
        }
        let joint = groups.map { group in
            let broken = group.checks.map { check in
                Term.and(check.knowledge.conditions + [!check.claim])
            }
            return Obligation(
                subject: "checks", place: group.function, assumptions: verification.facts + group.context.conditions,
                goal: !Term.or(broken))
        }
        var open: [Check] = []
        for (group, outcome) in zip(groups, verification.discharger.discharge(joint)) where !outcome.isProved {
            open += group.checks
        }
        func obligation(_ check: Check) -> Obligation {
            Obligation(
                subject: check.kind.rawValue, place: check.location?.description ?? "unknown place",
                assumptions: verification.facts + check.knowledge.conditions, goal: check.claim)
        }
        let alone = verification.discharger.discharge(open.map(obligation))
        open = zip(open, alone).filter { !$0.1.isProved }.map(\.0)
        let strengthened = open.map { check in
            let plain = obligation(check)
            return Obligation(
                subject: plain.subject + " with invariants", place: plain.place,
                assumptions: plain.assumptions
                    + verification.instances(of: invariants, for: plain.assumptions + [check.claim]),
                goal: check.claim)
        }
        for (check, outcome) in zip(open, verification.discharger.discharge(strengthened)) {
            switch outcome {
            case .proved: continue
            case .counterexample:
                result.failures[check.kind, default: []].append(
                    Failure(check: check, reason: check.message, isUnknown: false))
            case .unknown(let reason):
                result.failures[check.kind, default: []].append(
                    Failure(check: check, reason: "\(check.message): the solver gave up (\(reason))", isUnknown: true))
            }
        }
        return result
    }
}
