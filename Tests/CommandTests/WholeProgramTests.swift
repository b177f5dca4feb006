import Foundation
import Testing

/// `--whole-program` is the same verification without decomposition: what the two say must be the same, property by property.
@Suite struct WholeProgramTests {
    static let middleboxes = names(in: "Middleboxes").filter { $0 != "include" && $0 != "runtime" }

    /// Bugs of which every property is compared. Of the others it is the property that must be refuted: all of them in both ways would take more
    /// than an hour. `GRAVEL_WHOLE=1` compares every property of every bug.
    private static let comparedInFull = [
        "checksum_wrong_word", "emitted_twice", "hairpin_source_left_internal", "port_free_too_early",
    ]
    private static let comparesAll = ProcessInfo.processInfo.environment["GRAVEL_WHOLE"] == "1"

    /// The elements are verified with the copy's store.
    private func compare(_ copy: MiddleboxCopy, property: String? = nil) async throws {
        let (decomposed, verdicts) = try await copy.verify(property: property, store: copy.store)
        let (whole, wholeVerdicts) = try await copy.verify(property: property, options: ["--whole-program"])
        #expect(decomposed.status == whole.status)
        #expect(!verdicts.isEmpty && Set(verdicts.keys) == Set(wholeVerdicts.keys))
        for (name, verdict) in verdicts {
            #expect(
                wholeVerdicts[name]?.verdict == verdict.verdict,
                "\(name): \(verdict.verdict), and of the whole program \(wholeVerdicts[name]?.verdict ?? "nothing")")
        }
    }

    @Test(arguments: middleboxes) func theSameOfMiddlebox(_ name: String) async throws {
        let copy = try MiddleboxCopy(name)
        defer { copy.remove() }
        try await compare(copy)
    }

    /// With the proofs of the middlebox without the bug in the store: none of them may hide it.
    @Test(arguments: SeededBug.all) func theSameOfSeededBug(_ bug: SeededBug) async throws {
        let isInFull = Self.comparesAll || Self.comparedInFull.contains(bug.name)
        let property = isInFull ? nil : try bug.expectedProperty()
        let copy = try await bug.patchedCopy(isProvedBefore: true, property: property)
        defer { copy.remove() }
        try await compare(copy, property: property)
    }

    /// Whether words change that a checksum covers is the search's to choose: a wrong one must not be missed by the choice.
    @Test func aWrongChecksumIsFoundInBothWays() async throws {
        let bug = try #require(SeededBug.all.first { $0.middlebox == "nat" && $0.name == "header_length_ignored" })
        let copy = try await bug.patchedCopy()
        defer { copy.remove() }
        try await compare(copy, property: "icmp_checksum_right")
        let (execution, verdicts) = try await copy.verify(
            property: "icmp_checksum_right", options: ["--whole-program"])
        #expect(verdicts["icmp_checksum_right"]?.verdict == "refuted", "\(execution.words)")
    }

    @Test func thereIsOneElement() async throws {
        let copy = try MiddleboxCopy("nat")
        defer { copy.remove() }
        let execution = try await Command("verify", arguments: [copy.folder, "--whole-program", "--no-cache"]).run()
        #expect(execution.output.contains("nat: 1 element,"), "\(execution.words)")
    }
}
