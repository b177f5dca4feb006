import Diagnostics
import Logic
import SymbolicExecution

/// One query: do the assumptions force the goal? Named, so that it can be found again in statistics and dumps.
struct Obligation: Sendable {
    /// What it is about: a property, a kind of check.
    let subject: String
    /// Which of the many about this: a path, a C line.
    let place: String
    let assumptions: [Term]
    var goal: Term
    /// The goal before it was made simpler by what the assumptions say, where it was: what a second solver is asked.
    var claim: Term?
    /// Updates that should be enough to prove the goal, where that is known: the goal is tried with them put in, and nothing else.
    var definitions: [ChecksumUpdate]?

    /// Whether it is worth little work: nobody claims the goal, it is only guessed.
    var isGuess = false
    /// Whether nothing but arithmetic is expected to be hard about it: where integers do not prove it, bits are not tried.
    var isArithmetic = false
    /// Where in the C code it comes from: what is claimed, or the end of the way.
    var location: SourceLocation?

    /// The question as it stands: the assumptions and the goal denied.
    var question: [Term] { assumptions + [!(claim ?? goal)] }

    /// True when no solver is needed.
    var isTrivial: Bool {
        goal.isTrue || assumptions.contains(goal) || assumptions.contains { $0.isFalse }
    }
}

/// What came of an obligation.
enum Discharge: Sendable {
    case proved
    case counterexample
    case unknown(reason: String)

    var isProved: Bool { if case .proved = self { true } else { false } }
    var isUnknown: Bool { if case .unknown = self { true } else { false } }
}
