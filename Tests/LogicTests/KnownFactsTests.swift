import SMT
import Testing

@testable import Logic

@Suite struct KnownFactsTests {
    private let byte = Term.variable("b", .byte)
    private let word = Term.variable("w", .bitVector(16))

    private func constant(_ value: Int, _ width: Int) -> Term { .bitVector(value, width: width) }

    @Test func nothingIsKnownOfNothing() {
        #expect(KnownFacts.none.decide(.equal(byte, constant(1, 8))) == nil)
        #expect(KnownFacts.none.decide(.true) == true)
        #expect(KnownFacts.none.decide(.false) == false)
    }

    @Test func factsAndTheirParts() {
        let p = Term.variable("p", .boolean)
        let q = Term.variable("q", .boolean)
        let r = Term.variable("r", .boolean)
        let facts = KnownFacts([p && !q])
        #expect(facts.decide(p) == true)
        #expect(facts.decide(q) == false)
        #expect(facts.decide(!q && p) == true)
        #expect(facts.decide(q || r) == nil)
        #expect(facts.decide(q && r) == false)
        #expect(facts.decide(p || r) == true)
        #expect(facts.decide(!(p || r)) == false)
        #expect(facts.simplify(r) == r)
        #expect(facts.simplify(p) == .true)
    }

    @Test func partsOfFormulas() {
        let (p, q) = (Term.variable("p", .boolean), Term.variable("q", .boolean))
        let facts = KnownFacts([p, .equal(byte, constant(8, 8))])
        var simplification = facts.simplification
        let port = Term.ifThenElse(p && .unsignedLess(byte, constant(9, 8)), word, word + constant(1, 16))
        #expect(
            simplification.apply(q && .unsignedLess(port, constant(99, 16)))
                == (q && .unsignedLess(word, constant(99, 16))))
        #expect(simplification.apply(q || p) == .true)
        #expect(simplification.apply(q) == q)
    }

    /// Random formulas over few bits.
    private struct Formulas {
        var random: SeededGenerator
        static let numbers: [Term] = ["x", "y", "z"].map { .variable($0, .bitVector(4)) }
        static let integers: [Term] = ["n", "m"].map { .variable($0, .integer) }

        private mutating func chosen<T>(_ choices: [T]) -> T {
            choices[Int.random(in: 0..<choices.count, using: &random)]
        }

        private mutating func number(_ depth: Int) -> Term {
            switch Int.random(in: 0..<6, using: &random) {
            case 0: .bitVector(Int.random(in: 0..<16, using: &random), width: 4)
            case 1 where depth > 0: number(depth - 1) + number(depth - 1)
            case 2 where depth > 0: .ifThenElse(formula(depth - 1), number(depth - 1), number(depth - 1))
            default: chosen(Self.numbers)
            }
        }

        mutating func formula(_ depth: Int) -> Term {
            switch Int.random(in: 0..<(depth > 0 ? 9 : 6), using: &random) {
            case 0: .variable(chosen(["p", "q"]), .boolean)
            case 1: .unsignedLess(number(depth), number(depth))
            case 2: .unsignedLessOrEqual(number(depth), number(depth))
            case 3: .equal(number(depth), number(depth))
            case 4: .less(chosen(Self.integers), chosen(Self.integers + [.integer(3)]))
            case 5: .equal(chosen(Self.integers), .integer(Int.random(in: 0..<5, using: &random)))
            case 6: !formula(depth - 1)
            case 7: formula(depth - 1) && formula(depth - 1)
            default: formula(depth - 1) || formula(depth - 1)
            }
        }
    }

    /// Where the facts hold, the formula is the same as before: all of it, and what is left of it.
    @Test(arguments: 0..<8) func simplifiedFormulasAreTheSame(_ seed: Int) throws {
        var formulas = Formulas(random: SeededGenerator(seed: UInt64(seed)))
        let solver = try Z3Solver()
        var simpler = 0
        for _ in 0..<100 {
            let facts = (0..<3).map { _ in formulas.formula(1) }
            let formula = formulas.formula(3)
            var simplification = KnownFacts(facts).simplification
            let simplified = simplification.apply(formula)
            if simplified == formula { continue }
            simpler += 1
            let answer = try solver.check(facts + [!Term.equal(formula, simplified)], name: "differ")
            guard case .unsatisfiable = answer else {
                Issue.record("\(facts): \(formula) is not \(simplified)")
                return
            }
        }
        #expect(simpler > 20)
    }

    private let x = Term.variable("x", .bitVector(8))
    private let y = Term.variable("y", .bitVector(8))

    private func number(_ value: Int) -> Term { .bitVector(value, width: 8) }

    @Test func decidesWhatFollows() {
        let facts = KnownFacts([.equal(x, number(8)) && .unsignedLessOrEqual(number(5), y)])
        #expect(facts.decide(.equal(x, number(8))) == true)
        #expect(facts.decide(.equal(x, number(9))) == false)
        #expect(facts.decide(.notEqual(x, number(9))) == true)
        #expect(facts.decide(.equal(y, number(3))) == false)
        #expect(facts.decide(.equal(x, number(8)) && .equal(y, number(3))) == false)
        #expect(facts.decide(.equal(x, number(8)) || .equal(y, number(30))) == true)
    }

    @Test func leavesOpenWhatDoesNot() {
        let facts = KnownFacts([.unsignedLessOrEqual(number(5), y)])
        #expect(facts.decide(.equal(y, number(5))) == nil)
        #expect(facts.decide(.equal(x, number(5))) == nil)
        #expect(facts.decide(.equal(x, y)) == nil)
        #expect(KnownFacts.none.decide(.equal(x, number(1))) == nil)
    }

    @Test("A constant that a fact excludes is not the value")
    func refutedEqualities() {
        let facts = KnownFacts([.unsignedLess(byte, constant(20, 8)), .notEqual(word, constant(7, 16))])
        #expect(facts.decide(.equal(byte, constant(20, 8))) == false)
        #expect(facts.decide(.equal(byte, constant(19, 8))) == nil)
        #expect(facts.decide(.equal(word, constant(7, 16))) == false)
        #expect(facts.decide(.equal(word, constant(8, 16))) == nil)
    }

    @Test func lowerBounds() {
        let facts = KnownFacts([
            .unsignedLessOrEqual(constant(20, 8), byte), .unsignedLess(constant(30, 8), byte),
            .unsignedLessOrEqual(constant(25, 8), byte),
        ])
        #expect(facts.decide(.unsignedLess(byte, constant(31, 8))) == false)
        #expect(facts.decide(.unsignedLess(byte, constant(32, 8))) == nil)
        #expect(facts.decide(.unsignedLessOrEqual(byte, constant(30, 8))) == false)
        #expect(facts.decide(.unsignedLessOrEqual(byte, constant(31, 8))) == nil)
        #expect(facts.decide(.unsignedLess(constant(30, 8), byte)) == true)
        #expect(facts.decide(.unsignedLess(constant(31, 8), byte)) == nil)
        #expect(facts.decide(.unsignedLessOrEqual(constant(31, 8), byte)) == true)
        #expect(facts.decide(.unsignedLessOrEqual(constant(32, 8), byte)) == nil)
    }

    @Test("Bounds reach through extension, concatenation and addition without a carry")
    func boundsOfCompounds() {
        let facts = KnownFacts([.unsignedLessOrEqual(constant(20, 8), byte)])
        let wide = Term.zeroExtend(byte, by: 8)
        #expect(facts.decide(.unsignedLess(wide, constant(20, 16))) == false)
        #expect(facts.decide(.unsignedLess(wide, constant(21, 16))) == nil)
        let shifted = Term.concatenate(byte, .variable("low", .byte))
        #expect(facts.decide(.unsignedLess(shifted, constant(20 << 8, 16))) == false)
        #expect(facts.decide(.unsignedLess(shifted, constant(20 << 8 + 1, 16))) == nil)
        let sum = Term.add(wide, constant(14, 16))
        #expect(facts.decide(.unsignedLess(sum, constant(34, 16))) == false)
        #expect(facts.decide(.unsignedLess(sum, constant(35, 16))) == nil)
        // 0xFF + 0xFF01 wraps round to 0.
        #expect(facts.decide(.unsignedLess(.add(wide, constant(0xFF01, 16)), constant(5, 16))) == nil)
        #expect(facts.decide(.unsignedLess(.add(byte, constant(14, 8)), constant(34, 8))) == nil)
    }

    /// Whatever facts decide is so under each assignment that satisfies them.
    @Test(arguments: 0..<60 as Range<UInt64>)
    func neverWrong(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        func any(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
        let variables = (0..<3).map { Term.variable("v\($0)", .byte) }
        func bits(_ depth: Int) -> Term {
            switch any(0...(depth == 0 ? 1 : 6)) {
            case 0: return .zeroExtend(variables[any(0...2)], by: 8)
            case 1: return constant(any(0...3) == 0 ? any(0...65535) : any(0...40), 16)
            case 2: return .add(bits(depth - 1), constant(any(0...1) == 0 ? any(0...30) : any(65400...65535), 16))
            case 3: return .concatenate(variables[any(0...2)], .extract(bits(depth - 1), high: 7, low: 0))
            case 4: return .add(bits(depth - 1), bits(depth - 1))
            case 5: return .zeroExtend(.extract(bits(depth - 1), high: 10, low: 0), by: 5)
            default: return .bitAnd(bits(depth - 1), constant(0x0FFC, 16))
            }
        }
        func condition(_ depth: Int) -> Term {
            switch any(0...(depth == 0 ? 2 : 5)) {
            case 0: return .equal(bits(2), bits(1))
            case 1: return .unsignedLess(bits(2), bits(2))
            case 2: return .unsignedLessOrEqual(bits(1), bits(2))
            case 3: return condition(depth - 1) && condition(depth - 1)
            case 4: return condition(depth - 1) || condition(depth - 1)
            default: return !condition(depth - 1)
            }
        }
        var decided = 0
        for _ in 0..<60 {
            let values = variables.map {
                ($0, Value.bitVector(UInt128(any(0...1) == 0 ? any(0...40) : any(0...255)), width: 8))
            }
            var evaluator = Evaluator(assignment: Dictionary(uniqueKeysWithValues: values))
            var known: [Term] = []
            for _ in 0..<6 {
                let candidate = condition(1)
                known.append(try evaluator.evaluate(candidate) == .boolean(true) ? candidate : !candidate)
            }
            let facts = KnownFacts(known)
            for _ in 0..<40 {
                let question = condition(2)
                guard let answer = facts.decide(question) else { continue }
                if !question.isConstant { decided += 1 }
                #expect(try evaluator.evaluate(question) == .boolean(answer), "\(question) from \(known)")
            }
        }
        #expect(decided > 20)
    }
}
