/// The headers that specs can name. Transport headers are found over IPv4 only; over IPv6 they are payload.
public enum Header: String, CaseIterable, Hashable, Sendable {
    case ethernet, vlan, arp, ipv4, ipv6, tcp, udp, icmp
}

/// How a field's value is written for people.
public enum FieldDisplay: Hashable, Sendable {
    case decimal, hexadecimal, ipv4Address, ipv6Address, macAddress
}

/// A field of a header: a big-endian number at a fixed place in it.
public struct FieldFormat: Hashable, Sendable {
    /// As the RFC names it, in snake case.
    public let name: String
    /// From the first bit of the header, most significant bit of each byte first.
    public let bitOffset: Int
    /// 1 to 128.
    public let bitWidth: Int
    public let display: FieldDisplay
    /// Whether the field is another view of bits that belong to other fields; such fields are not printed.
    public let isView: Bool

    /// The bytes of the header that the field has bits in.
    public var bytes: Range<Int> { bitOffset / 8..<(bitOffset + bitWidth + 7) / 8 }

    /// The bits of a byte of the header that belong to the field.
    public func mask(ofByte byte: Int) -> UInt8 {
        let bits = (byte * 8..<byte * 8 + 8).clamped(to: bitOffset..<bitOffset + bitWidth)
        return bits.reduce(0) { $0 | 0x80 >> ($1 - byte * 8) }
    }
}

/// What a header is made of, how long it is, and when it is there.
public struct HeaderFormat: Sendable {
    /// How many bytes the header has.
    public enum Length: Sendable {
        case fixed(Int)
        /// As many 32-bit words as the named field of the header itself says.
        case words(field: String)
    }

    /// How a header announces that this one follows it.
    public struct Parent: Sendable {
        public let header: Header
        public let conditions: [Condition]
    }

    /// A demand on a field.
    public struct Condition: Sendable {
        public enum Comparison: Sendable { case equal, atLeast }

        public let field: String
        public let comparison: Comparison
        public let value: UInt128
    }

    public let header: Header
    /// For people: `IPv4`.
    public let title: String
    /// Where it is defined.
    public let reference: String
    public let fields: [FieldFormat]
    public let length: Length
    /// Empty for the outermost header.
    public let parents: [Parent]
    /// On its own fields, beyond that all its bytes are in the packet.
    public let conditions: [Condition]

    public func field(_ name: String) -> FieldFormat? { fields.first { $0.name == name } }
}
