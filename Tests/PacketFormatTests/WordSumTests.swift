import Logic
import PacketFormat
import Testing

@Suite struct WordSumTests {
    private func number(_ value: Int) -> Term { .bitVector(value, width: 16) }

    @Test(arguments: 0..<60)
    func sumsOfConcreteBytesFold(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        let start = Int.random(in: 0...bytes.count, using: &random)
        let end = Int.random(in: start...bytes.count, using: &random)
        let symbolic = wordSum(SymbolicPacketTests.symbolic(bytes).bytes, from: number(start), to: number(end))
        #expect(symbolic == .integer(ConcretePacket(bytes: bytes).wordSum(start..<end)))
    }

    /// Only what was stored into the range shows, with the weight of its place, whatever the header's length.
    @Test func storesBecomeDifferences() {
        let bytes = Term.variable("bytes", SymbolicPacket.bytesSort)
        let words = Term.extract(.select(bytes, number(14)), high: 3, low: 0)
        let end = number(14) + .zeroExtend(.concatenate(words, .bitVector(0, width: 2)), by: 10)
        let value = Term.variable("value", .byte)
        let sum = wordSum(bytes, from: number(14), to: end)
        func change(_ index: Term) -> Term { wordSum(.store(bytes, index, value), from: number(14), to: end) - sum }
        func difference(_ index: Int) -> Term {
            .unsignedInteger(value) - .unsignedInteger(.select(bytes, number(index)))
        }
        // Before the range, and behind its symbolic end: nothing.
        #expect(change(number(13)) == .integer(0))
        #expect(change(end) == .integer(0))
        #expect(change(end + number(3)) == .integer(0))
        // Whether byte 24 lies in the header depends on its length.
        let isInside = Term.unsignedLess(number(24), end)
        #expect(change(number(24)) == .ifThenElse(isInside, .product(.integer(256), difference(24)), .integer(0)))
        let isInsideToo = Term.unsignedLess(number(25), end)
        #expect(change(number(25)) == .ifThenElse(isInsideToo, difference(25), .integer(0)))
        // Storing twice counts once.
        let twice = Term.store(.store(bytes, number(25), .variable("lost", .byte)), number(25), value)
        #expect(
            wordSum(twice, from: number(14), to: end)
                == wordSum(.store(bytes, number(25), value), from: number(14), to: end))
    }

    @Test func oddLastByteIsHigh() {
        #expect(ConcretePacket(bytes: [1, 2, 3]).wordSum(0..<3) == 0x0102 + 0x0300)
    }
}
