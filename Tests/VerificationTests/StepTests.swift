import Testing

/// Properties of one packet in and what comes out. Each that is proved has a near variant that is false.
@Suite struct StepTests {
    @Test("Enumerators have their C names, but what the language has a word for means that")
    func enumerators() async throws {
        try await Box(
            """
            enum transport { udp, tcp, now };
            enum { short_packet = 20 };
            void packet_arrives(struct packet *packet) {
                if (packet->length < short_packet) return packet_drop(packet);
                packet_emit(packet, outside);
            }
            """,
            spec: """
                property by_name // proved
                  when p enters any where p.length < short_packet then p is dropped
                property by_another_number // refuted
                  when p enters any where p.length <= short_packet then p is dropped
                property words // proved
                  when p enters any, q leaves any where p has tcp then q.ipv4.protocol == tcp and now + 0 >= 0
                property not_the_enumerator // refuted
                  when p enters any, q leaves any where p has tcp then q.ipv4.protocol == 1
                """
        ).expectVerdicts()
    }

    private static let crossing = """
        void packet_arrives(struct packet *packet) {
            struct ethernet_header *ethernet = packet_bytes(packet, 0, sizeof *ethernet);
            if (ethernet == NULL || ethernet->type == htons(ETHERTYPE_ARP)) return packet_drop(packet);
            ethernet->source[0] = 2;
            packet_emit(packet, packet->port == inside ? outside : inside);
        }
        """

    @Test("Without an output: the step as a whole")
    func withoutOutput() async throws {
        try await Box(
            Self.crossing,
            spec: """
                property short_dropped // proved
                  when p enters any where p.length < 14 then p is dropped
                property too_long_dropped // refuted
                  when p enters any where p.length < 15 then p is dropped
                property arp_dropped // proved
                  when p enters any where p.ethernet.type == 0x0806 then p is dropped
                property ipv4_dropped // refuted
                  when p enters any where p.ethernet.type == 0x0800 then p is dropped
                property crosses // proved
                  when p enters inside where p.length >= 14 and p.ethernet.type != 0x0806 then p leaves outside
                property crosses_always // refuted
                  when p enters inside then p leaves outside
                property other_ports // proved
                  when p enters any where p.ethernet.type == 0x0800 then p leaves every other port
                property other_ports_always // refuted
                  when p enters any then p leaves every other port
                property once_at_most // proved
                  when p enters any then p leaves at most once
                property once // refuted
                  when p enters any then p leaves once
                property not_back // proved
                  when p enters outside then not p leaves outside
                property not_across // refuted
                  when p enters outside then not p leaves inside
                """
        ).expectVerdicts()
    }

    @Test("With an output: each packet that leaves")
    func withOutput() async throws {
        try await Box(
            Self.crossing,
            spec: """
                property other_port // proved
                  when p enters inside, q leaves any then q.port == outside
                property same_port // refuted
                  when p enters inside, q leaves any then q.port == inside
                property ports_differ // proved
                  when p enters any, q leaves any then p.port != q.port
                property same_but_source // proved
                  when p enters any, q leaves any then q == p except ethernet.source
                property same // refuted
                  when p enters any, q leaves any then q == p
                property same_but_destination // refuted
                  when p enters any, q leaves any then q == p except ethernet.destination
                property payload // proved
                  when p enters any, q leaves any then q.payload == p.payload
                property length // proved
                  when p enters any, q leaves any then q.length == p.length
                property longer // refuted
                  when p enters any, q leaves any then q.length == p.length + 1
                property source // proved
                  when p enters any, q leaves any where p.ethernet.source >= 0xFF0000000000
                  then p.ethernet.source != q.ethernet.source
                property source_always // refuted
                  when p enters any, q leaves any then p.ethernet.source != q.ethernet.source
                property second_conjunct // refuted: q.length > 14
                  when p enters any, q leaves any then q.length >= 14 and q.length > 14
                property second_then // refuted
                  when p enters any, q leaves any then q.length >= 14 then q.ethernet.type == 0x0800
                property implication // proved
                  when p enters any, q leaves any then p.ethernet.type == 0x0806 implies q.port == p.port
                property wrong_implication // refuted
                  when p enters any, q leaves any then p.ethernet.type != 0x0806 implies q.port == p.port
                """
        ).expectVerdicts()
    }

    @Test("A premise that cannot happen is vacuous, not proved")
    func vacuous() async throws {
        try await Box(
            Self.crossing,
            spec: """
                property never_leaves // vacuous: none is such that p.length < 14
                  when p enters any, q leaves any where p.length < 14 then q.port == p.port
                property wrong_port // vacuous: none is as its 'when' says
                  when p enters inside, q leaves inside then q == p
                property contradiction // vacuous: of those that meet what comes before, none is such that p.length > 20
                  when p enters any where p.length < 20 and p.length > 20 then p is dropped
                property header_that_is_not_there // vacuous: none is such that p has udp
                  when p enters any where p has tcp and p has udp then p is dropped
                property premise_and_conclusion // vacuous: none is such that q.port == p.port
                  when p enters any, q leaves any where q.port == p.port then q.port == p.port
                property can_happen // proved
                  when p enters any where p has tcp then p leaves any
                """
        ).expectVerdicts()
    }

    @Test("What is not there does not compare")
    func absentFields() async throws {
        try await Box(
            Self.crossing,
            spec: """
                property absent_is_not_equal // proved
                  when p enters any where p.length < 14 then not p.ethernet.type == 0
                property absent_is_not_unequal // proved
                  when p enters any where p.length < 14 then not p.ethernet.type != 0
                property absent_is_something // refuted
                  when p enters any where p.length < 14 then p.ethernet.type == 0 or p.ethernet.type != 0
                property claimed_of_all // refuted
                  when p enters any, q leaves any then p.tcp.syn == 1 or p.tcp.syn != 1
                """
        ).expectVerdicts()
    }

    @Test("Numbers do not wrap around")
    func exactNumbers() async throws {
        try await Box(
            "void packet_arrives(struct packet *packet) { packet_emit(packet, packet->port); }",
            spec: """
                property above_the_difference // proved
                  when p enters any then p.length > p.length - 1
                property below_minus_one // refuted
                  when p enters any where p.length < 14 then p.length - 14 > 0
                property product // proved
                  when p enters any where p.length == 65535 then p.length * p.length == 4294836225
                property wrapped_product // refuted
                  when p enters any where p.length >= 65535 then p.length * p.length < 65536
                """
        ).expectVerdicts()
    }

    private static let remembering = """
        struct value { uint32_t times; };
        MAP(seen, uint32_t, struct value, 16);
        static uint32_t total;

        void packet_arrives(struct packet *packet) {
            uint32_t key = packet->length;
            struct value *value = map_find(&seen, &key);
            if (value != NULL) {
                value->times++;
                return packet_emit(packet, outside);
            }
            struct value first = {1};
            if (!map_insert(&seen, &key, &first, 10)) return packet_drop(packet);
            total++;
            packet_emit(packet, inside);
        }
        """

    @Test("State before and after the step")
    func state() async throws {
        try await Box(
            Self.remembering,
            spec: """
                property known_outside // proved
                  when p enters any where p.length in seen then p leaves outside
                property unknown_outside // refuted
                  when p enters any where not p.length in seen then p leaves outside
                property known_inside // refuted
                  when p enters any where p.length in seen then p leaves inside
                property becomes_known // proved
                  when p enters any, q leaves any then p.length in seen
                property was_known // refuted
                  when p enters any, q leaves any then p.length in before(seen)
                property counted // proved
                  when p enters any
                  where p.length in seen and seen[p.length].times < 4294967295
                  then seen[p.length].times == before(seen)[p.length].times + 1
                property counted_twice // refuted
                  when p enters any where p.length in seen
                  then seen[p.length].times == before(seen)[p.length].times + 2
                property counted_without_end // unproved
                  when p enters any where p.length in seen
                  then seen[p.length].times == before(seen)[p.length].times + 1
                property total_stays // proved
                  when p enters any where p.length in seen then total == before(total)
                property total_always_stays // refuted
                  when p enters any then total == before(total)
                """
        ).expectVerdicts()
    }

    @Test("Claims about all keys")
    func quantified() async throws {
        try await Box(
            Self.remembering,
            spec: """
                property nothing_lost // proved
                  when p enters any then for k in before(seen): k in seen
                property one_new // proved
                  when p enters any then for k in seen: k != p.length implies k in before(seen)
                property none_new // refuted
                  when p enters any then for k in seen: k in before(seen)
                property others_unchanged // proved
                  when p enters any then for k in before(seen): k == p.length or seen[k] == before(seen)[k]
                property all_unchanged // refuted
                  when p enters any then for k in before(seen): seen[k] == before(seen)[k]
                property two_keys // refuted
                  when p enters any then for a, b in seen: a == b
                """
        ).expectVerdicts()
    }

    @Test("A key that is a struct of one field is named by what is in it")
    func keysOfOneField() async throws {
        try await Box(
            """
            struct host { ipv4_address address; };
            MAP(seen, struct host, uint8_t, 16);
            void packet_arrives(struct packet *packet) {
                const struct ethernet_header *ethernet = packet_bytes(packet, 0, sizeof *ethernet);
                const struct ipv4_header *ipv4 = packet_bytes(packet, sizeof *ethernet, sizeof *ipv4);
                if (ipv4 == NULL || ethernet->type != htons(ETHERTYPE_IPV4)) return packet_drop(packet);
                struct host host = {ipv4->source};
                uint8_t one = 1;
                if (!map_insert(&seen, &host, &one, 60)) return packet_drop(packet);
                packet_emit(packet, outside);
            }
            """,
            spec: """
                property source_is_kept // proved
                  when p enters any, q leaves any where p has ipv4 then p.ipv4.source in seen and seen[(p.ipv4.source)] == 1
                property destination_is_kept // refuted
                  when p enters any, q leaves any where p has ipv4 then p.ipv4.destination in seen
                property fresh // refuted
                  when p enters any, q leaves any where p has ipv4 then not (p.ipv4.source in before(seen))
                invariant ones // proved
                  for h in seen: seen[h] == 1 and h.address == h.address
                """
        ).expectVerdicts()
    }
}
