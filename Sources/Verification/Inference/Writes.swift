import Logic
import OrderedCollections
import SymbolicExecution

/// What a path has written to maps and pools, entry by entry.
struct Writes {
    struct Entry {
        let key: Term
        /// After the path; as it was where nothing was stored.
        let value: Term
        let hasNewValue: Bool
        /// Nil where it was not stored, or the entry was removed.
        let deadline: Term?
    }

    struct Index {
        let index: Term
        let deadline: Term?
    }

    private(set) var entries: OrderedDictionary<String, [Entry]> = [:]
    private(set) var indices: OrderedDictionary<String, [Index]> = [:]

    init(of after: StateTerms, before: StateTerms, _ model: StateModel) {
        for (name, map) in after.maps {
            guard let old = before.maps[name] else { continue }
            let deadlines = Self.stores(map.deadline, to: old.deadline)
            let values = Self.stores(map.value, to: old.value)
            var keys = Array(deadlines.keys)
            for key in values.keys where deadlines[key] == nil { keys.append(key) }
            let written = keys.map { key in
                Entry(
                    key: key, value: values[key] ?? .select(map.value, key), hasNewValue: values[key] != nil,
                    deadline: deadlines[key].flatMap(Self.life))
            }
            // What is removed says nothing.
            let kept = written.filter { $0.hasNewValue || $0.deadline != nil }
            if !kept.isEmpty { entries[name] = kept }
        }
        for (name, pool) in after.pools {
            guard let old = before.pools[name] else { continue }
            let kept = Self.stores(pool.deadline, to: old.deadline).compactMap { index, deadline in
                Self.life(deadline).map { Index(index: index, deadline: $0) }
            }
            if !kept.isEmpty { indices[name] = kept }
        }
    }

    /// The deadline of what is alive afterwards. A refresh stores it only where there is something to refresh.
    private static func life(_ deadline: Term) -> Term? {
        if deadline == .integer(0) { return nil }
        return deadline.operation == .ifThenElse ? deadline.arguments[1] : deadline
    }

    /// What was stored last at each index, in order of first mention.
    private static func stores(_ array: Term, to base: Term) -> OrderedDictionary<Term, Term> {
        var result: OrderedDictionary<Term, Term> = [:]
        var array = array
        while array != base, array.operation == .store {
            if result[array.arguments[1]] == nil { result[array.arguments[1]] = array.arguments[2] }
            array = array.arguments[0]
        }
        return result
    }
}
