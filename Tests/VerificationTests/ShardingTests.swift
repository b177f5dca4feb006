import Foundation
import MiddleboxIR
import PacketFormat
import Replay
import Testing

@testable import Verification

/// Whether flows can be spread over cores, of small middleboxes; and that spreading changes nothing, packet by packet, where they can.
@Suite struct ShardingTests {
    /// A small middlebox that looks at TCP.
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let code: String
        let expectation: Expectation

        enum Expectation {
            /// The first key.
            case possible(FlowKey)
            /// An object, and what is said of it.
            case impossible(String, String)
        }

        var testDescription: String { name }
    }

    /// Finds the headers, drops what has none, and calls `flow`.
    private static let classifier = """
        struct end { ipv4_address address; be16 port; uint16_t none; };
        struct both { ipv4_address a; ipv4_address b; be16 c; be16 d; };
        static void flow(struct packet *packet, const struct ipv4_header *ipv4, const struct tcp_header *tcp);
        void packet_arrives(struct packet *packet) {
            const struct ethernet_header *ethernet = packet_bytes(packet, 0, sizeof *ethernet);
            if (ethernet == NULL || ethernet->type != htons(ETHERTYPE_IPV4)) return packet_drop(packet);
            const struct ipv4_header *ipv4 = packet_bytes(packet, 14, sizeof *ipv4);
            if (ipv4 == NULL || ipv4_version(ipv4) != 4 || ipv4_header_length(ipv4) < 20) return packet_drop(packet);
            if (ipv4_fragment_offset(ipv4) != 0 || ipv4->protocol != PROTOCOL_TCP) return packet_drop(packet);
            const struct tcp_header *tcp = packet_bytes(packet, 14 + ipv4_header_length(ipv4), sizeof *tcp);
            if (tcp == NULL || tcp_header_length(tcp) < 20) return packet_drop(packet);
            if (packet_bytes(packet, 14 + ipv4_header_length(ipv4), tcp_header_length(tcp)) == NULL) return packet_drop(packet);
            flow(packet, ipv4, tcp);
        }

        """

    private static func body(_ declarations: String, _ statements: String) -> String {
        classifier + declarations
            + "\nstatic void flow(struct packet *packet, const struct ipv4_header *ipv4, const struct tcp_header *tcp) {\n"
            + statements + "\n}\n"
    }

    /// Of those with the same `key`.
    private static func everyThirdIsDropped(_ map: String) -> String {
        """

        uint32_t *count = map_find(&\(map), &key), one = 1;
        if (count == NULL) { map_insert(&\(map), &key, &one, 60); return packet_drop(packet); }
        if (++*count % 3 == 0) return packet_drop(packet);

        """
    }

    /// Of those with the same `key`.
    private static func theFirstIsDropped(_ map: String) -> String {
        """

        uint32_t one = 1;
        if (map_find(&\(map), &key) == NULL) { map_insert(&\(map), &key, &one, 60); return packet_drop(packet); }

        """
    }

    private static let pass = "packet_emit(packet, packet->port == inside ? outside : inside);"
    private static let clientEnd = FlowKey.end(sides: [0: .source, 1: .destination], hasPort: true)

    static let cases: [Case] = [
        Case(
            name: "no state", code: body("", "(void)ipv4; (void)tcp;" + pass), expectation: .possible(.flow)),
        Case(
            name: "state by connection",
            code: body(
                "MAP(seen, struct both, uint32_t, 64);",
                """
                struct both key = {ipv4->source, ipv4->destination, tcp->source_port, tcp->destination_port};
                if (packet->port == outside) key = (struct both){ipv4->destination, ipv4->source, tcp->destination_port, tcp->source_port};
                """ + everyThirdIsDropped("seen") + pass), expectation: .possible(.flow)),
        Case(
            name: "state by client, answers from anywhere",
            code: body(
                "MAP(clients, struct end, uint32_t, 64);",
                """
                struct end key = {ipv4->source, tcp->source_port, 0};
                if (packet->port == outside) key = (struct end){ipv4->destination, tcp->destination_port, 0};
                uint32_t *count = map_find(&clients, &key), one = 1;
                if (count == NULL) {
                    if (packet->port == inside) map_insert(&clients, &key, &one, 60);
                    return packet_drop(packet);
                }
                if (++*count % 3 == 0) return packet_drop(packet);
                """ + pass), expectation: .possible(clientEnd)),
        Case(
            name: "state by pair of hosts",
            code: body(
                "struct pair { ipv4_address a, b; };\nMAP(pairs, struct pair, uint32_t, 64);",
                """
                (void)tcp;
                bool ordered = ntohl(ipv4->source) < ntohl(ipv4->destination);
                struct pair key = {ordered ? ipv4->source : ipv4->destination, ordered ? ipv4->destination : ipv4->source};
                """ + everyThirdIsDropped("pairs") + pass), expectation: .possible(.hosts)),
        Case(
            name: "state by source",
            code: body(
                "MAP(sources, ipv4_address, uint32_t, 64);",
                """
                (void)tcp;
                ipv4_address key = ipv4->source;
                """ + everyThirdIsDropped("sources") + pass),
            expectation: .possible(.end(sides: [0: .source, 1: .source], hasPort: false))),
        Case(
            name: "a table that only operations change",
            code: body(
                """
                static uint8_t allowed[16];
                struct setting { uint8_t place, value; };
                CONTROL_OPERATION(allow, const struct setting *argument) { allowed[argument->place & 15] = argument->value; }
                MAP(seen, struct both, uint32_t, 64);
                """,
                """
                if (allowed[ntohs(tcp->destination_port) & 15] == 0) return packet_drop(packet);
                struct both key = {ipv4->source, ipv4->destination, tcp->source_port, tcp->destination_port};
                uint32_t one = 1;
                map_insert(&seen, &key, &one, 60);
                """ + pass), expectation: .possible(.flow)),
        Case(
            name: "counts all packets",
            code: body(
                "static uint32_t packets;",
                "(void)ipv4; (void)tcp; if (++packets % 3 == 0) return packet_drop(packet);" + pass),
            expectation: .impossible("packets", "'packets' is changed by packets of all flows")),
        Case(
            name: "allocates",
            code: body(
                "POOL(numbers, 256);",
                """
                (void)ipv4; (void)tcp;
                uint32_t number = pool_allocate(&numbers, 0, 256, 60);
                if (number % 2 == 1) return packet_drop(packet);
                """ + pass), expectation: .impossible("numbers", "hands out")),
        Case(
            name: "state by destination port",
            code: body(
                "MAP(ports, be16, uint32_t, 64);",
                """
                (void)ipv4;
                uint32_t one = 1;
                if (map_find(&ports, &tcp->destination_port) != NULL) return packet_drop(packet);
                map_insert(&ports, &tcp->destination_port, &one, 60);
                """ + pass), expectation: .impossible("ports", "come to the same entry")),
        Case(
            name: "one direction forgets the port",
            code: body(
                "MAP(seen, struct both, uint32_t, 64);",
                """
                struct both key = {ipv4->source, ipv4->destination, tcp->source_port, tcp->destination_port};
                if (packet->port == outside) key = (struct both){ipv4->destination, ipv4->source, tcp->destination_port, 0};
                """ + theFirstIsDropped("seen") + pass), expectation: .possible(clientEnd)),
        Case(
            name: "both directions forget a port",
            code: body(
                "MAP(seen, struct both, uint32_t, 64);",
                """
                struct both key = {ipv4->source, ipv4->destination, 0, tcp->destination_port};
                if (packet->port == outside) key = (struct both){ipv4->destination, ipv4->source, tcp->destination_port, 0};
                """ + theFirstIsDropped("seen") + pass),
            expectation: .possible(.hosts)),
        Case(
            name: "buckets of hosts",
            code: body(
                "static uint8_t hits[256];",
                """
                (void)tcp;
                if (++hits[ntohl(ipv4->source) & 255] % 3 == 0) return packet_drop(packet);
                """ + pass), expectation: .impossible("hits", "come to the same entry")),
        Case(
            name: "a key that comes from state",
            code: body(
                "MAP(names, ipv4_address, uint32_t, 64);\nMAP(counts, uint32_t, uint32_t, 64);",
                """
                uint32_t *name = map_find(&names, &ipv4->source), first = ntohs(tcp->source_port), one = 1;
                if (name == NULL) { map_insert(&names, &ipv4->source, &first, 60); return packet_drop(packet); }
                if (map_find(&counts, name) != NULL) return packet_drop(packet);
                map_insert(&counts, name, &one, 60);
                """ + pass), expectation: .impossible("counts", "come to the same entry")),
        Case(
            name: "an operation that looks at flows",
            code: body(
                """
                MAP(seen, struct both, uint32_t, 64);
                CONTROL_OPERATION(forget, const struct both *argument) { map_remove(&seen, argument); }
                """,
                """
                struct both key = {ipv4->source, ipv4->destination, tcp->source_port, tcp->destination_port};
                """ + theFirstIsDropped("seen") + pass),
            expectation: .impossible("seen", "'forget' changes 'seen', which packets change")),
        Case(
            name: "two objects that want different keys",
            code: body(
                "MAP(sources, ipv4_address, uint32_t, 64);\nMAP(targets, ipv4_address, uint32_t, 64);",
                """
                (void)tcp;
                uint32_t one = 1;
                if (map_find(&sources, &ipv4->source) == NULL) { map_insert(&sources, &ipv4->source, &one, 60); return packet_drop(packet); }
                if (map_find(&targets, &ipv4->destination) == NULL) { map_insert(&targets, &ipv4->destination, &one, 60); return packet_drop(packet); }
                """ + pass), expectation: .impossible("targets", "no one key keeps flows apart")),
        Case(
            name: "what is remembered of the last packet",
            code: body(
                "static ipv4_address last;",
                """
                (void)tcp;
                bool again = last == ipv4->source;
                last = ipv4->source;
                if (again) return packet_drop(packet);
                """ + pass), expectation: .impossible("last", "'last' is changed by packets of all flows")),
        Case(
            name: "a packet that is changed before its key is read",
            code: body(
                "MAP(seen, struct both, uint32_t, 64);",
                """
                struct tcp_header *changed = (struct tcp_header *)(uintptr_t)tcp;
                changed->source_port = htons(7);
                struct both key = {ipv4->source, ipv4->destination, tcp->source_port, tcp->destination_port};
                """ + theFirstIsDropped("seen") + pass),
            expectation: .possible(.end(sides: [0: .destination, 1: .destination], hasPort: true))),
    ]

    @Test("Flows are spread over cores only where nothing is shared", arguments: cases)
    func verdicts(of test: Case) async throws {
        let box = try Box(test.code, spec: "")
        let sharding = try await box.sharding()
        switch (sharding, test.expectation) {
        case (.possible(let keys, _), .possible(let first)): #expect(keys.first == first)
        case (.impossible(let obstacle), .impossible(let object, let text)):
            #expect(obstacle.object == object)
            #expect(obstacle.text.contains(text), "\(obstacle.text)")
            #expect(obstacle.location != nil)
        default: Issue.record("\(sharding)")
        }
        guard case .possible(let keys, _) = sharding else { return }
        let library = try await box.library()
        for key in keys { #expect(try Self.firstDifference(library, key) == nil, "\(key)") }
    }

    /// What the analysis is there to prevent, seen by the comparison that ``verdicts(of:)`` makes.
    @Test(
        "Where something is shared, spreading makes a difference",
        arguments: cases.filter { if case .impossible = $0.expectation { true } else { false } })
    func sharingIsSeen(of test: Case) async throws {
        // Without operations, an operation does nothing.
        if test.name == "an operation that looks at flows" { return }
        let library = try await Box(test.code, spec: "").library()
        // Two maps that want different keys are kept apart by either in part.
        let keys = FlowKey.candidates(ports: [0, 1])
        #expect(try keys.contains { try Self.firstDifference(library, $0) != nil })
        #expect(try Self.firstDifference(library, .flow) != nil)
    }

    /// The number of the first of many packets of a few hosts with which one instance does otherwise than several, each with the packets of some
    /// flows; nil: there is none.
    private static func firstDifference(_ library: String, _ key: FlowKey) throws -> Int? {
        func instance() throws -> NativeMiddlebox {
            try NativeMiddlebox(
                libraryPath: library, configuration: nil, scratchDirectory: NSTemporaryDirectory())
        }
        let alone = try instance()
        let several = [try instance(), try instance(), try instance()]
        var random = SeededPackets(seed: 5)
        for number in 0..<3000 {
            let (bytes, port) = random.packet()
            let time = UInt64(number) * 50_000_000
            let core = Int(key.hash(of: ConcretePacket(bytes: bytes), port: port) % 3)
            let outcome = try alone.process(bytes, port: port, time: time)
            if try several[core].process(bytes, port: port, time: time) != outcome { return number }
        }
        return nil
    }
}

/// TCP between a few hosts and ports, some of it broken.
private struct SeededPackets {
    private var random: SplitMix

    init(seed: UInt64) { random = SplitMix(state: seed) }

    mutating func packet() -> (bytes: [UInt8], port: UInt32) {
        func any(_ range: ClosedRange<UInt8>) -> UInt8 { .random(in: range, using: &random) }
        let port = UInt32(any(0...1))
        var bytes = [UInt8](repeating: 2, count: 12) + [8, 0]
        let words = any(5...6)
        bytes += [0x40 | words, 0, 0, 40, 0, 0, 0, 0, 64, any(0...20) == 0 ? 17 : 6, 0, 0]
        bytes += [10, 0, 0, any(1...3)] + [10, 0, 0, any(1...3)]
        bytes += [UInt8](repeating: 0, count: Int(words - 5) * 4)
        bytes += [0, any(1...2)] + [0, any(1...2)] + [0, 0, 0, 0, 0, 0, 0, 0, any(0...20) == 0 ? 0x40 : 0x50, 2]
        bytes += [UInt8](repeating: 0, count: 6)
        if any(0...20) == 0 { bytes.removeLast(Int(any(1...30))) }
        return (bytes, port)
    }
}
