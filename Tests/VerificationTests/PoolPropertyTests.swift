import Testing

/// Claims about index pools, and about maps beside them.
@Suite struct PoolPropertyTests {
    private static func box(lifetimeOfOwner: Int, release: String = "pool_release(&ids, id);") -> String {
        """
        struct value { uint32_t length; };
        POOL(ids, 16);
        MAP(owner, uint32_t, struct value, 16);
        void packet_arrives(struct packet *packet) {
            uint32_t id = pool_allocate(&ids, 4, 8, 10);
            if (id == POOL_EXHAUSTED) return packet_drop(packet);
            struct value value = {packet->length};
            if (!map_insert(&owner, &id, &value, \(lifetimeOfOwner))) {
                \(release)
                return packet_drop(packet);
            }
            packet_emit(packet, outside);
        }
        """
    }

    @Test("Over indices and keys")
    func ranges() async throws {
        try await Box(
            Self.box(lifetimeOfOwner: 10),
            spec: """
                invariant range // proved
                  for i in ids: i >= 4 and i < 12
                invariant narrower // refuted
                  for i in ids: i >= 5
                invariant second_narrower // refuted
                  for i in ids: i < 5
                invariant owner_allocated // proved
                  for k in owner: k in ids and expiry(ids, k) == expiry(owner, k)
                invariant allocated_has_owner // proved
                  for i in ids: i in owner and expiry(ids, i) == expiry(owner, i)
                invariant one_at_most // refuted
                  for i, j in ids: i == j
                invariant distances // proved
                  for i, j in ids: i < j + 8
                invariant small_distances // refuted
                  for i, j in ids: i < j + 1
                invariant lifetime // proved
                  for i in ids: expiry(ids, i) <= now + 10 * 1000000000
                """
        ).expectVerdicts()
    }

    @Test("An owner that outlives its index")
    func outlives() async throws {
        try await Box(
            Self.box(lifetimeOfOwner: 20),
            spec: """
                invariant owner_allocated // refuted
                  for k in owner: k in ids
                """
        ).expectVerdicts()
    }

    @Test("An index that is not given back")
    func leak() async throws {
        try await Box(
            Self.box(lifetimeOfOwner: 10, release: ""),
            spec: """
                invariant allocated_has_owner // unproved
                  for i in ids: i in owner and expiry(ids, i) == expiry(owner, i)
                invariant owner_allocated // proved
                  for k in owner: k in ids and expiry(ids, k) == expiry(owner, k)
                """
        ).expectVerdicts()
    }

    @Test("What a step does to a pool")
    func step() async throws {
        try await Box(
            """
            POOL(ids, 16);
            void packet_arrives(struct packet *packet) {
                if (packet->port == outside) {
                    bool was = pool_release(&ids, 3);
                    return packet_emit(packet, was ? inside : outside);
                }
                uint32_t id = pool_allocate(&ids, 3, 2, 10);
                packet_emit(packet, id == POOL_EXHAUSTED ? outside : inside);
            }
            """,
            spec: """
                property released // proved
                  when p enters outside then not 3 in ids
                property four_stays // proved
                  when p enters outside then 4 in before(ids) implies 4 in ids
                property three_stays // refuted
                  when p enters outside then 3 in before(ids) implies 3 in ids
                property told_so // proved
                  when p enters outside where 3 in ids then p leaves inside
                property told_otherwise // refuted
                  when p enters outside where 3 in ids then p leaves outside
                property fresh_pool_gives // unproved
                  when p enters inside then p leaves inside
                property one_of_them // proved
                  when p enters inside, q leaves inside then 3 in ids or 4 in ids
                property the_first // refuted
                  when p enters inside, q leaves inside then not 4 in ids
                """
        ).expectVerdicts()
    }
}
