import Testing

/// Properties hold for every configuration that the assumptions admit, and are about no other.
@Suite struct ConfigurationTests {
    private static let program = """
        struct configuration { uint16_t limit; be16 ethertype; bool strict; seconds lifetime; ipv4_address address; };
        CONFIGURATION(config);

        void packet_arrives(struct packet *packet) {
            struct ethernet_header *ethernet = packet_bytes(packet, 0, sizeof *ethernet);
            if (ethernet == NULL || packet->length > config.limit) return packet_drop(packet);
            if (config.strict && ethernet->type != config.ethertype) return packet_drop(packet);
            packet_emit(packet, outside);
        }
        """

    @Test("With assumptions")
    func assumed() async throws {
        try await Box(
            Self.program,
            spec: """
                assume config.limit >= 14 and config.limit <= 100
                assume config.strict
                property limited // proved
                  when p enters any, q leaves any then q.length <= 100
                property limited_more // refuted
                  when p enters any, q leaves any then q.length < 100
                property the_limit_itself // proved
                  when p enters any, q leaves any then q.length <= config.limit
                property below_the_limit // refuted
                  when p enters any, q leaves any then q.length < config.limit
                property strict // proved
                  when p enters any, q leaves any then p.ethernet.type == config.ethertype
                property not_that_strict // refuted
                  when p enters any, q leaves any then p.ethernet.type != config.ethertype
                property fourteen_pass // proved
                  when p enters any where p.length == 14 and p.ethernet.type == config.ethertype then p leaves outside
                property fifteen_pass // refuted
                  when p enters any where p.length == 15 and p.ethernet.type == config.ethertype then p leaves outside
                """
        ).expectVerdicts()
    }

    @Test("Without them, the same properties are false")
    func notAssumed() async throws {
        try await Box(
            Self.program,
            spec: """
                property limited // refuted
                  when p enters any, q leaves any then q.length <= 100
                property the_limit_itself // proved
                  when p enters any, q leaves any then q.length <= config.limit
                property strict // refuted
                  when p enters any, q leaves any then p.ethernet.type == config.ethertype
                property strict_if_told // proved
                  when p enters any, q leaves any where config.strict then p.ethernet.type == config.ethertype
                property fourteen_pass // refuted
                  when p enters any where p.length == 14 and p.ethernet.type == config.ethertype then p leaves outside
                """
        ).expectVerdicts()
    }

    @Test("Assumptions that contradict each other prove nothing")
    func contradiction() async throws {
        try await Box(
            Self.program,
            spec: """
                assume config.limit > 100
                assume config.limit < config.ethertype
                assume config.ethertype < 50
                property limited // vacuous
                  when p enters any, q leaves any then q.length <= 100
                property always_dropped // vacuous
                  when p enters any then p is dropped
                invariant anything // vacuous
                  config.limit == 3
                """
        ).expectVerdicts()
    }

    @Test("Seconds, and addresses as numbers")
    func kinds() async throws {
        try await Box(
            """
            struct configuration { seconds lifetime; ipv4_address address; };
            CONFIGURATION(config);
            struct value { ipv4_address address; };
            MAP(table, uint32_t, struct value, 4);

            void packet_arrives(struct packet *packet) {
                uint32_t key = 0;
                struct value value = {config.address};
                map_insert(&table, &key, &value, config.lifetime);
                packet_drop(packet);
            }
            """,
            spec: """
                assume config.address == 10.0.0.1
                invariant address // proved
                  for k in table: table[k].address == 10.0.0.1
                invariant address_backwards // refuted
                  for k in table: table[k].address == 1.0.0.10
                invariant lifetime // proved
                  for k in table: expiry(table, k) <= now + config.lifetime
                invariant shorter // refuted
                  for k in table: expiry(table, k) < now + config.lifetime
                // With no lifetime it is never present, as the second invariant says.
                property stays_present // proved
                  when p enters any where 0 in table then 0 in table
                property present // refuted
                  when p enters any then 0 in table
                """
        ).expectVerdicts()
    }
}
