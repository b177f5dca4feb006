/// What is known to hold where a packet is looked at, such as the condition of the path that made it.
///
/// Terms over packets branch on tags, protocols and header lengths. On a path that has decided these, knowing its condition keeps the
/// terms small: branches that cannot be taken are not built, and stores that cannot concern an index are read through.
/// Whatever is built with facts is right only where they hold.
public struct KnownFacts: Sendable {
    private var facts: Set<Term> = []
    /// The facts that a term occurs in.
    private var occurrences: [Term: [Term]] = [:]
    private var linear = LinearFacts([])

    /// Nothing is known.
    public static let none = KnownFacts([])

    /// Larger facts do not take part in refutation by substitution: they are about state, and only cost time.
    private static let largestFact = 64

    /// - Parameter conditions: each holds; conjunctions are taken apart.
    public init(_ conditions: [Term]) {
        insert(conditions)
    }

    /// With what more is known.
    public func adding(_ conditions: [Term]) -> KnownFacts {
        var result = self
        result.insert(conditions)
        return result
    }

    /// Adds what more is known.
    ///
    /// - Returns: the parts of the conditions that were not among the facts.
    @discardableResult
    public mutating func insert(_ conditions: [Term]) -> [Term] {
        let added = conditions.flatMap(\.conjuncts).filter { facts.insert($0).inserted }
        for fact in added {
            var subterms: [Term] = []
            fact.forEachSubterm { subterms.append($0) }
            guard subterms.count <= Self.largestFact else { continue }
            for subterm in subterms where !subterm.isConstant { occurrences[subterm, default: []].append(fact) }
        }
        linear.insert(added)
        return added
    }

    /// Whether the condition holds, where the facts tell; nil where they do not.
    public func decide(_ condition: Term) -> Bool? {
        if let known = decideAsItStands(condition) { return known }
        switch condition.operation {
        case .and:
            let parts = condition.arguments.map(decide)
            if parts.contains(false) { return false }
            return parts.contains(nil) ? nil : true
        case .or:
            let parts = condition.arguments.map(decide)
            if parts.contains(true) { return true }
            return parts.contains(nil) ? nil : false
        case .not: return decide(condition.arguments[0]).map { !$0 }
        default: return nil
        }
    }

    /// The same of a condition that is not taken apart.
    private func decideAsItStands(_ condition: Term) -> Bool? {
        if condition.isTrue { return true }
        if condition.isFalse { return false }
        if facts.contains(condition) { return true }
        if facts.contains(!condition) { return false }
        switch condition.operation {
        case .equal: return linear.decide(condition) ?? (isRefuted(condition) ? false : nil)
        case .unsignedLess, .unsignedLessOrEqual, .integerLess, .integerLessOrEqual: return linear.decide(condition)
        default: return nil
        }
    }

    /// The condition, or the constant that it is known to be.
    public func simplify(_ condition: Term) -> Term {
        decide(condition).map(Term.boolean) ?? condition
    }

    /// Makes of a formula what it is where the facts hold: every condition in it that they tell is put in as the constant that it is.
    public var simplification: Substitution { Substitution([:], known: decideAsItStands) }

    /// Whether a fact about x becomes false when x is the constant that the equality says it is.
    private func isRefuted(_ equality: Term) -> Bool {
        let (a, b) = (equality.arguments[0], equality.arguments[1])
        guard let (term, constant) = b.isConstant ? (a, b) : a.isConstant ? (b, a) : nil else { return false }
        return (occurrences[term] ?? []).contains { fact in
            var substitution = Substitution([term: constant])
            return substitution.apply(fact).isFalse
        }
    }
}
