/// Why a term has no value.
public enum EvaluationError: Error, Hashable, Sendable {
    /// A variable without a value, where none may be assumed.
    case unassignedVariable(name: String, sort: Sort)
    /// An uninterpreted function without a table, where none may be assumed.
    case uninterpretedFunction(name: String)
    /// An integer that does not fit in 128 bits.
    case integerOverflow
    /// Division of integers by something that is not positive: SMT-LIB leaves zero open, terms exclude the rest.
    case nonPositiveDivisor
    /// A value of another sort than the variable or argument it stands for.
    case sortMismatch(expected: Sort, found: Value)
}

extension EvaluationError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unassignedVariable(let name, let sort): "variable \(name) of sort \(sort) has no value"
        case .uninterpretedFunction(let name): "function \(name) has no interpretation"
        case .integerOverflow: "an integer does not fit in 128 bits"
        case .nonPositiveDivisor: "an integer is divided by zero or a negative number"
        case .sortMismatch(let expected, let found): "a value of sort \(expected) was expected, not \(found)"
        }
    }
}

/// Computes terms under an assignment of values to variables and of tables to uninterpreted functions.
///
/// The meaning of every operation is SMT-LIB's. Keeps the values of subterms, so that terms which share parts cost each part once.
/// Only the branch of an if-then-else that is taken is computed. Does not recurse: depth is no limit.
public struct Evaluator {
    /// What a variable or function that the assignment does not mention stands for.
    public enum Completion: Hashable, Sendable {
        /// Nothing: evaluation fails.
        case none
        /// Zero, as `Value.zero(of:)` has it.
        case zero
    }

    private let assignment: [Term: Value]
    private let functions: [String: FunctionInterpretation]
    private let completion: Completion
    private var values: [Term: Value] = [:]

    public init(
        assignment: [Term: Value], functions: [String: FunctionInterpretation] = [:], completion: Completion = .none
    ) {
        self.assignment = assignment
        self.functions = functions
        self.completion = completion
    }

    /// Gives a variable a value, before anything that contains it is evaluated.
    public mutating func assign(_ value: Value, to variable: Term) throws(EvaluationError) {
        guard value.belongs(to: variable.sort) else {
            throw .sortMismatch(expected: variable.sort, found: value)
        }
        values[variable] = value
    }

    /// The value of the term.
    public mutating func evaluate(_ root: Term) throws(EvaluationError) -> Value {
        if let known = values[root] { return known }
        var stack = [root]
        while let term = stack.last {
            if values[term] != nil {
                stack.removeLast()
                continue
            }
            let missing = missingArguments(of: term)
            if missing.isEmpty {
                values[term] = try value(of: term)
                stack.removeLast()
            } else {
                stack.append(contentsOf: missing)
            }
        }
        return try known(root)
    }

    private func missingArguments(of term: Term) -> [Term] {
        guard term.operation == .ifThenElse else { return term.arguments.filter { values[$0] == nil } }
        guard let condition = values[term.arguments[0]] else { return [term.arguments[0]] }
        let branch = condition == .boolean(true) ? term.arguments[1] : term.arguments[2]
        return values[branch] == nil ? [branch] : []
    }

    private func known(_ term: Term) throws(EvaluationError) -> Value {
        guard let value = values[term] else { throw .unassignedVariable(name: "\(term.operation)", sort: term.sort) }
        return value
    }

    /// The value of a term whose needed arguments have theirs.
    private func value(of term: Term) throws(EvaluationError) -> Value {
        let arguments = term.arguments
        switch term.operation {
        case .boolean(let value): return .boolean(value)
        case .integer(let value): return .integer(Int128(value))
        case .bitVector(let bits): return .bitVector(bits, width: term.width)
        case .variable(let name): return try variable(term, name: name)
        case .apply(let name): return try application(term, name: name)

        case .not: return .boolean(!(try truth(arguments[0])))
        case .and:
            for argument in arguments where !(try truth(argument)) { return .boolean(false) }
            return .boolean(true)
        case .or:
            for argument in arguments where try truth(argument) { return .boolean(true) }
            return .boolean(false)
        case .equal: return .boolean(try known(arguments[0]) == known(arguments[1]))
        case .ifThenElse: return try known(truth(arguments[0]) ? arguments[1] : arguments[2])

        case .negate, .bitNot:
            let bits = try bits(arguments[0])
            return .bitVector(
                (term.operation == .negate ? 0 &- bits : ~bits) & Term.mask(term.width), width: term.width)
        case .add, .subtract, .multiply, .unsignedDivide, .unsignedRemainder, .signedDivide, .signedRemainder, .bitAnd,
            .bitOr, .bitXor, .shiftLeft, .logicalShiftRight, .arithmeticShiftRight:
            let bits = BitVectorArithmetic.combine(
                term.operation, try bits(arguments[0]), try bits(arguments[1]), width: term.width)
            guard let bits else { throw .sortMismatch(expected: term.sort, found: try known(arguments[0])) }
            return .bitVector(bits, width: term.width)
        case .unsignedLess: return .boolean(try bits(arguments[0]) < bits(arguments[1]))
        case .unsignedLessOrEqual: return .boolean(try bits(arguments[0]) <= bits(arguments[1]))
        case .signedLess: return .boolean(try signed(arguments[0]) < signed(arguments[1]))
        case .signedLessOrEqual: return .boolean(try signed(arguments[0]) <= signed(arguments[1]))
        case .concatenate:
            let (high, low) = (try bits(arguments[0]), try bits(arguments[1]))
            return .bitVector(high << UInt128(arguments[1].width) | low, width: term.width)
        case .extract(_, let low):
            return .bitVector(try bits(arguments[0]) >> UInt128(low) & Term.mask(term.width), width: term.width)
        case .zeroExtend: return .bitVector(try bits(arguments[0]), width: term.width)
        case .signExtend:
            let bits = UInt128(truncatingIfNeeded: try signed(arguments[0]))
            return .bitVector(bits & Term.mask(term.width), width: term.width)

        case .unsignedInteger:
            guard let number = Int128(exactly: try bits(arguments[0])) else { throw .integerOverflow }
            return .integer(number)
        case .bitVectorOfInteger(let width):
            return .bitVector(UInt128(truncatingIfNeeded: try integer(arguments[0])) & Term.mask(width), width: width)

        case .integerAdd, .integerMultiply:
            return try arithmetic(term)
        case .integerDivide:
            let (quotient, _) = try euclidean(arguments)
            return .integer(quotient)
        case .integerModulo:
            let (_, remainder) = try euclidean(arguments)
            return .integer(remainder)
        case .integerLess: return .boolean(try integer(arguments[0]) < integer(arguments[1]))
        case .integerLessOrEqual: return .boolean(try integer(arguments[0]) <= integer(arguments[1]))

        case .constantArray:
            guard case .array(let index, _) = term.sort else {
                throw .sortMismatch(expected: term.sort, found: try known(arguments[0]))
            }
            return .array(ArrayValue(indexSort: index, defaultElement: try known(arguments[0])))
        case .select: return try array(arguments[0])[known(arguments[1])]
        case .store: return .array(try array(arguments[0]).storing(known(arguments[2]), at: known(arguments[1])))
        case .rotate: return .array(try array(arguments[0]).rotated(by: bits(arguments[1])))
        case .tuple:
            var fields: [Value] = []
            for argument in arguments { fields.append(try known(argument)) }
            return .tuple(fields)
        case .field(let index):
            guard let fields = try known(arguments[0]).fields, fields.indices.contains(index) else {
                throw .sortMismatch(expected: arguments[0].sort, found: try known(arguments[0]))
            }
            return fields[index]
        }
    }

    private func variable(_ term: Term, name: String) throws(EvaluationError) -> Value {
        if let value = assignment[term] {
            guard value.belongs(to: term.sort) else { throw .sortMismatch(expected: term.sort, found: value) }
            return value
        }
        switch completion {
        case .none: throw .unassignedVariable(name: name, sort: term.sort)
        case .zero: return .zero(of: term.sort)
        }
    }

    private func application(_ term: Term, name: String) throws(EvaluationError) -> Value {
        guard let function = functions[name] else {
            var arguments: [Value] = []
            for argument in term.arguments { arguments.append(try known(argument)) }
            if let count = ArrayValue.count(name, arguments) { return count }
            switch completion {
            case .none: throw .uninterpretedFunction(name: name)
            case .zero: return .zero(of: term.sort)
            }
        }
        var arguments: [Value] = []
        for argument in term.arguments { arguments.append(try known(argument)) }
        let value = function(arguments)
        guard value.belongs(to: term.sort) else { throw .sortMismatch(expected: term.sort, found: value) }
        return value
    }

    private func arithmetic(_ term: Term) throws(EvaluationError) -> Value {
        let isSum = term.operation == .integerAdd
        var result: Int128 = isSum ? 0 : 1
        for argument in term.arguments {
            let operand = try integer(argument)
            let (next, overflow) =
                isSum ? result.addingReportingOverflow(operand) : result.multipliedReportingOverflow(by: operand)
            if overflow { throw .integerOverflow }
            result = next
        }
        return .integer(result)
    }

    private func euclidean(_ arguments: [Term]) throws(EvaluationError) -> (quotient: Int128, remainder: Int128) {
        let (dividend, divisor) = (try integer(arguments[0]), try integer(arguments[1]))
        guard divisor > 0 else { throw .nonPositiveDivisor }
        let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    // MARK: Values of arguments by kind

    private func truth(_ term: Term) throws(EvaluationError) -> Bool {
        let value = try known(term)
        guard let result = value.boolean else { throw .sortMismatch(expected: .boolean, found: value) }
        return result
    }

    private func bits(_ term: Term) throws(EvaluationError) -> UInt128 {
        let value = try known(term)
        guard let result = value.bits else { throw .sortMismatch(expected: term.sort, found: value) }
        return result
    }

    private func signed(_ term: Term) throws(EvaluationError) -> Int128 {
        Term.signed(try bits(term), width: term.width)
    }

    private func integer(_ term: Term) throws(EvaluationError) -> Int128 {
        let value = try known(term)
        guard let result = value.integer else { throw .sortMismatch(expected: .integer, found: value) }
        return result
    }

    private func array(_ term: Term) throws(EvaluationError) -> ArrayValue {
        let value = try known(term)
        guard let result = value.array else { throw .sortMismatch(expected: term.sort, found: value) }
        return result
    }
}
