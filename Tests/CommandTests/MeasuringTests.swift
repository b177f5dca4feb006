import Foundation
import FoundationXML
import Testing

/// `replay --repeat`: what a packet costs, beside another middlebox and compared with what it cost before.
@Suite struct MeasuringTests {
    private static let capture = "Tests/Traffic/nat-in.pcap"

    private func replay(_ arguments: String...) async throws -> Execution {
        try await Command("replay", arguments: ["nat", Self.capture] + arguments).run()
    }

    private func content(_ execution: Execution) throws -> [String: Any] {
        try #require(
            try JSONSerialization.jsonObject(with: Data(execution.output.utf8)) as? [String: Any], "\(execution.words)")
    }

    private func number(_ content: [String: Any], _ path: String...) throws -> Double {
        var value: Any = content
        for key in path { value = try #require((value as? [String: Any])?[key], "\(path)") }
        return try #require((value as? NSNumber)?.doubleValue)
    }

    @Test("Rounds beside nop: counted and measured, without those that warm up")
    func rounds() async throws {
        let once = try content(try await replay("--format", "json"))
        #expect(once["rounds"] == nil && once["against"] == nil && once["comparison"] == nil)
        let execution = try await replay(
            "--repeat", "40", "--warmup", "2", "--against", "nop", "--format", "json")
        #expect(execution.status == 0 && execution.error.isEmpty, "\(execution.words)")
        let many = try content(execution)
        #expect(try number(many, "packets_in") == 40 * number(once, "packets_in"))
        #expect(try number(many, "rounds", "measured") == 40 && number(many, "rounds", "warmup") == 2)
        let (best, median) = (try number(many, "rounds", "best"), try number(many, "rounds", "median"))
        #expect(try 0 < best && best <= median && median <= number(many, "rounds", "worst"))
        #expect(abs(try number(many, "packets_per_second") * median - 1e9) < 1e3)
        #expect((many["against"] as? [String: Any])?["name"] as? String == "nop")
        #expect(try number(many, "against", "rounds", "median") > 0 && number(many, "against", "ratio") > 0)

        // The elements' packets are those of the measured rounds, too.
        func packets(_ content: [String: Any]) throws -> [Int] {
            try #require(content["elements"] as? [[String: Any]]).compactMap { $0["packets"] as? Int }
        }
        let (one, all) = (try packets(once), try packets(many))
        #expect(one.count == all.count && all.first == 40 * (one.first ?? 0) && !one.isEmpty)

        let text = try await replay("--repeat", "40", "--warmup", "2", "--against", "nop")
        #expect(text.output.contains(/\nrounds +40 after 2 to warm up\n/), "\(text.words)")
        #expect(text.output.contains(/\n  above nop +-?[0-9.]+, [0-9.]+ times as much\n/), "\(text.words)")
    }

    @Test("A baseline: what costs more than it may is exit status 1")
    func baseline() async throws {
        let work = try TemporaryFolder()
        defer { work.remove() }
        func file(_ text: String) throws -> String {
            let path = work.path + "/\(UUID().uuidString).json"
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            return path
        }
        let dear = try file(#"{"packets_in": 9, "rounds": {"median": 1e9}}"#)
        let cheap = try file(#"{"packets_in": 9, "rounds": {"median": 1e-9}}"#)
        let better = try await replay("--repeat", "20", "--compare", dear, "--format", "json")
        #expect(better.status == 0, "\(better.words)")
        let comparison = try #require(try content(better)["comparison"] as? [String: Any])
        #expect(
            comparison["regressed"] as? Bool == false && comparison["measure"] as? String == "nanoseconds_per_packet")
        #expect(comparison["before"] as? Double == 1e9 && comparison["max_regression"] as? Double == 0.05)
        let worse = try await replay("--repeat", "20", "--compare", cheap, "--max-regression", "7.5%")
        #expect(worse.status == 1, "\(worse.words)")
        #expect(
            worse.output.contains(
                /\ncompared +[0-9.]+ ns per packet, before 0\.00: [0-9.]+ % more \(at most 7\.5 % more\)\n/))

        // What it printed itself, and beside the same middlebox: their ratio counts.
        let own = try await replay("--repeat", "20", "--against", "nop", "--format", "json")
        let again = try await replay(
            "--repeat", "20", "--against", "nop", "--compare", try file(own.output), "--max-regression", "100000",
            "--format", "json")
        #expect(again.status == 0, "\(again.words)")
        #expect((try content(again)["comparison"] as? [String: Any])?["measure"] as? String == "ratio")
        #expect(try number(content(again), "comparison", "before") == number(content(own), "against", "ratio"))

        let once = try file(try await replay("--format", "json").output)
        for (path, words) in [
            (work.path + "/none.json", "cannot be read: No such file or directory"), (try file("{"), "it is not JSON"),
            (try file(#"{"packets": 3}"#), "there is no 'packets_in' in it"), (once, "played once"),
        ] {
            let execution = try await replay("--repeat", "2", "--compare", path)
            #expect(execution.status == 65 && execution.output.isEmpty, "\(execution.words)")
            #expect(execution.error.contains(path) && execution.error.contains(words), "\(execution.words)")
        }
    }

    @Test("A plot is a drawing with both in it, or an error and no file")
    func plot() async throws {
        let work = try TemporaryFolder()
        defer { work.remove() }
        let path = work.path + "/latency.svg"
        let execution = try await replay("--repeat", "20", "--against", "nop", "--plot", path)
        #expect(execution.status == 0, "\(execution.words)")
        let parser = XMLParser(data: try Data(contentsOf: URL(fileURLWithPath: path)))
        #expect(parser.parse())
        let svg = try String(contentsOfFile: path, encoding: .utf8)
        #expect(svg.contains(">nat</text>") && svg.contains(">nop</text>"))
        #expect(
            svg.ranges(of: "<path class=\"curve\"").count == 1 && svg.ranges(of: "<path class=\"other\"").count == 1)
        #expect(!svg.contains(/[ "](nan|inf)[ "]/))
        let nowhere = try await replay("--plot", work.path + "/none/latency.svg")
        #expect(nowhere.status == 65 && nowhere.output.isEmpty, "\(nowhere.words)")
        #expect(
            nowhere.error.contains("none/latency.svg: cannot be written: No such file or directory"), "\(nowhere.words)"
        )
    }

    @Test(
        "What makes no sense together is wrong usage",
        arguments: [
            (["--against", "nop"], "one round is no measurement"),
            (["--compare", "x.json"], "one round is no measurement"),
            (["--repeat", "2", "--max-regression", "5%"], "--max-regression is for --compare"),
            (["--repeat", "2", "--compare", "x", "--max-regression", "much"], "'much' is invalid"),
            (["--repeat", "2", "--compare", "x", "--max-regression=-1%"], "'-1%' is invalid"),
            (["--check", "--plot", "x.svg"], "nothing is measured"),
            (["--check", "--warmup", "1"], "nothing is measured"),
            (["--warmup=-1"], "must not be negative"), (["--plot", "-"], "needs a file"),
            (["--repeat", "2", "--against", "nat_"], "nat_"),
        ] as [([String], String)])
    func wrongUsage(_ arguments: [String], _ words: String) async throws {
        let execution = try await Command("replay", arguments: ["nat", Self.capture] + arguments).run()
        #expect(execution.status == 64 && execution.output.isEmpty, "\(execution.words)")
        #expect(execution.error.contains(words), "\(execution.words)")
    }
}
