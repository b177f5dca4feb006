import SpecLanguage
import SymbolicExecution

/// What came of the proof of a claim about several steps: with a monitor that remembers one step, any one, or adds up from one on.
struct MonitorResult {
    struct Failure {
        let conjunct: Conjunct
        let reason: String
        let isUnknown: Bool
        let path: ProgramPath
        let obligation: Obligation
    }

    var failures: [Failure] = []
    var obligations = 0
    /// Whether what the claim is about can happen, at the end of a trace from the initial state.
    var witness = Witness.impossible
    /// What was found to hold of the state together with the monitor, in words.
    var inferred: [String] = []
    /// What might have held, and does not.
    var dropped: [String] = []

    /// The candidates that hold together: those that fail at some site are dropped until none does (Houdini).
    ///
    /// - Parameters:
    ///   - text: of a candidate.
    ///   - strengthened: what is tried where a claim is not proved as it is; nil: nothing.
    ///   - sites: where those that stand have something to show; their claims name them by their places in the list.
    mutating func keepInductive<Candidate>(
        _ candidates: [Candidate], _ text: (Candidate) -> String, _ discharger: Discharger,
        else strengthened: ((Obligation) -> Obligation)?, at sites: ([Candidate]) -> [InductionSite]
    ) -> [Candidate] {
        var standing = candidates
        while !standing.isEmpty {
            let sites = sites(standing)
            obligations += sites.reduce(0) { $0 + $1.claims.count }
            let failed = Set(discharger.failures(at: sites, else: strengthened).map(\.claim.candidate))
            if failed.isEmpty { break }
            dropped += failed.sorted().map { text(standing[$0]) }
            standing = standing.indices.filter { !failed.contains($0) }.map { standing[$0] }
        }
        return standing
    }
}
