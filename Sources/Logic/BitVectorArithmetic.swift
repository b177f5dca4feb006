/// Division of bit-vector constants as SMT-LIB defines it, shared by the simplifier and the evaluator.
enum BitVectorArithmetic {
    /// Nil for operations that are not divisions.
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
