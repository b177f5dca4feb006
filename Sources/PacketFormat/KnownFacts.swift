import Logic

/// What is known to hold where a packet is looked at, such as the condition of the path that made it.
///
/// Terms over packets branch on tags, protocols and header lengths. On a path that has decided these, knowing its condition keeps the
/// terms small: branches that cannot be taken are not built, and stores that cannot concern an index are read through.
/// Whatever is built with facts is right only where they hold.
public struct KnownFacts: Sendable {
    private let facts: Set<Term>
    /// The facts that a term occurs in.
    private let occurrences: [Term: [Term]]
    /// Numbers that bit-vector terms are not below.
    private let lowerBounds: [Term: UInt128]

    /// Nothing is known.
    public static let none = KnownFacts([])

    /// Larger facts do not take part in refutation by substitution: they are about state, and only cost time.
    private static let largestFact = 64

    /// - Parameter conditions: each holds; conjunctions are taken apart.
    public init(_ conditions: [Term]) {
        var facts: Set<Term> = []
        for condition in conditions { facts.formUnion(condition.conjuncts) }
        var occurrences: [Term: [Term]] = [:]
        for fact in facts.sorted(by: { $0.identifier < $1.identifier }) {
            var subterms: [Term] = []
            fact.forEachSubterm { subterms.append($0) }
            guard subterms.count <= Self.largestFact else { continue }
            for subterm in subterms where !subterm.isConstant { occurrences[subterm, default: []].append(fact) }
        }
        var lowerBounds: [Term: UInt128] = [:]
        for fact in facts where fact.operation == .unsignedLess || fact.operation == .unsignedLessOrEqual {
            guard let constant = fact.arguments[0].bitVectorValue else { continue }
            let least = fact.operation == .unsignedLess ? constant + 1 : constant
            lowerBounds[fact.arguments[1]] = max(least, lowerBounds[fact.arguments[1]] ?? 0)
        }
        self.facts = facts
        self.occurrences = occurrences
        self.lowerBounds = lowerBounds
    }

    /// Whether the condition holds, where the facts tell; nil where they do not.
    public func decide(_ condition: Term) -> Bool? {
        if condition.isTrue { return true }
        if condition.isFalse { return false }
        if facts.isEmpty { return nil }
        if facts.contains(condition) { return true }
        if facts.contains(!condition) { return false }
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
        case .equal: return isRefuted(condition) ? false : nil
        case .unsignedLess, .unsignedLessOrEqual: return compare(condition)
        default: return nil
        }
    }

    /// A constant against a term that is known to be at least so large.
    private func compare(_ condition: Term) -> Bool? {
        let isStrict = condition.operation == .unsignedLess
        let (a, b) = (condition.arguments[0], condition.arguments[1])
        if let constant = a.bitVectorValue {
            let least = lowerBound(b)
            return (isStrict ? constant < least : constant <= least) ? true : nil
        }
        if let constant = b.bitVectorValue {
            let least = lowerBound(a)
            return (isStrict ? least >= constant : least > constant) ? false : nil
        }
        return nil
    }

    /// A number that the term is not below.
    private func lowerBound(_ term: Term) -> UInt128 {
        let known = lowerBounds[term] ?? 0
        switch term.operation {
        case .bitVector(let value): return value
        case .zeroExtend: return max(known, lowerBound(term.arguments[0]))
        case .concatenate:
            return max(known, lowerBound(term.arguments[0]) << UInt128(term.arguments[1].width))
        case .add:
            guard let constant = term.arguments[1].bitVectorValue,
                case .zeroExtend(let room) = term.arguments[0].operation, room > 0, room < 128
            else { return known }
            // Without a carry out of the top: the zero-extended part leaves room for the constant.
            let largest = (UInt128(1) << UInt128(term.arguments[0].width - room)) - 1
            guard largest + constant < UInt128(1) << UInt128(term.width) else { return known }
            return max(known, lowerBound(term.arguments[0]) + constant)
        default: return known
        }
    }

    /// The condition, or the constant that it is known to be.
    public func simplify(_ condition: Term) -> Term {
        decide(condition).map(Term.boolean) ?? condition
    }

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
