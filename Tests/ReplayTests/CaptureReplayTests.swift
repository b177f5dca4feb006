import Foundation
import MiddleboxIR
import Testing

@testable import Replay

@Suite struct CaptureReplayTests {
    private static let ports = [Program.Port(name: "left", number: 2), Program.Port(name: "right", number: 5)]

    /// Emits on the port that the first byte names, as often as the second says; the third becomes the number of packets so far.
    private static let source = """
        enum port { left = 2, right = 5 };
        static uint8_t count;
        void packet_arrives(struct packet *packet) {
            packet->data[2] = ++count;
            if (packet->data[1] == 0) return packet_drop(packet);
            if (packet->data[1] == 99) __builtin_trap();
            for (uint8_t i = 0; i < packet->data[1]; i++) packet_emit(packet, packet->data[0]);
        }
        """

    private func capture(_ packets: [CapturedPacket], in folder: TemporaryFolder) throws -> String {
        let path = folder.path + "/in.pcap"
        let writer = try CaptureWriter(path: path)
        for packet in packets { try writer.write(packet.bytes, time: packet.time) }
        try writer.finish()
        return path
    }

    private func readAll(_ path: String) throws -> [CapturedPacket] {
        let reader = try CaptureReader(path: path)
        var packets: [CapturedPacket] = []
        while let packet = try reader.next() { packets.append(packet) }
        return packets
    }

    @Test("Counts, outputs and times")
    func counts() async throws {
        let fixture = try NativeFixture(Self.source)
        // More than a batch.
        let packets = (0..<200).map { (index: Int) -> CapturedPacket in
            let port: UInt8 = index % 2 == 0 ? 2 : 5
            return CapturedPacket(time: UInt64(1000 + index), bytes: [port, UInt8(index % 3), 0])
        }
        let input = try capture(packets, in: fixture.folder)
        let output = fixture.folder.path + "/out.pcap"
        var replay = try CaptureReplay(
            middlebox: try await fixture.load(), ports: Self.ports, output: output)
        let statistics = try replay.run(PacketSource(capture: input, rules: IngressRules(allFrom: 2)))
        #expect(statistics.packetsIn == 200)
        #expect(statistics.dropped == 67)
        #expect(statistics.packetsOut.map(\.name) == ["left", "right"])
        let emitted = packets.map { Int($0.bytes[1]) }.reduce(0, +)
        #expect(statistics.packetsOut.map(\.count).reduce(0, +) == emitted)
        #expect(statistics.skipped.total == 0)
        let expected = packets.enumerated().flatMap { (index, packet) -> [CapturedPacket] in
            let bytes: [UInt8] = [packet.bytes[0], packet.bytes[1], UInt8(truncatingIfNeeded: index + 1)]
            return Array(repeating: CapturedPacket(time: packet.time, bytes: bytes), count: index % 3)
        }
        #expect(try readAll(output) == expected)
        let latency = statistics.nanosecondsPerPacket
        let ascending: [UInt64] = [latency.p50, latency.p90, latency.p99, latency.p999, latency.max]
        #expect(ascending == ascending.sorted())
        #expect(latency.max > 0 && statistics.seconds >= Double(latency.max) / 1e9)
    }

    @Test("Repeated: state is kept, time goes on, be the packets in memory or not", arguments: [1 << 20, 50])
    func repeated(_ memoryLimit: Int) async throws {
        let fixture = try NativeFixture(Self.source)
        let packets = [CapturedPacket(time: 10, bytes: [2, 1, 0]), CapturedPacket(time: 25, bytes: [2, 1, 0])]
        let input = try capture(packets, in: fixture.folder)
        let output = fixture.folder.path + "/out.pcap"
        var replay = try CaptureReplay(
            middlebox: try await fixture.load(), ports: Self.ports, rounds: ReplayRounds(measured: 3), output: output)
        let statistics = try replay.run(
            PacketSource(capture: input, rules: IngressRules(allFrom: 2), rounds: 3, memoryLimit: memoryLimit))
        #expect(statistics.packetsIn == 6)
        let written = try readAll(output)
        #expect(written.map(\.bytes.last) == [1, 2, 3, 4, 5, 6])
        #expect(written.map(\.time) == [10, 25, 26, 41, 42, 57])
    }

    @Test("What warms up is neither counted nor written")
    func warmup() async throws {
        let fixture = try NativeFixture(Self.source)
        let packets = (0..<100).map { CapturedPacket(time: UInt64($0), bytes: [2, UInt8($0 % 2), 0]) }
        let input = try capture(packets, in: fixture.folder)
        let output = fixture.folder.path + "/out.pcap"
        let rounds = ReplayRounds(warmup: 1, measured: 40)
        var replay = try CaptureReplay(
            middlebox: try await fixture.load(), ports: Self.ports, rounds: rounds, output: output)
        let source = PacketSource(capture: input, rules: IngressRules(allFrom: 2), rounds: rounds.total)
        let statistics = try replay.run(source)
        #expect(source.isInMemory)
        #expect(statistics.packetsIn == 4000 && statistics.dropped == 2000)
        #expect(statistics.packetsOut.map(\.count) == [2000, 0])
        let written = try readAll(output)
        #expect(written.count == 2000 && written.first?.bytes.last == 102)
        let measured = try #require(statistics.rounds)
        // In two batches a round, of which one in sixteen is a sample.
        #expect(measured.costs.count == 40 && measured.warmup == 1 && measured.measured == 40)
        #expect(measured.best > 0 && measured.best <= measured.median && measured.median <= measured.worst)
        #expect(statistics.nanosecondsPerPacket.max > 0)
        #expect(statistics.packetsPerSecond == 1e9 / measured.median)
    }

    /// One round, and a source that is played by two in turns.
    @Test("A source is read once, whoever plays it")
    func inTurns() async throws {
        let fixture = try NativeFixture(Self.source)
        let packets = (0..<100).map { CapturedPacket(time: UInt64($0), bytes: [5, 1, 0]) }
        let input = try capture(packets, in: fixture.folder)
        let source = PacketSource(capture: input, rules: IngressRules(allFrom: 2), rounds: 2)
        var first = try CaptureReplay(middlebox: try await fixture.load(), ports: Self.ports)
        var second = try CaptureReplay(middlebox: try await fixture.load(), ports: Self.ports)
        try first.play(source)
        try FileManager.default.removeItem(atPath: input)
        try second.play(source)
        var (one, other) = (try first.finish(), try second.finish())
        #expect(one.packetsIn == 100 && one.packetsOut.map(\.count) == [0, 100])
        (one.seconds, other.seconds) = (0, 0)
        (one.nanosecondsPerPacket, other.nanosecondsPerPacket) = (.init(), .init())
        (one.distribution, other.distribution) = ([], [])
        #expect(one == other)
    }

    @Test("Packets that the middlebox does not get are counted, and time never runs backwards")
    func skipped() async throws {
        let fixture = try NativeFixture(Self.source)
        let packets = [
            CapturedPacket(time: 50, bytes: [2, 1, 0]), CapturedPacket(time: 40, bytes: [5, 1, 0]),
            CapturedPacket(time: 60, bytes: [2, 1, 0]),
            CapturedPacket(time: 70, bytes: [UInt8](repeating: 1, count: 65536)),
        ]
        let input = try capture(packets, in: fixture.folder)
        let output = fixture.folder.path + "/out.pcap"
        var replay = try CaptureReplay(
            middlebox: try await fixture.load(), ports: Self.ports, output: output)
        let statistics = try replay.run(
            PacketSource(capture: input, rules: IngressRules(rules: [], rest: nil, sequence: [2, 5])))
        #expect(statistics.packetsIn == 2)
        #expect(statistics.reordered == 1)
        #expect(statistics.skipped.unmatched == 1 && statistics.skipped.oversized == 1)
        #expect(statistics.skipped.total == 2)
        #expect(try readAll(output).map(\.time) == [50, 50])
    }

    @Test("A crash is told with its packet, and nothing is written")
    func crash() async throws {
        let fixture = try NativeFixture(Self.source)
        var packets = (0..<150).map { CapturedPacket(time: UInt64($0), bytes: [2, 1, 0]) }
        packets[130] = CapturedPacket(time: 130, bytes: [2, 99, 0])
        let input = try capture(packets, in: fixture.folder)
        let output = fixture.folder.path + "/out.pcap"
        let middlebox = try await fixture.load()
        #expect {
            var replay = try CaptureReplay(
                middlebox: middlebox, ports: Self.ports, output: output)
            _ = try replay.run(PacketSource(capture: input, rules: IngressRules(allFrom: 2)))
        } throws: { error in
            guard case CaptureReplay.Failure.native(.crashed(packet: 130, signal: SIGILL)) = error else { return false }
            return true
        }
        #expect(!FileManager.default.fileExists(atPath: output))
    }

    @Test("A port that does not exist is an error")
    func unknownPort() async throws {
        let fixture = try NativeFixture(Self.source)
        let input = try capture([CapturedPacket(time: 0, bytes: [3, 1, 0])], in: fixture.folder)
        let middlebox = try await fixture.load()
        #expect {
            var replay = try CaptureReplay(
                middlebox: middlebox, ports: Self.ports)
            _ = try replay.run(PacketSource(capture: input, rules: IngressRules(allFrom: 2)))
        } throws: { error in
            guard case CaptureReplay.Failure.unknownPort(3) = error else { return false }
            return true
        }
    }

    @Test("JSON has the keys of the contract")
    func json() throws {
        let statistics = ReplayStatistics(packetsOut: [.init(name: "left", number: 2, count: 3)])
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(try statistics.json().utf8)) as? [String: Any])
        let keys = [
            "packets_in", "packets_out", "dropped", "seconds", "packets_per_second", "nanoseconds_per_packet", "output",
            "skipped", "reordered", "elements",
        ]
        #expect(Set(object.keys) == Set(keys))
        #expect(object["output"] is NSNull)
        #expect(object["elements"] is NSNull)
        #expect((object["packets_out"] as? [String: Int]) == ["left": 3])
        let latency = try #require(object["nanoseconds_per_packet"] as? [String: Any])
        #expect(Set(latency.keys) == ["p50", "p90", "p99", "p999", "max"])
    }
}
