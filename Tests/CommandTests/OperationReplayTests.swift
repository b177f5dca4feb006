import Foundation
import Testing

/// Counterexamples in which control operations take part, written down and shown again.
@Suite struct OperationReplayTests {
    private static let middlebox = "Tests/Golden/errors/spec_unless_of_another_operation"

    @Test("A counterexample has a file of operations, with which replay does the same")
    func isShownAgain() async throws {
        let work = try TemporaryFolder()
        defer { work.remove() }
        let folder = work.path + "/counterexamples"
        let stem = folder + "/spec_unless_of_another_operation.stays"
        let arguments = [
            Self.middlebox, "--counterexamples", folder, "--property", "stays", "--cache", work.path + "/cache",
        ]
        let execution = try await Command("verify", arguments: arguments).run()
        #expect(execution.status == 1, "\(execution.words)")
        #expect(execution.output.contains("operations: \(stem).operations.yml"), "\(execution.words)")
        #expect(
            execution.output.contains(
                "again:     replay \(Self.middlebox) \(stem).pcap --operations \(stem).operations.yml --check"),
            "\(execution.words)")
        let operations = try String(contentsOfFile: stem + ".operations.yml", encoding: .utf8)
        #expect(
            operations.contains(/- \{at: [0-9]+\.[0-9]{9}, after: 0, add_backend: \{index: [0-9]+\}\}/), "\(operations)"
        )
        #expect(
            operations.contains(/- \{at: [0-9]+\.[0-9]{9}, after: 1, remove_backend: \{index: [0-9]+\}\}/),
            "\(operations)")

        // The first packet passes, the second does not.
        let replay = try await Command(
            "replay", "\(Self.middlebox)/spec_unless_of_another_operation.c", stem + ".pcap", "--config", stem + ".yml",
            "--operations", stem + ".operations.yml"
        ).run()
        #expect(replay.status == 0, "\(replay.words)")
        #expect(replay.output.contains(/packets out outside +1\n/), "\(replay.words)")
        #expect(replay.output.contains(/dropped +1\n/), "\(replay.words)")
        #expect(replay.output.contains(/control operations +2\n/), "\(replay.words)")

        // Without them, nothing passes at all.
        let without = try await Command(
            "replay", "\(Self.middlebox)/spec_unless_of_another_operation.c", stem + ".pcap", "--config", stem + ".yml"
        ).run()
        #expect(without.output.contains(/dropped +2\n/), "\(without.words)")

        // From the store, the same.
        let again = try await Command("verify", arguments: arguments).run()
        #expect(again.output.contains("operation remove_backend {index:"), "\(again.words)")
        #expect(try String(contentsOfFile: stem + ".operations.yml", encoding: .utf8) == operations)

        let json = try await Command("verify", arguments: arguments + ["--format", "json"]).run()
        #expect(json.output.contains("\"operations\" : \"\(stem).operations.yml\""), "\(json.words)")
    }

    @Test("Elements: which inputs are operations")
    func elements() async throws {
        let text = try await Command("verify", "elements", Self.middlebox).run()
        #expect(text.output.contains("\n  remove_backend, a control operation\n"), "\(text.words)")
        let json = try await Command("verify", "elements", Self.middlebox, "--format", "json").run()
        #expect(json.output.contains(/"operations" : \[\s+"add_backend",\s+"remove_backend"\s+\]/), "\(json.words)")
    }
}
