import Logic
import OrderedCollections

/// One state of a middlebox: a term for each state object.
public struct StateTerms: Hashable, Sendable {
    public struct Map: Hashable, Sendable {
        public var deadline: Term
        public var value: Term
    }

    public struct Pool: Hashable, Sendable {
        public var deadline: Term
        /// The index that was allocated last: where the search for a free one begins.
        public var last: Term
    }

    public var maps: OrderedDictionary<String, Map>
    public var pools: OrderedDictionary<String, Pool>
    public var plain: OrderedDictionary<String, Term>

    /// The map or pool whose array a variable of a `symbolic` state is, by the variable's name.
    public static func indexedObject(ofVariable name: String) -> String? {
        let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].hasPrefix("deadline") || parts[1].hasPrefix("value") else { return nil }
        return String(parts[0])
    }

    /// The object at file scope whose bytes a variable of a `symbolic` state is, by the variable's name.
    public static func plainObject(ofVariable name: String) -> String? {
        let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.count == 2 && parts[1].hasPrefix("bytes") ? String(parts[0]) : nil
    }

    /// Any state: a variable for each object. `suffix` tells states apart. The colon stands in no name of C's or of a spec's, which join
    /// names by dots: the object `ports` and an invariant `ports` must not meet in one variable.
    public static func symbolic(_ model: StateModel, suffix: String = "") -> StateTerms {
        StateTerms(
            maps: model.maps.mapValues { map in
                Map(
                    deadline: .variable("\(map.name):deadline\(suffix)", map.deadlineSort),
                    value: .variable("\(map.name):value\(suffix)", map.valueSort))
            },
            pools: model.pools.mapValues { pool in
                Pool(
                    deadline: .variable("\(pool.name):deadline\(suffix)", StateModel.Pool.deadlineSort),
                    last: .variable("\(pool.name):last\(suffix)", StateModel.Pool.indexSort))
            },
            plain: model.plain.mapValues { plain in
                plain.isConstant
                    ? initialBytes(plain) : .variable("\(plain.name):bytes\(suffix)", StateModel.Plain.sort)
            })
    }

    /// The state before the first packet.
    public static func initial(_ model: StateModel) -> StateTerms {
        StateTerms(
            maps: model.maps.mapValues { map in
                Map(
                    deadline: .constantArray(.integer(0), sort: map.deadlineSort),
                    value: .constantArray(map.value.zero, sort: map.valueSort))
            },
            pools: model.pools.mapValues { _ in
                Pool(
                    deadline: .constantArray(.integer(0), sort: StateModel.Pool.deadlineSort),
                    last: .bitVector(0, width: 32))
            },
            plain: model.plain.mapValues(initialBytes))
    }

    private static func initialBytes(_ plain: StateModel.Plain) -> Term {
        var bytes = Term.constantArray(.bitVector(0, width: 8), sort: StateModel.Plain.sort)
        for (offset, byte) in plain.initialBytes.enumerated() where byte != 0 {
            bytes = .store(bytes, .bitVector(offset, width: 32), .bitVector(Int(byte), width: 8))
        }
        return bytes
    }

    public func mapTerms(_ transform: (Term) -> Term) -> StateTerms {
        StateTerms(
            maps: maps.mapValues { Map(deadline: transform($0.deadline), value: transform($0.value)) },
            pools: pools.mapValues { Pool(deadline: transform($0.deadline), last: transform($0.last)) },
            plain: plain.mapValues(transform))
    }

    /// All terms, in a fixed order: two states of one model correspond term by term.
    public var terms: [Term] {
        maps.values.flatMap { [$0.deadline, $0.value] } + pools.values.flatMap { [$0.deadline, $0.last] }
            + Array(plain.values)
    }
}
