import Foundation
import Testing

/// `replay` on what real Linux stacks said, with Linux's NAT, firewall, redirects, bridge and router, and with tshark, as oracles:
/// `Tests/Traffic/README.md`.
@Suite struct TrafficTests {
    @Test(
        arguments: [
            ("nat", "nat"), ("nat", "hairpin"), ("firewall", "firewall"), ("proxy", "proxy"),
            // Backends come and go meanwhile.
            ("loadbalancer", "loadbalancer"),
        ])
    func doesWhatLinuxDid(middlebox: String, capture: String) async throws {
        let work = try TemporaryFolder()
        defer { work.remove() }
        let replayed = work.path + "/out.pcap"
        let operations = "Tests/Traffic/\(capture)-operations.yml"
        let hasOperations = FileManager.default.fileExists(atPath: repository + "/" + operations)
        let replay = try await Command(
            "replay",
            arguments: [middlebox, "Tests/Traffic/\(capture)-in.pcap", "--write", replayed]
                + (hasOperations ? ["--operations", operations] : [])
        ).run()
        try #require(replay.status == 0, "\(replay.words)")

        let comparison = try await Command("Tests/Traffic/compare.py", replayed, "Tests/Traffic/\(capture)-out.pcap")
            .run()
        #expect(comparison.status == 0, "\(comparison.words)")
        let checksums = try await Command("Scripts/check-checksums.sh", replayed).run()
        #expect(checksums.status == 0, "\(checksums.words)")
    }

    /// What each source's contract admits, computed in another way.
    @Test func policerDoesWhatTheContractSays() async throws {
        let work = try TemporaryFolder()
        defer { work.remove() }
        let capture = "Tests/Traffic/nat-in.pcap"
        let replayed = work.path + "/out.pcap"
        let replay = try await Command(
            "replay", "policer", capture, "--config", "Tests/Traffic/policer.yml", "--write", replayed
        ).run()
        try #require(replay.status == 0, "\(replay.words)")
        let comparison = try await Command("Tests/Traffic/bucket.py", capture, replayed, "1000", "3000").run()
        #expect(comparison.status == 0, "\(comparison.words)")
        #expect(comparison.output == "82 packets, 68 admitted, 68 let pass\n")
    }

    private struct Departures: Decodable {
        let packets_out: [String: Int]
        let dropped: Int

        /// In the form in which they are recorded.
        var lines: [String] { packets_out.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" } }
    }

    /// Every frame as often as the Linux bridge sent it, and as many by each port.
    @Test func doesWhatTheLinuxBridgeDid() async throws {
        let work = try TemporaryFolder()
        defer { work.remove() }
        let replayed = work.path + "/out.pcap"
        let replay = try await Command(
            "replay", "bridge", "Tests/Traffic/bridge-in.pcap", "--write", replayed, "--format", "json"
        ).run()
        try #require(replay.status == 0, "\(replay.words)")
        let departures = try JSONDecoder().decode(Departures.self, from: Data(replay.output.utf8))
        #expect(
            try text(of: "Tests/Traffic/bridge-out.txt").split(separator: "\n").map(String.init) == departures.lines)
        // The frame to a reserved address, and the one between two stations behind one port.
        #expect(departures.dropped == 2)

        var frames: [[Substring]] = []
        for capture in [replayed, "Tests/Traffic/bridge-out.pcap"] {
            let tshark = try await Command(
                "/usr/bin/tshark", "-r", capture, "-o", "frame.generate_md5_hash:TRUE", "-T", "fields", "-e",
                "frame.md5_hash"
            ).run()
            frames.append(tshark.output.split(separator: "\n").sorted())
        }
        #expect(!frames[0].isEmpty && frames[0] == frames[1])
    }

    /// Every byte but the padding, in order, and as many by each port, while routes and neighbours change.
    @Test func doesWhatTheLinuxRouterDid() async throws {
        let work = try TemporaryFolder()
        defer { work.remove() }
        let replayed = work.path + "/out.pcap"
        let replay = try await Command(
            "replay", "router", "Tests/Traffic/router-in.pcap", "--operations", "Tests/Traffic/router-operations.yml",
            "--write", replayed, "--format", "json"
        ).run()
        try #require(replay.status == 0, "\(replay.words)")
        let departures = try JSONDecoder().decode(Departures.self, from: Data(replay.output.utf8))
        #expect(
            try text(of: "Tests/Traffic/router-out.txt").split(separator: "\n").map(String.init) == departures.lines)
        // What Tests/Traffic/README.md says is dropped.
        #expect(departures.dropped == 44)

        let comparison = try await Command(
            "Tests/Traffic/compare.py", "--frames", replayed, "Tests/Traffic/router-out.pcap"
        ).run()
        #expect(comparison.status == 0, "\(comparison.words)")
        let checksums = try await Command("Scripts/check-checksums.sh", replayed).run()
        #expect(checksums.status == 0, "\(checksums.words)")
    }

    /// What reaches the NAT's classifiers is what tshark says the capture has.
    @Test func elementsAreCounted() async throws {
        struct Statistics: Decodable {
            struct Element: Decodable {
                let name: String
                let packets: Int
                let dropped: Int
            }
            struct Table: Decodable {
                let name: String
                let used: Int
                let capacity: Int
            }
            let packets_in: Int
            let dropped: Int
            let elements: [Element]
            let tables: [Table]
        }
        for rounds in [1, 3] {
            let replay = try await Command(
                "replay", "nat", "Tests/Traffic/nat-in.pcap", "--format", "json", "--repeat", "\(rounds)"
            ).run()
            try #require(replay.status == 0 && replay.error.isEmpty, "\(replay.words)")
            let statistics = try JSONDecoder().decode(Statistics.self, from: Data(replay.output.utf8))
            let counts = Dictionary(uniqueKeysWithValues: statistics.elements.map { ($0.name, $0.packets) })
            #expect(counts["packet_arrives"] == statistics.packets_in)
            for (element, filter) in [
                ("packet_arrives", "frame"), ("classify_ipv4", "eth.type == 0x0800"),
                ("classify_tcp", "ip.proto == 6 && ip.frag_offset == 0 && !icmp"),
                ("classify_udp", "ip.proto == 17 && ip.frag_offset == 0 && !icmp"),
                ("classify_icmp", "ip.proto == 1 && ip.frag_offset == 0"),
            ] {
                let tshark = try await Command(
                    "/usr/bin/tshark", "-r", "Tests/Traffic/nat-in.pcap", "-o", "ip.defragment:FALSE", "-Y", filter,
                    "-T", "fields", "-e", "frame.number"
                ).run()
                let packets = tshark.output.split(separator: "\n").count
                #expect(packets > 0 && counts[element] == rounds * packets, "\(element): \(counts)")
            }
            // Each packet is dropped by one of them: what is no IPv4 by the first.
            #expect(statistics.elements.reduce(0) { $0 + $1.dropped } == statistics.dropped && statistics.dropped > 0)
            #expect(statistics.elements.first { $0.name == "packet_arrives" }?.dropped == rounds * 4)
            // A mapping is there for each endpoint inside, in all three tables.
            #expect(statistics.tables.map(\.name) == ["outbound", "inbound", "ports"])
            #expect(statistics.tables.map(\.used) == [14, 14, 14] && statistics.tables[0].capacity == 65536)
        }
    }

    @Test func elementsThatNoPacketReachesAndProgramsWithoutElements() async throws {
        let work = try TemporaryFolder()
        defer { work.remove() }
        func box(_ name: String, _ code: String) throws -> String {
            let path = "\(work.path)/\(name).c"
            let text = "#include <gravel/middlebox.h>\nenum port { left, right };\n" + code
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            return path
        }
        // `even` is small enough to be inlined, and counted all the same; `odd` hands on to it.
        let parts = try box(
            "parts",
            """
            static uint32_t seen;
            static void even(struct packet *packet) { seen += 1; packet_emit(packet, right); }
            static void never(struct packet *packet) { packet_drop(packet); }
            static void odd(struct packet *packet) { even(packet); }
            void packet_arrives(struct packet *packet) {
                uint8_t *ethernet = packet_bytes(packet, 0, 14);
                if (ethernet == NULL) return never(packet);
                if (ethernet[13] & 1) odd(packet); else even(packet);
            }
            """)
        let replay = try await Command("replay", parts, "Tests/Traffic/nat-in.pcap", "--ingress", "left").run()
        #expect(replay.status == 0 && replay.error.isEmpty, "\(replay.words)")
        func count(_ element: String) -> String? {
            replay.output.split(separator: "\n").last { $0.hasPrefix("  \(element) ") }?.split(separator: " ")
                .dropFirst().first.map(String.init)
        }
        #expect(count("packet_arrives") == "82")
        #expect(count("even") == "82")
        #expect(count("never") == "0")

        let circle = try box(
            "circle",
            """
            static void there(struct packet *packet);
            static void back(struct packet *packet) { there(packet); }
            static void there(struct packet *packet) { if (packet->data == NULL) back(packet); else packet_drop(packet); }
            void packet_arrives(struct packet *packet) { there(packet); }
            """)
        let other = try await Command("replay", circle, "Tests/Traffic/nat-in.pcap", "--ingress", "left").run()
        #expect(other.status == 0 && !other.output.contains("packet_arrives"), "\(other.words)")
        #expect(other.error.contains("nothing is known of elements and tables"), "\(other.words)")
    }

    /// The oracle must be able to say no.
    @Test(arguments: [("a TCP payload", 700), ("an IPv4 header", 22)]) func checksumOracleSeesACorruptedByte(
        what: String, offset: Int
    ) async throws {
        let work = try TemporaryFolder()
        defer { work.remove() }
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: repository + "/Tests/Traffic/nat-out.pcap")))
        let packet = try #require(Self.packets(of: bytes).first { $0.count == 1514 && bytes[$0.lowerBound + 23] == 6 })
        bytes[packet.lowerBound + offset] ^= 1
        try Data(bytes).write(to: URL(fileURLWithPath: work.path + "/bad.pcap"))
        let checksums = try await Command("Scripts/check-checksums.sh", work.path + "/bad.pcap").run()
        #expect(checksums.status == 1, "\(what): \(checksums.words)")
        let comparison = try await Command(
            "Tests/Traffic/compare.py", "Tests/Traffic/nat-out.pcap", work.path + "/bad.pcap"
        ).run()
        #expect(comparison.status == 1, "\(what): \(comparison.words)")
    }

    @Test(arguments: [
        ("the station it goes to", 5), ("the router's own", 11), ("the time to live", 22), ("the header checksum", 25),
        ("the last byte", 97),
    ]) func frameOracleSeesACorruptedByte(what: String, offset: Int) async throws {
        let work = try TemporaryFolder()
        defer { work.remove() }
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: repository + "/Tests/Traffic/router-out.pcap")))
        let packet = try #require(Self.packets(of: bytes).first { $0.count == 98 })
        bytes[packet.lowerBound + offset] ^= 1
        try Data(bytes).write(to: URL(fileURLWithPath: work.path + "/bad.pcap"))
        let comparison = try await Command(
            "Tests/Traffic/compare.py", "--frames", "Tests/Traffic/router-out.pcap", work.path + "/bad.pcap"
        ).run()
        #expect(comparison.status == 1, "\(what): \(comparison.words)")
    }

    /// One capture in every file format is one capture.
    @Test func everyFileFormatMeansTheSame() async throws {
        let work = try TemporaryFolder()
        defer { work.remove() }
        var results: [String: [UInt8]] = [:]
        let variants = names(in: "Tests/Traffic/variants")
        try #require(variants.count >= 9)
        for variant in variants {
            let out = work.path + "/" + variant + ".out"
            let replay = try await Command("replay", "nat", "Tests/Traffic/variants/\(variant)", "--write", out).run()
            try #require(replay.status == 0, "\(variant): \(replay.words)")
            results[variant] = [UInt8](try Data(contentsOf: URL(fileURLWithPath: out)))
        }
        let first = try #require(results[variants[0]])
        #expect(Self.packets(of: first).count >= 10)
        for variant in variants { #expect(results[variant] == first, "\(variant) differs from \(variants[0])") }
    }

    @Test(arguments: names(in: "Tests/Traffic/edge")) func nothingComesOutOfACaptureWithoutWholePackets(
        capture: String
    ) async throws {
        let work = try TemporaryFolder()
        defer { work.remove() }
        let out = work.path + "/out.pcap"
        let replay = try await Command("replay", "nat", "Tests/Traffic/edge/\(capture)", "--write", out).run()
        #expect(replay.status == 0, "\(replay.words)")
        #expect(Self.packets(of: [UInt8](try Data(contentsOf: URL(fileURLWithPath: out)))).isEmpty)
    }

    @Test(arguments: names(in: "Tests/Traffic/bad")) func badCaptureIsRefused(capture: String) async throws {
        let replay = try await Command("replay", "nat", "Tests/Traffic/bad/\(capture)").run()
        #expect(replay.status == 65, "\(replay.words)")
        #expect(replay.error.contains(capture) && replay.output.isEmpty)
    }

    @Test func everySeededBugIsGoodC() async throws {
        let check = try await Command("Scripts/check-seeded-bugs.sh").run()
        #expect(check.status == 0, "\(check.words)")
    }

    /// Where the packets lie in a classic little-endian pcap.
    private static func packets(of pcap: [UInt8]) -> [Range<Int>] {
        var packets: [Range<Int>] = []
        var offset = 24
        while offset + 16 <= pcap.count {
            let length = (0..<4).reduce(0) { $0 | Int(pcap[offset + 8 + $1]) << (8 * $1) }
            guard offset + 16 + length <= pcap.count else { break }
            packets.append(offset + 16..<offset + 16 + length)
            offset += 16 + length
        }
        return packets
    }
}
