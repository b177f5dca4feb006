// The order in which builders leave the arguments of operations where order means nothing. It goes by identifier, which another process
// gives out in its own way: who makes terms from a description made elsewhere brings them into this order.

extension TermOperation {
    /// Whether builders put the arguments in an order of their own.
    var ordersArguments: Bool {
        switch self {
        case .and, .or, .equal, .add, .multiply, .bitAnd, .bitOr, .bitXor, .integerAdd, .integerMultiply: true
        case .boolean, .integer, .bitVector, .variable, .constantArray, .apply, .not, .ifThenElse, .negate, .subtract,
            .unsignedDivide, .unsignedRemainder, .signedDivide, .signedRemainder, .bitNot, .shiftLeft,
            .logicalShiftRight, .arithmeticShiftRight, .unsignedLess, .unsignedLessOrEqual, .signedLess,
            .signedLessOrEqual, .concatenate, .extract, .zeroExtend, .signExtend, .unsignedInteger, .bitVectorOfInteger,
            .integerDivide, .integerModulo, .integerLess, .integerLessOrEqual, .select, .store, .rotate,
            .tuple, .field:
            false
        }
    }

    /// The arguments in the order that the builders give them.
    func inBuilderOrder(_ arguments: [Term]) -> [Term] {
        guard ordersArguments else { return arguments }
        return arguments.sorted { rank($0) < rank($1) }
    }

    /// Whether `inBuilderOrder` would leave the arguments as they are.
    func isInBuilderOrder(_ arguments: [Term]) -> Bool {
        guard ordersArguments else { return true }
        for (first, second) in zip(arguments, arguments.dropFirst()) where rank(second) < rank(first) { return false }
        return true
    }

    /// Where builders put an argument: constants first or last, others by identifier.
    private func rank(_ argument: Term) -> Int {
        switch self {
        case .add, .multiply: argument.bitVectorValue == nil ? argument.identifier : .max
        case .integerMultiply: argument.integerValue == nil ? argument.identifier : .min
        case .integerAdd:
            if argument.integerValue != nil {
                .max
            } else if argument.operation == .integerMultiply, argument.arguments[0].integerValue != nil {
                // A multiple stands where what it is a multiple of would.
                argument.arguments[1].identifier
            } else {
                argument.identifier
            }
        default: argument.identifier
        }
    }
}
