// Integer terms. Sums are kept flat, with one constant and one multiple per distinct summand, so that linear arithmetic
// cancels while it is built.

extension Term {
    public static func integer(_ value: Int) -> Term { intern(.integer(value), sort: .integer) }

    public static func + (a: Term, b: Term) -> Term { a.sort == .integer ? sum([a, b]) : add(a, b) }
    public static func - (a: Term, b: Term) -> Term {
        a.sort == .integer ? sum([a, product(integer(-1), b)]) : subtract(a, b)
    }

    /// A sum in a normal form: each summand once, with its factor; the constant last. Where a factor or the constant would be beyond what
    /// terms can hold, the sum stays as it is given.
    public static func sum(_ terms: [Term]) -> Term {
        if terms.count == 1 { return terms[0] }
        var linear = LinearSum()
        for term in terms {
            guard linear.insert(term, times: 1) else { return intern(.integerAdd, terms, sort: .integer) }
        }
        var summands = linear.coefficients.keys.sorted { $0.identifier < $1.identifier }.compactMap { term -> Term? in
            switch linear.coefficients[term] ?? 0 {
            case 0: nil
            case 1: term
            case let factor: intern(.integerMultiply, [integer(factor), term], sort: .integer)
            }
        }
        if linear.constant != 0 { summands.append(integer(linear.constant)) }
        if summands.isEmpty { return integer(0) }
        return summands.count == 1 ? summands[0] : intern(.integerAdd, summands, sort: .integer)
    }

    /// A constant and factors of terms. Never wraps around.
    private struct LinearSum {
        var constant = 0
        var coefficients: [Term: Int] = [:]

        /// False when a number does not fit; the sum is useless then.
        mutating func insert(_ root: Term, times rootFactor: Int) -> Bool {
            var pending = [(root, rootFactor)]
            while let (term, factor) = pending.popLast() {
                switch term.operation {
                case .integer(let value):
                    guard let product = checkedProduct(factor, value), let total = checkedSum(constant, product) else {
                        return false
                    }
                    constant = total
                case .integerAdd: for argument in term.arguments { pending.append((argument, factor)) }
                case .integerMultiply where term.arguments[0].integerValue != nil:
                    guard let product = checkedProduct(factor, term.arguments[0].integerValue ?? 0) else {
                        return false
                    }
                    pending.append((term.arguments[1], product))
                default:
                    guard let total = checkedSum(coefficients[term] ?? 0, factor) else { return false }
                    coefficients[term] = total
                }
            }
            return true
        }
    }

    private static func checkedSum(_ a: Int, _ b: Int) -> Int? {
        let (result, overflow) = a.addingReportingOverflow(b)
        return overflow ? nil : result
    }

    private static func checkedProduct(_ a: Int, _ b: Int) -> Int? {
        let (result, overflow) = a.multipliedReportingOverflow(by: b)
        return overflow ? nil : result
    }

    public static func product(_ a: Term, _ b: Term) -> Term {
        if let x = a.integerValue, let y = b.integerValue, let result = checkedProduct(x, y) { return integer(result) }
        if b.integerValue != nil, a.integerValue == nil { return product(b, a) }
        if let factor = a.integerValue {
            if factor == 0 { return integer(0) }
            if factor == 1 { return b }
            if b.operation == .integerAdd { return sum(b.arguments.map { product(a, $0) }) }
            if b.operation == .integerMultiply, let inner = b.arguments[0].integerValue,
                let both = checkedProduct(factor, inner)
            {
                return product(integer(both), b.arguments[1])
            }
            return intern(.integerMultiply, [a, b], sort: .integer)
        }
        return intern(.integerMultiply, a.identifier < b.identifier ? [a, b] : [b, a], sort: .integer)
    }

    /// - Precondition: the divisor is a positive constant.
    public static func integerDivide(_ a: Term, _ divisor: Term) -> Term {
        if divisor.integerValue == 1 { return a }
        if let x = a.integerValue, let y = divisor.integerValue, y > 0 {
            let (quotient, remainder) = x.quotientAndRemainder(dividingBy: y)
            return integer(remainder < 0 ? quotient - 1 : quotient)
        }
        return intern(.integerDivide, [a, divisor], sort: .integer)
    }

    /// - Precondition: the divisor is a positive constant.
    public static func integerModulo(_ a: Term, _ divisor: Term) -> Term {
        if divisor.integerValue == 1 { return integer(0) }
        if let x = a.integerValue, let y = divisor.integerValue, y > 0 {
            let remainder = x % y
            return integer(remainder < 0 ? remainder + y : remainder)
        }
        // Multiples of the divisor do not matter.
        if let y = divisor.integerValue, y > 0, a.operation == .integerAdd || a.operation == .integerMultiply {
            let summands = a.operation == .integerAdd ? a.arguments : [a]
            let rest = summands.filter { summand in
                guard summand.operation == .integerMultiply, let factor = summand.arguments[0].integerValue else {
                    return true
                }
                return factor % y != 0
            }
            if rest.count < summands.count { return integerModulo(sum(rest), divisor) }
        }
        return intern(.integerModulo, [a, divisor], sort: .integer)
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
        var conversion = UnsignedConversion()
        return conversion.integer(of: term, depth: 0)
    }

    /// Takes the number of each part of a term once.
    private struct UnsignedConversion {
        var done: [Term: Term] = [:]

        mutating func integer(of term: Term, depth: Int) -> Term {
            if let value = term.bitVectorValue, let small = Int(exactly: value) { return .integer(small) }
            guard depth < Term.distributionDepth else { return Term.intern(.unsignedInteger, [term], sort: .integer) }
            switch term.operation {
            case .concatenate where term.width <= 56:
                let low = term.arguments[1]
                return .sum([
                    .product(.integer(1 << low.width), integer(of: term.arguments[0], depth: depth + 1)),
                    integer(of: low, depth: depth + 1),
                ])
            case .zeroExtend: return integer(of: term.arguments[0], depth: depth + 1)
            case .bitVectorOfInteger:
                // Only integers that the builder knows to fit are kept in this form: see `bitVector(ofInteger:width:)`.
                return term.arguments[0]
            case .ifThenElse:
                if let known = done[term] { return known }
                let result = Term.ifThenElse(
                    term.arguments[0], integer(of: term.arguments[1], depth: depth + 1),
                    integer(of: term.arguments[2], depth: depth + 1))
                done[term] = result
                return result
            default: return Term.intern(.unsignedInteger, [term], sort: .integer)
            }
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
