import Testing

/// Packets of which copies leave: `packet_emit_copy`, `packet_flood`.
@Suite struct CopyTests {
    @Test("Copies leave with the bytes that the packet has then, and the packet has yet to end")
    func copies() async throws {
        try await Box(
            """
            void packet_arrives(struct packet *packet) {
                uint8_t *first = packet_bytes(packet, 0, 1);
                if (first == NULL) return packet_drop(packet);
                packet_emit_copy(packet, inside);
                *first = 7;
                packet_emit_copy(packet, outside);
                *first = 9;
                if (packet->port == inside) return packet_emit(packet, outside);
                packet_drop(packet);
            }
            """,
            spec: """
                property a_copy_is_no_drop // proved
                  when p enters any
                  where p.length >= 1
                  then p leaves inside and p leaves outside
                property nothing_of_short_ones // proved
                  when p enters any
                  where p.length == 0
                  then p is dropped
                property never_dropped // refuted
                  when p enters any
                  then not p is dropped
                property leaves_once // refuted
                  when p enters outside
                  then p leaves once
                property at_most_once // refuted
                  when p enters any
                  then p leaves at most once
                property unchanged_inside // proved
                  when p enters any, q leaves inside
                  then q == p
                property unchanged // refuted
                  when p enters any, q leaves any
                  then q == p
                property not_twice_at_a_port_from_outside // proved
                  when p enters outside, q leaves any, r leaves any
                  then q.port != r.port and q.length == r.length
                property not_twice_at_a_port // refuted
                  when p enters any, q leaves any, r leaves any
                  then q.port != r.port
                property one_inside_and_one_outside // proved
                  when p enters any, q leaves inside, r leaves outside
                  then q == p and r.length == q.length
                property alike // refuted
                  when p enters outside, q leaves any, r leaves any
                  then r == q
                property twice_inside // vacuous
                  when p enters any, q leaves inside, r leaves inside
                  then q == r
                property conditions_on_both // proved
                  when p enters any, q leaves any, r leaves any
                  where r leaves inside and q.port == 1 and p.length > 3
                  then r == p
                property conditions_the_other_way_round // refuted
                  when p enters any, q leaves any, r leaves any
                  where r leaves outside and q.port == 0
                  then r == p
                property length_kept // proved
                  when p enters any, q leaves any
                  then q.length == p.length
                property only_once_from_outside // proved
                  when p enters outside, q leaves any
                  then q.port == 0 or q.port == 1
                """
        ).expectVerdicts()
    }

    @Test("A flooded packet leaves at every port but its own, once")
    func flood() async throws {
        try await Box(
            """
            void packet_arrives(struct packet *packet) { packet_flood(packet, 2); }
            """,
            spec: """
                property everywhere_else // proved
                  when p enters any
                  then p leaves every other port and p leaves once
                property never_back // proved
                  when p enters any, q leaves any
                  then q.port != p.port and q == p
                property back // refuted
                  when p enters any
                  then p leaves inside
                """
        ).expectVerdicts()
    }

    @Test("Copies that leave in one element count in those behind it")
    func elements() async throws {
        try await Box(
            """
            MAP(seen, uint32_t, uint32_t, 16);

            static void second(struct packet *packet) {
                uint32_t key = packet->length, value = 1;
                if (packet->port == outside && !map_insert(&seen, &key, &value, 10)) return packet_drop(packet);
                packet_emit(packet, outside);
            }

            void packet_arrives(struct packet *packet) {
                if (packet->length > 100) packet_emit_copy(packet, inside);
                if (packet->length > 200) packet_emit_copy(packet, inside);
                second(packet);
            }
            """,
            spec: """
                property long_ones_are_mirrored // proved
                  when p enters any
                  where p.length > 100
                  then p leaves inside
                property short_ones_are_not // proved
                  when p enters any
                  where p.length <= 100
                  then not p leaves inside and p leaves at most once
                property mirrored_once // refuted
                  when p enters inside
                  where p.length > 100
                  then not p leaves once and p leaves at most once
                property mirrored // refuted
                  when p enters any
                  then p leaves inside
                property remembered // proved
                  when p enters outside
                  where seen has room
                  then p leaves outside and p.length in seen
                property lost // refuted
                  when p enters outside
                  where p.length > 100
                  then not p leaves outside
                """
        ).expectVerdicts()
    }

    @Test("A packet that only copies leave of has not ended")
    func notEnded() async throws {
        try await Box(
            """
            void packet_arrives(struct packet *packet) {
                packet_emit_copy(packet, outside);
                if (packet->length > 5) packet_drop(packet);
            }
            """, spec: ""
        ).expectVerdicts(checks: [.handedOnExactlyOnce: .refuted])
    }

    @Test("No copy of a packet that has ended")
    func copiedAfterTheEnd() async throws {
        try await Box(
            """
            void packet_arrives(struct packet *packet) {
                if (packet->length < 5) return packet_drop(packet);
                packet_emit(packet, outside);
                packet_emit_copy(packet, inside);
            }
            """, spec: ""
        ).expectVerdicts(checks: [.handedOnExactlyOnce: .refuted])
    }

    @Test("Copies, too, leave by ports that there are")
    func unknownPort() async throws {
        try await Box(
            """
            void packet_arrives(struct packet *packet) {
                packet_emit_copy(packet, packet->length);
                packet_drop(packet);
            }
            """, spec: ""
        ).expectVerdicts(checks: [.noUndefinedBehaviour: .refuted])
    }

    @Test("Flooding to more ports than there are")
    func tooManyPorts() async throws {
        try await Box("void packet_arrives(struct packet *packet) { packet_flood(packet, 3); }", spec: "")
            .expectVerdicts(checks: [.noUndefinedBehaviour: .refuted])
    }
}
