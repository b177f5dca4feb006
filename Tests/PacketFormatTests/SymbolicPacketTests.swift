import Logic
import PacketFormat
import Testing

@Suite struct SymbolicPacketTests {
    static let variables = SymbolicPacket(
        bytes: .variable("bytes", SymbolicPacket.bytesSort), length: .variable("length", .bitVector(16)))

    static func symbolic(_ bytes: [UInt8]) -> SymbolicPacket {
        var array = Term.constantArray(.bitVector(0, width: 8), sort: SymbolicPacket.bytesSort)
        for (index, byte) in bytes.enumerated() {
            array = .store(array, .bitVector(index, width: 16), .bitVector(UInt128(byte), width: 8))
        }
        return SymbolicPacket(bytes: array, length: .bitVector(bytes.count, width: 16))
    }

    /// Everything that both views say of one packet.
    private func expectAgreement(_ bytes: [UInt8]) {
        let (symbolic, concrete) = (Self.symbolic(bytes), ConcretePacket(bytes: bytes))
        for header in Header.allCases {
            #expect(symbolic.presence(of: header) == .boolean(concrete.has(header)), "\(header) in \(bytes)")
            if let offset = concrete.offset(of: header) {
                #expect(symbolic.offset(of: header) == .bitVector(offset, width: 16), "\(header) in \(bytes)")
            }
        }
        for name in FieldReference.headerNames {
            for field in FieldReference.fieldNames(of: name) {
                guard let reference = FieldReference(header: name, field: field) else {
                    Issue.record("\(name).\(field)")
                    continue
                }
                let value = concrete.field(reference)
                #expect(symbolic.presence(of: reference) == .boolean(value != nil), "\(reference.name) in \(bytes)")
                if let value {
                    #expect(
                        symbolic.field(reference) == .bitVector(value, width: reference.bitWidth),
                        "\(reference.name) in \(bytes)")
                }
            }
        }
        #expect(symbolic.payloadStart == .bitVector(concrete.payloadStart, width: 16), "\(bytes)")
        for header in [Header.ipv4, .tcp, .udp, .icmp] {
            let isRight = concrete.checksumIsRight(of: header) ?? false
            #expect(symbolic.checksumIsRight(of: header) == .boolean(isRight), "\(header) in \(bytes)")
        }
    }

    @Test(arguments: 0..<150)
    func viewsAgreeOnStructuredPackets(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        expectAgreement(PacketMaker.packet(using: &random))
    }

    @Test(arguments: 0..<20)
    func viewsAgreeOnNoise(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        expectAgreement((0..<Int.random(in: 0...60, using: &random)).map { _ in .random(in: 0...255, using: &random) })
    }

    /// The generator reaches every header, present and absent.
    @Test func structuredPacketsHaveAllHeaders() {
        var random = SeededGenerator(seed: 1)
        var seen: [Header: Int] = [:]
        for _ in 0..<500 {
            for (header, _, _) in ConcretePacket(bytes: PacketMaker.packet(using: &random)).headers {
                seen[header, default: 0] += 1
            }
        }
        for header in Header.allCases {
            #expect((5...500).contains(seen[header] ?? 0), "\(header): \(seen[header] ?? 0)")
        }
    }

    // MARK: The terms of C

    /// `14 + (bytes[14] & 0x0F) * 4`, calculated in 64 bits and narrowed, as clang compiles it.
    private func transportOffsetOfC(width: Int) -> Term {
        let byte = Term.select(Self.variables.bytes, .bitVector(14, width: 16))
        let words = Term.bitAnd(.zeroExtend(byte, by: width - 8), .bitVector(0x0F, width: width))
        let length = Term.multiply(words, .bitVector(4, width: width))
        return .extract(.add(.bitVector(14, width: width), length), high: 15, low: 0)
    }

    @Test(arguments: [32, 64])
    func offsetsAreTheTermsOfC(width: Int) throws {
        let packet = SymbolicPacket(
            bytes: Self.variables.bytes, length: Self.variables.length,
            facts: KnownFacts([isIPv4(Self.variables.bytes)]))
        let offset = transportOffsetOfC(width: width)
        #expect(packet.offset(of: .udp) == offset)
        let port = try #require(FieldReference(header: "udp", field: "destination_port"))
        // A little-endian load of two bytes at offset + 2, and ntohs.
        func byte(_ index: Int) -> Term { .select(packet.bytes, offset + .bitVector(index, width: 16)) }
        let loaded = Term.concatenate(byte(3), byte(2))
        #expect(packet.field(port) == .byteSwap(loaded))
        let fragment = try #require(FieldReference(header: "ipv4", field: "fragment_offset"))
        let flags = Term.concatenate(
            .select(packet.bytes, .bitVector(20, width: 16)), .select(packet.bytes, .bitVector(21, width: 16)))
        #expect(.zeroExtend(packet.field(fragment), by: 3) == Term.bitAnd(flags, .bitVector(0x1FFF, width: 16)))
    }

    private func isIPv4(_ bytes: Term) -> Term {
        .equal(
            .concatenate(.select(bytes, .bitVector(12, width: 16)), .select(bytes, .bitVector(13, width: 16))),
            .bitVector(0x0800, width: 16))
    }

    /// Without facts, a tag may be there: terms branch, indices do not.
    @Test func indicesDoNotBranch() throws {
        let reference = try #require(FieldReference(header: "l4", field: "source_port"))
        var hasBranch = false
        Self.variables.field(reference).forEachSubterm { term in
            if term.operation == .ifThenElse { hasBranch = true }
            if term.operation == .select { #expect(term.arguments[1].operation != .ifThenElse) }
        }
        #expect(hasBranch)
    }

    /// On a path that has checked the headers, a packet with new addresses and ports has its headers where it had them.
    @Test func factsSeeThroughStores() throws {
        let bytes = Self.variables.bytes
        let words = Term.extract(.select(bytes, .bitVector(14, width: 16)), high: 3, low: 0)
        let offset = transportOffsetOfC(width: 64)
        let facts = KnownFacts([
            isIPv4(bytes),
            .unsignedLessOrEqual(
                .bitVector(20, width: 32), .zeroExtend(.concatenate(words, .bitVector(0, width: 2)), by: 26)),
            .equal(.select(bytes, .bitVector(23, width: 16)), .bitVector(17, width: 8)),
        ])
        var array = bytes
        for index in [26, 27, 28, 29] {
            array = .store(array, .bitVector(index, width: 16), .variable("address\(index)", .byte))
        }
        for index in [0, 1] {
            array = .store(array, offset + .bitVector(index, width: 16), .variable("port\(index)", .byte))
        }
        let before = SymbolicPacket(bytes: bytes, length: Self.variables.length, facts: facts)
        let after = SymbolicPacket(bytes: array, length: Self.variables.length, facts: facts)
        for header in [Header.ethernet, .ipv4, .udp, .tcp] {
            #expect(after.presence(of: header) == before.presence(of: header))
        }
        #expect(after.presence(of: .tcp).isFalse)
        #expect(after.presence(of: .vlan).isFalse)
        #expect(after.offset(of: .udp) == offset)
        #expect(after.payloadStart == before.payloadStart)
        let port = try #require(FieldReference(header: "l4", field: "source_port"))
        #expect(after.field(port) == .concatenate(.variable("port0", .byte), .variable("port1", .byte)))
        let destination = try #require(FieldReference(header: "l4", field: "destination_port"))
        #expect(after.field(destination) == before.field(destination))
        // Without the facts, none of this is known.
        let blind = SymbolicPacket(bytes: array, length: Self.variables.length)
        #expect(blind.offset(of: .udp) != offset)
    }
}
