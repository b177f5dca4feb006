import Logic

/// What is asked of conditions to learn whether a path can be.
///
/// Execution asks thousands of times, so each question is kept small. Whatever is left out makes more paths possible, never fewer: a path that is
/// followed needlessly costs time, and everything is proved of it with all that is known.
///
/// A list that has been looked through nearly always has both answers.
struct FeasibilityQuestion {
    /// What always holds.
    let facts: [Term]
    private var largeTerms = LargeTerms()

    init(facts: [Term]) { self.facts = facts }

    /// The facts that the conditions are connected to, and the conditions.
    ///
    /// Facts that nothing connects to a condition can be held together with it if they can be held at all.
    mutating func assertions(about conditions: [Term]) -> [Term] {
        let asked = conditions.filter { !largeTerms.contains($0) }
        return RelevanceSlice.slice(facts, goal: .and(asked)) + asked
    }
}
