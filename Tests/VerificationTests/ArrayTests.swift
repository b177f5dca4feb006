import Testing

/// Arrays at file scope: what holds of every element, however many there are.
@Suite struct ArrayTests {
    @Test(
        "One byte, two, and structs of eight and twelve",
        arguments: ["uint8_t", "uint16_t", "struct eight", "struct twelve"])
    func everyElement(type: String) async throws {
        let isStruct = type.hasPrefix("struct")
        let member = isStruct ? ".second" : ""
        try await Box(
            """
            struct eight { uint32_t first; uint16_t second, third; };
            struct twelve { uint32_t first, second, third; };
            static \(type) slots[256];
            void packet_arrives(struct packet *packet) {
                slots[packet->length & 255]\(member) = (uint8_t)(packet->port + 5);
                packet_emit(packet, outside);
            }
            """,
            spec: """
                invariant small // proved
                  for s in slots: slots[s]\(member) <= 6
                invariant smaller // refuted
                  for s in slots: slots[s]\(member) <= 5
                invariant of_two // proved
                  for s, t in slots: slots[s]\(member) + slots[t]\(member) <= 12
                invariant of_two_others // refuted
                  for s, t in slots: s == t or slots[s]\(member) + slots[t]\(member) <= 11
                invariant but_for_the_last // refuted
                  for s in slots: s == 255 or slots[s]\(member) == 0
                """
        ).expectVerdicts()
    }

    @Test("Elements that were not written stay as they were initialised")
    func initialValues() async throws {
        try await Box(
            """
            static uint8_t slots[4] = {1, 2, 3, 4};
            void packet_arrives(struct packet *packet) {
                if (packet->length == 60) slots[2] = 9;
                packet_emit(packet, outside);
            }
            """,
            spec: """
                invariant there // proved
                  for s in slots: slots[s] != 0
                invariant numbered // refuted
                  for s in slots: slots[s] == s + 1
                invariant all_but_one // proved
                  for s in slots: slots[s] == s + 1 or s == 2
                """
        ).expectVerdicts()
    }

    @Test("As long as it gets")
    func length() async throws {
        try await Box(
            """
            static uint8_t slots[1 << 20];
            void packet_arrives(struct packet *packet) {
                slots[(uint32_t)packet->data[0] << 8 | packet->data[1]] = 1;
                packet_emit(packet, outside);
            }
            """.replacing("slots[(uint32_t)", with: "if (packet->length >= 2) slots[(uint32_t)"),
            spec: """
                invariant flags // proved
                  for s in slots: slots[s] <= 1
                invariant within // proved
                  for s in slots: s < 65536 or slots[s] == 0
                """
        ).expectVerdicts()
    }

    @Test("Of no element, everything would hold")
    func emptyArray() async throws {
        try await Box(
            """
            static uint8_t slots[0];
            void packet_arrives(struct packet *packet) {
                if (packet->length > 65535) slots[packet->length] = 1; // never
                packet_emit(packet, outside);
            }
            """,
            spec: """
                invariant nothing // vacuous
                  for s in slots: slots[s] == 7
                """
        ).expectVerdicts()
    }

    @Test("An array that says where to look in another needs no invariant in the spec")
    func inferredBounds() async throws {
        func code(_ largest: Int) -> String {
            """
            static uint8_t slots[64];
            static uint16_t places[4];
            void packet_arrives(struct packet *packet) {
                uint8_t place = slots[packet->length & 63];
                places[place] = 1;
                slots[packet->length & 15] = (uint8_t)(packet->length > 100 ? \(largest) : 1);
                packet_emit(packet, outside);
            }
            """
        }
        let spec = "property out // WORD\n when p enters any then p leaves outside\n"
        try await Box(code(3), spec: spec.replacing("WORD", with: "proved")).expectVerdicts()
        try await Box(code(4), spec: spec.replacing("WORD", with: "inconclusive"))
            .expectVerdicts(checks: [.noUndefinedBehaviour: .refuted])
    }

    @Test("An entry that says where its own is")
    func placesInEntries() async throws {
        func code(_ test: String) -> String {
            """
            struct server { uint32_t number; };
            static struct server servers[4];
            struct place { uint32_t index; };
            struct client { uint32_t number; };
            MAP(places, struct client, struct place, 16);
            struct change { uint32_t index; uint32_t number; };
            CONTROL_OPERATION(add, const struct change *argument) {
                if (argument->index < 4\(test)) servers[argument->index].number = argument->number;
            }
            CONTROL_OPERATION(remove_server, const struct change *argument) {
                if (argument->index < 4 && servers[argument->index].number == argument->number) servers[argument->index].number = 0;
            }
            void packet_arrives(struct packet *packet) {
                struct client client = {packet->length};
                struct place place = {packet->length & 3};
                const struct place *known = map_find(&places, &client);
                if (known == NULL) {
                    if (servers[place.index].number == 0 || !map_insert(&places, &client, &place, 10)) return packet_drop(packet);
                } else {
                    if (servers[known->index].number == 0) return packet_drop(packet);
                    map_refresh(&places, &client, 10);
                }
                packet_emit(packet, outside);
            }
            """
        }
        func spec(_ word: String) -> String {
            """
            property stays // \(word)
              when p enters inside, q leaves any
              later r enters inside
              where r.length == p.length
              within 10
              unless c runs remove_server
              then r leaves outside
            """
        }
        try await Box(code(" && servers[argument->index].number == 0"), spec: spec("proved")).expectVerdicts()
        try await Box(code(""), spec: spec("refuted")).expectVerdicts()
    }
}
