import Foundation
import Testing

@testable import Replay

/// The bytes of captures, put together here from the file formats.
private enum Format {
    static func words32(_ values: UInt32..., bigEndian: Bool) -> [UInt8] { words32(values, bigEndian: bigEndian) }

    static func words32(_ values: [UInt32], bigEndian: Bool) -> [UInt8] {
        values.flatMap { value in withUnsafeBytes(of: bigEndian ? value.bigEndian : value.littleEndian) { Array($0) } }
    }

    static func pcap(
        _ packets: [(seconds: UInt32, fraction: UInt32, bytes: [UInt8], length: Int)], nanoseconds: Bool,
        bigEndian: Bool, linkType: UInt32 = 1
    ) -> [UInt8] {
        let version: [UInt8] = bigEndian ? [0, 2, 0, 4] : [2, 0, 4, 0]
        var file = words32(nanoseconds ? 0xA1B2_3C4D : 0xA1B2_C3D4, bigEndian: bigEndian) + version
        file += words32(0, 0, 65535, linkType, bigEndian: bigEndian)
        for packet in packets {
            file += words32(
                packet.seconds, packet.fraction, UInt32(packet.bytes.count), UInt32(packet.length),
                bigEndian: bigEndian)
            file += packet.bytes
        }
        return file
    }

    /// Section header, one Ethernet interface with nanoseconds (if_tsresol 9), enhanced packets.
    static func pcapng(_ packets: [(time: UInt64, bytes: [UInt8])], bigEndian: Bool) -> [UInt8] {
        func block(_ type: UInt32, _ body: [UInt8]) -> [UInt8] {
            let padded = body + [UInt8](repeating: 0, count: (4 - body.count % 4) % 4)
            let length = UInt32(padded.count + 12)
            return words32(type, length, bigEndian: bigEndian) + padded + words32(length, bigEndian: bigEndian)
        }
        func half(_ value: UInt16) -> [UInt8] {
            bigEndian ? [UInt8(value >> 8), UInt8(value & 0xFF)] : [UInt8(value & 0xFF), UInt8(value >> 8)]
        }
        var file = block(
            0x0A0D_0D0A,
            words32(0x1A2B_3C4D, bigEndian: bigEndian) + half(1) + half(0) + [UInt8](repeating: 0xFF, count: 8))
        file += block(
            1,
            half(1) + half(0) + words32(0, bigEndian: bigEndian) + half(9) + half(1) + [9, 0, 0, 0] + half(0) + half(0))
        for packet in packets {
            let count = UInt32(packet.bytes.count)
            file += block(
                6,
                words32(
                    0, UInt32(packet.time >> 32), UInt32(truncatingIfNeeded: packet.time), count, count,
                    bigEndian: bigEndian) + packet.bytes)
        }
        return file
    }
}

@Suite struct CaptureTests {
    private func readAll(_ path: String) throws -> [CapturedPacket] {
        let reader = try CaptureReader(path: path)
        var packets: [CapturedPacket] = []
        while let packet = try reader.next() { packets.append(packet) }
        return packets
    }

    @Test("Classic pcap in both byte orders and resolutions", arguments: [false, true], [false, true])
    func classic(nanoseconds: Bool, bigEndian: Bool) throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(
            Format.pcap(
                [(7, 123_456, [1, 2, 3], 3), (4_000_000_000, 999_999, [4, 5], 60)], nanoseconds: nanoseconds,
                bigEndian: bigEndian),
            to: "a.pcap")
        let unit: UInt64 = nanoseconds ? 1 : 1000
        let packets = try readAll(file)
        #expect(
            packets == [
                CapturedPacket(time: 7_000_000_000 + 123_456 * unit, bytes: [1, 2, 3]),
                CapturedPacket(time: 4_000_000_000_000_000_000 + 999_999 * unit, bytes: [4, 5], originalLength: 60),
            ])
        #expect(packets.map(\.isCut) == [false, true])
    }

    @Test("pcapng in both byte orders", arguments: [false, true])
    func pcapng(bigEndian: Bool) throws {
        let folder = try TemporaryFolder()
        let packets: [(time: UInt64, bytes: [UInt8])] = [(1_700_000_000_123_456_789, [1, 2, 3]), (0, [])]
        let file = try folder.write(Format.pcapng(packets, bigEndian: bigEndian), to: "a.pcapng")
        #expect(try readAll(file) == packets.map { CapturedPacket(time: $0.time, bytes: $0.bytes) })
    }

    @Test func noPackets() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(Format.pcap([], nanoseconds: true, bigEndian: false), to: "a.pcap")
        #expect(try readAll(file).isEmpty)
    }

    @Test("What cannot be read says why")
    func unreadable() throws {
        let folder = try TemporaryFolder()
        let missing = folder.path + "/missing.pcap"
        #expect(throws: CaptureError.unreadable(path: missing, reason: "No such file or directory")) {
            try CaptureReader(path: missing)
        }
        #expect(throws: CaptureError.unreadable(path: folder.path, reason: "it is a directory")) {
            try CaptureReader(path: folder.path)
        }
        let empty = try folder.write([], to: "empty.pcap")
        #expect(throws: CaptureError.empty(path: empty)) { try CaptureReader(path: empty) }
        let text = try folder.write("This is no capture.", to: "text.pcap")
        #expect(throws: CaptureError.notACapture(path: text, reason: "unknown file format")) {
            try CaptureReader(path: text)
        }
        let cooked = try folder.write(
            Format.pcap([], nanoseconds: false, bigEndian: false, linkType: 276), to: "cooked.pcap")
        #expect(throws: CaptureError.notEthernet(path: cooked, linkType: "LINUX_SLL2")) {
            try CaptureReader(path: cooked)
        }
    }

    @Test("A cut capture yields what is whole, then says after how many packets it ends")
    func truncated() throws {
        let folder = try TemporaryFolder()
        let classic = Format.pcap(
            [(1, 0, [1, 2, 3], 3), (2, 0, [4, 5, 6], 3)], nanoseconds: false, bigEndian: false)
        let next = Format.pcapng([(1, [1, 2, 3, 4]), (2, [4, 5, 6, 7])], bigEndian: false)
        // In the packet's bytes, and in its header.
        for (index, bytes) in [classic.dropLast(1), classic.dropLast(10), next.dropLast(1), next.dropLast(20)]
            .enumerated()
        {
            let file = try folder.write(Array(bytes), to: "\(index).pcap")
            let reader = try CaptureReader(path: file)
            #expect(try reader.next()?.bytes.first == 1)
            #expect(throws: CaptureError.truncated(path: file, afterPackets: 1)) { try reader.next() }
        }
        let header = try folder.write(Array(classic.prefix(10)), to: "header.pcap")
        #expect(throws: CaptureError.truncated(path: header, afterPackets: 0)) { try CaptureReader(path: header) }
    }

    @Test("What is written is what is read, to the nanosecond")
    func roundTrip() throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/out.pcap"
        var random = SeededGenerator(state: 4)
        let packets = (0..<100).map { index in
            CapturedPacket(
                time: UInt64(index) * 1_234_567_891,
                bytes: (0..<(index == 0 ? 0 : index == 1 ? 65535 : index)).map { _ in
                    UInt8(truncatingIfNeeded: random.next())
                })
        }
        let writer = try CaptureWriter(path: file)
        for packet in packets { try writer.write(packet.bytes, time: packet.time) }
        #expect(!FileManager.default.fileExists(atPath: file), "not under its name before it is whole")
        try writer.finish()
        #expect(try readAll(file) == packets)
        #expect(try folder.contents == ["out.pcap"])
    }

    @Test("Who gives up leaves the old file and nothing else")
    func givenUp() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("old", to: "out.pcap")
        do {
            let writer = try CaptureWriter(path: file)
            try writer.write([1, 2, 3], time: 5)
            #expect(throws: CaptureError.timeOutOfRange(path: file, packet: 2)) {
                try writer.write([1], time: 4_294_967_296_000_000_000)
            }
        }
        #expect(try folder.contents == ["out.pcap"])
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "old")
        let nowhere = folder.path + "/no/where.pcap"
        #expect(throws: CaptureError.unwritable(path: nowhere, reason: "No such file or directory")) {
            try CaptureWriter(path: nowhere)
        }
    }

    @Test("A full disk is noticed")
    func fullDisk() throws {
        let writer = try CaptureWriter(path: "/dev/full")
        try writer.write([UInt8](repeating: 0, count: 100), time: 0)
        #expect(throws: CaptureError.unwritable(path: "/dev/full", reason: "No space left on device")) {
            try writer.finish()
        }
    }
}
