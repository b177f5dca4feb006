import CPcap
import Glibc

/// A packet as a capture has it.
public struct CapturedPacket: Hashable, Sendable {
    /// In nanoseconds since 1970, whatever the capture's own resolution.
    public let time: UInt64
    /// What was captured, from the first byte of the Ethernet header on.
    public let bytes: [UInt8]
    /// In bytes, on the wire. More than `bytes` has when the capture's snapshot length cut the packet.
    public let originalLength: Int

    public var isCut: Bool { bytes.count < originalLength }

    public init(time: UInt64, bytes: [UInt8], originalLength: Int? = nil) {
        self.time = time
        self.bytes = bytes
        self.originalLength = originalLength ?? bytes.count
    }
}

/// Reads captures of Ethernet frames: classic pcap and pcapng, in micro- or nanoseconds, through libpcap.
public final class CaptureReader {
    private let path: String
    private let handle: OpaquePointer
    private var count = 0

    /// Opens the capture; `-` is standard input.
    public init(path: String) throws(CaptureError) {
        var status = stat()
        if path != "-" {
            guard stat(path, &status) == 0, access(path, R_OK) == 0 else {
                throw .unreadable(path: path, reason: String(cString: strerror(errno)))
            }
            if status.st_mode & S_IFMT == S_IFDIR { throw .unreadable(path: path, reason: "it is a directory") }
            if status.st_mode & S_IFMT == S_IFREG, status.st_size == 0 { throw .empty(path: path) }
        }
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard
            let handle = pcap_open_offline_with_tstamp_precision(path, UInt32(PCAP_TSTAMP_PRECISION_NANO), &message)
        else {
            let reason = message.withUnsafeBufferPointer { text in
                text.baseAddress.map { String(cString: $0) } ?? ""
            }
            if reason.contains("only got 0") { throw .empty(path: path) }
            throw Self.tellsOfTruncation(reason)
                ? .truncated(path: path, afterPackets: 0) : .notACapture(path: path, reason: reason)
        }
        let linkType = pcap_datalink(handle)
        guard linkType == DLT_EN10MB else {
            let name = pcap_datalink_val_to_name(linkType).map { String(cString: $0) } ?? "\(linkType)"
            pcap_close(handle)
            throw .notEthernet(path: path, linkType: name)
        }
        self.path = path
        self.handle = handle
    }

    deinit { pcap_close(handle) }

    /// libpcap has words for this, but no code of its own.
    private static func tellsOfTruncation(_ reason: String) -> Bool {
        reason.hasPrefix("truncated") && reason.contains("dump file")
    }

    /// The next packet; nil at the capture's end.
    public func next() throws(CaptureError) -> CapturedPacket? {
        var header: UnsafeMutablePointer<pcap_pkthdr>?
        var data: UnsafePointer<UInt8>?
        let result = pcap_next_ex(handle, &header, &data)
        if result == PCAP_ERROR_BREAK { return nil }
        guard result == 1, let header, let data else {
            let reason = pcap_geterr(handle).map { String(cString: $0) } ?? "unknown error \(result)"
            throw Self.tellsOfTruncation(reason)
                ? .truncated(path: path, afterPackets: count)
                : .damaged(path: path, afterPackets: count, reason: reason)
        }
        count += 1
        // With nanosecond precision, tv_usec holds nanoseconds.
        let stamp = header.pointee.ts
        // libpcap takes the 32 bits of a classic capture's seconds as signed.
        let isWrapped = (Int(Int32.min)..<0).contains(stamp.tv_sec)
        let seconds = Int64(stamp.tv_sec) + (isWrapped ? 1 << 32 : 0)
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (time, carry) = scaled.addingReportingOverflow(Int64(stamp.tv_usec))
        guard !overflow, !carry, time >= 0 else { throw .timeOutOfRange(path: path, packet: count) }
        return CapturedPacket(
            time: UInt64(time), bytes: Array(UnsafeBufferPointer(start: data, count: Int(header.pointee.caplen))),
            originalLength: Int(header.pointee.len))
    }
}
