import Logic
import SymbolicExecution

/// Ways through the middlebox that change the state alike: one of them, up to the last change, stands for all of them, since what they
/// decide afterwards (what to do with the packet) cannot matter to the state.
struct PathGroup: Sendable {
    let representative: ProgramPath
    /// Decided before the last change; implied by every path of the group.
    let conditions: [Term]
    let state: StateTerms
    /// A short name for queries.
    let name: String

    /// The groups of the paths that change the state at all, in path order.
    static func groups(of paths: [ProgramPath], unchanged: StateTerms) -> [PathGroup] {
        struct Key: Hashable {
            let state: StateTerms
            let conditions: [Term]
        }
        var seen: Set<Key> = []
        var groups: [PathGroup] = []
        for (number, path) in paths.enumerated() where path.state != unchanged {
            let conditions = Array(path.knowledge.conditions.prefix(path.conditionsAtLastStateChange))
            guard seen.insert(Key(state: path.state, conditions: conditions)).inserted else { continue }
            groups.append(
                PathGroup(
                    representative: path, conditions: conditions, state: path.state,
                    name: "path\(number)"))
        }
        return groups
    }
}
