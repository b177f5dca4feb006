import Logic

/// Tells arithmetic that solvers are slow at when it is done on bits: products of variables, division, and times as bit-vectors.
struct HardArithmetic {
    private var known: [Term: Bool] = [:]

    /// Numbers of fewer bits are not worth it.
    private static let narrow = 16

    mutating func occurs(in terms: [Term]) -> Bool {
        terms.reduce(false) { occurs(in: $1) || $0 }
    }

    private mutating func occurs(in root: Term) -> Bool {
        if let result = known[root] { return result }
        var stack = [root]
        while let term = stack.last {
            let missing = known[term] == nil ? term.arguments.filter { known[$0] == nil } : []
            if missing.isEmpty {
                known[term] = Self.isHard(term) || term.arguments.contains { known[$0] == true }
                stack.removeLast()
            } else {
                stack.append(contentsOf: missing)
            }
        }
        return known[root] == true
    }

    /// Whether the condition speaks of anything but bytes: what it says of these alone does not help with arithmetic.
    static func isAboutNumbers(_ condition: Term) -> Bool {
        var found = false
        condition.forEachSubterm { term in
            switch (term.operation, term.sort) {
            case (.variable, .bitVector(let width)), (.apply, .bitVector(let width)): found = found || width > 8
            case (.variable, .integer), (.apply, .integer), (.variable, .boolean), (.apply, .boolean): found = true
            default: break
            }
        }
        return found
    }

    private static func isHard(_ term: Term) -> Bool {
        switch term.operation {
        case .multiply, .integerMultiply: !term.arguments.contains(where: \.isConstant)
        case .unsignedDivide, .unsignedRemainder: term.width > narrow
        case .add, .subtract, .unsignedLess, .unsignedLessOrEqual, .equal:
            term.arguments.contains { if case .bitVectorOfInteger = $0.operation { !$0.isConstant } else { false } }
        default: false
        }
    }
}
