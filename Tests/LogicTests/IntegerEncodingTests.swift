import SMT
import Testing

@testable import Logic

/// Questions in integers are the questions about bits that they came from, overflow and all.
@Suite struct IntegerEncodingTests {
    private func solve(_ assertions: [Term], _ name: String) throws -> Satisfiability {
        try Z3Solver(resourceLimit: 3_000_000, timeoutMilliseconds: 20_000).check(assertions, name: name)
    }

    /// Random formulas over few bits, where everything wraps around.
    private struct Formulas {
        var random: SeededGenerator
        var numbers: [Term]
        var integers: [Term]
        let width: Int

        init(seed: UInt64) {
            random = SeededGenerator(seed: seed)
            width = Int.random(in: 3...6, using: &random)
            numbers = ["a", "b"].map { .variable($0, .bitVector(6)) }
            numbers = numbers.map { .extract($0, high: 5, low: 6 - 3) } + [.variable("c", .bitVector(3))]
            numbers = numbers.map { [width] in .zeroExtend($0, by: width - 3) }
            integers = [.variable("i", .integer)]
        }

        private mutating func number() -> Term { numbers.randomElement(using: &random) ?? numbers[0] }
        private mutating func integer() -> Term { integers.randomElement(using: &random) ?? integers[0] }
        private mutating func small() -> Term {
            .bitVector(Int.random(in: 1..<(1 << width), using: &random), width: width)
        }

        mutating func grow() {
            let (a, b) = (number(), Bool.random(using: &random) ? number() : small())
            let top = Int.random(in: 1..<width, using: &random)
            switch Int.random(in: 0..<17, using: &random) {
            case 0: numbers.append(.add(a, b))
            case 1: numbers.append(.subtract(a, b))
            case 2: numbers.append(.multiply(a, b))
            case 3: numbers.append(.divide(.unsignedDivide, a, small()))
            case 4: numbers.append(.divide(.unsignedRemainder, a, small()))
            case 5: numbers.append(.ifThenElse(comparison(), a, b))
            case 6: numbers.append(.zeroExtend(.extract(a, high: top, low: 0), by: width - top - 1))
            case 7: numbers.append(.zeroExtend(.extract(a, high: width - 1, low: top), by: top))
            case 8: numbers.append(.bitAnd(a, small()))
            case 9: numbers.append(.shift(.shiftLeft, a, by: .bitVector(1, width: width)))
            case 10: numbers.append(.negate(a))
            case 11: numbers.append(.bitNot(a))
            case 12: numbers.append(.signExtend(.extract(a, high: top, low: 0), by: width - top - 1))
            case 13: integers.append(.unsignedInteger(a))
            case 14: integers.append(integer() + integer())
            case 15: integers.append(.integerDivide(integer() - .unsignedInteger(b), .integer(3)))
            default: integers.append(.product(.unsignedInteger(a), .unsignedInteger(b)))
            }
        }

        mutating func comparison() -> Term {
            let (a, b) = (number(), number())
            switch Int.random(in: 0..<7, using: &random) {
            case 0: return .unsignedLess(a, b)
            case 1: return .unsignedLessOrEqual(a, b)
            case 2: return .equal(a, b)
            case 3: return .signedLess(a, b)
            case 4: return .lessOrEqual(integer(), integer())
            case 5: return .less(integer(), .integer(Int.random(in: -3...9, using: &random)))
            default: return .notEqual(.unsignedInteger(a), integer())
            }
        }
    }

    private func formula(seed: Int) -> [Term] {
        var formulas = Formulas(seed: UInt64(seed))
        for _ in 0..<10 { formulas.grow() }
        let i = Term.variable("i", .integer)
        let range = [Term.lessOrEqual(.integer(-4), i), .lessOrEqual(i, .integer(70))]
        return range
            + (0..<5).map { _ in
                let (a, b) = (formulas.comparison(), formulas.comparison())
                return Bool.random(using: &formulas.random) ? a : a || !b
            }
    }

    /// What has a solution in bits has one in numbers, whatever becomes of products. Otherwise something false could be proved.
    @Test(arguments: 0..<150)
    func nothingIsLost(seed: Int) throws {
        let assertions = formula(seed: seed)
        guard case .satisfiable = try solve(assertions, "bits") else { return }
        for products in [IntegerEncoding.Products.kept, .forgotten, .linearized] {
            let encoding = IntegerEncoding(assertions, products: products)
            if case .unsatisfiable = try solve(encoding.assertions, "numbers") {
                Issue.record("\(products) has no solution, and \(assertions) has")
            }
        }
    }

    /// And the other way round, where the encoding says so of itself.
    @Test(arguments: 0..<150)
    func nothingIsAdded(seed: Int) throws {
        let assertions = formula(seed: seed)
        guard case .unsatisfiable = try solve(assertions, "bits") else { return }
        for products in [IntegerEncoding.Products.kept, .linearized] {
            let encoding = IntegerEncoding(assertions, products: products)
            guard encoding.isExact else { continue }
            if case .satisfiable = try solve(encoding.assertions, "numbers") {
                Issue.record("\(products) has a solution, and \(assertions) has none")
            }
        }
    }

    private let rate = Term.variable("rate", .bitVector(32))
    private let elapsed = Term.variable("elapsed", .bitVector(64))
    private var wide: Term { .zeroExtend(rate, by: 32) }

    /// A product of 64 bits is the exact one as long as that fits, and not otherwise.
    @Test func overflowIsSeen() throws {
        let wrapped = Term.unsignedInteger(.multiply(wide, elapsed))
        let exact = Term.product(.unsignedInteger(wide), .unsignedInteger(elapsed))
        func isProved(_ assumptions: [Term], _ goal: Term) throws -> Bool {
            let encoding = IntegerEncoding(assumptions + [!goal], products: .linearized)
            if case .unsatisfiable = try solve(encoding.assertions, "overflow") { return true }
            return false
        }
        #expect(try isProved([], .lessOrEqual(wrapped, exact)))
        #expect(try !isProved([], .equal(wrapped, exact)))
        #expect(try isProved([.lessOrEqual(exact, .integer(Int.max))], .equal(wrapped, exact)))
        let short = Term.unsignedLess(elapsed, .bitVector(1 << 32, width: 64))
        #expect(try isProved([short], .equal(wrapped, exact)))
        let tooLong = Term.unsignedLess(elapsed, .bitVector(1 << 33, width: 64))
        #expect(try !isProved([tooLong], .equal(wrapped, exact)))
    }

    /// A number that goes through memory byte by byte is one number again.
    @Test func bytesAreJoined() {
        let condition = Term.variable("c", .boolean)
        let sum = Term.add(elapsed, .zeroExtend(rate, by: 32))
        let choice = Term.ifThenElse(condition, sum, elapsed)
        let bytes = (0..<8).map { Term.extract(choice, high: 8 * $0 + 7, low: 8 * $0) }
        var joining = JoinedChoices()
        #expect(joining.apply(.concatenate(bytes.reversed())) == choice)
    }
}
