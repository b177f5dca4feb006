/// Why a capture cannot be read or written.
public enum CaptureError: Error, Hashable, Sendable {
    /// The file is not there or may not be read.
    case unreadable(path: String, reason: String)
    /// The file has no bytes at all, not even a capture's header.
    case empty(path: String)
    /// Neither pcap nor pcapng, or a version that libpcap does not know.
    case notACapture(path: String, reason: String)
    /// The link type is not Ethernet: its name, such as `LINUX_SLL2`.
    case notEthernet(path: String, linkType: String)
    /// The file ends in the middle of a packet.
    case truncated(path: String, afterPackets: Int)
    /// What follows this many packets is not a capture's.
    case damaged(path: String, afterPackets: Int, reason: String)
    /// A packet's time is before 1970 or too late for a 63-bit count of nanoseconds.
    case timeOutOfRange(path: String, packet: Int)
    case unwritable(path: String, reason: String)
}

extension CaptureError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
        case .empty(let path): "\(path): the file is empty; even a capture without packets has a header"
        case .notACapture(let path, let reason): "\(path): not a capture (pcap or pcapng): \(reason)"
        case .notEthernet(let path, let linkType):
            "\(path): the packets are not Ethernet frames but of link type \(linkType); only Ethernet is supported"
        case .truncated(let path, let count):
            "\(path): the capture is cut off: it ends in the middle of "
                + (count == 0 ? "its header or its first packet" : "a packet, after \(packets(count))")
        case .damaged(let path, let count, let reason): "\(path): damaged after \(packets(count)): \(reason)"
        case .timeOutOfRange(let path, let packet):
            "\(path): the time of packet \(packet) is out of range"
        case .unwritable(let path, let reason): "\(path): cannot be written: \(reason)"
        }
    }

    private func packets(_ count: Int) -> String { count == 1 ? "1 packet" : "\(count) packets" }
}
