import Logic

/// The variables and functions that occur in a stack of assertions. Looks at each distinct subterm once.
struct Occurrences {
    /// In order of first occurrence.
    private(set) var variables: [Term] = []
    /// One application per function, in order of first occurrence.
    private(set) var applications: [Term] = []

    private var visited: Set<Term> = []
    private var trail: [Term] = []
    private var functionNames: Set<String> = []

    /// Where the lists ended when a scope began.
    struct Mark {
        fileprivate let variables: Int
        fileprivate let applications: Int
        fileprivate let trail: Int
    }

    var mark: Mark {
        Mark(variables: variables.count, applications: applications.count, trail: trail.count)
    }

    mutating func insert(_ root: Term) {
        var stack = [root]
        while let term = stack.popLast() {
            guard visited.insert(term).inserted else { continue }
            trail.append(term)
            if term.variableName != nil { variables.append(term) }
            if case .apply(let name) = term.operation, functionNames.insert(name).inserted { applications.append(term) }
            for argument in term.arguments.reversed() where !visited.contains(argument) { stack.append(argument) }
        }
    }

    /// Forgets what was inserted after the mark.
    mutating func remove(to mark: Mark) {
        for term in trail[mark.trail...] { visited.remove(term) }
        trail.removeSubrange(mark.trail...)
        variables.removeSubrange(mark.variables...)
        for term in applications[mark.applications...] {
            if case .apply(let name) = term.operation { functionNames.remove(name) }
        }
        applications.removeSubrange(mark.applications...)
    }
}
