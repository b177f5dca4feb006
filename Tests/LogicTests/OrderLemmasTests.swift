import Logic
import SMT
import Testing

@Suite struct OrderLemmasTests {
    static let x = Term.variable("x", .bitVector(16))
    static let y = Term.variable("y", .bitVector(16))

    typealias Comparison = @Sendable (Term, Term) -> Term

    /// Strict and not strict, where one follows from the other.
    @Test(
        arguments: [
            [Term.unsignedLess, Term.unsignedLessOrEqual], [Term.signedLess, Term.signedLessOrEqual],
        ] as [[Comparison]])
    func whatIsComparedInBothDirectionsIsOrdered(_ comparisons: [Comparison]) throws {
        let (less, lessOrEqual) = (comparisons[0], comparisons[1])
        let lemmas = OrderLemmas.of([.variable("p", .boolean) || less(Self.x, Self.y), lessOrEqual(Self.x, Self.y)])
        try #require(lemmas.count == 1)
        // True of itself.
        guard case .unsatisfiable = try Z3Solver().check([!lemmas[0]], name: "denied") else {
            Issue.record("\(lemmas[0]) is not always true")
            return
        }
        // And enough for the one to follow from the other with nothing known of what is compared.
        let (first, second) = (Term.variable("first", .boolean), Term.variable("second", .boolean))
        var circuits = Substitution([lessOrEqual(Self.x, Self.y): first, lessOrEqual(Self.y, Self.x): second])
        #expect(circuits.apply(lemmas[0]) == (first || second))
    }

    /// One circuit is one, however it is written; and other pairs say nothing of each other.
    @Test func whereThereIsOneCircuitThereIsNoLemma() {
        let z = Term.variable("z", .bitVector(16))
        let (x, y) = (Self.x, Self.y)
        #expect(OrderLemmas.of([.unsignedLess(x, y), !.unsignedLess(x, y), .unsignedLessOrEqual(y, x)]).isEmpty)
        #expect(OrderLemmas.of([.unsignedLess(x, y), .unsignedLessOrEqual(x, z), .unsignedLess(y, z)]).isEmpty)
        #expect(OrderLemmas.of([.unsignedLess(x, y), .signedLessOrEqual(x, y)]).isEmpty)
    }

    /// A list of ranges whose ends are excluded by the code and included by the claim: what it takes does not grow out of hand with the list.
    @Test func listsOfRangesAreNoMatterOfLuck() throws {
        let port = Term.variable("port", .bitVector(16))
        func bound(_ name: String, _ index: Int) -> Term { .variable("\(name)\(index)", .bitVector(16)) }
        func allowed(_ index: Int) -> Term { .variable("allowed\(index)", .boolean) }
        let rules = 0..<12
        let decided = rules.reversed().reduce(Term.false) { rest, index in
            let isIn =
                Term.unsignedLessOrEqual(bound("first", index), port) && .unsignedLess(port, bound("last", index))
            return .ifThenElse(isIn, allowed(index), rest)
        }
        let claimed = Term.or(
            rules.map {
                .unsignedLessOrEqual(bound("first", $0), port) && .unsignedLessOrEqual(port, bound("last", $0))
            })
        let answer = try Z3Solver().check(
            [decided, !claimed], name: "ranges", resourceLimit: 100_000, readsModel: false)
        guard case .unsatisfiable = answer else {
            Issue.record("\(answer)")
            return
        }
    }
}
