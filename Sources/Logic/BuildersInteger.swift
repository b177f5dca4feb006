// Integer terms. Sums are kept flat, with one constant and one multiple per distinct summand, so that linear arithmetic
// cancels while it is built.

extension Term {
    public static func integer(_ value: Int) -> Term { intern(.integer(value), sort: .integer) }

    public static func + (a: Term, b: Term) -> Term { a.sort == .integer ? sum([a, b]) : add(a, b) }
    public static func - (a: Term, b: Term) -> Term {
        a.sort == .integer ? sum([a, product(integer(-1), b)]) : subtract(a, b)
    }

    public static func sum(_ terms: [Term]) -> Term {
        var constant = 0
        var coefficients: [Term: Int] = [:]
        var order: [Term] = []
        func insert(_ term: Term, times factor: Int) {
            switch term.operation {
            case .integer(let value): constant += factor * value
            case .integerAdd: for argument in term.arguments { insert(argument, times: factor) }
            case .integerMultiply where term.arguments[0].integerValue != nil:
                insert(term.arguments[1], times: factor * (term.arguments[0].integerValue ?? 0))
            default:
                if coefficients[term] == nil { order.append(term) }
                coefficients[term, default: 0] += factor
            }
        }
        for term in terms { insert(term, times: 1) }
        var summands = order.sorted { $0.identifier < $1.identifier }.compactMap { term -> Term? in
            switch coefficients[term] ?? 0 {
            case 0: nil
            case 1: term
            case let factor: intern(.integerMultiply, [integer(factor), term], sort: .integer)
            }
        }
        if constant != 0 { summands.append(integer(constant)) }
        if summands.isEmpty { return integer(0) }
        return summands.count == 1 ? summands[0] : intern(.integerAdd, summands, sort: .integer)
    }

    public static func product(_ a: Term, _ b: Term) -> Term {
        if let x = a.integerValue, let y = b.integerValue { return integer(x * y) }
        if b.integerValue != nil { return product(b, a) }
        if let factor = a.integerValue {
            if factor == 0 { return integer(0) }
            if factor == 1 { return b }
            if b.operation == .integerAdd { return sum(b.arguments.map { product(a, $0) }) }
            if b.operation == .integerMultiply, let inner = b.arguments[0].integerValue {
                return product(integer(factor * inner), b.arguments[1])
            }
            return intern(.integerMultiply, [a, b], sort: .integer)
        }
        return intern(.integerMultiply, a.identifier < b.identifier ? [a, b] : [b, a], sort: .integer)
    }

    /// - Precondition: the divisor is a positive constant.
    public static func integerDivide(_ a: Term, _ divisor: Term) -> Term {
        if let x = a.integerValue, let y = divisor.integerValue {
            return integer((x - euclideanRemainder(x, y)) / y)
        }
        return intern(.integerDivide, [a, divisor], sort: .integer)
    }

    /// - Precondition: the divisor is a positive constant.
    public static func integerModulo(_ a: Term, _ divisor: Term) -> Term {
        if let x = a.integerValue, let y = divisor.integerValue { return integer(euclideanRemainder(x, y)) }
        return intern(.integerModulo, [a, divisor], sort: .integer)
    }

    private static func euclideanRemainder(_ x: Int, _ y: Int) -> Int {
        let remainder = x % y
        return remainder < 0 ? remainder + y : remainder
    }

    public static func less(_ a: Term, _ b: Term) -> Term {
        if let x = a.integerValue, let y = b.integerValue { return boolean(x < y) }
        return a == b ? .false : intern(.integerLess, [a, b], sort: .boolean)
    }

    public static func lessOrEqual(_ a: Term, _ b: Term) -> Term {
        if let x = a.integerValue, let y = b.integerValue { return boolean(x <= y) }
        return a == b ? .true : intern(.integerLessOrEqual, [a, b], sort: .boolean)
    }

    /// The number that a bit-vector stands for, unsigned. Distributes over concatenation and constants, so that bytes of one word
    /// meet the word as linear arithmetic.
    public static func unsignedInteger(_ term: Term) -> Term {
        if let value = term.bitVectorValue, let small = Int(exactly: value) { return integer(small) }
        switch term.operation {
        case .concatenate where term.width <= 56:
            let low = term.arguments[1]
            return sum([
                product(integer(1 << low.width), unsignedInteger(term.arguments[0])), unsignedInteger(low),
            ])
        case .zeroExtend: return unsignedInteger(term.arguments[0])
        case .bitVectorOfInteger:
            // Only integers that the builder knows to fit are kept in this form: see `bitVector(ofInteger:width:)`.
            return term.arguments[0]
        case .ifThenElse:
            return ifThenElse(
                term.arguments[0], unsignedInteger(term.arguments[1]), unsignedInteger(term.arguments[2]))
        default: return intern(.unsignedInteger, [term], sort: .integer)
        }
    }

    /// The bit-vector that stands for an integer.
    ///
    /// - Precondition: the integer is from 0 to 2^width - 1 wherever the term is used: the caller has it as an assumption or an obligation.
    public static func bitVector(ofInteger term: Term, width: Int) -> Term {
        if let value = term.integerValue { return bitVector(UInt128(truncatingIfNeeded: value), width: width) }
        if term.operation == .unsignedInteger, term.arguments[0].width <= width {
            return zeroExtend(term.arguments[0], by: width - term.arguments[0].width)
        }
        return intern(.bitVectorOfInteger(width: width), [term], sort: .bitVector(width))
    }
}
