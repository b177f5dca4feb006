import Foundation
import Testing

/// `verify tests`: packets for every path, which the native program treats as is predicted.
@Suite struct PathTestsTests {
    /// What comes of the packets of one test.
    private struct Outcome: Equatable {
        let packets: Data
        /// How many leave by each port.
        let ports: [String: Int]
        let dropped: Int
    }

    private struct Statistics: Decodable {
        let packets_out: [String: Int]
        let dropped: Int
    }

    private func stems(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".expected.yml") }.sorted()
            .map { "\(folder)/\($0.dropLast(".expected.yml".count))" }
    }

    private func expected(_ stem: String) throws -> Outcome {
        let lines = try String(contentsOfFile: stem + ".expected.yml", encoding: .utf8)
        var ports: [String: Int] = [:]
        for match in lines.matches(of: /- \{packet: [0-9]+, port: (\w+), length: [0-9]+\}/) {
            ports[String(match.1), default: 0] += 1
        }
        return Outcome(
            packets: try #require(FileManager.default.contents(atPath: stem + ".expected.pcap")), ports: ports,
            dropped: lines.matches(of: /- \{packet: [0-9]+, dropped: true\}/).count)
    }

    private func replayed(_ middlebox: String, _ stem: String) async throws -> Outcome {
        let out = stem + ".out.pcap"
        let operations = stem + ".operations.yml"
        let given = FileManager.default.fileExists(atPath: operations) ? ["--operations", operations] : []
        let execution = try await Command(
            "replay",
            arguments: [
                middlebox, stem + ".pcap", "--config", stem + ".yml", "--write", out, "--format", "json",
            ] + given
        ).run()
        try #require(execution.status == 0, "\(execution.words)")
        let statistics = try JSONDecoder().decode(Statistics.self, from: Data(execution.output.utf8))
        return Outcome(
            packets: try #require(FileManager.default.contents(atPath: out)),
            ports: statistics.packets_out.filter { $0.value > 0 }, dropped: statistics.dropped)
    }

    @Test(arguments: WholeProgramTests.middleboxes) func theNativeProgramDoesWhatIsPredicted(_ name: String)
        async throws
    {
        let work = try TemporaryFolder()
        defer { work.remove() }
        let execution = try await Command("verify", "tests", name, "--write", work.path).run(atMost: 600)
        try #require(execution.status == 0, "\(execution.words)")
        let summary = try #require(
            execution.output.firstMatch(of: /(\d+) paths? of (\d+) elements?, (\d+) of them in (\d+) tests? under/))
        let stems = try stems(in: work.path)
        #expect(stems.count == Int(summary.4) && !stems.isEmpty)
        let untested = execution.output.matches(of: /\nnot tested, a path of/).count
        #expect(Int(summary.1).map { $0 - untested } == Int(summary.3))
        for stem in stems {
            let (expected, replayed) = (try expected(stem), try await replayed(name, stem))
            #expect(expected == replayed, "\(stem): \(expected.ports), and not \(replayed.ports)")
        }
    }

    /// A suite that nothing fails is worth nothing.
    @Test func everyMistakeFailsSome() async throws {
        let work = try TemporaryFolder()
        defer { work.remove() }
        let execution = try await Command("verify", "tests", "nat", "--write", work.path).run(atMost: 600)
        try #require(execution.status == 0, "\(execution.words)")
        for bug in ["payload_byte_touched", "hairpinning_not_done", "reverse_mapping_missing"] {
            let copy = try await SeededBug(middlebox: "nat", name: bug).patchedCopy()
            defer { copy.remove() }
            var hasFailed = false
            for stem in try stems(in: work.path) {
                hasFailed = try await replayed(copy.folder, stem) != expected(stem)
                if hasFailed { break }
            }
            #expect(hasFailed, "\(bug)")
        }
    }

    /// Tests of an earlier run that had more of them go; what else is in the folder stays.
    @Test func theFolderHasTheTestsOfTheLastRun() async throws {
        let work = try TemporaryFolder()
        defer { work.remove() }
        for name in [
            "nop.001.expected.yml", "nop.002.pcap", "nop.002.expected.yml", "nop.txt", "other.002.expected.yml",
        ] {
            try "before".write(toFile: work.path + "/" + name, atomically: true, encoding: .utf8)
        }
        let execution = try await Command("verify", "tests", "nop", "--write", work.path).run()
        #expect(execution.status == 0, "\(execution.words)")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: work.path).sorted() == [
                "nop.001.expected.pcap", "nop.001.expected.yml", "nop.001.pcap", "nop.001.yml", "nop.txt",
                "other.002.expected.yml",
            ])
    }
}
