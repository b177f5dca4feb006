import Testing

/// `refines MODEL`: each rule holds, and there is one for whatever happens.
@Suite struct RefinementTests {
    private static let wire = """
        void packet_arrives(struct packet *packet) {
            struct ethernet_header *ethernet = packet_bytes(packet, 0, sizeof *ethernet);
            if (ethernet == NULL || ethernet->type == htons(ETHERTYPE_ARP)) return packet_drop(packet);
            packet_emit(packet, packet->port == inside ? outside : inside);
        }
        """

    private static let rules = """
        model wire
          when p enters any
          where p.length < 14
          then p is dropped

          when p enters any
          where p.ethernet.type == 0x0806
          then p is dropped

          when p enters inside, q leaves any
          then q == p and q leaves outside

          when p enters outside, q leaves any
          then q == p and q leaves inside

        """

    @Test("A property that stands before or behind its model")
    func refines() async throws {
        try await Box(
            Self.wire,
            spec: "property first // proved\n  refines wire\n\(Self.rules)property second // proved\n  refines wire\n"
        ).expectVerdicts()
    }

    @Test("The code does what no rule has a case for")
    func uncovered() async throws {
        let without = Self.rules.replacing("where p.ethernet.type == 0x0806", with: "where p.ethernet.type == 0x0807")
        try await Box(
            Self.wire, spec: without + "property refined // refuted: a rule of model 'wire' applies\n  refines wire\n"
        ).expectVerdicts()
    }

    @Test("Rules about packets that leave are no case for what is dropped, and the other way round")
    func kindsOfRules() async throws {
        try await Box(
            Self.wire,
            spec: """
                model leaving
                  when p enters any, q leaves any
                  then q == p
                property of_leaving // refuted: a rule of model 'leaving' applies
                  refines leaving
                model staying
                  when p enters any
                  where p is dropped
                  then p.length < 14 or p.ethernet.type == 0x0806
                property of_staying // refuted: a rule of model 'staying' applies
                  refines staying
                model all
                  when p enters any, q leaves any
                  then q == p
                  when p enters any
                  where p is dropped
                  then p.length < 14 or p.ethernet.type == 0x0806
                property of_all // proved
                  refines all
                """
        ).expectVerdicts()
    }

    @Test("The code breaks a rule that applies")
    func brokenRule() async throws {
        let wrong = Self.rules.replacing("q leaves inside", with: "q leaves outside")
        try await Box(
            Self.wire, spec: wrong + "property refined // refuted: q leaves outside\n  refines wire\n"
        ).expectVerdicts()
    }

    @Test("A rule that never applies says nothing")
    func vacuousRule() async throws {
        let more = "  when p enters any\n  where p.length < 10 and p has ipv4\n  then p is dropped\n"
        try await Box(
            Self.wire,
            spec: Self.rules + more + """
                property refined // vacuous: rule of 'wire': of those that meet what comes before, none is such that p has ipv4
                  refines wire

                """
        ).expectVerdicts()
    }

    private static let gate = """
        MAP(seen, ipv4_address, uint8_t, 16);
        void packet_arrives(struct packet *packet) {
            struct ethernet_header *ethernet = packet_bytes(packet, 0, sizeof *ethernet);
            struct ipv4_header *ipv4 = packet_bytes(packet, sizeof *ethernet, sizeof *ipv4);
            if (ipv4 == NULL || ethernet->type != htons(ETHERTYPE_IPV4)) return packet_drop(packet);
            if (packet->port == outside) {
                if (map_find(&seen, &ipv4->source) == NULL) return packet_drop(packet);
                return packet_emit(packet, inside);
            }
            uint8_t one = 1;
            if (!map_insert(&seen, &ipv4->destination, &one, 60)) return packet_drop(packet);
            packet_emit(packet, outside);
        }
        """

    @Test("Rules about state: what the step finds, and what it leaves behind")
    func state() async throws {
        let rules = """
            let plain(p) = p has ipv4 and not (p has vlan)
            model gate
              when p enters any
              where p.length < 34 or p.ethernet.type != 0x0800
              then p is dropped

              when p enters inside
              where p is dropped
              then p.length < 34 or p.ethernet.type != 0x0800 or not (before(seen) has room)

              when p enters inside, q leaves any
              where plain(p)
              then q == p and q leaves outside and p.ipv4.destination in seen

              when p enters inside, q leaves any
              where not plain(p)
              then q == p and q leaves outside

              when p enters outside
              where plain(p) and not (p.ipv4.source in seen)
              then p is dropped

              when p enters outside
              where plain(p) and p.ipv4.source in seen
              then p leaves inside

              when p enters outside
              where not plain(p) and p.length >= 34 and p.ethernet.type == 0x0800
              then true

            """
        let property = "property refined // proved\n  refines gate\n"
        try await Box(Self.gate, spec: rules + property).expectVerdicts()
        let insertion = "if (!map_insert(&seen, &ipv4->destination, &one, 60))"
        let forgetful = Self.gate.replacing(insertion, with: "if (one == 0)")
        try await Box(
            forgetful, spec: rules + property.replacing("proved", with: "refuted: p.ipv4.destination in seen")
        ).expectVerdicts()
    }
}
