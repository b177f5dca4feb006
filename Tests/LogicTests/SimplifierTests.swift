import SMT
import Testing

@testable import Logic

/// Holds the builders, the evaluator and the translation to Z3 against the meaning of what was asked for, on random terms.
@Suite struct SimplifierTests {
    static let functions: [String: FunctionInterpretation] = {
        var result = [
            "holds": FunctionInterpretation(
                entries: [[.integer(0), .bitVector(0, width: 8)]: .boolean(true)], defaultValue: .boolean(false))
        ]
        for width in 1...128 {
            let table: [[Value]: Value] = [
                [.bitVector(1, width: width), .boolean(true)]: .bitVector(Term.mask(width), width: width),
                [.bitVector(0, width: width), .boolean(false)]: .bitVector(1, width: width),
            ]
            result["f\(width)"] = FunctionInterpretation(entries: table, defaultValue: .bitVector(0, width: width))
        }
        return result
    }()

    static func assignment(_ terms: inout RandomTerms) -> [Term: Value] {
        var result: [Term: Value] = [:]
        Term.forEachSubterm(of: terms.all.map(\.raw)) { term in
            if term.variableName != nil { result[term] = terms.value(term.sort) }
        }
        return result
    }

    /// Nil where an integer is too great.
    private func fits(_ evaluate: () throws(EvaluationError) -> Value) throws(EvaluationError) -> Value? {
        do {
            return try evaluate()
        } catch .integerOverflow {
            return nil
        }
    }

    /// Evaluation of what the builders made is the value of what was asked for; so is evaluation of the unsimplified term.
    @Test(arguments: 0..<40 as Range<UInt64>)
    func buildersKeepTheMeaning(_ seed: UInt64) throws {
        let widths = [[1, 2, 3, 4], [8, 16, 32, 64], [1, 5, 8, 13, 16, 64, 128], [7, 8, 16, 128]][Int(seed % 4)]
        var terms = RandomTerms(seed: seed, widths: widths, nonlinear: true)
        terms.grow(400)
        var compared = 0
        for _ in 0..<12 {
            let assignment = Self.assignment(&terms)
            var reference = ReferenceEvaluation(assignment: assignment, functions: Self.functions)
            var simplified = Evaluator(assignment: assignment, functions: Self.functions)
            var raw = Evaluator(assignment: assignment, functions: Self.functions)
            for description in terms.all {
                guard let expected = reference.value(description) else { continue }
                // The first difference tells the most: what is built on it differs too.
                guard try raw.evaluate(description.raw) == expected else {
                    Issue.record(
                        "evaluation of \(description.raw.operation) under \(description.arguments.map { reference.value($0) })"
                    )
                    return
                }
                // Distribution may lead through greater integers than the term as it was written.
                let value = try fits { () throws(EvaluationError) in try simplified.evaluate(description.simplified) }
                if value != nil { compared += 1 }
                guard value == nil || value == expected else {
                    Issue.record(
                        "\(description.operation) of \(description.arguments.map(\.simplified)) became \(description.simplified)"
                    )
                    return
                }
            }
        }
        #expect(compared > 2000)
    }

    /// Z3 finds no assignment at all under which a simplified term differs from the unsimplified one.
    @Test(arguments: 0..<16 as Range<UInt64>)
    func z3FindsNoDifference(_ seed: UInt64) throws {
        var terms = RandomTerms(
            seed: 1000 + seed, widths: seed % 2 == 0 ? [1, 2, 3, 4, 8, 16] : [8, 16], nonlinear: false)
        terms.grow(60)
        let solver = try Z3Solver(resourceLimit: 300_000)
        var decided = 0
        var undecided = 0
        for description in terms.all where description.raw != description.simplified {
            let same = Term.intern(.equal, [description.raw, description.simplified], sort: .boolean)
            switch try solver.check([.intern(.not, [same], sort: .boolean)], name: "difference") {
            case .unsatisfiable: decided += 1
            case .unknown: undecided += 1
            case .satisfiable(let model):
                Issue.record(
                    "\(description.operation) of \(description.arguments.map(\.simplified)) became \(description.simplified), which differs under \(model.assignment)"
                )
                return
            }
        }
        #expect(decided > 3 * undecided)
    }

    /// Z3 computes the same values from the same variables as the evaluator does.
    @Test(arguments: 0..<16 as Range<UInt64>)
    func z3AgreesWithTheEvaluator(_ seed: UInt64) throws {
        var terms = RandomTerms(
            seed: 2000 + seed, widths: seed % 2 == 0 ? [1, 3, 8, 16] : [8, 16, 64, 128], nonlinear: true)
        terms.grow(80)
        let assignment = Self.assignment(&terms)
        var fixed: [Term] = []
        for variable in assignment.keys.sorted(by: { $0.identifier < $1.identifier }) {
            let value = assignment[variable] ?? .zero(of: variable.sort)
            if let constant = Term.constant(value, sort: variable.sort) { fixed.append(.equal(variable, constant)) }
        }
        #expect(fixed.count == assignment.count)
        // Functions are whatever Z3 likes, so its model must make the evaluator agree with it.
        let solver = try Z3Solver(resourceLimit: 2_000_000)
        var tested = 0
        for description in terms.all {
            var hasFunctions = false
            description.raw.forEachSubterm { if case .apply = $0.operation { hasFunctions = true } }
            if hasFunctions { continue }
            var evaluator = Evaluator(assignment: assignment)
            guard let value = try? evaluator.evaluate(description.raw),
                let constant = Term.constant(value, sort: description.sort)
            else { continue }
            let same = Term.intern(.equal, [description.raw, constant], sort: .boolean)
            let answer = try solver.check(fixed + [.intern(.not, [same], sort: .boolean)], name: "value")
            guard case .unsatisfiable = answer else {
                Issue.record("\(description.raw.operation) is not \(value): \(answer)")
                return
            }
            tested += 1
        }
        #expect(tested > 40)
    }

    /// Places within an element differ in their low bits, and have one form whatever they were added up from.
    @Test func sumsWithinAnElement() {
        let index = Term.variable("index", .bitVector(14))
        func place(_ offset: Int) -> Term {
            .zeroExtend(.concatenate(index, .bitVector(offset, width: 2)), by: 16)
        }
        func number(_ value: Int) -> Term { .bitVector(value, width: 32) }
        #expect(Term.add(place(0), number(3)) == place(3))
        #expect(Term.add(place(3), number(-3)) == place(0))
        #expect(Term.add(Term.add(place(0), number(3)), number(14)) == Term.add(place(0), number(17)))
        #expect(Term.add(Term.add(place(0), number(17)), number(-15)) == place(2))
        #expect(Term.equal(place(1), place(2)).isFalse)
    }
}
