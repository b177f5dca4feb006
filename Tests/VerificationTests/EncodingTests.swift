import Logic
import SymbolicExecution
import Testing

@testable import Verification

/// The encodings that an obligation is tried in, one after the other.
@Suite struct EncodingTests {
    private let first = Term.variable("first", .bitVector(16))
    private let second = Term.variable("second", .bitVector(16))

    private func byte(at place: Term) -> Term { .select(InputVariables.bytes, place) }

    /// Of a list that has been looked through: none of the many is the packet's first byte.
    private var list: Term {
        .and((0..<400).map { number in .notEqual(.variable("entry\(number)", .byte), byte(at: first)) })
    }

    private func obligation(_ goal: Term, _ assumptions: [Term]) -> Obligation {
        Obligation(subject: "claim", place: "here", assumptions: assumptions, goal: goal)
    }

    private func discharge(_ obligation: Obligation) -> (outcome: Discharge, asked: [String]) {
        let discharger = Discharger(jobs: 1, budget: .init())
        let outcome = discharger.discharge([obligation])[0]
        return (outcome, discharger.work.questions.map(\.name))
    }

    /// That both bytes are one takes the packet as it is, but not the list.
    @Test func listsAreLeftOutFirst() {
        let same = Term.equal(byte(at: first), byte(at: second))
        let (outcome, asked) = discharge(obligation(same, [.equal(first, second), list]))
        #expect(outcome.isProved)
        #expect(asked.contains("claim (concise)") && !asked.contains("claim"), "\(asked)")
    }

    /// What the list is needed for is still proved.
    @Test func listsAreAskedAboutLast() {
        let entry = Term.variable("entry7", .byte)
        let (outcome, asked) = discharge(obligation(.notEqual(entry, byte(at: second)), [.equal(first, second), list]))
        #expect(outcome.isProved)
        #expect(asked.contains("claim (concise)") && asked.contains("claim"), "\(asked)")
    }

    /// A model of less than everything is no counterexample to a claim that everything implies, nor is what follows from nothing proved.
    @Test func whatDoesNotFollowIsNotProved() {
        let (outcome, _) = discharge(obligation(.equal(byte(at: first), byte(at: second)), [list]))
        guard case .counterexample = outcome else {
            Issue.record("\(outcome)")
            return
        }
    }

    /// Without a list there is nothing to leave out.
    @Test func nothingIsAskedTwice() {
        let (_, asked) = discharge(obligation(.equal(byte(at: first), byte(at: second)), []))
        #expect(!asked.contains("claim (concise)"), "\(asked)")
    }
}
