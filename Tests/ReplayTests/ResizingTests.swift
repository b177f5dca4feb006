import Testing

@testable import Replay

/// `packet_push` and `packet_pull`, against a list of bytes.
@Suite struct ResizingTests {
    /// The packet says what is done to it: how many operations, and what they are, each of which leaves a mark.
    private static let source = """
        void packet_arrives(struct packet *packet) {
            const uint8_t *p = packet_bytes(packet, 0, 20);
            if (p == NULL) return packet_drop(packet);
            uint8_t operations[20];
            __builtin_memcpy(operations, p, sizeof operations);
            for (uint32_t i = 1; i <= operations[0] && i < sizeof operations; i++) {
                uint32_t size = operations[i] & 0x7Fu;
                bool is_done = operations[i] & 0x80 ? packet_pull(packet, size) : packet_push(packet, size);
                if (packet->length > 0) packet->data[packet->length / 2] = (uint8_t)(is_done ? i : 0xF0 + i);
            }
            packet_emit(packet, packet->port);
        }
        """

    private static func expected(_ packet: [UInt8]) -> [UInt8] {
        var (bytes, headroom) = (packet, 256)
        for number in 1..<20 where number <= Int(packet[0]) {
            let size = Int(packet[number] & 0x7F)
            let isDone: Bool
            if packet[number] & 0x80 != 0 {
                isDone = size <= bytes.count
                if isDone {
                    bytes.removeFirst(size)
                    headroom += size
                }
            } else {
                isDone = size <= headroom && bytes.count + size <= 65535
                if isDone {
                    bytes.insert(contentsOf: repeatElement(0, count: size), at: 0)
                    headroom -= size
                }
            }
            if !bytes.isEmpty { bytes[bytes.count / 2] = UInt8(truncatingIfNeeded: isDone ? number : 0xF0 + number) }
        }
        return bytes
    }

    private static let packets: [[UInt8]] = {
        var random = SeededGenerator(state: 5)
        let lengths = [20, 21, 40, 60, 200, 1500, 65280, 65408, 65500, 65535]
        return (0..<400).map { _ in
            let length = lengths.randomElement(using: &random) ?? 20
            var packet = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            packet[0] = UInt8.random(in: 0...19, using: &random)
            // All sizes, and often those at which something changes.
            for index in 1..<20 where Bool.random(using: &random) {
                let size = [0, 1, 20, 64, 127].randomElement(using: &random) ?? 0
                packet[index] = UInt8(size) | (Bool.random(using: &random) ? 0x80 : 0)
            }
            return packet
        }
    }()

    @Test("Random operations do what the contract says, in memory of the packet's own")
    func model() async throws {
        let box = try await NativeFixture(Self.source).load()
        var wasRefused = (longest: false, shortest: false)
        for (number, packet) in Self.packets.enumerated() {
            let outcome = try box.process(packet, port: 2, time: UInt64(number))
            let expected = Self.expected(packet)
            #expect(outcome == NativeOutcome(outputs: [NativeOutput(port: 2, bytes: expected)]), "packet \(number)")
            if expected.count > 65400 { wasRefused.longest = true }
            if expected.count < 16 { wasRefused.shortest = true }
        }
        #expect(wasRefused.longest && wasRefused.shortest, "the packets come to both bounds")
    }

    @Test(
        "The same where memory is watched, and where what was never written is",
        arguments: [NativeCompiler.Variant.strict, .initialised])
    func watched(variant: NativeCompiler.Variant) async throws {
        let fixture = try NativeFixture(Self.source)
        let run = try await NativeRun(
            sources: [fixture.source], compiler: fixture.compiler, configuration: nil, ports: [2], variant: variant)
        let packets = Self.packets.prefix(120)
        let steps = packets.enumerated().map { NativeRun.Step(time: UInt64($0), port: 2, bytes: $1) }
        let result = try await run.run(steps: steps, processorSeconds: 5, timeout: 60)
        #expect(result.failure == nil)
        #expect(result.outcomes.map { $0.outputs.map(\.bytes) } == packets.map { [Self.expected($0)] })
    }

    @Test("Pointers from before, and what was taken away, are found out where memory is watched", arguments: 0..<4)
    func caught(which: Int) async throws {
        let touched = ["old[0] = 1;", "old[4] = 1;", "packet->data[-1] = 1;", "packet->data[packet->length] = 1;"][
            which]
        let fixture = try NativeFixture(
            """
            void packet_arrives(struct packet *packet) {
                uint8_t *old = packet->data;
                (void)old;
                packet_pull(packet, 4);
                packet_push(packet, 2);
                \(touched)
                packet_emit(packet, 2);
            }
            """)
        let run = try await NativeRun(
            sources: [fixture.source], compiler: fixture.compiler, configuration: nil, ports: [2], variant: .strict)
        let step = NativeRun.Step(time: 0, port: 2, bytes: Array(repeating: 7, count: 64))
        let result = try await run.run(steps: [step], processorSeconds: 5, timeout: 60)
        #expect(result.failure == .caught(packet: 0, .memoryError))
    }
}
