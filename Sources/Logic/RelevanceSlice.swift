/// The assertions that can take part in refuting a goal: those connected to it through variables and uninterpreted functions.
///
/// Leaving assertions out is sound in a proof: what follows from fewer follows from all.
///
/// Keeps what each term speaks of, as the same assertions are looked through again and again.
public struct RelevanceSlice {
    /// The names in each term, as numbers.
    private var symbols: [Term: Set<Int>] = [:]
    private var numbers: [String: Int] = [:]

    public init() {}

    /// In their order; what has no name in it is always kept.
    ///
    /// - Parameters:
    ///   - assertions: candidates.
    ///   - goal: where to start.
    public mutating func slice(_ assertions: [Term], goal: [Term]) -> [Term] {
        var reached: Set<Int> = []
        var new: [Int] = []
        func reach(_ symbols: Set<Int>) {
            for symbol in symbols where reached.insert(symbol).inserted { new.append(symbol) }
        }
        for term in goal { reach(symbols(in: term)) }
        let all = assertions.map { symbols(in: $0) }
        var speaking: [Int: [Int]] = [:]
        for (index, symbols) in all.enumerated() {
            for symbol in symbols { speaking[symbol, default: []].append(index) }
        }
        var isKept = all.map(\.isEmpty)
        while let symbol = new.popLast() {
            for index in speaking[symbol] ?? [] where !isKept[index] {
                isKept[index] = true
                reach(all[index])
            }
        }
        return zip(assertions, isKept).filter(\.1).map(\.0)
    }

    private mutating func symbols(in term: Term) -> Set<Int> {
        if let known = symbols[term] { return known }
        var found: Set<Int> = []
        term.forEachSubterm { subterm in
            switch subterm.operation {
            case .variable(let name), .apply(let name):
                let number = numbers[name] ?? numbers.count
                numbers[name] = number
                found.insert(number)
            default: break
            }
        }
        symbols[term] = found
        return found
    }

    /// The assertions that speak of something that the goal speaks of, beyond single variables: a read of state, a sum, a key.
    ///
    /// Much smaller than a slice, and most often all that a goal about state needs.
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
