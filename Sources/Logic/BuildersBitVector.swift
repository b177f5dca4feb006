// Bit-vector terms. The rules here are those that packet code needs: constants fold, bytes that were put together come apart again,
// offsets computed in 64 bits narrow to the 16 that index a packet, masks and constant shifts become extraction and concatenation.

extension Term {
    public static func bitVector(_ value: UInt128, width: Int) -> Term {
        precondition((1...128).contains(width), "a bit-vector of width \(width)")
        return intern(.bitVector(value & mask(width)), sort: .bitVector(width))
    }

    public static func bitVector(_ value: Int, width: Int) -> Term {
        bitVector(UInt128(truncatingIfNeeded: value), width: width)
    }

    static func mask(_ width: Int) -> UInt128 {
        width == 128 ? .max : (1 << UInt128(width)) - 1
    }

    /// The constant as a signed number.
    static func signed(_ value: UInt128, width: Int) -> Int128 {
        let shift = 128 - width
        return Int128(truncatingIfNeeded: value << UInt128(shift)) >> Int128(shift)
    }

    static func zero(_ width: Int) -> Term { bitVector(0 as UInt128, width: width) }

    // MARK: Arithmetic

    public static func add(_ a: Term, _ b: Term) -> Term {
        let width = a.width
        if let x = a.bitVectorValue, let y = b.bitVectorValue { return bitVector(x &+ y, width: width) }
        if a.bitVectorValue != nil { return add(b, a) }
        if let y = b.bitVectorValue {
            if y == 0 { return a }
            if a.operation == .add, a.arguments[1].bitVectorValue != nil {
                return add(a.arguments[0], add(a.arguments[1], b))
            }
            if let (aligned, offset, fits) = aligned(a) {
                // What stays within the element that an index leads to is told apart by its low bits.
                let sum = (offset &+ y) & mask(width)
                return fits(sum)
                    ?? (sum == y ? intern(.add, [a, b], sort: a.sort) : add(aligned, bitVector(sum, width: width)))
            }
            return intern(.add, [a, b], sort: a.sort)
        }
        // Constants to the outside, so that they meet.
        if a.operation == .add, a.arguments[1].bitVectorValue != nil {
            return add(add(a.arguments[0], b), a.arguments[1])
        }
        if b.operation == .add, b.arguments[1].bitVectorValue != nil {
            return add(add(a, b.arguments[0]), b.arguments[1])
        }
        // a + (c - a) is c.
        if b.operation == .subtract, b.arguments[1] == a { return b.arguments[0] }
        if a.operation == .subtract, a.arguments[1] == b { return a.arguments[0] }
        if let ones = sumOfOpposites(a, b) { return ones }
        return intern(.add, a.identifier < b.identifier ? [a, b] : [b, a], sort: a.sort)
    }

    /// Of a number and the one with all other bits, as of a checksum and what it is over, all bits are set.
    private static func sumOfOpposites(_ a: Term, _ b: Term) -> Term? {
        if case .zeroExtend(let extra) = a.operation, case .zeroExtend(extra) = b.operation {
            return sumOfOpposites(a.arguments[0], b.arguments[0]).map { zeroExtend($0, by: extra) }
        }
        let areOpposite =
            a.operation == .bitNot && a.arguments[0] == b || b.operation == .bitNot && b.arguments[0] == a
        return areOpposite ? bitVector(mask(a.width), width: a.width) : nil
    }

    /// A number with known low bits: the same with zeros there, what they are, and the number with others in their place if these fit.
    private static func aligned(_ a: Term) -> (aligned: Term, offset: UInt128, fits: (UInt128) -> Term?)? {
        switch a.operation {
        case .concatenate:
            let (high, low) = (a.arguments[0], a.arguments[1])
            if low.operation == .concatenate {
                return aligned(low).map { inner, offset, fits in
                    (concatenate(high, inner), offset, { fits($0).map { concatenate(high, $0) } })
                }
            }
            guard let offset = low.bitVectorValue else { return nil }
            return (
                concatenate(high, zero(low.width)), offset,
                { $0 >> UInt128(low.width) == 0 ? concatenate(high, bitVector($0, width: low.width)) : nil }
            )
        case .zeroExtend(let count):
            return aligned(a.arguments[0]).map { inner, offset, fits in
                (zeroExtend(inner, by: count), offset, { fits($0).map { zeroExtend($0, by: count) } })
            }
        default: return nil
        }
    }

    public static func subtract(_ a: Term, _ b: Term) -> Term {
        if a == b { return zero(a.width) }
        if let y = b.bitVectorValue { return add(a, bitVector(0 &- y, width: a.width)) }
        if a.bitVectorValue == 0 { return negate(b) }
        return intern(.subtract, [a, b], sort: a.sort)
    }

    public static func negate(_ a: Term) -> Term {
        if let x = a.bitVectorValue { return bitVector(0 &- x, width: a.width) }
        return a.operation == .negate ? a.arguments[0] : intern(.negate, [a], sort: a.sort)
    }

    public static func multiply(_ a: Term, _ b: Term) -> Term {
        let width = a.width
        if let x = a.bitVectorValue, let y = b.bitVectorValue { return bitVector(x &* y, width: width) }
        if a.bitVectorValue != nil { return multiply(b, a) }
        if let y = b.bitVectorValue {
            if y == 0 { return b }
            if y.nonzeroBitCount == 1 {
                return shift(.shiftLeft, a, by: bitVector(UInt128(y.trailingZeroBitCount), width: width))
            }
            return intern(.multiply, [a, b], sort: a.sort)
        }
        return intern(.multiply, a.identifier < b.identifier ? [a, b] : [b, a], sort: a.sort)
    }

    /// Division and remainder, with SMT-LIB's values for a zero divisor.
    public static func divide(_ operation: TermOperation, _ a: Term, _ b: Term) -> Term {
        if let x = a.bitVectorValue, let y = b.bitVectorValue,
            let value = BitVectorArithmetic.divide(operation, x, y, width: a.width)
        {
            return bitVector(value, width: a.width)
        }
        if let y = b.bitVectorValue, y.nonzeroBitCount == 1 {
            let shift = y.trailingZeroBitCount
            if operation == .unsignedDivide {
                return self.shift(.logicalShiftRight, a, by: bitVector(UInt128(shift), width: a.width))
            }
            if operation == .unsignedRemainder { return bitAnd(a, bitVector(y - 1, width: a.width)) }
        }
        return intern(operation, [a, b], sort: a.sort)
    }

    // MARK: Bits

    public static func bitAnd(_ a: Term, _ b: Term) -> Term {
        let width = a.width
        if a == b { return a }
        if let x = a.bitVectorValue, let y = b.bitVectorValue { return bitVector(x & y, width: width) }
        if a.bitVectorValue != nil { return bitAnd(b, a) }
        if let y = b.bitVectorValue {
            if y == 0 { return b }
            if y == mask(width) { return a }
            // A contiguous mask keeps a slice between zeros.
            let low = y.trailingZeroBitCount
            let high = 127 - y.leadingZeroBitCount
            if y == (mask(high - low + 1) << UInt128(low)) {
                var kept = extract(a, high: high, low: low)
                if low > 0 { kept = concatenate(kept, zero(low)) }
                return zeroExtend(kept, by: width - high - 1)
            }
        }
        return intern(.bitAnd, a.identifier < b.identifier ? [a, b] : [b, a], sort: a.sort)
    }

    public static func bitOr(_ a: Term, _ b: Term) -> Term {
        let width = a.width
        if a == b { return a }
        if let x = a.bitVectorValue, let y = b.bitVectorValue { return bitVector(x | y, width: width) }
        if a.bitVectorValue != nil { return bitOr(b, a) }
        if let y = b.bitVectorValue {
            if y == 0 { return a }
            if y == mask(width) { return b }
        }
        if let merged = mergedDisjoint(a, b) ?? mergedDisjoint(b, a) { return merged }
        return intern(.bitOr, a.identifier < b.identifier ? [a, b] : [b, a], sort: a.sort)
    }

    /// `high` with zeros in its low bits, joined with something that fits there.
    private static func mergedDisjoint(_ high: Term, _ low: Term) -> Term? {
        if case .zeroExtend(let extra) = high.operation, case .zeroExtend = low.operation {
            let inner = high.arguments[0]
            guard low.arguments[0].width < inner.width else { return nil }
            return mergedDisjoint(inner, zeroExtend(low.arguments[0], by: inner.width - low.arguments[0].width))
                .map { zeroExtend($0, by: extra) }
        }
        guard high.operation == .concatenate, high.arguments[1].bitVectorValue == 0 else { return nil }
        let lowWidth = high.arguments[1].width
        guard case .zeroExtend = low.operation, low.arguments[0].width <= lowWidth else { return nil }
        return concatenate(
            high.arguments[0], zeroExtend(low.arguments[0], by: lowWidth - low.arguments[0].width))
    }

    public static func bitXor(_ a: Term, _ b: Term) -> Term {
        if a == b { return zero(a.width) }
        if let x = a.bitVectorValue, let y = b.bitVectorValue { return bitVector(x ^ y, width: a.width) }
        if a.bitVectorValue != nil { return bitXor(b, a) }
        if let y = b.bitVectorValue {
            if y == 0 { return a }
            if y == mask(a.width) { return bitNot(a) }
        }
        return intern(.bitXor, a.identifier < b.identifier ? [a, b] : [b, a], sort: a.sort)
    }

    public static func bitNot(_ a: Term) -> Term {
        if let x = a.bitVectorValue { return bitVector(~x, width: a.width) }
        return a.operation == .bitNot ? a.arguments[0] : intern(.bitNot, [a], sort: a.sort)
    }

    /// A shift; the amount has the width of the value, and amounts beyond it have SMT-LIB's meaning.
    public static func shift(_ operation: TermOperation, _ a: Term, by amount: Term) -> Term {
        guard let constant = amount.bitVectorValue else { return intern(operation, [a, amount], sort: a.sort) }
        let width = a.width
        if constant == 0 { return a }
        guard constant < UInt128(width) else {
            if operation == .arithmeticShiftRight {
                return signExtend(extract(a, high: width - 1, low: width - 1), by: width - 1)
            }
            return zero(width)
        }
        let count = Int(constant)
        switch operation {
        case .shiftLeft: return concatenate(extract(a, high: width - count - 1, low: 0), zero(count))
        case .logicalShiftRight: return zeroExtend(extract(a, high: width - 1, low: count), by: count)
        default: return signExtend(extract(a, high: width - 1, low: count), by: count)
        }
    }

    // MARK: Comparison

    public static func unsignedLess(_ a: Term, _ b: Term) -> Term {
        if a == b || b.bitVectorValue == 0 { return .false }
        if let x = a.bitVectorValue, let y = b.bitVectorValue { return boolean(x < y) }
        if a.bitVectorValue == mask(a.width) { return .false }
        if b.bitVectorValue == 1 { return equal(a, zero(a.width)) }
        // Next to a bound, order is inequality: one form for what means the same.
        if a.bitVectorValue == 0 || b.bitVectorValue == mask(b.width) { return notEqual(a, b) }
        if let (x, y, beyond) = narrowed(a, b) { return beyond ?? unsignedLess(x, y) }
        if a.isNumberOfInteger || b.isNumberOfInteger { return less(unsignedInteger(a), unsignedInteger(b)) }
        return intern(.unsignedLess, [a, b], sort: .boolean)
    }

    public static func unsignedLessOrEqual(_ a: Term, _ b: Term) -> Term {
        if a == b || a.bitVectorValue == 0 { return .true }
        if let x = a.bitVectorValue, let y = b.bitVectorValue { return boolean(x <= y) }
        if b.bitVectorValue == mask(b.width) { return .true }
        if b.bitVectorValue == 0 || a.bitVectorValue == mask(a.width) { return equal(a, b) }
        if a.bitVectorValue == 1 { return notEqual(b, zero(b.width)) }
        if let (x, y, beyond) = narrowed(a, b) { return beyond ?? unsignedLessOrEqual(x, y) }
        if a.isNumberOfInteger || b.isNumberOfInteger { return lessOrEqual(unsignedInteger(a), unsignedInteger(b)) }
        return intern(.unsignedLessOrEqual, [a, b], sort: .boolean)
    }

    /// The bits of an integer, such as a time: what they are compared with is compared as an integer, too, so that no solver need know that one is
    /// the other.
    var isNumberOfInteger: Bool { if case .bitVectorOfInteger = operation { true } else { false } }

    /// Two zero-extended sides, or one and a constant, compared at the smaller width; or decided, when a constant is beyond it.
    private static func narrowed(_ a: Term, _ b: Term) -> (Term, Term, Term?)? {
        func significantWidth(_ term: Term) -> Int? {
            if let value = term.bitVectorValue { return max(1, 128 - value.leadingZeroBitCount) }
            if case .zeroExtend = term.operation { return term.arguments[0].width }
            return nil
        }
        guard let x = significantWidth(a), let y = significantWidth(b) else { return nil }
        if b.bitVectorValue != nil, y > x { return (a, b, .true) }
        if a.bitVectorValue != nil, x > y { return (a, b, .false) }
        let width = max(x, y)
        guard width < a.width else { return nil }
        return (extract(a, high: width - 1, low: 0), extract(b, high: width - 1, low: 0), nil)
    }

    public static func signedLess(_ a: Term, _ b: Term) -> Term {
        if a == b { return .false }
        if let x = a.bitVectorValue, let y = b.bitVectorValue {
            return boolean(signed(x, width: a.width) < signed(y, width: a.width))
        }
        if isNonNegative(a) && isNonNegative(b) { return unsignedLess(a, b) }
        return intern(.signedLess, [a, b], sort: .boolean)
    }

    public static func signedLessOrEqual(_ a: Term, _ b: Term) -> Term {
        if a == b { return .true }
        if let x = a.bitVectorValue, let y = b.bitVectorValue {
            return boolean(signed(x, width: a.width) <= signed(y, width: a.width))
        }
        if isNonNegative(a) && isNonNegative(b) { return unsignedLessOrEqual(a, b) }
        return intern(.signedLessOrEqual, [a, b], sort: .boolean)
    }

    private static func isNonNegative(_ a: Term) -> Bool {
        if let value = a.bitVectorValue { return value >> UInt128(a.width - 1) == 0 }
        if case .zeroExtend = a.operation { return true }
        return false
    }

    /// Rules for the equality of two bit-vectors that are not the same term. Nil when none applies.
    static func simplifiedBitVectorEqual(_ a: Term, _ b: Term) -> Term? {
        guard case .bitVector(let width) = a.sort else { return nil }
        for (term, other) in [(a, b), (b, a)] {
            switch term.operation {
            case .zeroExtend:
                let inner = term.arguments[0]
                guard other.isConstant || other.operation == term.operation else { continue }
                let high = extract(other, high: width - 1, low: inner.width)
                let low = extract(other, high: inner.width - 1, low: 0)
                return and([equal(high, zero(width - inner.width)), equal(inner, low)])
            case .concatenate:
                guard other.isConstant || other.operation == .concatenate else { continue }
                if let whole = equalityOfWhole(term, other) ?? equalityOfWhole(other, term) { return whole }
                let lowWidth = term.arguments[1].width
                if other.operation == .concatenate, other.arguments[1].width != lowWidth { continue }
                return and([
                    equal(term.arguments[0], extract(other, high: width - 1, low: lowWidth)),
                    equal(term.arguments[1], extract(other, high: lowWidth - 1, low: 0)),
                ])
            case .add:
                // x + c = x is false unless c is 0; x + c = y + d with constants moves to one side.
                guard let constant = term.arguments[1].bitVectorValue else { continue }
                if term.arguments[0] == other { return boolean(constant == 0) }
                if let value = other.bitVectorValue {
                    return equal(term.arguments[0], bitVector(value &- constant, width: width))
                }
                if other.operation == .add, let second = other.arguments[1].bitVectorValue {
                    if term.arguments[0] == other.arguments[0] { return boolean(constant == second) }
                }
            case .bitVectorOfInteger:
                if let value = other.bitVectorValue, let small = Int(exactly: value) {
                    return equal(term.arguments[0], integer(small))
                }
            default: continue
            }
        }
        return nil
    }
}
