import Logic

/// What packets have in common that must be looked at by the same core: packets with the same key go to the same one.
///
/// As receive-side scaling has it, but for that keys which are the same in both directions are so by their definition, not by the choice of a
/// hash function's secret. Addresses are taken from where an IPv4 header is announced and has the room for them, whatever else is wrong with it,
/// as middleboxes do that look no further; ports only from headers that are whole.
public enum FlowKey: Hashable, Sendable {
    /// Both ends, each with address and port, in any order, and the protocol: a flow and its answers.
    case flow
    /// Both addresses, in any order.
    case hosts
    /// The end on one side: address and, where `hasPort`, port and protocol. `sides` says for each ingress port which end of a packet that is.
    case end(sides: [UInt32: Side], hasPort: Bool)

    /// An end of a packet.
    public enum Side: String, CaseIterable, Hashable, Sendable {
        case source, destination
    }

    private static let source = field("ipv4", "source")
    private static let destination = field("ipv4", "destination")
    private static let protocolNumber = field("ipv4", "protocol")
    private static let sourcePort = field(FieldReference.transportView, "source_port")
    private static let destinationPort = field(FieldReference.transportView, "destination_port")

    private static func field(_ header: String, _ name: String) -> FieldReference {
        guard let field = FieldReference(header: header, field: name) else {
            preconditionFailure("the header table has no \(header).\(name)")
        }
        return field
    }

    /// In bytes: RFC 791 section 3.1, without options.
    private static let shortestHeader = 20
}

extension FlowKey {
    /// Each key that might do for a middlebox with these ports, those that tell the most flows apart first.
    ///
    /// - Parameter ports: where there are more than four, all have the same side.
    public static func candidates(ports: [UInt32]) -> [FlowKey] {
        let sides = choices(ports)
        return [.flow] + sides.map { .end(sides: $0, hasPort: true) } + [.hosts]
            + sides.map { .end(sides: $0, hasPort: false) }
    }

    private static func choices(_ ports: [UInt32]) -> [[UInt32: Side]] {
        if ports.count > 4 {
            return Side.allCases.map { side in Dictionary(ports.map { ($0, side) }) { first, _ in first } }
        }
        return ports.reduce([[:]]) { choices, port in
            Side.allCases.flatMap { side in choices.map { $0.merging([port: side]) { $1 } } }
        }
    }
}

// MARK: Of a packet of bytes

extension FlowKey {
    /// The key of a packet, mixed to one number. Packets that have none have the same.
    ///
    /// - Parameter port: by which it comes in.
    public func hash(of packet: ConcretePacket, port: UInt32) -> UInt64 {
        parts(of: packet, port: port).reduce(0) { Self.mixed($0 &+ $1) }
    }

    /// The numbers that the key is made of; none of a packet that does not announce IPv4.
    func parts(of packet: ConcretePacket, port ingress: UInt32) -> [UInt64] {
        let headers = packet.headers
        guard let start = packet.announcedOffset(of: .ipv4, in: headers),
            start + Self.shortestHeader <= packet.bytes.count
        else { return [] }
        func number(_ reference: FieldReference) -> UInt64 {
            UInt64(truncatingIfNeeded: packet.value(of: reference.alternatives[0].field, at: start))
        }
        let (source, destination) = (number(Self.source), number(Self.destination))
        func end(_ address: UInt64, _ port: FieldReference) -> UInt64 {
            address << 16 | UInt64(truncatingIfNeeded: packet.field(port, in: headers) ?? 0)
        }
        let ends = (end(source, Self.sourcePort), end(destination, Self.destinationPort))
        let protocolNumber = number(Self.protocolNumber)
        switch self {
        case .flow: return [min(ends.0, ends.1), max(ends.0, ends.1), protocolNumber]
        case .hosts: return [min(source, destination), max(source, destination)]
        case .end(let sides, let hasPort):
            let isDestination = sides[ingress] == .destination
            return hasPort
                ? [isDestination ? ends.1 : ends.0, protocolNumber] : [isDestination ? destination : source]
        }
    }

    /// A permutation of 64-bit numbers in which each bit depends on all (the finaliser of SplitMix64).
    private static func mixed(_ number: UInt64) -> UInt64 {
        var number = number &+ 0x9E37_79B9_7F4A_7C15
        number = (number ^ number >> 30) &* 0xBF58_476D_1CE4_E5B9
        number = (number ^ number >> 27) &* 0x94D0_49BB_1331_11EB
        return number ^ number >> 31
    }
}

// MARK: Of a packet of terms

extension FlowKey {
    /// The key of a packet as one bit-vector: equal for two packets exactly where their ``parts(of:port:)`` are.
    ///
    /// - Parameter port: by which it comes in; 32 bits.
    public func term(of packet: SymbolicPacket, port: Term) -> Term {
        let (source, destination) = (packet.field(Self.source), packet.field(Self.destination))
        func end(_ address: Term, _ reference: FieldReference) -> Term {
            let presence = packet.facts.simplify(packet.presence(of: reference))
            return .concatenate(address, .ifThenElse(presence, packet.field(reference), .bitVector(0, width: 16)))
        }
        let ends = (end(source, Self.sourcePort), end(destination, Self.destinationPort))
        let protocolNumber = packet.field(Self.protocolNumber)
        let key: Term
        switch self {
        case .flow: key = .concatenate(Self.inOrder(ends.0, ends.1), protocolNumber)
        case .hosts: key = Self.inOrder(source, destination)
        case .end(let sides, hasPort: true):
            key = .concatenate(Self.choice(sides, port, ends.0, ends.1), protocolNumber)
        case .end(let sides, hasPort: false): key = Self.choice(sides, port, source, destination)
        }
        // None of a packet that does not announce IPv4.
        let end = packet.offset(of: .ipv4) + .bitVector(Self.shortestHeader, width: 16)
        let presence =
            packet.isAnnounced(.ipv4) && packet.facts.simplify(.unsignedLessOrEqual(end, packet.length))
        let marked = Term.concatenate(.bitVector(1, width: 1), key)
        return .ifThenElse(presence, marked, .bitVector(0, width: marked.width))
    }

    private static func inOrder(_ a: Term, _ b: Term) -> Term {
        let isLess = Term.unsignedLess(a, b)
        return .concatenate(.ifThenElse(isLess, a, b), .ifThenElse(isLess, b, a))
    }

    private static func choice(_ sides: [UInt32: Side], _ port: Term, _ source: Term, _ destination: Term) -> Term {
        let numbers = sides.filter { $0.value == .destination }.keys.sorted()
        let isDestination = Term.or(numbers.map { .equal(port, .bitVector(Int($0), width: 32)) })
        return .ifThenElse(isDestination, destination, source)
    }
}

// MARK: For people

extension FlowKey {
    /// What packets with the same key have in common: `source address`.
    ///
    /// - Parameter ports: the names of the middlebox's, by their numbers.
    public func text(ports: [(name: String, number: UInt32)]) -> String {
        switch self {
        case .flow: return "both addresses and ports and the protocol, in either direction"
        case .hosts: return "both addresses, in either direction"
        case .end(let sides, let hasPort):
            let what = hasPort ? "address, port and protocol" : "address"
            let used = Set(sides.values)
            if used.count == 1, let side = used.first { return "\(side.rawValue) \(what)" }
            let parts = Side.allCases.map { side in
                "\(side.rawValue) of packets from "
                    + ports.filter { sides[$0.number] == side }.map(\.name).joined(separator: ", ")
            }
            return "\(what) of the " + parts.joined(separator: " and the ")
        }
    }
}
