/// Packets that are mostly well-formed.
enum PacketMaker {
    static func packet(using random: inout SeededGenerator) -> [UInt8] {
        func byte() -> UInt8 { .random(in: 0...255, using: &random) }
        func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in byte() } }
        func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }

        var packet = bytes(12)
        if chance(3) { packet += [0x81, 0x00, byte(), byte()] }
        switch Int.random(in: 0..<8, using: &random) {
        case 0: packet += [0x08, 0x06] + [0, 1, 8, 0, 6, chance(4) ? 5 : 4] + bytes(22)
        case 1: packet += [0x86, 0xDD, chance(4) ? 0x50 : 0x60] + bytes(39)
        case 2: packet += bytes(2)
        default:
            let words = chance(6) ? UInt8.random(in: 0...4, using: &random) : .random(in: 5...15, using: &random)
            packet += [0x08, 0x00, (chance(10) ? 0x50 : 0x40) | words] + bytes(5)
            packet += chance(6) ? bytes(2) : [byte() & 0xE0, 0]
            packet += [byte(), [1, 6, 17, 6, 17, 89].randomElement(using: &random) ?? 6] + bytes(2)
            // Bytes of the header that are zero make right checksums by chance less rare.
            packet += chance(2) ? bytes(8) : Array(repeating: 0, count: 8)
            packet += bytes(max(0, Int(words) - 5) * 4)
            let transport = packet.count
            packet += bytes(20)
            if !chance(4) { packet[transport + 12] = .random(in: 0x50...0xFF, using: &random) }
            if chance(2) { packet[transport] = [0, 8].randomElement(using: &random) ?? 0 }
        }
        packet += bytes(.random(in: 0...60, using: &random))
        return chance(3) ? Array(packet.prefix(.random(in: 0...packet.count, using: &random))) : packet
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
