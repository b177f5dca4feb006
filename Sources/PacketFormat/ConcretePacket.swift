/// A packet of bytes, with the header table's view of them: what `SymbolicPacket` says, said of numbers.
public struct ConcretePacket: Hashable, Sendable {
    /// A header of the packet: its first byte, and its length in bytes.
    public typealias Place = (header: Header, start: Int, length: Int)

    public let bytes: [UInt8]

    public init(bytes: [UInt8]) { self.bytes = bytes }

    /// The value of a field of a header that starts at the offset; bytes behind the end count as zero.
    func value(of field: FieldFormat, at start: Int) -> UInt128 {
        var value: UInt128 = 0
        for bit in field.bitOffset..<field.bitOffset + field.bitWidth {
            let index = start + bit / 8
            let byte = bytes.indices.contains(index) ? bytes[index] : 0
            value = value << 1 | UInt128(byte >> UInt8(7 - bit % 8) & 1)
        }
        return value
    }

    private func length(of header: Header, at start: Int) -> Int {
        switch header.format.length {
        case .fixed(let bytes): bytes
        case .words(let name): header.format.field(name).map { Int(value(of: $0, at: start)) * 4 } ?? 0
        }
    }

    private func hold(_ conditions: [HeaderFormat.Condition], of header: Header, at start: Int) -> Bool {
        conditions.allSatisfy { condition in
            guard let field = header.format.field(condition.field) else { return false }
            let value = value(of: field, at: start)
            switch condition.comparison {
            case .equal: return value == condition.value
            case .atLeast: return value >= condition.value
            }
        }
    }

    /// The headers of the packet from the outside in, with their first bytes and lengths in bytes.
    public var headers: [Place] {
        var result: [Place] = []
        var (candidates, start) = (Header.allCases.filter { $0.format.parents.isEmpty }, 0)
        while let header = candidates.first(where: { isPresent($0, behind: result.last, at: start) }) {
            let length = length(of: header, at: start)
            result.append((header, start, length))
            start += length
            candidates = Header.allCases.filter { $0.format.parents.contains { $0.header == header } }
        }
        return result
    }

    private func isPresent(_ header: Header, behind outer: Place?, at start: Int)
        -> Bool
    {
        if let outer {
            guard let parent = header.format.parents.first(where: { $0.header == outer.header }),
                hold(parent.conditions, of: outer.header, at: outer.start)
            else { return false }
        }
        return hold(header.format.conditions, of: header, at: start)
            && start + length(of: header, at: start) <= bytes.count
    }

    /// Where a header should start that one of the packet's ``headers`` announces, whether or not it is there.
    func announcedOffset(of header: Header, in headers: [Place]) -> Int? {
        for outer in headers {
            guard let parent = header.format.parents.first(where: { $0.header == outer.header }),
                hold(parent.conditions, of: outer.header, at: outer.start)
            else { continue }
            return outer.start + outer.length
        }
        return nil
    }

    /// Where the header starts, nil if it is absent.
    public func offset(of header: Header) -> Int? { headers.first { $0.header == header }?.start }

    public func has(_ header: Header) -> Bool { offset(of: header) != nil }

    /// The field as a number, nil if it is absent.
    public func field(_ reference: FieldReference) -> UInt128? { field(reference, in: headers) }

    /// The same where the packet's ``headers`` have been found.
    func field(_ reference: FieldReference, in headers: [Place]) -> UInt128? {
        for alternative in reference.alternatives {
            guard let start = headers.first(where: { $0.header == alternative.header })?.start else { continue }
            if !alternative.types.isEmpty {
                guard let type = alternative.header.format.field("type"),
                    alternative.types.contains(value(of: type, at: start))
                else { continue }
            }
            return value(of: alternative.field, at: start)
        }
        return nil
    }

    /// The first byte behind the innermost header.
    public var payloadStart: Int { headers.last.map { $0.start + $0.length } ?? 0 }

    /// The sum of the big-endian 16-bit words in a range that lies in the packet; an odd last byte is the high one of its word.
    public func wordSum(_ range: Range<Int>) -> Int {
        range.clamped(to: bytes.indices).reduce(0) { sum, index in
            sum + Int(bytes[index]) * ((index - range.lowerBound).isMultiple(of: 2) ? 256 : 1)
        }
    }

    /// Whether a header's checksum is right, as ``SymbolicPacket/checksumIsRight(of:)`` says; nil where there is no such header.
    public func checksumIsRight(of header: Header) -> Bool? {
        guard let start = offset(of: header) else { return nil }
        if header == .udp, number(at: start + 6) == 0 { return true }
        return checkedSum(of: header).map { $0 % 65535 == 0 } ?? false
    }

    /// The sum that the checksum of a header is about, itself included; nil where that cannot be told.
    private func checkedSum(of header: Header) -> Int? {
        guard let place = headers.first(where: { $0.header == header }),
            let outer = headers.first(where: { $0.header == .ipv4 })
        else { return nil }
        if header == .ipv4 { return wordSum(place.start..<place.start + place.length) }
        var end = outer.start + number(at: outer.start + 2)
        if end > bytes.count || bytes[outer.start + 6] & 0x20 != 0 { return nil }
        if header == .udp {
            if place.start + number(at: place.start + 4) > end { return nil }
            end = place.start + number(at: place.start + 4)
        }
        if end < place.start + (header == .tcp ? 20 : 8) { return nil }
        var sum = wordSum(place.start..<end)
        if header != .icmp {
            sum += wordSum(outer.start + 12..<outer.start + 20) + Int(bytes[outer.start + 9]) + end - place.start
        }
        return sum
    }

    private func number(at offset: Int) -> Int { Int(bytes[offset]) << 8 | Int(bytes[offset + 1]) }

    /// The packet with the checksums that it should have: those of its headers for which that can be told.
    public var withRightChecksums: ConcretePacket {
        [(Header.ipv4, "header_checksum"), (.tcp, "checksum"), (.udp, "checksum"), (.icmp, "checksum")].reduce(self) {
            packet, checksum in
            let (header, name) = checksum
            guard let start = packet.offset(of: header), let field = header.format.field(name) else { return packet }
            let place = start + field.bytes.lowerBound
            func with(_ checksum: Int) -> ConcretePacket {
                var bytes = packet.bytes
                bytes[place] = UInt8(checksum >> 8)
                bytes[place + 1] = UInt8(checksum & 0xFF)
                return ConcretePacket(bytes: bytes)
            }
            guard let sum = with(0).checkedSum(of: header) else { return packet }
            let missing = (65535 - sum % 65535) % 65535
            // RFC 768: 0 would mean that there is none.
            return with(header == .udp && missing == 0 ? 65535 : missing)
        }
    }
}
