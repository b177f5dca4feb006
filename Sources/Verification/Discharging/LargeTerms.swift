import Logic

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
