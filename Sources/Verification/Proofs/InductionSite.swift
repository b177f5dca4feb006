import Logic
import SpecLanguage

/// A place where a proof by induction has something to show: the initial state, the passing of time, a way through the middlebox; with all that
/// is claimed there.
///
/// What is claimed at one place is mostly proved from the same facts, so it is asked in one question, and one by one only where the answer is no.
struct InductionSite {
    struct Claim {
        /// Which invariant or candidate it belongs to.
        let candidate: Int
        let goal: Term
        let conjunct: Conjunct?
    }

    let place: String
    let claims: [Claim]
    /// The step; nil for the initial state and for time.
    var group: PathGroup?
    /// Whether most candidates that do not hold are found out here.
    var isTelling = false
    /// The question whether all of these hold.
    let obligation: (_ claims: [Claim]) -> Obligation
}

extension Discharger {
    /// How many sites are put to the solvers together: few while candidates still fail, as each that has failed is one less to ask for.
    private static let batches = 4...48

    /// Claims that do not hold at the sites; each candidate at most once.
    ///
    /// - Parameter strengthened: what is tried where a claim is not proved as it is; nil: nothing.
    func failures(
        at sites: [InductionSite], else strengthened: ((Obligation) -> Obligation)?
    ) -> [(site: InductionSite, claim: InductionSite.Claim, outcome: Discharge)] {
        var failures: [(site: InductionSite, claim: InductionSite.Claim, outcome: Discharge)] = []
        var failed: Set<Int> = []
        func answers(_ count: Int, _ obligation: (Int) -> Obligation) -> [Discharge] {
            strengthened.map { discharge(count: count, else: $0, obligation) } ?? discharge(count: count, obligation)
        }
        /// Asks for each claim on its own.
        func askSingly(_ claims: [(site: InductionSite, claim: InductionSite.Claim)]) {
            let outcomes = answers(claims.count) { claims[$0].site.obligation([claims[$0].claim]) }
            for ((site, claim), outcome) in zip(claims, outcomes)
            where !outcome.isProved && failed.insert(claim.candidate).inserted {
                failures.append((site, claim, outcome))
            }
        }
        // One question tells most candidates that do not hold: one for each comes first.
        var probed: Set<Int> = []
        askSingly(
            sites.filter(\.isTelling).flatMap { site in
                site.claims.filter { probed.insert($0.candidate).inserted }.map { (site, $0) }
            })
        var rest = sites[...]
        var size = Self.batches.lowerBound
        while !rest.isEmpty {
            let batch = rest.prefix(size)
            rest = rest.dropFirst(size)
            // What has failed once need not be asked again.
            let open = batch.map { site in (site: site, claims: site.claims.filter { !failed.contains($0.candidate) }) }
                .filter { !$0.claims.isEmpty }
            let count = failed.count
            let outcomes = answers(open.count) { open[$0].site.obligation(open[$0].claims) }
            for (entry, outcome) in zip(open, outcomes)
            where !outcome.isProved {
                if entry.claims.count == 1, failed.insert(entry.claims[0].candidate).inserted {
                    failures.append((entry.site, entry.claims[0], outcome))
                } else {
                    askSingly(
                        entry.claims.filter { !failed.contains($0.candidate) }.map { (entry.site, $0) })
                }
            }
            size = failed.count > count ? Self.batches.lowerBound : min(2 * size, Self.batches.upperBound)
        }
        return failures
    }
}
