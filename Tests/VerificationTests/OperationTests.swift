import SymbolicExecution
import Testing

@testable import Verification

/// Control operations as events: what packets, operations and time do together.
@Suite struct OperationTests {
    /// Packets from inside go on with the number of the backend that was chosen when their flow began: its flow is the packet's length. A
    /// backend takes part while it is in the table of backends.
    private static func balancer(
        choice: String = "", add: String = "", remove: String = "map_remove(&backends, &argument->number);"
    ) -> String {
        """
        struct configuration { seconds lifetime; };
        CONFIGURATION(config);
        struct backend { uint32_t packets; };
        MAP(backends, be32, struct backend, 16);
        MAP(flows, uint16_t, be32, 64);
        static be32 newest;

        struct backend_number { be32 number; };
        CONTROL_OPERATION(add_backend, const struct backend_number *argument) {
            struct backend backend = {0};
            if (!map_insert(&backends, &argument->number, &backend, config.lifetime)) return;
            newest = argument->number;
            \(add)
        }
        CONTROL_OPERATION(remove_backend, const struct backend_number *argument) {
            \(remove)
        }

        void packet_arrives(struct packet *packet) {
            struct ipv4_header *ipv4 = packet_bytes(packet, sizeof(struct ethernet_header), sizeof *ipv4);
            struct ethernet_header *ethernet = packet_bytes(packet, 0, sizeof *ethernet);
            if (ipv4 == NULL || ethernet == NULL || packet->port != inside) return packet_drop(packet);
            if (ethernet->type != htons(ETHERTYPE_IPV4) || ipv4->version_and_header_length != 0x45)
                return packet_drop(packet);
            uint16_t flow = (uint16_t)packet->length;
            be32 *known = map_find(&flows, &flow);
            be32 chosen = newest;
            if (known != NULL && map_find(&backends, known) != NULL) chosen = *known;
            \(choice)
            if (map_find(&backends, &chosen) == NULL) return packet_drop(packet);
            if (!map_insert(&flows, &flow, &chosen, config.lifetime)) return packet_drop(packet);
            map_refresh(&backends, &chosen, config.lifetime);
            ipv4->destination = chosen;
            packet_emit(packet, outside);
        }
        """
    }

    private static let affinity = """
        when p enters inside, q leaves outside
        later r enters inside, s leaves outside
        where r.length == p.length
        within config.lifetime
        """

    @Test("Flows stay with their backend unless it is removed")
    func affinity() async throws {
        try await Box(
            Self.balancer(),
            spec: """
                assume config.lifetime >= 1
                property stays // proved
                  \(Self.affinity)
                  unless c runs remove_backend where c.number == q.ipv4.destination
                  then s.ipv4.destination == q.ipv4.destination
                property stays_whatever_is_removed // refuted
                  \(Self.affinity)
                  then s.ipv4.destination == q.ipv4.destination
                property stays_unless_another_is_removed // refuted
                  \(Self.affinity)
                  unless c runs remove_backend where c.number != q.ipv4.destination
                  then s.ipv4.destination == q.ipv4.destination
                property only_what_was_added // proved
                  when p enters inside, q leaves outside
                  then earlier c ran add_backend where c.number == q.ipv4.destination
                property only_what_was_removed // refuted
                  when p enters inside, q leaves outside
                  then earlier c ran remove_backend where c.number == q.ipv4.destination
                property added_is_there // proved
                  when c runs add_backend
                  where backends has room
                  then c.number in backends and newest == c.number
                property removed_is_not_there // proved
                  when c runs remove_backend
                  then not c.number in backends
                property removed_was_there // refuted
                  when c runs remove_backend
                  then c.number in before(backends)
                property nothing_after_removal // proved
                  when c runs remove_backend
                  later p enters inside, q leaves outside
                  unless d runs add_backend where d.number == c.number
                  then q.ipv4.destination != c.number
                property nothing_after_removal_at_all // refuted
                  when c runs remove_backend
                  later p enters inside, q leaves outside
                  then q.ipv4.destination != c.number
                """
        ).expectVerdicts()
    }

    @Test("The trace that breaks affinity removes the backend between the packets")
    func story() async throws {
        let reports = try await Box(
            Self.balancer(),
            spec: """
                assume config.lifetime >= 1
                property stays_whatever_is_removed
                  \(Self.affinity)
                  then s.ipv4.destination == q.ipv4.destination
                """
        ).reports()
        let counterexample = try #require(reports["stays_whatever_is_removed"]?.counterexample)
        #expect(counterexample.confirmed)
        let names = counterexample.steps.map { $0.operation?.name ?? "packet" }
        let first = try #require(names.firstIndex(of: "packet"))
        #expect(names.first == "add_backend")
        #expect(names.last == "packet")
        #expect(names[first...].contains("remove_backend"))
        let argument = try #require(counterexample.steps.first?.operation?.argument)
        #expect(argument.wholeMatch(of: /\{number: [0-9]+\}/) != nil)
    }

    @Test("Seeded: packets go on to backends that were removed, as only the flow is looked at")
    func removalForgetsTheFlows() async throws {
        try await Box(
            Self.balancer(
                choice: """
                    if (known != NULL) {
                        ipv4->destination = *known;
                        return packet_emit(packet, outside);
                    }
                    """),
            spec: """
                assume config.lifetime >= 1
                property nothing_after_removal // refuted
                  when c runs remove_backend
                  later p enters inside, q leaves outside
                  unless d runs add_backend where d.number == c.number
                  then q.ipv4.destination != c.number
                """
        ).expectVerdicts()
    }

    /// A number that operations set and packets compare with.
    private static func valve(set: String) -> String {
        """
        struct configuration { uint32_t most; };
        CONFIGURATION(config);
        static uint32_t limit, changes;
        struct setting { uint32_t limit; };
        CONTROL_OPERATION(set_limit, const struct setting *argument) { \(set) }
        CONTROL_OPERATION(close_valve) {
            limit = 0;
            changes++;
        }
        void packet_arrives(struct packet *packet) {
            if (packet->length >= limit) return packet_drop(packet);
            packet_emit(packet, outside);
        }
        """
    }

    @Test("What operations do to the state is part of every invariant", arguments: [true, false])
    func invariants(isRight: Bool) async throws {
        try await Box(
            Self.valve(set: (isRight ? "if (argument->limit <= config.most)" : "") + " limit = argument->limit;"),
            spec: """
                invariant bounded // \(isRight ? "proved" : "refuted: limit <= config.most")
                  limit <= config.most
                property short_ones_only // \(isRight ? "proved" : "refuted")
                  when p enters any, q leaves outside
                  then p.length < config.most
                property closed // proved
                  when c runs close_valve
                  then limit == 0
                property closed_for_good // refuted
                  when c runs close_valve
                  later p enters any
                  then p is dropped
                property open_after_setting // proved
                  when p enters any, q leaves outside
                  then earlier c ran set_limit where c.limit > p.length
                property open_after_closing // refuted
                  when p enters any, q leaves outside
                  then earlier c ran close_valve
                property set_after_set // refuted
                  when c runs close_valve
                  then earlier d ran set_limit
                property never_set_twice // vacuous
                  when c runs close_valve
                  where limit > config.most and limit < config.most
                  then limit == 1
                """
        ).expectVerdicts()
    }

    @Test("What operations set stays so, in numbers and in arrays")
    func settings() async throws {
        try await Box(
            Self.valve(set: "limit = argument->limit;"),
            spec: """
                property limited // proved
                  when c runs set_limit
                  later p enters any, q leaves any
                  unless d runs set_limit
                  then p.length < c.limit
                property limited_for_ever // refuted
                  when c runs set_limit
                  later p enters any, q leaves any
                  then p.length < c.limit
                """
        ).expectVerdicts()
        try await Box(
            """
            struct backend { uint8_t is_there; be32 address; };
            static struct backend backends[16];
            struct change { uint8_t index; be32 address; };
            CONTROL_OPERATION(add, const struct change *argument) {
                if (argument->index >= 16 || backends[argument->index].is_there) return;
                backends[argument->index].is_there = 1;
                backends[argument->index].address = argument->address;
            }
            struct index { uint8_t index; };
            CONTROL_OPERATION(remove, const struct index *argument) {
                if (argument->index < 16) backends[argument->index].is_there = 0;
            }
            void packet_arrives(struct packet *packet) {
                struct ethernet_header *ethernet = packet_bytes(packet, 0, sizeof *ethernet);
                struct ipv4_header *ipv4 = packet_bytes(packet, sizeof *ethernet, sizeof *ipv4);
                if (ethernet == NULL || ipv4 == NULL) return packet_drop(packet);
                if (ethernet->type != htons(ETHERTYPE_IPV4) || ipv4->version_and_header_length != 0x45)
                    return packet_drop(packet);
                struct backend *backend = &backends[ipv4->type_of_service & 15];
                if (!backend->is_there) return packet_drop(packet);
                ipv4->destination = backend->address;
                packet_emit(packet, outside);
            }
            """,
            spec: """
                property goes_where_it_was_added // proved
                  when c runs add
                  where c.index < 16 and backends[c.index].is_there == 0
                  later p enters any, q leaves any
                  where p.ipv4.type_of_service == c.index
                  unless d runs remove where d.index == c.index
                  then q.ipv4.destination == c.address
                property goes_there_for_ever // refuted
                  when c runs add
                  where c.index < 16 and backends[c.index].is_there == 0
                  later p enters any, q leaves any
                  where p.ipv4.type_of_service == c.index
                  then q.ipv4.destination == c.address
                property removed_gets_nothing // proved
                  when c runs remove
                  later p enters any
                  where p.ipv4.type_of_service == c.index and c.index < 16
                  unless d runs add where d.index == c.index
                  then p is dropped
                property all_get_nothing // refuted
                  when c runs remove
                  later p enters any
                  where p.ipv4.type_of_service < 16
                  then p is dropped
                """
        ).expectVerdicts()
    }

    @Test("Two runs: the states that operations lead to are reachable ones")
    func independence() async throws {
        try await Box(
            Self.valve(set: "limit = argument->limit;"),
            spec: """
                property does_not_depend_on_changes // proved
                  when p enters any
                  different changes, p.payload
                  same p is dropped
                property does_not_depend_on_state // refuted
                  when p enters any
                  different state
                  same p is dropped
                """
        ).expectVerdicts()
    }

    @Test("The built-in checks cover operations")
    func checks() async throws {
        let packets = """
            void packet_arrives(struct packet *packet) {
                pool_release(&ids, table[0] & 7);
                packet_drop(packet);
            }
            """
        func operation(_ body: String) -> String {
            """
            static uint32_t table[4];
            POOL(ids, 8);
            struct change { uint32_t index; uint8_t text[4]; };
            CONTROL_OPERATION(change, const struct change *argument) { \(body) }
            \(packets)
            """
        }
        try await Box(operation("if (argument->index < 4) table[argument->index] = argument->text[3];"), spec: "")
            .expectVerdicts()
        try await Box(operation("table[argument->index] = 1;"), spec: "")
            .expectVerdicts(checks: [.noUndefinedBehaviour: .refuted])
        try await Box(operation("uint32_t *first = table; first[argument->index & 7] = 1;"), spec: "")
            .expectVerdicts(checks: [.memorySafe: .refuted])
        try await Box(operation("table[0] = ((const uint8_t *)argument)[argument->index & 15];"), spec: "")
            .expectVerdicts(checks: [.memorySafe: .refuted])
        try await Box(operation("pool_release(&ids, argument->index);"), spec: "")
            .expectVerdicts(checks: [.noUndefinedBehaviour: .refuted])
        try await Box(operation("if (argument->index == 3) { while (1) {} }"), spec: "")
            .expectVerdicts(checks: [.loopsEnd: .refuted])
        try await Box(
            operation("uint32_t unset[2]; unset[0] = 1; if (unset[argument->index & 1] == 5) table[0] = 1;"), spec: ""
        ).expectVerdicts(checks: [.noUninitialisedMemory: .refuted])
    }

    @Test("Arguments of all types, with structs in them")
    func arguments() async throws {
        try await Box(
            """
            enum mode { slow, quick = 7 };
            struct span { seconds length; nanoseconds start; };
            struct change { int8_t sign; uint8_t mac[6]; bool really; enum mode mode; struct span span; be16 port; };
            static uint32_t port, length;
            static struct span last;
            CONTROL_OPERATION(change, const struct change *argument) {
                if (!argument->really || argument->sign >= 0) return;
                if (argument->mac[5] == 1 && argument->mode == quick) port = ntohs(argument->port);
                last = argument->span;
            }
            void packet_arrives(struct packet *packet) {
                length = packet->length;
                if (packet->length < port) return packet_emit(packet, inside);
                packet_drop(packet);
            }
            """,
            spec: """
                property port_is_set // proved
                  when c runs change
                  where c.really and c.sign == 255 and c.mac == 02:00:00:00:00:01 and c.mode == 7
                  then port == c.port and last.length == c.span.length and last.start == c.span.start
                property kept // proved
                  when c runs change
                  where c.really and c.sign == 255
                  later p enters any
                  unless d runs change
                  then last.length == c.span.length and last.start == c.span.start
                property struct_is_kept // proved
                  when c runs change
                  where c.really and c.sign == 255
                  then last == c.span
                property not_really // refuted
                  when c runs change
                  then last.length == c.span.length
                property port_is_set_anyway // refuted
                  when c runs change
                  where c.really and c.sign == 255 and c.mac == 02:00:00:00:00:01
                  then port == c.port
                """
        ).expectVerdicts()
    }

    @Test("What operations do where execution cannot follow keeps nothing about the state proved")
    func unknownConstruct() async throws {
        try await Box(
            """
            static uint32_t n;
            CONTROL_OPERATION(mystery) { __asm__ volatile("" : "=r"(n)); }
            void packet_arrives(struct packet *packet) {
                if (n > 3 || packet->length == 60) return packet_emit(packet, inside);
                packet_drop(packet);
            }
            """,
            spec: """
                invariant small // inconclusive
                  n <= 3
                property nothing_leaves // unproved
                  when p enters any
                  where p.length != 60
                  then p is dropped
                property nothing_is_changed // proved
                  when p enters any, q leaves any
                  then q == p
                property nothing_ever // inconclusive
                  when p enters any
                  later r enters any
                  then n <= 3
                property mysterious // inconclusive
                  when c runs mystery
                  then n == 0
                """
        ).expectVerdicts(
            checks: Dictionary(uniqueKeysWithValues: CheckKind.allCases.map { ($0, .inconclusive) }))
    }

    @Test("The program as one element comes to the same verdicts")
    func wholeProgram() async throws {
        let text = Self.valve(set: "limit = argument->limit;")
        let spec = """
            invariant bounded // refuted
              limit <= config.most
            property closed // proved
              when c runs close_valve
              then limit == 0
            """
        for isWhole in [false, true] {
            let reports = try await Box(text, spec: spec).reports(wholeProgram: isWhole)
            #expect(reports["bounded"]?.verdict == .refuted)
            #expect(reports["closed"]?.verdict == .proved)
        }
    }
}
