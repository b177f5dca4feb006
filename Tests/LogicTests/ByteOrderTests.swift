import Testing

@testable import Logic

/// Masks and comparisons in whatever byte order: one form, and the right one.
@Suite struct ByteOrderTests {
    private static let variables = ["a", "b", "c", "d"].map { Term.variable($0, .bitVector(32)) }

    /// The term's bytes in another order, the lowest first.
    private static func reordered(_ term: Term, _ order: [Int]) -> Term {
        let bytes = order.map { Term.extract(term, high: 8 * $0 + 7, low: 8 * $0) }
        return bytes.dropFirst().reduce(bytes[0]) { .concatenate($1, $0) }
    }

    @Test("An address is in a network: as C code loads both, and as numbers")
    func oneForm() {
        let packet = (0..<4).map { Term.variable("byte\($0)", .bitVector(8)) }
        let number = packet.dropFirst().reduce(packet[0]) { .concatenate($0, $1) }
        let loaded = packet.reversed().dropFirst().reduce(packet[3]) { .concatenate($0, $1) }
        let (mask, network) = (Self.variables[0], Self.variables[1])
        func swapped(_ term: Term) -> Term { Self.reordered(term, [3, 2, 1, 0]) }
        let asNumbers = Term.equal(.bitAnd(number, mask), .bitAnd(mask, network))
        #expect(Term.equal(.bitAnd(loaded, swapped(mask)), .bitAnd(swapped(network), swapped(mask))) == asNumbers)
        // What clang makes of it.
        #expect(
            Term.equal(.zero(32), .bitAnd(.bitXor(loaded, swapped(network)), swapped(mask))) == asNumbers)
    }

    @Test("An address is another one, or a constant: as C code loads both, and as numbers")
    func oneEquality() {
        let packet = (0..<4).map { Term.variable("byte\($0)", .bitVector(8)) }
        let number = packet.dropFirst().reduce(packet[0]) { .concatenate($0, $1) }
        let loaded = packet.reversed().dropFirst().reduce(packet[3]) { .concatenate($0, $1) }
        let address = Self.variables[0]
        let swapped = Self.reordered(address, [3, 2, 1, 0])
        #expect(Term.equal(loaded, swapped) == .equal(number, address))
        #expect(Term.equal(swapped, loaded) == .equal(number, address))
        #expect(
            Term.equal(swapped, .bitVector(0x0100_A8C0, width: 32))
                == .equal(address, .bitVector(0xC0A8_0001, width: 32)))
        #expect(
            Term.equal(swapped, Self.reordered(Self.variables[1], [3, 2, 1, 0])) == .equal(address, Self.variables[1]))
    }

    @Test("Bits combined in any byte order mean what they say", arguments: 0..<300 as Range<UInt64>)
    func meaning(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        func number(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
        func value() -> UInt128 {
            // Bytes that are often equal or zero, so that equalities hold often enough.
            (0..<4).reduce(0) { sum, _ in sum << 8 | UInt128([0, 0, 1, 0x80, 0xFF][number(5)]) }
        }
        let orders = [[3, 2, 1, 0], [0, 1, 2, 3], [1, 0, 3, 2], [2, 3, 0, 1], [1, 2, 3, 0], [0, 0, 2, 3]]
        var assignment: [Term: Value] = [:]
        for variable in Self.variables { assignment[variable] = .bitVector(value(), width: 32) }
        // A term and its value, computed apart.
        func operand(_ depth: Int) -> (Term, UInt128) {
            if depth == 0 || number(4) == 0 {
                if number(5) == 0 {
                    let constant = value()
                    return (.bitVector(constant, width: 32), constant)
                }
                let variable = Self.variables[number(Self.variables.count)]
                guard case .bitVector(let bits, _)? = assignment[variable] else { return (variable, 0) }
                let order = orders[number(orders.count)]
                let moved = order.enumerated().reduce(0 as UInt128) { sum, place in
                    sum | (bits >> UInt128(8 * place.element) & 0xFF) << UInt128(8 * place.offset)
                }
                return (Self.reordered(variable, order), moved)
            }
            let (a, b) = (operand(depth - 1), operand(depth - 1))
            switch number(4) {
            case 0: return (.bitAnd(a.0, b.0), a.1 & b.1)
            case 1: return (.bitXor(a.0, b.0), a.1 ^ b.1)
            case 2: return (.bitOr(a.0, b.0), a.1 | b.1)
            default: return (.bitNot(a.0), ~a.1 & 0xFFFF_FFFF)
            }
        }
        for _ in 0..<40 {
            let (a, common) = (operand(2), operand(1))
            let b = number(2) == 0 ? (Term.zero(32), 0) : operand(2)
            let equalities = [
                (Term.equal(a.0, b.0), a.1 == b.1),
                (Term.equal(.bitAnd(a.0, common.0), .bitAnd(common.0, b.0)), a.1 & common.1 == b.1 & common.1),
            ]
            for (term, expected) in equalities {
                var evaluator = Evaluator(assignment: assignment, functions: [:])
                #expect(try evaluator.evaluate(term) == .boolean(expected))
            }
        }
    }

    @Test("What both ways demand stands before the choice")
    func commonConjuncts() {
        let flags = ["p", "q", "r", "s"].map { Term.variable($0, .boolean) }
        #expect(
            Term.ifThenElse(flags[0], flags[1] && flags[2], flags[3] && flags[1])
                == (flags[1] && .ifThenElse(flags[0], flags[2], flags[3])))
        #expect(Term.ifThenElse(flags[0], flags[1], flags[3] && flags[1]) == (flags[1] && (flags[0] || flags[3])))
    }
}
