import Testing

/// `… is right`: one's complement sums over headers that are rewritten.
@Suite struct ChecksumPropertyTests {
    private static func hop(_ rewriting: String) -> String {
        """
        void packet_arrives(struct packet *packet) {
            struct ethernet_header *ethernet = packet_bytes(packet, 0, sizeof *ethernet);
            if (ethernet == NULL || ethernet->type != htons(ETHERTYPE_IPV4)) return packet_drop(packet);
            struct ipv4_header *ipv4 = packet_bytes(packet, sizeof *ethernet, sizeof *ipv4);
            if (ipv4 == NULL || ipv4_version(ipv4) != 4 || ipv4_header_length(ipv4) < sizeof *ipv4) return packet_drop(packet);
            if (packet_bytes(packet, sizeof *ethernet, ipv4_header_length(ipv4)) == NULL) return packet_drop(packet);
            \(rewriting)
            packet_emit(packet, packet->port == inside ? outside : inside);
        }
        """
    }

    private static func stays(_ expectation: String) -> String {
        """
        property stays_right // \(expectation)
          when p enters any, q leaves any where p.ipv4.header_checksum is right then q.ipv4.header_checksum is right
        property is_right // refuted
          when p enters any, q leaves any then q.ipv4.header_checksum is right
        """
    }

    private static let hopOf = """
        if (ipv4->time_to_live <= 1) return packet_drop(packet);
        be16 before, after;
        before = (be16)(ipv4->time_to_live | ipv4->protocol << 8);
        ipv4->time_to_live--;
        after = (be16)(ipv4->time_to_live | ipv4->protocol << 8);
        (void)before, (void)after;
        ipv4->header_checksum =\u{20}
        """

    @Test("Time to live")
    func timeToLive() async throws {
        let good = Self.hopOf + "checksum_replace_16(ipv4->header_checksum, before, after);"
        try await Box(Self.hop(good), spec: Self.stays("proved")).expectVerdicts()
    }

    @Test(
        "Time to live, done wrong",
        arguments: [
            "checksum_replace_16(ipv4->header_checksum, after, before);",
            "checksum_replace_16(ipv4->header_checksum, before, before);",
            "checksum_replace_16(ipv4->header_checksum, htons(before), htons(after));",
            "ipv4->header_checksum;", "0;",
        ])
    func wrongTimeToLive(_ update: String) async throws {
        try await Box(Self.hop(Self.hopOf + update), spec: Self.stays("unproved")).expectVerdicts()
    }

    @Test("An address")
    func address() async throws {
        let good = """
            ipv4_address before = ipv4->source;
            ipv4->source = htonl(0x0A000001);
            ipv4->header_checksum = checksum_replace_32(ipv4->header_checksum, before, ipv4->source);
            """
        try await Box(Self.hop(good), spec: Self.stays("proved")).expectVerdicts()
        let tooLate = """
            ipv4->source = htonl(0x0A000001);
            ipv4->header_checksum = checksum_replace_32(ipv4->header_checksum, ipv4->source, htonl(0x0A000001));
            """
        try await Box(Self.hop(tooLate), spec: Self.stays("refuted")).expectVerdicts()
    }

    @Test("What the checksum does not cover")
    func notCovered() async throws {
        let box = """
            ethernet->source[0] = 1;
            """
        try await Box(Self.hop(box), spec: Self.stays("proved")).expectVerdicts()
    }

    // MARK: Segments

    private static func datagram(_ rewriting: String) -> String {
        hop(
            """
            uint32_t offset = sizeof *ethernet + ipv4_header_length(ipv4);
            struct udp_header *udp = packet_bytes(packet, offset, sizeof *udp);
            if (ipv4->protocol != PROTOCOL_UDP || udp == NULL) return packet_drop(packet);
            be16 port = udp->destination_port;
            ipv4_address address = ipv4->source;
            (void)port, (void)address;
            \(rewriting)
            """)
    }

    private static func staysOfSegment(_ expectation: String, kept: String = "proved") -> String {
        """
        property stays_right // \(expectation)
          when p enters any, q leaves any where p.udp.checksum is right then q.udp.checksum is right
        property stays_right_whichever // \(expectation)
          when p enters any, q leaves any where p.l4.checksum is right then q.l4.checksum is right
        property kept // \(kept)
          when p enters any, q leaves any where p.udp.checksum != 0 then q.udp.checksum != 0
        """
    }

    private static func updated(_ value: String) -> String {
        "if (udp->checksum != 0) { be16 sum = \(value); udp->checksum = sum == 0 ? 0xFFFF : sum; }"
    }

    @Test("A port and an address")
    func segment() async throws {
        let good = """
            udp->destination_port = htons(53);
            ipv4->source = htonl(0x0A000001);
            \(Self.updated("checksum_replace_32(checksum_replace_16(udp->checksum, port, htons(53)), address, ipv4->source)"))
            """
        try await Box(
            Self.datagram(good),
            spec: Self.staysOfSegment("proved") + """

                property is_right // refuted
                  when p enters any, q leaves any then q.udp.checksum is right
                """
        ).expectVerdicts()
    }

    @Test("What no segment's checksum covers")
    func outsideOfSegment() async throws {
        try await Box(
            Self.datagram("ipv4->time_to_live = 1; ipv4->type_of_service = 3;"), spec: Self.staysOfSegment("proved")
        ).expectVerdicts()
    }

    @Test(
        "A segment's checksum, wrong",
        arguments: [
            "udp->destination_port = htons(53);", "ipv4->source = htonl(0x0A000001);",
            "udp->destination_port = htons(53); "
                + updated("checksum_replace_16(udp->checksum, udp->destination_port, port)"),
            "ipv4->source = htonl(0x0A000001); "
                + updated("checksum_replace_16(udp->checksum, (be16)address, (be16)ipv4->source)"),
            "uint8_t *payload = packet_bytes(packet, offset + 8, 1); if (payload != NULL) *payload = 7;",
        ])
    func wrongSegment(_ rewriting: String) async throws {
        try await Box(Self.datagram(rewriting), spec: Self.staysOfSegment("refuted")).expectVerdicts()
    }

    @Test("A checksum that becomes none")
    func none() async throws {
        let box = """
            udp->destination_port = htons(53);
            if (udp->checksum != 0) udp->checksum = checksum_replace_16(udp->checksum, port, htons(53));
            """
        try await Box(Self.datagram(box), spec: Self.staysOfSegment("proved", kept: "refuted")).expectVerdicts()
    }
}
