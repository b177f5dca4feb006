import Logic

/// What is asked of conditions to learn whether a path can be.
///
/// Execution asks thousands of times, so each question is kept small. Whatever is left out makes more paths possible, never fewer: a path that is
/// followed needlessly costs time, and everything is proved of it with all that is known.
struct FeasibilityQuestion {
    /// How many terms a condition may have: a list of sixty-four rules that are looked through has thousands, and nearly always both answers.
    private static let size = 1000

    /// What always holds.
    let facts: [Term]

    /// The facts that the conditions are connected to, and the conditions.
    ///
    /// Facts that nothing connects to a condition can be held together with it if they can be held at all.
    func assertions(about conditions: [Term]) -> [Term] {
        let asked = conditions.filter { $0.isSmaller(than: Self.size) }
        return RelevanceSlice.slice(facts, goal: .and(asked)) + asked
    }
}

extension Term {
    /// Whether it is made of fewer different terms.
    fileprivate func isSmaller(than limit: Int) -> Bool {
        var visited: Set<Term> = [self]
        var open = [self]
        while let term = open.popLast() {
            for argument in term.arguments where visited.insert(argument).inserted { open.append(argument) }
            if visited.count >= limit { return false }
        }
        return true
    }
}
