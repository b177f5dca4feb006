// Terms over all sorts: constants, variables, Boolean connectives, equality, if-then-else. Every builder simplifies.

extension Term {
    public static let `true` = intern(.boolean(true), sort: .boolean)
    public static let `false` = intern(.boolean(false), sort: .boolean)

    public static func boolean(_ value: Bool) -> Term { value ? .true : .false }

    public static func variable(_ name: String, _ sort: Sort) -> Term {
        intern(.variable(name), sort: sort)
    }

    /// An application of an uninterpreted function, or of one that counts.
    public static func apply(_ function: String, _ arguments: [Term], sort: Sort) -> Term {
        count(function, arguments) ?? intern(.apply(function), arguments, sort: sort)
    }

    public static prefix func ! (term: Term) -> Term {
        switch term.operation {
        case .boolean(let value): .boolean(!value)
        case .not: term.arguments[0]
        case .unsignedLess: .unsignedLessOrEqual(term.arguments[1], term.arguments[0])
        case .unsignedLessOrEqual: .unsignedLess(term.arguments[1], term.arguments[0])
        case .signedLess: .signedLessOrEqual(term.arguments[1], term.arguments[0])
        case .signedLessOrEqual: .signedLess(term.arguments[1], term.arguments[0])
        case .integerLess: .lessOrEqual(term.arguments[1], term.arguments[0])
        case .integerLessOrEqual: .less(term.arguments[1], term.arguments[0])
        default: intern(.not, [term], sort: .boolean)
        }
    }

    public static func and(_ terms: [Term]) -> Term { connective(.and, terms) }
    public static func or(_ terms: [Term]) -> Term { connective(.or, terms) }
    public static func && (a: Term, b: Term) -> Term { and([a, b]) }
    public static func || (a: Term, b: Term) -> Term { or([a, b]) }
    public static func implies(_ premise: Term, _ conclusion: Term) -> Term { or([!premise, conclusion]) }

    /// How deep builders go into a term to take its parts apart. Deeper parts stay as they are: a simplification is lost, not the stack.
    static let distributionDepth = 200

    /// The negation, if there is such a term already. Unlike `!`, makes none.
    private var existingNegation: Term? {
        switch operation {
        case .boolean(let value): .boolean(!value)
        case .not: arguments[0]
        case .unsignedLess: .existing(.unsignedLessOrEqual, arguments.reversed(), sort: .boolean)
        case .unsignedLessOrEqual: .existing(.unsignedLess, arguments.reversed(), sort: .boolean)
        case .signedLess: .existing(.signedLessOrEqual, arguments.reversed(), sort: .boolean)
        case .signedLessOrEqual: .existing(.signedLess, arguments.reversed(), sort: .boolean)
        case .integerLess: .existing(.integerLessOrEqual, arguments.reversed(), sort: .boolean)
        case .integerLessOrEqual: .existing(.integerLess, arguments.reversed(), sort: .boolean)
        default: .existing(.not, [self], sort: .boolean)
        }
    }

    /// Flattens, sorts, drops duplicates and units; a term beside its negation decides.
    ///
    /// Path conditions grow by one conjunct at a time, so the longest operand of the same operation, which is flat and sorted already,
    /// is merged with the rest, and only the rest is looked at.
    private static func connective(_ operation: TermOperation, _ terms: [Term]) -> Term {
        let unit = operation == .and
        let longest = terms.indices.filter { terms[$0].operation == operation }
            .max { terms[$0].arguments.count < terms[$1].arguments.count }
        let base = longest.map { terms[$0].arguments } ?? []
        var added: [Term] = []
        for index in terms.indices where index != longest {
            let term = terms[index]
            if term.operation == .boolean(unit) { continue }
            if term.operation == .boolean(!unit) { return term }
            if term.operation == operation { added.append(contentsOf: term.arguments) } else { added.append(term) }
        }
        added.sort { $0.identifier < $1.identifier }
        let merged = mergedByIdentifier(base, added)
        for term in added {
            if let negation = term.existingNegation, containsByIdentifier(merged, negation) { return .boolean(!unit) }
        }
        if merged.isEmpty { return .boolean(unit) }
        return merged.count == 1 ? merged[0] : intern(operation, merged, sort: .boolean)
    }

    /// Two lists in the order of identifiers as one, each term once.
    private static func mergedByIdentifier(_ a: [Term], _ b: [Term]) -> [Term] {
        var result: [Term] = []
        result.reserveCapacity(a.count + b.count)
        var (i, j) = (0, 0)
        while i < a.count || j < b.count {
            let next: Term
            if j == b.count || (i < a.count && a[i].identifier <= b[j].identifier) {
                next = a[i]
                i += 1
            } else {
                next = b[j]
                j += 1
            }
            if result.last != next { result.append(next) }
        }
        return result
    }

    private static func containsByIdentifier(_ terms: [Term], _ term: Term) -> Bool {
        var (low, high) = (0, terms.count)
        while low < high {
            let middle = (low + high) / 2
            if terms[middle].identifier < term.identifier { low = middle + 1 } else { high = middle }
        }
        return low < terms.count && terms[low] == term
    }

    public static func equal(_ a: Term, _ b: Term) -> Term {
        precondition(a.sort == b.sort, "equality between \(a.sort) and \(b.sort)")
        return equal(a, b, depth: 0)
    }

    private static func equal(_ a: Term, _ b: Term, depth: Int) -> Term {
        if a == b { return .true }
        if a.isConstant && b.isConstant, a.operation != .constantArray { return .false }
        if a.sort == .boolean {
            if a.isTrue { return b }
            if b.isTrue { return a }
            if a.isFalse { return !b }
            if b.isFalse { return !a }
            if a.existingNegation == b { return .false }
        }
        // Tuples are equal where their fields are.
        if case .tuple(let sort) = a.sort, a.operation == .tuple || b.operation == .tuple {
            return and(sort.fields.indices.map { equal(.field($0, of: a), .field($0, of: b)) })
        }
        if let simpler = simplifiedBitVectorEqual(a, b) ?? bitwiseEqual(a, b) { return simpler }
        if a.isNumberOfInteger || b.isNumberOfInteger { return equal(.unsignedInteger(a), .unsignedInteger(b)) }
        // One constant branch decides or leaves the other.
        for (conditional, other) in [(a, b), (b, a)] {
            if depth < distributionDepth, conditional.operation == .ifThenElse, other.isConstant,
                conditional.arguments[1].isConstant || conditional.arguments[2].isConstant
            {
                return ifThenElse(
                    conditional.arguments[0], equal(conditional.arguments[1], other, depth: depth + 1),
                    equal(conditional.arguments[2], other, depth: depth + 1))
            }
        }
        let ordered = a.identifier < b.identifier ? [a, b] : [b, a]
        return intern(.equal, ordered, sort: .boolean)
    }

    public static func notEqual(_ a: Term, _ b: Term) -> Term { !equal(a, b) }

    public static func ifThenElse(_ condition: Term, _ then: Term, _ otherwise: Term) -> Term {
        precondition(then.sort == otherwise.sort, "branches of sorts \(then.sort) and \(otherwise.sort)")
        if condition.isTrue || then == otherwise { return then }
        if condition.isFalse { return otherwise }
        if condition.operation == .not { return ifThenElse(condition.arguments[0], otherwise, then) }
        if then.sort == .boolean {
            if then.isTrue { return condition || otherwise }
            if then.isFalse { return !condition && otherwise }
            if otherwise.isTrue { return !condition || then }
            if otherwise.isFalse { return condition && then }
            if let common = commonConjuncts(then, otherwise) {
                return and(
                    common
                        + [
                            ifThenElse(
                                condition, withoutConjuncts(then, common), withoutConjuncts(otherwise, common))
                        ])
            }
        }
        if then.operation == .ifThenElse, then.arguments[0] == condition {
            return ifThenElse(condition, then.arguments[1], otherwise)
        }
        if otherwise.operation == .ifThenElse, otherwise.arguments[0] == condition {
            return ifThenElse(condition, then, otherwise.arguments[2])
        }
        if then.operation == .rotate || otherwise.operation == .rotate {
            let (a, b) = (then.unrotated, otherwise.unrotated)
            return rotate(
                ifThenElse(condition, a.array, b.array), by: ifThenElse(condition, a.amount, b.amount))
        }
        return intern(.ifThenElse, [condition, then, otherwise], sort: then.sort)
    }

    /// What two formulas both demand; nil where they have nothing in common.
    private static func commonConjuncts(_ a: Term, _ b: Term) -> [Term]? {
        guard a.operation == .and || b.operation == .and else { return nil }
        let others = b.operation == .and ? b.arguments : [b]
        let common = (a.operation == .and ? a.arguments : [a]).filter { containsByIdentifier(others, $0) }
        return common.isEmpty ? nil : common
    }

    /// What a formula demands besides.
    private static func withoutConjuncts(_ term: Term, _ known: [Term]) -> Term {
        guard term.operation == .and else { return .true }
        return and(term.arguments.filter { !containsByIdentifier(known, $0) })
    }

    /// The term of any operation, through its builder.
    static func build(_ operation: TermOperation, _ arguments: [Term], sort: Sort) -> Term {
        switch operation {
        case .boolean, .integer, .bitVector, .variable: intern(operation, arguments, sort: sort)
        case .apply(let function): apply(function, arguments, sort: sort)
        case .not: !arguments[0]
        case .and: and(arguments)
        case .or: or(arguments)
        case .equal: equal(arguments[0], arguments[1])
        case .ifThenElse: ifThenElse(arguments[0], arguments[1], arguments[2])
        case .negate: negate(arguments[0])
        case .add: add(arguments[0], arguments[1])
        case .subtract: subtract(arguments[0], arguments[1])
        case .multiply: multiply(arguments[0], arguments[1])
        case .unsignedDivide, .unsignedRemainder, .signedDivide, .signedRemainder:
            divide(operation, arguments[0], arguments[1])
        case .bitAnd: bitAnd(arguments[0], arguments[1])
        case .bitOr: bitOr(arguments[0], arguments[1])
        case .bitXor: bitXor(arguments[0], arguments[1])
        case .bitNot: bitNot(arguments[0])
        case .shiftLeft, .logicalShiftRight, .arithmeticShiftRight: shift(operation, arguments[0], by: arguments[1])
        case .unsignedLess: unsignedLess(arguments[0], arguments[1])
        case .unsignedLessOrEqual: unsignedLessOrEqual(arguments[0], arguments[1])
        case .signedLess: signedLess(arguments[0], arguments[1])
        case .signedLessOrEqual: signedLessOrEqual(arguments[0], arguments[1])
        case .concatenate: concatenate(arguments[0], arguments[1])
        case .extract(let high, let low): extract(arguments[0], high: high, low: low)
        case .zeroExtend(let count): zeroExtend(arguments[0], by: count)
        case .signExtend(let count): signExtend(arguments[0], by: count)
        case .unsignedInteger: unsignedInteger(arguments[0])
        case .bitVectorOfInteger(let width): bitVector(ofInteger: arguments[0], width: width)
        case .integerAdd: sum(arguments)
        case .integerMultiply: product(arguments[0], arguments[1])
        case .integerDivide: integerDivide(arguments[0], arguments[1])
        case .integerModulo: integerModulo(arguments[0], arguments[1])
        case .integerLess: less(arguments[0], arguments[1])
        case .integerLessOrEqual: lessOrEqual(arguments[0], arguments[1])
        case .select: select(arguments[0], arguments[1])
        case .store: store(arguments[0], arguments[1], arguments[2])
        case .rotate: rotate(arguments[0], by: arguments[1])
        case .constantArray: constantArray(arguments[0], sort: sort)
        case .tuple: tuple(arguments, sort: sort)
        case .field(let index): field(index, of: arguments[0])
        }
    }
}
