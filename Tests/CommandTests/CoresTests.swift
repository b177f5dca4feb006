import Foundation
import Testing

/// `replay --cores`: the packets of some flows on each core, and the same in the end.
@Suite struct CoresTests {
    /// What must not depend on the number of cores.
    private struct Outcome: Equatable {
        let counts: [String: Int]
        let dropped: Int
        let elements: [String]
        /// By table, what is in it.
        let used: [String: Int]

        init(_ content: [String: Any]) throws {
            counts = try #require(content["packets_out"] as? [String: Int])
            dropped = try #require(content["dropped"] as? Int)
            elements = try #require(content["elements"] as? [[String: Any]]).map {
                "\($0["name"] ?? ""): \($0["packets"] ?? ""), \($0["dropped"] ?? "")"
            }
            let tables = try #require(content["tables"] as? [[String: Any]])
            used = Dictionary(
                tables.compactMap { table in (table["name"] as? String).map { ($0, table["used"] as? Int ?? -1) } }
            ) { first, _ in first }
        }
    }

    private func content(_ arguments: [String]) async throws -> [String: Any] {
        let execution = try await Command("replay", arguments: arguments + ["--format", "json"]).run(
            atMost: 240)
        #expect(execution.status == 0, "\(execution.words)")
        let object = try JSONSerialization.jsonObject(with: Data(execution.output.utf8))
        return try #require(object as? [String: Any])
    }

    @Test(
        "What leaves, what is dropped and what is in the tables is the same on one core and on several",
        arguments: [
            ["firewall", "Tests/Traffic/firewall-in.pcap"],
            [
                "loadbalancer", "Tests/Traffic/loadbalancer-in.pcap", "--operations",
                "Tests/Traffic/loadbalancer-operations.yml",
            ],
            ["policer", "Tests/Traffic/nat-in.pcap", "--ingress", "inside"],
            ["proxy", "Tests/Traffic/proxy-in.pcap"],
            [
                "router", "Tests/Traffic/router-in.pcap", "--operations", "Tests/Traffic/router-operations.yml",
            ],
            ["nop", "Tests/Traffic/nat-in.pcap"],
        ])
    func sameOutcome(_ arguments: [String]) async throws {
        let alone = try await content(arguments)
        #expect(alone["cores"] == nil)
        for cores in [2, 5] {
            let several = try await content(arguments + ["--cores", "\(cores)"])
            #expect(try Outcome(several) == Outcome(alone))
            #expect(several["packets_in"] as? Int == alone["packets_in"] as? Int)
            #expect(several["operations"] as? Int == alone["operations"] as? Int)
            let spread = try #require(several["cores"] as? [String: Any])
            let packets = try #require(spread["packets"] as? [Int])
            #expect(packets.count == cores && packets.reduce(0, +) == several["packets_in"] as? Int)
            #expect(packets.count { $0 > 0 } > 1, "\(packets)")
        }
    }

    @Test("Rounds on several cores, beside another middlebox on the same")
    func rounds() async throws {
        let several = try await content([
            "policer", "Tests/Traffic/nat-in.pcap", "--ingress", "inside", "--cores", "2", "--repeat", "60", "--warmup",
            "2",
            "--against", "nop",
        ])
        let spread = try #require(several["cores"] as? [String: Any])
        #expect(spread["by"] as? String == "source address")
        let rounds = try #require(several["rounds"] as? [String: Any])
        #expect(rounds["measured"] as? Int == 60)
        #expect(try #require(rounds["best"] as? Double) > 0)
        let reference = try #require(several["against"] as? [String: Any])
        #expect(try #require(reference["ratio"] as? Double) > 0)
    }

    @Test("What a packet costs on several cores is not compared with what it costs on one")
    func otherBaseline() async throws {
        let work = try TemporaryFolder()
        defer { work.remove() }
        let path = work.path + "/baseline.json"
        let usual = ["nop", "Tests/Traffic/nat-in.pcap", "--ingress", "inside", "--repeat", "20", "--no-details"]
        let alone = try await Command("replay", arguments: usual + ["--format", "json"]).run()
        try alone.output.write(toFile: path, atomically: true, encoding: .utf8)
        let several = usual + ["--cores", "2"]
        let other = try await Command("replay", arguments: several + ["--compare", path]).run()
        #expect(other.status == 65 && other.output.isEmpty, "\(other.words)")
        #expect(other.error.contains("\(path): was measured with --cores 1, and this is --cores 2"), "\(other.words)")
        let same = try await Command("replay", arguments: several + ["--format", "json"]).run()
        try same.output.write(toFile: path, atomically: true, encoding: .utf8)
        let again = try await Command(
            "replay", arguments: several + ["--compare", path, "--max-regression", "100000"]
        ).run()
        #expect(again.status == 0, "\(again.words)")
    }

    @Test("A middlebox whose flows share state does not run on several cores, and is told where it shares it")
    func refused() async throws {
        for (name, words, place) in [
            ("nat", "what 'ports' hands out to one flow depends on what all others have", /nat\.c:[0-9]+:[0-9]+/),
            ("bridge", "packets of different flows come to the same entry of 'stations'", /bridge\.c:[0-9]+:[0-9]+/),
        ] {
            let execution = try await Command(
                "replay", name, "Tests/Traffic/\(name)-in.pcap", "--cores", "2"
            ).run()
            #expect(execution.status == 64 && execution.output.isEmpty, "\(execution.words)")
            #expect(execution.error.contains("\(name) cannot run on several cores: \(words)"), "\(execution.words)")
            #expect(execution.error.contains(place), "\(execution.words)")
        }
    }

    @Test("A crash on one of several cores is told, like one on the only core")
    func crash() async throws {
        let box = try MiddleboxCopy(
            "crash",
            files: [
                "crash.c": """
                #include <gravel/middlebox.h>
                enum port { inside, outside };
                struct configuration { uint32_t divisor; };
                CONFIGURATION(config);
                void packet_arrives(struct packet *packet) {
                    const struct ethernet_header *ethernet = packet_bytes(packet, 0, sizeof *ethernet);
                    if (ethernet != NULL && ethernet->type == htons(ETHERTYPE_IPV4) && 100 / config.divisor == 3) return packet_drop(packet);
                    packet_emit(packet, outside);
                }

                """, "crash.yml": "configuration:\n  divisor: 0\n",
            ])
        for (cores, place) in [("1", "the middlebox"), ("3", "replay: finding out")] {
            let execution = try await Command(
                "replay", box.folder, "Tests/Traffic/nat-in.pcap", "--ingress", "inside", "--cores", cores
            ).run()
            #expect(execution.status == 65 && execution.output.isEmpty, "\(execution.words)")
            #expect(execution.error.contains("crashed (Floating point exception)"), "\(execution.words)")
            #expect(execution.error.contains("on core ") == (cores == "3"), "\(execution.words)")
            #expect(execution.error.hasPrefix(place), "\(execution.words)")
        }
    }

    @Test(
        "What makes no sense together is wrong usage",
        arguments: [
            (["--cores", "0"], "from 1 to 64"), (["--cores", "65"], "from 1 to 64"),
            (["--cores", "2", "--check"], "packets run one by one"),
            (["--cores", "2", "--write", "x"], "no one order"),
        ] as [([String], String)])
    func wrongUsage(_ arguments: [String], _ words: String) async throws {
        let execution = try await Command("replay", arguments: ["nop", "Tests/Traffic/nat-in.pcap"] + arguments).run()
        #expect(execution.status == 64 && execution.output.isEmpty, "\(execution.words)")
        #expect(execution.error.contains(words), "\(execution.words)")
    }

    @Test("Standard input cannot be read twice")
    func standardInput() async throws {
        let execution = try await Command("replay", "nop", "-", "--cores", "2").run()
        #expect(execution.status == 64 && execution.error.contains("standard input"), "\(execution.words)")
    }
}
