/// The same question in integers alone, for arithmetic that bits are slow at: 64-bit products of variables, division by constants, and
/// comparisons of both with times.
///
/// A bit-vector becomes the number that it stands for. What wraps around is the exact result less a multiple of
/// 2^width, and which multiple is a variable of its own; so nothing is presumed of what overflows, and where the facts
/// exclude that it does, linear arithmetic finds out.
/// What has no meaning in numbers (exclusive or, …) becomes a variable that only its range is known of.
///
/// If the result is unsatisfiable, so is the original. If `isExact`, they are satisfiable together.
public struct IntegerEncoding {
    public enum Products: Sendable {
        /// Products of variables stay.
        case kept
        /// They become variables that nothing more is known of: enough for what does not hang on them.
        case forgotten
        /// They become variables, and every inequality is multiplied by every factor that is not negative: the result is linear.
        case linearized
    }

    /// Without bit-vectors.
    public private(set) var assertions: [Term] = []
    /// Whether nothing was forgotten.
    public private(set) var isExact = true
    /// The variables of the original and applications of functions, with the number (or truth value) that each is now.
    public private(set) var numbers: [(original: Term, number: Term)] = []

    private let products: Products
    private var formulas: [Term: Term] = [:]
    private var values: [Term: Polynomial] = [:]
    private var intervals: [Term: Interval] = [:]
    private var sharperIntervals: [Polynomial: Interval] = [:]
    private var quotients: [Division: Term] = [:]
    private var productVariables: [Polynomial.Monomial: Term] = [:]
    /// Which multiples of 2^width were taken off: mostly none.
    private var wraps: [Term] = []
    /// What holds in any case: a polynomial that is not negative.
    private var facts: [Polynomial] = []
    /// Comparisons in the assertions, with the formulas that they became.
    private var atoms: [(polynomial: Polynomial, isEquality: Bool, formula: Term)] = []
    /// Assertions that were looked at first.
    private var known: Set<Term> = []
    private var count = 0

    private struct Division: Hashable {
        let dividend: Polynomial
        let divisor: Int128
    }

    /// - Parameter assertions: without arrays and tuples, or what reads them is forgotten.
    public init(_ assertions: [Term], products: Products) {
        self.products = products
        var joining = JoinedChoices()
        let parts = assertions.map { joining.apply($0) }.flatMap(\.conjuncts)
        // Ranges first: they spare case distinctions in the rest.
        for part in parts where part.isRange { noteRange(part) }
        // Then what else is known without a choice: it decides choices.
        for part in parts where !part.hasChoice { known.insert(formula(part)) }
        for part in parts { self.assertions.append(formula(part)) }
        relateApplications()
        if products == .linearized { multiply() }
        self.assertions += facts.compactMap {
            let term = isNotNegative($0); return term.isTrue ? nil : term
        }
    }

    /// The original variables that stand in products with others, those in most products first.
    public var factors: [Term] {
        var partners: [Term: Set<Term>] = [:]
        for polynomial in facts + atoms.map(\.polynomial) {
            for monomial in polynomial.coefficients.keys where monomial.factors.count > 1 {
                for factor in monomial.factors { partners[factor, default: []].formUnion(monomial.factors) }
            }
        }
        return numbers.enumerated().filter { $0.element.original.variableName != nil }
            .compactMap { index, entry in partners[entry.number].map { (index, entry.original, $0.count) } }
            .sorted { ($1.2, $0.0) < ($0.2, $1.0) }.map(\.1)
    }

    // MARK: Variables

    private mutating func fresh(_ purpose: String, _ interval: Interval) -> Term {
        let variable = Term.variable("\(purpose)~\(count)", .integer)
        count += 1
        intervals[variable] = interval
        if let lower = interval.lower { state(Polynomial(variable: variable).adding(Polynomial(lower), times: -1)) }
        if let upper = interval.upper { state(Polynomial(upper).adding(Polynomial(variable: variable), times: -1)) }
        return variable
    }

    /// Notes that it is not negative.
    private mutating func state(_ polynomial: Polynomial?) {
        if let polynomial { facts.append(polynomial) } else { isExact = false }
    }

    private func interval(_ monomial: Polynomial.Monomial) -> Interval {
        guard let first = monomial.factors.first else { return Interval(lower: 1, upper: 1) }
        return monomial.factors.dropFirst().reduce(intervals[first] ?? .anything) { result, factor in
            result.times(intervals[factor] ?? .anything)
        }
    }

    private func interval(_ polynomial: Polynomial) -> Interval {
        let plain = polynomial.coefficients.reduce(Interval(lower: 0, upper: 0)) { result, part in
            result.adding(interval(part.key).times(part.value))
        }
        return sharperIntervals[polynomial].map(plain.intersection) ?? plain
    }

    private static func power(_ width: Int) -> Int128? { width <= 125 ? 1 << Int128(width) : nil }

    private static func range(_ width: Int) -> Interval {
        Interval(lower: 0, upper: power(width).map { $0 - 1 })
    }

    /// Something of which only the range is known.
    private mutating func unknown(_ term: Term) -> Polynomial {
        isExact = false
        return Polynomial(variable: fresh("unknown", Self.range(term.width)))
    }

    // MARK: Formulas

    private mutating func formula(_ root: Term) -> Term {
        encode(root)
        return formulas[root] ?? .boolean(true)
    }

    /// Arguments before the terms that use them: depth is no limit.
    private mutating func encode(_ root: Term) {
        var pending: [Term] = []
        root.forEachSubterm { if formulas[$0] == nil, values[$0] == nil { pending.append($0) } }
        for term in pending {
            switch term.sort {
            case .boolean: formulas[term] = shallowFormula(term)
            case .bitVector: values[term] = bits(term) ?? unknown(term)
            case .integer:
                if let value = integer(term) {
                    values[term] = value
                } else {
                    isExact = false
                    values[term] = Polynomial(variable: fresh("unknown", .anything))
                }
            case .array, .tuple: continue
            }
        }
    }

    private mutating func shallowFormula(_ term: Term) -> Term {
        let arguments = term.arguments
        func part(_ index: Int) -> Term { formulas[arguments[index]] ?? .boolean(true) }
        switch term.operation {
        case .boolean: return term
        case .variable:
            numbers.append((term, term))
            return term
        case .not: return !part(0)
        case .and: return .and(arguments.indices.map(part))
        case .or: return .or(arguments.indices.map(part))
        case .ifThenElse: return .ifThenElse(part(0), part(1), part(2))
        case .equal where arguments[0].sort == .boolean: return .equal(part(0), part(1))
        case .equal: return comparison(arguments[0], arguments[1], isEquality: true) ?? unknownFormula()
        case .unsignedLessOrEqual, .integerLessOrEqual:
            return comparison(arguments[0], arguments[1]) ?? unknownFormula()
        case .unsignedLess, .integerLess: return comparison(arguments[0], arguments[1], gap: 1) ?? unknownFormula()
        case .signedLess, .signedLessOrEqual:
            guard let a = signed(arguments[0]), let b = signed(arguments[1]),
                let difference = b.adding(a, times: -1)?.adding(
                    Polynomial(term.operation == .signedLess ? -1 : 0))
            else { return unknownFormula() }
            return atom(difference)
        case .apply:
            let variable = Term.variable("truth~\(count)", .boolean)
            count += 1
            numbers.append((term, variable))
            return variable
        default: return unknownFormula()
        }
    }

    private mutating func unknownFormula() -> Term {
        isExact = false
        count += 1
        return .variable("truth~\(count - 1)", .boolean)
    }

    /// That the first is at most the second, less the gap.
    private mutating func comparison(_ a: Term, _ b: Term, gap: Int128 = 0, isEquality: Bool = false) -> Term? {
        guard let x = values[a], let y = values[b],
            let difference = y.adding(x, times: -1)?.adding(Polynomial(-gap))
        else { return nil }
        return atom(difference, isEquality: isEquality)
    }

    /// That it is not negative, or that it is zero.
    private mutating func atom(_ polynomial: Polynomial, isEquality: Bool = false) -> Term {
        let interval = interval(polynomial)
        if isEquality {
            if polynomial.constant == 0 { return .true }
            if (interval.lower ?? 0) > 0 || (interval.upper ?? 0) < 0 { return .false }
        } else {
            if (interval.lower ?? -1) >= 0, polynomial.constant != nil { return .true }
            if (interval.upper ?? 0) < 0 { return .false }
        }
        let formula = isEquality ? isZero(polynomial) : isNotNegative(polynomial)
        if !formula.isConstant { atoms.append((polynomial, isEquality, formula)) }
        return formula
    }

    /// Ranges that hold in any case, as assertions say so.
    private mutating func noteRange(_ part: Term) {
        _ = formula(part)
        guard let atom = atoms.last, !atom.isEquality, formulas[part] == atom.formula else { return }
        let polynomial = atom.polynomial
        guard polynomial.isLinear, polynomial.variables.count == 1, let variable = polynomial.variables.first,
            let factor = polynomial.coefficients[.init(factors: [variable])], factor.magnitude == 1
        else { return }
        let constant = polynomial.coefficients[Polynomial.unit] ?? 0
        // variable + constant >= 0, or constant - variable >= 0
        guard constant > .min else { return }
        let known = factor > 0 ? Interval(lower: -constant, upper: nil) : Interval(lower: nil, upper: constant)
        intervals[variable] = (intervals[variable] ?? .anything).intersection(known)
    }

    // MARK: Numbers

    private mutating func integer(_ term: Term) -> Polynomial? {
        let arguments = term.arguments
        switch term.operation {
        case .integer(let value): return Polynomial(Int128(value))
        case .variable:
            numbers.append((term, term))
            return Polynomial(variable: term)
        case .apply:
            let variable = fresh("number", .anything)
            numbers.append((term, variable))
            return Polynomial(variable: variable)
        case .integerAdd:
            return arguments.reduce(Polynomial(0)) { sum, argument in
                values[argument].flatMap { sum?.adding($0) }
            }
        case .integerMultiply:
            return arguments.reduce(Polynomial(1)) { product, argument in
                values[argument].flatMap { product?.times($0) }
            }
        case .integerDivide, .integerModulo:
            guard let value = values[arguments[0]], let divisor = values[arguments[1]]?.constant, divisor > 0,
                let quotient = quotient(value, divisor)
            else { return nil }
            return term.operation == .integerDivide ? quotient : value.adding(quotient, times: -divisor)
        case .unsignedInteger: return values[arguments[0]]
        case .ifThenElse: return choice(term)
        default: return nil
        }
    }

    private mutating func bits(_ term: Term) -> Polynomial? {
        let arguments = term.arguments
        func value(_ index: Int) -> Polynomial? { values[arguments[index]] }
        switch term.operation {
        case .bitVector(let value): return Int128(exactly: value).map { Polynomial($0) }
        case .variable, .apply:
            let variable = fresh("number", Self.range(term.width))
            numbers.append((term, variable))
            return Polynomial(variable: variable)
        case .bitVectorOfInteger: return value(0)
        case .zeroExtend: return value(0)
        case .concatenate:
            guard let high = value(0), let low = value(1), let power = Self.power(arguments[1].width) else {
                return nil
            }
            return low.adding(high, times: power)
        case .add: return value(1).flatMap { value(0)?.adding($0) }.flatMap { wrapped($0, term.width) }
        case .subtract:
            return value(1).flatMap { value(0)?.adding($0, times: -1) }.flatMap { wrapped($0, term.width) }
        case .negate: return value(0)?.negated.flatMap { wrapped($0, term.width) }
        case .bitNot:
            guard let power = Self.power(term.width) else { return nil }
            return value(0).flatMap { Polynomial(power - 1).adding($0, times: -1) }
        case .multiply:
            guard let product = value(1).flatMap({ value(0)?.times($0) }) else { return nil }
            let fits = arguments[0].significantWidth + arguments[1].significantWidth <= term.width
            return fits ? product : wrapped(product, term.width, interval(arguments[0], times: arguments[1]))
        case .unsignedDivide, .unsignedRemainder:
            guard let value = value(0), let divisor = values[arguments[1]]?.constant, divisor > 0,
                let quotient = quotient(value, divisor)
            else { return nil }
            return term.operation == .unsignedDivide ? quotient : value.adding(quotient, times: -divisor)
        case .extract(let high, let low): return value(0).flatMap { part($0, of: arguments[0].width, high, low) }
        case .shiftLeft:
            guard let count = values[arguments[1]]?.constant, count < Int128(term.width),
                let power = Self.power(Int(count)), let shifted = value(0)?.times(Polynomial(power))
            else { return nil }
            return wrapped(shifted, term.width)
        case .logicalShiftRight:
            guard let count = values[arguments[1]]?.constant, count < Int128(term.width),
                let power = Self.power(Int(count))
            else { return nil }
            return value(0).flatMap { quotient($0, power) }
        case .bitAnd:
            for (mask, other) in [(arguments[0], arguments[1]), (arguments[1], arguments[0])] {
                guard let ones = mask.bitVectorValue, ones != 0 else { continue }
                let low = ones.trailingZeroBitCount
                let length = (~(ones >> UInt128(low))).trailingZeroBitCount
                guard ones >> UInt128(low) == (length == 128 ? .max : (1 << UInt128(length)) - 1),
                    let power = Self.power(low), let whole = values[other]
                else { continue }
                return part(whole, of: term.width, low + length - 1, low)?.times(Polynomial(power))
            }
            return nil
        case .signExtend(let count):
            guard let value = signed(arguments[0]), let power = Self.power(term.width), count > 0 else { return nil }
            return wrapped(value, term.width, Interval(lower: -power / 2, upper: power / 2))
        case .ifThenElse: return choice(term)
        default: return nil
        }
    }

    private func interval(_ a: Term, times b: Term) -> Interval {
        guard let x = values[a], let y = values[b] else { return .anything }
        return interval(x).times(interval(y))
    }

    /// As two's complement has it.
    private mutating func signed(_ term: Term) -> Polynomial? {
        guard let value = values[term], let power = Self.power(term.width),
            let sign = quotient(value, power / 2)
        else { return nil }
        return value.adding(sign, times: -power)
    }

    /// Bits of a number of so many.
    private mutating func part(_ value: Polynomial, of width: Int, _ high: Int, _ low: Int) -> Polynomial? {
        guard let power = Self.power(low) else { return nil }
        let shifted = low == 0 ? value : quotient(value, power)
        return high == width - 1 ? shifted : shifted.flatMap { wrapped($0, high - low + 1) }
    }

    private mutating func choice(_ term: Term) -> Polynomial? {
        guard let condition = formulas[term.arguments[0]], let a = values[term.arguments[1]],
            let b = values[term.arguments[2]]
        else { return nil }
        if a == b || condition.isTrue || known.contains(condition) { return a }
        if condition.isFalse || known.contains(!condition) { return b }
        let result = fresh("choice", interval(a).union(interval(b)))
        for (holds, value) in [(condition, a), (!condition, b)] {
            guard let difference = Polynomial(variable: result).adding(value, times: -1) else { return nil }
            let formula = isZero(difference)
            if !formula.isConstant { atoms.append((difference, true, formula)) }
            assertions.append(.implies(holds, formula))
        }
        return Polynomial(variable: result)
    }

    /// The number modulo 2^width.
    private mutating func wrapped(_ value: Polynomial, _ width: Int, _ known: Interval = .anything) -> Polynomial? {
        guard let power = Self.power(width) else {
            // So wide that only what cannot wrap around has a number.
            return nil
        }
        let interval = interval(value).intersection(known)
        if let lower = interval.lower, let upper = interval.upper, lower >= 0, upper < power { return value }
        guard let quotient = quotient(value, power, known: known) else { return nil }
        if let variable = quotient.variables.first { wraps.append(variable) }
        guard let result = value.adding(quotient, times: -power) else { return nil }
        sharperIntervals[result] = Self.range(width)
        return result
    }

    /// Rounded down.
    private mutating func quotient(_ value: Polynomial, _ divisor: Int128, known: Interval = .anything) -> Polynomial? {
        if divisor == 1 { return value }
        if let constant = value.constant { return Polynomial(constant.floorDivided(by: divisor)) }
        let division = Division(dividend: value, divisor: divisor)
        if let known = quotients[division] { return Polynomial(variable: known) }
        let interval = interval(value).intersection(known)
        let ends = Interval(
            lower: interval.lower?.floorDivided(by: divisor), upper: interval.upper?.floorDivided(by: divisor))
        if let lower = ends.lower, lower == ends.upper { return Polynomial(lower) }
        let result = fresh("quotient", ends)
        guard let remainder = value.adding(Polynomial(variable: result), times: -divisor),
            let rest = Polynomial(divisor - 1).adding(remainder, times: -1)
        else { return nil }
        facts += [remainder, rest]
        quotients[division] = result
        return Polynomial(variable: result)
    }

    // MARK: Functions

    /// Of equal arguments, a function has equal values.
    private mutating func relateApplications() {
        var groups: [String: [(original: Term, number: Term)]] = [:]
        for entry in numbers {
            if case .apply(let name) = entry.original.operation { groups[name, default: []].append(entry) }
        }
        for name in groups.keys.sorted() {
            let entries = groups[name] ?? []
            for (index, second) in entries.enumerated() {
                for first in entries[..<index] {
                    let pairs = zip(first.original.arguments, second.original.arguments)
                    let same = pairs.map { a, b -> Term in
                        if a == b { return .true }
                        if a.sort == .boolean { return .equal(formulas[a] ?? .true, formulas[b] ?? .true) }
                        return comparison(a, b, isEquality: true) ?? unknownFormula()
                    }
                    let equal = Term.and(same)
                    if equal.isFalse { continue }
                    if first.number.sort == .boolean {
                        assertions.append(.implies(equal, .equal(first.number, second.number)))
                    } else if let difference = Polynomial(variable: first.number).adding(
                        Polynomial(variable: second.number), times: -1)
                    {
                        assertions.append(.implies(equal, atom(difference, isEquality: true)))
                    }
                }
            }
        }
    }

    // MARK: Products

    /// Multiplies what is known by factors that are not negative, so that products need no meaning of their own.
    private mutating func multiply() {
        var partners: [Term: Set<Term>] = [:]
        for polynomial in facts + atoms.map(\.polynomial) {
            for (monomial, _) in polynomial.coefficients where monomial.factors.count == 2 {
                let (a, b) = (monomial.factors[0], monomial.factors[1])
                partners[a, default: []].insert(b)
                partners[b, default: []].insert(a)
            }
        }
        let admitted = partners.keys.filter { (intervals[$0]?.lower ?? -1) >= 0 }
        // A variable that stands in one product only is told by the other's.
        let shared = admitted.filter { partners[$0, default: []].count > 1 }
        let factors = (shared.isEmpty ? admitted : shared).sorted { $0.identifier < $1.identifier }
        // Whether something wrapped around is a case distinction of its own.
        for variable in wraps where !partners[variable, default: []].isEmpty {
            _ = atom(Polynomial(variable: variable))
            if let negated = Polynomial(variable: variable).negated { _ = atom(negated) }
        }
        let (known, compared) = (facts, atoms)
        for factor in factors {
            let multiplicand = Polynomial(variable: factor)
            let others = partners[factor] ?? []
            func concerns(_ polynomial: Polynomial) -> Bool {
                polynomial.isLinear && !polynomial.variables.isDisjoint(with: others)
            }
            for fact in known where concerns(fact) { state(fact.times(multiplicand)) }
            for (polynomial, isEquality, formula) in compared where concerns(polynomial) {
                guard let product = polynomial.times(multiplicand) else { continue }
                if isEquality {
                    assertions.append(.implies(formula, isZero(product)))
                    continue
                }
                assertions.append(.implies(formula, isNotNegative(product)))
                // Where it is negative, it is at most -1.
                if let opposite = polynomial.negated?.adding(Polynomial(-1))?.times(multiplicand) {
                    assertions.append(.implies(!formula, isNotNegative(opposite)))
                }
            }
        }
    }

    // MARK: Terms

    private mutating func isNotNegative(_ polynomial: Polynomial) -> Term {
        if let constant = polynomial.constant { return .boolean(constant >= 0) }
        let (positive, negative) = sides(polynomial)
        return .lessOrEqual(negative, positive)
    }

    private mutating func isZero(_ polynomial: Polynomial) -> Term {
        if let constant = polynomial.constant { return .boolean(constant == 0) }
        let (positive, negative) = sides(polynomial)
        return .equal(negative, positive)
    }

    private mutating func sides(_ polynomial: Polynomial) -> (positive: Term, negative: Term) {
        var positive: [Term] = []
        var negative: [Term] = []
        for (monomial, coefficient) in polynomial.ordered {
            let size = Term.number(Int128(coefficient.magnitude))
            let term = monomial.factors.isEmpty ? size : .product(size, product(monomial))
            if coefficient > 0 { positive.append(term) } else { negative.append(term) }
        }
        return (
            positive.isEmpty ? .integer(0) : .sum(positive), negative.isEmpty ? .integer(0) : .sum(negative)
        )
    }

    private mutating func product(_ monomial: Polynomial.Monomial) -> Term {
        if monomial.factors.count == 1 { return monomial.factors[0] }
        switch products {
        case .kept: return monomial.factors.dropFirst().reduce(monomial.factors[0]) { .product($0, $1) }
        case .forgotten, .linearized:
            if let known = productVariables[monomial] { return known }
            isExact = false
            let variable = Term.variable("product~\(productVariables.count)", .integer)
            productVariables[monomial] = variable
            if let lower = interval(monomial).lower, lower >= 0 {
                assertions.append(.lessOrEqual(.integer(0), variable))
            }
            return variable
        }
    }
}

extension Term {
    /// An integer of any size: those that constants do not hold are sums of products.
    fileprivate static func number(_ value: Int128) -> Term {
        if let small = Int(exactly: value) { return .integer(small) }
        let base: Int128 = 1 << 62
        let (high, low) = value.quotientAndRemainder(dividingBy: base)
        return .sum([.product(number(high), .integer(Int(base))), .integer(Int(low))])
    }

    /// Whether it compares something with a constant.
    fileprivate var isRange: Bool {
        switch operation {
        case .unsignedLess, .unsignedLessOrEqual, .integerLess, .integerLessOrEqual:
            arguments.contains(where: \.isConstant)
        default: false
        }
    }

    fileprivate var hasChoice: Bool {
        var found = false
        forEachSubterm { if $0.operation == .ifThenElse { found = true } }
        return found
    }

    /// How many low bits may differ from 0.
    fileprivate var significantWidth: Int {
        switch operation {
        case .zeroExtend: arguments[0].significantWidth
        case .concatenate where arguments[0].bitVectorValue == 0: arguments[1].significantWidth
        default: width
        }
    }
}
