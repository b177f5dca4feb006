import Foundation
import MiddleboxIR
import Testing
import YAML

@testable import Replay

/// Control operations, natively and from a file.
@Suite struct OperationsTests {
    private static let ports = [Program.Port(name: "left", number: 0), Program.Port(name: "right", number: 1)]

    /// Adds what operations say to the first byte; the second tells the seconds that it knows.
    private static let source = """
        enum port { left, right };
        static uint8_t offset;
        MAP(table, uint8_t, uint8_t, 4);
        struct change { uint16_t count; be16 amount; bool twice; };
        CONTROL_OPERATION(change, const struct change *argument) {
            offset += (uint8_t)(ntohs(argument->amount) * (argument->twice ? 2 : 1));
            uint8_t key = 0, value = offset;
            map_insert(&table, &key, &value, 10);
        }
        CONTROL_OPERATION(forget) { offset = 0; }
        CONTROL_OPERATION(crash) { __builtin_trap(); }
        CONTROL_OPERATION(drop_nothing) {
            struct packet packet = {0};
            packet_drop(&packet);
        }
        void packet_arrives(struct packet *packet) {
            uint8_t key = 0;
            packet->data[0] += offset;
            packet->data[1] = map_find(&table, &key) != NULL;
            packet_emit(packet, right);
        }
        """

    private static let operations: [ControlOperation] = [
        .init(name: "change", parameters: [.pointer(change)], location: nil),
        .init(name: "forget", parameters: [], location: nil), .init(name: "crash", parameters: [], location: nil),
        .init(name: "drop_nothing", parameters: [], location: nil),
    ]

    private static let change = CType.structure(
        .init(
            name: "change", bytes: 6,
            fields: [
                .init(name: "count", type: .integer(name: "unsigned short", bytes: 2, isSigned: false), bitOffset: 0),
                .init(
                    name: "amount",
                    type: .named("be16", .integer(name: "unsigned short", bytes: 2, isSigned: false)), bitOffset: 16),
                .init(name: "twice", type: .boolean, bitOffset: 32),
            ]))

    private func scheduled(_ text: String) throws -> [ScheduledOperation] {
        try OperationsFile(path: "f.yml", text: text).operations(of: Self.operations)
    }

    /// What leaves, of packets of zeros at these seconds.
    private func replay(_ times: [UInt64], _ text: String) async throws -> ([[UInt8]], ReplayStatistics) {
        let fixture = try NativeFixture(Self.source)
        let input = fixture.folder.path + "/in.pcap"
        let output = fixture.folder.path + "/out.pcap"
        let writer = try CaptureWriter(path: input)
        for time in times { try writer.write([0, 0], time: time * 1_000_000_000) }
        try writer.finish()
        var replay = try CaptureReplay(
            middlebox: try await fixture.load(), ports: Self.ports,
            operations: scheduled(text), output: output)
        let statistics = try replay.run(PacketSource(capture: input, rules: IngressRules(allFrom: 0)))
        let reader = try CaptureReader(path: output)
        var packets: [[UInt8]] = []
        while let packet = try reader.next() { packets.append(packet.bytes) }
        return (packets, statistics)
    }

    @Test("They run between the packets, in order of time")
    func order() async throws {
        let (packets, statistics) = try await replay(
            [1, 2, 3, 20],
            """
            - {at: 2, change: {count: 0, amount: 3, twice: false}}
            - {at: 2.000000001, change: {count: 1, amount: 4, twice: true}}
            - at: 30
              forget:
            """)
        #expect(packets == [[0, 0], [3, 1], [11, 1], [11, 0]])
        #expect(statistics.packetsIn == 4)
        #expect(statistics.operations == 3)
        #expect(try statistics.json().contains("\"operations\" : 3"))
    }

    @Test("Where times are equal, the number of packets before tells the place")
    func place() async throws {
        let (packets, _) = try await replay(
            [1, 1, 1],
            """
            - {at: 1, after: 1, change: {count: 0, amount: 3, twice: false}}
            - {at: 1, after: 2, forget: {}}
            """)
        #expect(packets == [[0, 0], [3, 1], [0, 1]])
    }

    @Test("A crash is told with the operation and its place in the file")
    func crash() async throws {
        let error = await #expect(throws: CaptureReplay.Failure.self) {
            _ = try await replay([1], "\n- {at: 0.5, crash: }")
        }
        #expect("\(try #require(error))".hasPrefix("f.yml:2:3: error: 'crash' crashed ("))
        let other = await #expect(throws: CaptureReplay.Failure.self) {
            _ = try await replay([1], "- {at: 0.5, drop_nothing: }")
        }
        #expect(
            "\(try #require(other))".contains("'drop_nothing' called a function of the runtime against its contract"))
    }

    @Test("In a process of their own, with packets")
    func child() async throws {
        let fixture = try NativeFixture(Self.source)
        let run = try await NativeRun(
            sources: [fixture.source], compiler: fixture.compiler, configuration: nil, ports: [0, 1])
        let steps = [
            NativeRun.Step(time: 1, port: 0, bytes: [0, 0]),
            NativeRun.Step(time: 1, operation: "change", argument: [0, 0, 0, 5, 1, 0]),
            NativeRun.Step(time: 2, port: 0, bytes: [0, 0]), NativeRun.Step(time: 2, operation: "forget", argument: []),
            NativeRun.Step(time: 3, port: 0, bytes: [0, 0]),
            NativeRun.Step(time: 3, operation: "drop_nothing", argument: []),
        ]
        let result = try await run.run(steps: steps)
        #expect(result.outcomes.map { $0.outputs.map(\.bytes) } == [[[0, 0]], [], [[10, 1]], [], [[0, 1]], []])
        guard case .caught(5, .brokenContract)? = result.failure else {
            Issue.record("\(String(describing: result.failure))")
            return
        }
    }

    struct Mistake: Sendable, CustomTestStringConvertible {
        let text: String
        let message: String
        var testDescription: String { text }
    }

    @Test("Mistakes have their place, and near names", arguments: mistakes)
    func mistake(_ mistake: Mistake) {
        let error = #expect(throws: ConfigurationError.self) { _ = try scheduled(mistake.text) }
        #expect(error.map { "\($0)" } == "f.yml:" + mistake.message)
    }

    static let mistakes = [
        Mistake(
            text: "- {at: 1, chnge: {}}",
            message:
                "1:11: error: there is no control operation 'chnge'; did you mean 'change'? (the middlebox has change, forget, crash, drop_nothing)"
        ),
        Mistake(
            text: "- {at: 1, change: {count: 0, amont: 3, twice: false}}",
            message: "1:30: error: struct change has no field 'amont'; did you mean 'amount'?"),
        Mistake(
            text: "- {at: 1, change: {count: 70000, amount: 3, twice: false}}",
            message: "1:27: error: 'count' must be from 0 to 65535, found 70000"),
        Mistake(
            text: "- {at: 1, change: }",
            message: "1:19: error: expected names and values for struct change, found nothing"),
        Mistake(text: "- {forget: }", message: "1:3: error: 'at' is missing: the time of 'forget', in seconds"),
        Mistake(text: "- {at: 1}", message: "1:3: error: no control operation is named here"),
        Mistake(
            text: "- {at: 1.0000000001, forget: }",
            message: "1:8: error: 'at' must be a number of seconds, with up to nine decimals, found '1.0000000001'"),
        Mistake(
            text: "- {at: -1, forget: }",
            message: "1:8: error: 'at' must be a number of seconds, with up to nine decimals, found '-1'"),
        Mistake(
            text: "- {at: 2, forget: }\n- {at: 1, forget: }",
            message: "2:3: error: this operation is earlier than the one before it, and time never runs backwards"),
        Mistake(
            text: "- {at: 1, forget: , crash: }",
            message: "1:21: error: 'forget' stands in this item, too: each operation is an item of its own"),
        Mistake(text: "forget", message: "1:1: error: expected a list for the operations, found 'forget'"),
    ]
}
