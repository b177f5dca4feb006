import Logic
import Testing

@testable import SymbolicExecution

/// Wrong programs that the checks must not let pass, and right ones beside them. Each wrong one was thought up to get by.
@Suite struct SoundnessTests {
    private func failing(_ text: String) async throws -> Set<CheckKind> {
        let box = try await Box(text)
        #expect(box.unknown.isEmpty)
        return Set(try box.failingChecks().map(\.kind))
    }

    // MARK: Entries

    private static let map = "struct value { uint32_t n; }; MAP(m, uint32_t, struct value, 4);\n"

    /// The map may give the memory of a removed entry to another key, as the runtime's does: then the old pointer leads there.
    @Test("A pointer to an entry that was removed and inserted anew")
    func entryInsertedAnew() async throws {
        let kinds = try await failing(
            Self.map + """
                void packet_arrives(struct packet *packet) {
                    uint32_t a = 1, b = 2;
                    struct value one = {1}, two = {2};
                    struct value *found = map_find(&m, &a);
                    if (found == NULL) { map_insert(&m, &a, &one, 10); return packet_drop(packet); }
                    map_remove(&m, &a);
                    map_insert(&m, &b, &two, 10);
                    if (!map_insert(&m, &a, &one, 10)) return packet_drop(packet);
                    packet_emit(packet, found->n == 1 ? inside : outside);
                }
                """)
        #expect(kinds == [.memorySafe])
    }

    @Test("A pointer to an entry outlives insertions of other keys")
    func entryAfterOtherInsertion() async throws {
        let kinds = try await failing(
            Self.map + """
                void packet_arrives(struct packet *packet) {
                    uint32_t a = 1, b = 2;
                    struct value two = {2};
                    struct value *found = map_find(&m, &a);
                    if (found == NULL) return packet_drop(packet);
                    map_insert(&m, &b, &two, 10);
                    found->n++;
                    packet_drop(packet);
                }
                """)
        #expect(kinds.isEmpty)
    }

    @Test("A pointer to a removed entry, where the keys may be the same")
    func removedEntry() async throws {
        let kinds = try await failing(
            Self.map + """
                void packet_arrives(struct packet *packet) {
                    uint32_t a = 1, b = packet->length;
                    struct value *found = map_find(&m, &a);
                    if (found == NULL) return packet_drop(packet);
                    map_remove(&m, &b);
                    found->n = 3;
                    packet_drop(packet);
                }
                """)
        #expect(kinds == [.memorySafe])
    }

    @Test("A pointer to an entry whose lifetime is set to nothing")
    func expiredEntry() async throws {
        let kinds = try await failing(
            Self.map + """
                void packet_arrives(struct packet *packet) {
                    uint32_t a = 1;
                    struct value *found = map_find(&m, &a);
                    if (found == NULL) return packet_drop(packet);
                    map_refresh(&m, &a, 0);
                    packet_emit(packet, found->n & 1);
                }
                """)
        #expect(kinds == [.memorySafe])
    }

    // MARK: Locals

    @Test("A local of a function that has returned")
    func danglingLocal() async throws {
        let kinds = try await failing(
            """
            struct place { uint32_t *at; };
            static void leave(struct place *place) { uint32_t local[2] = {1, 2}; place->at = local; }
            void packet_arrives(struct packet *packet) {
                struct place place;
                leave(&place);
                *place.at = 1;
                packet_emit(packet, *place.at);
            }
            """)
        #expect(kinds == [.memorySafe])
    }

    @Test("A local whose block has ended")
    func localOfEndedBlock() async throws {
        let kinds = try await failing(
            """
            static void fill(uint8_t *bytes, uint8_t value) { bytes[0] = value; bytes[1] = value; }
            void packet_arrives(struct packet *packet) {
                uint8_t *kept;
                { uint8_t first[2]; fill(first, 1); kept = first; }
                { uint8_t second[2]; fill(second, 0); *kept = 1; packet_emit(packet, second[0]); }
            }
            """)
        #expect(kinds == [.memorySafe])
    }

    @Test("A local of a loop's body lives anew in each round")
    func localInLoop() async throws {
        let kinds = try await failing(
            """
            static void fill(uint8_t *bytes, uint8_t value) { bytes[0] = value; bytes[1] = value; }
            void packet_arrives(struct packet *packet) {
                uint8_t sum = 0;
                for (uint8_t i = 0; i < 3; i++) { uint8_t bytes[2]; fill(bytes, i); sum += bytes[1]; }
                packet_emit(packet, sum == 3 ? inside : outside);
            }
            """)
        #expect(kinds.isEmpty)
    }

    @Test("What a round of a loop leaves behind is not there in the next")
    func localKeptOverRounds() async throws {
        let kinds = try await failing(
            """
            static void set(uint8_t *byte, bool really) { if (really) *byte = 1; }
            void packet_arrives(struct packet *packet) {
                uint8_t sum = 0;
                for (uint8_t i = 0; i < 3; i++) { uint8_t byte; set(&byte, i == 0); sum += byte; }
                packet_emit(packet, sum & 1);
            }
            """)
        #expect(kinds == [.noUninitialisedMemory])
    }

    // MARK: Pointers

    /// As offsets without a sign, what lies before the start lies behind the end; as addresses it does not.
    @Test("Pointers to before the packet are not compared as if behind it")
    func pointerBeforeStart() async throws {
        let kinds = try await failing(
            """
            void packet_arrives(struct packet *packet) {
                if (packet->length < 20) return packet_drop(packet);
                uint8_t *p = packet->data + ((int32_t)packet->data[0] - 4);
                if (p + 1 > packet->data + packet->length) return packet_drop(packet);
                *p = 1;
                packet_emit(packet, inside);
            }
            """)
        #expect(kinds.contains(.noUndefinedBehaviour))
    }

    @Test("The comparison with the packet's end that everyone writes")
    func pointerBehindEnd() async throws {
        let kinds = try await failing(
            """
            void packet_arrives(struct packet *packet) {
                uint8_t *p = packet->data, *end = p + packet->length;
                if (p + 34 > end) return packet_drop(packet);
                uint32_t words = p[14] & 0x0F;
                p += 14 + 4 * words;
                if (p + 8 > end) return packet_drop(packet);
                p[7] = 0;
                packet_emit(packet, inside);
            }
            """)
        #expect(kinds.isEmpty)
    }

    @Test(
        "Accesses outside of their object",
        arguments: [
            "packet->data[packet->length] = 1;", "packet->data[-1] = 1;",
            "(void)*(volatile_free *)(packet->data + packet->length - 3);",
            "static_array[packet->length & 4] = 1;", "((uint8_t *)static_array)[packet->length & 31] = 1;",
            "local[packet->length & 0] = 2; (&local[0])[4] = 1;",
            "__builtin_memcpy((uint8_t *)local + (packet->length & 1), packet->data, 16);",
            "__builtin_memset(static_array + (packet->length & 1), 0, 16);",
            "*(uint32_t *)(packet->data + 0xFFFFFFFF) = 0;",
            "*(uint32_t *)(packet->data + packet->length * 65537u) = 0;",
        ])
    func outOfBounds(_ statement: String) async throws {
        let kinds = try await failing(
            """
            typedef uint32_t volatile_free;
            static uint32_t static_array[4];
            void packet_arrives(struct packet *packet) {
                uint32_t local[4] = {0};
                if (packet->length < 3) return packet_drop(packet);
                \(statement)
                packet_emit(packet, (static_array[0] ^ local[3]) == 7);
            }
            """)
        #expect(!kinds.isDisjoint(with: [.memorySafe, .noUndefinedBehaviour]))
    }

    // MARK: Names

    /// The names of the user's objects must not be those of the executor's own variables.
    @Test func configurationNamedLikeThePacket() async throws {
        let box = try await Box(
            """
            struct configuration { uint16_t length; uint32_t port; };
            CONFIGURATION(packet);
            void packet_arrives(struct packet *arrived) {
                if (packet.length == arrived->length) return packet_emit(arrived, inside);
                packet_drop(arrived);
            }
            """)
        #expect(box.finished.count == 2)
        for count in [2, 3] {
            var machine = try Machine(box, configuration: [3, 0, 0, 0, 1, 0, 0, 0])
            let reaction = try machine.receive(Arrival(bytes: Array(repeating: 0, count: count)))
            guard case .handled(let outcome) = reaction else {
                Issue.record("\(reaction)")
                continue
            }
            #expect(outcome.drops == (count == 3 ? 0 : 1))
        }
    }

    @Test("A bool of the configuration is 0 or 1, as C has it")
    func configuredBool() async throws {
        let kinds = try await failing(
            """
            struct configuration { bool strict; };
            CONFIGURATION(config);
            void packet_arrives(struct packet *packet) { if (config.strict) return packet_drop(packet); packet_emit(packet, inside); }
            """)
        #expect(kinds.isEmpty)
    }
}
