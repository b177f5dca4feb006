/// What holds of any two bit-vectors, said of those that terms compare in both directions: one of `x <= y` and `y <= x` is true.
///
/// To a solver that takes comparisons for circuits, `x < y` and `x <= y` are two of them that have nothing to do with each other until it has learned
/// so bit by bit, for each pair anew. Said outright, what is claimed with `<=` of what was tested with `<` is a matter of a step.
public enum OrderLemmas {
    /// The lemmas, each of which is true whatever the variables are.
    public static func of(_ terms: [Term]) -> [Term] {
        /// What is compared, as `first <= second`, or as its negation.
        struct Pair: Hashable {
            let first: Term
            let second: Term
            let isSigned: Bool
        }
        var seen: Set<Pair> = []
        var lemmas: [Term] = []
        Term.forEachSubterm(of: terms) { term in
            let pair: Pair
            switch term.operation {
            case .unsignedLessOrEqual, .signedLessOrEqual:
                pair = Pair(
                    first: term.arguments[0], second: term.arguments[1],
                    isSigned: term.operation == .signedLessOrEqual)
            case .unsignedLess, .signedLess:
                pair = Pair(
                    first: term.arguments[1], second: term.arguments[0], isSigned: term.operation == .signedLess)
            default: return
            }
            guard seen.insert(pair).inserted else { return }
            let converse = Pair(first: pair.second, second: pair.first, isSigned: pair.isSigned)
            guard seen.contains(converse) else { return }
            let (a, b) = (pair.first, pair.second)
            lemmas.append(
                pair.isSigned
                    ? .signedLessOrEqual(a, b) || .signedLessOrEqual(b, a)
                    : .unsignedLessOrEqual(a, b) || .unsignedLessOrEqual(b, a))
        }
        return lemmas
    }
}
