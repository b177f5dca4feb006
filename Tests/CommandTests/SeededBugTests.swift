import Foundation
import Testing

/// Every proved property has a twin: a small mistake in the C code that must refute it.
@Suite struct SeededBugTests {
    /// Seeded bugs whose property is not refuted today, each with the reason. One that starts to be caught makes
    /// ``knownMiss(_:)`` fail: take it off this list.
    static let knownMisses: [String: String] = [:]

    static let bugs = SeededBug.all
    static var caught: [SeededBug] { bugs.filter { knownMisses[$0.name] == nil } }
    static var missed: [SeededBug] { bugs.filter { knownMisses[$0.name] != nil } }

    @Test func everyClauseOfTheNATHasOne() throws {
        let covered = Set(try Self.bugs.filter { $0.middlebox == "nat" }.map { try $0.expectedProperty() })
        let spec = try text(of: "Specs/nat.gravel")
        for item in spec.matches(of: /\n(?:property|invariant) (\w+)\n  cites/) {
            #expect(covered.contains(String(item.1)), "no seeded bug breaks \(item.1)")
        }
    }

    /// What each of these clauses says is said by no other: there is a mistake that breaks nothing else.
    @Test(arguments: [
        "RFC 3022", "RFC 4787 REQ-1", "RFC 4787 REQ-3", "RFC 4787 REQ-5", "RFC 4787 REQ-6", "RFC 4787 REQ-8",
        "RFC 4787 REQ-9", "RFC 4787 REQ-11",
        "RFC 4787 REQ-12", "RFC 5382 REQ-1", "RFC 5382 REQ-3", "RFC 5382 REQ-5", "RFC 5382 REQ-7", "RFC 5382 REQ-8",
        "RFC 5382 REQ-10",
        "RFC 5508 REQ-1", "RFC 5508 REQ-2",
    ])
    func theClauseIsToldApart(clause: String) throws {
        let spec = try text(of: "Specs/nat.gravel")
        let alone = Set(try Self.bugs.map { try $0.expectation() }.filter(\.isAlone).map(\.property))
        let citing = spec.matches(of: /\n(?:property|invariant) (\w+)\n  cites ([^\n]+)/).filter {
            "\($0.2),".matches(of: /\s*([^,]+),/).contains { $0.1 == clause || $0.1.hasPrefix(clause + " section") }
        }
        #expect(!citing.isEmpty && citing.contains { alone.contains(String($0.1)) })
    }

    /// The same of what no clause says: a new flow passes while there is room.
    @Test func newFlowsAreToldApart() throws {
        let expectations = try Self.bugs.map { try $0.expectation() }
        #expect(expectations.contains { $0.property == "new_flows_pass_while_there_is_room" && $0.isAlone })
    }

    @Test func everyKnownMissIsASeededBug() {
        for name in Self.knownMisses.keys {
            #expect(Self.bugs.contains { $0.name == name }, "there is no seeded bug '\(name)'")
        }
    }

    /// Bugs of which every property is compared with what `--whole-program` says. Of the others it is the property that must be refuted: all of
    /// them in both ways would take more than an hour. `GRAVEL_WHOLE=1` compares every property of every bug.
    private static let comparedInFull = [
        "checksum_wrong_word", "emitted_twice", "hairpin_source_left_internal", "port_free_too_early",
    ]
    private static let comparesAll = ProcessInfo.processInfo.environment["GRAVEL_WHOLE"] == "1"

    /// With the proofs of the middlebox without the bug in the store: none of them may hide it. The program as one element is refuted, too.
    @Test(arguments: caught) func isRefuted(_ bug: SeededBug) async throws {
        let (expected, isAlone) = try bug.expectation()
        let copy = try await bug.patchedCopy()
        defer { copy.remove() }
        let isInFull = Self.comparesAll || Self.comparedInFull.contains(bug.name)
        let (execution, verdicts) = try await copy.verify(
            property: isInFull || isAlone ? nil : expected, store: copy.store)
        #expect(verdicts[expected]?.verdict == "refuted", "\(expected) is not refuted: \(execution.words)")
        if isAlone {
            #expect(verdicts.count > 1)
            #expect(verdicts.filter { $0.value.verdict == "refuted" }.keys.sorted() == [expected])
        }
        #expect(verdicts[expected]?.confirmed == true, "the native program did not confirm it: \(execution.words)")
        #expect(execution.status == 1)
        let compared = isInFull ? verdicts : verdicts.filter { $0.key == expected }
        try await copy.compareWithWholeProgram(execution, compared, property: isInFull ? nil : expected)
    }

    @Test(arguments: missed) func knownMiss(_ bug: SeededBug) async throws {
        let expected = try bug.expectedProperty()
        let copy = try await bug.patchedCopy()
        defer { copy.remove() }
        let (_, verdicts) = try await copy.verify(property: expected, store: copy.store)
        // An expectation that names no property would be missed for ever.
        let verdict = try #require(verdicts[expected], "there is no property '\(expected)'")
        #expect(verdict.verdict != "refuted", "'\(bug.name)' is caught now: take it off the known misses")
        // Missed is one thing, a false proof another.
        #expect(verdict.verdict != "proved", "'\(expected)' is proved of code that breaks it")
    }

    /// The same folder without any bug: what refutes the others must be the bug, not the copying.
    @Test func theCopyWithoutBugIsProved() async throws {
        let verdicts = try await ProvedMiddleboxes.shared.proved("nat").verdicts
        #expect(!verdicts.isEmpty && verdicts.values.allSatisfy { $0.verdict == "proved" })
        for bug in Self.bugs where bug.middlebox == "nat" {
            #expect(verdicts[try bug.expectedProperty()] != nil, "\(bug.name) expects of a property that is not there")
        }
    }
}
