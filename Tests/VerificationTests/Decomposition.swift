import SymbolicExecution

@testable import Verification

/// What verification made of the ways through a middlebox.
struct Decomposition: Sendable {
    /// That own state.
    var elements: Int
    var ways: Int
    /// Those of them that came through an input where ways were joined that differ: in arguments, in bytes or in state.
    var joined: Int
    /// Whether each way is one of its own, with all that was decided on it.
    var isExact: Bool

    init(_ verification: MiddleboxVerification) {
        let paths = verification.composition.paths
        elements = verification.graph.elements.count { !$0.ownedState.isEmpty }
        ways = paths.count
        joined = paths.count { path in
            (path.knowledge.conditions + path.state.terms + path.outputs.flatMap(\.terms)).contains { term in
                term.freeVariables.contains { variable in
                    // An argument that has no value is that of several ways.
                    variable.variableName.map { $0.contains("joined") || $0.contains(":argument") } ?? false
                }
            }
        }
        isExact = verification.composition.isExact
    }
}

extension Composer.Limits {
    /// Ways to an input are joined where there are more than so many, and no way is told apart.
    static func joining(arrivals: Int) -> Self {
        var limits = Self()
        limits.arrivals = arrivals
        limits.ways = 0
        limits.isAlwaysInexact = true
        return limits
    }
}
