import Testing

@testable import Logic

@Suite struct RelevanceSliceTests {
    private func variable(_ name: String) -> Term { .variable(name, .integer) }
    private func less(_ a: String, _ b: String) -> Term { .less(variable(a), variable(b)) }

    private func slice(_ assertions: [Term], goal: Term) -> [Term] {
        var relevance = RelevanceSlice()
        return relevance.slice(assertions, goal: [goal])
    }

    @Test func keepsWhatIsConnectedThroughOthers() {
        let assertions = [less("c", "d"), less("x", "y"), less("b", "c"), less("a", "b"), less("y", "z")]
        let slice = self.slice(assertions, goal: less("a", "n"))
        #expect(slice == [less("c", "d"), less("b", "c"), less("a", "b")])
    }

    @Test func functionsConnect() {
        func f(_ name: String) -> Term { .apply("f", [variable(name)], sort: .integer) }
        let assertions = [Term.less(f("u"), .integer(3)), less("v", "w")]
        #expect(slice(assertions, goal: .equal(f("a"), .integer(4))) == [assertions[0]])
    }

    @Test("A contradiction without variables is never lost")
    func constantsAreKept() {
        #expect(slice([.false, less("x", "y"), .true], goal: less("a", "b")) == [.false, .true])
    }

    private static func symbols(_ term: Term) -> Set<String> {
        var result: Set<String> = []
        term.forEachSubterm {
            switch $0.operation {
            case .variable(let name), .apply(let name): result.insert(name)
            default: break
            }
        }
        return result
    }

    /// What is left out shares nothing with what is kept: so where it can be satisfied at all, leaving it out changes no answer.
    @Test(arguments: 0..<20 as Range<UInt64>)
    func separatesCleanly(_ seed: UInt64) throws {
        var terms = RandomTerms(seed: 7000 + seed, widths: [8], nonlinear: false)
        terms.grow(40)
        // Names of their own for every third, so that there is something to leave out.
        let assertions = terms.all.map(\.simplified).filter { $0.sort == .boolean }.enumerated().map { number, term in
            var renaming = Substitution(
                Dictionary(
                    uniqueKeysWithValues: term.freeVariables.map {
                        ($0, Term.variable("\($0.variableName ?? "")'\(number % 3)", $0.sort))
                    }))
            return renaming.apply(term)
        }
        let goal = try #require(assertions.last)
        let slice = self.slice(Array(assertions.dropLast()), goal: goal)
        let kept = Set(slice)
        #expect(kept.isSubset(of: assertions))
        let reached = slice.reduce(into: Self.symbols(goal)) { $0.formUnion(Self.symbols($1)) }
        for assertion in assertions.dropLast() {
            let own = Self.symbols(assertion)
            #expect(kept.contains(assertion) == (own.isEmpty || !own.isDisjoint(with: reached)))
        }
        // In their order.
        #expect(slice == assertions.dropLast().filter(kept.contains))
    }
}
