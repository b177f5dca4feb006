import Testing

/// Tables in the configuration: rule lists and the like, whose contents are anything in a proof.
@Suite struct TableTests {
    private static let box = """
        struct range { uint32_t least, most; };
        struct rule { struct range length; bool any_port; bool allow; uint32_t port; };
        struct configuration { uint32_t count; struct rule rules[8]; };
        CONFIGURATION(config);
        static bool matches(const struct rule *rule, uint32_t length, uint32_t port) {
            if (length < rule->length.least) return false;
            if (length > rule->length.most) return false;
            if (!rule->any_port && rule->port != port) return false;
            return true;
        }
        static bool is_allowed(uint32_t length, uint32_t port) {
            for (uint32_t i = 0; i < 8 && i < config.count; i++)
                if (matches(&config.rules[i], length, port)) return config.rules[i].allow;
            return false;
        }
        void packet_arrives(struct packet *packet) {
            if (!is_allowed(packet->length, packet->port)) return packet_drop(packet);
            packet_emit(packet, outside);
        }
        """

    private static let matches = """
        let covers(r, p) = r.length.least <= p.length and p.length <= r.length.most
        let applies(i, p) = i < config.count and covers(config.rules[i], p)
          and (config.rules[i].any_port or config.rules[i].port == p.port)

        """

    @Test func firstMatchWins() async throws {
        try await Box(
            Self.box,
            spec: Self.matches + """
                property first_match_wins // proved
                  when p enters any
                  then for first i in config.rules where applies(i, p):
                    (config.rules[i].allow implies p leaves outside) and (not config.rules[i].allow implies p is dropped)
                property denied_otherwise // proved
                  when p enters any
                  where for i in config.rules: not applies(i, p)
                  then p is dropped
                property only_what_is_allowed // proved
                  when p enters any
                  then p is dropped or not (for i in config.rules: applies(i, p) implies not config.rules[i].allow)
                property any_match_wins // refuted
                  when p enters any
                  then for i in config.rules: applies(i, p) and config.rules[i].allow implies p leaves outside
                property last_rule_unused // refuted
                  when p enters any
                  where for i in config.rules: i < 7 implies not applies(i, p)
                  then p is dropped
                property first_is_all // refuted
                  when p enters any
                  then for first i in config.rules where applies(i, p): i == 0
                property two_at_once // proved
                  when p enters any
                  then for i, j in config.rules: applies(i, p) and i == j implies applies(j, p)
                """
        ).expectVerdicts()
    }

    @Test("Assumptions go through tables, too, and an index may be a number of the packet")
    func assumptions() async throws {
        try await Box(
            """
            struct configuration { uint8_t place[4]; uint16_t ports[4]; };
            CONFIGURATION(config);
            void packet_arrives(struct packet *packet) {
                for (uint32_t i = 0; i < 4; i++)
                    if (packet->length == i + 60) return packet_emit(packet, config.ports[i]);
                packet_drop(packet);
            }
            """,
            spec: """
                assume for i in config.ports: config.ports[i] <= 1
                property to_a_port // proved
                  when p enters any, q leaves any then q.port <= 1
                property as_told // proved
                  when p enters any, q leaves any then config.ports[p.length - 60] == q.port
                property as_told_elsewhere // refuted
                  when p enters any, q leaves any then config.ports[63 - p.length] == q.port
                """
        ).expectVerdicts()
    }
}
