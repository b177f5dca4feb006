import SymbolicExecution
import Testing

@testable import Verification

/// Where ways are joined, less is known: what the joined ways differ in may be anything. Each test has ways that differ in one thing, and a
/// claim that holds on the first of them alone.
@Suite struct JoinedWaysTests {
    private func verdicts(_ program: String, _ spec: String) async throws -> [String: Verdict] {
        try await Box(program, spec: spec).reports(composition: .joining(arrivals: 1)).mapValues(\.verdict)
    }

    /// `first`, `second`: what is done on the two ways to the last element, before the hand-off and as its argument.
    private func fork(_ first: (String, String), _ second: (String, String), last: String) -> String {
        """
        static void last(struct packet *packet, uint32_t number) { (void)number; \(last) }
        static void left(struct packet *packet, uint8_t *bytes) { (void)bytes; \(first.0) last(packet, \(first.1)); }
        static void right(struct packet *packet, uint8_t *bytes) { (void)bytes; \(second.0) last(packet, \(second.1)); }
        void packet_arrives(struct packet *packet) {
            uint8_t *bytes = packet_bytes(packet, 0, 14);
            if (bytes == NULL) return packet_drop(packet);
            if (packet->port == inside) return left(packet, bytes);
            right(packet, bytes);
        }
        """
    }

    @Test("Arguments in which they differ can be anything", arguments: [false, true])
    func arguments(isSwapped: Bool) async throws {
        let ways = [("", "1"), ("", "2")]
        let verdicts = try await verdicts(
            fork(
                ways[isSwapped ? 1 : 0], ways[isSwapped ? 0 : 1],
                last: "if (number == 1) return packet_emit(packet, inside); packet_emit(packet, outside);"),
            """
            property one when p enters any, q leaves any then q.port == inside
            property two when p enters any, q leaves any then q.port == outside
            property either when p enters any then p leaves inside or p leaves outside or p is dropped
            """)
        #expect(verdicts["one"] != .proved)
        #expect(verdicts["two"] != .proved)
        #expect(verdicts["either"] == .proved)
    }

    @Test("Bytes that one of them wrote can be anything, all others are as they were", arguments: [false, true])
    func bytes(isSwapped: Bool) async throws {
        let ways = [("", "1"), ("bytes[1] = 2;", "1")]
        let verdicts = try await verdicts(
            fork(
                ways[isSwapped ? 1 : 0], ways[isSwapped ? 0 : 1],
                last: "packet_emit(packet, packet->length > 100 ? inside : outside);"),
            """
            property source when p enters any, q leaves any then q.ethernet.source == p.ethernet.source
            property kind when p enters any, q leaves any then q.ethernet.type == p.ethernet.type
            property destination when p enters any, q leaves any then q.ethernet.destination == p.ethernet.destination
            property same when p enters any, q leaves any then q == p
            property payload when p enters any, q leaves any then q.payload == p.payload
            property length when p enters any, q leaves any then q.length == p.length
            """)
        // The frame: nobody touches these.
        for name in ["source", "kind", "length"] {
            #expect(verdicts[name] == .proved, "\(name)")
        }
        #expect(verdicts["destination"] != .proved)
        #expect(verdicts["same"] != .proved)
    }

    @Test("What only one of them decided is not known")
    func conditions() async throws {
        let program = fork(
            ("if (packet->length < 60) return packet_drop(packet);", "1"),
            ("if (packet->length < 80) return packet_drop(packet);", "1"), last: "packet_emit(packet, outside);")
        let verdicts = try await verdicts(
            program,
            """
            property long when p enters any, q leaves any then p.length >= 80
            property short when p enters any, q leaves any then p.length >= 14
            """)
        #expect(verdicts["long"] != .proved)
        #expect(verdicts["short"] == .proved)
    }

    @Test("State that one of them changed can be anything; an element that is come to twice is not mixed up")
    func state() async throws {
        let program = """
            static uint32_t x;
            static void second(struct packet *packet) {
                if (x == 7) return packet_emit(packet, outside);
                packet_drop(packet);
            }
            static void middle(struct packet *packet) { second(packet); }
            static void first(struct packet *packet) {
                if (packet->length > 100) { x = 7; return middle(packet); }
                if (packet->length > 50) { x = 8; return middle(packet); }
                middle(packet);
            }
            void packet_arrives(struct packet *packet) {
                if (packet->port == inside) return first(packet);
                middle(packet);
            }
            """
        let verdicts = try await verdicts(
            program,
            """
            property passes when p enters any then p leaves outside
            property dropped when p enters any then p is dropped
            invariant seven
              x == 7 or x == 0
            invariant eight
              x == 8 or x == 0
            invariant three
              x == 0 or x == 7 or x == 8
            """)
        for name in ["passes", "dropped", "seven", "eight"] { #expect(verdicts[name] != .proved, "\(name)") }
        #expect(verdicts["three"] != .refuted)
    }

    /// Six lengths times six types: 36 ways, of which fewer are looked at.
    private static let manyWays: (program: String, lengths: Range<Int>, types: Range<Int>) = {
        let (lengths, types) = (60..<66, 1..<7)
        let program = """
            static void last(struct packet *packet) { packet_emit(packet, outside); }
            \(types.map { "static void type\($0)(struct packet *packet) { last(packet); }" }.joined(separator: "\n"))
            static void second(struct packet *packet) {
                const struct ethernet_header *ethernet = packet_bytes(packet, 0, sizeof *ethernet);
                \(types.map { "if (ethernet != NULL && ethernet->type == htons(\($0))) return type\($0)(packet);" }.joined(separator: "\n"))
                packet_drop(packet);
            }
            \(lengths.map { "static void length\($0)(struct packet *packet) { second(packet); }" }.joined(separator: "\n"))
            void packet_arrives(struct packet *packet) {
                \(lengths.map { "if (packet->length == \($0)) return length\($0)(packet);" }.joined(separator: "\n"))
                packet_drop(packet);
            }
            """
        return (program, lengths, types)
    }()

    @Test("Where too many ways lead to an element to look at each, what happens on others is not taken for impossible")
    func fewOfManyWays() async throws {
        let (program, lengths, types) = Self.manyWays
        let names = lengths.flatMap { length in types.map { (length, $0) } }
        let verdicts = try await verdicts(
            program,
            names.map { length, type in
                """
                property after\(length)_\(type)
                  when p enters any, q leaves any
                  where p.length == \(length) and p.ethernet.type == \(type)
                  then earlier g entered any where g.length == 5
                """
            }.joined(separator: "\n"))
        for (length, type) in names {
            let verdict = try #require(verdicts["after\(length)_\(type)"])
            #expect(verdict == .refuted || verdict == .inconclusive, "\(length), \(type): \(verdict)")
        }
        #expect(verdicts.values.contains(.inconclusive), "there are ways that were not looked at")
    }

    @Test("Where too many ways lead to an element to look at each, each path of each element is on one that is")
    func eachPathIsTaken() async throws {
        let (program, lengths, types) = Self.manyWays
        let passages = try await Box(program, spec: "").singlePassages(composition: .joining(arrivals: 1))
        let taken = Set(passages.flatMap(\.self))
        for name in lengths.map({ "length\($0)" }) + types.map({ "type\($0)" }) + ["last"] {
            #expect(taken.contains { $0.function == name }, "\(name)")
        }
        #expect(passages.count < 36)
    }

    @Test("An invariant over two elements sees both change, in one step")
    func twoElements() async throws {
        let program = """
            static uint32_t x;
            static uint32_t y;
            static void second(struct packet *packet) { y++; packet_emit(packet, outside); }
            static void first(struct packet *packet) { x++; second(packet); }
            void packet_arrives(struct packet *packet) {
                if (packet->length > CONDITION) return first(packet);
                packet_drop(packet);
            }
            """
        let spec = """
            invariant same
              x == y
            invariant other
              y == x + 1
            """
        let verdicts = try await verdicts(program.replacing("CONDITION", with: "100"), spec)
        #expect(verdicts["same"] == .proved)
        #expect(verdicts["other"] != .proved)
        let bypass = program.replacing("packet_drop(packet);", with: "second(packet);").replacing(
            "CONDITION", with: "100")
        #expect(try await self.verdicts(bypass, spec)["same"] != .proved)
    }
}
