import Testing

/// Headers at offsets that the packet says: what is written behind one is not in it, but only where the code made sure. Offsets are
/// compared with what the path knows of them, so each check that a proof rests on is left out once.
@Suite struct OffsetTests {
    /// - Parameters:
    ///   - least: the least header length, in words, that is let through.
    ///   - skip: how far behind the header the byte is that is written.
    private func layered(least: Int, skip: Int = 0) -> String {
        """
        static void second(struct packet *packet, uint32_t offset) {
            uint8_t *transport = packet_bytes(packet, offset, 8);
            if (transport == NULL) return packet_drop(packet);
            transport[\(skip)] = 0x55;
            struct ipv4_header *ipv4 = packet_bytes(packet, 14, sizeof *ipv4);
            if (ipv4 == NULL) return packet_drop(packet);
            if (ipv4->protocol == 0x55) return packet_drop(packet);
            packet_emit(packet, packet->port == inside ? outside : inside);
        }
        void packet_arrives(struct packet *packet) {
            struct ethernet_header *ethernet = packet_bytes(packet, 0, sizeof *ethernet);
            if (ethernet == NULL || ethernet->type != htons(ETHERTYPE_IPV4)) return packet_drop(packet);
            struct ipv4_header *ipv4 = packet_bytes(packet, 14, sizeof *ipv4);
            if (ipv4 == NULL) return packet_drop(packet);
            uint32_t length = ipv4_header_length(ipv4);
            if (ipv4_version(ipv4) != 4 || length < \(4 * least)u) return packet_drop(packet);
            second(packet, 14 + length);
        }
        """
    }

    @Test("What is written behind a header is not in it")
    func behindTheHeader() async throws {
        try await Box(
            layered(least: 5),
            spec: """
                property destination // proved
                  when p enters any, q leaves any then q.ipv4.destination == p.ipv4.destination
                property length // proved
                  when p enters any, q leaves any then q.length == p.length
                property same // refuted
                  when p enters any, q leaves any then q == p
                property payload // refuted
                  when p enters any, q leaves any then q.payload == p.payload
                """
        ).expectVerdicts()
    }

    /// The header of four words is no IPv4 header for the spec, which says nothing of such a packet's fields: but it is not the same packet.
    @Test("Without the check of the header's length it may be in it", arguments: [3, 4])
    func withoutTheCheck(least: Int) async throws {
        try await Box(
            layered(least: least),
            spec: """
                property same_but_behind // refuted
                  when p enters any, q leaves any
                  then p has ipv4 and q.ipv4.destination == p.ipv4.destination
                """
        ).expectVerdicts()
    }

    @Test("A check of five words is one of twenty bytes: a byte short of it is not enough")
    func tightness() async throws {
        let code = layered(least: 5)
        let loose = code.replacing("length < 20u", with: "length + 1 < 20u")
        for (program, verdict) in [(code, "proved"), (loose, "refuted")] {
            try await Box(
                program,
                spec: """
                    property well_formed // \(verdict == "refuted" ? "proved" : verdict)
                      when p enters any, q leaves any then p has ipv4
                    """
            ).expectVerdicts()
        }
        try await Box(
            code.replacing("length < 20u", with: "length + 4 < 20u"),
            spec: """
                property well_formed // refuted
                  when p enters any, q leaves any then p has ipv4
                """
        ).expectVerdicts()
    }

    @Test("Offsets of sixteen bits wrap around, and then what is written lies at the front")
    func wrapping() async throws {
        func box(_ guardCode: String) -> String {
            """
            static void write(struct packet *packet, uint16_t offset) {
                uint8_t *byte = packet_bytes(packet, offset, 1);
                if (byte == NULL) return packet_drop(packet);
                *byte = 0x55;
                packet_emit(packet, outside);
            }
            void packet_arrives(struct packet *packet) {
                uint8_t *bytes = packet_bytes(packet, 0, 16);
                if (bytes == NULL) return packet_drop(packet);
                uint16_t offset = (uint16_t)(bytes[14] << 8 | bytes[15]);
                \(guardCode)
                write(packet, (uint16_t)(offset + 16));
            }
            """
        }
        let spec = """
            property destination // VERDICT
              when p enters any, q leaves any then q.ethernet.destination == p.ethernet.destination
            """
        for (guardCode, verdict) in [
            ("if (offset > 1000) return packet_drop(packet);", "proved"),
            ("if (offset > 65519) return packet_drop(packet);", "proved"),
            ("if (offset > 65520) return packet_drop(packet);", "refuted"), ("", "refuted"),
        ] {
            try await Box(box(guardCode), spec: spec.replacing("VERDICT", with: verdict)).expectVerdicts()
        }
    }

    @Test("A difference is what it looks like only where it does not fall below zero")
    func differences() async throws {
        func box(_ guardCode: String) -> String {
            """
            static void write(struct packet *packet, uint16_t room) {
                uint8_t *byte = packet_bytes(packet, 12 + (room & 0xFFFF), 1);
                if (byte == NULL) return packet_drop(packet);
                *byte = 0x55;
                packet_emit(packet, outside);
            }
            void packet_arrives(struct packet *packet) {
                uint8_t *bytes = packet_bytes(packet, 0, 16);
                if (bytes == NULL) return packet_drop(packet);
                uint16_t room = (uint16_t)(bytes[14] - bytes[15]);
                \(guardCode)
                write(packet, (uint16_t)(room + 4));
            }
            """
        }
        let spec = """
            property type // VERDICT
              when p enters any, q leaves any then q.ethernet.type == p.ethernet.type
            """
        for (guardCode, verdict) in [
            ("if (bytes[15] > bytes[14]) return packet_drop(packet);", "proved"),
            ("if (bytes[15] > bytes[14] + 2) return packet_drop(packet);", "proved"),
            ("if (bytes[15] > bytes[14] + 3) return packet_drop(packet);", "refuted"), ("", "refuted"),
        ] {
            try await Box(box(guardCode), spec: spec.replacing("VERDICT", with: verdict)).expectVerdicts()
        }
    }
}
