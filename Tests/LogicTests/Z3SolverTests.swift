import Logic
import Testing

@testable import SMT

@Suite struct Z3SolverTests {
    static let key = Sort.tuple(
        TupleSort(
            name: "key",
            fields: [
                .init("address", .bitVector(32)), .init("port", .bitVector(16)), .init("seen", .boolean),
            ]))
    static let table = Sort.array(index: key, element: .integer)
    static let packet = Sort.array(index: .bitVector(16), element: .byte)

    static func key(_ address: Term, _ port: Term) -> Term { .tuple([address, port, .true], sort: key) }

    static func bits(_ value: Int, _ width: Int) -> Term { .bitVector(value, width: width) }

    /// The model of a query that must have one.
    static func model(_ answer: Satisfiability) throws -> Model {
        guard case .satisfiable(let model) = answer else { throw Unexpected(answer: "\(answer)") }
        return model
    }

    struct Unexpected: Error { let answer: String }

    @Test func refutesAContradiction() throws {
        let solver = try Z3Solver()
        let x = Term.variable("x", .integer)
        let answer = try solver.check([.less(x, .integer(3)), .less(.integer(3), x)], name: "contradiction")
        guard case .unsatisfiable = answer else { throw Unexpected(answer: "\(answer)") }
        #expect(solver.statistics.map(\.name) == ["contradiction"])
        #expect(solver.statistics.map(\.outcome) == [.unsatisfiable])
    }

    /// A core names assertions by their places in the query, whatever order the solver saw them in.
    @Test(arguments: 0...8) func seedsDoNotChangeWhatIsSaid(seed: Int) throws {
        let numbers = (0..<12).map { Term.variable("n\($0)", .bitVector(32)) }
        var assertions = numbers.map { Term.unsignedLess($0, .bitVector(100, width: 32)) }
        assertions.insert(.unsignedLess(.bitVector(200, width: 32), numbers[3]), at: 5)
        let session = SolverSession(seed: seed)
        let answer = session.answer(
            SolverQuery(
                name: "seed", assertions: assertions, resourceLimit: 1_000_000, timeoutMilliseconds: 60_000,
                wantsCore: true))
        guard case .unsatisfiable = answer.satisfiability else {
            Issue.record("it is unsatisfiable")
            return
        }
        #expect(answer.core == [3, 5])
    }

    @Test func coresContradictThemselves() throws {
        let (x, y) = (Term.variable("x", .integer), Term.variable("y", .bitVector(8)))
        let assertions: [Term] = [
            .less(.integer(0), x), .unsignedLess(y, Self.bits(5, 8)), .less(x, .integer(9)), .less(.integer(9), x),
            .equal(y, Self.bits(4, 8)),
        ]
        let solver = try Z3Solver()
        func core(_ assertions: [Term]) throws -> [Int]? {
            try solver.check(
                assertions, name: "core", resourceLimit: 100_000, readsModel: false, wantsCore: true
            ).core
        }
        for _ in 0..<2 {
            #expect(try core(assertions) == [2, 3])
            #expect(try core(Array(assertions.dropLast(2))) == nil)
            #expect(try core([.true, .false]) == [1])
            // Another assertion in the place of one that took part.
            #expect(try core(Array(assertions[..<2]) + [.less(x, .integer(0))]) == [0, 2])
        }
        let session = SolverSession()
        func answer(_ assertions: [Term], wantsCore: Bool, takesAnyModel: Bool = false) -> SolverAnswer {
            session.answer(
                SolverQuery(
                    name: "core", assertions: assertions, resourceLimit: 100_000, timeoutMilliseconds: 10_000,
                    wantsCore: wantsCore, takesAnyModel: takesAnyModel))
        }
        #expect(answer(assertions, wantsCore: true).core == [2, 3])
        #expect(answer(assertions, wantsCore: false).core == nil)
        #expect(answer([assertions[0]], wantsCore: true).core == nil)
        // On a stack.
        #expect(answer(assertions, wantsCore: true, takesAnyModel: true).core == [2, 3])
        #expect(answer(Array(assertions.dropLast(2)), wantsCore: true, takesAnyModel: true).core == nil)
    }

    @Test func modelsSatisfyTheirAssertions() throws {
        let solver = try Z3Solver()
        let bytes = Term.variable("bytes", Self.packet)
        let offset = Term.variable("offset", .bitVector(16))
        let stamps = Term.variable("stamps", Self.table)
        let now = Term.variable("now", .integer)
        let one = Self.key(.variable("a", .bitVector(32)), .variable("p", .bitVector(16)))
        let other = Term.variable("k", Self.key)
        let assertions: [Term] = [
            .equal(.select(bytes, offset), Self.bits(0x45, 8)),
            .notEqual(.select(bytes, offset), .select(bytes, .add(offset, Self.bits(1, 16)))),
            .less(.select(stamps, one), .select(stamps, other)),
            .less(.select(stamps, other), now),
            .less(now, .integer(-5)),
            .equal(.field(1, of: other), Self.bits(0x1234, 16)),
            .equal(.apply("hash", [one], sort: .bitVector(16)), Self.bits(7, 16)),
            .equal(.apply("hash", [other], sort: .bitVector(16)), Self.bits(8, 16)),
            .equal(.variable("other_stamps", Self.table), .store(stamps, one, .integer(77))),
        ]
        let model = try Self.model(try solver.check(assertions, name: "mixed"))
        for assertion in assertions { #expect(try model.value(of: assertion) == .boolean(true)) }
        #expect(try model.value(of: .field(1, of: other)) == .bitVector(0x1234, width: 16))
    }

    @Test func wholeArraysAreRead() throws {
        let solver = try Z3Solver()
        let a = Term.variable("a", Self.packet)
        let b = Term.variable("b", Self.packet)
        let zeros = Term.constantArray(Self.bits(0, 8), sort: Self.packet)
        let assertions: [Term] = [
            .equal(a, .store(.store(zeros, Self.bits(3, 16), Self.bits(9, 8)), Self.bits(5, 16), Self.bits(1, 8))),
            .notEqual(a, b), .equal(.select(b, Self.bits(3, 16)), Self.bits(9, 8)),
        ]
        let model = try Self.model(try solver.check(assertions, name: "arrays"))
        let expected = ArrayValue(
            indexSort: .bitVector(16), defaultElement: .bitVector(0, width: 8),
            entries: [
                .bitVector(3, width: 16): .bitVector(9, width: 8), .bitVector(5, width: 16): .bitVector(1, width: 8),
            ])
        #expect(model.assignment[a] == .array(expected))
        for assertion in assertions { #expect(try model.value(of: assertion) == .boolean(true)) }
    }

    @Test func modelsOutliveTheirSolver() throws {
        let x = Term.variable("x", .bitVector(128))
        let value = Term.bitVector(UInt128.max - 5, width: 128)
        let model: Model
        do {
            let solver = try Z3Solver()
            model = try Self.model(try solver.check([.equal(x, value)], name: "wide"))
            _ = try solver.check([.equal(x, Self.bits(0, 128))], name: "later")
        }
        #expect(try model.value(of: x) == .bitVector(.max - 5, width: 128))
    }

    @Test func theStackGoesBack() throws {
        let solver = try Z3Solver()
        let x = Term.variable("x", .integer)
        try solver.assert(.less(.integer(0), x))
        try solver.push()
        try solver.assert(.less(x, .integer(1)))
        guard case .unsatisfiable = try solver.checkSatisfiability(name: "inner") else {
            throw Unexpected(answer: "inner")
        }
        // A query of its own does not see the stack, nor change it.
        _ = try Self.model(try solver.check([.equal(x, .integer(-3))], name: "aside"))
        try solver.pop()
        try solver.push()
        try solver.assert(.equal(.apply("f", [x], sort: .integer), .integer(4)))
        let inner = try Self.model(try solver.checkSatisfiability(name: "second"))
        #expect(inner.functions["f"] != nil)
        try solver.pop()
        let model = try Self.model(try solver.checkSatisfiability(name: "outer"))
        #expect(model.functions.isEmpty)
        guard let value = try model.value(of: x).integer else { throw Unexpected(answer: "x") }
        #expect(value > 0)
        #expect(throws: SolverError.emptyStack) { try solver.pop() }
    }

    /// A factorisation that the solver does not find within the limit; the next query is unharmed.
    @Test func theResourceLimitEndsAQuery() throws {
        let limited = try Z3Solver(resourceLimit: 20_000)
        let (x, y) = (Term.variable("x", .bitVector(32)), Term.variable("y", .bitVector(32)))
        let product = Term.multiply(.zeroExtend(x, by: 32), .zeroExtend(y, by: 32))
        let hard = Term.and([
            .equal(product, Self.bits(4_294_967_291 * 2_147_483_647, 64)), .unsignedLess(Self.bits(1, 32), x),
            .unsignedLess(x, y),
        ])
        for _ in 0..<2 {
            let answer = try limited.check([hard], name: "factors")
            guard case .unknown(let reason) = answer else { throw Unexpected(answer: "\(answer)") }
            #expect(!reason.isEmpty)
            let easy = try Self.model(try limited.check([.equal(x, Self.bits(3, 32))], name: "easy"))
            #expect(try easy.value(of: x) == .bitVector(3, width: 32))
        }
        #expect(limited.statistics.map(\.outcome) == [.unknown, .satisfiable, .unknown, .satisfiable])
        #expect(limited.statistics[0].resourceCount >= 20_000)
        #expect(limited.statistics[1].resourceCount < 20_000)
        try limited.assert(hard)
        guard case .unknown = try limited.checkSatisfiability(name: "stack") else { throw Unexpected(answer: "stack") }
    }

    @Test func resourceCountsAreTheSameInEveryRun() throws {
        func counts() throws -> [Int] {
            let solver = try Z3Solver()
            let x = Term.variable("x", .bitVector(16))
            for value in 1...3 {
                _ = try solver.check([.equal(.multiply(x, x), Self.bits(value * 9, 16))], name: "\(value)")
            }
            return solver.statistics.map(\.resourceCount)
        }
        let first = try counts()
        #expect(first.allSatisfy { $0 > 0 })
        #expect(try counts() == first)
    }

    @Test func misuseIsAnError() throws {
        let solver = try Z3Solver()
        #expect(throws: SolverError.notBoolean(.integer)) { _ = try solver.check([.integer(1)], name: "integer") }
        let x = Term.variable("x", .integer)
        #expect(throws: SolverError.inconsistentFunction(name: "g")) {
            _ = try solver.check(
                [.less(.apply("g", [x], sort: .integer), .apply("g", [x, x], sort: .integer))], name: "function")
        }
        let narrow = Sort.tuple(TupleSort(name: "pair", fields: [.init("a", .integer)]))
        let wide = Sort.tuple(TupleSort(name: "pair", fields: [.init("a", .integer), .init("b", .integer)]))
        #expect(throws: SolverError.inconsistentTupleSort(name: "pair")) {
            _ = try solver.check(
                [
                    .less(.field(0, of: .variable("n", narrow)), .integer(0)),
                    .less(.field(1, of: .variable("w", wide)), .integer(0)),
                ], name: "tuple")
        }
        #expect(throws: SolverError.self) { _ = try solver.check(script: "(assert (= x", name: "syntax") }
        _ = try Self.model(try solver.check([.less(x, .integer(0))], name: "after"))
    }

    /// Z3 must bear every depth that the translation lets through.
    @Test(arguments: DeepTerm.allCases)
    func termsOfTheGreatestDepthAreDecided(_ shape: DeepTerm) throws {
        let solver = try Z3Solver(resourceLimit: 500_000)
        let fits = shape.assertion(depth: Z3Translation.depthLimit - 10)
        switch try solver.check([fits], name: "deep") {
        case .satisfiable(let model): #expect(try model.value(of: fits) == .boolean(true))
        case .unknown(let reason): #expect(reason.contains("resource") || reason.contains("canceled"))
        case .unsatisfiable: Issue.record("unsatisfiable")
        }
        #expect(throws: SolverError.tooDeep(limit: Z3Translation.depthLimit)) {
            _ = try solver.check([shape.assertion(depth: 50_000)], name: "deeper")
        }
    }
}

/// Ways to nest terms.
enum DeepTerm: CaseIterable {
    case bitVectors, conditionals, stores, integers, booleans

    func assertion(depth: Int) -> Term {
        func bits(_ value: Int, _ width: Int) -> Term { .bitVector(value, width: width) }
        switch self {
        case .bitVectors:
            var term = Term.variable("x", .bitVector(8))
            for step in 0..<depth / 2 {
                term = .bitXor(.add(term, bits(1, 8)), .variable("y\(step % 7)", .bitVector(8)))
            }
            return .equal(term, bits(0, 8))
        case .conditionals:
            var term = Term.variable("x", .bitVector(16))
            for step in 0..<depth {
                let condition = Term.equal(.variable("c\(step % 9)", .bitVector(16)), bits(step, 16))
                term = .ifThenElse(condition, .variable("v\(step % 5)", .bitVector(16)), term)
            }
            return .unsignedLess(term, bits(77, 16))
        case .stores:
            var term = Term.variable("bytes", Z3SolverTests.packet)
            for step in 0..<depth {
                term = .store(term, bits(step * 7 % 65536, 16), .variable("b\(step % 5)", .byte))
            }
            return .equal(.select(term, .variable("i", .bitVector(16))), bits(3, 8))
        case .integers:
            var term = Term.variable("n", .integer)
            for step in 0..<depth / 2 {
                term = .ifThenElse(
                    .less(term, .integer(step)), term + .variable("m\(step % 3)", .integer), .integer(step))
            }
            return .less(term, .integer(5))
        case .booleans:
            var term = Term.variable("p", .boolean)
            for step in 0..<depth { term = .equal(.variable("q\(step % 3)", .boolean), term) }
            return term
        }
    }
}
