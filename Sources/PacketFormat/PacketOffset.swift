import Logic

/// Comparisons of offsets into packets that are decided without a solver: offsets are header lengths plus constants, far from
/// wrapping around.
enum PacketOffset {
    /// Whether `a` <= `b`, where their shapes tell.
    static func lessOrEqual(_ a: Term, _ b: Term) -> Term {
        let (x, y) = (split(a), split(b))
        if let x, let y, x.base == y.base { return .boolean(x.constant <= y.constant) }
        if let x, x.base == nil, let y, x.constant <= y.constant { return .true }
        if let x, let y, y.base == nil, x.constant > y.constant { return .false }
        return .unsignedLessOrEqual(a, b)
    }

    static func less(_ a: Term, _ b: Term) -> Term { !lessOrEqual(b, a) }

    /// A term as base + constant, if that sum does not wrap around for any value of the base.
    private static func split(_ term: Term) -> (base: Term?, constant: UInt128)? {
        if let value = term.bitVectorValue { return (nil, value) }
        guard term.operation == .add, let constant = term.arguments[1].bitVectorValue else { return (term, 0) }
        let limit = UInt128(1) << UInt128(term.width)
        return largest(term.arguments[0]) + constant < limit ? (term.arguments[0], constant) : nil
    }

    /// An upper bound on the value.
    private static func largest(_ term: Term) -> UInt128 {
        let everything = (UInt128(1) << UInt128(term.width)) - 1
        if let value = term.bitVectorValue { return value }
        switch term.operation {
        case .zeroExtend: return largest(term.arguments[0])
        case .concatenate:
            return largest(term.arguments[0]) << UInt128(term.arguments[1].width) + largest(term.arguments[1])
        case .add: return min(everything, largest(term.arguments[0]) + largest(term.arguments[1]))
        case .ifThenElse: return max(largest(term.arguments[1]), largest(term.arguments[2]))
        default: return everything
        }
    }
}
