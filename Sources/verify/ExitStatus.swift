import Verification

/// How the process ends: part of the command-line contract.
enum ExitStatus: Int32 {
    case allProved = 0
    case refuted = 1
    /// Something is inconclusive or vacuous, or was lost since the baseline, and nothing refuted.
    case undecided = 2
    /// Wrong usage, or nothing selected.
    case usage = 64
    /// The spec or the C code is not accepted.
    case rejected = 65
    case internalError = 70

    /// By the worst verdict.
    init(_ report: VerificationReport) {
        if report.count(of: .error) > 0 {
            self = .rejected
        } else if report.count(of: .refuted) > 0 {
            self = .refuted
        } else if report.count(of: .inconclusive) + report.count(of: .vacuous) > 0 || report.runState == .interrupted
            || !(report.baseline?.lost.isEmpty ?? true)
        {
            self = .undecided
        } else {
            self = .allProved
        }
    }

    init(_ verdict: Verdict) {
        self =
            switch verdict {
            case .proved: .allProved
            case .refuted: .refuted
            case .inconclusive, .vacuous: .undecided
            case .error: .rejected
            }
    }
}
