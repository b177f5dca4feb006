import Testing

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
}
