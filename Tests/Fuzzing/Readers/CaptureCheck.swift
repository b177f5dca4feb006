import Foundation
import PacketFormat
import Replay

/// What must hold of every file that is given to the reader of captures:
///
/// - no more bytes come out of it than it has, and reading it twice gives the same;
/// - what was read is the same after it has been written and read again;
/// - of a capture that is cut off, the packets before are read as they are;
/// - every packet can be shown.
enum CaptureCheck {
    static func check(_ bytes: [UInt8]) throws(BrokenPromise) {
        let whole = try read(bytes)
        try promise(try read(bytes) == whole, "reading the same file twice gives different packets")
        let size = whole.packets.reduce(0) { $0 + $1.bytes.count }
        try promise(size <= bytes.count, "\(size) bytes of packets in \(bytes.count) bytes")
        for packet in whole.packets { try show(packet) }
        try checkWritten(whole.packets)
        let cut = try read(Array(bytes.prefix(bytes.count * 2 / 3)))
        try promise(
            whole.packets.starts(with: cut.packets), "a capture that is cut off has other packets than the whole one")
    }

    /// The packets up to the end, or to what is wrong with the rest.
    private struct Content: Equatable {
        var packets: [CapturedPacket] = []
        var error: CaptureError?
    }

    private static func read(_ bytes: [UInt8]) throws(BrokenPromise) -> Content {
        let path = try ScratchFile.write(bytes)
        var content = Content()
        do throws(CaptureError) {
            let reader = try CaptureReader(path: path)
            while let packet = try reader.next() { content.packets.append(packet) }
        } catch {
            content.error = error
        }
        try promise(content.error?.description.isEmpty != true, "refused without a reason")
        return content
    }

    private static func show(_ packet: CapturedPacket) throws(BrokenPromise) {
        let concrete = ConcretePacket(bytes: packet.bytes)
        for (header, start, length) in concrete.headers {
            try promise(
                start >= 0 && length >= 0 && start + length <= packet.bytes.count, "\(header) is outside of the packet")
        }
        _ = concrete.lines()
        _ = concrete.withRightChecksums
    }

    /// The file format that is written ends in the year 2106: later packets are refused.
    private static let lastSecond = UInt64(UInt32.max)

    private static func checkWritten(_ packets: [CapturedPacket]) throws(BrokenPromise) {
        let path = ScratchFile.path(of: "written")
        let known = packets.prefix { $0.time / 1_000_000_000 <= lastSecond }
        let again = try accepted("what was written of packets") { () throws(CaptureError) in
            let writer = try CaptureWriter(path: path)
            for packet in known { try writer.write(packet.bytes, time: packet.time) }
            try writer.finish()
            let reader = try CaptureReader(path: path)
            var again: [CapturedPacket] = []
            while let packet = try reader.next() { again.append(packet) }
            return again
        }
        try promise(
            again.map(\.bytes) == known.map(\.bytes) && again.map(\.time) == known.map(\.time),
            "packets are others after they have been written and read again")
    }
}

/// Files for readers that take nothing but the path of one.
private enum ScratchFile {
    private static let folder: URL? = {
        // In memory where Linux offers that: most of the time would go to the disk.
        let place = access("/dev/shm", W_OK) == 0 ? URL(filePath: "/dev/shm") : FileManager.default.temporaryDirectory
        let folder = place.appending(path: "gravel-fuzzing-\(ProcessInfo.processInfo.processIdentifier)")
        guard (try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)) != nil else {
            return nil
        }
        atexit { ScratchFile.remove() }
        return folder
    }()

    private static func remove() { if let folder { try? FileManager.default.removeItem(at: folder) } }

    /// A path that no other thread writes to.
    static func path(of name: String) -> String {
        let thread = UInt(bitPattern: pthread_self().hashValue)
        return (folder?.path ?? "/tmp") + "/\(name)-\(thread)"
    }

    static func write(_ bytes: [UInt8]) throws(BrokenPromise) -> String {
        let path = path(of: "read")
        guard let file = fopen(path, "wb") else {
            throw BrokenPromise("'\(path)' cannot be written: \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        try promise(fwrite(bytes, 1, bytes.count, file) == bytes.count, "'\(path)' cannot be written")
        return path
    }
}
