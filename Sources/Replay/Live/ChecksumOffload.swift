/// What a machine does that leaves checksums to its hardware: it hands on packets in which the place of the TCP or UDP checksum has the sum
/// over the pseudo header alone. Through a pair of virtual interfaces they arrive so.
enum ChecksumOffload {
    /// Whether the packet has such a sum in the place of its checksum, and a right one would be another.
    static func leftOut(_ frame: UnsafeRawBufferPointer) -> Bool {
        func word(_ offset: Int) -> UInt32 { UInt32(frame[offset]) << 8 | UInt32(frame[offset + 1]) }
        guard frame.count >= 14 + 20, word(12) == 0x0800, frame[14] >> 4 == 4 else { return false }
        let header = 14 + Int(frame[14] & 0xF) * 4
        let total = Int(word(16))
        // A fragment's checksum is over all fragments.
        guard word(20) & 0x3FFF == 0, header >= 34, total >= header - 14, 14 + total <= frame.count else {
            return false
        }
        let place: Int
        switch frame[23] {
        case 6: place = header + 16
        case 17: place = header + 6
        default: return false
        }
        let length = 14 + total - header
        guard place + 2 <= 14 + total else { return false }
        let pseudo = (word(26) + word(28) + word(30) + word(32)) + UInt32(frame[23]) + UInt32(length)
        guard word(place) == folded(pseudo) else { return false }
        var sum = pseudo
        for offset in stride(from: header, to: 14 + total, by: 2) {
            sum += offset + 1 < 14 + total ? word(offset) : UInt32(frame[offset]) << 8
        }
        return folded(sum) != 0xFFFF
    }

    private static func folded(_ sum: UInt32) -> UInt32 {
        var sum = sum
        while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
        return sum
    }
}
