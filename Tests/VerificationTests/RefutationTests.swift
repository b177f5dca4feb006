import Testing

/// What is true and cannot be proved must not be refuted either: traces are what the program does, state included.
@Suite struct RefutationTests {
    /// The map would hold two entries if an insertion into a full one succeeded. That state shows in no output.
    @Test("A trace fills no map beyond its capacity")
    func capacity() async throws {
        try await Box(
            """
            struct value { uint32_t n; };
            MAP(m, uint32_t, struct value, 1);
            void packet_arrives(struct packet *packet) {
                uint32_t key = packet->length;
                struct value value = {1};
                map_insert(&m, &key, &value, 60);
                packet_drop(packet);
            }
            """,
            spec: """
                invariant one_entry // inconclusive
                  for a, b in m: a == b
                invariant long_packets // refuted
                  for a in m: a >= 100
                // Only where the map is full before.
                property still_there // refuted
                  when p enters any where p.length > 100 then not 50 in m
                """
        ).expectVerdicts()
    }

    /// Half of what a packet does is not what it does.
    @Test("A packet of a trace goes all its way")
    func wholePaths() async throws {
        try await Box(
            """
            struct configuration { uint32_t limit; };
            CONFIGURATION(config);
            struct value { uint32_t n; };
            MAP(m, uint32_t, struct value, 8);
            void packet_arrives(struct packet *packet) {
                uint32_t key = 1;
                struct value value = {1};
                map_insert(&m, &key, &value, 60);
                if (config.limit == 3) return packet_emit(packet, inside);
                map_remove(&m, &key);
                packet_emit(packet, inside);
            }
            """,
            spec: """
                property only_then // unproved
                  when p enters any where 1 in m then config.limit == 3
                property otherwise // refuted
                  when p enters any where 1 in m then config.limit != 3
                """
        ).expectVerdicts()
        let reports = try await Box(
            """
            struct configuration { uint32_t limit; };
            CONFIGURATION(config);
            static uint32_t x;
            void packet_arrives(struct packet *packet) {
                x = 1;
                if (config.limit == 3) return packet_emit(packet, inside);
                x = 2;
                packet_emit(packet, inside);
            }
            """, spec: "property only_then // unproved\n when p enters any where x == 1 then config.limit == 3"
        ).reports()
        #expect(reports["only_then"]?.verdict == .inconclusive)
    }

    /// The packets that are chosen first look at the words that the checksum is made of, and need not suit what comes out.
    @Test("A byte that must be what the checksum comes out as")
    func checksumsThatMatter() async throws {
        try await Box(
            """
            struct header { be16 sum, word; uint8_t twin, other; };
            void packet_arrives(struct packet *packet) {
                struct header *header = packet_bytes(packet, 0, sizeof *header);
                if (header == NULL || header->sum == 0 || header->word == 0) return packet_drop(packet);
                header->sum = checksum_replace_16(header->sum, header->word, htons(0x1234));
                if (ntohs(header->sum) >> 8 != header->twin || header->twin == 0) return packet_drop(packet);
                if ((ntohs(header->sum) & 0xFF) != (header->other ^ 0x55)) return packet_drop(packet);
                packet_emit(packet, inside);
            }
            """,
            spec: "property never // refuted\n when p enters any then p is dropped"
        ).expectVerdicts()
    }

    private static func remembering(_ lifetime: String) -> String {
        """
        struct value { uint32_t n; };
        MAP(m, uint32_t, struct value, 8);
        static uint32_t count;
        void packet_arrives(struct packet *packet) {
            uint32_t key = packet->length;
            struct value value = {1};
            map_insert(&m, &key, &value, \(lifetime));
            count++;
            packet_drop(packet);
        }
        """
    }

    /// Both claims cannot be proved; the shortest trace breaks one of them.
    @Test("The claim that is named is the one that the trace breaks")
    func theBrokenClaimIsNamed() async throws {
        let box = try Box(
            Self.remembering("60"),
            spec: """
                invariant two_claims // refuted
                  for a in m: (count >= 3 implies a >= 100) and expiry(m, a) <= now + 59
                """)
        let report = try #require(try await box.reports(confirmation: box.confirmation())["two_claims"])
        #expect(report.verdict == .refuted)
        #expect(report.reason == "it does not hold that expiry(m, a) <= now + 59", "\(report.reason ?? "-")")
        #expect(report.location?.column == 49)
    }

    /// Two programs send the same, and remember other things: what one has in memory confirms nothing of the other.
    @Test("What is claimed of the state must be wrong of the native program's own")
    func stateIsConfirmed() async throws {
        let box = try Box(
            Self.remembering("60"),
            spec: """
                invariant long_packets // refuted
                  for a in m: a >= 100
                property forgets // refuted
                  when p enters any then not p.length in m
                property stays // refuted
                  when p enters any then count == before(count)
                """)
        try await box.expectVerdicts()
        let other = try Box(Self.remembering("0"), spec: "")
        let reports = try await box.reports(confirmation: other.confirmation())
        withExtendedLifetime(other) {}
        for name in ["long_packets", "forgets"] {
            let report = try #require(reports[name])
            #expect(report.verdict == .inconclusive, "\(name): \(report.verdict)")
            #expect(
                report.reason?.contains("with what the program has in memory, it holds") == true,
                "\(report.reason ?? "-")")
            #expect(report.counterexample?.confirmed == false)
        }
        #expect(reports["stays"]?.verdict == .refuted, "\(reports["stays"]?.reason ?? "-")")
    }

    /// So it is of what two runs have in memory: what they must agree on, and what they begin with.
    @Test("What is claimed of two runs must be wrong of the native program's own memory")
    func statesOfTwoRunsAreConfirmed() async throws {
        let box = try Box(
            Self.remembering("60"),
            spec: """
                property remembers // refuted
                  when p enters any
                  different p.length
                  same m
                property counts // refuted
                  when p enters any
                  different count
                  same count
                property alike // proved
                  when p enters any
                  different count
                  same m
                property third // refuted
                  when p enters any
                  where count == 2
                  different p.length
                  same m
                """)
        try await box.expectVerdicts()
        // It forgets at once, and does not count.
        let code = Self.remembering("0").replacingOccurrences(of: "count++;", with: "count = 0;")
        let other = try Box(code, spec: "")
        let reports = try await box.reports(confirmation: other.confirmation())
        withExtendedLifetime(other) {}
        for (name, reason) in [
            ("remembers", "it holds of the two runs"), ("counts", "it holds of the two runs"),
            ("third", "it does not speak of the two runs: the second run does not meet the premise"),
        ] {
            let report = try #require(reports[name])
            #expect(report.verdict == .inconclusive, "\(name): \(report.verdict)")
            #expect(report.reason?.contains(reason) == true, "\(name): \(report.reason ?? "-")")
            #expect(report.counterexample?.confirmed == false)
        }
    }
}
