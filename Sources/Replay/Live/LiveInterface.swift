import CPcap
import Diagnostics
import Glibc

/// A network interface, whose packets come in and on which packets are sent.
public final class LiveInterface {
    /// What became of a packet that was to be sent.
    enum Sending: Hashable {
        case sent
        /// Longer than the interface takes.
        case tooLong
        /// By `errno`.
        case failed(Int32)
    }

    public let name: String
    /// Nil while it cannot be used.
    private var handle: OpaquePointer?
    /// Packets that were lost through handles that are closed.
    private var lostBefore = 0

    /// What the kernel keeps until it is read, in bytes.
    private static let bufferSize: Int32 = 16 << 20
    /// What offloads join to one packet is longer than any frame.
    private static let longestPacket: Int32 = 262_144

    public init(_ name: String) throws(LiveError) {
        self.name = name
        handle = try Self.open(name)
    }

    deinit { if let handle { pcap_close(handle) } }

    private static func open(_ name: String) throws(LiveError) -> OpaquePointer {
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard let handle = pcap_create(name, &message) else {
            throw .failed(name, reason: text(message))
        }
        pcap_set_snaplen(handle, longestPacket)
        pcap_set_promisc(handle, 1)
        pcap_set_immediate_mode(handle, 1)
        pcap_set_buffer_size(handle, bufferSize)
        let status = pcap_activate(handle)
        if let error = error(status, of: name, handle) {
            pcap_close(handle)
            throw error
        }
        // What it sends itself is not what comes in.
        guard pcap_setdirection(handle, PCAP_D_IN) == 0, pcap_setnonblock(handle, 1, &message) == 0 else {
            let reason = pcap_geterr(handle).map { String(cString: $0) } ?? text(message)
            pcap_close(handle)
            throw .failed(name, reason: reason)
        }
        return handle
    }

    /// Readable when there are packets; -1 while it cannot be used.
    var descriptor: Int32 { handle.map(pcap_get_selectable_fd) ?? -1 }

    var isUsable: Bool { handle != nil }

    /// Gives it up until it is up again, which ``reopen()`` finds out.
    func close() {
        guard let handle else { return }
        lostBefore = lost
        pcap_close(handle)
        self.handle = nil
    }

    /// Whether it can be used again, after ``close()``.
    func reopen() -> Bool {
        if Self.isUp(name) { handle = try? Self.open(name) }
        return isUsable
    }

    /// Whether there is an interface of this name that the system would send on.
    private static func isUp(_ name: String) -> Bool {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return false }
        defer { freeifaddrs(list) }
        var entry = list
        while let current = entry {
            if String(cString: current.pointee.ifa_name) == name {
                return current.pointee.ifa_flags & UInt32(IFF_UP) != 0
            }
            entry = current.pointee.ifa_next
        }
        return false
    }

    private static func text(_ message: [CChar]) -> String {
        message.withUnsafeBufferPointer { text in text.baseAddress.map { String(cString: $0) } ?? "" }
    }

    private static func error(_ status: Int32, of name: String, _ handle: OpaquePointer) -> LiveError? {
        switch status {
        case PCAP_ERROR_NO_SUCH_DEVICE: return .noSuchInterface(name, near: nearestName(to: name, in: names()))
        case PCAP_ERROR_PERM_DENIED, PCAP_ERROR_PROMISC_PERM_DENIED: return .notPermitted(name)
        case PCAP_ERROR_IFACE_NOT_UP: return .isDown(name)
        case ..<0:
            return .failed(name, reason: pcap_geterr(handle).map { String(cString: $0) } ?? "unknown error \(status)")
        default:
            let linkType = pcap_datalink(handle)
            if linkType == DLT_EN10MB { return nil }
            return .notEthernet(
                name, linkType: pcap_datalink_val_to_name(linkType).map { String(cString: $0) } ?? "\(linkType)")
        }
    }

    /// Of all interfaces that there are.
    private static func names() -> [String] {
        guard let list = if_nameindex() else { return [] }
        defer { if_freenameindex(list) }
        var names: [String] = []
        var entry = list
        while entry.pointee.if_index != 0 {
            if let name = entry.pointee.if_name { names.append(String(cString: name)) }
            entry += 1
        }
        return names
    }

    /// Takes packets that are there, up to so many; the bytes are good until the next.
    ///
    /// - Returns: how many there were; none while it cannot be used.
    /// - Throws: where it cannot be used any more.
    func receive(
        atMost count: Int, _ body: (_ bytes: UnsafeRawBufferPointer, _ isCut: Bool) -> Void
    ) throws(LiveError) -> Int {
        guard let handle else { return 0 }
        var header: UnsafeMutablePointer<pcap_pkthdr>?
        var data: UnsafePointer<UInt8>?
        for number in 0..<count {
            let result = pcap_next_ex(handle, &header, &data)
            if result == 0 { return number }
            guard result == 1, let header, let data else {
                throw .failed(
                    name, reason: pcap_geterr(handle).map { String(cString: $0) } ?? "unknown error \(result)")
            }
            body(
                UnsafeRawBufferPointer(start: data, count: Int(header.pointee.caplen)),
                header.pointee.caplen < header.pointee.len)
        }
        return count
    }

    func send(_ bytes: UnsafeRawBufferPointer) -> Sending {
        guard let handle else { return .failed(ENETDOWN) }
        while true {
            if pcap_inject(handle, bytes.baseAddress, bytes.count) >= 0 { return .sent }
            switch errno {
            case EINTR: continue
            case EMSGSIZE: return .tooLong
            case let code: return .failed(code)
            }
        }
    }

    /// Packets that came while there was no room to keep them.
    var lost: Int {
        var statistics = pcap_stat()
        guard let handle, pcap_stats(handle, &statistics) == 0 else { return lostBefore }
        return lostBefore + Int(statistics.ps_drop)
    }
}
