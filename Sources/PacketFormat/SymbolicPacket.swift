import Logic
import Synchronization

/// A packet whose bytes and length are terms, with the header table's view of them.
///
/// Indices into the bytes are built exactly as C code that walks the headers builds them, so that what the spec reads and what the
/// code wrote are the same terms. Where a header can lie at different places (behind a VLAN tag or not), terms branch over the reads,
/// not over the index.
public struct SymbolicPacket: Sendable {
    /// From 16-bit offsets to bytes. Contents at and behind `length` mean nothing.
    public let bytes: Term
    /// 16 bits.
    public let length: Term
    public let facts: KnownFacts
    private let cache = Cache()

    public static let bytesSort = Sort.array(index: .bitVector(16), element: .byte)

    /// - Parameters:
    ///   - bytes: of `bytesSort`.
    ///   - length: of 16 bits.
    ///   - facts: hold wherever terms of this packet are used.
    public init(bytes: Term, length: Term, facts: KnownFacts = .none) {
        precondition(
            bytes.sort == Self.bytesSort && length.sort == .bitVector(16), "a packet of \(bytes.sort), \(length.sort)")
        self.bytes = bytes
        self.length = length
        self.facts = facts
    }

    /// The same packet, where more is known.
    public func knowing(_ conditions: [Term]) -> SymbolicPacket {
        SymbolicPacket(bytes: bytes, length: length, facts: facts.adding(conditions))
    }

    /// Terms that were built before.
    private final class Cache: Sendable {
        enum Key: Hashable {
            case byte(Term)
            case offset([Header])
            case chain([Header])
            case announcement(Header, in: Header, at: Term)
            case presence(Header)
            case selection(Header)
            case fieldPresence(String)
            case field(String)
            case payloadStart
        }
        private let terms = Mutex<[Key: Term]>([:])

        func term(_ key: Key, make: () -> Term) -> Term {
            if let known = terms.withLock({ $0[key] }) { return known }
            let made = make()
            terms.withLock { $0[key] = made }
            return made
        }
    }

    // MARK: Bytes

    /// The byte at a 16-bit offset.
    public func byte(at index: Term) -> Term {
        cache.term(.byte(index)) {
            // Past the stores that the facts tell to be elsewhere.
            .select(bytes, index, decide: facts.decide)
        }
    }

    /// A field's value if its header starts at the offset.
    private func value(of field: FieldFormat, at start: Term) -> Term {
        let bytes = field.bytes.map { byte(at: start + .bitVector($0, width: 16)) }
        let spare = field.bytes.upperBound * 8 - (field.bitOffset + field.bitWidth)
        // Bytes that have no spare bits need no extraction, which also keeps words above 128 bits from being built.
        if spare == 0 && bytes.count * 8 == field.bitWidth { return .concatenate(bytes) }
        return .extract(.concatenate(bytes), high: spare + field.bitWidth - 1, low: spare)
    }

    // MARK: Chains of headers

    /// Where the last header of a chain starts, if the chain is there.
    private func offset(of chain: [Header]) -> Term {
        cache.term(.offset(chain)) {
            guard let last = chain.dropLast().last else { return .bitVector(0, width: 16) }
            let parent = Array(chain.dropLast())
            return offset(of: parent) + length(of: last, at: offset(of: parent))
        }
    }

    /// In bytes, 16 bits wide.
    private func length(of header: Header, at start: Term) -> Term {
        switch header.format.length {
        case .fixed(let bytes): return .bitVector(bytes, width: 16)
        case .words(let name):
            guard let field = header.format.field(name) else { preconditionFailure("\(header) has no field \(name)") }
            let words = value(of: field, at: start)
            return .zeroExtend(.concatenate(words, .bitVector(0, width: 2)), by: 14 - field.bitWidth)
        }
    }

    private func holds(_ condition: HeaderFormat.Condition, of header: Header, at start: Term) -> Term {
        guard let field = header.format.field(condition.field) else {
            preconditionFailure("\(header) has no field \(condition.field)")
        }
        let constant = Term.bitVector(condition.value, width: field.bitWidth)
        switch condition.comparison {
        case .equal: return facts.simplify(.equal(value(of: field, at: start), constant))
        case .atLeast: return facts.simplify(.unsignedLessOrEqual(constant, value(of: field, at: start)))
        }
    }

    /// What a header must say for the next one of a chain to follow it.
    private func announces(_ child: Header, in parent: Header, at start: Term) -> Term {
        cache.term(.announcement(child, in: parent, at: start)) {
            let conditions = child.format.parents.first { $0.header == parent }?.conditions ?? []
            return .and(conditions.map { holds($0, of: parent, at: start) })
        }
    }

    /// Whether the packet starts with exactly these headers.
    private func isPresent(_ chain: [Header]) -> Term {
        cache.term(.chain(chain)) {
            guard let header = chain.last else { return .true }
            let start = offset(of: chain)
            var conditions = header.format.conditions.map { holds($0, of: header, at: start) }
            // Offsets are sums of header lengths, at most 4 * 15 each, so that this sum cannot wrap around.
            conditions.append(
                facts.simplify(.unsignedLessOrEqual(start + length(of: header, at: start), length)))
            if let parent = chain.dropLast().last {
                let outer = Array(chain.dropLast())
                conditions.append(isPresent(outer))
                conditions.append(announces(header, in: parent, at: offset(of: outer)))
            }
            return .and(conditions)
        }
    }

    /// One term per chain of the header, joined by what tells the chains apart. Where the header is absent, any of them.
    private func branch(_ header: Header, _ make: ([Header]) -> Term) -> Term {
        let chains = header.chains
        let usual = chains[0]
        return chains.dropFirst().reversed().reduce(make(usual)) { otherwise, chain in
            let condition = isTaken(chain, ratherThan: usual)
            return condition.isFalse ? otherwise : .ifThenElse(condition, make(chain), otherwise)
        }
    }

    /// Whether the headers that a chain has and the usual one has not are announced.
    private func isTaken(_ chain: [Header], ratherThan usual: [Header]) -> Term {
        .and(
            chain.indices.dropFirst().filter { !usual.contains(chain[$0]) }.map { index in
                announces(chain[index], in: chain[index - 1], at: offset(of: Array(chain[..<index])))
            })
    }

    // MARK: Headers

    /// Whether the packet has the header, well-formed and with all its bytes.
    public func presence(of header: Header) -> Term {
        cache.term(.presence(header)) {
            .or(
                header.chains.map { chain in
                    let taken = chain == header.chains[0] ? Term.true : isTaken(chain, ratherThan: header.chains[0])
                    return taken.isFalse ? .false : isPresent(chain)
                })
        }
    }

    /// Where the header starts, in bytes, 16 bits wide. Means nothing where it is absent.
    public func offset(of header: Header) -> Term { branch(header) { offset(of: $0) } }

    /// Whether one of the transport headers is there.
    public var transportPresence: Term { .or(FieldReference.transportHeaders.map { presence(of: $0) }) }

    // MARK: Fields

    /// Whether the field is there to be read.
    public func presence(of reference: FieldReference) -> Term {
        cache.term(.fieldPresence(reference.name)) { .or(reference.alternatives.map { presence(of: $0) }) }
    }

    private func presence(of alternative: FieldReference.Alternative) -> Term {
        let header = presence(of: alternative.header)
        guard !alternative.types.isEmpty, let type = alternative.header.format.field("type") else { return header }
        let value = field(alternative.header, type)
        let isOneOf = Term.or(
            alternative.types.map { facts.simplify(.equal(value, .bitVector($0, width: type.bitWidth))) })
        return header && isOneOf
    }

    /// The field as a big-endian number of the field's width. Means nothing where it is absent.
    public func field(_ reference: FieldReference) -> Term {
        cache.term(.field(reference.name)) {
            let usual = reference.alternatives[0]
            return reference.alternatives.dropFirst().reversed().reduce(field(usual.header, usual.field)) {
                otherwise, alternative in
                let selected = isAnnounced(alternative.header)
                return selected.isFalse
                    ? otherwise : .ifThenElse(selected, field(alternative.header, alternative.field), otherwise)
            }
        }
    }

    public func field(_ header: Header, _ field: FieldFormat) -> Term {
        branch(header) { value(of: field, at: offset(of: $0)) }
    }

    /// Whether the header around it announces this one: enough to tell the alternatives of a field apart. Whether either is there with all
    /// its bytes is another question.
    func isAnnounced(_ header: Header) -> Term {
        cache.term(.selection(header)) {
            branch(header) { chain in
                guard let parent = chain.dropLast().last else { return .true }
                return announces(header, in: parent, at: offset(of: Array(chain.dropLast())))
            }
        }
    }

    // MARK: Bytes of fields

    /// Bytes that a field has bits in.
    public struct ByteRange: Sendable {
        /// Whether the field is at this place.
        public let presence: Term
        /// 16 bits wide.
        public let start: Term
        /// For each byte, the bits that belong to the field.
        public let masks: [UInt8]

        public var count: Int { masks.count }
    }

    /// The places that the field can have, at most one of which it does have.
    public func byteRanges(of reference: FieldReference) -> [ByteRange] {
        reference.alternatives.compactMap { alternative in
            let presence = presence(of: alternative)
            if presence.isFalse { return nil }
            let field = alternative.field
            return ByteRange(
                presence: presence,
                start: branch(alternative.header) { offset(of: $0) + .bitVector(field.bytes.lowerBound, width: 16) },
                masks: field.bytes.map(field.mask))
        }
    }

    // MARK: Payload

    /// The first byte behind the innermost header, 16 bits wide; 0 for a packet that has none. At most `length`.
    public var payloadStart: Term {
        cache.term(.payloadStart) {
            Header.allCases.reduce(Term.bitVector(0, width: 16)) { outer, header in
                // The table's order is from the outside in.
                let presence = presence(of: header)
                if presence.isFalse { return outer }
                return .ifThenElse(presence, end(of: header), outer)
            }
        }
    }

    /// The first byte behind a header that is there, 16 bits wide.
    public func end(of header: Header) -> Term {
        branch(header) { offset(of: $0) + length(of: header, at: offset(of: $0)) }
    }

    // MARK: Checksums

    /// Whether the packet has the header, and the one's complement sum that its checksum is about is right (RFC 1071): its 16-bit words, the
    /// checksum included, sum up to a multiple of 65535. An ICMP message of zeros alone counts as right; no other sum is ever all zeros.
    ///
    /// - Parameter header: one that has a checksum: `ipv4` (over the header), `tcp`, `udp`, `icmp` (over the segment, which ends where
    ///   `ipv4.total_length` or `udp.length` says, and but for ICMP over the pseudo-header). That of a fragment, whose segment goes on
    ///   elsewhere, is not right, nor is that of a segment that is longer than the packet. A UDP checksum of 0 stands for none and is right.
    public func checksumIsRight(of header: Header) -> Term {
        presence(of: header)
            && branch(header) { chain in
                header == .ipv4 ? headerSumIsRight(chain) : segmentSumIsRight(chain)
            }
    }

    /// The same of the transport header that is there.
    public var transportChecksumIsRight: Term {
        .or(FieldReference.transportHeaders.map { checksumIsRight(of: $0) })
    }

    private static func isRight(_ sum: Term) -> Term { .equal(.integerModulo(sum, .integer(65535)), .integer(0)) }

    private func headerSumIsRight(_ chain: [Header]) -> Term {
        let start = offset(of: chain)
        return Self.isRight(wordSum(bytes, from: start, to: start + length(of: .ipv4, at: start), facts: facts))
    }

    private func segmentSumIsRight(_ chain: [Header]) -> Term {
        guard let header = chain.last, let ipv4 = chain.dropLast().last else {
            preconditionFailure("a transport header has another one before it")
        }
        let (outer, start) = (offset(of: Array(chain.dropLast())), offset(of: chain))
        func field(_ header: Header, _ name: String, at start: Term) -> Term {
            guard let field = header.format.field(name) else { preconditionFailure("\(header) has no field \(name)") }
            return value(of: field, at: start)
        }
        let totalLength = field(ipv4, "total_length", at: outer)
        let outerLength = length(of: ipv4, at: outer)
        let segmentLength = totalLength - outerLength
        let fixed = header.fixedBytes
        var conditions: [Term] = [
            .equal(field(ipv4, "more_fragments", at: outer), .bitVector(0, width: 1)),
            .unsignedLessOrEqual(totalLength, length - outer),
            .unsignedLessOrEqual(outerLength + .bitVector(fixed, width: 16), totalLength),
        ]
        var end = outer + totalLength
        // The fixed part byte by byte, so that nobody need ask whether what was stored there lies in the segment.
        var parts = words(from: start, count: fixed)
        switch header {
        case .udp:
            let ownLength = field(.udp, "length", at: start)
            conditions.append(.unsignedLessOrEqual(.bitVector(fixed, width: 16), ownLength))
            conditions.append(.unsignedLessOrEqual(ownLength, segmentLength))
            end = start + ownLength
            parts += pseudoHeader(at: outer) + [.unsignedInteger(ownLength)]
        case .tcp:
            parts += pseudoHeader(at: outer)
            parts += [.unsignedInteger(totalLength), .product(.integer(-1), .unsignedInteger(outerLength))]
        default: break
        }
        parts.append(wordSum(bytes, from: start + .bitVector(fixed, width: 16), to: end, facts: facts))
        let isRight = Term.and(conditions.map { facts.simplify($0) } + [Self.isRight(.sum(parts))])
        guard header == .udp else { return isRight }
        return .equal(field(.udp, "checksum", at: start), .bitVector(0, width: 16)) || isRight
    }

    /// Source, destination and protocol (RFC 768, RFC 9293 section 3.1).
    private func pseudoHeader(at ipv4: Term) -> [Term] {
        words(from: ipv4 + .bitVector(12, width: 16), count: 8)
            + [.unsignedInteger(byte(at: ipv4 + .bitVector(9, width: 16)))]
    }

    /// Bytes with their weights in 16-bit words.
    private func words(from start: Term, count: Int) -> [Term] {
        weighted((0..<count).map { byte(at: start + .bitVector($0, width: 16)) })
    }
}

extension Header {
    /// Of a header that is there at least so many bytes are.
    fileprivate var fixedBytes: Int {
        switch format.length {
        case .fixed(let bytes): bytes
        case .words: 20
        }
    }
}
