import Logic
import SymbolicExecution

/// A map never holds more entries than its capacity. The proof does without: a successful insertion says nothing of the room there was.
/// A trace must not, or it would show what the program cannot do.
enum MapRoom {
    /// Most conditions for one map.
    private static let limit = 64

    /// That in a state of a trace, and on the way to it, no map is overfull. What cannot be said in a few conditions is denied.
    ///
    /// - Parameter now: the time of the last packet. What was stored by earlier ones has been looked at in its time.
    static func conditions(of state: StateTerms, _ model: StateModel, now: Term) -> [Term] {
        state.maps.flatMap { name, map -> [Term] in
            guard let capacity = model.maps[name]?.capacity else { return [] }
            // From the last change back to the empty map.
            var arrays: [Term] = []
            var keys: [Term] = []
            var array = map.deadline
            while array.operation == .store {
                arrays.append(array)
                if !keys.contains(array.arguments[1]) { keys.append(array.arguments[1]) }
                array = array.arguments[0]
            }
            guard array.operation == .constantArray else { return [.false] }
            guard keys.count > capacity else { return [] }
            guard let crowds = choices(of: capacity + 1, among: keys[...], atMost: limit / arrays.count) else {
                return [.false]
            }
            return arrays.flatMap { array in
                crowds.map { crowd in
                    let present = crowd.map { Term.less(now, .select(array, $0)) }
                    let distinct = crowd.indices.flatMap { i in crowd[..<i].map { Term.notEqual($0, crowd[i]) } }
                    return !Term.and(present + distinct)
                }
            }
        }
    }

    /// All choices of so many; nil when there are more than the limit.
    private static func choices(of count: Int, among keys: ArraySlice<Term>, atMost limit: Int) -> [[Term]]? {
        if count == 0 { return limit > 0 ? [[]] : nil }
        guard let first = keys.first, keys.count >= count else { return [] }
        guard let with = choices(of: count - 1, among: keys.dropFirst(), atMost: limit),
            let without = choices(of: count, among: keys.dropFirst(), atMost: limit - with.count)
        else { return nil }
        return with.map { [first] + $0 } + without
    }
}
