import Logic
import SpecLanguage
import SymbolicExecution

/// A state as the specification language reads it: maps and pools at a point in time.
struct TermStateView: StateView {
    let model: StateModel
    let terms: StateTerms
    let now: Term
    /// Pairs of keys that are known to differ: reads at the one skip what was stored at the other.
    var distinctKeys: Set<DistinctKeys> = []

    struct DistinctKeys: Hashable {
        let read: Term
        let stored: Term
    }

    func isPresent(map: String, key: Term) -> Term { .less(now, expiry(map: map, key: key)) }

    func value(map: String, key: Term) -> Term {
        guard let map = terms.maps[map] else { preconditionFailure("the checker admits only maps of the middlebox") }
        return read(map.value, key)
    }

    func expiry(map: String, key: Term) -> Term {
        guard let map = terms.maps[map] else { preconditionFailure("the checker admits only maps of the middlebox") }
        return read(map.deadline, key)
    }

    private func read(_ array: Term, _ key: Term) -> Term {
        var array = array
        while array.operation == .store, distinctKeys.contains(.init(read: key, stored: array.arguments[1])) {
            array = array.arguments[0]
        }
        return .select(array, key)
    }

    func isAllocated(pool: String, index: Term) -> Term { .less(now, expiry(pool: pool, index: index)) }

    func expiry(pool: String, index: Term) -> Term {
        guard let pool = terms.pools[pool] else {
            preconditionFailure("the checker admits only pools of the middlebox")
        }
        return .select(pool.deadline, index)
    }

    func hasRoom(map: String) -> Term {
        guard let terms = terms.maps[map], let capacity = model.maps[map]?.capacity else {
            preconditionFailure("the checker admits only maps of the middlebox")
        }
        return .less(.number(above: now, in: terms.deadline), .integer(capacity))
    }

    func hasFreeIndex(pool: String, from first: Term, through last: Term) -> Term {
        guard let pool = terms.pools[pool] else {
            preconditionFailure("the checker admits only pools of the middlebox")
        }
        return .unsignedLessOrEqual(first, last)
            && .less(.integer(0), .number(notAbove: now, in: pool.deadline, from: first, through: last))
    }

    func variable(_ name: String, path: [PathComponent]) -> Term {
        guard let plain = model.plain[name], let bytes = terms.plain[name] else {
            preconditionFailure("the checker admits only objects of the middlebox")
        }
        return PlainObject(type: plain.type).scalar(at: path) { .select(bytes, $0) }
    }
}
