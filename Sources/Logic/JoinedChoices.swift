/// Puts numbers together again that went through memory byte by byte: a choice that was made for every byte is made once for all of them.
struct JoinedChoices {
    private var done: [Term: Term] = [:]

    mutating func apply(_ root: Term) -> Term {
        root.forEachSubterm { term in
            if done[term] != nil { return }
            let arguments = term.arguments.map { done[$0] ?? $0 }
            let isConcatenation = term.operation == .concatenate
            done[term] = isConcatenation ? join(arguments[0], arguments[1]) : term.rebuilt(with: arguments)
        }
        return done[root] ?? root
    }

    private func join(_ high: Term, _ low: Term) -> Term {
        if case .zeroExtend(let count) = high.operation {
            return .zeroExtend(join(high.arguments[0], low), by: count)
        }
        // The low bits of a sum are the sum of low bits, and no longer look like a part of the whole.
        if case .extract(let top, let bottom) = high.operation, bottom == low.width,
            .extract(high.arguments[0], high: bottom - 1, low: 0) == low
        {
            return .extract(high.arguments[0], high: top, low: 0)
        }
        guard high.operation == .ifThenElse, low.operation == .ifThenElse, high.arguments[0] == low.arguments[0] else {
            return .concatenate(high, low)
        }
        return .ifThenElse(
            high.arguments[0], join(high.arguments[1], low.arguments[1]), join(high.arguments[2], low.arguments[2]))
    }
}
