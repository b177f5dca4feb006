import SMT
import Testing

@testable import Logic

@Suite struct UnconstrainedEliminationTests {
    /// Questions in which many variables occur once, and some more often.
    private struct Questions {
        var random: SeededGenerator
        private var single = 0

        init(seed: UInt64) { random = SeededGenerator(seed: seed) }

        static let sorts: [Sort] = [.boolean, .boolean, .bitVector(3), .bitVector(8), .integer]

        mutating func assertions() -> [Term] {
            (0..<Int.random(in: 2...5, using: &random)).map { _ in term(.boolean, 4) }
        }

        private mutating func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

        private mutating func leaf(_ sort: Sort) -> Term {
            switch pick(10) {
            case 0..<6:
                single += 1
                return .variable("single\(single)", sort)
            case 6..<9: return .variable("shared\(pick(2))", sort)
            default:
                switch sort {
                case .boolean: return .boolean(pick(2) == 0)
                case .bitVector(let width): return .bitVector(pick(8), width: width)
                default: return .integer(pick(8) - 4)
                }
            }
        }

        private mutating func term(_ sort: Sort, _ depth: Int) -> Term {
            if depth == 0 || pick(6) == 0 { return leaf(sort) }
            func terms(_ sort: Sort, _ count: Int = 2) -> [Term] { (0..<count).map { _ in term(sort, depth - 1) } }
            if pick(8) == 0 { return .build(.ifThenElse, [term(.boolean, depth - 1)] + terms(sort), sort: sort) }
            switch sort {
            case .boolean:
                let bits = Sort.bitVector(pick(2) == 0 ? 3 : 8)
                let comparisons: [TermOperation] = [
                    .unsignedLess, .unsignedLessOrEqual, .signedLess, .signedLessOrEqual,
                ]
                switch pick(6) {
                case 0: return .build(.not, terms(.boolean, 1), sort: .boolean)
                case 1: return .build(.and, terms(.boolean, 3), sort: .boolean)
                case 2: return .build(.or, terms(.boolean, 3), sort: .boolean)
                case 3: return .build(.equal, terms(Self.sorts[pick(5)]), sort: .boolean)
                default: return .build(comparisons[pick(4)], terms(bits), sort: .boolean)
                }
            case .bitVector(let width):
                if width == 8, pick(4) == 0 {
                    let parts = [term(.bitVector(3), depth - 1), term(.bitVector(5), 0)]
                    return .build(.concatenate, parts, sort: sort)
                }
                if width == 3, pick(3) == 0 {
                    let low = pick(6)
                    return .build(.extract(high: low + 2, low: low), terms(.bitVector(8), 1), sort: sort)
                }
                let operations: [TermOperation] = [.add, .subtract, .bitXor, .bitAnd, .bitOr, .multiply]
                let single: [TermOperation] = [.negate, .bitNot]
                return pick(4) == 0
                    ? .build(single[pick(2)], terms(sort, 1), sort: sort)
                    : .build(operations[pick(6)], terms(sort), sort: sort)
            default: return .build(.integerAdd, terms(sort), sort: sort)
            }
        }
    }

    private func holdsTogether(_ assertions: [Term]) throws -> Model? {
        switch try Z3Solver().check(assertions, name: "random") {
        case .satisfiable(let model): return model
        case .unsatisfiable: return nil
        case .unknown(let reason):
            Issue.record("\(reason)")
            return nil
        }
    }

    /// The same answer, a model of the question from one of the smaller question, and no contradiction among fewer assertions that was not there.
    @Test(arguments: 0..<24 as Range<UInt64>) func saysTheSame(_ seed: UInt64) throws {
        var questions = Questions(seed: 300 + seed)
        var answers: [Bool: Int] = [:]
        for _ in 0..<60 {
            let assertions = questions.assertions()
            let elimination = UnconstrainedElimination(assertions)
            #expect(elimination.assertions.count == assertions.count)
            let model = try holdsTogether(elimination.assertions)
            #expect(try (holdsTogether(assertions) != nil) == (model != nil), "\(assertions)")
            if elimination.isEffective { answers[model != nil, default: 0] += 1 }
            if let model {
                let assignment = try #require(elimination.restored(model.assignment, functions: model.functions))
                var evaluator = Model(assignment: assignment).evaluator
                for assertion in assertions { #expect(try evaluator.evaluate(assertion) == .boolean(true)) }
            } else {
                let some = assertions.indices.filter { _ in Bool.random(using: &questions.random) }
                if try holdsTogether(some.map { elimination.assertions[$0] }) == nil {
                    #expect(try holdsTogether(some.map { assertions[$0] }) == nil)
                }
            }
        }
        // There was something to eliminate in questions with either answer.
        #expect(answers[true, default: 0] > 10 && answers[false, default: 0] > 0, "\(answers)")
    }

    private func bits(_ name: String, _ width: Int = 16) -> Term { .variable(name, .bitVector(width)) }

    /// What a list of rules is made of becomes conditions.
    @Test func aRuleIsACondition() {
        let (address, port) = (bits("address", 32), bits("port"))
        let rules = (0..<8).map { number -> Term in
            let (mask, network) = (bits("mask\(number)", 32), bits("network\(number)", 32))
            return .and([
                .equal(.bitAnd(mask, .bitXor(network, address)), .bitVector(0, width: 32)),
                .unsignedLessOrEqual(bits("first\(number)"), port), .unsignedLessOrEqual(port, bits("last\(number)")),
            ])
        }
        let elimination = UnconstrainedElimination([.or(rules), .unsignedLess(port, .bitVector(80, width: 16))])
        let left = Term.and(elimination.assertions).freeVariables
        // Of the port matters only whether it is the least or the greatest.
        #expect(left.filter { $0.sort != .boolean } == [port])
        #expect(!Term.areLarge(elimination.assertions, count: 60))
    }

    @Test func whatOccursTwiceStays() {
        let (x, y) = (bits("x"), bits("y"))
        let assertions = [Term.unsignedLess(x, y), .unsignedLess(y, x)]
        let elimination = UnconstrainedElimination(assertions)
        #expect(!elimination.isEffective && elimination.assertions == assertions)
    }

    /// `x < 0` never holds, whatever x is.
    @Test func noValueMakesTheImpossibleTrue() throws {
        let zero = bits("zero")
        let elimination = UnconstrainedElimination([
            .unsignedLess(bits("x"), zero), .unsignedLessOrEqual(.bitAnd(zero, bits("z")), bits("y")),
            .equal(.multiply(zero, zero), .bitVector(0, width: 16)), .unsignedLess(zero, .bitVector(2, width: 16)),
            .notEqual(zero, .bitVector(1, width: 16)),
        ])
        #expect(try holdsTogether(elimination.assertions) == nil)
    }

    /// Where little would change, nothing does.
    @Test func littleIsLeftAlone() {
        let numbers = (0..<40).map { bits("n\($0)") }
        let chain = zip(numbers, numbers.dropFirst()).map { Term.unsignedLess($0, $1) }
        #expect(UnconstrainedElimination(chain).isEffective)
        let elimination = UnconstrainedElimination(chain, least: 0.5)
        #expect(!elimination.isEffective && elimination.assertions == chain)
    }

    /// Of a large question, through the smaller one, the solver's answer is as good: its model is one of the question.
    @Test func modelsOfLargeQuestionsAreTheirs() throws {
        let port = bits("port")
        let ranges = (0..<300).map { number -> Term in
            .and([
                .unsignedLess(bits("first\(number)"), port), .unsignedLess(port, bits("last\(number)")),
                .notEqual(bits("name\(number)"), port),
            ])
        }
        let assertions = ranges + [Term.unsignedLess(.bitVector(17, width: 16), port)]
        #expect(Term.areLarge(assertions, count: 1500))
        let session = SolverSession()
        func answer(_ assertions: [Term]) -> SolverAnswer {
            session.answer(
                SolverQuery(
                    name: "large", assertions: assertions, resourceLimit: 1_000_000, timeoutMilliseconds: 60_000,
                    readsModel: true, wantsCore: true))
        }
        guard case .satisfiable(let model) = answer(assertions).satisfiability else {
            Issue.record("it is satisfiable")
            return
        }
        for assertion in assertions { #expect(try model.value(of: assertion) == .boolean(true)) }
        // Of a contradiction, where it is.
        let contradiction = assertions + [.unsignedLess(port, .bitVector(3, width: 16))]
        #expect(answer(contradiction).core?.sorted() == [300, 301])
    }
}
