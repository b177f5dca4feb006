/// What went through a middlebox on interfaces.
public struct LiveStatistics: Hashable, Sendable {
    /// Of a port.
    public struct Port: Hashable, Sendable, Encodable {
        public let name: String
        public let interface: String
        /// Packets that the middlebox was given.
        public var received = 0
        public var sent = 0
        /// Packets that the interface did not take, as they are longer than it allows, or for another reason.
        public var tooLong = 0
        public var notSent = 0
        /// Packets that came faster than they were taken.
        public var lost = 0

        /// The name is the key that it stands under.
        private enum CodingKeys: String, CodingKey {
            case interface, received, sent, lost
            case tooLong = "too_long"
            case notSent = "not_sent"
        }

        public init(name: String, interface: String) {
            self.name = name
            self.interface = interface
        }
    }

    public var ports: [Port]
    /// Packets that left on no port.
    public var dropped = 0
    /// Packets longer than a middlebox takes.
    public var oversized = 0
    /// Control operations that were run.
    public var operations = 0
    /// Since the beginning.
    public var seconds = 0.0
}

extension LiveStatistics: Encodable {
    private enum CodingKeys: String, CodingKey { case ports, dropped, oversized, operations, seconds }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Dictionary(ports.map { ($0.name, $0) }) { first, _ in first }, forKey: .ports)
        try container.encode(dropped, forKey: .dropped)
        try container.encode(oversized, forKey: .oversized)
        try container.encode(operations, forKey: .operations)
        try container.encode(seconds, forKey: .seconds)
    }

    /// A table for people.
    public func text() -> String {
        let head = ["port", "interface", "received", "sent", "too long", "not sent", "lost"]
        let rows = ports.map { port in
            [port.name, port.interface]
                + [port.received, port.sent, port.tooLong, port.notSent, port.lost].map { "\($0)" }
        }
        let rest =
            "dropped \(dropped)" + (oversized > 0 ? ", too long for a middlebox \(oversized)" : "")
            + (operations > 0 ? ", control operations \(operations)" : "")
        return (TextTable.lines(head, rows, words: 2) + ["", rest]).joined(separator: "\n")
    }
}
