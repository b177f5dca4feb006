// What sort an operation yields over arguments of which sorts: the rules that builders take for granted, for terms that come from elsewhere.

/// How a node's arguments are counted, and where its sort comes from.
enum OperationShape {
    /// So many arguments, which decide the sort.
    case fixed(Int)
    /// Any number of arguments, which decide the sort.
    case variadic
    /// So many arguments; the sort stands by itself.
    case fixedWithSort(Int)
    /// Any number of arguments; the sort stands by itself.
    case variadicWithSort
}

extension TermOperation {
    var shape: OperationShape {
        switch self {
        case .boolean, .integer: .fixed(0)
        case .bitVector, .variable: .fixedWithSort(0)
        case .constantArray: .fixedWithSort(1)
        case .apply, .tuple: .variadicWithSort
        case .and, .or, .integerAdd: .variadic
        case .not, .negate, .bitNot, .extract, .zeroExtend, .signExtend, .unsignedInteger, .bitVectorOfInteger, .field:
            .fixed(1)
        case .equal, .add, .subtract, .multiply, .unsignedDivide, .unsignedRemainder, .signedDivide, .signedRemainder,
            .bitAnd, .bitOr, .bitXor, .shiftLeft, .logicalShiftRight, .arithmeticShiftRight, .unsignedLess,
            .unsignedLessOrEqual, .signedLess, .signedLessOrEqual, .concatenate, .integerMultiply, .integerDivide,
            .integerModulo, .integerLess, .integerLessOrEqual, .select, .rotate:
            .fixed(2)
        case .ifThenElse, .store: .fixed(3)
        }
    }

    /// The sort of the operation over such arguments, nil when it is not defined over them.
    ///
    /// - Parameter stated: the sort, for operations whose arguments do not decide it.
    /// - Precondition: as many arguments as `shape` says.
    func sort(of arguments: [Sort], stated: Sort?) -> Sort? {
        func all(_ sort: Sort) -> Bool { arguments.allSatisfy { $0 == sort } }
        /// The width of one bit-vector, or of several of one width.
        var width: Int? {
            guard let width = arguments.first?.width, all(.bitVector(width)) else { return nil }
            return width
        }
        func bitVector(_ width: Int) -> Sort? { (1...128).contains(width) ? .bitVector(width) : nil }

        switch self {
        case .boolean: return .boolean
        case .integer: return .integer
        case .bitVector(let value):
            guard let stated, let width = stated.width, value & ~Term.mask(width) == 0 else { return nil }
            return stated
        case .variable, .apply: return stated
        case .constantArray:
            guard case .array(_, let element) = stated, all(element) else { return nil }
            return stated
        case .tuple:
            guard case .tuple(let tuple) = stated, tuple.fields.map(\.sort) == arguments else { return nil }
            return stated

        case .not, .and, .or: return all(.boolean) ? .boolean : nil
        case .equal: return arguments[0] == arguments[1] ? .boolean : nil
        case .ifThenElse: return arguments[0] == .boolean && arguments[1] == arguments[2] ? arguments[1] : nil

        case .negate, .add, .subtract, .multiply, .unsignedDivide, .unsignedRemainder, .signedDivide, .signedRemainder,
            .bitAnd, .bitOr, .bitXor, .bitNot, .shiftLeft, .logicalShiftRight, .arithmeticShiftRight:
            return width.map { .bitVector($0) }
        case .unsignedLess, .unsignedLessOrEqual, .signedLess, .signedLessOrEqual: return width.map { _ in .boolean }
        case .concatenate:
            guard let high = arguments[0].width, let low = arguments[1].width else { return nil }
            return bitVector(high + low)
        case .extract(let high, let low):
            guard let width, 0 <= low, low <= high, high < width else { return nil }
            return .bitVector(high - low + 1)
        case .zeroExtend(let extra), .signExtend(let extra):
            guard let width, (0...128).contains(extra) else { return nil }
            return bitVector(width + extra)

        case .unsignedInteger: return width.map { _ in .integer }
        case .bitVectorOfInteger(let width): return all(.integer) ? bitVector(width) : nil
        case .integerAdd, .integerMultiply, .integerDivide, .integerModulo: return all(.integer) ? .integer : nil
        case .integerLess, .integerLessOrEqual: return all(.integer) ? .boolean : nil

        case .select:
            guard case .array(arguments[1], let element) = arguments[0] else { return nil }
            return element
        case .store:
            return arguments[0] == .array(index: arguments[1], element: arguments[2]) ? arguments[0] : nil
        case .rotate:
            guard case .array(arguments[1], _) = arguments[0], arguments[1].width != nil else { return nil }
            return arguments[0]
        case .field(let index):
            guard case .tuple(let tuple) = arguments[0], tuple.fields.indices.contains(index) else { return nil }
            return tuple.fields[index].sort
        }
    }
}
