/// Makes a question smaller where a variable occurs in one place only: what stands there can take any value that the operation has, whatever
/// else the question says, and so becomes a variable itself. `rule.first_port <= port` of a list of sixty-four rules, say, is sixty-four bits
/// to compare; where nothing else speaks of `rule.first_port`, it is one condition that may hold or not.
///
/// The new question has an answer if and only if the old one has, assertion by assertion: any selection of the new ones is contradictory only
/// if the same selection of the old ones is. From an answer to the new one follows one to the old one: ``restored(_:functions:)``.
///
/// Known as elimination of unconstrained variables (Brummayer and Biere, "Lemmas on Demand for the Extensional Theory of Arrays", 2009, section 6).
public struct UnconstrainedElimination: Sendable {
    /// What is asked instead, one for each of the given ones.
    public private(set) var assertions: [Term]

    /// What a variable is, once all is known that the question still speaks of where its only occurrence is replaced. Made when it is wanted.
    private struct Step: Sendable {
        let variable: Term
        let value: @Sendable () -> Term
    }

    private var steps: [Step] = []
    private var count = 0
    /// Further rounds find little.
    private static let mostRounds = 3

    /// - Parameter least: which part of the question's terms must become variables in the first round: where it is less, there is little to gain,
    ///   and the question stays what it is.
    public init(_ assertions: [Term], least: Double = 0) {
        self.assertions = assertions
        for number in 0..<Self.mostRounds {
            let before = steps.count
            let terms = round()
            if number == 0, Double(steps.count) < Double(terms) * least {
                self.assertions = assertions
                steps = []
                break
            }
            if steps.count == before { break }
        }
    }

    /// Whether the question is another one.
    public var isEffective: Bool { !steps.isEmpty }

    /// Values of the question's variables, from those of a model of ``assertions``. Variables without a value may have any.
    ///
    /// - Returns: nil where a value cannot be computed, which no model of a solver's leads to.
    public func restored(
        _ assignment: [Term: Value], functions: [String: FunctionInterpretation]
    ) -> [Term: Value]? {
        var result = assignment
        var evaluator = Evaluator(assignment: assignment, functions: functions, completion: .zero)
        for step in steps.reversed() {
            guard let value = try? evaluator.evaluate(step.value()),
                (try? evaluator.assign(value, to: step.variable)) != nil
            else { return nil }
            result[step.variable] = value
        }
        return result
    }

    // MARK: One round

    /// - Returns: how many terms there were.
    private mutating func round() -> Int {
        let occurrences = Self.occurrences(in: assertions)
        /// What each term has become.
        var images: [Term: Term] = [:]
        /// Those that stand in one place only and have become a variable that does, too.
        var free: Set<Term> = []
        Term.forEachSubterm(of: assertions) { term in
            let arguments = term.arguments.map { images[$0] ?? $0 }
            let replacement = replacement(of: term, arguments, term.arguments.map(free.contains))
            images[term] = replacement ?? term.rebuilt(with: arguments)
            // What is replaced by a variable is so by one of its own. What is rebuilt, and comes out as one, is not.
            let isVariable = (replacement ?? term).variableName != nil
            if isVariable, occurrences[term] == 1, Self.hasValues(term.sort) { free.insert(term) }
        }
        assertions = assertions.map { images[$0] ?? $0 }
        return occurrences.count
    }

    /// How many terms, or places in a term, each of the terms stands in.
    private static func occurrences(in assertions: [Term]) -> [Term: Int] {
        var result: [Term: Int] = [:]
        for assertion in assertions { result[assertion, default: 0] += 1 }
        Term.forEachSubterm(of: assertions) { term in
            for argument in term.arguments { result[argument, default: 0] += 1 }
        }
        return result
    }

    private static func hasValues(_ sort: Sort) -> Bool {
        switch sort {
        case .boolean, .integer, .bitVector: true
        case .tuple, .array: false
        }
    }

    /// A variable that nothing speaks of yet.
    private mutating func fresh(_ sort: Sort) -> Term {
        count += 1
        return .variable("free::\(count)", sort)
    }

    private mutating func define(_ variable: Term, _ value: @escaping @Sendable () -> Term) {
        steps.append(Step(variable: variable, value: value))
    }

    /// What stands for the term where its arguments are these; nil where it stays what it is.
    ///
    /// - Parameter isFree: which of the arguments are variables that occur nowhere else.
    private mutating func replacement(of term: Term, _ arguments: [Term], _ isFree: [Bool]) -> Term? {
        guard isFree.contains(true) else { return nil }
        switch term.operation {
        case .and, .or: return junction(term, arguments, isFree)
        case .equal: return equality(arguments, isFree)
        case .unsignedLess, .unsignedLessOrEqual, .signedLess, .signedLessOrEqual:
            return comparison(term.operation, arguments, isFree)
        case .not: return computed(arguments[0], of: .boolean) { !$0 }
        case .bitNot: return computed(arguments[0], of: term.sort) { .bitNot($0) }
        case .negate: return computed(arguments[0], of: term.sort) { .negate($0) }
        case .bitXor, .add, .subtract: return invertible(term, arguments, isFree)
        case .bitAnd, .bitOr:
            guard !isFree.contains(false) else { return nil }
            return both(arguments, of: term.sort)
        case .concatenate:
            guard !isFree.contains(false) else { return nil }
            let whole = fresh(term.sort)
            let (high, low) = (arguments[0], arguments[1])
            define(high) { .extract(whole, high: whole.width - 1, low: low.width) }
            define(low) { .extract(whole, high: low.width - 1, low: 0) }
            return whole
        case .extract(_, let low):
            let wide = arguments[0].width
            return computed(arguments[0], of: term.sort) { part in
                .shift(.shiftLeft, .zeroExtend(part, by: wide - part.width), by: .bitVector(low, width: wide))
            }
        case .ifThenElse: return choice(arguments, isFree)
        case .boolean, .integer, .bitVector, .variable, .constantArray, .apply, .multiply, .unsignedDivide,
            .unsignedRemainder, .signedDivide, .signedRemainder, .shiftLeft, .logicalShiftRight, .arithmeticShiftRight,
            .zeroExtend, .signExtend, .unsignedInteger, .bitVectorOfInteger, .integerAdd, .integerMultiply,
            .integerDivide, .integerModulo, .integerLess, .integerLessOrEqual, .select, .store, .rotate, .tuple, .field:
            return nil
        }
    }

    /// A term that can be anything, as the variable is computed from it.
    private mutating func computed(
        _ variable: Term, of sort: Sort, _ solution: @escaping @Sendable (Term) -> Term
    ) -> Term {
        let whole = fresh(sort)
        define(variable) { solution(whole) }
        return whole
    }

    /// A term that can be anything, as both variables may be the same.
    private mutating func both(_ variables: [Term], of sort: Sort) -> Term {
        let whole = fresh(sort)
        for variable in variables { define(variable) { whole } }
        return whole
    }

    /// Conditions that may be anything are as good as one.
    private mutating func junction(_ term: Term, _ arguments: [Term], _ isFree: [Bool]) -> Term? {
        let open = zip(arguments, isFree).filter(\.1).map(\.0)
        guard open.count > 1 else { return nil }
        let one = both(open, of: .boolean)
        let rest = zip(arguments, isFree).filter { !$0.1 }.map(\.0)
        return rest.isEmpty ? one : term.operation == .and ? .and([one] + rest) : .or([one] + rest)
    }

    private mutating func equality(_ arguments: [Term], _ isFree: [Bool]) -> Term? {
        let place = isFree[0] ? 0 : 1
        let (variable, other) = (arguments[place], arguments[1 - place])
        if !Self.hasValues(variable.sort) { return nil }
        let holds = fresh(.boolean)
        define(variable) { .ifThenElse(holds, other, Self.different(other)) }
        return holds
    }

    private static func different(_ term: Term) -> Term {
        switch term.sort {
        case .bitVector(let width): .bitXor(term, .bitVector(1, width: width))
        case .integer: .sum([term, .integer(1)])
        case .boolean, .tuple, .array: !term
        }
    }

    private mutating func comparison(_ operation: TermOperation, _ arguments: [Term], _ isFree: [Bool]) -> Term {
        let width = arguments[0].width
        let isSigned = operation == .signedLess || operation == .signedLessOrEqual
        let isStrict = operation == .unsignedLess || operation == .signedLess
        let sign: UInt128 = 1 << UInt128(width - 1)
        let least = Term.bitVector(isSigned ? sign : 0, width: width)
        let most = Term.bitVector(isSigned ? sign - 1 : Term.mask(width), width: width)
        let isLeft = isFree[0]
        let (variable, other) = isLeft ? (arguments[0], arguments[1]) : (arguments[1], arguments[0])
        // Of the smaller side the least value makes it true where anything does, of the greater side the most; and the other way round.
        let holds = fresh(.boolean)
        let (best, worst) = isLeft ? (least, most) : (most, least)
        let result: Term = isStrict ? .and([holds, !.equal(other, best)]) : .or([holds, .equal(other, worst)])
        define(variable) { .ifThenElse(result, best, worst) }
        return result
    }

    private mutating func invertible(_ term: Term, _ arguments: [Term], _ isFree: [Bool]) -> Term {
        let place = isFree[0] ? 0 : 1
        let (variable, other) = (arguments[place], arguments[1 - place])
        let operation = term.operation
        return computed(variable, of: term.sort) { whole in
            switch operation {
            case .bitXor: .bitXor(whole, other)
            case .add: .subtract(whole, other)
            default: place == 0 ? .add(whole, other) : .subtract(other, whole)
            }
        }
    }

    private mutating func choice(_ arguments: [Term], _ isFree: [Bool]) -> Term? {
        let (condition, first, second) = (arguments[0], arguments[1], arguments[2])
        if isFree[1], isFree[2] { return both([first, second], of: first.sort) }
        guard isFree[0], isFree[1] || isFree[2] else { return nil }
        let whole = both([isFree[1] ? first : second], of: first.sort)
        let isFirst = isFree[1]
        define(condition) { .boolean(isFirst) }
        return whole
    }
}
