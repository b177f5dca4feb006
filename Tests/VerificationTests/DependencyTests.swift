import SymbolicExecution
import Testing

@testable import Verification

/// A proof is worth what it rests on: built-in checks, code that execution can follow, solvers that answer.
@Suite struct DependencyTests {
    // MARK: Built-in checks

    @Test("Nothing is proved of code that reads out of bounds")
    func failedCheck() async throws {
        let spec = """
            property out // inconclusive: memory_safe
              when p enters any then p leaves outside
            property wrong // refuted
              when p enters any then p leaves inside
            property never // inconclusive: memory_safe
              when p enters any, q leaves inside then q == p
            invariant always // inconclusive: memory_safe
              x <= 1
            """
        try await Box(
            """
            static uint32_t x;
            void packet_arrives(struct packet *packet) {
                if (packet->length == 300) x = packet->data[300] == 0;
                packet_emit(packet, outside);
            }
            """, spec: spec
        ).expectVerdicts(checks: [.memorySafe: .refuted])
    }

    @Test("The same code with the read in bounds")
    func passedCheck() async throws {
        try await Box(
            """
            static uint32_t x;
            void packet_arrives(struct packet *packet) {
                if (packet->length == 301) x = packet->data[300] == 0;
                packet_emit(packet, outside);
            }
            """,
            spec: """
                property out // proved
                  when p enters any then p leaves outside
                invariant always // proved
                  x <= 1
                """
        ).expectVerdicts()
    }

    private static let slots = """
        static uint8_t slots[SIZE];
        static uint32_t next;
        void packet_arrives(struct packet *packet) {
            slots[next] = 1;
            if (next != 2) next += 2;
            packet_emit(packet, outside);
        }
        """

    @Test("A check that holds only because of an invariant")
    func checkNeedsInvariant() async throws {
        let property = "property out // WORD\n when p enters any then p leaves outside\n"
        try await Box(
            Self.slots.replacing("SIZE", with: "3"),
            spec: property.replacing("WORD", with: "proved") + "invariant bound // proved\n next == 0 or next == 2"
        ).expectVerdicts()
        try await Box(
            Self.slots.replacing("SIZE", with: "3"), spec: property.replacing("WORD", with: "inconclusive")
        ).expectVerdicts(checks: [.noUndefinedBehaviour: .inconclusive])
        // The invariant that would make it right is false.
        try await Box(
            Self.slots.replacing("SIZE", with: "2"),
            spec: property.replacing("WORD", with: "inconclusive") + "invariant bound // unproved\n next <= 1"
        ).expectVerdicts(checks: [.noUndefinedBehaviour: .refuted])
    }

    // MARK: Code that execution cannot follow

    @Test("A loop without a known bound")
    func loopBound() async throws {
        let loop = """
            static uint32_t sum;
            void packet_arrives(struct packet *packet) {
                for (uint32_t i = 0; i < packet->length; i++) sum += packet->data[i];
                packet_emit(packet, outside);
            }
            """
        let report = try await Box(
            loop,
            spec: """
                property out // inconclusive
                  when p enters any then p leaves outside
                invariant nothing // inconclusive
                  sum <= 4294967295
                """
        ).reports()
        #expect(report["out"]?.verdict == .inconclusive)
        #expect(report["nothing"]?.verdict == .inconclusive)
        #expect(report["loops_end"]?.verdict != .proved)
        #expect(report.values.allSatisfy { $0.verdict != .proved && $0.verdict != .refuted })
    }

    @Test("A loop whose bound is proved")
    func boundedLoop() async throws {
        try await Box(
            """
            void packet_arrives(struct packet *packet) {
                uint8_t *bytes = packet_bytes(packet, 0, 6);
                if (bytes == NULL) return packet_drop(packet);
                uint32_t sum = 0;
                for (uint32_t i = 0; i < 6; i++) sum += bytes[i];
                packet_emit(packet, sum == 0 ? inside : outside);
            }
            """,
            spec: """
                property zero // proved
                  when p enters any, q leaves any where p.ethernet.destination == 0 then q.port == inside
                property not_zero // proved
                  when p enters any, q leaves any where p.ethernet.destination != 0 then q.port == outside
                property one // refuted
                  when p enters any, q leaves any where p.ethernet.destination == 1 then q.port == inside
                """
        ).expectVerdicts()
    }

    private static let unknown = """
        struct configuration { uint16_t mode; };
        CONFIGURATION(config);
        static uint32_t state;
        uint32_t alarm(uint32_t seconds);
        void packet_arrives(struct packet *packet) {
            if (packet->length == 99 && state == 0) state = 1;
            if (CONDITION) state = alarm(packet->length);
            packet_emit(packet, outside);
        }
        """

    @Test("A function without a body makes everything that may follow from it inconclusive")
    func unknownFunction() async throws {
        let reports = try await Box(
            Self.unknown.replacing("CONDITION", with: "packet->length == 100 && config.mode == 0"),
            spec: """
                property out // inconclusive
                  when p enters any then p leaves outside
                invariant bound // inconclusive
                  state <= 1
                """
        ).reports()
        #expect(reports.values.allSatisfy { $0.verdict == .inconclusive }, "\(reports)")
        #expect(reports["out"]?.reason?.contains("alarm") == true)
    }

    @Test("What speaks only of packets that do not get to it is judged all the same")
    func apartFromTheUnknown() async throws {
        try await Box(
            Self.unknown.replacing("CONDITION", with: "packet->length == 100 && config.mode == 0"),
            spec: """
                property short // proved
                  when p enters any where p.length < 100 then p leaves outside
                property long // proved
                  when p enters any, q leaves any where p.length > 100 then q == p
                property other_mode // proved
                  when p enters any where config.mode == 1 then p leaves outside
                property wrong // unproved
                  when p enters any where p.length < 100 then p leaves inside
                property nothing // vacuous
                  when p enters any where p.length < 100 and p.length > 100 then p leaves outside
                property not_only_short // inconclusive: alarm
                  when p enters any where p.length < 101 then p leaves outside
                property of_the_state // inconclusive: alarm
                  when p enters any where state == 5 then p leaves outside
                property what_comes_out // inconclusive: alarm
                  when p enters any, q leaves any where q.length < 100 then q == p
                """
        ).expectVerdicts(checks: Self.unproved)
    }

    /// What is done there may leave any state behind: nothing may rest on an invariant.
    @Test("Behind the unknown, no invariant holds")
    func invariantsBehindTheUnknown() async throws {
        try await Box(
            """
            uint32_t alarm(uint32_t seconds);
            static uint32_t state;
            void packet_arrives(struct packet *packet) {
                if (packet->length == 100) state = alarm(1);
                if (packet->length == 99 && state > 1) return packet_drop(packet);
                packet_emit(packet, outside);
            }
            """,
            spec: """
                invariant bound // inconclusive
                  state <= 1
                property rests_on_it // unproved
                  when p enters any where p.length == 99 then p leaves outside
                property does_not // proved
                  when p enters any where p.length < 99 then p leaves outside
                """
        ).expectVerdicts(checks: Self.unproved)
        // A check that holds only in the states that the invariant allows does not hold behind it either.
        try await Box(
            """
            uint32_t alarm(uint32_t seconds);
            static uint32_t state;
            static uint8_t table[2];
            void packet_arrives(struct packet *packet) {
                if (packet->length == 100) state = alarm(1);
                if (packet->length == 99) table[state] = 1;
                packet_emit(packet, outside);
            }
            """,
            spec: """
                invariant bound // unproved
                  state <= 1
                property apart // inconclusive
                  when p enters any where p.length < 99 then p leaves outside
                """
        ).expectVerdicts(checks: Self.unproved)
    }

    private static let unproved = Dictionary(
        uniqueKeysWithValues: CheckKind.allCases.map { ($0, Verdict.inconclusive) })

    @Test("Where the assumptions keep every packet from it, it does no harm")
    func unreachableUnknown() async throws {
        try await Box(
            Self.unknown.replacing("CONDITION", with: "packet->length == 100 && config.mode == 0"),
            spec: """
                assume config.mode >= 1
                property out // proved
                  when p enters any then p leaves outside
                invariant bound // proved
                  state <= 1
                """
        ).expectVerdicts()
    }

    @Test("Where only an invariant does, the invariant must be true")
    func unknownBehindInvariant() async throws {
        try await Box(
            Self.unknown.replacing("CONDITION", with: "state > 1"),
            spec: """
                property out // proved
                  when p enters any then p leaves outside
                invariant bound // proved
                  state <= 1
                """
        ).expectVerdicts()
        let reports = try await Box(
            Self.unknown.replacing("CONDITION", with: "state > 0"),
            spec: """
                property out // inconclusive
                  when p enters any then p leaves outside
                invariant bound // unproved
                  state <= 0
                """
        ).reports()
        #expect(reports.values.allSatisfy { $0.verdict != .proved }, "\(reports)")
    }

    // MARK: Solvers

    private static let injective = """
        struct value { uint32_t n; };
        MAP(table, uint32_t, struct value, 8);
        void packet_arrives(struct packet *packet) {
            uint32_t key = packet->length;
            struct value value = {key * 3 + 1};
            map_insert(&table, &key, &value, 60);
            packet_emit(packet, value.n > 60000 ? outside : inside);
        }
        """

    private static let injectiveSpec = """
        property long_outside // proved
          when p enters any where p.length >= 20000 then p leaves outside
        property short_outside // refuted
          when p enters any where p.length >= 19000 then p leaves outside
        invariant values // proved
          for k in table: table[k].n == k * 3 + 1
        invariant other_values // refuted
          for k in table: table[k].n == k * 2 + 1
        invariant injective // proved
          for a, b in table: a != b implies table[a].n != table[b].n
        property bounded // proved
          when p enters any where p.length * p.length == 144 then p.length <= 65535
        property never // vacuous
          when p enters any, q leaves any where p.length * 3 + 1 > 60000 and q.port == inside then q == p
        """

    @Test("With the usual budget")
    func usualBudget() async throws { try await Box(Self.injective, spec: Self.injectiveSpec).expectVerdicts() }

    /// Whatever solvers do not get done leaves what rests on it unproved.
    @Test("A budget that is spent", arguments: [1, 10, 100, 1_000, 5_000, 20_000])
    func spentBudget(_ limit: Int) async throws {
        var budget = Discharger.Budget()
        budget.resourceLimit = limit
        budget.neighbourLimit = limit
        let reports = try await Box(Self.injective, spec: Self.injectiveSpec).reports(budget: budget)
        for name in ["short_outside", "other_values", "never"] { #expect(reports[name]?.verdict != .proved, "\(name)") }
        for name in ["long_outside", "values", "injective"] { #expect(reports[name]?.verdict != .refuted, "\(name)") }
        for name in ["long_outside", "short_outside", "values", "other_values", "injective", "bounded"] {
            #expect(reports[name]?.verdict != .vacuous, "\(name)")
        }
        if limit == 1 {
            #expect(reports["long_outside"]?.verdict == .inconclusive)
            #expect(reports["injective"]?.verdict == .inconclusive)
            // Nothing is left to prove, but whether it says anything is.
            #expect(reports["bounded"]?.verdict == .inconclusive)
        }
    }
}
