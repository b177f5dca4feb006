import Logic

/// A condition on something that is kept and something that is at hand, so arranged that of much that is kept only a little need be looked at.
struct HistoryJoin {
    /// Of what is at hand alone.
    let here: [Term]
    /// Of what is kept alone.
    let kept: [Term]
    /// What is kept has to be equal to what is at hand.
    let links: [(kept: Term, here: Term)]
    /// What is left: of both.
    let rest: [Term]

    /// - Parameters:
    ///   - keepsState: whether state is of what is kept.
    ///   - changing: of what is kept, what may become another: nothing is found by it.
    ///   - isKept: whether a variable without a source is of what is kept.
    init(
        _ condition: Term, _ observables: Observables, keepsState: Bool, changing: Term? = nil, isKept: (Term) -> Bool
    ) {
        var (here, kept, links, rest): ([Term], [Term], [(kept: Term, here: Term)], [Term]) = ([], [], [], [])
        /// What the value of a term hangs on.
        func sides(_ term: Term) -> (kept: Bool, here: Bool) {
            let roots = observables.roots(of: term)
            let readsState = observables.sources(behind: term).contains { $0.object != nil }
            return (
                roots.contains(where: isKept) || (readsState && keepsState),
                roots.contains { !isKept($0) } || (readsState && !keepsState)
            )
        }
        func isChanging(_ term: Term) -> Bool { changing.map(observables.roots(of: term).contains) ?? false }
        for conjunct in condition.conjuncts {
            let both = sides(conjunct)
            switch (both.kept, both.here) {
            case (false, _): here.append(conjunct)
            case (true, false): kept.append(conjunct)
            case (true, true):
                if conjunct.operation == .equal, !isChanging(conjunct) {
                    let (a, b) = (conjunct.arguments[0], conjunct.arguments[1])
                    let (x, y) = (sides(a), sides(b))
                    if !x.here, !y.kept {
                        links.append((a, b))
                        continue
                    }
                    if !y.here, !x.kept {
                        links.append((b, a))
                        continue
                    }
                }
                rest.append(conjunct)
            }
        }
        (self.here, self.kept, self.links, self.rest) = (here, kept, links, rest)
    }
}
