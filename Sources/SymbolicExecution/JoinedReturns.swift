import Diagnostics
import Logic
import MiddleboxIR

/// Calls of functions that change nothing: whatever way they take, the caller goes on as one path, with a result that says which way gives what.
///
/// A few ways stay apart, outside of loops: they are simple to prove things of, one by one.
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
        if let path = joined(returned, caller, register, location) { return [path] }
        var result: [PathState] = []
        for index in returned.indices {
            let hasBeenAsked = returned[index].asksAtForks
            returned[index].askAgain(as: caller)
            if !hasBeenAsked, caller.asksAtForks, !isFeasible(returned[index]) { continue }
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

    /// The caller after the call, whichever way it went; nil where the ways differ in more than the result.
    private func joined(
        _ returned: [PathState], _ caller: PathState, _ register: Register?, _ location: SourceLocation?
    ) -> PathState? {
        let top = caller.frames.count - 1
        guard returned.count > (isInLoop(caller) ? 1 : limits.waysApart),
            returned.allSatisfy({ $0.isUnchanged(since: caller) })
        else { return nil }
        let known = caller.knowledge.conditions.count
        var ways: [Way] = []
        for path in returned {
            let result = register.flatMap { path.frames[top].registers[$0.index] }
            ways.append(Way(conditions: path.knowledge.conditions[known...], result: result))
        }
        guard let (isTaken, result) = Self.choice(among: ways[...]) else { return nil }
        if case .integer(let term)? = result { joinedResults.insert(term) }
        var path = caller
        path.assume(isTaken)
        path.skipLocals(of: returned)
        return advanced(path, result: result, register: register)
    }

    /// One way through a function.
    private struct Way {
        /// That decide for it, and that hold on it, in order.
        var conditions: ArraySlice<Term>
        let result: SymbolicValue?
    }

    /// That one of the ways is taken, and what comes of it. Ways are in the order in which they forked.
    private static func choice(among ways: ArraySlice<Way>) -> (isTaken: Term, result: SymbolicValue?)? {
        guard let first = ways.first, let last = ways.last else { return nil }
        if ways.count == 1 { return (.and(Array(first.conditions)), first.result) }
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
        guard let (thenTaken, a) = choice(among: then), let (otherwiseTaken, b) = choice(among: otherwise) else {
            return nil
        }
        let result: SymbolicValue?
        switch (a, b) {
        case (.integer(let x)?, .integer(let y)?) where x.sort == y.sort:
            result = .integer(.ifThenElse(guardTerm, x, y))
        default:
            guard a == b else { return nil }
            result = a
        }
        return (.and(common + [.ifThenElse(guardTerm, thenTaken, otherwiseTaken)]), result)
    }
}
