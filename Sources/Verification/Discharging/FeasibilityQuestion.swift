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

/// Which terms are made of so many others that questions without them are asked first: a list of sixty-four rules that has been looked through
/// has thousands.
struct LargeTerms {
    private static let size = 1000
    private var known: [Term: Bool] = [:]

    mutating func contains(_ term: Term) -> Bool {
        if let known = known[term] { return known }
        let isLarge = Self.isLarge(term)
        known[term] = isLarge
        return isLarge
    }

    private static func isLarge(_ term: Term) -> Bool {
        var visited: Set<Term> = [term]
        var open = [term]
        while let term = open.popLast() {
            for argument in term.arguments where visited.insert(argument).inserted { open.append(argument) }
            if visited.count >= size { return true }
        }
        return false
    }
}
