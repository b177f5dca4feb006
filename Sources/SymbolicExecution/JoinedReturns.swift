import Diagnostics
import Logic
import MiddleboxIR
import OrderedCollections

/// Calls of functions that change nothing: whatever way they take, the caller goes on as one path, with a result that says which way gives what.
///
/// Results that no term can choose among, such as no entry and some entry of a map, are a path each. A few ways stay apart, outside of loops: they are
/// simple to prove things of, one by one.
///
/// So a rule list costs its length, not the product of its rules' ways: `matches(rule, packet)` is one formula, and the search for the first rule that
/// matches one chain of choices.
extension Executor {
    /// Executes the function that stands on top to its end.
    ///
    /// - Parameters:
    ///   - caller: the path before the call.
    ///   - register: where the result goes.
    /// - Returns: the paths that come back, one where that loses nothing.
    func returns(
        of called: PathState, to caller: PathState, register: Register?, location: SourceLocation?
    ) -> [PathState] {
        let depth = caller.frames.count
        var open = [called]
        if isInLoop(caller) { open[0].asksAtForks = false }
        var returned: [PathState] = []
        while var path = open.popLast() {
            if isTooMany(open.count + returned.count, path) { continue }
            if open.count + returned.count > Self.waysUnasked { path.asksAtForks = true }
            var current = [path]
            while current.count == 1, current[0].frames.count > depth { current = ways(from: current[0]) }
            if current.count == 1 {
                returned.append(current[0])
            } else {
                // The first way on is taken first.
                open.append(contentsOf: current.reversed())
            }
        }
        if let joined = joined(returned, caller, register) { return joined }
        var result: [PathState] = []
        for index in returned.indices {
            let hasBeenAsked = returned[index].asksAtForks
            returned[index].askAgain(as: caller)
            if !hasBeenAsked, caller.asksAtForks, !isFeasible(&returned[index]) { continue }
            result.append(returned[index])
        }
        return result
    }

    /// So many ways through a function may be followed without asking whether they can be.
    private static let waysUnasked = 32

    /// Whether a branch is a round's decision by what a joined function said, in a called function's loop: one that the next round need not look
    /// back to.
    func isPassingQuestion(_ decision: Term, of path: PathState) -> Bool {
        path.frames.count > 1 && isInLoop(path)
            && (joinedResults.contains(decision) || joinedResults.contains(!decision))
    }

    /// The caller after the call, whichever way it went: a path for each kind of result. Nil where the ways differ in more than the result, or
    /// nothing is won.
    private func joined(_ returned: [PathState], _ caller: PathState, _ register: Register?) -> [PathState]? {
        let top = caller.frames.count - 1
        guard returned.count > (isInLoop(caller) ? 1 : limits.waysApart),
            returned.allSatisfy({ $0.isUnchanged(since: caller) })
        else { return nil }
        let known = caller.knowledge.conditions.count
        let ways = returned.map { path in
            Way(
                conditions: path.knowledge.conditions[known...],
                result: register.flatMap { path.frames[top].registers[$0.index] })
        }
        let kinds = OrderedSet(ways.map { ResultKind($0.result) })
        guard kinds.count < ways.count, kinds.count <= limits.waysApart else { return nil }
        var paths: [PathState] = []
        for kind in kinds {
            guard let choice = Choice(among: ways[...], of: kind) else { return nil }
            if case .integer(let term)? = choice.result { joinedResults.insert(term) }
            var path = caller
            path.assume(choice.isTaken)
            path.skipLocals(of: returned)
            if kinds.count > 1, caller.asksAtForks, !isFeasible(&path) { continue }
            paths.append(advanced(path, result: choice.result, register: register))
        }
        return paths
    }
}

/// One way through a function.
private struct Way {
    /// That decide for it, and that hold on it, in order.
    var conditions: ArraySlice<Term>
    let result: SymbolicValue?
}

/// Results of one kind are joined to one, a choice among them.
private enum ResultKind: Hashable {
    case nothing
    case integer(Sort)
    /// A place in an entry of the map, under whatever key.
    case entry(map: String, insertions: Int, offset: Term)
    /// There is one of its kind.
    case exactly(SymbolicValue)

    init(_ result: SymbolicValue?) {
        switch result {
        case nil: self = .nothing
        case .integer(let term): self = .integer(term.sort)
        case .pointer(.object(.entry(let map, _, let insertions), let offset)):
            self = .entry(map: map, insertions: insertions, offset: offset)
        case .pointer(let pointer)?: self = .exactly(.pointer(pointer))
        case .aggregate(let parts)?: self = .exactly(.aggregate(parts))
        case .undefined(let type)?: self = .exactly(.undefined(type))
        }
    }
}

/// That one of the ways with a result of a kind is taken, and what comes of it.
private struct Choice {
    let isTaken: Term
    let result: SymbolicValue?
    /// Whether there are any.
    private let isPossible: Bool

    private init(isTaken: Term, result: SymbolicValue?, isPossible: Bool) {
        self.isTaken = isTaken
        self.result = result
        self.isPossible = isPossible
    }

    /// - Parameter ways: all there are, in the order in which they forked.
    /// - Returns: nil where it cannot be told what they forked on.
    init?(among ways: ArraySlice<Way>, of kind: ResultKind) {
        guard let first = ways.first, let last = ways.last else { return nil }
        if ways.count == 1 {
            let isOne = ResultKind(first.result) == kind
            self.init(
                isTaken: isOne ? .and(Array(first.conditions)) : .false, result: isOne ? first.result : nil,
                isPossible: isOne)
            return
        }
        // What all have in common, then the decision.
        var common: [Term] = []
        var rest = ways
        while let condition = rest.first?.conditions.first,
            rest.allSatisfy({ $0.conditions.first == condition })
        {
            common.append(condition)
            for index in rest.indices { rest[index].conditions.removeFirst() }
        }
        guard let decision = rest.first?.conditions.first, !(last.conditions.isEmpty) else { return nil }
        let split = rest.firstIndex { $0.conditions.first != decision } ?? rest.endIndex
        guard split < rest.endIndex else { return nil }
        var (then, otherwise) = (rest[..<split], rest[split...])
        let guardTerm: Term
        let negation = otherwise.first?.conditions.first
        if negation == !decision {
            guardTerm = decision
            for index in then.indices { then[index].conditions.removeFirst() }
            if otherwise.allSatisfy({ $0.conditions.first == negation }) {
                for index in otherwise.indices { otherwise[index].conditions.removeFirst() }
            }
        } else {
            // A conjunction was taken apart: the way is told by all that its first conditions say.
            var shared: [Term] = []
            while let condition = then.first?.conditions.first, then.allSatisfy({ $0.conditions.first == condition }) {
                shared.append(condition)
                for index in then.indices { then[index].conditions.removeFirst() }
            }
            guardTerm = .and(shared)
        }
        guard let a = Choice(among: then, of: kind), let b = Choice(among: otherwise, of: kind) else { return nil }
        self.init(
            isTaken: .and(common + [.ifThenElse(guardTerm, a.isTaken, b.isTaken)]),
            result: !a.isPossible ? b.result : !b.isPossible ? a.result : Self.either(guardTerm, a.result, b.result),
            isPossible: a.isPossible || b.isPossible)
    }

    /// Of two results of one kind.
    private static func either(_ condition: Term, _ a: SymbolicValue?, _ b: SymbolicValue?) -> SymbolicValue? {
        switch (a, b) {
        case (.integer(let x), .integer(let y)): .integer(.ifThenElse(condition, x, y))
        case (
            .pointer(.object(.entry(let map, let x, let insertions), let offset)),
            .pointer(.object(.entry(_, let y, _), _))
        ):
            .pointer(
                .object(
                    .entry(map: map, key: .ifThenElse(condition, x, y), insertions: insertions), offset: offset))
        default: a
        }
    }
}
