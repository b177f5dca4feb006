extension Intrinsic {
    /// The argument for which an intrinsic may be told to have no result.
    enum Excluded {
        case zero, smallest
    }

    private static let byName: [String: (intrinsic: Intrinsic, arguments: Int, excluded: Excluded?)] = [
        "bswap": (.byteSwap, 1, nil),
        "sadd.with.overflow": (.signedAddWithOverflow, 2, nil),
        "ssub.with.overflow": (.signedSubtractWithOverflow, 2, nil),
        "smul.with.overflow": (.signedMultiplyWithOverflow, 2, nil),
        "uadd.with.overflow": (.unsignedAddWithOverflow, 2, nil),
        "usub.with.overflow": (.unsignedSubtractWithOverflow, 2, nil),
        "umul.with.overflow": (.unsignedMultiplyWithOverflow, 2, nil),
        "umin": (.unsignedMinimum, 2, nil),
        "umax": (.unsignedMaximum, 2, nil),
        "smin": (.signedMinimum, 2, nil),
        "smax": (.signedMaximum, 2, nil),
        "abs": (.absolute, 1, .smallest),
        "usub.sat": (.unsignedSubtractSaturated, 2, nil),
        "uadd.sat": (.unsignedAddSaturated, 2, nil),
        "fshl": (.funnelShiftLeft, 3, nil),
        "fshr": (.funnelShiftRight, 3, nil),
        "ctpop": (.populationCount, 1, nil),
        "ctlz": (.countLeadingZeros, 1, .zero),
        "cttz": (.countTrailingZeros, 1, .zero),
    ]

    /// What `llvm.<name>.<type>` computes and how many of its arguments are values; an argument behind them may exclude
    /// a value. Only those for one integer type: those for vectors are not here.
    static func named(_ name: String) -> (intrinsic: Intrinsic, arguments: Int, excluded: Excluded?)? {
        guard name.hasPrefix("llvm."), let dot = name.lastIndex(of: "."), name[name.index(after: dot)...].first == "i"
        else { return nil }
        return byName[String(name[..<dot].dropFirst("llvm.".count))]
    }
}
