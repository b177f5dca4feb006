import Logic
import SymbolicExecution

/// What is asked of conditions to learn whether a path can be.
///
/// Execution asks thousands of times, so each question is kept small. Whatever is left out makes more paths possible, never fewer: a path that is
/// followed needlessly costs time, and everything is proved of it with all that is known.
///
/// A list that has been looked through nearly always has both answers.
struct PathFeasibility {
    /// What always holds.
    let facts: [Term]
    private var largeTerms = LargeTerms()
    private var relevance = RelevanceSlice()

    init(facts: [Term]) { self.facts = facts }

    /// The open conditions, and what they are connected to among the facts and the settled conditions.
    ///
    /// What nothing connects to an open condition can be held together with it if it can be held at all.
    mutating func assertions(of question: FeasibilityQuestion) -> [Term] {
        let settled = question.settled.filter { !largeTerms.contains($0) }
        let open = question.open.filter { !largeTerms.contains($0) }
        return relevance.slice(facts + settled, goal: open) + open
    }
}
