import Testing

/// Claims about two steps: `later`, `earlier`.
@Suite struct HistoryTests {
    /// From inside everything goes out and is remembered by its length; from outside comes in what is remembered.
    private static let tracker = """
        struct configuration { seconds lifetime; };
        CONFIGURATION(config);
        struct value { uint32_t n; };
        MAP(table, uint32_t, struct value, 8);

        void packet_arrives(struct packet *packet) {
            uint32_t key = packet->length;
            if (packet->port == inside) {
                struct value value = {key + 1};
                if (!map_insert(&table, &key, &value, config.lifetime)) return packet_drop(packet);
                return packet_emit(packet, outside);
            }
            if (key == 500) {
                key = 60;
                map_remove(&table, &key);
                return packet_drop(packet);
            }
            if (map_find(&table, &key) == NULL) return packet_drop(packet);
            packet_emit(packet, inside);
        }
        """

    /// A number with names says how long an entry lives.
    @Test("What is remembered of an entry's phase decides how long it lives", arguments: [false, true])
    func phases(isBroken: Bool) async throws {
        try await Box(
            """
            struct configuration { seconds opening_lifetime, lifetime; };
            CONFIGURATION(config);
            enum phase { opening, established };
            struct value { enum phase phase; };
            MAP(table, uint16_t, struct value, 8);

            void packet_arrives(struct packet *packet) {
                uint16_t key = packet->length;
                struct value *found = map_find(&table, &key);
                if (packet->port == inside) {
                    struct value value = {opening};
                    if (found == NULL) {
                        if (!map_insert(&table, &key, &value, config.opening_lifetime)) return packet_drop(packet);
                        return packet_emit(packet, outside);
                    }
                } else {
                    if (found == NULL) return packet_drop(packet);
                    \(isBroken ? "" : "found->phase = established;")
                }
                map_refresh(&table, &key, found->phase == opening ? config.opening_lifetime : config.lifetime);
                packet_emit(packet, packet->port == inside ? outside : inside);
            }
            """,
            spec: """
                assume config.opening_lifetime >= 1
                assume config.lifetime > config.opening_lifetime
                property established_lives // \(isBroken ? "refuted" : "proved")
                  when p enters outside, q leaves any
                  later r enters outside
                  where r.length == p.length
                  within config.lifetime
                  then r leaves inside
                property is_established // \(isBroken ? "refuted" : "proved")
                  when p enters outside, q leaves any
                  then table[p.length].phase == established
                """
        ).expectVerdicts()
    }

    @Test("Nothing comes in unless something went out")
    func earlier() async throws {
        try await Box(
            Self.tracker,
            spec: """
                assume config.lifetime >= 1
                property solicited // proved
                  when p enters outside, q leaves inside
                  then earlier r entered inside where r.length == p.length
                property solicited_as_it_leaves // proved
                  when p enters outside, q leaves inside
                  then earlier r entered inside where r.length == q.length
                property passed // proved
                  when p enters outside, q leaves inside
                  then earlier r entered inside, s left outside where s.length == p.length
                property solicited_by_another // refuted
                  when p enters outside, q leaves inside
                  then earlier r entered inside where r.length == p.length + 1
                property solicited_from_outside // refuted
                  when p enters outside, q leaves inside
                  then earlier r entered outside where r.length == p.length
                property dropped_is_solicited // refuted
                  when p enters outside
                  where p is dropped
                  then earlier r entered inside where r.length == p.length
                property not_the_same_packet // refuted
                  when p enters inside, q leaves outside
                  then earlier r entered inside where r.length == p.length
                property the_first_is_impossible // refuted
                  when p enters outside, q leaves inside
                  then earlier r entered inside, s left inside where r.length == p.length
                property never_happens // vacuous: none is as its 'when' says
                  when p enters inside, q leaves inside
                  then earlier r entered inside where r.length == p.length
                """
        ).expectVerdicts()
    }

    /// While it is taken for granted that the first map has the key, nothing forgets the second one's. Once it is not, what changes the second map
    /// is looked at anew: other ways than before, and numbered otherwise.
    @Test("What is found of one round of an induction is not taken for another's")
    func roundsAreToldApart() async throws {
        try await Box(
            """
            struct configuration { seconds lifetime; };
            CONFIGURATION(config);
            struct key { uint16_t length; };
            struct seen { uint8_t once; };
            MAP(first, struct key, struct seen, 64);
            MAP(second, struct key, struct seen, 64);
            static void forget_second(struct packet *packet) {
                struct key key = {packet->length};
                if (map_find(&second, &key) != NULL) map_remove(&second, &key);
                packet_drop(packet);
            }
            static void admit_second(struct packet *packet) {
                struct key key = {packet->length};
                struct seen seen = {1};
                if (map_find(&second, &key) != NULL) return packet_drop(packet);
                if (!map_insert(&second, &key, &seen, config.lifetime)) return packet_drop(packet);
                packet_emit(packet, outside);
            }
            static void pass(struct packet *packet) {
                struct key key = {packet->length};
                if (map_find(&second, &key) == NULL) return packet_drop(packet);
                packet_emit(packet, inside);
            }
            static void forget_first(struct packet *packet) {
                struct key key = {packet->length};
                if (map_find(&first, &key) != NULL) map_remove(&first, &key);
                packet_drop(packet);
            }
            static void admit(struct packet *packet) {
                struct key key = {packet->length};
                struct seen seen = {1};
                if (map_find(&first, &key) != NULL) return packet_drop(packet);
                if (!map_insert(&first, &key, &seen, config.lifetime)) return packet_drop(packet);
                admit_second(packet);
            }
            static void check_first(struct packet *packet) {
                struct key key = {packet->length};
                if (map_find(&first, &key) != NULL) return packet_drop(packet);
                forget_second(packet);
            }
            void packet_arrives(struct packet *packet) {
                const uint8_t *bytes = packet_bytes(packet, 0, 6);
                if (bytes == NULL) return packet_drop(packet);
                if (packet->port == inside) return admit(packet);
                if (bytes[0] == 1 || bytes[1] == 1) return forget_first(packet);
                if (bytes[0] == 2 || bytes[1] == 2) return check_first(packet);
                pass(packet);
            }
            """,
            spec: """
                assume config.lifetime >= 10
                property answered // refuted
                  when p enters inside, q leaves outside
                  later r enters outside
                  where r.length == p.length and r.ethernet.destination == 0
                  within config.lifetime
                  then r leaves inside
                """
        ).expectVerdicts()
    }

    @Test("Claims that differ in the first step alone do not share what was found for one of them", arguments: [0, 1])
    func monitorsAreToldApart(first: Int) async throws {
        let properties = [
            """
            property solicited // proved
              when p enters outside, q leaves inside
              then earlier r entered inside where r.length == p.length
            """,
            """
            property solicited_from_outside // refuted
              when p enters outside, q leaves inside
              then earlier r entered outside where r.length == p.length
            property long_ones_are_solicited_from_inside // refuted
              when p enters outside, q leaves inside
              then earlier r entered inside where r.length == p.length and r.length > 100
            """,
        ]
        let later = [
            """
            property reply // proved
              when p enters inside, q leaves outside
              where p.length != 60 and p.length != 500
              later r enters outside
              where r.length == p.length
              within config.lifetime
              then r leaves inside
            """,
            """
            property reply_to_all // refuted
              when p enters inside, q leaves outside
              where p.length != 61 and p.length != 500
              later r enters outside
              where r.length == p.length
              within config.lifetime
              then r leaves inside
            property reply_to_one_from_outside // refuted
              when p enters outside
              where p.length != 60 and p.length != 500
              later r enters outside
              where r.length == p.length
              within config.lifetime
              then r leaves inside
            """,
        ]
        let spec = [properties, later].flatMap { first == 0 ? $0 : $0.reversed() }
        try await Box(Self.tracker, spec: "assume config.lifetime >= 1\n" + spec.joined(separator: "\n"))
            .expectVerdicts()
    }

    @Test("What is remembered lives for its lifetime, unless it is removed")
    func later() async throws {
        try await Box(
            Self.tracker,
            spec: """
                assume config.lifetime >= 1
                property reply // proved
                  when p enters inside, q leaves outside
                  where p.length != 500
                  later r enters outside
                  where r.length == p.length
                  within config.lifetime
                  unless u enters outside where u.length == 500
                  then r leaves inside
                property reply_at_once // proved
                  when p enters inside, q leaves outside
                  where p.length != 60 and p.length != 500
                  later r enters outside
                  where r.length == p.length and r.length != 500
                  within config.lifetime
                  then r leaves inside
                property removed // refuted
                  when p enters inside, q leaves outside
                  later r enters outside
                  where r.length == p.length and r.length != 500
                  within config.lifetime
                  then r leaves inside
                property longer // refuted
                  when p enters inside, q leaves outside
                  where p.length != 60 and p.length != 500
                  later r enters outside
                  where r.length == p.length and r.length != 500
                  within config.lifetime + 1
                  then r leaves inside
                property for_ever // refuted
                  when p enters inside, q leaves outside
                  where p.length != 60 and p.length != 500
                  later r enters outside
                  where r.length == p.length and r.length != 500
                  then r leaves inside
                property another // refuted
                  when p enters inside, q leaves outside
                  later r enters outside
                  where r.length == p.length + 1
                  within config.lifetime
                  then r leaves inside
                property the_wrong_way_out // refuted
                  when p enters inside, q leaves outside
                  later r enters outside, s leaves any
                  where r.length == p.length
                  then s leaves outside
                property unless_another // refuted
                  when p enters inside, q leaves outside
                  later r enters outside
                  where r.length == p.length and r.length != 500
                  within config.lifetime
                  unless u enters outside where u.length == 501
                  then r leaves inside
                property never_again // vacuous: none is as its 'when' says
                  when p enters inside, q leaves inside
                  later r enters outside
                  then r leaves inside
                property nothing_left // vacuous: what comes before, none is such that r.length == p.length + 1
                  when p enters inside, q leaves outside
                  later r enters outside
                  where r.length == p.length and r.length == p.length + 1
                  then r leaves inside
                """
        ).expectVerdicts()
    }

    /// What a claim says of how the earlier packet fared is not told when it comes in: that it came in is too little
    /// to tell that it does not count. The gate takes values that are not guessed, so that none of this is proved.
    @Test("Claims about how an earlier packet fared are not refuted by traces in which it fares so")
    func faringIsNotToldByEntry() async throws {
        try await Box(
            """
            uint32_t gate;

            void packet_arrives(struct packet *packet) {
                if (packet->port == inside) {
                    if (packet->length < 100) {
                        if (gate == 0) gate = 8;
                        return packet_drop(packet);
                    }
                    if (gate == 8) gate = 4;
                    return packet_emit(packet, outside);
                }
                if (gate != 4) return packet_drop(packet);
                packet_emit(packet, inside);
            }
            """,
            spec: """
                property one_that_left // unrefuted
                  when p enters outside, q leaves inside
                  then earlier r entered inside where r leaves outside
                property what_left // unrefuted
                  when p enters outside, q leaves inside
                  then earlier r entered inside, s left outside
                property one_not_dropped // unrefuted
                  when p enters outside, q leaves inside
                  then earlier r entered inside where not r is dropped
                property a_knock // unrefuted
                  when p enters outside, q leaves inside
                  then earlier r entered inside where gate == 8
                property closed_unless_one_leaves // unrefuted
                  when p enters inside
                  where gate == 8 and p is dropped
                  later r enters outside
                  unless u enters inside where u leaves outside
                  then r is dropped
                property closed_unless_one_is_not_dropped // unrefuted
                  when p enters inside
                  where gate == 8 and p is dropped
                  later r enters outside
                  unless u enters inside where not u is dropped
                  then r is dropped
                property closed_unless_the_gate_opens // unrefuted
                  when p enters inside
                  where gate == 8 and p is dropped
                  later r enters outside
                  unless u enters inside where gate == 8 and not u is dropped
                  then r is dropped
                property one_that_was_dropped // refuted
                  when p enters inside, q leaves outside
                  then earlier r entered inside where r is dropped
                """
        ).expectVerdicts()
    }

    /// The value stays while the entry lives, and no longer.
    @Test("A mapping does not change")
    func mapping() async throws {
        let program = """
            struct configuration { seconds lifetime; };
            CONFIGURATION(config);
            struct value { uint32_t n; };
            MAP(table, uint32_t, struct value, 8);
            uint32_t count;

            void packet_arrives(struct packet *packet) {
                uint32_t *bytes = packet_bytes(packet, 0, 8);
                if (bytes == NULL) return packet_drop(packet);
                uint32_t key = packet->length;
                const struct value *found = map_find(&table, &key);
                struct value value = {count};
                if (found != NULL) {
                    value = *found;
                    map_refresh(&table, &key, config.lifetime);
                } else {
                    count = (count + 1) & 0xFFFF;
                    if (!map_insert(&table, &key, &value, config.lifetime)) return packet_drop(packet);
                }
                bytes[0] = value.n;
                packet_emit(packet, outside);
            }
            """
        let spec = """
            assume config.lifetime >= 1
            property same_value // proved
              when p enters any, q leaves outside
              later r enters any
              where r.length == p.length
              within config.lifetime
              then r.length in before(table)
            property same_value_for_ever // refuted
              when p enters any, q leaves outside
              later r enters any
              where r.length == p.length
              then r.length in before(table)
            property stays_too_long // refuted
              when p enters any, q leaves outside
              later r enters any
              where r.length == p.length
              within config.lifetime + config.lifetime
              then r.length in before(table)
            """
        try await Box(program, spec: spec).expectVerdicts()
    }

    /// The fields of headers that packets may not have, compared across steps.
    @Test("What goes through unchanged")
    func unchanged() async throws {
        try await Box(
            """
            void packet_arrives(struct packet *packet) {
                if (packet->port == outside) return packet_drop(packet);
                packet_emit(packet, outside);
            }
            """,
            spec: """
                property same_source // proved
                  when p enters inside, q leaves outside
                  later r enters inside, s leaves outside
                  where r.ipv4.source == p.ipv4.source
                  then s.ipv4.source == q.ipv4.source
                property same_source_of_tcp // refuted
                  when p enters inside, q leaves outside
                  later r enters inside, s leaves outside
                  where r.ipv4.source == p.ipv4.source
                  then p has tcp implies s has tcp
                property same_length // refuted
                  when p enters inside, q leaves outside
                  later r enters inside, s leaves outside
                  then s.length == q.length
                property premise_is_remembered // proved
                  when p enters inside, q leaves outside
                  where p has udp and p.ipv4.time_to_live == 7
                  later r enters inside, s leaves outside
                  where s.ipv4.time_to_live == p.ipv4.time_to_live
                  then p.ipv4.protocol == 17 and s.ipv4.time_to_live == 7
                property premise_is_remembered_wrongly // refuted
                  when p enters inside, q leaves outside
                  where p has udp and p.ipv4.time_to_live == 7
                  later r enters inside, s leaves outside
                  then s.ipv4.time_to_live == 7
                property port // proved
                  when p enters any, q leaves any
                  later r enters any, s leaves any
                  then s.port == q.port and r.port == p.port
                """
        ).expectVerdicts()
    }
}
