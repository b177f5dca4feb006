import Foundation
import Testing

/// Ctrl-C in the middle: what is known so far is reported as what it is.
@Suite struct InterruptionTests {
    /// Takes minutes: each of the entries is compared on a path of its own.
    private static let slow = """
        #include <gravel/middlebox.h>

        enum port { inside, outside };

        static uint32_t lengths[1000];

        void packet_arrives(struct packet *packet) {
            for (uint32_t i = 0; i < 1000; i++)
                if (lengths[i] == packet->length) return packet_drop(packet);
            packet_emit(packet, outside);
        }
        """

    private func interrupt(_ arguments: String...) async throws -> Execution {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = folder.path + "/slow"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Self.slow.write(toFile: path + "/slow.c", atomically: true, encoding: .utf8)
        return try await Command("verify", arguments: [path, "--verbose"] + arguments)
            .run(atMost: 60, interruptedAt: "slow: executing")
    }

    @Test func theTextSaysSoFirst() async throws {
        let execution = try await interrupt()
        #expect(execution.status == 2, "\(execution.words)")
        #expect(execution.output.hasPrefix("Interrupted: "), "\(execution.words)")
        #expect(!execution.output.contains("proved"))
    }

    @Test func theDocumentIsWhole() async throws {
        let execution = try await interrupt("--format", "json")
        #expect(execution.status == 2, "\(execution.words)")
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(execution.output.utf8)) as? [String: Any])
        #expect(document["run_state"] as? String == "interrupted")
    }

    @Test(arguments: [
        ("sarif", "\"executionSuccessful\" : false"), ("junit", "<error type=\"interrupted\""),
        ("github", "::error title=gravel::the run was interrupted"), ("html", "Interrupted: "),
    ]) func everyOtherFormatSaysSo(format: String, words: String) async throws {
        let execution = try await interrupt("--format", format)
        #expect(execution.status == 2, "\(execution.words)")
        #expect(execution.output.contains(words), "\(execution.words)")
        #expect(!execution.output.contains("All proved"))
    }
}
