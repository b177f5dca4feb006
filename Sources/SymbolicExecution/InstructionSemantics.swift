import Logic
import MiddleboxIR

/// What each computing instruction of the IR means on terms. Pure: the tests hold each case to the concrete evaluator and to native
/// code.
///
/// C's values of one bit are Boolean terms. Where LLVM's result would be poison (shift amounts beyond the width, division by zero, signed
/// overflow marked `nsw`), the sanitizers' traps guard the source's operation, so any total meaning will do; these are SMT-LIB's.
public enum InstructionSemantics {
    public static func binary(_ operation: BinaryOperator, _ a: Term, _ b: Term) -> Term {
        if a.sort == .boolean { return booleanBinary(operation, a, b) }
        return switch operation {
        case .add: .add(a, b)
        case .subtract: .subtract(a, b)
        case .multiply: .multiply(a, b)
        case .unsignedDivide: .divide(.unsignedDivide, a, b)
        case .unsignedRemainder: .divide(.unsignedRemainder, a, b)
        case .signedDivide: .divide(.signedDivide, a, b)
        case .signedRemainder: .divide(.signedRemainder, a, b)
        case .and: .bitAnd(a, b)
        case .or: .bitOr(a, b)
        case .xor: .bitXor(a, b)
        case .shiftLeft: .shift(.shiftLeft, a, by: b)
        case .logicalShiftRight: .shift(.logicalShiftRight, a, by: b)
        case .arithmeticShiftRight: .shift(.arithmeticShiftRight, a, by: b)
        }
    }

    private static func booleanBinary(_ operation: BinaryOperator, _ a: Term, _ b: Term) -> Term {
        switch operation {
        case .and, .multiply: return a && b
        case .or: return a || b
        case .xor, .add, .subtract: return .notEqual(a, b)
        case .unsignedDivide, .unsignedRemainder, .signedDivide, .signedRemainder, .shiftLeft, .logicalShiftRight,
            .arithmeticShiftRight:
            let one = Term.bitVector(1, width: 1)
            let zero = Term.bitVector(0, width: 1)
            let result = binary(operation, .ifThenElse(a, one, zero), .ifThenElse(b, one, zero))
            return .equal(result, one)
        }
    }

    public static func compare(_ comparison: Comparison, _ x: Term, _ y: Term) -> Term {
        let a = asBits(x)
        let b = asBits(y)
        return switch comparison {
        case .equal: .equal(x, y)
        case .notEqual: .notEqual(x, y)
        case .unsignedLess: .unsignedLess(a, b)
        case .unsignedLessOrEqual: .unsignedLessOrEqual(a, b)
        case .unsignedGreater: .unsignedLess(b, a)
        case .unsignedGreaterOrEqual: .unsignedLessOrEqual(b, a)
        case .signedLess: .signedLess(a, b)
        case .signedLessOrEqual: .signedLessOrEqual(a, b)
        case .signedGreater: .signedLess(b, a)
        case .signedGreaterOrEqual: .signedLessOrEqual(b, a)
        }
    }

    /// A conversion between integer widths. Pointer conversions are the executor's.
    public static func zeroExtend(_ a: Term, to bits: Int) -> Term {
        a.sort == .boolean
            ? .ifThenElse(a, .bitVector(1, width: bits), .bitVector(0, width: bits))
            : .zeroExtend(a, by: bits - a.width)
    }

    public static func signExtend(_ a: Term, to bits: Int) -> Term {
        a.sort == .boolean
            ? .ifThenElse(a, .bitVector(-1, width: bits), .bitVector(0, width: bits))
            : .signExtend(a, by: bits - a.width)
    }

    public static func truncate(_ a: Term, to bits: Int) -> Term {
        bits == 1
            ? .equal(.extract(a, high: 0, low: 0), .bitVector(1, width: 1)) : .extract(a, high: bits - 1, low: 0)
    }

    /// A Boolean as one bit.
    static func asBits(_ a: Term) -> Term {
        a.sort == .boolean ? .ifThenElse(a, .bitVector(1, width: 1), .bitVector(0, width: 1)) : a
    }

    /// An intrinsic over integers; nil for those on memory. Overflow ones give the result and the overflow.
    public static func intrinsic(_ intrinsic: Intrinsic, _ arguments: [Term]) -> [Term]? {
        guard let a = arguments.first, a.sort != .boolean else { return nil }
        let b = arguments.count > 1 ? arguments[1] : a
        let width = a.width
        func extended(_ extend: (Term, Int) -> Term, _ operation: (Term, Term) -> Term, by extra: Int) -> [Term]? {
            guard width + extra <= 128 else { return nil }
            let wide = operation(extend(a, extra), extend(b, extra))
            let result = Term.extract(wide, high: width - 1, low: 0)
            return [result, .notEqual(wide, extend(result, extra))]
        }
        let zeroExtend: (Term, Int) -> Term = { .zeroExtend($0, by: $1) }
        let signExtend: (Term, Int) -> Term = { .signExtend($0, by: $1) }
        switch intrinsic {
        case .byteSwap: return [.byteSwap(a)]
        case .signedAddWithOverflow: return extended(signExtend, Term.add, by: 1)
        case .signedSubtractWithOverflow: return extended(signExtend, Term.subtract, by: 1)
        case .signedMultiplyWithOverflow: return extended(signExtend, Term.multiply, by: width)
        case .unsignedAddWithOverflow: return extended(zeroExtend, Term.add, by: 1)
        case .unsignedSubtractWithOverflow: return [.subtract(a, b), .unsignedLess(a, b)]
        case .unsignedMultiplyWithOverflow: return extended(zeroExtend, Term.multiply, by: width)
        case .unsignedMinimum: return [.ifThenElse(.unsignedLess(a, b), a, b)]
        case .unsignedMaximum: return [.ifThenElse(.unsignedLess(a, b), b, a)]
        case .signedMinimum: return [.ifThenElse(.signedLess(a, b), a, b)]
        case .signedMaximum: return [.ifThenElse(.signedLess(a, b), b, a)]
        case .absolute:
            return [.ifThenElse(.signedLess(a, .bitVector(0, width: width)), .negate(a), a)]
        case .unsignedSubtractSaturated:
            return [.ifThenElse(.unsignedLess(a, b), .bitVector(0, width: width), .subtract(a, b))]
        case .unsignedAddSaturated:
            let sum = Term.add(a, b)
            return [.ifThenElse(.unsignedLess(sum, a), .bitVector(UInt128.max, width: width), sum)]
        case .funnelShiftLeft, .funnelShiftRight:
            guard arguments.count == 3, 2 * width <= 128 else { return nil }
            let joined = Term.concatenate(a, b)
            let modulus = Term.bitVector(width, width: width)
            let amount = Term.zeroExtend(.divide(.unsignedRemainder, arguments[2], modulus), by: width)
            return intrinsic == .funnelShiftLeft
                ? [.extract(.shift(.shiftLeft, joined, by: amount), high: 2 * width - 1, low: width)]
                : [.extract(.shift(.logicalShiftRight, joined, by: amount), high: width - 1, low: 0)]
        case .populationCount:
            return [bits(of: a).reduce(.bitVector(0, width: width)) { .add($0, .zeroExtend($1, by: width - 1)) }]
        case .countLeadingZeros, .countTrailingZeros:
            let order = intrinsic == .countLeadingZeros ? Array(bits(of: a).reversed()) : bits(of: a)
            var result = Term.bitVector(width, width: width)
            for (index, bit) in order.enumerated().reversed() {
                result = .ifThenElse(.equal(bit, .bitVector(1, width: 1)), .bitVector(index, width: width), result)
            }
            return [result]
        case .copyMemory, .setMemory, .startLifetime, .endLifetime: return nil
        }
    }

    /// The bits, the lowest first.
    private static func bits(of a: Term) -> [Term] {
        (0..<a.width).map { .extract(a, high: $0, low: $0) }
    }
}
