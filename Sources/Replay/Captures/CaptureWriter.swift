import CPcap
import Glibc

/// Writes a capture of Ethernet frames: classic pcap in nanoseconds.
///
/// The packets go to a temporary file beside the capture, which takes the capture's name in `finish`: who looks at that name sees the old
/// file or the whole new one. What exists and is not a regular file (`/dev/null`, a named pipe) is written to directly.
public final class CaptureWriter {
    private let path: String
    private let writtenPath: String
    private let handle: OpaquePointer
    private let dumper: OpaquePointer
    private var isFinished = false
    private var count = 0

    /// The longest packet that readers accept of Ethernet captures.
    private static let longestPacket: Int32 = 262_144

    public init(path: String) throws(CaptureError) {
        self.path = path
        var status = stat()
        let exists = stat(path, &status) == 0
        if exists, status.st_mode & S_IFMT == S_IFDIR { throw .unwritable(path: path, reason: "it is a directory") }
        let isDirect = exists && status.st_mode & S_IFMT != S_IFREG
        writtenPath = isDirect ? path : "\(path).\(getpid())-\(UInt32.random(in: .min ... .max)).tmp"
        // The mode is left to the umask, as with any file.
        let flags = isDirect ? O_WRONLY : O_WRONLY | O_CREAT | O_EXCL
        let descriptor = open(writtenPath, flags | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw .unwritable(path: path, reason: String(cString: strerror(errno))) }
        guard let file = fdopen(descriptor, "wb") else {
            close(descriptor)
            throw .unwritable(path: path, reason: String(cString: strerror(errno)))
        }
        guard
            let handle = pcap_open_dead_with_tstamp_precision(
                DLT_EN10MB, Self.longestPacket, UInt32(PCAP_TSTAMP_PRECISION_NANO))
        else {
            fclose(file)
            throw .unwritable(path: path, reason: "out of memory")
        }
        guard let dumper = pcap_dump_fopen(handle, file) else {
            let reason = pcap_geterr(handle).map { String(cString: $0) } ?? "unknown error"
            fclose(file)
            pcap_close(handle)
            throw .unwritable(path: path, reason: reason)
        }
        self.handle = handle
        self.dumper = dumper
    }

    deinit {
        guard !isFinished else { return }
        pcap_dump_close(dumper)
        pcap_close(handle)
        if writtenPath != path { unlink(writtenPath) }
    }

    /// Adds a packet. `time` in nanoseconds since 1970; the file format ends in the year 2106.
    public func write(_ bytes: [UInt8], time: UInt64) throws(CaptureError) {
        count += 1
        let seconds = time / 1_000_000_000
        guard seconds <= UInt64(UInt32.max) else { throw .timeOutOfRange(path: path, packet: count) }
        var header = pcap_pkthdr()
        header.ts = timeval(tv_sec: Int(seconds), tv_usec: Int(time % 1_000_000_000))
        header.caplen = UInt32(bytes.count)
        header.len = UInt32(bytes.count)
        bytes.withUnsafeBufferPointer { buffer in
            pcap_dump(UnsafeMutableRawPointer(dumper).assumingMemoryBound(to: UInt8.self), &header, buffer.baseAddress)
        }
    }

    /// Completes the file and gives it its name. Nothing is there under that name before, or when this throws.
    public func finish() throws(CaptureError) {
        isFinished = true
        let failed = pcap_dump_flush(dumper) != 0 || ferror(pcap_dump_file(dumper)) != 0
        let reason = String(cString: strerror(errno))
        pcap_dump_close(dumper)
        pcap_close(handle)
        guard !failed else {
            if writtenPath != path { unlink(writtenPath) }
            throw .unwritable(path: path, reason: reason)
        }
        guard writtenPath == path || rename(writtenPath, path) == 0 else {
            let reason = String(cString: strerror(errno))
            unlink(writtenPath)
            throw .unwritable(path: path, reason: reason)
        }
    }
}
