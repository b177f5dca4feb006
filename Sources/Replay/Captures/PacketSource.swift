import Foundation

/// The packets of a capture, round after round. The file is read once, and its packets are kept in memory for the rounds that
/// follow, where they fit; where they do not, each round reads the file.
public final class PacketSource {
    /// A packet of the capture, with what tells whether a middlebox is given it.
    struct Packet {
        enum Fate: UInt8 {
            case arrives
            /// The capture has only a part of it.
            case cut
            /// No rule tells its port.
            case unmatched
            /// Longer than `NativeMiddlebox.longestPacket`.
            case oversized
        }

        /// In nanoseconds, as the capture has it.
        let time: UInt64
        /// By which it comes in, where it arrives.
        let port: UInt32
        /// In bytes, of what is kept of it: nothing where it does not arrive.
        let length: UInt32
        let fate: Fate

        fileprivate init(_ captured: CapturedPacket, at index: Int, _ rules: IngressRules) {
            time = captured.time
            var port: UInt32?
            if captured.isCut {
                fate = .cut
            } else if captured.bytes.count > NativeMiddlebox.longestPacket {
                fate = .oversized
            } else {
                port = rules.port(of: captured.bytes, at: index)
                fate = port == nil ? .unmatched : .arrives
            }
            self.port = port ?? 0
            length = fate == .arrives ? UInt32(captured.bytes.count) : 0
        }
    }

    private let capture: String
    private let rules: IngressRules
    private let memoryLimit: Int
    private var isKept: Bool
    private var packets: [Packet] = []
    private var bytes: [UInt8] = []
    private var isRead = false

    /// Whether later rounds need not read the file.
    public var isInMemory: Bool { isRead && isKept }
    private var longestKept: UInt32 = 0
    /// In bytes; nil before a round, and where the packets are not in memory.
    var longest: Int? { isInMemory ? Int(longestKept) : nil }

    /// A fourth of the machine's.
    public static var memoryLimit: Int { Int(ProcessInfo.processInfo.physicalMemory / 4) }

    /// - Parameters:
    ///   - capture: a path; `-` is standard input.
    ///   - rules: tell the port that each packet comes in by.
    ///   - rounds: that will be played; of more than one, packets are kept.
    ///   - memoryLimit: most that is kept, in bytes.
    public init(capture: String, rules: IngressRules, rounds: Int = 1, memoryLimit: Int = PacketSource.memoryLimit) {
        self.capture = capture
        self.rules = rules
        self.memoryLimit = memoryLimit
        isKept = rounds > 1
    }

    /// The same capture, to be read by somebody else, round after round.
    func another() -> PacketSource { PacketSource(capture: capture, rules: rules, memoryLimit: memoryLimit) }

    /// Shows each packet in its order, with its bytes if it arrives, until the body says that it has seen enough.
    func play(_ body: (Packet, UnsafeRawBufferPointer) throws -> Bool) throws {
        if isInMemory { return try playFromMemory(body) }
        let reader = try CaptureReader(path: capture)
        var index = 0
        forget()
        while let captured = try reader.next() {
            let packet = Packet(captured, at: index, rules)
            keep(packet, captured.bytes)
            index += 1
            let goesOn = try captured.bytes.withUnsafeBytes { bytes in
                try body(packet, UnsafeRawBufferPointer(rebasing: bytes.prefix(Int(packet.length))))
            }
            // Nobody has seen all of them, and the next round begins anew.
            guard goesOn else { return forget() }
        }
        isRead = true
    }

    private func playFromMemory(_ body: (Packet, UnsafeRawBufferPointer) throws -> Bool) throws {
        try bytes.withUnsafeBytes { bytes in
            var start = 0
            for packet in packets {
                let end = start + Int(packet.length)
                guard try body(packet, UnsafeRawBufferPointer(rebasing: bytes[start..<end])) else { return }
                start = end
            }
        }
    }

    private func keep(_ packet: Packet, _ captured: [UInt8]) {
        guard isKept else { return }
        packets.append(packet)
        longestKept = max(longestKept, packet.length)
        bytes.append(contentsOf: captured.prefix(Int(packet.length)))
        if bytes.count + packets.count * MemoryLayout<Packet>.stride > memoryLimit {
            isKept = false
            forget()
        }
    }

    private func forget() {
        packets = []
        bytes = []
    }
}
