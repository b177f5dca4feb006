@testable import Logic

/// The meaning of descriptions, written once more and otherwise than in the module: by SMT-LIB's definitions, bit by bit where
/// the module computes with machine words, recursively where it does not recurse.
struct ReferenceEvaluation {
    let assignment: [Term: Value]
    let functions: [String: FunctionInterpretation]
    private var values: [ObjectIdentifier: Value?] = [:]

    init(assignment: [Term: Value], functions: [String: FunctionInterpretation]) {
        self.assignment = assignment
        self.functions = functions
    }

    /// Nil when an integer leaves the range in which the module computes.
    mutating func value(_ description: Description) -> Value? {
        if let known = values[ObjectIdentifier(description)] { return known }
        let result = compute(description)
        values[ObjectIdentifier(description)] = result
        return result
    }

    private mutating func compute(_ d: Description) -> Value? {
        if d.operation == .ifThenElse {
            guard let condition = value(d.arguments[0])?.boolean else { return nil }
            return value(d.arguments[condition ? 1 : 2])
        }
        var x: [Value] = []
        for argument in d.arguments {
            guard let value = value(argument) else { return nil }
            x.append(value)
        }
        func bits(_ number: Int) -> [Bool] { x[number].bitList }
        func vector(_ bits: [Bool]) -> Value { .bitVector(bits.number, width: bits.count) }
        switch d.operation {
        case .boolean(let value): return .boolean(value)
        case .integer(let value): return .integer(Int128(value))
        case .bitVector(let value): return .bitVector(value, width: d.sort.width ?? 0)
        case .variable: return assignment[d.raw]
        case .constantArray:
            guard case .array(let index, _) = d.sort else { return nil }
            return .array(ArrayValue(indexSort: index, defaultElement: x[0]))
        case .apply(let name): return functions[name]?(x)
        case .not: return .boolean(x[0] == .boolean(false))
        case .and: return .boolean(!x.contains(.boolean(false)))
        case .or: return .boolean(x.contains(.boolean(true)))
        case .equal: return .boolean(x[0] == x[1])
        case .ifThenElse: return nil
        case .negate: return vector(bits(0).negated)
        case .add: return vector(bits(0).plus(bits(1)))
        case .subtract: return vector(bits(0).plus(bits(1).negated))
        case .multiply: return vector(bits(0).times(bits(1)))
        case .unsignedDivide: return vector(bits(0).divided(by: bits(1)).quotient)
        case .unsignedRemainder: return vector(bits(0).divided(by: bits(1)).remainder)
        case .signedDivide:
            let quotient = bits(0).magnitude.divided(by: bits(1).magnitude).quotient
            return vector(bits(0).isNegative == bits(1).isNegative ? quotient : quotient.negated)
        case .signedRemainder:
            let remainder = bits(0).magnitude.divided(by: bits(1).magnitude).remainder
            return vector(bits(0).isNegative ? remainder.negated : remainder)
        case .bitAnd: return vector(zip(bits(0), bits(1)).map { $0 && $1 })
        case .bitOr: return vector(zip(bits(0), bits(1)).map { $0 || $1 })
        case .bitXor: return vector(zip(bits(0), bits(1)).map { $0 != $1 })
        case .bitNot: return vector(bits(0).map { !$0 })
        case .shiftLeft, .logicalShiftRight, .arithmeticShiftRight:
            var result = bits(0)
            let fill = d.operation == .arithmeticShiftRight && result.isNegative
            for _ in 0..<Swift.min(x[1].bits ?? 0, UInt128(result.count)) {
                if d.operation == .shiftLeft {
                    result = [false] + result.dropLast()
                } else {
                    result = result.dropFirst() + [fill]
                }
            }
            return vector(result)
        case .unsignedLess: return .boolean(bits(0).isLess(than: bits(1)))
        case .unsignedLessOrEqual: return .boolean(!bits(1).isLess(than: bits(0)))
        case .signedLess: return .boolean(bits(0).withSignFlipped.isLess(than: bits(1).withSignFlipped))
        case .signedLessOrEqual: return .boolean(!bits(1).withSignFlipped.isLess(than: bits(0).withSignFlipped))
        case .concatenate: return vector(bits(1) + bits(0))
        case .extract(let high, let low): return vector(Array(bits(0)[low...high]))
        case .zeroExtend(let count): return vector(bits(0) + Array(repeating: false, count: count))
        case .signExtend(let count): return vector(bits(0) + Array(repeating: bits(0).isNegative, count: count))
        case .unsignedInteger: return Int128(exactly: bits(0).number).map { .integer($0) }
        case .bitVectorOfInteger(let width):
            guard let number = x[0].integer else { return nil }
            return vector((0..<width).map { (number >> Int128(Swift.min($0, 127))) & 1 == 1 })
        case .integerAdd, .integerMultiply:
            var result: Int128 = d.operation == .integerAdd ? 0 : 1
            for operand in x {
                guard let operand = operand.integer, operand.magnitude < 1 << 100, result.magnitude < 1 << 100 else {
                    return nil
                }
                if d.operation == .integerAdd {
                    result += operand
                } else {
                    let (product, overflow) = result.multipliedReportingOverflow(by: operand)
                    if overflow { return nil }
                    result = product
                }
            }
            return .integer(result)
        case .integerDivide, .integerModulo:
            guard let dividend = x[0].integer, let divisor = x[1].integer, divisor > 0 else { return nil }
            // The quotient is the greatest number whose product with the divisor does not exceed the dividend.
            var quotient = dividend / divisor
            while quotient * divisor > dividend { quotient -= 1 }
            return .integer(d.operation == .integerDivide ? quotient : dividend - quotient * divisor)
        case .integerLess, .integerLessOrEqual:
            guard let a = x[0].integer, let b = x[1].integer else { return nil }
            return .boolean(d.operation == .integerLess ? a < b : a <= b)
        case .select: return x[0].array.map { $0[x[1]] }
        case .store:
            guard let array = x[0].array else { return nil }
            var entries = array.entries
            entries[x[1]] = x[2]
            return .array(
                ArrayValue(indexSort: array.indexSort, defaultElement: array.defaultElement, entries: entries))
        case .rotate:
            guard let array = x[0].array, let amount = x[1].bits, let width = d.arguments[1].sort.width else {
                return nil
            }
            var entries: [Value: Value] = [:]
            for (index, element) in array.entries {
                var place = index.bits ?? 0
                // The place p for which p + amount is the index.
                place = (place &+ ~amount &+ 1) & Term.mask(width)
                entries[.bitVector(place, width: width)] = element
            }
            return .array(
                ArrayValue(indexSort: array.indexSort, defaultElement: array.defaultElement, entries: entries))
        case .tuple: return .tuple(x)
        case .field(let index): return x[0].fields?[index]
        }
    }
}

extension Value {
    /// The bits of a bit-vector, the lowest first.
    fileprivate var bitList: [Bool] {
        guard case .bitVector(let bits, let width) = self else { return [] }
        return (0..<width).map { bits >> UInt128($0) & 1 == 1 }
    }
}

/// Bit-vectors as lists, the lowest bit first.
extension [Bool] {
    fileprivate var number: UInt128 { reversed().reduce(0) { $0 << 1 | ($1 ? 1 : 0) } }
    fileprivate var isNegative: Bool { last ?? false }
    fileprivate var magnitude: [Bool] { isNegative ? negated : self }
    fileprivate var withSignFlipped: [Bool] { dropLast() + [!isNegative] }

    fileprivate var negated: [Bool] {
        map { !$0 }.plus([true] + Array(repeating: false, count: count - 1))
    }

    fileprivate func plus(_ other: [Bool]) -> [Bool] {
        var carry = false
        return zip(self, other).map { a, b in
            defer { carry = (a && b) || (carry && (a != b)) }
            return (a != b) != carry
        }
    }

    fileprivate func times(_ other: [Bool]) -> [Bool] {
        var result = Array(repeating: false, count: count)
        var shifted = self
        for bit in other {
            if bit { result = result.plus(shifted) }
            shifted = [false] + shifted.dropLast()
        }
        return result
    }

    fileprivate func isLess(than other: [Bool]) -> Bool {
        for (a, b) in zip(self, other).reversed() where a != b { return b }
        return false
    }

    /// Long division; by zero, the quotient is all ones and the remainder the dividend.
    fileprivate func divided(by divisor: [Bool]) -> (quotient: [Bool], remainder: [Bool]) {
        if !divisor.contains(true) { return (Array(repeating: true, count: count), self) }
        var quotient = Array(repeating: false, count: count)
        // One bit more than the operands, for the remainder is doubled before it is reduced.
        let wide = divisor + [false]
        var remainder = Array(repeating: false, count: count + 1)
        for position in indices.reversed() {
            remainder = [self[position]] + remainder.dropLast()
            if !remainder.isLess(than: wide) {
                remainder = remainder.plus(wide.negated)
                quotient[position] = true
            }
        }
        return (quotient, Array(remainder.dropLast()))
    }
}
