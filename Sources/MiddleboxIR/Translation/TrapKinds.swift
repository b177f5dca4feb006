extension TrapKind {
    /// `__builtin_trap()`, which the C code wrote itself. Sanitizers use 0 to 255.
    public static let explicit = TrapKind.other(256)

    /// The argument of `llvm.ubsantrap` is clang 19's number of the check that failed.
    init(handler: Int) {
        switch handler {
        case 0: self = .addOverflow
        case 1: self = .builtinUnreachable
        case 3: self = .divideRemainderOverflow
        case 8: self = .invalidBuiltin
        case 10: self = .loadInvalidValue
        case 11: self = .missingReturn
        case 12: self = .multiplyOverflow
        case 13: self = .negateOverflow
        case 16: self = .nonnullArgument
        case 17: self = .nonnullReturn
        case 18: self = .outOfBounds
        case 19: self = .pointerOverflow
        case 20: self = .shiftOutOfBounds
        case 21: self = .subtractOverflow
        case 22: self = .typeMismatch
        case 24: self = .variableLengthArrayBound
        default: self = .other(handler)
        }
    }
}
