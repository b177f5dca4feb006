/// A field as specs name it: `ipv4.source`, or `l4.source_port` for whichever transport header is there.
public struct FieldReference: Hashable, Sendable {
    /// One place that the name can stand for.
    public struct Alternative: Hashable, Sendable {
        public let header: Header
        public let field: FieldFormat
        /// The name stands for this place only if the header's `type` is one of these; empty: always.
        public let types: [UInt128]
    }

    /// `ipv4.source`
    public let name: String
    /// At most one of them applies to a packet. All have the same width.
    public let alternatives: [Alternative]

    public var bitWidth: Int { alternatives[0].field.bitWidth }
    public var display: FieldDisplay { alternatives[0].field.display }
}

extension FieldReference {
    /// The name of the view of the transport header, whichever it is.
    public static let transportView = "l4"

    /// Fields of the view, each with the field that it is in every transport header. For ICMP both ports are the identifier of an echo
    /// message (RFC 3022 section 2.2).
    private static let transportFields: [(name: String, places: [(Header, String, types: [UInt128])])] = [
        ("source_port", [(.tcp, "source_port", []), (.udp, "source_port", []), (.icmp, "identifier", [0, 8])]),
        (
            "destination_port",
            [(.tcp, "destination_port", []), (.udp, "destination_port", []), (.icmp, "identifier", [0, 8])]
        ),
        ("checksum", [(.tcp, "checksum", []), (.udp, "checksum", []), (.icmp, "checksum", [])]),
    ]

    /// The headers that the view stands for.
    public static let transportHeaders: [Header] = [.tcp, .udp, .icmp]

    /// What can stand before the dot.
    public static let headerNames: [String] = Header.allCases.map(\.rawValue) + [transportView]

    /// What can stand behind the dot; empty for an unknown header.
    public static func fieldNames(of header: String) -> [String] {
        header == transportView
            ? transportFields.map(\.name) : Header(rawValue: header)?.format.fields.map(\.name) ?? []
    }

    /// Nil for an unknown header or field.
    public init?(header: String, field: String) {
        name = "\(header).\(field)"
        if header == Self.transportView {
            guard let row = Self.transportFields.first(where: { $0.name == field }) else { return nil }
            alternatives = row.places.compactMap { header, field, types in
                header.format.field(field).map { Alternative(header: header, field: $0, types: types) }
            }
        } else {
            guard let header = Header(rawValue: header), let format = header.format.field(field) else { return nil }
            alternatives = [Alternative(header: header, field: format, types: [])]
        }
    }

    public init(_ header: Header, _ field: FieldFormat) {
        name = "\(header.rawValue).\(field.name)"
        alternatives = [Alternative(header: header, field: field, types: [])]
    }
}
