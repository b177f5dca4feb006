import Testing

/// `has room`, `has a free index`: what does not fail as long as there is room.
@Suite struct RoomTests {
    private static let map = """
        struct value { uint32_t n; };
        MAP(m, uint32_t, struct value, 2);
        void packet_arrives(struct packet *packet) {
            uint32_t key = packet->length;
            struct value value = {1};
            if (!map_insert(&m, &key, &value, 60)) return packet_drop(packet);
            packet_emit(packet, outside);
        }
        """

    @Test("A map")
    func map() async throws {
        try await Box(
            Self.map,
            spec: """
                property accepted // proved
                  when p enters any where m has room then p leaves outside
                property known // proved
                  when p enters any where p.length in m then p leaves outside
                property always // refuted
                  when p enters any then p leaves outside
                property without_room // refuted
                  when p enters any where not m has room then p leaves outside
                property never // refuted
                  when p enters any where m has room then p is dropped
                property room_is_left // refuted
                  when p enters any where m has room then m has room
                property room_remains // proved
                  when p enters any where m has room and p.length in m then m has room
                """
        ).expectVerdicts()
    }

    @Test("Room for one is not room for two")
    func two() async throws {
        try await Box(
            """
            struct value { uint32_t n; };
            MAP(m, uint32_t, struct value, 3);
            MAP(other, uint32_t, struct value, 100);
            void packet_arrives(struct packet *packet) {
                uint32_t first = packet->length, second = packet->length + 70000;
                struct value value = {1};
                if (!map_insert(&other, &first, &value, 60)) return packet_drop(packet);
                if (!map_insert(&m, &first, &value, 60)) return packet_drop(packet);
                if (!map_insert(&m, &second, &value, 60)) return packet_drop(packet);
                packet_emit(packet, outside);
            }
            """,
            spec: """
                property one // refuted
                  when p enters any where m has room and other has room then p leaves outside
                property this_one // unproved
                  when p enters any where m has room and p.length + 70000 in m then p leaves outside
                property both // proved
                  when p enters any where m has room and other has room and p.length in m then p leaves outside
                """
        ).expectVerdicts()
    }

    @Test("A pool")
    func pool() async throws {
        try await Box(
            """
            POOL(ids, 64);
            void packet_arrives(struct packet *packet) {
                uint32_t id = pool_allocate(&ids, 4, 2, 10);
                if (id == POOL_EXHAUSTED) return packet_drop(packet);
                packet_emit(packet, outside);
            }
            """,
            spec: """
                property free // proved
                  when p enters any where ids has a free index from 4 to 5 then p leaves outside
                property free_in_more // refuted
                  when p enters any where ids has a free index from 4 to 6 then p leaves outside
                property free_in_less // inconclusive
                  when p enters any where ids has a free index from 5 to 5 then p leaves outside
                property free_elsewhere // refuted
                  when p enters any where ids has a free index from 7 to 9 then p leaves outside
                property nowhere // vacuous
                  when p enters any where ids has a free index from 5 to 4 then p leaves outside
                property always // refuted
                  when p enters any then p leaves outside
                property none_left // refuted
                  when p enters any where not ids has a free index from 4 to 5 then p leaves outside
                """
        ).expectVerdicts()
    }

    /// An empty range is exhausted, whatever is free.
    @Test("A range that may be empty")
    func emptyRange() async throws {
        try await Box(
            """
            struct configuration { uint16_t count; };
            CONFIGURATION(config);
            POOL(ids, 100000);
            void packet_arrives(struct packet *packet) {
                uint32_t id = pool_allocate(&ids, 0, config.count, 10);
                if (id == POOL_EXHAUSTED) return packet_drop(packet);
                packet_emit(packet, outside);
            }
            """,
            spec: """
                property free // refuted
                  when p enters any where ids has a free index from 0 to 65535 then p leaves outside
                property always // refuted
                  when p enters any then p leaves outside
                property some // proved
                  when p enters any where ids has a free index from 0 to config.count - 1 then p leaves outside
                """
        ).expectVerdicts()
    }
}
