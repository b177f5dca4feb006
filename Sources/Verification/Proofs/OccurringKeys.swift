import Logic
import SpecLanguage
import SymbolicExecution

/// The terms that index the maps, pools and arrays of a model. What is found in a term is kept: obligations have most of theirs in common.
final class OccurringKeys {
    typealias Collection = InvariantProperty.Variable.Collection

    private let model: StateModel
    /// Most keys per collection.
    private let limit = 64
    private var known: [Term: [Collection: Set<Term>]] = [:]

    init(model: StateModel) { self.model = model }

    /// Those that index each collection anywhere in the given terms, in order of creation.
    func keys(in terms: [Term]) -> [Collection: [Term]] {
        var found: [Collection: Set<Term>] = [:]
        for term in terms { found.merge(keys(in: term)) { $0.union($1) } }
        return found.mapValues { Array($0.sorted { $0.identifier < $1.identifier }.prefix(limit)) }
    }

    private func keys(in term: Term) -> [Collection: Set<Term>] {
        if let known = known[term] { return known }
        var found: [Collection: Set<Term>] = [:]
        term.forEachSubterm { term in
            guard term.operation == .select || term.operation == .store else { return }
            guard let collection = collection(of: term.arguments[0]) else { return }
            if let key = key(at: term.arguments[1], of: collection) { found[collection, default: []].insert(key) }
        }
        known[term] = found
        return found
    }

    /// The index of the element of an array that a byte belongs to; of other collections, the key as it is.
    private func key(at place: Term, of collection: InvariantProperty.Variable.Collection) -> Term? {
        guard case .array(let name, _) = collection else { return place }
        guard case .array(let element, _)? = model.plain[name]?.type.underlying, element.size > 0 else { return nil }
        if element.size == 1 { return place }
        if let offset = place.bitVectorValue { return .bitVector(offset / UInt128(element.size), width: 32) }
        // The first byte of a member: those behind it are of the same element.
        var start = place
        if start.operation == .add, start.arguments.contains(where: { $0.bitVectorValue != nil }) {
            start = start.arguments.first { $0.bitVectorValue == nil } ?? start
        }
        if element.size & (element.size - 1) == 0 {
            let shift = element.size.trailingZeroBitCount
            return .zeroExtend(.extract(start, high: 31, low: shift), by: shift)
        }
        guard start.operation == .multiply, let size = start.arguments.first(where: { $0.bitVectorValue != nil }),
            size.bitVectorValue == UInt128(element.size)
        else { return nil }
        return start.arguments.first { $0.bitVectorValue == nil }
    }

    /// The map, pool or array whose contents a term is, through stores and choices.
    private func collection(of array: Term) -> InvariantProperty.Variable.Collection? {
        var current = array
        while true {
            switch current.operation {
            case .store: current = current.arguments[0]
            case .ifThenElse: current = current.arguments[1]
            case .variable(let name):
                if let array = StateTerms.plainObject(ofVariable: name) {
                    guard case .array(_, let count?)? = model.plain[array]?.type.underlying else { return nil }
                    return .array(array, count: count)
                }
                guard let object = StateTerms.indexedObject(ofVariable: name) else { return nil }
                if model.maps[object] != nil { return .map(object) }
                return model.pools[object] != nil ? .pool(object) : nil
            default: return nil
            }
        }
    }
}
