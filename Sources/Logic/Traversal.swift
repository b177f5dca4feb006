extension Term {
    /// Visits every distinct subterm once, arguments before the terms that use them. Does not recurse, so depth is no limit.
    public func forEachSubterm(_ body: (Term) -> Void) {
        Term.forEachSubterm(of: [self], body)
    }

    /// The same over several terms together.
    ///
    /// - Parameter descends: whether the arguments of a term are visited, too.
    public static func forEachSubterm(
        of roots: [Term], descends: (Term) -> Bool = { _ in true }, _ body: (Term) -> Void
    ) {
        var visited: Set<Term> = []
        var stack: [(term: Term, expanded: Bool)] = roots.reversed().map { ($0, false) }
        while let (term, expanded) = stack.popLast() {
            if expanded {
                body(term)
            } else if visited.insert(term).inserted {
                stack.append((term, true))
                if descends(term) { for argument in term.arguments.reversed() { stack.append((argument, false)) } }
            }
        }
    }

    /// Whether the terms have so many distinct subterms, themselves included. Counts no further.
    public static func areLarge(_ terms: [Term], count: Int) -> Bool {
        var visited = Set(terms)
        var open = Array(visited)
        while visited.count < count, let term = open.popLast() {
            for argument in term.arguments where visited.insert(argument).inserted { open.append(argument) }
        }
        return visited.count >= count
    }

    /// The parts that a condition is the conjunction of; a denied disjunction is one, too.
    public var conjuncts: [Term] {
        switch operation {
        case .and: arguments.flatMap(\.conjuncts)
        case .not where arguments[0].operation == .or: arguments[0].arguments.flatMap { (!$0).conjuncts }
        case .boolean(true): []
        default: [self]
        }
    }

    /// The variables that occur in the term, in order of first occurrence.
    public var freeVariables: [Term] {
        var result: [Term] = []
        forEachSubterm { if $0.variableName != nil { result.append($0) } }
        return result
    }

    /// The term with other arguments in place of its own, simplified as if built anew.
    ///
    /// - Precondition: the sorts fit the operation.
    public func rebuilt(with arguments: [Term]) -> Term {
        if arguments == self.arguments { return self }
        return Term.build(operation, arguments, sort: sort)
    }
}

/// Replaces terms by terms, everywhere, and simplifies what results. Keeps what it has already replaced, so that one substitution
/// applied to many terms with shared parts does each part once.
public struct Substitution {
    private var replaced: [Term: Term]
    private let decide: ((Term) -> Bool?)?
    private let known: ((Term) -> Bool?)?

    /// The result is right only where the answers are of those who are asked.
    ///
    /// - Parameters:
    ///   - decide: whether two indices of an array (an equality) are known to be equal, nil when that is not known: reads go past the stores that
    ///     this tells to be elsewhere.
    ///   - known: whether a condition that comes out is known to hold, nil when that is not known. It is asked of parts before it is asked of the
    ///     whole, and need not take one apart.
    public init(
        _ replacements: [Term: Term], decide: ((Term) -> Bool?)? = nil, known: ((Term) -> Bool?)? = nil
    ) {
        replaced = replacements
        self.decide = decide
        self.known = known
    }

    public mutating func apply(_ term: Term) -> Term {
        if let done = replaced[term] { return done }
        var stack: [Term] = [term]
        while let top = stack.last {
            if replaced[top] != nil {
                stack.removeLast()
                continue
            }
            let missing = top.arguments.filter { replaced[$0] == nil }
            if missing.isEmpty {
                replaced[top] = rebuilt(top, with: top.arguments.map { replaced[$0] ?? $0 })
                stack.removeLast()
            } else {
                stack.append(contentsOf: missing)
            }
        }
        return replaced[term] ?? term
    }

    private func rebuilt(_ term: Term, with arguments: [Term]) -> Term {
        let result = simplified(term, with: arguments)
        guard let known, result.sort == .boolean, let value = known(result) else { return result }
        return .boolean(value)
    }

    private func simplified(_ term: Term, with arguments: [Term]) -> Term {
        guard term.operation == .select, let decide, arguments != term.arguments else {
            return term.rebuilt(with: arguments)
        }
        return .select(arguments[0], arguments[1], decide: decide)
    }
}
