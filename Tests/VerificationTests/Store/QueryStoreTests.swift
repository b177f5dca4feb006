import Foundation
import Logic
import MiddleboxIR
import SMT
@testable import SymbolicExecution
import Testing

@testable import Verification

@Suite struct QueryStoreTests {
    private let x = Term.variable("x", .bitVector(16))
    private let y = Term.variable("y", .bitVector(16))
    private let n = Term.variable("n", .integer)

    private func store(_ folder: StoreFolder, options: [String] = [], tool: String = "tool") -> QueryStore {
        QueryStore(
            store: folder.store, tool: ToolIdentity(hash: ContentHash(of: tool.utf8)), name: "box", options: options)
    }

    private func obligation(
        _ assumptions: [Term], _ goal: Term, definitions: [ChecksumUpdate]? = nil, subject: String = "a"
    ) -> Obligation {
        Obligation(subject: subject, place: "here", assumptions: assumptions, goal: goal, definitions: definitions)
    }

    private var update: ChecksumUpdate {
        ChecksumUpdate(
            old: n, before: .integer(1), after: .integer(2), high: .variable("h", .byte), low: .variable("l", .byte),
            rounds: .variable("r", .integer))
    }

    private func word(_ discharge: Discharge?) -> String? {
        switch discharge {
        case .proved: "proved"
        case .counterexample: "counterexample"
        case .unknown: "unknown"
        case nil: nil
        }
    }

    @Test func answersAreFoundInLaterRuns() throws {
        let folder = try StoreFolder()
        let first = obligation([.unsignedLess(x, y)], .equal(x, y))
        let second = obligation([.unsignedLess(y, x)], .equal(x, y))
        let store = store(folder)
        #expect(store.answer(for: first) == nil)
        store.remember(.proved, for: first)
        store.remember(.counterexample, for: second)
        store.save()
        for store in [store, self.store(folder)] {
            #expect(word(store.answer(for: first)) == "proved")
            #expect(word(store.answer(for: second)) == "counterexample")
        }
        #expect(folder.entries.count == 1)
    }

    @Test func unknownIsNeverKept() throws {
        let folder = try StoreFolder()
        let asked = obligation([.unsignedLess(x, y)], .equal(x, y))
        let store = store(folder)
        store.remember(.unknown(reason: "timeout"), for: asked)
        store.save()
        #expect(store.answer(for: asked) == nil)
        #expect(folder.entries == [])
        // It does not take back what is known, either.
        store.remember(.proved, for: asked)
        store.remember(.unknown(reason: "timeout"), for: asked)
        store.save()
        #expect(word(self.store(folder).answer(for: asked)) == "proved")
    }

    @Test func theQuestionCountsAndNothingElse() throws {
        let folder = try StoreFolder()
        let (a, b) = (Term.unsignedLess(x, y), Term.less(n, .integer(5)))
        let goal = Term.equal(x, y)
        let before = store(folder)
        before.remember(.proved, for: obligation([a, b], goal))
        before.save()
        let store = store(folder)
        #expect(word(store.answer(for: obligation([b, a, b], goal, subject: "other"))) == "proved")
        for other in [
            obligation([a], goal), obligation([a, b], .equal(x, x + y)),
            obligation([a, b], goal, definitions: []), obligation([a, b], goal, definitions: [update]),
            // The goal among the assumptions, and the other way round.
            obligation([goal, b], a),
        ] {
            #expect(store.answer(for: other) == nil)
        }
        #expect(self.store(folder, options: ["limit 1"]).answer(for: obligation([a, b], goal)) == nil)
        #expect(self.store(folder, tool: "another").answer(for: obligation([a, b], goal)) == nil)
    }

    @Test func aProofHoldsWhateverElseIsAssumed() throws {
        let folder = try StoreFolder()
        let (a, b, c) = (Term.unsignedLess(x, y), Term.less(n, .integer(5)), Term.equal(n, .integer(7)))
        let goal = Term.equal(x, y)
        let before = store(folder)
        before.remember(.proved, for: obligation([a, b, c], goal), core: [a, c])
        before.remember(isFeasible: false, [a, b, c], core: [b, c])
        before.remember(.counterexample, for: obligation([b], goal))
        before.remember(isFeasible: true, [a, b])
        before.save()
        let store = store(folder)
        #expect(store.hasEarlier)
        #expect(word(store.answer(for: obligation([a, c], goal))) == "proved")
        #expect(word(store.answer(for: obligation([c, !b, a], goal))) == "proved")
        #expect(store.answer(for: obligation([a, b], goal)) == nil)
        #expect(store.answer(for: obligation([a, c], b)) == nil)
        #expect(store.isFeasible([c, b]) == false)
        #expect(store.isFeasible([c, a, b, goal]) == false)
        // Counterexamples and feasibility are about the whole question.
        #expect(word(store.answer(for: obligation([b], goal))) == "counterexample")
        #expect(store.answer(for: obligation([b, !a], goal)) == nil)
        #expect(store.isFeasible([a, b]) == true)
        #expect(store.isFeasible([a, b, goal]) == nil)
        #expect(store.isFeasible([a]) == nil)
    }

    @Test func feasibility() throws {
        let folder = try StoreFolder()
        let (a, b) = (Term.unsignedLess(x, y), Term.less(n, .integer(5)))
        let store = store(folder)
        #expect(store.isFeasible([a, b]) == nil)
        store.remember(isFeasible: true, [a, b])
        store.remember(isFeasible: false, [a, !b])
        store.save()
        #expect(self.store(folder).isFeasible([b, a]) == true)
        #expect(self.store(folder).isFeasible([a, !b]) == false)
        #expect(self.store(folder).isFeasible([a]) == nil)
        // Another kind of question about the same terms.
        #expect(self.store(folder).answer(for: obligation([a], b)) == nil)
    }

    @Test func modelsAreFoundAgainForWhatEndsAlike() throws {
        let folder = try StoreFolder()
        let (a, b) = (Term.unsignedLess(x, .bitVector(9, width: 16)), Term.less(n, .integer(5)))
        let before = store(folder)
        #expect(!before.hasWitness(for: [a, b]))
        before.remember(witness: Model(assignment: [x: .bitVector(7, width: 16), n: .integer(3)]), of: [a, b])
        before.remember(isFeasible: true, [a, b])
        before.save()
        for store in [before, store(folder)] {
            #expect(store.hasWitness(for: [a, b]))
            #expect(store.hasWitness(for: [.unsignedLess(.bitVector(6, width: 16), x), b]))
            // What the model says nothing of is zero.
            #expect(store.hasWitness(for: [.equal(y, .bitVector(0, width: 16)), b]))
            #expect(!store.hasWitness(for: [.unsignedLess(.bitVector(7, width: 16), x), b]))
            #expect(!store.hasWitness(for: [b, a]))
            #expect(!store.hasWitness(for: []))
        }
    }

    @Test func damagedAnswersAreNotBelieved() throws {
        let folder = try StoreFolder()
        let asked = obligation([.unsignedLess(x, y)], .equal(x, y))
        let before = store(folder)
        before.remember(.proved, for: asked)
        before.save()
        let path = try #require(folder.entries.first)
        let whole = try Data(contentsOf: URL(filePath: path))
        for index in whole.indices {
            var damaged = whole
            damaged[index] ^= 3
            try damaged.write(to: URL(filePath: path))
            #expect(store(folder).answer(for: asked) == nil)
        }
        let after = store(folder)
        after.remember(.counterexample, for: asked)
        after.save()
        #expect(word(store(folder).answer(for: asked)) == "counterexample")
    }
}
