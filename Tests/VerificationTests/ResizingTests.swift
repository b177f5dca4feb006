import Testing
import Verification

/// Packets that are made longer and shorter in front: `packet_push`, `packet_pull`.
@Suite struct ResizingTests {
    @Test("New bytes are 0, the others are where they were, behind them")
    func pushed() async throws {
        try await Box(
            """
            void packet_arrives(struct packet *packet) {
                if (packet->port == outside) return packet_emit(packet, inside);
                if (!packet_push(packet, 14)) return packet_drop(packet);
                packet->data[12] = 0x88;
                packet->data[13] = 0xB5;
                packet_emit(packet, outside);
            }
            """,
            spec: """
                property all_of_it_is_behind // proved
                  when p enters inside, q leaves any
                  where p.ethernet.type == 0x0800
                  then q.length == p.length + 14 and q.ethernet.type == 0x88B5
                property nobody_sent_it // proved
                  when p enters inside, q leaves any
                  then q.ethernet.source == 0 and q.ethernet.destination == 0
                property as_long_as_it_was // refuted
                  when p enters inside, q leaves any
                  then q.length == p.length
                property sent_by_whom_it_was // refuted
                  when p enters inside, q leaves any
                  where p.length >= 14
                  then q.ethernet.source == p.ethernet.source
                property longest_are_dropped // proved
                  when p enters inside
                  where p.length > 65521
                  then p is dropped
                property others_are_not // proved
                  when p enters inside
                  where p.length <= 65521
                  then p leaves outside
                property none_is // refuted
                  when p enters inside
                  then p leaves outside
                property nothing_else_is_touched // proved
                  when p enters outside, q leaves any
                  then q == p
                """
        ).expectVerdicts()
    }

    @Test("There is room in front for so many bytes, and for what was taken away besides")
    func headroom() async throws {
        try await Box(
            """
            void packet_arrives(struct packet *packet) {
                uint32_t rounds = 0;
                if (packet->length >= 40 && packet->port == inside && !packet_pull(packet, 40)) return packet_drop(packet);
                while (rounds < 9 && packet_push(packet, 37))
                    rounds++;
                if (rounds == 9) return packet_drop(packet);
                if (packet->length > 0) packet->data[0] = (uint8_t)rounds;
                packet_emit(packet, outside);
            }
            """,
            spec: """
                property six_times // proved
                  when p enters outside, q leaves any
                  where p.length <= 60000
                  then q.length == p.length + 222
                property seven_times // refuted
                  when p enters outside, q leaves any
                  where p.length <= 60000
                  then q.length == p.length + 259
                property eight_times // proved
                  when p enters inside, q leaves any
                  where p.length <= 60000 and p.length >= 40
                  then q.length == p.length + 256
                property something_leaves // proved
                  when p enters any
                  then p leaves outside
                """
        ).expectVerdicts()
    }

    @Test("A tunnel: the packet inside is the packet that came in, whatever the headers' lengths")
    func tunnel() async throws { try await Self.tunnel(checksum: "checksum_of(outer, sizeof *outer)").expectVerdicts() }

    @Test(
        "A checksum that the code sums up itself is right where carries are added twice; once, as in facebookincubator/katran 16, is not enough"
    )
    func checksumByHand() async throws {
        try await Self.tunnel(checksum: "folded(outer, 2)").expectVerdicts()
        try await Self.tunnel(checksum: "folded(outer, 1)", verdict: "unproved").expectVerdicts()
    }

    @Test("Elements behind those that resize know the packet as it is then, and what room is left")
    func handedOn() async throws {
        for wholeProgram in [false, true] {
            let reports = try await Box(
                """
                static void last(struct packet *packet, uint8_t *mark) {
                    if (!packet_push(packet, 100)) return packet_drop(packet);
                    packet->data[99] = 7;
                    packet_emit(packet, outside);
                    (void)mark;
                }
                static void second(struct packet *packet) {
                    uint8_t *mark = packet_bytes(packet, 3, 1);
                    if (mark == NULL || *mark == 0) return packet_drop(packet);
                    *mark = 5;
                    last(packet, mark);
                }
                void packet_arrives(struct packet *packet) {
                    if (packet->port == inside ? !packet_push(packet, 150) : !packet_pull(packet, 2)) return packet_drop(packet);
                    if (packet->port == inside && packet->length > 3) packet->data[3] = 1;
                    second(packet);
                }
                """,
                spec: """
                    property never_from_inside
                      when p enters inside
                      then p leaves outside or p.length > 65285
                    property as_much_longer
                      when p enters outside, q leaves any
                      then q.length == p.length + 98
                    property zeros_are_dropped
                      when p enters outside
                      where p.ethernet.destination & 0xFF == 0
                      then p is dropped
                    property wrong_byte
                      when p enters outside
                      where p.ethernet.destination & 0xFF00 == 0
                      then p is dropped
                    """
            ).reports(wholeProgram: wholeProgram)
            let expected: [String: Verdict] = [
                "never_from_inside": .proved, "as_much_longer": .proved, "zeros_are_dropped": .proved,
                "wrong_byte": .refuted, "memory_safe": .proved,
            ]
            for (name, verdict) in expected {
                #expect(reports[name]?.verdict == verdict, "\(name), \(wholeProgram): \(reports[name]?.reason ?? "")")
            }
        }
    }

    @Test("Two runs, and a step and a later one, of packets that are resized")
    func histories() async throws {
        try await Box(
            """
            struct flow { ipv4_address address; };
            MAP(flows, struct flow, uint32_t, 64);
            void packet_arrives(struct packet *packet) {
                const struct ethernet_header *ethernet = packet_bytes(packet, 0, sizeof *ethernet);
                const struct ipv4_header *ipv4 = packet_bytes(packet, sizeof *ethernet, sizeof *ipv4);
                if (ipv4 == NULL || ethernet->type != htons(ETHERTYPE_IPV4) || ipv4_version(ipv4) != 4 ||
                    ipv4_header_length(ipv4) < sizeof *ipv4 ||
                    sizeof *ethernet + ipv4_header_length(ipv4) > packet->length) return packet_drop(packet);
                struct flow flow = {packet->port == inside ? ipv4->source : ipv4->destination};
                uint32_t one = 1;
                struct ethernet_header link = *ethernet;
                if (packet->port == inside) {
                    if (!packet_push(packet, 4)) return packet_drop(packet);
                    struct ethernet_header *front = (struct ethernet_header *)packet->data;
                    *front = link;
                    front->type = htons(ETHERTYPE_VLAN);
                    packet->data[17] = 0;
                    packet->data[16] = 8;
                    packet->data[15] = 3;
                    packet->data[14] = 0;
                    map_insert(&flows, &flow, &one, 60);
                    return packet_emit(packet, outside);
                }
                if (map_find(&flows, &flow) == NULL) return packet_drop(packet);
                packet_emit(packet, inside);
            }
            """,
            spec: """
                property answers_pass // proved
                  when p enters inside, q leaves outside
                  where flows has room
                  later r enters outside
                  where r.ethernet.type == 0x0800 and r.ipv4.destination == q.ipv4.source
                  within 60
                  then r leaves inside
                property tagged // proved
                  when p enters inside, q leaves any
                  then q.vlan.identifier == 3 and q.vlan.payload == p.ethernet.payload and q.ipv4.source == p.ipv4.source
                property tag_is_another // refuted
                  when p enters inside, q leaves any
                  then q.vlan.identifier == 4
                property flows_do_not_matter // proved
                  when p enters inside, q leaves any
                  different flows
                  same q
                property destination_does_not_matter // refuted
                  when p enters outside
                  different p.ipv4.destination
                  same p is dropped
                property payload_of_the_link_is_the_same // proved
                  when p enters inside, q leaves any
                  different p.ethernet.source
                  same q.vlan.payload
                property only_what_is_asked_for // proved
                  when p enters outside, q leaves inside
                  then earlier r entered inside where r.ipv4.source == q.ipv4.destination
                """
        ).expectVerdicts()
    }

    private static func tunnel(checksum: String, verdict: String = "proved") throws -> Box {
        try Box(
            """
            struct configuration { ipv4_address near; ipv4_address far; };
            CONFIGURATION(config);

            __attribute__((unused)) static be16 folded(const struct ipv4_header *ipv4, uint32_t times) {
                const uint8_t *bytes = (const uint8_t *)ipv4;
                uint32_t sum = 0;
                for (uint32_t i = 0; i < sizeof *ipv4; i += 2) sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
                for (uint32_t i = 0; i < times; i++) sum = (sum & 0xFFFF) + (sum >> 16);
                return htons((uint16_t)~sum);
            }

            static void decapsulate(struct packet *packet, const struct ipv4_header *outer) {
                if (outer->protocol != PROTOCOL_IPV4 || outer->source != config.far) return packet_drop(packet);
                struct ethernet_header link = *(const struct ethernet_header *)packet->data;
                if (!packet_pull(packet, ipv4_header_length(outer))) return packet_drop(packet);
                *(struct ethernet_header *)packet->data = link;
                packet_emit(packet, inside);
            }

            static void finish(struct packet *packet, struct ipv4_header *outer) {
                outer->header_checksum = \(checksum);
                packet_emit(packet, outside);
            }

            static void encapsulate(struct packet *packet) {
                struct ethernet_header link = *(const struct ethernet_header *)packet->data;
                uint32_t length = packet->length - sizeof link + sizeof(struct ipv4_header);
                if (!packet_push(packet, sizeof(struct ipv4_header))) return packet_drop(packet);
                struct ethernet_header *ethernet = (struct ethernet_header *)packet->data;
                struct ipv4_header *outer = (struct ipv4_header *)(ethernet + 1);
                *ethernet = link;
                *outer = (struct ipv4_header){
                    .version_and_header_length = 0x45, .total_length = htons((uint16_t)length), .time_to_live = 64,
                    .protocol = PROTOCOL_IPV4, .source = config.near, .destination = config.far,
                };
                finish(packet, outer);
            }

            void packet_arrives(struct packet *packet) {
                const struct ethernet_header *ethernet = packet_bytes(packet, 0, sizeof *ethernet);
                if (ethernet == NULL || ethernet->type != htons(ETHERTYPE_IPV4)) return packet_drop(packet);
                if (packet->port == inside) return encapsulate(packet);
                const struct ipv4_header *outer = packet_bytes(packet, sizeof *ethernet, sizeof *outer);
                if (outer == NULL || ipv4_version(outer) != 4 || ipv4_header_length(outer) < sizeof *outer ||
                    ipv4_header_length(outer) + sizeof *ethernet > packet->length) return packet_drop(packet);
                decapsulate(packet, outer);
            }
            """,
            spec: """
                property goes_in // proved
                  when p enters inside
                  where p.ethernet.type == 0x0800 and p.length <= 65515
                  then p leaves outside
                property is_inside // proved
                  when p enters inside, q leaves outside
                  then q.ipv4.payload == p.ethernet.payload and q.payload == p.ethernet.payload
                property is_itself_inside // refuted
                  when p enters inside, q leaves outside
                  then q.ethernet.payload == p.ethernet.payload
                property comes_out // proved
                  when p enters outside, q leaves inside
                  then q.ethernet.payload == p.ipv4.payload and q.length == p.length - p.ipv4.header_length * 4
                property has_no_options // refuted
                  when p enters outside, q leaves inside
                  then q.length == p.length - 20
                property link_header_stays // proved
                  when p enters any, q leaves any
                  then q.ethernet.source == p.ethernet.source and q.ethernet.type == 0x0800
                property checksum_right // \(verdict)
                  when p enters inside, q leaves outside
                  then q.ipv4.header_checksum is right
                property payload_of_what_is_not_there // refuted
                  when p enters inside, q leaves outside
                  then q.ipv4.payload == p.ipv4.payload
                """)
    }
}
