/// Arithmetic on bit-vector constants as SMT-LIB defines it. Operands are zero above the width, and so are results.
enum BitVectorArithmetic {
    /// The value of an operation that takes two bit-vectors to one of the same width. Nil for other operations.
    static func combine(_ operation: TermOperation, _ x: UInt128, _ y: UInt128, width: Int) -> UInt128? {
        let mask = Term.mask(width)
        switch operation {
        case .add: return (x &+ y) & mask
        case .subtract: return (x &- y) & mask
        case .multiply: return (x &* y) & mask
        case .unsignedDivide, .unsignedRemainder, .signedDivide, .signedRemainder:
            return divide(operation, x, y, width: width)
        case .bitAnd: return x & y
        case .bitOr: return x | y
        case .bitXor: return x ^ y
        // Amounts of the width and more shift every bit out.
        case .shiftLeft: return y < UInt128(width) ? (x << y) & mask : 0
        case .logicalShiftRight: return y < UInt128(width) ? x >> y : 0
        case .arithmeticShiftRight:
            let amount = Int128(min(y, UInt128(width - 1)))
            return UInt128(truncatingIfNeeded: Term.signed(x, width: width) >> amount) & mask
        case .boolean, .integer, .bitVector, .variable, .constantArray, .apply, .not, .and, .or, .equal, .ifThenElse,
            .negate, .bitNot, .unsignedLess, .unsignedLessOrEqual, .signedLess, .signedLessOrEqual, .concatenate,
            .extract,
            .zeroExtend, .signExtend, .unsignedInteger, .bitVectorOfInteger, .integerAdd, .integerMultiply,
            .integerDivide,
            .integerModulo, .integerLess, .integerLessOrEqual, .select, .store, .rotate, .tuple, .field:
            return nil
        }
    }

    /// Division and remainder, by zero too. Nil for operations that are not divisions.
    static func divide(_ operation: TermOperation, _ x: UInt128, _ y: UInt128, width: Int) -> UInt128? {
        let mask = Term.mask(width)
        let (a, b) = (Term.signed(x, width: width), Term.signed(y, width: width))
        switch operation {
        case .unsignedDivide: return y == 0 ? mask : x / y
        case .unsignedRemainder: return y == 0 ? x : x % y
        case .signedDivide:
            if b == 0 { return a < 0 ? 1 : mask }
            return UInt128(bitPattern: a.dividedReportingOverflow(by: b).partialValue) & mask
        case .signedRemainder:
            if b == 0 { return x }
            return UInt128(bitPattern: a.remainderReportingOverflow(dividingBy: b).partialValue) & mask
        default: return nil
        }
    }
}
