import Logic
import Testing

@testable import PacketFormat

@Suite struct FlowKeyTests {
    private static let ports: [UInt32] = [0, 1]

    /// What a key is of a packet of bytes, and of the same as terms: equal or not for the same pairs of packets.
    @Test(arguments: FlowKey.candidates(ports: ports))
    func bothViewsAgree(key: FlowKey) throws {
        var random = SeededGenerator(seed: 11)
        var terms: [[UInt64]: Term] = [:]
        var parts: [Term: [UInt64]] = [:]
        var repeated = 0
        for number in 0..<600 {
            var bytes = PacketMaker.packet(using: &random)
            // Few addresses and ports, so that keys come again.
            for index in bytes.indices.dropFirst(14) where number % 3 > 0 { bytes[index] &= index < 26 ? 0xFF : 0x01 }
            let port = Self.ports.randomElement(using: &random) ?? 0
            let mine = key.parts(of: ConcretePacket(bytes: bytes), port: port)
            let term = key.term(of: SymbolicPacketTests.symbolic(bytes), port: .bitVector(Int(port), width: 32))
            #expect(term.isConstant, "\(term)")
            if let known = terms[mine] {
                repeated += 1
                #expect(known == term, "\(mine): \(bytes)")
            }
            if let known = parts[term] { #expect(known == mine, "\(term): \(bytes)") }
            terms[mine] = term
            parts[term] = mine
        }
        #expect(terms.count > 5 && repeated > 5, "\(terms.count) keys, \(repeated) times met again")
    }

    @Test func bothDirectionsOfAFlow() {
        let there = Self.tcp(from: (0x0A00_0001, 1234), to: (0x0A00_0002, 80))
        let back = Self.tcp(from: (0x0A00_0002, 80), to: (0x0A00_0001, 1234))
        let other = Self.tcp(from: (0x0A00_0001, 1235), to: (0x0A00_0002, 80))
        let crossed = Self.tcp(from: (0x0A00_0001, 80), to: (0x0A00_0002, 1234))
        func parts(_ key: FlowKey, _ packet: ConcretePacket, port: UInt32 = 0) -> [UInt64] {
            key.parts(of: packet, port: port)
        }
        #expect(parts(.flow, there) == parts(.flow, back))
        #expect(parts(.flow, there) != parts(.flow, other))
        #expect(parts(.flow, there) != parts(.flow, crossed))
        #expect(parts(.hosts, there) == parts(.hosts, crossed))
        let client = FlowKey.end(sides: [0: .source, 1: .destination], hasPort: true)
        #expect(parts(client, there, port: 0) == parts(client, back, port: 1))
        #expect(parts(client, there, port: 0) != parts(client, other, port: 0))
        #expect(FlowKey.flow.hash(of: there, port: 0) == FlowKey.flow.hash(of: back, port: 1))
        #expect(FlowKey.flow.hash(of: there, port: 0) != FlowKey.flow.hash(of: other, port: 0))
    }

    /// Flows go to all cores alike.
    @Test func hashesAreSpread() {
        var counts = [0, 0, 0, 0]
        for host in 0..<40 {
            for port in 1000..<1100 {
                let packet = Self.tcp(from: (0x0A00_0000 + UInt32(host), UInt16(port)), to: (0xCB00_7101, 443))
                counts[Int(FlowKey.flow.hash(of: packet, port: 0) >> 62)] += 1
            }
        }
        #expect(counts.allSatisfy { (900...1100).contains($0) }, "\(counts)")
    }

    @Test func textsForPeople() {
        let ports: [(name: String, number: UInt32)] = [("inside", 0), ("outside", 1)]
        let texts = FlowKey.candidates(ports: [0, 1]).map { $0.text(ports: ports) }
        #expect(Set(texts).count == 10)
        #expect(texts[0] == "both addresses and ports and the protocol, in either direction")
        #expect(
            FlowKey.end(sides: [0: .source, 1: .destination], hasPort: false).text(ports: ports)
                == "address of the source of packets from inside and the destination of packets from outside")
        #expect(FlowKey.end(sides: [0: .source, 1: .source], hasPort: false).text(ports: ports) == "source address")
    }

    private static func tcp(from source: (UInt32, UInt16), to destination: (UInt32, UInt16)) -> ConcretePacket {
        func bytes(_ number: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
            (0..<number.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
        }
        var packet = [UInt8](repeating: 2, count: 12) + [8, 0, 0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0]
        packet += bytes(source.0) + bytes(destination.0) + bytes(source.1) + bytes(destination.1)
        packet += [0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0, 0, 0, 0, 0, 0]
        return ConcretePacket(bytes: packet)
    }
}
