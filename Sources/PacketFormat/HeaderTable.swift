// The one description of header layouts. Symbolic, concrete and printed views are computed from it.

extension HeaderFormat {
    /// The format of each header.
    public static let all: [Header: HeaderFormat] = Dictionary(
        uniqueKeysWithValues: table.map { ($0.header, $0) })

    private static let table: [HeaderFormat] = [
        HeaderFormat(
            header: .ethernet, title: "Ethernet", reference: "IEEE 802.3",
            fields: fields([
                .of("destination", 48, .macAddress), .of("source", 48, .macAddress), .of("type", 16, .hexadecimal),
            ]),
            length: .fixed(14), parents: [], conditions: []),
        HeaderFormat(
            header: .vlan, title: "VLAN", reference: "IEEE 802.1Q",
            fields: fields([
                .of("priority", 3), .of("drop_eligible", 1), .of("identifier", 12), .of("type", 16, .hexadecimal),
            ]),
            length: .fixed(4), parents: [Parent(header: .ethernet, conditions: [.equal("type", 0x8100)])],
            conditions: []),
        HeaderFormat(
            header: .arp, title: "ARP", reference: "RFC 826",
            fields: fields([
                .of("hardware_type", 16), .of("protocol_type", 16, .hexadecimal), .of("hardware_address_length", 8),
                .of("protocol_address_length", 8), .of("operation", 16),
                .of("sender_hardware_address", 48, .macAddress),
                .of("sender_protocol_address", 32, .ipv4Address), .of("target_hardware_address", 48, .macAddress),
                .of("target_protocol_address", 32, .ipv4Address),
            ]),
            length: .fixed(28), parents: link(type: 0x0806),
            conditions: [.equal("hardware_address_length", 6), .equal("protocol_address_length", 4)]),
        HeaderFormat(
            header: .ipv4, title: "IPv4", reference: "RFC 791 section 3.1",
            fields: fields([
                .of("version", 4), .of("header_length", 4), .of("type_of_service", 8, .hexadecimal),
                .of("total_length", 16), .of("identification", 16), .of("reserved_flag", 1), .of("dont_fragment", 1),
                .of("more_fragments", 1), .of("fragment_offset", 13), .of("time_to_live", 8), .of("protocol", 8),
                .of("header_checksum", 16, .hexadecimal), .of("source", 32, .ipv4Address),
                .of("destination", 32, .ipv4Address),
            ]) + [.view("dscp", at: 8, 6), .view("ecn", at: 14, 2)],
            length: .words(field: "header_length"), parents: link(type: 0x0800),
            conditions: [.equal("version", 4), .atLeast("header_length", 5)]),
        HeaderFormat(
            header: .ipv6, title: "IPv6", reference: "RFC 8200 section 3",
            fields: fields([
                .of("version", 4), .of("traffic_class", 8, .hexadecimal), .of("flow_label", 20, .hexadecimal),
                .of("payload_length", 16), .of("next_header", 8), .of("hop_limit", 8), .of("source", 128, .ipv6Address),
                .of("destination", 128, .ipv6Address),
            ]),
            length: .fixed(40), parents: link(type: 0x86DD), conditions: [.equal("version", 6)]),
        HeaderFormat(
            header: .tcp, title: "TCP", reference: "RFC 9293 section 3.1",
            fields: fields([
                .of("source_port", 16), .of("destination_port", 16), .of("sequence_number", 32),
                .of("acknowledgment_number", 32), .of("data_offset", 4), .of("reserved", 4), .of("cwr", 1),
                .of("ece", 1),
                .of("urg", 1), .of("ack", 1), .of("psh", 1), .of("rst", 1), .of("syn", 1), .of("fin", 1),
                .of("window", 16), .of("checksum", 16, .hexadecimal), .of("urgent_pointer", 16),
            ]) + [.view("flags", at: 104, 8)],
            length: .words(field: "data_offset"), parents: transport(protocol: 6),
            conditions: [.atLeast("data_offset", 5)]),
        HeaderFormat(
            header: .udp, title: "UDP", reference: "RFC 768",
            fields: fields([
                .of("source_port", 16), .of("destination_port", 16), .of("length", 16),
                .of("checksum", 16, .hexadecimal),
            ]),
            length: .fixed(8), parents: transport(protocol: 17), conditions: []),
        HeaderFormat(
            header: .icmp, title: "ICMP", reference: "RFC 792",
            fields: fields([
                .of("type", 8), .of("code", 8), .of("checksum", 16, .hexadecimal), .of("identifier", 16),
                .of("sequence_number", 16),
            ]),
            length: .fixed(8), parents: transport(protocol: 1), conditions: []),
    ]

    /// Behind Ethernet, with or without one VLAN tag.
    private static func link(type: UInt128) -> [Parent] {
        [
            Parent(header: .ethernet, conditions: [.equal("type", type)]),
            Parent(header: .vlan, conditions: [.equal("type", type)]),
        ]
    }

    /// In an IPv4 datagram, or in its first fragment.
    private static func transport(protocol number: UInt128) -> [Parent] {
        [Parent(header: .ipv4, conditions: [.equal("protocol", number), .equal("fragment_offset", 0)])]
    }

    /// One field behind the other.
    private static func fields(_ layout: [FieldFormat]) -> [FieldFormat] {
        var offset = 0
        return layout.map { field in
            defer { offset += field.bitWidth }
            return FieldFormat(
                name: field.name, bitOffset: offset, bitWidth: field.bitWidth, display: field.display, isView: false)
        }
    }
}

extension FieldFormat {
    /// A field of a layout, whose place follows from those before it.
    fileprivate static func of(_ name: String, _ width: Int, _ display: FieldDisplay = .decimal) -> FieldFormat {
        FieldFormat(name: name, bitOffset: 0, bitWidth: width, display: display, isView: false)
    }

    fileprivate static func view(_ name: String, at bitOffset: Int, _ width: Int) -> FieldFormat {
        FieldFormat(name: name, bitOffset: bitOffset, bitWidth: width, display: .decimal, isView: true)
    }
}

extension HeaderFormat.Condition {
    static func equal(_ field: String, _ value: UInt128) -> Self {
        Self(field: field, comparison: .equal, value: value)
    }
    static func atLeast(_ field: String, _ value: UInt128) -> Self {
        Self(field: field, comparison: .atLeast, value: value)
    }
}

extension Header {
    /// The header's row of the table.
    public var format: HeaderFormat {
        guard let format = HeaderFormat.all[self] else { preconditionFailure("no format of \(self)") }
        return format
    }

    /// The ways in which the header can be reached: each a list of headers from the outermost to this one. The one without optional
    /// headers comes first.
    public var chains: [[Header]] { Header.allChains[self] ?? [] }

    private static let allChains: [Header: [[Header]]] = {
        var result: [Header: [[Header]]] = [:]
        func chains(of header: Header) -> [[Header]] {
            let parents = header.format.parents
            return parents.isEmpty ? [[header]] : parents.flatMap { chains(of: $0.header).map { $0 + [header] } }
        }
        for header in Header.allCases { result[header] = chains(of: header).sorted { $0.count < $1.count } }
        return result
    }()
}
