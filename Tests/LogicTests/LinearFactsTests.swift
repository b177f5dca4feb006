import Testing

@testable import Logic

@Suite struct LinearFactsTests {
    /// As in packets: a length, the words of two headers, an index into the payload.
    private let length = Term.variable("length", .bitVector(16))
    private let words = Term.variable("words", .bitVector(4))
    private let moreWords = Term.variable("more_words", .bitVector(4))
    private let index = Term.variable("index", .bitVector(16))

    private func number(_ value: Int, _ width: Int = 16) -> Term { .bitVector(value, width: width) }
    private func bytes(_ words: Term, _ width: Int) -> Term {
        .zeroExtend(.concatenate(words, .bitVector(0, width: 2)), by: width - 6)
    }

    @Test("A header that starts behind another does not overlap it, whatever the widths in which the code computes")
    func headersOneBehindTheOther() {
        let facts = LinearFacts([.unsignedLessOrEqual(number(5, 4), words)])
        for width in [16, 32, 64] {
            let start = bytes(words, width) + number(14, width)
            #expect(facts.decide(.equal(start, number(26, width))) == false)
            #expect(facts.decide(.equal(start + number(2, width), number(32, width))) == false)
            #expect(facts.decide(.unsignedLess(start, number(34, width))) == false)
            #expect(facts.decide(.unsignedLessOrEqual(number(34, width), start)) == true)
            #expect(facts.decide(.unsignedLess(number(34, width), start)) == nil)
        }
    }

    @Test("What is known at one width is known at another")
    func widths() {
        let start32 = bytes(words, 32) + number(14, 32)
        let facts = LinearFacts([.unsignedLessOrEqual(start32, .zeroExtend(length, by: 16))])
        let start16 = bytes(words, 16) + number(14)
        #expect(facts.decide(.unsignedLessOrEqual(start16, length)) == true)
        #expect(facts.decide(.unsignedLess(length, start16)) == false)
        #expect(facts.decide(.unsignedLess(start16, length)) == nil)
        // Room that is known to be there may be computed by subtraction.
        let room = Term.zeroExtend(length, by: 16) - start32
        #expect(facts.decide(.unsignedLessOrEqual(room, number(65521, 32))) == true)
        #expect(LinearFacts([]).decide(.unsignedLessOrEqual(room, number(65521, 32))) == nil)
    }

    @Test("An index into the payload is none into the headers: the bound keeps the sum from wrapping around")
    func payload() {
        let start = bytes(words, 16) + bytes(moreWords, 16) + number(14)
        let known: [Term] = [
            .unsignedLessOrEqual(number(5, 4), words), .unsignedLessOrEqual(number(5, 4), moreWords),
            .unsignedLessOrEqual(start, length),
        ]
        let checksum = bytes(words, 16) + number(14 + 16)
        let bounded = LinearFacts(known + [.unsignedLess(index, length - start)])
        #expect(bounded.decide(.equal(start + index, checksum)) == false)
        #expect(bounded.decide(.equal(start + index, number(26))) == false)
        // Without the bound it may be.
        #expect(LinearFacts(known).decide(.equal(start + index, checksum)) == nil)
    }

    @Test("Next to a bound, what is not equal is beyond it")
    func inequality() {
        let facts = LinearFacts([.notEqual(length, number(14)), .unsignedLessOrEqual(number(14), length)])
        #expect(facts.decide(.unsignedLess(number(14), length)) == true)
        #expect(facts.decide(.unsignedLess(number(15), length)) == nil)
    }

    @Test("Integers that are made of bit-vectors")
    func integers() {
        let start = bytes(words, 32) + number(14, 32)
        let facts = LinearFacts([.unsignedLessOrEqual(start, .zeroExtend(length, by: 16))])
        let headerLength = Term.product(.integer(4), .unsignedInteger(words))
        let room = Term.sum([.unsignedInteger(length), .integer(-14)])
        #expect(facts.decide(.lessOrEqual(headerLength, room)) == true)
        #expect(facts.decide(.less(room, headerLength)) == false)
        #expect(facts.decide(.less(headerLength, room)) == nil)
    }

    @Test("Contradictory facts and numbers at the ends of their range do no harm")
    func extremes() {
        let wide = Term.variable("wide", .bitVector(64))
        let facts = LinearFacts([
            .unsignedLess(length, number(3)), .unsignedLess(number(7), length),
            .unsignedLessOrEqual(.bitVector(UInt128(UInt64.max) - 1, width: 64), wide),
            .less(.integer(.max - 1), .unsignedInteger(length)), .less(.unsignedInteger(wide), .integer(.min + 1)),
        ])
        for question in [
            Term.unsignedLess(wide, number(1, 64)), .equal(length, number(9)),
            .unsignedLess(length + length, number(4)),
            .unsignedLessOrEqual(wide + wide, wide), .less(.integer(.min), .unsignedInteger(wide)),
        ] {
            _ = facts.decide(question)
        }
    }

    /// Whatever is decided is so under each assignment that satisfies the facts.
    @Test("Never wrong", arguments: 0..<24 as Range<UInt64>)
    func neverWrong(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: 77 + seed)
        func any(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
        let width = [8, 10, 16, 64][any(0...3)]
        let variables = (0..<4).map { Term.variable("v\($0)", .bitVector([4, 6, 8, 8][$0])) }
        func extended(_ term: Term) -> Term {
            term.width < width ? .zeroExtend(term, by: width - term.width) : .extract(term, high: width - 1, low: 0)
        }
        func offset(_ depth: Int) -> Term {
            switch any(0...(depth == 0 ? 2 : 7)) {
            case 0: return extended(variables[any(0...3)])
            case 1: return number(any(0...40), width)
            case 2: return extended(.concatenate(variables[any(0...1)], number(any(0...3), 2)))
            case 3, 4: return offset(depth - 1) + offset(depth - 1)
            case 5: return offset(depth - 1) - offset(depth - 1)
            case 6: return offset(depth - 1) + .bitVector(0 &- UInt128(any(1...20)), width: width)
            default: return extended(.extract(offset(depth - 1), high: 6, low: 0))
            }
        }
        func integer(_ depth: Int) -> Term {
            switch any(0...(depth == 0 ? 1 : 3)) {
            case 0: return .unsignedInteger(offset(1))
            case 1: return .integer(any(-20...60))
            case 2: return .sum([integer(depth - 1), integer(depth - 1)])
            default: return .product(.integer(any(-3...4)), integer(depth - 1))
            }
        }
        func comparison() -> Term {
            switch any(0...5) {
            case 0: return .equal(offset(2), offset(2))
            case 1: return .unsignedLess(offset(2), offset(2))
            case 2, 3: return .unsignedLessOrEqual(offset(2), offset(2))
            case 4: return .less(integer(2), integer(1))
            default: return .lessOrEqual(integer(1), integer(2))
            }
        }
        var decided = 0
        for _ in 0..<24 {
            let values = variables.map { variable in
                (
                    variable,
                    Value.bitVector(UInt128(any(0...(1 << min(variable.width, any(2...8)) - 1))), width: variable.width)
                )
            }
            var evaluator = Evaluator(assignment: Dictionary(uniqueKeysWithValues: values))
            var known: [Term] = []
            for _ in 0..<8 {
                let candidate = comparison()
                known.append(try evaluator.evaluate(candidate) == .boolean(true) ? candidate : !candidate)
            }
            let facts = LinearFacts(known)
            for _ in 0..<40 {
                let question = comparison()
                guard !question.isConstant, let answer = facts.decide(question) else { continue }
                decided += 1
                #expect(try evaluator.evaluate(question) == .boolean(answer), "\(question) from \(known)")
            }
        }
        #expect(decided > 100)
    }

    @Test("Reads go past stores that are known to be elsewhere, and find those that are known to be there")
    func reads() {
        let array = Term.variable("a", .array(index: .bitVector(16), element: .byte))
        let start = bytes(words, 16) + number(14)
        let stored = Term.store(.store(array, number(26), number(1, 8)), start, number(2, 8))
        let decide = LinearFacts([.unsignedLessOrEqual(number(5, 4), words)]).decide
        #expect(Term.select(stored, number(26), decide: decide) == number(1, 8))
        #expect(Term.select(stored, number(27), decide: decide) == .select(array, number(27)))
        #expect(Term.select(stored, number(26)).operation == .select)
        let hole = Term.variable("hole", .bitVector(16))
        var informed = Substitution([hole: number(26)], decide: decide)
        #expect(informed.apply(.select(stored, hole)) == number(1, 8))
        var plain = Substitution([hole: number(26)])
        #expect(plain.apply(.select(stored, hole)).operation == .select)
    }
}
