import Logic

/// Which terms are made of so many others that questions without them are asked first: a list of sixty-four rules that has been looked through
/// has thousands.
struct LargeTerms {
    private static let size = 1000
    private var known: [Term: Bool] = [:]

    mutating func contains(_ term: Term) -> Bool {
        if let known = known[term] { return known }
        let isLarge = Term.areLarge([term], count: Self.size)
        known[term] = isLarge
        return isLarge
    }
}
