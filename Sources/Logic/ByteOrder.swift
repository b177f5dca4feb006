// Equalities of bits that are combined one by one, and of numbers, whatever order their bytes come in: C code masks and compares addresses as it
// loads them, a specification as numbers, and both say the same.

extension Term {
    /// Whether two bit-vectors are equal, in one form for what means the same: `m & x = m & y` as `0 = m & (x ^ y)`, and that in the byte order
    /// in which an operand is whole. Nil where there is no such form, or it is this one.
    static func bitwiseEqual(_ a: Term, _ b: Term) -> Term? {
        guard case .bitVector(let width) = a.sort else { return nil }
        if a.operation == .bitAnd, b.operation == .bitAnd {
            for (index, common) in a.arguments.enumerated() {
                guard let other = b.arguments.firstIndex(of: common) else { continue }
                return equal(
                    zero(width), bitAnd(common, bitXor(a.arguments[1 - index], b.arguments[1 - other])))
            }
        }
        let bits: Term
        if a.bitVectorValue == 0 { bits = b } else if b.bitVectorValue == 0 { bits = a } else { return nil }
        guard bits.isBitwise, width > 8, width.isMultiple(of: 8), let order = bits.byteOrder() else { return nil }
        let reordered = bits.withBytes(in: order)
        return reordered == bits ? nil : intern(.equal, [zero(width), reordered].sortedByIdentifier, sort: .boolean)
    }

    /// That a term whose bytes are those of another one, in another order, equals a constant or bytes: said of the other one as a whole, as a
    /// specification says it. Nil where there is no such term.
    static func equalityOfWhole(_ a: Term, _ b: Term) -> Term? {
        guard a.width > 8, a.width.isMultiple(of: 8), let order = a.placesOfBytes() else { return nil }
        return equal(a.withBytes(in: order), b.withBytes(in: order))
    }

    /// Whether each bit comes from those at the same place of the arguments alone.
    private var isBitwise: Bool {
        switch operation {
        case .bitAnd, .bitOr, .bitXor, .bitNot: true
        default: false
        }
    }

    /// The order in which the bytes of the first operand that is made of another term's bytes are that term: byte `i` of it belongs at place
    /// `order[i]`. Nil where there is none, or some operand is whole as it is.
    private func byteOrder() -> [Int]? {
        var found: [Int]?
        var open = [self]
        while let term = open.popLast() {
            if term.isBitwise {
                open.append(contentsOf: term.arguments.reversed())
            } else if term.operation == .concatenate {
                found = found ?? term.placesOfBytes()
            } else if !term.isConstant {
                return nil
            }
        }
        return found
    }

    /// Where in one other term of the same width each of the term's bytes comes from, the lowest first.
    private func placesOfBytes() -> [Int]? {
        var source: Term?
        var places: [Int] = []
        for index in 0..<width / 8 {
            let byte = Term.extract(self, high: 8 * index + 7, low: 8 * index)
            guard case .extract(let high, let low) = byte.operation, high == low + 7, low.isMultiple(of: 8),
                byte.arguments[0].width == width, source == nil || source == byte.arguments[0],
                !places.contains(low / 8)
            else { return nil }
            source = byte.arguments[0]
            places.append(low / 8)
        }
        return places
    }

    /// The bitwise term with each operand's byte `i` at place `order[i]`.
    private func withBytes(in order: [Int]) -> Term {
        switch operation {
        case .bitAnd: return .bitAnd(arguments[0].withBytes(in: order), arguments[1].withBytes(in: order))
        case .bitOr: return .bitOr(arguments[0].withBytes(in: order), arguments[1].withBytes(in: order))
        case .bitXor: return .bitXor(arguments[0].withBytes(in: order), arguments[1].withBytes(in: order))
        case .bitNot: return .bitNot(arguments[0].withBytes(in: order))
        default:
            var bytes = order.map { _ in self }
            for (index, place) in order.enumerated() {
                bytes[place] = .extract(self, high: 8 * index + 7, low: 8 * index)
            }
            return bytes.dropFirst().reduce(bytes[0]) { .concatenate($1, $0) }
        }
    }
}

extension [Term] {
    fileprivate var sortedByIdentifier: [Term] { sorted { $0.identifier < $1.identifier } }
}
