/// The assertions that can take part in refuting a goal: those connected to it through variables and uninterpreted functions.
///
/// Leaving assertions out is sound in a proof: what follows from fewer follows from all.
public enum RelevanceSlice {
    /// - Parameters:
    ///   - assertions: candidates.
    ///   - goal: where to start.
    ///   - isHub: names that connect too much to count as a connection, such as the current time.
    public static func slice(_ assertions: [Term], goal: Term, isHub: (String) -> Bool = { _ in false }) -> [Term] {
        var reached = symbols(in: goal, isHub)
        var open = assertions.map { (assertion: $0, symbols: symbols(in: $0, isHub), isKept: false) }
        var hasChanged = true
        while hasChanged {
            hasChanged = false
            for index in open.indices where !open[index].isKept && !open[index].symbols.isDisjoint(with: reached) {
                open[index].isKept = true
                reached.formUnion(open[index].symbols)
                hasChanged = true
            }
        }
        // What speaks of hubs alone is small, and always kept.
        return open.filter { $0.isKept || $0.symbols.isEmpty }.map(\.assertion)
    }

    private static func symbols(in term: Term, _ isHub: (String) -> Bool) -> Set<String> {
        var found: Set<String> = []
        term.forEachSubterm { subterm in
            switch subterm.operation {
            case .variable(let name), .apply(let name): if !isHub(name) { found.insert(name) }
            default: break
            }
        }
        return found
    }

    /// The assertions that speak of something that the goal speaks of, beyond single variables: a read of state, a sum, a key.
    ///
    /// Much smaller than `slice`, and most often all that a goal about state needs.
    public static func neighbours(_ assertions: [Term], goal: Term) -> [Term] {
        var compound: Set<Term> = []
        goal.forEachSubterm { if isCompound($0) { compound.insert($0) } }
        return assertions.filter { assertion in
            var isNeighbour = false
            assertion.forEachSubterm { if compound.contains($0) { isNeighbour = true } }
            return isNeighbour
        }
    }

    private static func isCompound(_ term: Term) -> Bool { !term.arguments.isEmpty && term.sort != .boolean }
}
