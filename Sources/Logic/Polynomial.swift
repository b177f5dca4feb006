/// A sum of products of integer variables, with exact coefficients. Nil results stand for numbers that 128 bits do not hold.
struct Polynomial: Hashable {
    /// Variables with repetitions, in the order of their creation; empty for the constant.
    struct Monomial: Hashable {
        let factors: [Term]

        func times(_ other: Monomial) -> Monomial {
            Monomial(factors: (factors + other.factors).sorted { $0.identifier < $1.identifier })
        }
    }

    static let unit = Monomial(factors: [])

    /// None is zero.
    private(set) var coefficients: [Monomial: Int128] = [:]

    init(_ constant: Int128) {
        if constant != 0 { coefficients[Self.unit] = constant }
    }

    init(variable: Term) {
        coefficients[Monomial(factors: [variable])] = 1
    }

    var constant: Int128? {
        if coefficients.isEmpty { return 0 }
        return coefficients.count == 1 ? coefficients[Self.unit] : nil
    }

    /// The monomials in an order that is the same in every run.
    var ordered: [(monomial: Monomial, coefficient: Int128)] {
        coefficients.sorted { a, b in
            a.key.factors.lexicographicallyPrecedes(b.key.factors) { $0.identifier < $1.identifier }
        }.map { ($0.key, $0.value) }
    }

    var variables: Set<Term> { Set(coefficients.keys.flatMap(\.factors)) }

    var isLinear: Bool { coefficients.keys.allSatisfy { $0.factors.count <= 1 } }

    func adding(_ other: Polynomial, times factor: Int128 = 1) -> Polynomial? {
        var result = self
        for (monomial, coefficient) in other.coefficients {
            let (scaled, overflows) = coefficient.multipliedReportingOverflow(by: factor)
            let (sum, overflow) = (result.coefficients[monomial] ?? 0).addingReportingOverflow(scaled)
            guard !overflows, !overflow, sum != .min else { return nil }
            result.coefficients[monomial] = sum == 0 ? nil : sum
        }
        return result
    }

    func times(_ other: Polynomial) -> Polynomial? {
        var result = Polynomial(0)
        for (a, x) in coefficients {
            for (b, y) in other.coefficients {
                let (product, overflows) = x.multipliedReportingOverflow(by: y)
                let monomial = a.times(b)
                let (sum, overflow) = (result.coefficients[monomial] ?? 0).addingReportingOverflow(product)
                guard !overflows, !overflow, sum != .min else { return nil }
                result.coefficients[monomial] = sum == 0 ? nil : sum
            }
        }
        return result
    }

    var negated: Polynomial? { Polynomial(0).adding(self, times: -1) }
}

/// Where an integer lies; nil for no end.
struct Interval {
    var lower: Int128?
    var upper: Int128?

    static let anything = Interval(lower: nil, upper: nil)

    func adding(_ other: Interval) -> Interval {
        func sum(_ a: Int128?, _ b: Int128?) -> Int128? {
            guard let a, let b else { return nil }
            let (sum, overflow) = a.addingReportingOverflow(b)
            return overflow ? nil : sum
        }
        return Interval(lower: sum(lower, other.lower), upper: sum(upper, other.upper))
    }

    func times(_ factor: Int128) -> Interval {
        func product(_ a: Int128?) -> Int128? {
            guard let a else { return nil }
            let (product, overflow) = a.multipliedReportingOverflow(by: factor)
            return overflow ? nil : product
        }
        return factor >= 0
            ? Interval(lower: product(lower), upper: product(upper))
            : Interval(lower: product(upper), upper: product(lower))
    }

    /// Of numbers of which neither is negative; anything otherwise.
    func times(_ other: Interval) -> Interval {
        guard let lower, let second = other.lower, lower >= 0, second >= 0 else { return .anything }
        var result = Interval(lower: 0, upper: nil)
        let (least, overflows) = lower.multipliedReportingOverflow(by: second)
        if !overflows { result.lower = least }
        if let upper, let other = other.upper {
            let (most, overflows) = upper.multipliedReportingOverflow(by: other)
            if !overflows { result.upper = most }
        }
        return result
    }

    func intersection(_ other: Interval) -> Interval {
        Interval(
            lower: lower.map { a in other.lower.map { max(a, $0) } ?? a } ?? other.lower,
            upper: upper.map { a in other.upper.map { min(a, $0) } ?? a } ?? other.upper)
    }

    func union(_ other: Interval) -> Interval {
        func either(_ a: Int128?, _ b: Int128?, _ choose: (Int128, Int128) -> Int128) -> Int128? {
            a.flatMap { a in b.map { choose(a, $0) } }
        }
        return Interval(lower: either(lower, other.lower, min), upper: either(upper, other.upper, max))
    }
}

extension Int128 {
    /// Rounded down.
    ///
    /// - Precondition: the divisor is positive.
    func floorDivided(by divisor: Int128) -> Int128 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
