import Testing

/// Entries live for a time: claims that hold when a packet has passed may cease to hold while none does.
@Suite struct TimeTests {
    private static let second = "1000000000"

    @Test("Expiry")
    func expiry() async throws {
        try await Box(
            """
            struct value { uint32_t n; };
            MAP(table, uint32_t, struct value, 8);
            void packet_arrives(struct packet *packet) {
                uint32_t key = packet->length;
                struct value value = {1};
                map_insert(&table, &key, &value, 10);
                packet_drop(packet);
            }
            """,
            spec: """
                invariant at_most_ten // proved
                  for k in table: expiry(table, k) <= now + 10 * \(Self.second)
                invariant at_most_nine // refuted
                  for k in table: expiry(table, k) <= now + 9 * \(Self.second)
                invariant in_the_future // proved
                  for k in table: expiry(table, k) > now
                invariant broken_only_by_time // refuted
                  for k in table: expiry(table, k) >= now + 5 * \(Self.second)
                property at_first // proved
                  when p enters any
                  where not p.length in table
                  then p.length in table implies expiry(table, p.length) >= now + 5 * \(Self.second)
                property at_first_for_longer // refuted
                  when p enters any then p.length in table implies expiry(table, p.length) >= now + 11 * \(Self.second)
                """
        ).expectVerdicts()
    }

    private static func pair(first: Int, second: Int) -> String {
        """
        struct value { uint32_t n; };
        MAP(one, uint32_t, struct value, 8);
        MAP(two, uint32_t, struct value, 8);
        void packet_arrives(struct packet *packet) {
            uint32_t key = packet->length;
            struct value value = {1};
            if (map_insert(&two, &key, &value, \(second))) map_insert(&one, &key, &value, \(first));
            packet_drop(packet);
        }
        """
    }

    @Test("One entry outlives the other")
    func outlives() async throws {
        try await Box(
            Self.pair(first: 10, second: 20),
            spec: """
                invariant lifetime // proved
                  for k in one: expiry(one, k) <= now + 10 * \(Self.second)
                invariant together // proved
                  for k in one: k in two and expiry(one, k) <= expiry(two, k)
                invariant one_has_two // proved
                  for k in one: k in two
                invariant two_has_one // refuted
                  for k in two: k in one
                """
        ).expectVerdicts()
        // True, but nothing says for how long.
        try await Box(
            Self.pair(first: 10, second: 20), spec: "invariant one_has_two // inconclusive\nfor k in one: k in two"
        ).expectVerdicts()
        try await Box(
            Self.pair(first: 20, second: 10),
            spec: """
                invariant one_has_two // refuted
                  for k in one: k in two
                """
        ).expectVerdicts()
    }

    @Test("What has expired is absent")
    func absence() async throws {
        try await Box(
            """
            struct value { nanoseconds born; };
            MAP(table, uint32_t, struct value, 8);
            void packet_arrives(struct packet *packet) {
                uint32_t key = packet->length;
                struct value *found = map_find(&table, &key);
                struct value value = {packet->time};
                if (found == NULL) map_insert(&table, &key, &value, 10);
                packet_emit(packet, found == NULL ? outside : inside);
            }
            """,
            spec: """
                invariant not_from_the_future // proved
                  for k in table: table[k].born <= now
                invariant young // proved
                  for k in table: expiry(table, k) == table[k].born + 10 * \(Self.second)
                invariant ageless // refuted
                  for k in table: table[k].born == now
                property old_outside // proved
                  when p enters any where expiry(table, p.length) <= now then p leaves outside
                property always_inside // refuted
                  when p enters any where p.length in table or expiry(table, p.length) < now then p leaves inside
                property still_inside // refuted
                  when p enters any where expiry(table, p.length) <= now and expiry(table, p.length) > 0 then p leaves inside
                """
        ).expectVerdicts()
    }

    @Test("C's seconds and nanoseconds are times wherever they are kept")
    func units() async throws {
        try await Box(
            """
            struct configuration { seconds interval; };
            CONFIGURATION(config);
            struct value { nanoseconds at; seconds length; };
            MAP(table, uint32_t, struct value, 8);
            static nanoseconds last;
            static bool busy;
            void packet_arrives(struct packet *packet) {
                uint32_t key = 0;
                struct value value = {packet->time, config.interval};
                last = packet->time;
                busy = true;
                map_insert(&table, &key, &value, config.interval);
                packet_drop(packet);
            }
            """,
            spec: """
                invariant deadline // proved
                  for k in table: expiry(table, k) == table[k].at + table[k].length
                invariant deadline_of_length // refuted
                  for k in table: expiry(table, k) == last + table[k].length + 1
                invariant deadline_in_nanoseconds // refuted
                  for k in table: expiry(table, k) == table[k].at + 1 * (table[k].length + 1)
                invariant last_is_past // proved
                  last <= now
                invariant last_is_now // refuted
                  last == now
                property is_now // proved
                  when p enters any then last == now and busy
                property was_busy // refuted
                  when p enters any then before(busy)
                """
        ).expectVerdicts()
    }
}
