import Testing

@testable import Replay

@Suite struct ChecksumTests {
    typealias Replace16 = @convention(c) (UInt16, UInt16, UInt16) -> UInt16
    typealias Replace32 = @convention(c) (UInt16, UInt32, UInt32) -> UInt16

    private static let source = """
        be16 replace_32(be16 checksum, be32 before, be32 after) { return checksum_replace_32(checksum, before, after); }
        void packet_arrives(struct packet *packet) { packet_drop(packet); }
        """

    /// RFC 1071, over the words as they are.
    private static func sum(_ words: [UInt16]) -> UInt16 {
        var sum = words.reduce(UInt32(0)) { $0 + UInt32($1) }
        while sum >> 16 != 0 { sum = sum & 0xFFFF + sum >> 16 }
        return UInt16(sum)
    }

    @Test("The contract: checksum + before - after modulo 65535, and where 0xFFFF can come out")
    func contract() async throws {
        let fixture = try NativeFixture(Self.source)
        let library = try await fixture.load()
        let replace = unsafeBitCast(
            try #require(library.address(of: "checksum_replace_16")), to: Replace16.self)
        var random = SeededGenerator(state: 1)
        let edges: [UInt16] = [0, 1, 2, 0x7FFF, 0x8000, 0xFFFD, 0xFFFE, 0xFFFF]
        var triples = edges.flatMap { a in edges.flatMap { b in edges.map { (a, b, $0) } } }
        triples += (0..<20_000).map { _ in
            (
                UInt16(truncatingIfNeeded: random.next()), UInt16(truncatingIfNeeded: random.next()),
                UInt16(truncatingIfNeeded: random.next())
            )
        }
        for (checksum, before, after) in triples {
            let result = replace(checksum, before, after)
            #expect((Int(checksum) + Int(before) - Int(after) - Int(result)) % 65535 == 0)
            #expect((result == 0xFFFF) == (checksum == 0xFFFF && before == 0xFFFF && after == 0))
        }
    }

    @Test("The checksum over bytes is the one's complement of their sum, and 0 over bytes that hold it")
    func computed() async throws {
        typealias Compute = @convention(c) (UnsafeRawPointer?, UInt32) -> UInt16
        let fixture = try NativeFixture(
            """
            be16 compute(const void *bytes, uint32_t size) { return checksum_of(bytes, size); }
            void packet_arrives(struct packet *packet) { packet_drop(packet); }
            """)
        let library = try await fixture.load()
        let compute = unsafeBitCast(try #require(library.address(of: "compute")), to: Compute.self)
        var random = SeededGenerator(state: 3)
        for round in 0..<450 {
            let size = [0, 1, 2, 3, 20, 59, 60, 1500, 65535][round % 9]
            let isExtreme = round % 5 == 0
            let bytes = (0..<size).map { _ in isExtreme ? 0xFF : UInt8.random(in: 0...255, using: &random) }
            let words = stride(from: 0, to: size, by: 2).map { index in
                UInt16(bytes[index]) << 8 | (index + 1 < size ? UInt16(bytes[index + 1]) : 0)
            }
            let result = UInt16(bigEndian: compute(bytes, UInt32(size)))
            #expect(result == ~Self.sum(words), "\(size) bytes")
            let covered = (words + [result]).flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
            #expect(compute(covered, UInt32(covered.count)) == 0)
        }
        #expect(compute(nil, 0) == 0xFFFF)
    }

    @Test("An updated checksum is the one that is computed anew")
    func recomputation() async throws {
        let fixture = try NativeFixture(Self.source)
        let library = try await fixture.load()
        let replace16 = unsafeBitCast(
            try #require(library.address(of: "checksum_replace_16")), to: Replace16.self)
        let replace32 = unsafeBitCast(try #require(library.address(of: "replace_32")), to: Replace32.self)
        var random = SeededGenerator(state: 2)
        for _ in 0..<5000 {
            // 0x45 keeps the sum from being zero, as in every IPv4 header.
            var words = [UInt16(0x45)] + (0..<9).map { _ in UInt16(truncatingIfNeeded: random.next()) }
            var checksum = ~Self.sum(words)
            let place = Int.random(in: 1..<9, using: &random)
            let after = UInt16(truncatingIfNeeded: random.next())
            checksum = replace16(checksum, words[place], after)
            words[place] = after
            #expect(checksum == ~Self.sum(words))

            let pair = UInt32(words[3]) | UInt32(words[4]) << 16
            let new = UInt32(truncatingIfNeeded: random.next())
            checksum = replace32(checksum, pair, new)
            words[3] = UInt16(truncatingIfNeeded: new)
            words[4] = UInt16(truncatingIfNeeded: new >> 16)
            #expect(checksum == ~Self.sum(words))
        }
    }
}
