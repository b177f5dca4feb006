import Logic
import PacketFormat
import SymbolicExecution

/// Puts obligations into the words of solvers: their assumptions and their goal denied. Whatever an encoding leaves out makes the question weaker,
/// so in each of them "unsatisfiable" proves the obligation.
struct ObligationEncoder {
    /// In the order in which they are tried.
    enum Encoding: CaseIterable {
        /// Integers alone, of whose products nothing is known.
        case numbers
        /// The same, with what follows of products.
        case products
        /// What speaks of the same as the goal, with packet bytes unrelated to one another, and nothing known of the products in hash functions.
        case neighbours
        /// All that the goal is connected to, likewise.
        case abstract
        /// Everything but lists that have been looked through.
        case concise
        /// Everything.
        case whole

        /// Behind a question's subject, in reports of where the time goes.
        var suffix: String { self == .whole ? "" : " (\(self))" }
        var isInNumbers: Bool { self == .numbers || self == .products }
    }

    /// Part of a query.
    struct Assertion {
        let term: Term
        /// The obligation's assumption that it is, or is part of.
        var origin: Term?
    }

    private var hardArithmetic = HardArithmetic()
    private var abstraction = Self.newAbstraction()
    private var partialElimination = Self.newPartialElimination()
    private var elimination = ArrayElimination()
    private var largeTerms = LargeTerms()
    private var relevance = RelevanceSlice()

    mutating func assertions(of obligation: Obligation, in encoding: Encoding) -> [Assertion] {
        switch encoding {
        case .numbers: inNumbers(obligation, products: .forgotten)
        case .products: inNumbers(obligation, products: .linearized)
        case .neighbours: neighbours(obligation)
        case .abstract: abstracted(obligation)
        case .concise: concise(obligation)
        case .whole: withoutArrays(obligation)
        }
    }

    /// Whether there is arithmetic in the assertions that bits are slow at.
    mutating func areForNumbers(_ assertions: [Term]) -> Bool { hardArithmetic.occurs(in: assertions) }

    private mutating func abstracted(_ obligation: Obligation) -> [Assertion] {
        guard let definitions = obligation.definitions else {
            guard let (assumptions, goal) = rewritten(obligation) else { return [] }
            return query(relevance.slice(assumptions.map(\.term), goal: [goal]), of: assumptions, goal)
        }
        // The assumptions decide beforehand what they can, such as which stores a read sees; after that they are not needed.
        var plain = Self.newAbstraction()
        let facts = KnownFacts(obligation.assumptions.compactMap { plain.eliminate($0) })
        var informed = Self.newAbstraction(decide: facts.decide)
        var tests = ChecksumTests(
            of: [obligation.goal] + definitions.map(\.value), computed: Set(definitions.flatMap(\.defined)),
            known: obligation.assumptions)
        guard var goal = informed.eliminate(tests.inNumbers.apply(obligation.goal)) else { return [] }
        for definition in definitions.reversed() {
            guard let term = informed.eliminate(definition.term),
                let value = informed.eliminate(tests.inNumbers.apply(definition.value))
            else { return [] }
            var substitution = Substitution([term: value])
            goal = substitution.apply(goal)
        }
        let known = tests.known.compactMap { informed.eliminate($0) }
        let ranges = tests.bytes.compactMap { informed.eliminate(.unsignedInteger($0)) }.compactMap {
            informed.range(of: $0)
        }
        let negated: Term = !goal
        return ([negated] + known + ranges).map { Assertion(term: $0) }
    }

    private static func newAbstraction(decide: @escaping (Term) -> Bool? = { _ in nil }) -> ArrayElimination {
        ArrayElimination(
            forgottenArrays: [InputVariables.bytes], forgetsConversions: true, forgetsProducts: true, decide: decide)
    }

    private static func newPartialElimination() -> ArrayElimination {
        ArrayElimination(forgottenArrays: [InputVariables.bytes])
    }

    /// Whether there is arithmetic in it that bits are slow at.
    mutating func isForNumbers(_ obligation: Obligation) -> Bool {
        obligation.definitions == nil && hardArithmetic.occurs(in: obligation.assumptions + [obligation.goal])
    }

    /// What the goal is connected to, in integers alone.
    private mutating func inNumbers(_ obligation: Obligation, products: IntegerEncoding.Products) -> [Assertion] {
        guard let goal = partialElimination.eliminate(!obligation.goal) else {
            partialElimination = Self.newPartialElimination()
            return []
        }
        var assumptions: [Term] = []
        for assumption in obligation.assumptions {
            // What cannot be said is left out.
            if let term = partialElimination.eliminate(assumption) {
                assumptions += term.conjuncts
            } else {
                partialElimination = Self.newPartialElimination()
            }
        }
        let chosen = relevance.slice(assumptions, goal: [goal])
        let related = chosen.filter(HardArithmetic.isAboutNumbers)
        return IntegerEncoding(related + [goal], products: products).assertions.map { Assertion(term: $0) }
    }

    private mutating func neighbours(_ obligation: Obligation) -> [Assertion] {
        guard let (assumptions, goal) = rewritten(obligation) else { return [] }
        return query(RelevanceSlice.neighbours(assumptions.map(\.term), goal: goal), of: assumptions, goal)
    }

    /// The assumptions and the negated goal in the abstract encoding.
    private mutating func rewritten(_ obligation: Obligation) -> (assumptions: [Assertion], goal: Term)? {
        guard let goal = abstraction.eliminate(!obligation.goal) else { return nil }
        var result: [Assertion] = []
        for assumption in obligation.assumptions {
            guard let term = abstraction.eliminate(assumption) else { return nil }
            result += term.conjuncts.map { Assertion(term: $0, origin: assumption) }
        }
        // A list that has been looked through is seldom what a short goal is about; the last encoding has it.
        if !largeTerms.contains(goal) { result.removeAll { largeTerms.contains($0.term) } }
        return (result, goal)
    }

    /// The chosen assumptions, the goal, and the ranges of what they speak of.
    private func query(_ chosen: [Term], of assumptions: [Assertion], _ goal: Term) -> [Assertion] {
        let chosen = Set(chosen)
        let parts = assumptions.filter { chosen.contains($0.term) } + [Assertion(term: goal)]
        var ranges: [Assertion] = []
        Term.forEachSubterm(of: parts.map(\.term)) { term in
            if let range = abstraction.range(of: term) { ranges.append(Assertion(term: range)) }
        }
        return parts + ranges
    }

    /// Whether there is something to leave out for ``Encoding/concise``.
    mutating func hasLists(_ obligation: Obligation) -> Bool {
        !largeTerms.contains(obligation.goal) && obligation.assumptions.contains { largeTerms.contains($0) }
    }

    private mutating func concise(_ obligation: Obligation) -> [Assertion] {
        let assumptions = obligation.assumptions.filter { !largeTerms.contains($0) }
        let origins: [Term?] = assumptions + [nil]
        return zip(withoutArrays(assumptions + [!obligation.goal]), origins).map(Assertion.init)
    }

    private mutating func withoutArrays(_ obligation: Obligation) -> [Assertion] {
        let origins: [Term?] = obligation.assumptions + [nil]
        return zip(withoutArrays(obligation.assumptions + [!obligation.goal]), origins).map(Assertion.init)
    }

    /// The same question without arrays and tuples.
    mutating func withoutArrays(_ assertions: [Term]) -> [Term] {
        var result: [Term] = []
        for assertion in assertions {
            guard let rewritten = elimination.eliminate(assertion) else {
                elimination = ArrayElimination()
                return assertions
            }
            result.append(rewritten)
        }
        return result
    }
}
