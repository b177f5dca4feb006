import Foundation
import Testing

/// `--whole-program` is the same verification without decomposition: what the two say must be the same, property by property. So it is of
/// seeded bugs, too: ``SeededBugTests``.
@Suite struct WholeProgramTests {
    static let middleboxes = names(in: "Middleboxes").filter { $0 != "include" && $0 != "runtime" }

    @Test(arguments: middleboxes) func theSameOfMiddlebox(_ name: String) async throws {
        let copy = try MiddleboxCopy(name)
        defer { copy.remove() }
        let proved = try await ProvedMiddleboxes.shared.proved(name)
        try await copy.compareWithWholeProgram(proved.execution, proved.verdicts)
    }

    /// Whether words change that a checksum covers is the search's to choose: a wrong one must not be missed by the choice.
    @Test func aWrongChecksumIsFoundInBothWays() async throws {
        try await isRefutedBothWays("icmp_checksum_right", of: "header_length_ignored")
    }

    /// Each of their four packets goes one of twenty-five ways, or more. Not what these bugs are seeded for, but broken by them.
    @Test(arguments: [
        ("outbound_not_refreshed", "endpoint_independent_mapping_icmp"),
        ("outbound_not_refreshed", "endpoint_independent_mapping_udp"),
        ("outbound_not_refreshed", "reply_reaches_inside_host_udp"),
        ("icmp_error_ends_mapping", "endpoint_independent_mapping_icmp"),
        ("icmp_error_ends_mapping", "reply_reaches_inside_host_tcp"),
        ("reset_ends_mapping", "reply_reaches_inside_host_tcp"),
        ("new_mapping_too_short", "endpoint_independent_mapping_udp"),
    ])
    func longTracesAreFoundInBothWays(bug: String, property: String) async throws {
        try await isRefutedBothWays(property, of: bug)
    }

    /// The bug makes the code stricter than the rule that the claim is about, so that the claim holds, for another reason than usual.
    @Test func whatABugDoesNotBreakIsProvedInBothWays() async throws {
        try await isJudged("proved", "connections_match_a_rule", of: "port_range_exclusive", in: "firewall")
    }

    private func isRefutedBothWays(_ property: String, of name: String) async throws {
        try await isJudged("refuted", property, of: name, in: "nat")
    }

    private func isJudged(
        _ verdict: String, _ property: String, of name: String, in middlebox: String
    ) async throws {
        let bug = try #require(SeededBug.all.first { $0.middlebox == middlebox && $0.name == name })
        let copy = try await bug.patchedCopy()
        defer { copy.remove() }
        let (execution, verdicts) = try await copy.compareWithWholeProgram(property: property)
        #expect(verdicts[property]?.verdict == verdict, "\(execution.words)")
    }

    @Test func thereIsOneElement() async throws {
        let copy = try MiddleboxCopy("nat")
        defer { copy.remove() }
        let execution = try await Command("verify", arguments: [copy.folder, "--whole-program", "--no-cache"]).run()
        #expect(execution.output.contains("nat: 1 element,"), "\(execution.words)")
    }
}
