import Testing

/// What holds of every reachable state is found out from the code: no spec here says an invariant.
@Suite struct InferenceTests {
    @Test("Tables that are written together are each other's inverses, and expire together")
    func pairedTables() async throws {
        let box = try Box(
            """
            struct configuration { seconds lifetime; uint32_t offset; };
            CONFIGURATION(config);
            struct inner { uint32_t number; };
            struct outer { uint32_t number; uint32_t kind; };
            MAP(forward, struct inner, struct outer, 8);
            MAP(backward, struct outer, struct inner, 8);

            void packet_arrives(struct packet *packet) {
                if (packet->port == inside) {
                    struct inner in = {packet->length};
                    const struct outer *known = map_find(&forward, &in);
                    if (known != NULL) {
                        struct outer out = *known;
                        map_refresh(&forward, &in, config.lifetime);
                        map_refresh(&backward, &out, config.lifetime);
                        return packet_emit(packet, outside);
                    }
                    struct outer out = {packet->length ^ config.offset, 7};
                    if (map_find(&backward, &out) != NULL) return packet_drop(packet);
                    if (!map_insert(&forward, &in, &out, config.lifetime)) return packet_drop(packet);
                    if (!map_insert(&backward, &out, &in, config.lifetime)) {
                        map_remove(&forward, &in);
                        return packet_drop(packet);
                    }
                    return packet_emit(packet, outside);
                }
                struct outer out = {packet->length, 7};
                const struct inner *in = map_find(&backward, &out);
                if (in == NULL || map_find(&forward, in) == NULL) return packet_drop(packet);
                packet_emit(packet, inside);
            }
            """,
            spec: """
                assume config.lifetime >= 1
                let out(p) = (p.length, 7)
                property what_is_known_backward_comes_in // proved
                  when p enters outside
                  where out(p) in backward
                  then p leaves inside
                property kinds // proved
                  when p enters outside, q leaves inside
                  then before(backward)[out(p)] in before(forward)
                  then before(forward)[before(backward)[out(p)]].kind == 7
                property too_much // refuted
                  when p enters outside, q leaves inside
                  then before(backward)[out(p)].number == p.length
                """)
        try await box.expectVerdicts()
        let inferred = try await box.inferred()
        #expect(inferred.contains("for e in forward: forward[e] in backward and backward[forward[e]] == e"))
        #expect(inferred.contains { $0.contains("expiry(forward, e) == expiry(backward, forward[e])") })
    }

    @Test("Where one table may lose its entry alone, nothing of the kind is inferred")
    func tablesThatPart() async throws {
        let box = try Box(
            """
            struct other { uint32_t number; uint32_t kind; };
            MAP(forward, uint32_t, struct other, 8);
            MAP(backward, struct other, uint32_t, 8);

            void packet_arrives(struct packet *packet) {
                uint32_t in = packet->length;
                struct other out = {packet->length, 7};
                if (packet->port == inside) {
                    if (packet->length == 77) {
                        map_remove(&backward, (&(struct other){60, 7}));
                        return packet_drop(packet);
                    }
                    if (!map_insert(&forward, &in, &out, 5)) return packet_drop(packet);
                    if (!map_insert(&backward, &out, &in, 5)) {
                        map_remove(&forward, &in);
                        return packet_drop(packet);
                    }
                    return packet_emit(packet, outside);
                }
                if (map_find(&forward, &in) == NULL) return packet_drop(packet);
                if (map_find(&backward, &out) == NULL) return packet_drop(packet);
                packet_emit(packet, inside);
            }
            """,
            spec: """
                property what_is_known_comes_in // refuted
                  when p enters outside
                  where p.length in forward
                  then p leaves inside
                property what_is_known_backward_comes_in // proved
                  when p enters outside
                  where (p.length, 7) in backward
                  then p leaves inside
                """)
        try await box.expectVerdicts()
        let inferred = try await box.inferred()
        #expect(!inferred.contains { $0.hasPrefix("for e in forward: forward[e] in backward") }, "\(inferred)")
    }

    @Test("What is decided before a number is stored holds of what is stored: an array is safe to index")
    func testedBeforeItIsStored() async throws {
        func program(_ limit: Int) -> String {
            """
            struct value { uint32_t slot; };
            MAP(table, uint32_t, struct value, 8);
            static const uint32_t weights[8] = {1, 2, 3, 4, 5, 6, 7, 8};

            void packet_arrives(struct packet *packet) {
                uint32_t key = packet->port;
                if (packet->port == inside) {
                    struct value value = {packet->length};
                    if (value.slot >= \(limit)) return packet_drop(packet);
                    if (!map_insert(&table, &key, &value, 5)) return packet_drop(packet);
                    return packet_emit(packet, outside);
                }
                key = inside;
                const struct value *value = map_find(&table, &key);
                if (value == NULL || weights[value->slot] == 3) return packet_drop(packet);
                packet_emit(packet, inside);
            }
            """
        }
        try await Box(program(8), spec: "").expectVerdicts()
        let reports = try await Box(program(9), spec: "").reports()
        #expect(reports["no_undefined_behaviour"]?.verdict == .refuted || reports["memory_safe"]?.verdict == .refuted)
    }

    @Test("Times that are kept are not in the future, and counters stay within what they are compared with")
    func scalars() async throws {
        let box = try Box(
            """
            struct configuration { uint32_t most; };
            CONFIGURATION(config);
            static uint32_t count;
            static nanoseconds last;

            void packet_arrives(struct packet *packet) {
                if (packet->port == outside) {
                    if (count > config.most) return packet_emit(packet, outside);
                    if (last > packet->time) return packet_emit(packet, outside);
                    return packet_drop(packet);
                }
                last = packet->time;
                if (count < config.most) count++;
                packet_emit(packet, outside);
            }
            """,
            spec: """
                property nothing_out_of_bounds // proved
                  when p enters outside
                  then p is dropped
                property never_full // refuted
                  when p enters inside
                  then count < config.most
                """)
        try await box.expectVerdicts()
        let inferred = try await box.inferred()
        #expect(inferred.contains("count <= config.most"), "\(inferred)")
        #expect(inferred.contains("last <= now"), "\(inferred)")
    }

    @Test("An index that an entry stands for stays allocated as long as the entry lives")
    func pooledIndices() async throws {
        func box(_ refreshed: String) throws -> Box {
            try Box(
                """
                struct value { uint16_t slot; };
                MAP(table, uint32_t, struct value, 8);
                MAP(owner, uint16_t, uint32_t, 8);
                POOL(slots, 8);

                void packet_arrives(struct packet *packet) {
                    uint32_t key = packet->length;
                    const struct value *known = map_find(&table, &key);
                    if (known != NULL) {
                        uint16_t slot = known->slot;
                        map_refresh(&table, &key, 5);
                        map_refresh(&owner, &slot, 5);
                        \(refreshed)
                        return packet_emit(packet, outside);
                    }
                    uint32_t index = pool_allocate(&slots, 0, 8, 5);
                    if (index == POOL_EXHAUSTED) return packet_drop(packet);
                    uint16_t slot = (uint16_t)index;
                    struct value value = {slot};
                    if (map_insert(&table, &key, &value, 5)) {
                        if (map_insert(&owner, &slot, &key, 5)) return packet_emit(packet, outside);
                        map_remove(&table, &key);
                    }
                    pool_release(&slots, index);
                    packet_drop(packet);
                }
                """,
                spec: """
                    invariant slots_are_not_shared // \(refreshed.isEmpty ? "refuted" : "proved")
                      for a, b in table: a != b implies table[a] != table[b]
                    """)
        }
        try await box("pool_refresh(&slots, slot, 5);").expectVerdicts()
        try await box("").expectVerdicts()
    }
}
