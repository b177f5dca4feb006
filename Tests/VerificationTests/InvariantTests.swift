import Testing

/// Claims about every reachable state.
@Suite struct InvariantTests {
    private static let successors = """
        struct value { uint32_t n; };
        MAP(table, uint32_t, struct value, 8);

        void packet_arrives(struct packet *packet) {
            uint32_t key = packet->length;
            struct value value = {key + 1};
            map_insert(&table, &key, &value, 60);
            packet_drop(packet);
        }
        """

    @Test("Over one key")
    func oneKey() async throws {
        try await Box(
            Self.successors,
            spec: """
                invariant successor // proved
                  for k in table: table[k].n == k + 1
                invariant itself // refuted
                  for k in table: table[k].n == k
                invariant bound // proved
                  for k in table: k <= 65535
                invariant lower_bound // refuted
                  for k in table: k <= 1000
                invariant not_ten // refuted
                  for k in table: k != 10
                invariant empty // refuted
                  for k in table: false
                """
        ).expectVerdicts()
    }

    @Test("Over two keys")
    func twoKeys() async throws {
        try await Box(
            Self.successors,
            spec: """
                invariant successor // proved
                  for k in table: table[k].n == k + 1
                invariant injective // proved
                  for a, b in table: a != b implies table[a].n != table[b].n
                invariant monotonous // proved
                  for a, b in table: a < b implies table[a].n < table[b].n
                invariant constant // refuted
                  for a, b in table: table[a].n == table[b].n
                invariant one_entry // refuted
                  for a, b in table: a == b
                invariant far_apart // refuted
                  for a, b in table: a != b implies table[a].n != table[b].n + 1
                invariant nested // proved
                  for a in table: for b in table: a == b or table[a].n != table[b].n
                invariant nested_wrongly // refuted
                  for a in table: for b in table: table[a].n != table[b].n
                """
        ).expectVerdicts()
    }

    @Test("Only because of another invariant")
    func needsAnother() async throws {
        let injective = "for a, b in table: a != b implies table[a].n != table[b].n"
        try await Box(Self.successors, spec: "invariant injective // inconclusive\n\(injective)").expectVerdicts()
        try await Box(
            Self.successors,
            spec: """
                invariant injective // proved
                  \(injective)
                invariant successor // proved
                  for k in table: table[k].n == k + 1
                """
        ).expectVerdicts()
        // What supports it is false: it must fall too, although it is true.
        try await Box(
            Self.successors,
            spec: """
                invariant injective // inconclusive
                  \(injective)
                invariant support // refuted
                  for k in table: table[k].n == k + 1 and k <= 1000
                """
        ).expectVerdicts()
    }

    /// The last of these invariants needs itself at two keys, for the entries that a step leaves alone.
    @Test("Unique numbers")
    func uniqueNumbers() async throws {
        func box(_ next: String) -> String {
            """
            struct value { uint64_t n; };
            MAP(table, uint32_t, struct value, 8);
            static uint64_t next;
            void packet_arrives(struct packet *packet) {
                uint32_t key = packet->length;
                struct value value = {next};
                if (next < UINT64_MAX && map_find(&table, &key) == NULL && map_insert(&table, &key, &value, 60)) \(next);
                packet_drop(packet);
            }
            """
        }
        try await Box(
            box("next++"),
            spec: """
                invariant below_next // proved
                  for k in table: table[k].n < next
                invariant unique // proved
                  for a, b in table: a != b implies table[a].n != table[b].n
                invariant all_alike // refuted
                  for a, b in table: a != b implies table[a].n == table[b].n
                """
        ).expectVerdicts()
        try await Box(
            box("next = next < 1 ? 1 : next"),
            spec: """
                invariant below_next // refuted
                  for k in table: table[k].n < next
                invariant unique // refuted
                  for a, b in table: a != b implies table[a].n != table[b].n
                """
        ).expectVerdicts()
    }

    // MARK: Plain variables

    @Test("Over variables")
    func variables() async throws {
        try await Box(
            """
            static uint32_t both, together, steps;
            void packet_arrives(struct packet *packet) {
                both++;
                together++;
                if (steps < 3) steps++;
                packet_drop(packet);
            }
            """,
            spec: """
                invariant equal // proved
                  both == together
                invariant unequal // unproved
                  both != together
                invariant at_most // proved
                  steps <= 3
                invariant first // refuted
                  steps <= 0
                invariant second // refuted
                  steps <= 1
                invariant third // refuted
                  steps <= 2
                property kept // proved
                  when p enters any where steps == 3 then steps == 3
                property counted // proved
                  when p enters any where steps < 3 then steps == before(steps) + 1
                property counted_less // refuted
                  when p enters any where steps < 3 then steps == before(steps)
                """
        ).expectVerdicts()
    }

    @Test("Broken only by more packets than a search tries: not refuted, and not proved")
    func brokenLate() async throws {
        try await Box(
            """
            static uint32_t steps;
            void packet_arrives(struct packet *packet) {
                if (steps < 20) steps++;
                packet_emit(packet, steps == 20 ? outside : inside);
            }
            """,
            spec: """
                invariant below // inconclusive
                  steps < 20
                property inside // inconclusive
                  when p enters any then p leaves inside
                property inside_early // proved
                  when p enters any where steps < 19 then p leaves inside
                invariant all // proved
                  steps <= 20
                """
        ).expectVerdicts()
    }

    private static let swap = """
        static uint32_t x = 0, y = START;
        void packet_arrives(struct packet *packet) {
            uint32_t old = x;
            x = y;
            y = old;
            packet_emit(packet, x == 0 ? inside : outside);
        }
        """

    @Test("Two that support each other: both hold")
    func mutualSupport() async throws {
        try await Box(
            Self.swap.replacing("START", with: "0"),
            spec: """
                invariant x_zero // proved
                  x == 0
                invariant y_zero // proved
                  y == 0
                property inside // proved
                  when p enters any then p leaves inside
                """
        ).expectVerdicts()
        try await Box(Self.swap.replacing("START", with: "0"), spec: "invariant x_zero // inconclusive\n x == 0")
            .expectVerdicts()
    }

    @Test("Two that support each other: both fall")
    func mutualSupportOfFalseOnes() async throws {
        try await Box(
            Self.swap.replacing("START", with: "1"),
            spec: """
                invariant x_zero // refuted
                  x == 0
                invariant y_zero // unproved
                  y == 0
                property inside // refuted
                  when p enters any then p leaves inside
                """
        ).expectVerdicts()
    }

    /// Each of these is kept by every step as long as the next holds; the last is broken by a packet. All must fall, and with them what a
    /// step property would take from them.
    @Test("A chain of support with a false end")
    func chain() async throws {
        try await Box(
            """
            static uint32_t a, b, c, d;
            void packet_arrives(struct packet *packet) {
                a = b;
                b = c;
                c = d;
                if (packet->length == 77) d = 1;
                packet_emit(packet, a == 0 ? inside : outside);
            }
            """,
            spec: """
                invariant a_zero // unproved
                  a == 0
                invariant b_zero // unproved
                  b == 0
                invariant c_zero // refuted
                  c == 0
                invariant d_zero // refuted
                  d == 0
                property inside // unproved
                  when p enters any then p leaves inside
                invariant small // proved
                  d <= 1
                """
        ).expectVerdicts()
    }

    @Test("Broken by the second packet")
    func secondPacket() async throws {
        try await Box(
            """
            struct value { uint32_t n; };
            MAP(table, uint32_t, struct value, 8);
            void packet_arrives(struct packet *packet) {
                uint32_t key = packet->length;
                struct value *found = map_find(&table, &key);
                struct value value = {0};
                if (found != NULL) found->n = found->n + 1;
                else map_insert(&table, &key, &value, 60);
                packet_drop(packet);
            }
            """,
            spec: """
                invariant zero // refuted
                  for k in table: table[k].n == 0
                invariant below_two // refuted
                  for k in table: table[k].n < 2
                invariant below_ten // inconclusive
                  for k in table: table[k].n < 10
                """
        ).expectVerdicts()
    }

    @Test("False at the start")
    func start() async throws {
        try await Box(
            """
            static uint32_t x = 5;
            void packet_arrives(struct packet *packet) {
                if (packet->length == 100) x = 7;
                packet_drop(packet);
            }
            """,
            spec: """
                invariant never_five // unproved
                  x != 5
                invariant five // refuted
                  x == 5
                invariant five_or_seven // proved
                  x == 5 or x == 7
                """
        ).expectVerdicts()
    }

    @Test("Names that meet others")
    func names() async throws {
        // The invariants are called like other things, and their keys too.
        try await Box(
            """
            struct configuration { uint16_t length; };
            CONFIGURATION(config);
            struct value { uint16_t n; };
            MAP(table, uint16_t, struct value, 8);
            void packet_arrives(struct packet *packet) {
                uint16_t key = (uint16_t)packet->length;
                struct value value = {7};
                map_insert(&table, &key, &value, 60);
                packet_drop(packet);
            }
            """,
            spec: """
                assume config.length == 3
                invariant config // refuted
                  for length in table: length == 3
                invariant packet // refuted
                  for length in table: length == 3
                invariant table // refuted
                  for key in table: key == 3
                """
        ).expectVerdicts()
    }

    @Test("An invariant of what is never there says nothing")
    func neverAnything() async throws {
        try await Box(
            """
            MAP(seen, uint16_t, uint16_t, 16);
            MAP(unused, uint16_t, uint16_t, 16);
            void packet_arrives(struct packet *packet) {
                uint16_t key = (uint16_t)packet->length, one = 1;
                map_insert(&seen, &key, &one, 10);
                map_remove(&unused, &key);
                packet_drop(packet);
            }
            """,
            spec: """
                invariant ones // proved
                  for k in seen: seen[k] == 1
                invariant of_unused // vacuous: never anything
                  for k in unused: unused[k] == 1
                invariant of_both // vacuous: never anything
                  for k in seen: for u in unused: seen[k] == 1
                """
        ).expectVerdicts()
    }
}
