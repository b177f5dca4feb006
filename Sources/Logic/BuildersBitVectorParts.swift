// Bit-vectors put together and taken apart: concatenation, slices, extension.

extension Term {
    public static func concatenate(_ high: Term, _ low: Term) -> Term {
        let sort = Sort.bitVector(high.width + low.width)
        if let x = high.bitVectorValue, let y = low.bitVectorValue {
            return bitVector(x << UInt128(low.width) | y, width: high.width + low.width)
        }
        if high.bitVectorValue == 0 { return zeroExtend(low, by: high.width) }
        // Neighbouring slices of one term grow together again.
        if case .extract(let a, let b) = high.operation, case .extract(let c, let d) = low.operation, b == c + 1,
            high.arguments == low.arguments
        {
            return extract(high.arguments[0], high: a, low: d)
        }
        // Also where the lower slice, as of a sum, has been made of slices itself.
        if case .extract(let a, let b) = high.operation, b == low.width, low.operation != .concatenate,
            extract(high.arguments[0], high: b - 1, low: 0) == low
        {
            return extract(high.arguments[0], high: a, low: 0)
        }
        if high.operation == .bitNot, low.operation == .bitNot {
            return bitNot(concatenate(high.arguments[0], low.arguments[0]))
        }
        // Right-nested: ((a b) c) becomes (a (b c)), so that equal bit strings are equal terms.
        if high.operation == .concatenate {
            return concatenate(high.arguments[0], concatenate(high.arguments[1], low))
        }
        if case .zeroExtend(let count) = high.operation {
            return zeroExtend(concatenate(high.arguments[0], low), by: count)
        }
        if low.operation == .concatenate {
            if case .extract(let a, let b) = high.operation,
                case .extract(let c, let d) = low.arguments[0].operation, b == c + 1,
                high.arguments == low.arguments[0].arguments
            {
                return concatenate(extract(high.arguments[0], high: a, low: d), low.arguments[1])
            }
            if let x = high.bitVectorValue, let y = low.arguments[0].bitVectorValue {
                let first = low.arguments[0].width
                return concatenate(
                    bitVector(x << UInt128(first) | y, width: high.width + first), low.arguments[1])
            }
        }
        return intern(.concatenate, [high, low], sort: sort)
    }

    /// Bits `high` down to `low`, both inclusive.
    public static func extract(_ a: Term, high: Int, low: Int) -> Term {
        precondition(low >= 0 && high >= low && high < a.width, "bits \(high) to \(low) of \(a.width)")
        var slicing = Slicing()
        return slicing.extract(a, high: high, low: low, depth: 0)
    }

    public static func zeroExtend(_ a: Term, by count: Int) -> Term {
        if count == 0 { return a }
        if let x = a.bitVectorValue { return bitVector(x, width: a.width + count) }
        if case .zeroExtend(let inner) = a.operation { return zeroExtend(a.arguments[0], by: count + inner) }
        return intern(.zeroExtend(by: count), [a], sort: .bitVector(a.width + count))
    }

    public static func signExtend(_ a: Term, by count: Int) -> Term {
        if count == 0 { return a }
        if let x = a.bitVectorValue {
            return bitVector(UInt128(bitPattern: signed(x, width: a.width)), width: a.width + count)
        }
        if case .signExtend(let inner) = a.operation { return signExtend(a.arguments[0], by: count + inner) }
        if case .zeroExtend = a.operation { return zeroExtend(a, by: count) }
        return intern(.signExtend(by: count), [a], sort: .bitVector(a.width + count))
    }

    /// The bytes in the other order.
    ///
    /// - Precondition: the width is a multiple of 8.
    public static func byteSwap(_ a: Term) -> Term {
        let bytes = stride(from: 0, to: a.width, by: 8).map { extract(a, high: $0 + 7, low: $0) }
        return concatenate(bytes)
    }

    /// Joins parts, the first in the high bits.
    public static func concatenate(_ parts: [Term]) -> Term {
        parts.dropLast().reversed().reduce(parts[parts.count - 1]) { concatenate($1, $0) }
    }
}
