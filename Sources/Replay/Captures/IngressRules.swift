/// Which port a packet of a capture came in by: captures do not tell.
public struct IngressRules: Hashable, Sendable {
    /// Whom a packet comes from.
    public enum Source: Hashable, Sendable {
        /// The first `bits` bits of an IPv4 address (4 bytes) or an IPv6 address (16 bytes); of ARP, the sender's.
        case network(address: [UInt8], bits: Int)
        /// The Ethernet source address.
        case mac([UInt8])
    }

    public struct Rule: Hashable, Sendable {
        public let port: UInt32
        /// Any of these.
        public let sources: [Source]

        public init(port: UInt32, sources: [Source]) {
            self.port = port
            self.sources = sources
        }
    }

    /// The first that matches decides.
    public let rules: [Rule]
    /// The port of all others; nil: they are not the middlebox's.
    public let rest: UInt32?
    /// One port for each packet of the capture, in order. When it is there, the rules do not count.
    public let sequence: [UInt32]?

    public init(rules: [Rule], rest: UInt32?, sequence: [UInt32]? = nil) {
        self.rules = rules
        self.rest = rest
        self.sequence = sequence
    }

    /// Every packet comes in by `port`.
    public init(allFrom port: UInt32) { self.init(rules: [], rest: port) }

    /// The ingress port of the packet at `index` in its capture, from 0; nil when no rule fits it.
    public func port(of bytes: [UInt8], at index: Int) -> UInt32? {
        if let sequence { return index < sequence.count ? sequence[index] : nil }
        let addresses = SourceAddresses(of: bytes)
        for rule in rules where rule.sources.contains(where: addresses.match) { return rule.port }
        return rest
    }
}

/// The source addresses of a packet, as far as it has them.
private struct SourceAddresses {
    var mac: ArraySlice<UInt8>?
    /// IPv4 or IPv6, or of ARP the sender's protocol address.
    var network: ArraySlice<UInt8>?

    init(of bytes: [UInt8]) {
        guard bytes.count >= 14 else { return }
        mac = bytes[6..<12]
        var offset = 12
        // VLAN tags: IEEE 802.1Q and 802.1ad.
        while [0x8100, 0x88A8].contains(word(bytes, offset)) { offset += 4 }
        switch word(bytes, offset) {
        case 0x0800: network = field(bytes, offset + 2 + 12, 4)
        case 0x86DD: network = field(bytes, offset + 2 + 8, 16)
        case 0x0806 where word(bytes, offset + 2 + 2) == 0x0800: network = field(bytes, offset + 2 + 14, 4)
        default: break
        }
    }

    func match(_ source: IngressRules.Source) -> Bool {
        switch source {
        case .mac(let address): return mac.map { $0.elementsEqual(address) } ?? false
        case .network(let address, let bits):
            guard let network, network.count == address.count else { return false }
            let whole = bits / 8
            guard network.prefix(whole).elementsEqual(address.prefix(whole)) else { return false }
            guard bits % 8 != 0 else { return true }
            let mask = UInt8(truncatingIfNeeded: 0xFF00 >> (bits % 8))
            return (network[network.startIndex + whole] ^ address[whole]) & mask == 0
        }
    }
}

private func field(_ bytes: [UInt8], _ offset: Int, _ size: Int) -> ArraySlice<UInt8>? {
    offset + size <= bytes.count ? bytes[offset..<offset + size] : nil
}

private func word(_ bytes: [UInt8], _ offset: Int) -> Int? {
    field(bytes, offset, 2).map { $0.reduce(0) { $0 << 8 | Int($1) } }
}
