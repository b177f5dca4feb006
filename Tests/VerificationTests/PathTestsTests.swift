import Testing

@testable import Verification

/// Packets for every path of every element.
@Suite struct PathTestsTests {
    private static func box(_ second: String) throws -> Box {
        try Box(
            """
            MAP(seen, uint32_t, uint32_t, 16);
            static void second(struct packet *packet) {
                uint32_t key = packet->length;
                if (map_find(&seen, &key) == NULL) return packet_drop(packet);
                packet_emit(packet, \(second));
            }
            void packet_arrives(struct packet *packet) {
                uint32_t key = packet->length, value = 1;
                if (packet->length < 20) return packet_drop(packet);
                if (packet->length < 10) return packet_emit(packet, inside);
                if (packet->port == inside) {
                    map_insert(&seen, &key, &value, 60);
                    return packet_drop(packet);
                }
                second(packet);
            }
            struct number { uint32_t n; };
            CONTROL_OPERATION(forget, const struct number *number) { map_remove(&seen, &number->n); }
            """, spec: "")
    }

    @Test("Each path has a test, or a reason")
    func paths() async throws {
        let tests = try await Self.box("inside").pathTests()
        #expect(tests.elements.map(\.unreached) == [[]] && tests.paths.count >= 5)
        for (place, path) in tests.paths.enumerated() {
            let isTested = tests.tests.contains { $0.paths.contains(place) }
            #expect(isTested == (path.reason == nil), "\(path)")
        }
        // Found in the map only what another packet has put there.
        #expect(tests.tests.contains { $0.trace.steps.count >= 2 && $0.trace.steps.last?.outputs.isEmpty == false })
        #expect(tests.tests.allSatisfy { $0.difference == nil && !$0.paths.isEmpty })
        // Nothing is shorter than 10 where it is not shorter than 20.
        #expect(
            !tests.tests.contains { $0.trace.steps.last.map { $0.packet.count < 10 && !$0.outputs.isEmpty } ?? false })
        #expect(tests.tests.contains { $0.trace.steps.last?.operation?.name == "forget" })
    }

    @Test("What nothing comes to is told of")
    func unreached() async throws {
        let tests = try await Box(
            """
            static void second(struct packet *packet) { packet_emit(packet, inside); }
            void packet_arrives(struct packet *packet) {
                // The ports are 0 and 1.
                if (packet->port > 1) return second(packet);
                packet_drop(packet);
            }
            """, spec: ""
        ).pathTests()
        let second = try #require(tests.elements.first { $0.name == "second" })
        #expect(second.unreached == ["second"] && !tests.paths.contains { $0.element == "second" })
    }

    @Test("A program that does otherwise is told of")
    func difference() async throws {
        let other = try Self.box("outside")
        let tests = try await Self.box("inside").pathTests(confirmation: other.confirmation())
        withExtendedLifetime(other) {}
        let wrong = tests.tests.filter { $0.difference != nil }
        #expect(wrong.count == 1 && wrong.first?.difference?.contains("on port 1, not 0") == true, "\(wrong)")
    }
}
