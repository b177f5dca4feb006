import Logic
import PacketFormat

/// Turns checked formulas into terms. This file has the formulas, `LoweringValues.swift` the values.
struct Lowering {
    let context: LoweringContext
    /// Which output the property is about.
    let output: Int?
    /// Which other one, where it compares two.
    let other: Int?
    /// What quantified variables stand for, by their numbers.
    private(set) var bindings: [Int: Term] = [:]

    init(_ context: LoweringContext, output: Int? = nil, other: Int? = nil) {
        self.context = context
        self.output = output
        self.other = other
    }

    mutating func bind(_ variables: [CheckedVariable], to terms: [Term]) {
        for (variable, term) in zip(variables, terms) { bindings[variable.index] = term }
    }

    func state(_ moment: Moment) -> any StateView {
        switch moment {
        case .before: context.before
        case .after: context.after
        }
    }

    func packet(_ role: PacketRole) -> SymbolicPacket {
        switch role {
        case .input:
            guard let input = context.input else { preconditionFailure("a step has a packet that enters") }
            return input
        case .output: return leaving(output).packet
        case .otherOutput: return leaving(other).packet
        case .other, .remembered: preconditionFailure("the packet of another step has no bytes here")
        }
    }

    func port(of role: PacketRole) -> Term {
        switch role {
        case .input:
            guard let ingress = context.ingress else { preconditionFailure("a step has an ingress port") }
            return ingress
        case .output: return leaving(output).egress
        case .otherOutput: return leaving(other).egress
        case .remembered(let number): return remembered.port(number)
        case .other: preconditionFailure("only properties with one packet in and up to two out are lowered")
        }
    }

    var remembered: Remembered {
        guard let remembered = context.remembered else { preconditionFailure("nothing is remembered") }
        return remembered
    }

    private func leaving(_ index: Int?) -> LoweringContext.Output {
        guard let index, context.outputs.indices.contains(index) else {
            preconditionFailure("a property that concerns an output is lowered for one")
        }
        return context.outputs[index]
    }

    // MARK: Formulas

    func formula(_ formula: CheckedFormula) -> Term {
        switch formula.node {
        case .constant(let value): return .boolean(value)
        case .connective(.and, let a, let b): return self.formula(a) && self.formula(b)
        case .connective(.or, let a, let b): return self.formula(a) || self.formula(b)
        case .connective(.implies, let a, let b): return .implies(self.formula(a), self.formula(b))
        case .not(let inner): return !self.formula(inner)
        case .numbers(let operation, let a, let b):
            return atom { compare(operation, number(a, &$0), a.type.unit, number(b, &$0), b.type.unit) }
        case .equal(let a, let b, let isNegated):
            return atom { conditions in
                let equal = equal(a, b, &conditions)
                return isNegated ? !equal : equal
            }
        case .sameTruth(let a, let b, let isNegated):
            let equal = Term.equal(self.formula(a), self.formula(b))
            return isNegated ? !equal : equal
        case .isPresent(let map, let key, let moment):
            return atom { state(moment).isPresent(map: map.name, key: self.key(key, of: map, &$0)) }
        case .isAllocated(let pool, let index, let moment):
            return atom { state(moment).isAllocated(pool: pool, index: bits(index, width: 32, &$0)) }
        case .content(let content): return atom { truth(content, &$0) }
        case .has(.remembered(let number), let header): return remembered.presence(of: header, number)
        case .checksumIsRight(.remembered(let number), let header):
            return remembered.checksumIsRight(of: header, number)
        case .has(let role, let header): return presence(of: header, in: packet(role))
        case .checksumIsRight(let role, let header): return checksumIsRight(of: header, in: packet(role))
        case .hasRoom(let map, let moment): return state(moment).hasRoom(map: map.name)
        case .hasFreeIndex(let pool, let first, let last, let moment):
            return atom { conditions in
                state(moment).hasFreeIndex(
                    pool: pool, from: bits(first, width: 32, &conditions), through: bits(last, width: 32, &conditions))
            }
        case .isDropped: return .boolean(context.outputs.isEmpty)
        case .leaves(let port): return .or(context.outputs.map { output in port.map { leaves(output, $0) } ?? .true })
        case .leavesEveryOtherPort(let ports):
            let ingress = port(of: .input)
            let covered = ports.map { port in
                Term.equal(ingress, .bitVector(UInt128(port), width: 32))
                    || .or(context.outputs.map { leaves($0, port) })
            }
            return .and(covered + context.outputs.map { .notEqual($0.egress, ingress) })
        case .leavesOnce(let isExact):
            return .boolean(isExact ? context.outputs.count == 1 : context.outputs.count <= 1)
        case .outputLeaves(let port): return port.map { leaves(leaving(output), $0) } ?? .true
        case .packetsEqual(let a, let b, let fields): return packetsEqual(packet(a), packet(b), except: fields)
        case .payloadsEqual(let a, let b):
            return .and([presence(of: a), presence(of: b), payloadsEqual(payload(a), payload(b))])
        case .quantified(let variables, let body):
            return forAll(variables) { terms in
                var inner = self
                inner.bind(variables, to: terms)
                return .implies(.and(variables.map(inner.membership)), inner.formula(body))
            }
        }
    }

    /// Claimed, never denied: what holds of a variable that nothing is known of holds of all.
    private func forAll(_ variables: [CheckedVariable], _ body: ([Term]) -> Term) -> Term {
        guard let claimsOfAll = context.claimsOfAll else {
            return body(variables.map { .variable(context.freshName($0.name), $0.sort) })
        }
        return claimsOfAll.members(variables.map { .init(variable: $0.member, isAfter: $0.moment == .after) }, body)
    }

    /// The same of an index into the bytes of two packets.
    private func forAllIndices(
        _ a: ClaimsOfAll.Bytes, _ b: ClaimsOfAll.Bytes, _ body: (Term) -> Term
    ) -> Term {
        guard let claimsOfAll = context.claimsOfAll else {
            return body(.variable(context.freshName("byte"), .bitVector(16)))
        }
        return claimsOfAll.bytes(a, b, body)
    }

    func membership(_ variable: CheckedVariable) -> Term {
        switch variable.collection {
        case .map(let map, let moment): state(moment).isPresent(map: map.name, key: binding(variable.index))
        case .pool(let pool, let moment): state(moment).isAllocated(pool: pool, index: binding(variable.index))
        case .array(_, let count, _): .unsignedLess(binding(variable.index), .bitVector(count, width: 32))
        }
    }

    func binding(_ index: Int) -> Term {
        guard let term = bindings[index] else { preconditionFailure("variable \(index) is not bound") }
        return term
    }

    /// A statement about values does not hold where one of them is missing: a field of a header that is not there, a number that is too
    /// large for the key it is part of.
    ///
    /// - Parameter make: adds what must be the case for its values to be there.
    func atom(_ make: (inout [Term]) -> Term) -> Term {
        var conditions: [Term] = []
        let term = make(&conditions)
        return .and(conditions + [term])
    }

    private func leaves(_ output: LoweringContext.Output, _ port: UInt32) -> Term {
        .equal(output.egress, .bitVector(UInt128(port), width: 32))
    }

    func presence(of header: String, in packet: SymbolicPacket) -> Term {
        Header(rawValue: header).map { packet.presence(of: $0) } ?? packet.transportPresence
    }

    func checksumIsRight(of header: String, in packet: SymbolicPacket) -> Term {
        Header(rawValue: header).map { packet.checksumIsRight(of: $0) } ?? packet.transportChecksumIsRight
    }

    // MARK: Equality of packets

    /// Of the same length, and equal at an index that nothing is known of, but for the bits of the excepted fields of `a`.
    func packetsEqual(_ a: SymbolicPacket, _ b: SymbolicPacket, except fields: [FieldReference]) -> Term {
        let start = Term.bitVector(0, width: 16)
        let sameBytes = forAllIndices(.init(packet: a, start: start), .init(packet: b, start: start)) { index in
            var exempt: [Term] = [.unsignedLessOrEqual(a.length, index)]
            var (x, y) = (a.byte(at: index), b.byte(at: index))
            for range in fields.flatMap({ a.byteRanges(of: $0) }) {
                for (position, mask) in range.masks.enumerated() {
                    let isHere = range.presence && .equal(index, range.start + .bitVector(position, width: 16))
                    if mask == 0xFF {
                        exempt.append(isHere)
                    } else {
                        let rest = Term.bitVector(UInt128(~mask), width: 8)
                        x = .ifThenElse(isHere, .bitAnd(x, rest), x)
                        y = .ifThenElse(isHere, .bitAnd(y, rest), y)
                    }
                }
            }
            return .or(exempt + [.equal(x, y)])
        }
        return .equal(a.length, b.length) && sameBytes
    }

    /// Bytes of a packet from a place on, which is 16 bits wide and not behind the packet's end.
    struct Payload {
        let packet: SymbolicPacket
        let start: Term

        var length: Term { packet.length - start }
    }

    func payload(_ reference: PayloadReference) -> Payload {
        let packet = packet(reference.role)
        guard let header = reference.header.flatMap(Header.init(rawValue:)) else {
            // Behind the transport header is behind the innermost one.
            return Payload(packet: packet, start: packet.payloadStart)
        }
        return Payload(packet: packet, start: packet.end(of: header))
    }

    /// Whether the header is there.
    func presence(of payload: PayloadReference) -> Term {
        payload.header.map { presence(of: $0, in: packet(payload.role)) } ?? .true
    }

    /// Of the same length, and equal at an index that nothing is known of.
    func payloadsEqual(_ a: Payload, _ b: Payload) -> Term {
        let sameBytes = forAllIndices(
            .init(packet: a.packet, start: a.start), .init(packet: b.packet, start: b.start)
        ) { index in
            // The bytes are looked at only where the index is within both.
            let bounds = [a, b].map { Term.unsignedLess(index, $0.length) }
            let bytes = [a, b].map { $0.packet.knowing(bounds).byte(at: $0.start + index) }
            return !bounds[0] || .equal(bytes[0], bytes[1])
        }
        return .equal(a.length, b.length) && sameBytes
    }
}

extension CheckedVariable {
    var sort: Sort {
        switch collection {
        case .map(let map, _): map.keySort
        case .pool, .array: .bitVector(32)
        }
    }

    /// What it runs over, as proofs see it.
    var member: InvariantProperty.Variable {
        switch collection {
        case .map(let map, _): .init(name: name, collection: .map(map.name), sort: sort)
        case .pool(let pool, _): .init(name: name, collection: .pool(pool), sort: sort)
        case .array(let array, let count, _): .init(name: name, collection: .array(array, count: count), sort: sort)
        }
    }

    fileprivate var moment: Moment {
        switch collection {
        case .map(_, let moment), .pool(_, let moment), .array(_, _, let moment): moment
        }
    }
}
