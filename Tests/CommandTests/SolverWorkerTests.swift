import Foundation
import Testing

/// The processes that `verify` starts for its queries: how many there are changes nothing, and none outlives it.
@Suite struct SolverWorkerTests {
    /// Takes minutes, most of them in queries.
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

    /// The verdicts by property, and the exit status.
    private func verdicts(_ jobs: Int) async throws -> [String] {
        let execution = try await Command("verify", "nat", "--format", "json", "--jobs", "\(jobs)").run(atMost: 300)
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(execution.output.utf8)) as? [String: Any],
            "\(execution.words)")
        let middleboxes = try #require(document["middleboxes"] as? [[String: Any]])
        let properties = middleboxes.flatMap { $0["properties"] as? [[String: Any]] ?? [] }
        return ["\(execution.status)"] + properties.map { "\($0["name"] ?? ""): \($0["verdict"] ?? "")" }
    }

    @Test func verdictsDoNotDependOnTheNumberOfSolvers() async throws {
        let one = try await verdicts(1)
        #expect(one.count > 10 && one[0] == "0", "\(one)")
        #expect(try await verdicts(2) == one)
        #expect(try await verdicts(4) == one)
    }

    /// Interrupted, and killed: in both cases nothing stays behind.
    @Test(arguments: [SIGINT, SIGTERM, SIGKILL]) func noProcessStaysBehind(_ signal: Int32) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = folder.path + "/slow"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Self.slow.write(toFile: path + "/slow.c", atomically: true, encoding: .utf8)

        let mark = "GRAVEL_TEST_MARK=\(UUID().uuidString)"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [mark, try Command("verify").executablePath(), path, "--format", "json"]
        process.currentDirectoryURL = URL(fileURLWithPath: repository)
        let output = folder.path + "/output"
        try Data().write(to: URL(fileURLWithPath: output))
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
        process.standardError = FileHandle.nullDevice
        try process.run()
        defer { process.terminate() }
        try await wait(atMost: 60, "no solver's process was started") {
            !processes(marked: mark).filter { $0.commandLine.contains("solver-worker") }.isEmpty
        }
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        if signal != SIGKILL { #expect(process.terminationReason == .exit && process.terminationStatus == 2) }
        try await wait(atMost: 5, "a process stayed behind") { processes(marked: mark).isEmpty }
        if signal != SIGKILL {
            let data = try Data(contentsOf: URL(fileURLWithPath: output))
            let document = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            #expect(document["run_state"] as? String == "interrupted")
        }
    }

    private struct TooLate: Error, CustomStringConvertible {
        let description: String
    }

    private func wait(atMost seconds: Int, _ complaint: String, until isDone: () -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(seconds)
        while !isDone() {
            guard ContinuousClock.now < end else { throw TooLate(description: complaint) }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// The processes that have this in their environment.
    private func processes(marked mark: String) -> [(identifier: Int32, commandLine: String)] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.compactMap { Int32($0) }.compactMap { identifier in
            guard let environment = FileManager.default.contents(atPath: "/proc/\(identifier)/environ"),
                String(decoding: environment, as: UTF8.self).contains(mark),
                let line = FileManager.default.contents(atPath: "/proc/\(identifier)/cmdline")
            else { return nil }
            return (identifier, String(decoding: line, as: UTF8.self))
        }
    }

    /// It is not for people.
    @Test func helpDoesNotTellOfIt() async throws {
        for arguments in [["--help"], ["help"], ["prove", "--help"]] {
            let execution = try await Command("verify", arguments: arguments).run(atMost: 20)
            #expect(!execution.output.contains("solver-worker"), "\(execution.words)")
        }
    }

    /// At the end of its input it ends.
    @Test func withoutQueriesItEnds() async throws {
        let execution = try await Command("verify", "solver-worker").run(atMost: 20)
        #expect(execution.status == 0 && execution.output.isEmpty, "\(execution.words)")
    }
}
