import Synchronization

/// What inequalities between sums of bit-vectors say about other such sums.
///
/// Offsets into packets are sums of header lengths and constants. Compared as bits, each comparison of two of them is a small
/// puzzle about carries; as numbers, most are decided by adding one known inequality and the bounds of the parts. A bit-vector term is
/// taken for the sum that it looks like only where the facts exclude that it wraps around, so that the number that is meant is the number
/// that is there.
///
/// Whatever is decided is right only where the facts hold.
public struct LinearFacts: Sendable {
    /// A constant and multiples of terms, each read as an unsigned number: a number, not a bit-vector.
    struct Sum: Hashable, Sendable {
        var constant: Int
        /// No multiple is zero.
        var multiples: [Term: Int] = [:]

        /// Large enough for offsets, small enough that sums of a few never overflow.
        static let limit = 1 << 44
        private static let mostTerms = 12

        /// Nil where numbers get too large, or terms too many.
        func adding(_ other: Sum, times factor: Int = 1) -> Sum? {
            var result = self
            let (scaled, overflows) = other.constant.multipliedReportingOverflow(by: factor)
            guard !overflows, scaled.magnitude < Sum.limit.magnitude else { return nil }
            result.constant += scaled
            for (term, multiple) in other.multiples {
                let (product, overflows) = multiple.multipliedReportingOverflow(by: factor)
                guard !overflows else { return nil }
                let sum = result.multiples[term, default: 0] + product
                guard sum.magnitude < 1 << 20 else { return nil }
                result.multiples[term] = sum == 0 ? nil : sum
            }
            return result.constant.magnitude < Sum.limit.magnitude && result.multiples.count <= Sum.mostTerms
                ? result : nil
        }

        var negated: Sum { Sum(constant: -constant, multiples: multiples.mapValues { -$0 }) }
    }

    /// Of a term that sums are made of. Lower may be above upper, where the facts contradict each other.
    private struct Bounds: Sendable {
        var lower: Int
        var upper: Int
    }

    private var bounds: [Term: Bounds] = [:]
    /// Each is not above zero.
    private var inequalities: [Sum] = []
    /// The positions of the inequalities that a term occurs in.
    private var occurrences: [Term: [Int]] = [:]
    private var cache = Cache()

    /// The widest terms that sums are made of: their multiples stay far from what an `Int` holds.
    private static let widest = 32
    private static let deepest = 24
    /// How many inequalities are tried at most: the time must not grow with what is known.
    private static let mostCandidates = 24

    /// Sums that were found, which depend on what is known.
    private final class Cache: Sendable {
        let sums = Mutex<[Term: Sum?]>([:])
    }

    public init(_ conditions: [Term]) {
        insert(conditions)
    }

    /// Adds what more is known.
    public mutating func insert(_ conditions: [Term]) {
        var differences: [Term] = []
        for condition in conditions { insert(condition, &differences) }
        // What is not equal says something only next to a bound.
        for equality in differences { insertDifference(equality) }
        cache = Cache()
    }

    private mutating func insert(_ condition: Term, _ differences: inout [Term]) {
        switch condition.operation {
        case .unsignedLess, .unsignedLessOrEqual, .integerLess, .integerLessOrEqual:
            insert(condition.arguments[0], condition.arguments[1], isStrict: condition.isStrictComparison)
        case .equal where condition.arguments[0].isNumber:
            insert(condition.arguments[0], condition.arguments[1], isStrict: false)
            insert(condition.arguments[1], condition.arguments[0], isStrict: false)
        case .not:
            let denied = condition.arguments[0]
            switch denied.operation {
            case .unsignedLess, .unsignedLessOrEqual, .integerLess, .integerLessOrEqual:
                insert(denied.arguments[1], denied.arguments[0], isStrict: !denied.isStrictComparison)
            case .equal where denied.arguments[0].isNumber:
                differences.append(denied)
                insertDifference(denied)
            default: return
            }
        default: return
        }
    }

    /// The first is not above the second, or below it.
    private mutating func insert(_ a: Term, _ b: Term, isStrict: Bool) {
        guard var difference = difference(a, b) else { return }
        difference.constant += isStrict ? 1 : 0
        insert(difference)
    }

    private mutating func insertDifference(_ equality: Term) {
        guard var difference = difference(equality.arguments[0], equality.arguments[1]) else { return }
        if upper(difference) == 0 {
            difference.constant += 1
            insert(difference)
        } else if lower(difference) == 0 {
            difference = difference.negated
            difference.constant += 1
            insert(difference)
        }
    }

    private mutating func insert(_ inequality: Sum) {
        defer { cache = Cache() }
        guard let (term, multiple) = inequality.multiples.first else { return }
        if inequality.multiples.count == 1 {
            // multiple * term <= -constant
            var bound = bounds(of: term)
            if multiple > 0 {
                bound.upper = min(bound.upper, LinearFacts.floorDivide(-inequality.constant, multiple))
            } else {
                bound.lower = max(bound.lower, -LinearFacts.floorDivide(-inequality.constant, -multiple))
            }
            bounds[term] = bound
            return
        }
        for term in inequality.multiples.keys { occurrences[term, default: []].append(inequalities.count) }
        inequalities.append(inequality)
    }

    private static func floorDivide(_ a: Int, _ b: Int) -> Int {
        a >= 0 ? a / b : -((-a + b - 1) / b)
    }

    // MARK: Bounds

    /// Of a term of at most `widest` bits: what is known of it, and what follows from its parts.
    private func bounds(of term: Term, depth: Int = 0) -> Bounds {
        if let value = term.bitVectorValue { return Bounds(lower: Int(value), upper: Int(value)) }
        let own = depth < LinearFacts.deepest ? ownBounds(of: term, depth: depth + 1) : everything(term)
        guard let known = bounds[term] else { return own }
        // Facts that contradict each other must not lead far away.
        return Bounds(
            lower: min(max(own.lower, known.lower), own.upper + 1),
            upper: max(min(own.upper, known.upper), own.lower - 1))
    }

    private func everything(_ term: Term) -> Bounds { Bounds(lower: 0, upper: 1 << term.width - 1) }

    private func ownBounds(of term: Term, depth: Int) -> Bounds {
        func of(_ part: Int) -> Bounds { bounds(of: term.arguments[part], depth: depth) }
        switch term.operation {
        case .zeroExtend: return of(0)
        case .concatenate:
            let (high, low) = (of(0), of(1))
            let room = term.arguments[1].width
            return Bounds(lower: high.lower << room + low.lower, upper: high.upper << room + low.upper)
        case .bitAnd: return Bounds(lower: 0, upper: min(of(0).upper, of(1).upper))
        case .ifThenElse:
            let (a, b) = (of(1), of(2))
            return Bounds(lower: min(a.lower, b.lower), upper: max(a.upper, b.upper))
        default: return everything(term)
        }
    }

    /// By the bounds of the terms alone.
    private func plainUpper(_ sum: Sum) -> Int {
        sum.multiples.reduce(sum.constant) { result, part in
            let bound = bounds(of: part.key)
            return result + part.value * (part.value > 0 ? bound.upper : bound.lower)
        }
    }

    /// A number that the sum is not above.
    private func upper(_ sum: Sum, using steps: Int = 2) -> Int {
        let plain = plainUpper(sum)
        guard steps > 0 else { return plain }
        var candidates: Set<Int> = []
        for (term, multiple) in sum.multiples {
            for position in occurrences[term] ?? [] where (inequalities[position].multiples[term] ?? 0) * multiple > 0 {
                candidates.insert(position)
            }
        }
        // s <= s - i, where i <= 0. A sum that gets longer is not worth another step.
        return candidates.sorted().prefix(LinearFacts.mostCandidates).reduce(plain) { least, position in
            guard let rest = sum.adding(inequalities[position], times: -1) else { return least }
            return min(least, upper(rest, using: rest.multiples.count <= sum.multiples.count ? steps - 1 : 0))
        }
    }

    private func lower(_ sum: Sum) -> Int { -upper(sum.negated) }

    // MARK: Terms as sums

    private func difference(_ a: Term, _ b: Term) -> Sum? {
        guard let a = sum(of: a), let b = sum(of: b) else { return nil }
        return a.adding(b, times: -1)
    }

    /// The number that the term is, nil where that cannot be told.
    private func sum(of term: Term, depth: Int = 0) -> Sum? {
        if let value = term.bitVectorValue { return value < UInt128(Sum.limit) ? Sum(constant: Int(value)) : nil }
        if let known = cache.sums.withLock({ $0[term] }) { return known }
        if term.sort == .integer {
            let result = depth < LinearFacts.deepest ? structure(ofInteger: term, depth: depth + 1) : nil
            cache.sums.withLock { $0[term] = .some(result) }
            return result
        }
        let alone = term.width <= LinearFacts.widest ? Sum(constant: 0, multiples: [term: 1]) : nil
        let result = depth < LinearFacts.deepest ? structure(of: term, depth: depth + 1) ?? alone : alone
        cache.sums.withLock { $0[term] = .some(result) }
        return result
    }

    private func structure(of term: Term, depth: Int) -> Sum? {
        switch term.operation {
        case .zeroExtend: return sum(of: term.arguments[0], depth: depth)
        case .concatenate:
            let low = term.arguments[1]
            guard let value = low.bitVectorValue, low.width < 20, let high = sum(of: term.arguments[0], depth: depth)
            else {
                return nil
            }
            return Sum(constant: Int(value)).adding(high, times: 1 << low.width)
        case .add:
            guard let a = sum(of: term.arguments[0], depth: depth) else { return nil }
            if let b = sum(of: term.arguments[1], depth: depth), let sum = a.adding(b), fits(sum, width: term.width) {
                return sum
            }
            // A large constant is a small negative one.
            guard let constant = term.arguments[1].bitVectorValue else { return nil }
            let magnitude = Term.bitVector(0 &- constant, width: term.width).bitVectorValue ?? 0
            guard magnitude < UInt128(Sum.limit), let sum = a.adding(Sum(constant: -Int(magnitude))) else { return nil }
            return fits(sum, width: term.width) ? sum : nil
        case .subtract:
            guard let a = sum(of: term.arguments[0], depth: depth), let b = sum(of: term.arguments[1], depth: depth),
                let sum = a.adding(b, times: -1), fits(sum, width: term.width)
            else { return nil }
            return sum
        case .extract(let high, low: 0):
            guard let sum = sum(of: term.arguments[0], depth: depth), fits(sum, width: high + 1) else { return nil }
            return sum
        default: return nil
        }
    }

    /// Integers count where they are made of bit-vectors: of others nothing is known.
    private func structure(ofInteger term: Term, depth: Int) -> Sum? {
        if let value = term.integerValue { return value.magnitude < Sum.limit.magnitude ? Sum(constant: value) : nil }
        switch term.operation {
        case .unsignedInteger: return sum(of: term.arguments[0], depth: depth)
        case .integerAdd:
            var result: Sum? = Sum(constant: 0)
            for argument in term.arguments {
                guard let part = sum(of: argument, depth: depth) else { return nil }
                result = result?.adding(part)
            }
            return result
        case .integerMultiply:
            guard term.arguments.count == 2, let factor = term.arguments[0].integerValue, factor.magnitude < 1 << 20
            else {
                return nil
            }
            return sum(of: term.arguments[1], depth: depth).flatMap { Sum(constant: 0).adding($0, times: factor) }
        default: return nil
        }
    }

    private func fits(_ sum: Sum, width: Int) -> Bool {
        lower(sum) >= 0 && (width >= 62 || upper(sum) < 1 << width)
    }

    // MARK: Decisions

    /// Whether the comparison of bit-vectors holds; nil where that is not known, and for other terms.
    public func decide(_ condition: Term) -> Bool? {
        switch condition.operation {
        case .unsignedLess, .unsignedLessOrEqual, .integerLess, .integerLessOrEqual:
            guard var difference = difference(condition.arguments[0], condition.arguments[1]) else { return nil }
            difference.constant += condition.isStrictComparison ? 1 : 0
            return upper(difference) <= 0 ? true : lower(difference) > 0 ? false : nil
        case .equal where condition.arguments[0].isNumber:
            guard let difference = difference(condition.arguments[0], condition.arguments[1]) else { return nil }
            let (lower, upper) = (lower(difference), upper(difference))
            return lower > 0 || upper < 0 ? false : lower == 0 && upper == 0 ? true : nil
        default: return nil
        }
    }
}

extension Term {
    fileprivate var isNumber: Bool {
        switch sort {
        case .bitVector, .integer: true
        case .boolean, .array, .tuple: false
        }
    }

    fileprivate var isStrictComparison: Bool { operation == .unsignedLess || operation == .integerLess }
}
