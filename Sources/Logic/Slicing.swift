/// Takes a slice of a term by taking slices of its parts.
///
/// Parts occur many times in one term. Each slice of each part is taken once, which keeps the work linear in the distinct parts; and
/// below a certain depth a slice is left as it is, which bounds the recursion.
struct Slicing {
    private struct Slice: Hashable {
        let term: Term
        let high: Int
        let low: Int
    }

    private var done: [Slice: Term] = [:]

    mutating func extract(_ a: Term, high: Int, low: Int, depth: Int) -> Term {
        let width = high - low + 1
        if width == a.width { return a }
        if let x = a.bitVectorValue { return .bitVector(x >> UInt128(low), width: width) }
        let slice = Slice(term: a, high: high, low: low)
        if let known = done[slice] { return known }
        let plain = Term.intern(.extract(high: high, low: low), [a], sort: .bitVector(width))
        let result = depth < Term.distributionDepth ? distributed(slice, depth: depth + 1) ?? plain : plain
        done[slice] = result
        return result
    }

    /// The slice by slices of parts, nil where it cannot be had so.
    private mutating func distributed(_ slice: Slice, depth: Int) -> Term? {
        let (a, high, low) = (slice.term, slice.high, slice.low)
        switch a.operation {
        case .extract(_, let inner):
            return extract(a.arguments[0], high: high + inner, low: low + inner, depth: depth)
        case .concatenate:
            let (first, second) = (a.arguments[0], a.arguments[1])
            if high < second.width { return extract(second, high: high, low: low, depth: depth) }
            if low >= second.width {
                return extract(first, high: high - second.width, low: low - second.width, depth: depth)
            }
            return .concatenate(
                extract(first, high: high - second.width, low: 0, depth: depth),
                extract(second, high: second.width - 1, low: low, depth: depth))
        case .zeroExtend, .signExtend:
            let inner = a.arguments[0]
            if high < inner.width { return extract(inner, high: high, low: low, depth: depth) }
            let isZero = a.operation == .zeroExtend(by: a.width - inner.width)
            guard low < inner.width else { return isZero ? .zero(high - low + 1) : nil }
            let kept = extract(inner, high: inner.width - 1, low: low, depth: depth)
            let extra = high - inner.width + 1
            return isZero ? .zeroExtend(kept, by: extra) : .signExtend(kept, by: extra)
        case .add where Self.isLong(a): return nil
        // The low bits of a sum, difference, product or negation depend on the low bits of its arguments alone.
        case .add, .subtract, .multiply, .negate:
            return low == 0 ? overArguments(slice, depth: depth) : nil
        case .bitAnd, .bitOr, .bitXor, .bitNot: return overArguments(slice, depth: depth)
        case .ifThenElse:
            return .ifThenElse(
                a.arguments[0], extract(a.arguments[1], high: high, low: low, depth: depth),
                extract(a.arguments[2], high: high, low: low, depth: depth))
        case .boolean, .integer, .bitVector, .variable, .constantArray, .apply, .not, .and, .or, .equal,
            .unsignedDivide,
            .unsignedRemainder, .signedDivide, .signedRemainder, .shiftLeft, .logicalShiftRight, .arithmeticShiftRight,
            .unsignedLess, .unsignedLessOrEqual, .signedLess, .signedLessOrEqual, .unsignedInteger, .bitVectorOfInteger,
            .integerAdd, .integerMultiply, .integerDivide, .integerModulo, .integerLess, .integerLessOrEqual, .select,
            .store, .rotate, .tuple, .field:
            return nil
        }
    }

    /// Sums of offsets are short. Of long ones, as of a checksum's words, the low and the high bits are wanted both, and a sum for each would hide
    /// from solvers that they belong together.
    private static func isLong(_ sum: Term) -> Bool {
        var (open, count) = ([sum], 0)
        while let term = open.popLast() {
            if term.operation == .add { open += term.arguments } else { count += 1 }
            if count > longestTakenApart { return true }
        }
        return false
    }

    private static let longestTakenApart = 4

    private mutating func overArguments(_ slice: Slice, depth: Int) -> Term {
        var parts: [Term] = []
        for argument in slice.term.arguments {
            parts.append(extract(argument, high: slice.high, low: slice.low, depth: depth))
        }
        return .build(slice.term.operation, parts, sort: .bitVector(slice.high - slice.low + 1))
    }
}
