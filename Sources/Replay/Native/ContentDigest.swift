/// A 128-bit FNV-1a digest, to tell inputs of a build apart. It does not withstand who wants two inputs to collide.
struct ContentDigest {
    private var state: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d

    /// Takes up a part; its length counts, so that parts do not run into each other.
    mutating func add(_ part: some Collection<UInt8>) {
        var length = UInt64(part.count)
        for _ in 0..<8 {
            absorb(UInt8(truncatingIfNeeded: length))
            length >>= 8
        }
        for byte in part { absorb(byte) }
    }

    mutating func add(_ text: String) { add(text.utf8) }

    private mutating func absorb(_ byte: UInt8) {
        state = (state ^ UInt128(byte)) &* 0x0100_0000_0000_0000_0000_013b
    }

    var hexadecimal: String {
        let digits = String(state, radix: 16)
        return String(repeating: "0", count: 32 - digits.count) + digits
    }
}
