import Logic
import Testing

/// Counts of elements, against counting.
@Suite struct CountTests {
    private static let sort = Sort.array(index: .bitVector(4), element: .integer)

    private struct Chain {
        var term: Term
        var elements: [Int]
    }

    private static func chain(from start: Term, _ elements: [Int], using random: inout SystemRandomNumberGenerator)
        -> Chain
    {
        var chain = Chain(term: start, elements: elements)
        for _ in 0..<Int.random(in: 0...8, using: &random) {
            let (index, element) = (Int.random(in: 0...15, using: &random), Int.random(in: 0...4, using: &random))
            chain.term = .store(chain.term, .bitVector(index, width: 4), .integer(element))
            chain.elements[index] = element
        }
        return chain
    }

    @Test(arguments: 0..<100) func agreesWithCounting(_: Int) throws {
        var random = SystemRandomNumberGenerator()
        let (first, last) = (Int.random(in: 0...15, using: &random), Int.random(in: 0...15, using: &random))
        let bound = Int.random(in: 0...4, using: &random)
        let contents = (0..<16).map { _ in Int.random(in: 0...4, using: &random) }
        let variable = Term.variable("a", Self.sort)
        let entries = Dictionary(
            uniqueKeysWithValues: contents.enumerated().map {
                (Value.bitVector(UInt128($0), width: 4), Value.integer(Int128($1)))
            })
        let value = ArrayValue(indexSort: .bitVector(4), defaultElement: .integer(0), entries: entries)
        let starts = [
            (Term.constantArray(.integer(0), sort: Self.sort), Array(repeating: 0, count: 16)), (variable, contents),
        ]
        for (start, elements) in starts {
            let chain = Self.chain(from: start, elements, using: &random)
            let above = Term.number(above: .integer(bound), in: chain.term)
            let rest = Term.number(
                notAbove: .integer(bound), in: chain.term, from: .bitVector(first, width: 4),
                through: .bitVector(last, width: 4))
            var evaluator = Evaluator(assignment: [variable: .array(value)])
            #expect(try evaluator.evaluate(above) == .integer(Int128(chain.elements.count { $0 > bound })))
            let expected = first <= last ? chain.elements[first...last].count { $0 <= bound } : 0
            #expect(try evaluator.evaluate(rest) == .integer(Int128(expected)))
            // From a known start nothing is left to be counted.
            if start != variable { #expect(above.isConstant && rest.isConstant) }
            // As when a state is put in the place of the one before.
            var substitution = Substitution([.variable("b", Self.sort): chain.term])
            #expect(
                substitution.apply(.number(above: .integer(bound), in: .variable("b", Self.sort))) == above)
        }
    }
}
