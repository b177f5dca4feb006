import PacketFormat
import Testing

@Suite struct PacketPrinterTests {
    private let packet = ConcretePacket(
        bytes: [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x00]
            + [0x46, 0, 0, 34, 0, 1, 0x40, 0, 64, 17, 0xAB, 0xCD, 10, 0, 0, 1, 192, 0, 2, 9, 1, 1, 1, 1]
            + [0x30, 0x39, 0, 53, 0, 10, 0, 0, 0xDE, 0xAD])

    @Test func listsFieldByField() {
        #expect(
            packet.description == """
                  ethernet.destination  02:00:00:00:00:01
                  ethernet.source       02:00:00:00:00:02
                  ethernet.type         0x0800
                  ipv4.version          4
                  ipv4.header_length    6
                  ipv4.type_of_service  0x00
                  ipv4.total_length     34
                  ipv4.identification   1
                  ipv4.reserved_flag    0
                  ipv4.dont_fragment    1
                  ipv4.more_fragments   0
                  ipv4.fragment_offset  0
                  ipv4.time_to_live     64
                  ipv4.protocol         17
                  ipv4.header_checksum  0xabcd
                  ipv4.source           10.0.0.1
                  ipv4.destination      192.0.2.9
                  ipv4.options          4 bytes: 01 01 01 01
                  udp.source_port       12345
                  udp.destination_port  53
                  udp.length            10
                  udp.checksum          0x0000
                  payload               2 bytes: de ad

                """)
    }

    @Test func marksWhatChanged() {
        var bytes = packet.bytes
        bytes[29] = 7
        bytes[bytes.count - 1] = 0
        let changed = ConcretePacket(bytes: bytes).lines(comparedTo: packet).filter { $0.previous != nil }
        #expect(changed.map(\.name) == ["ipv4.source", "payload"])
        #expect(changed.map(\.previous) == ["10.0.0.1", "2 bytes: de ad"])
        #expect(
            ConcretePacket(bytes: bytes).description(comparedTo: packet).contains(
                "* ipv4.source           10.0.0.7  (was 10.0.0.1)\n"))
        // A header that the other packet does not have.
        let bare = ConcretePacket(bytes: Array(packet.bytes[..<14]))
        #expect(packet.lines(comparedTo: bare).first { $0.name == "udp.length" }?.previous == "absent")
    }

    @Test(arguments: [
        (0 as UInt128, "::"), (1, "::1"), (0x2001_0db8_0000_0000_0000_0000_0000_0001, "2001:db8::1"),
        (0x2001_0db8_0000_0001_0001_0001_0001_0001, "2001:db8:0:1:1:1:1:1"),
        (0x2001_0000_0000_0001_0000_0000_0000_0001, "2001:0:0:1::1"), (0xfe80 << 112, "fe80::"),
    ])
    func addressesAreInShortForm(value: UInt128, text: String) {
        #expect(FieldDisplay.ipv6Address.text(of: value, width: 128) == text)
    }

    /// Fields lie in their headers without gaps.
    @Test(arguments: Header.allCases)
    func layoutsAreComplete(header: Header) {
        var next = 0
        for field in header.format.fields where !field.isView {
            #expect(field.bitOffset == next, "\(header).\(field.name)")
            next += field.bitWidth
        }
        switch header.format.length {
        case .fixed(let bytes): #expect(next == bytes * 8)
        case .words: #expect(next == 160)
        }
        #expect(Set(header.format.fields.map(\.name)).count == header.format.fields.count)
    }
}
