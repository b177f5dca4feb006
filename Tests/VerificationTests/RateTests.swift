import Testing

@testable import Verification

/// Token buckets: what is summed up over any interval, and programs that look alike and let through too much.
@Suite struct RateTests {
    /// One bucket for each source, which counts whole bytes.
    private static let policer = """
        struct configuration { uint32_t rate, burst; seconds idle; };
        CONFIGURATION(config);
        struct bucket { uint64_t tokens; nanoseconds updated; };
        MAP(buckets, ipv4_address, struct bucket, 1024);
        static uint64_t refilled(const struct bucket *bucket, nanoseconds now) {
            uint64_t tokens = bucket->tokens + config.rate * (now - bucket->updated) / 1000000000u;
            return tokens < config.burst ? tokens : config.burst;
        }
        static bool admits(ipv4_address source, uint32_t length, nanoseconds now) {
            struct bucket *bucket = map_find(&buckets, &source);
            if (bucket == NULL) {
                if (length > config.burst) return false;
                struct bucket first = {.tokens = config.burst - length, .updated = now};
                return map_insert(&buckets, &source, &first, config.idle);
            }
            bucket->tokens = refilled(bucket, now);
            bucket->updated = now;
            map_refresh(&buckets, &source, config.idle);
            if (bucket->tokens < length) return false;
            bucket->tokens -= length;
            return true;
        }
        void packet_arrives(struct packet *packet) {
            struct ethernet_header *ethernet = packet_bytes(packet, 0, sizeof *ethernet);
            if (ethernet == NULL || ethernet->type != htons(ETHERTYPE_IPV4)) return packet_drop(packet);
            struct ipv4_header *ipv4 = packet_bytes(packet, sizeof *ethernet, sizeof *ipv4);
            if (ipv4 == NULL) return packet_drop(packet);
            if (!admits(ipv4->source, packet->length, packet->time)) return packet_drop(packet);
            packet_emit(packet, packet->port == inside ? outside : inside);
        }
        """

    private static let assumptions = """
        assume config.burst <= config.rate * config.idle
        assume config.rate * config.idle <= 9000000000

        """

    private static func claim(
        _ verdict: String, _ rate: String = "q.length per p.ipv4.source <= config.burst + config.rate * elapsed"
    ) -> String {
        "property contract // \(verdict)\n  when p enters any, q leaves any\n  where p has ipv4\n  rate \(rate)\n"
    }

    @Test func contractIsKept() async throws {
        try await Box(Self.policer, spec: Self.assumptions + Self.claim("proved")).expectVerdicts()
    }

    /// What the proof found of the state is what a person would write.
    @Test func invariantsAreListed() async throws {
        let reports = try await Box(Self.policer, spec: Self.assumptions + Self.claim("proved")).reports()
        let inferred = try #require(reports["contract"]?.inferred)
        #expect(
            inferred.contains(
                "p.ipv4.source in buckets implies sum + buckets[p.ipv4.source].tokens <= config.burst + config.rate * (buckets[p.ipv4.source].updated - start)"
            ))
        #expect(inferred.contains("p.ipv4.source in buckets or sum <= config.rate * (now - start)"))
    }

    /// Each is one change of the program that lets through too much.
    @Test(
        arguments: [
            // The cap on what is saved up.
            ("return tokens < config.burst ? tokens : config.burst;", "return tokens;"),
            // The Ethernet header goes free.
            ("bucket->tokens -= length;", "bucket->tokens -= length - 14;"),
            // Nothing is charged.
            ("bucket->tokens -= length;", ""),
            // The charge overflows.
            ("bucket->tokens -= length;", "bucket->tokens -= (uint8_t)length;"),
            // The same time is paid for again and again.
            ("bucket->updated = now;", ""),
            // The wrong party is held to it.
            ("admits(ipv4->source", "admits(ipv4->destination"),
        ])
    func tooMuchIsRefuted(original: String, replacement: String) async throws {
        let program = Self.policer.replacing(original, with: replacement)
        #expect(program != Self.policer)
        let reports = try await Box(program, spec: Self.assumptions + Self.claim("refuted")).reports()
        let report = try #require(reports["contract"])
        #expect(report.verdict == .refuted, "\(report.reason ?? "-")")
        #expect(report.counterexample?.confirmed == true)
        #expect(report.counterexample?.failed.contains(" in packet") == true)
    }

    /// A control operation counts for nothing, but who is forgiven gets a second burst.
    @Test func operationsAreSteps() async throws {
        let forgive = """

            struct source { ipv4_address address; };
            CONTROL_OPERATION(forgive, const struct source *source) { map_remove(&buckets, &source->address); }
            """
        try await Box(Self.policer + forgive, spec: Self.assumptions + Self.claim("refuted")).expectVerdicts()
        let look = """

            static uint32_t looked;
            CONTROL_OPERATION(look, void) { looked++; }
            """
        try await Box(Self.policer + look, spec: Self.assumptions + Self.claim("proved")).expectVerdicts()
    }

    /// Who is forgotten too early gets a second burst.
    @Test func lifetimeMustFillTheBucket() async throws {
        let spec = "assume config.rate * config.idle <= 9000000000\n" + Self.claim("refuted")
        try await Box(Self.policer, spec: spec).expectVerdicts()
    }

    /// A refill that overflows gives less than is due: the contract is kept, but who has rested must wait.
    @Test func overflowAfterALongRest() async throws {
        let spec = """
            assume config.burst <= config.rate * config.idle
            \(Self.claim("proved"))
            property rested // refuted
              when p enters any
              where p has ipv4 and not p has vlan and p.ipv4.source in buckets and p.length <= config.burst
              where config.rate * (now - buckets[p.ipv4.source].updated) >= config.burst * 1000000000
              then p leaves any
            """
        try await Box(Self.policer, spec: spec).expectVerdicts()
    }

    @Test func restedSourceMayBurst() async throws {
        let spec =
            Self.assumptions + """
                property rested // proved
                  when p enters any
                  where p has ipv4 and not p has vlan and p.ipv4.source in buckets and p.length <= config.burst
                  where config.rate * (now - buckets[p.ipv4.source].updated) >= config.burst * 1000000000
                  then p leaves any
                """
        try await Box(Self.policer, spec: spec).expectVerdicts()
    }

    @Test(
        arguments: [
            ("proved", "q.length per p.ipv4.source <= config.burst + 1500 + config.rate * elapsed"),
            ("refuted", "q.length per p.ipv4.source <= config.burst - 1 + config.rate * elapsed"),
            ("refuted", "q.length per p.ipv4.source < config.burst + config.rate * elapsed"),
            // All sources together may send more than one.
            ("refuted", "q.length <= config.burst + config.rate * elapsed"),
            ("refuted", "q.length per p.ipv4.destination <= config.burst + config.rate * elapsed"),
            ("refuted", "q.length + 4 per p.ipv4.source <= config.burst + config.rate * elapsed"),
            // Of packets, too, there are no more than bytes.
            ("proved", "1 per p.ipv4.source <= config.burst + config.rate * elapsed"),
        ])
    func bounds(verdict: String, rate: String) async throws {
        try await Box(Self.policer, spec: Self.assumptions + Self.claim(verdict, rate)).expectVerdicts()
    }

    /// One bucket for all, in plain variables, empty at first.
    @Test func oneBucketForAll() async throws {
        let program = """
            struct configuration { uint32_t rate, burst; };
            CONFIGURATION(config);
            static uint64_t tokens;
            static nanoseconds updated;
            void packet_arrives(struct packet *packet) {
                tokens += config.rate * (packet->time - updated) / 1000000000u;
                if (tokens > config.burst) tokens = config.burst;
                updated = packet->time;
                if (tokens < packet->length) return packet_drop(packet);
                tokens -= packet->length;
                packet_emit(packet, packet->port == inside ? outside : inside);
            }
            """
        let spec = """
            property all // proved
              when p enters any, q leaves any
              rate q.length <= config.burst + config.rate * elapsed
            property less // refuted
              when p enters any, q leaves any
              rate q.length + 1 <= config.burst + config.rate * elapsed
            """
        try await Box(program, spec: spec).expectVerdicts()
    }

    @Test func nothingCounts() async throws {
        let program = "void packet_arrives(struct packet *packet) { packet_drop(packet); }"
        let spec = """
            property none // vacuous: none is as its 'when' says
              when p enters any, q leaves any
              rate q.length <= 5 * elapsed
            """
        try await Box(program, spec: spec).expectVerdicts()
    }

    /// Nothing in the state limits what a wire lets through.
    @Test func wire() async throws {
        let program = "void packet_arrives(struct packet *packet) { packet_emit(packet, outside); }"
        let spec = """
            property limited // refuted
              when p enters any, q leaves any
              rate q.length <= 100000 + 1000000000 * elapsed
            property one_packet // refuted
              when p enters any, q leaves any
              rate 1 <= 1 + 1000 * elapsed
            """
        try await Box(program, spec: spec).expectVerdicts()
    }

    /// A plain counter of packets is a bucket that is never filled.
    @Test func firstPackets() async throws {
        let program = """
            static uint32_t left = 3;
            static nanoseconds last;
            void packet_arrives(struct packet *packet) {
                last = packet->time;
                if (left == 0) return packet_drop(packet);
                left -= 1;
                packet_emit(packet, outside);
            }
            """
        let spec = """
            invariant few // proved
              left <= 3
            property three // proved
              when p enters any, q leaves any
              rate 1 <= 3 + 0 * elapsed
            property two // refuted
              when p enters any, q leaves any
              rate 1 <= 2 + 0 * elapsed
            """
        try await Box(program, spec: spec).expectVerdicts()
    }
}
