import Logic
import SymbolicExecution

/// Ways through the middlebox, or through one control operation, that change the state alike: one of them, up to the last
/// change, stands for all of them in a proof by induction, since what they decide afterwards (what to do with the packet) cannot matter to the state.
struct PathGroup: Sendable {
    /// One that ends in a known way, if there is any.
    private(set) var representative: ProgramPath
    /// Decided before the last change; implied by every path of the group. There may be ways that decide the same and then change the
    /// state once more: they are in other groups, and proved besides.
    let conditions: [Term]
    let state: StateTerms
    /// A short name for queries.
    let name: String
    /// What is known at the end of each path of the group that ends in a known way.
    private(set) var ends: [Knowledge] = []

    /// The groups of the paths that change the state at all, in path order.
    static func groups(of paths: [ProgramPath], unchanged: StateTerms) -> [PathGroup] {
        struct Key: Hashable {
            let state: StateTerms
            let conditions: [Term]
            let operation: String?
        }
        var places: [Key: Int] = [:]
        var groups: [PathGroup] = []
        for (number, path) in paths.enumerated() where path.state != unchanged {
            let conditions = Array(path.knowledge.conditions.prefix(path.conditionsAtLastStateChange))
            let key = Key(state: path.state, conditions: conditions, operation: path.operation)
            let place = places[key, default: groups.count]
            if place == groups.count {
                places[key] = place
                groups.append(
                    PathGroup(
                        representative: path, conditions: conditions, state: path.state,
                        name: "path\(number)"))
            }
            guard case .finished = path.end else { continue }
            if groups[place].ends.isEmpty { groups[place].representative = path }
            groups[place].ends.append(path.knowledge)
        }
        return groups
    }

    /// Exactly what the packets know that take a path of the group to its end: one for each set of facts about the runtime that the paths
    /// have, usually one in all.
    var whole: [Knowledge] {
        var exact: [[ExactFact]] = []
        for end in ends where !exact.contains(end.exact) { exact.append(end.exact) }
        return exact.map { facts in
            let members = ends.filter { end in end.exact == facts }
            let rest = PathGroup.anyOf(members.map { $0.conditions.dropFirst(conditions.count) })
            let decided = conditions + (rest.isTrue ? [] : [rest])
            var updates: [ChecksumUpdate] = []
            for update in members.flatMap(\.arithmetic) where !updates.contains(update) { updates.append(update) }
            let needed = Set((decided + state.terms).flatMap(\.freeVariables))
            return Knowledge(
                conditions: decided, arithmetic: ChecksumUpdate.needed(for: needed, among: updates), exact: facts)
        }
    }

    /// That one of the lists of decisions was taken. Where both ways of a decision lead on, it does not matter.
    private static func anyOf(_ lists: [ArraySlice<Term>]) -> Term {
        if lists.contains(where: \.isEmpty) { return .true }
        var firsts: [Term] = []
        for list in lists { if let first = list.first, !firsts.contains(first) { firsts.append(first) } }
        var ways: [Term: Term] = [:]
        for first in firsts { ways[first] = anyOf(lists.filter { $0.first == first }.map { $0.dropFirst() }) }
        for first in firsts where ways[first]?.isTrue == true && ways[!first]?.isTrue == true { return .true }
        return .or(firsts.map { first in first && (ways[first] ?? .false) })
    }
}
