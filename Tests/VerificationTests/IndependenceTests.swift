import Testing

@testable import Verification

/// Claims about two runs of one step: `same … different …`.
@Suite struct IndependenceTests {
    @Test("What leaves does not hang on what was not looked at")
    func packets() async throws {
        try await Box(
            """
            void packet_arrives(struct packet *packet) {
                struct ethernet_header *ethernet = packet_bytes(packet, 0, sizeof *ethernet);
                if (ethernet == NULL || ethernet->type != htons(ETHERTYPE_IPV4)) return packet_drop(packet);
                struct ipv4_header *ipv4 = packet_bytes(packet, 14, sizeof *ipv4);
                if (ipv4 == NULL || ipv4->version_and_header_length != 0x45) return packet_drop(packet);
                if (ipv4->destination == 0) return packet_drop(packet);
                uint8_t *behind = packet_bytes(packet, 34, 1);
                if (behind != NULL && ipv4->protocol == 99 && *behind == 7) return packet_drop(packet);
                ipv4->time_to_live -= 1;
                packet_emit(packet, ipv4->type_of_service == 0 ? inside : outside);
            }
            """,
            spec: """
                property destination // refuted: 'p is dropped' is the same
                  when p enters any
                  different p.ipv4.destination
                  same p is dropped
                property source // proved
                  when p enters any
                  different p.ipv4.source, p.ethernet.source, now
                  same p is dropped, p leaves inside
                property payload // refuted
                  when p enters any
                  different p.payload
                  same p is dropped
                property payload_of_others // proved
                  when p enters any
                  where p.ipv4.protocol != 99
                  different p.payload, p.ipv4.source
                  same p is dropped, p leaves inside, p leaves outside
                property output // proved
                  when p enters any, q leaves any
                  where p.ipv4.protocol != 99
                  different p.payload, p.ipv4.source
                  same q.port, q.ipv4.time_to_live, q.ipv4.destination, q.length
                property output_with_the_field // refuted: q.ipv4.source is the same
                  when p enters any, q leaves any
                  where p.ipv4.protocol != 99
                  different p.payload, p.ipv4.source
                  same q.port, q.ipv4.source
                property output_payload // refuted: q.payload is the same
                  when p enters any, q leaves any
                  where p.ipv4.protocol != 99
                  different p.payload
                  same q.payload
                property same_payload // proved
                  when p enters any, q leaves any
                  different p.ipv4.time_to_live
                  same q.payload
                property leaves_itself // refuted: q leaves any in both runs
                  when p enters any, q leaves any
                  different p.payload
                  same q.ipv4.source
                property leaves_there // refuted: q leaves inside in both runs
                  when p enters any, q leaves inside
                  different p.ipv4.type_of_service
                  same q.ipv4.source
                property part_of_a_byte // proved
                  when p enters any, q leaves any
                  where p.ipv4.protocol != 99
                  different p.ipv4.dont_fragment
                  same q.ipv4.fragment_offset, q.ipv4.more_fragments
                property part_of_a_byte_itself // refuted
                  when p enters any, q leaves any
                  where p.ipv4.protocol != 99
                  different p.ipv4.dont_fragment
                  same q.ipv4.dont_fragment
                property part_of_a_byte_beside_it // refuted
                  when p enters any, q leaves any
                  where p.ipv4.protocol != 99
                  different p.ipv4.more_fragments
                  same q.ipv4.dont_fragment, q.ipv4.more_fragments
                property never // vacuous: none is such that p.ipv4.destination == 0
                  when p enters any, q leaves any
                  where p.ipv4.destination == 0
                  different p.payload
                  same q.ipv4.source
                property both_dropped // proved
                  when p enters any
                  where p.ipv4.destination == 0
                  different p.payload, p.ipv4.source
                  same p is dropped
                property length // refuted
                  when p enters any
                  where p.length > 40
                  different p.length
                  same p.length
                property length_does_not_matter // proved
                  when p enters any
                  where p.length > 40
                  different p.length
                  same p is dropped
                property port_does_not_matter // proved
                  when p enters any
                  different p.port
                  same p is dropped, p leaves inside
                property port // refuted
                  when p enters any
                  different p.port
                  same p.port
                """
        ).expectVerdicts()
    }

    /// A firewall: flows of one length each, a counter of all that passed, and the time of the last.
    private static let flows = """
        struct configuration { seconds lifetime; uint16_t limit; };
        CONFIGURATION(config);
        struct value { uint32_t n; };
        MAP(table, uint32_t, struct value, 8);
        uint32_t count;

        void packet_arrives(struct packet *packet) {
            uint8_t *bytes = packet_bytes(packet, 0, 14);
            if (bytes == NULL) return packet_drop(packet);
            uint32_t key = packet->length;
            const struct value *found = map_find(&table, &key);
            if (packet->port == inside) {
                struct value value = {key};
                if (found == NULL && !map_insert(&table, &key, &value, config.lifetime)) return packet_drop(packet);
                map_refresh(&table, &key, config.lifetime);
                count++;
                bytes[0] = (uint8_t)count;
                return packet_emit(packet, outside);
            }
            if (found == NULL) return packet_drop(packet);
            packet_emit(packet, inside);
        }
        """

    @Test("A flow's fate does not hang on other flows")
    func state() async throws {
        try await Box(
            Self.flows,
            spec: """
                assume config.lifetime >= 1
                property fate // proved
                  when p enters outside
                  different count, table except p.length
                  same p is dropped, p leaves inside
                property fate_of_all_state // proved
                  when p enters outside
                  different state, table except p.length
                  same p is dropped, p leaves inside
                property fate_of_a_known_flow // proved
                  when p enters any
                  where p.length in table
                  different count, now, p.payload, table except p.length
                  same p is dropped, p leaves inside, p leaves outside
                property expired_in_one_run // refuted
                  when p enters outside
                  different now
                  same p is dropped
                property fate_of_another // refuted
                  when p enters outside
                  different table except p.length + 1
                  same p is dropped
                property fate_without_a_key // refuted
                  when p enters outside
                  different table
                  same p is dropped
                property counter_leaks // refuted: q.ethernet.destination is the same
                  when p enters inside, q leaves outside
                  where p.length in table
                  different count
                  same q.ethernet.source, q.ethernet.destination
                property counter_equal // proved
                  when p enters inside, q leaves outside
                  where p.length in table
                  different table except p.length
                  same q.ethernet.source, q.ethernet.destination
                property entry_after // proved
                  when p enters inside
                  where p.length in table
                  different count, table except p.length
                  same p.length in table, table[p.length].n, expiry(table, p.length)
                property entry_after_at_another_time // refuted: expiry
                  when p enters inside
                  where p.length in table
                  different now, table except p.length
                  same expiry(table, p.length)
                property other_entry_after // refuted
                  when p enters inside
                  where p.length in table
                  different count, table except p.length
                  same 60 in table
                property count_after // refuted: count is the same
                  when p enters inside
                  where p.length in table
                  different count, table except p.length
                  same count
                property count_after_if_it_was // proved
                  when p enters inside
                  where p.length in table
                  different table except p.length, p.payload
                  same count
                property whole_table // proved
                  when p enters inside
                  where p.length in table
                  different count, p.payload
                  same table
                property whole_table_of_other_flows // refuted
                  when p enters inside
                  where p.length in table
                  different table except p.length
                  same table
                property new_flow // unproved
                  when p enters inside
                  different table except p.length
                  same p is dropped
                """
        ).expectVerdicts()
    }
}

extension IndependenceTests {
    /// Each flow, told by its length, has a number of its own from a pool.
    private static let numbers = """
        struct configuration { seconds lifetime; uint16_t count; };
        CONFIGURATION(config);
        struct value { uint32_t n; };
        MAP(table, uint32_t, struct value, 8);
        POOL(pool, 100);

        void packet_arrives(struct packet *packet) {
            uint32_t *bytes = packet_bytes(packet, 0, 8);
            if (bytes == NULL || config.count > 100) return packet_drop(packet);
            uint32_t key = packet->length;
            const struct value *found = map_find(&table, &key);
            struct value value;
            if (found != NULL) {
                value = *found;
            } else {
                uint32_t index = pool_allocate(&pool, 0, config.count, config.lifetime);
                if (index == POOL_EXHAUSTED) return packet_drop(packet);
                value.n = index;
                if (!map_insert(&table, &key, &value, config.lifetime)) return packet_drop(packet);
            }
            bytes[0] = value.n;
            packet_emit(packet, outside);
        }
        """

    @Test("What the runtime leaves open is the same where the state is")
    func pools() async throws {
        try await Box(
            Self.numbers,
            spec: """
                assume config.lifetime >= 1 and config.count <= 100
                property known_flow // proved
                  when p enters any, q leaves any
                  where p.length in table
                  different state, p.payload, table except p.length
                  same q.ethernet.destination, q.port
                property new_flow_of_the_same_state // proved
                  when p enters any, q leaves any
                  different p.payload
                  same q.ethernet.destination, p.length in table, table[p.length].n, pool, table
                property dropped_in_the_same_state // proved
                  when p enters any
                  different p.payload, p.port
                  same p is dropped
                property new_flow // refuted
                  when p enters any, q leaves any
                  different pool, table except p.length
                  same q.ethernet.destination
                property new_flow_at_another_time // unproved
                  when p enters any, q leaves any
                  different now
                  same q.ethernet.destination
                property new_flow_with_a_full_table // unproved
                  when p enters any
                  different table except p.length
                  same p is dropped
                property some_index // refuted
                  when p enters any, q leaves any
                  different pool except 0, table except p.length
                  same q.ethernet.destination
                property state_of_an_index // proved
                  when p enters any, q leaves any
                  where p.length in table
                  different pool except 5, table except p.length
                  same 5 in pool, expiry(pool, 5)
                property state_of_another_index // refuted
                  when p enters any, q leaves any
                  where p.length in table
                  different pool except 0, table except p.length
                  same 1 in pool
                property several_keys // proved
                  when p enters any
                  where p.length in table
                  different table except p.length and 60
                  same 60 in table, p is dropped
                """
        ).expectVerdicts()
    }

    /// Invariants hold in the states of both runs.
    @Test func invariants() async throws {
        let program = """
            struct configuration { seconds lifetime; };
            CONFIGURATION(config);
            struct value { uint32_t n; };
            MAP(table, uint32_t, struct value, 8);
            uint32_t mode;

            void packet_arrives(struct packet *packet) {
                uint32_t key = packet->length;
                if (packet->port == inside) {
                    struct value value = {key + 1};
                    if (!map_insert(&table, &key, &value, config.lifetime)) return packet_drop(packet);
                    mode = key > 100 ? 2 : 1;
                    return packet_emit(packet, outside);
                }
                const struct value *found = map_find(&table, &key);
                if (found == NULL) return packet_drop(packet);
                packet_emit(packet, found->n == key + 1 && mode <= 2 ? inside : outside);
            }
            """
        let claim = """
            assume config.lifetime >= 1
            property way // %
              when p enters outside, q leaves any
              where p.length in table
              different state
              same q.port
            """
        let values = "\ninvariant values // proved\n  for k in table: table[k].n == k + 1\n"
        let modes = "\ninvariant modes // proved\n  mode <= 2\n"
        try await Box(program, spec: claim.replacing("%", with: "proved") + values + modes).expectVerdicts()
        try await Box(program, spec: claim.replacing("%", with: "inconclusive") + values).expectVerdicts()
        try await Box(program, spec: claim.replacing("%", with: "inconclusive") + modes).expectVerdicts()
    }

    /// A packet that leaves where it does in one run leaves there in the other.
    @Test func departures() async throws {
        try await Box(
            """
            uint32_t learned;
            void packet_arrives(struct packet *packet) {
                uint8_t *bytes = packet_bytes(packet, 0, 14);
                if (bytes == NULL) return packet_drop(packet);
                learned = packet->port;
                if (bytes[0] == 1) return packet_emit(packet, inside);
                packet_emit(packet, outside);
            }
            """,
            spec: """
                property learned // proved
                  when p enters any
                  where p.length >= 14
                  different learned
                  same learned
                property learned_from_short_packets // refuted
                  when p enters any
                  different learned
                  same learned
                property port // proved
                  when p enters any, q leaves any
                  different state, p.ethernet.source, p.payload
                  same q.port
                property port_by_address // refuted
                  when p enters any, q leaves any
                  different p.ethernet.destination
                  same q.port
                property told_in_both // proved
                  when p enters any, q leaves outside
                  where q.ethernet.destination == 0
                  different p.ethernet.source
                  same q.port
                property told_in_one // refuted: q leaves outside in both runs
                  when p enters any, q leaves outside
                  where q.ethernet.destination == 0
                  different p.ethernet.destination
                  same q.port
                """
        ).expectVerdicts()
    }
}
