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
            // What is assumed anyway does not belong into the goal: it would be another one whenever the packets that get here change.
            let assumed = Set(group.context.conditions)
            let broken = group.checks.map { check in
                Term.and(check.knowledge.conditions.filter { !assumed.contains($0) } + [!check.claim])
            }
            return Obligation(
                subject: "checks", place: group.function, assumptions: verification.facts + group.context.conditions,
                goal: !Term.or(broken), location: group.checks.first?.location)
        }
        var open: [Check] = []
        for (group, outcome) in zip(groups, verification.discharger.discharge(joint)) where !outcome.isProved {
            open += group.checks
        }
        func obligation(_ check: Check) -> Obligation {
            Obligation(
                subject: check.kind.rawValue, place: check.location?.description ?? "unknown place",
                assumptions: verification.facts + check.knowledge.conditions, goal: check.claim,
                location: check.location)
        }
        let outcomes = verification.discharger.discharge(open.map(obligation)) { plain in
            verification.strengthened(plain, by: invariants)
        }
        for (check, outcome) in zip(open, outcomes) {
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
