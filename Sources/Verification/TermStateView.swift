import Logic
import SpecLanguage
import SymbolicExecution

/// A state as the specification language reads it: maps and pools at a point in time.
struct TermStateView: StateView {
    let model: StateModel
    let terms: StateTerms
    let now: Term

    func isPresent(map: String, key: Term) -> Term { .less(now, expiry(map: map, key: key)) }

    func value(map: String, key: Term) -> Term {
        guard let map = terms.maps[map] else { preconditionFailure("the checker admits only maps of the middlebox") }
        return .select(map.value, key)
    }

    func expiry(map: String, key: Term) -> Term {
        guard let map = terms.maps[map] else { preconditionFailure("the checker admits only maps of the middlebox") }
        return .select(map.deadline, key)
    }

    func isAllocated(pool: String, index: Term) -> Term { .less(now, expiry(pool: pool, index: index)) }

    func expiry(pool: String, index: Term) -> Term {
        guard let pool = terms.pools[pool] else { preconditionFailure("the checker admits only pools of the middlebox") }
        return .select(pool.deadline, index)
    }
}

extension SpecEnvironment {
    /// What a spec may name of a middlebox.
    init(_ model: StateModel) {
        func structure(_ record: Record) -> SpecType {
            .structure(
                name: record.name,
                fields: record.tupleSort.fields.enumerated().map { index, field in
                    .init(field.name, record.leaves[index].isSeconds ? .bits(32) : .bits(field.sort.width ?? 0))
                })
        }
        self.init(
            ports: model.ports.map { ($0.name, $0.number) },
            configuration: model.configuration.map { configuration in
                configuration.record.leaves.map { ($0.name, $0.isSeconds ? .integer : .bits(8 * $0.size)) }
            } ?? [],
            maps: model.maps.values.map { ($0.name, structure($0.key), structure($0.value), $0.key.tupleSort) },
            pools: Array(model.pools.keys))
    }
}
