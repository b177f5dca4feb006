import Logic
import SMT
import SymbolicExecution
import Testing

@testable import Verification

@Suite("What is asked about paths, and what need not be asked")
struct FeasibilityTests {
    private func variable(_ name: String) -> Term { .variable(name, .bitVector(16)) }
    private func number(_ value: Int) -> Term { .bitVector(value, width: 16) }

    @Test func settledConditionsAreAskedAboutWhereSomethingConnectsThem() {
        let fact = Term.unsignedLess(variable("b"), variable("c"))
        var feasibility = PathFeasibility(facts: [fact, .unsignedLess(variable("x"), number(9))])
        let settled: [Term] = [
            .unsignedLess(variable("a"), variable("b")), .unsignedLess(variable("y"), number(3)),
            .unsignedLess(number(4), variable("c")),
        ]
        let open = Term.unsignedLess(number(7), variable("a"))
        // Through b and, by a fact, c.
        #expect(
            feasibility.assertions(of: .init(settled: settled, open: [open])) == [fact, settled[0], settled[2], open])
        #expect(feasibility.assertions(of: .init(settled: settled, open: [])).isEmpty)
        #expect(feasibility.assertions(of: .init(settled: [], open: settled)).count == 4)
    }

    @Test func aModelAnswersWhateverItIsAModelOf() {
        let (x, y) = (variable("x"), variable("y"))
        var models = RecentModels(limit: 2)
        func contain(_ assertions: [Term]) -> Bool { models.contain(modelOf: assertions) }
        #expect(!contain([.true]))
        models.insert(Model(assignment: [x: .bitVector(5, width: 16)]))
        #expect(contain([.unsignedLess(x, number(6))]))
        #expect(!contain([.unsignedLess(x, number(5))]))
        // What is not in it is zero.
        #expect(contain([.unsignedLess(y, x), .equal(y, number(0))]))
        #expect(!contain([.unsignedLess(y, x), .equal(y, number(1))]))
        // One model for all of the assertions, not one for each.
        models.insert(Model(assignment: [x: .bitVector(7, width: 16), y: .bitVector(1, width: 16)]))
        #expect(!contain([.equal(x, number(5)), .equal(y, number(1))]))
        // The oldest is forgotten.
        models.insert(Model(assignment: [:]))
        #expect(!contain([.equal(x, number(5))]))
        #expect(contain([.equal(x, number(7))]))
    }

    /// Counts what it is asked.
    private final class CountingPool: SolverPool {
        private let threads = SolverThreads(jobs: 1)
        private(set) var count = 0

        func answers(
            count: Int, waiting: (() -> Void) -> Void, query: (Int) -> SolverQuery?
        ) -> [SolverAnswer?] {
            self.count += count
            return threads.answers(count: count, waiting: waiting, query: query)
        }
    }

    @Test("A fork costs one question: the model of the way so far is one of one of its sides")
    func oneSideOfAForkIsKnown() {
        let pool = CountingPool()
        let discharger = Discharger(pool: pool, budget: .init())
        let x = variable("x")
        var way: [Term] = []
        for bound in stride(from: 100, to: 1000, by: 100) {
            let condition = Term.unsignedLess(x, number(bound))
            #expect(discharger.isFeasible(way + [condition]))
            #expect(discharger.isFeasible(way + [!condition]))
            way.append(!condition)
        }
        #expect(!discharger.isFeasible(way + [.unsignedLess(x, number(50))]))
        // Two for the first fork, one for each of the other eight, and one that no model answers.
        #expect(pool.count == 11)
    }
}
