import Logic
import SymbolicExecution

extension ExactFact {
    /// The terms in the fact.
    var terms: [Term] {
        switch self {
        case .firstFree(let deadline, let last, let first, let count, let result, let now):
            [deadline, last, first, count, result, now]
        case .allAllocated(let deadline, let first, let count, let now): [deadline, first, count, now]
        case .full(let deadline, _, let now): [deadline, now]
        case .hasRoom(let deadline, let key, let now): [deadline, key, now]
        case .formula(let term): [term]
        }
    }

    /// The fact without quantifiers, in a trace that starts from the initial state with at most so many allocations before this point.
    func expanded(allocations: Int) -> Term {
        func number(_ value: Int) -> Term { .bitVector(value, width: 32) }
        switch self {
        case .firstFree(let deadline, let last, let first, let count, let result, let now):
            let isInRange = Term.unsignedLessOrEqual(first, last) && .unsignedLess(.subtract(last, first), count)
            let start = Term.ifThenElse(isInRange, .subtract(last, first), number(0))
            // No more than `allocations` indices are taken, so a free one is among the first `allocations` + 1.
            var ways: [Term] = []
            var takenSoFar: [Term] = []
            for distance in 0...allocations {
                let straight = Term.add(start, number(distance))
                let position = Term.ifThenElse(
                    .unsignedLess(straight, count), straight, .subtract(straight, count))
                let index = Term.add(first, position)
                ways.append(
                    .and(takenSoFar + [.unsignedLess(number(distance), count), .equal(result, index)]))
                takenSoFar.append(.less(now, .select(deadline, index)))
            }
            return .or(ways)
        case .allAllocated(let deadline, let first, let count, let now):
            var parts = [Term.unsignedLessOrEqual(count, number(allocations))]
            for distance in 0..<allocations {
                parts.append(
                    .implies(
                        .unsignedLess(number(distance), count),
                        .less(now, .select(deadline, .add(first, number(distance))))))
            }
            return .and(parts)
        case .full(_, let capacity, _):
            // The conditions say how many entries there are. A trace inserts a few: it cannot fill a large map, which need not be worked out.
            return .boolean(capacity <= 16)
        // What a trace stores is held to the room that there is in another way.
        case .hasRoom: return .true
        case .formula(let term): return term
        }
    }
}
