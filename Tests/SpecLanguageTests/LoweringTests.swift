import Diagnostics
import Logic
import PacketFormat
import Testing

@testable import SpecLanguage

/// What formulas mean: on concrete packets everything folds to true or false; on variables, terms are compared.
@Suite struct LoweringTests {
    /// Ethernet, IPv4 with the given header length in words and protocol, eight zero bytes behind.
    static func packet(words: UInt8 = 5, protocol number: UInt8 = 17, totalLength: UInt16 = 28, extra: Int = 0)
        -> [UInt8]
    {
        var bytes: [UInt8] = Array(repeating: 0, count: 12) + [8, 0]
        bytes += [0x40 | words, 0, UInt8(totalLength >> 8), UInt8(totalLength & 255), 0, 0, 0, 0, 64, number, 0, 0]
        bytes += [10, 0, 0, 1, 192, 0, 2, 9]
        bytes += Array(repeating: 0, count: max(0, Int(words) - 5) * 4)
        return bytes + [0x30, 0x39, 0, 53, 0, 8, 0, 0] + Array(repeating: 7, count: extra)
    }

    static func symbolic(_ bytes: [UInt8]) -> SymbolicPacket {
        var array = Term.constantArray(.bitVector(0, width: 8), sort: SymbolicPacket.bytesSort)
        for (index, byte) in bytes.enumerated() {
            array = .store(array, .bitVector(index, width: 16), .bitVector(UInt128(byte), width: 8))
        }
        return SymbolicPacket(bytes: array, length: .bitVector(bytes.count, width: 16))
    }

    private func step(_ clauses: String, definitions: String = "") throws -> StepProperty {
        let text = "middlebox nat\n\(definitions)\nproperty x\n\(clauses)\n"
        let spec = try check(try parse(SourceFile(path: "t.gravel", text: text)), against: Environments.nat)
        guard case .step(let step)? = spec.properties.first?.form else { throw NotAStep() }
        return step
    }

    private struct NotAStep: Error {}

    private func context(
        _ input: [UInt8]? = nil, _ outputs: [[UInt8]] = [], before: any StateView = RecordingState("before"),
        after: any StateView = RecordingState("after")
    ) -> LoweringContext {
        var context = Environments.context(before: before, after: after, outputs: 1)
        if let input {
            context.input = Self.symbolic(input)
            context.outputs = outputs.map { .init(egress: .bitVector(1, width: 32), packet: Self.symbolic($0)) }
            context.ingress = .bitVector(0, width: 32)
        }
        return context
    }

    /// A formula over a concrete packet that enters.
    private func holds(_ formula: String, _ bytes: [UInt8]) throws -> Bool? {
        let premise = try step("when p enters any where \(formula) then p is dropped").premise(
            context(bytes), output: nil)
        return premise.isTrue ? true : premise.isFalse ? false : nil
    }

    // MARK: Numbers

    @Test(arguments: [
        ("p.ipv4.total_length > p.length - 14", 28, false), ("p.ipv4.total_length > p.length - 14", 29, true),
        ("p.ipv4.total_length - 28 < 0", 27, true), ("p.ipv4.total_length - 28 < 0", 28, false),
        ("p.ipv4.total_length + 65535 > 65535", 1, true), ("p.ipv4.total_length * 65536 == 65536", 1, true),
        ("p.ipv4.total_length == 0 - (0 - 5)", 5, true),
        ("(p.ipv4.total_length - 3) * (p.ipv4.total_length - 4) == 2", 2, true),
        ("(p.ipv4.total_length - 3) * (2 - p.ipv4.total_length) == 0 - 2", 4, true),
        ("p.ipv4.total_length < p.ipv4.header_length * 4", 19, true),
        ("p.ipv4.total_length < p.ipv4.header_length * 4", 20, false),
        ("p.ipv4.total_length != p.ipv4.total_length + 0", 20, false),
    ])
    func arithmeticIsExact(formula: String, totalLength: UInt16, expected: Bool) throws {
        #expect(try holds(formula, Self.packet(totalLength: totalLength)) == expected)
    }

    @Test(arguments: [
        ("p.ipv4.source == 10.0.0.1", true), ("p.ipv4.destination == 192.0.2.9", true),
        ("p.l4.source_port == 12345 and p.l4.destination_port == 53", true), ("p.udp.length == 0x8", true),
        ("p.ipv4.protocol == udp", true), ("p has udp and p has l4 and not p has tcp", true),
        ("p.port == inside", true),
        ("p.ethernet.destination == 00:00:00:00:00:00", true), ("(p.ipv4.source, 1) == (10.0.0.1, 1)", true),
        ("(p.ipv4.source, 1) != (10.0.0.1, 1)", false), ("MODE_STRICT == 2", true), ("true and not false", true),
        ("(p has udp) == (p has ipv4)", true), ("p has tcp implies false", true),
    ])
    func statementsOnPackets(formula: String, expected: Bool) throws {
        #expect(try holds(formula, Self.packet()) == expected)
    }

    /// Of 192.0.2.9.
    @Test(arguments: [
        (0, "0.0.0.0"), (1, "128.0.0.0"), (2, "192.0.0.0"), (8, "192.0.0.0"), (23, "192.0.2.0"), (24, "192.0.2.0"),
        (28, "192.0.2.0"), (29, "192.0.2.8"), (31, "192.0.2.8"), (32, "192.0.2.9"),
    ])
    func prefixesKeepTheFirstBits(length: UInt16, expected: String) throws {
        #expect(try holds("p.ipv4.destination / \(length) == \(expected)", Self.packet()) == true)
        #expect(try holds("p.ipv4.destination / \(length) != \(expected)", Self.packet()) == false)
        // The length need not be known beforehand.
        let counted = Self.packet(totalLength: length)
        #expect(try holds("p.ipv4.destination / p.ipv4.total_length == \(expected)", counted) == true)
        #expect(try holds("192.0.2.9 / p.ipv4.total_length == \(expected)", counted) == true)
        #expect(try holds("p.ethernet.destination / p.ipv4.total_length == 0", counted) == true)
        #expect(
            try holds("0.0.0.9 / p.ipv4.total_length == \(length == 32 ? 9 : length >= 29 ? 8 : 0)", counted) == true)
    }

    /// An address has no more bits than it has.
    @Test(arguments: ["p.ipv4.destination / LENGTH == 192.0.2.9", "p.ipv4.destination / LENGTH != 192.0.2.9"])
    func longerPrefixesDoNotCompare(formula: String) throws {
        for (length, isThere) in [(32, true), (33, false), (64, false), (256 + 24, false), (65535, false)] {
            let written = formula.replacing("LENGTH", with: "\(length)")
            let counted = formula.replacing("LENGTH", with: "p.ipv4.total_length")
            let expected = isThere && formula.contains("==")
            #expect(try holds(written, Self.packet()) == expected)
            #expect(try holds(counted, Self.packet(totalLength: UInt16(length))) == expected)
        }
        #expect(try holds("p.ethernet.destination / 48 == 0", Self.packet()) == true)
        #expect(try holds("p.ethernet.destination / 49 == 0", Self.packet()) == false)
    }

    @Test(arguments: [
        ("for n from 0 to 8: p.ipv4.source / n == 0.0.0.0 or n > 4", true),
        ("for n from 0 to 8: p.ipv4.source / n == 0.0.0.0", false),
        // The order is that of the range.
        ("for first n from 32 to 0 where p.ipv4.source / n == 0.0.0.0: n == 4", true),
        ("for first n from 0 to 32 where p.ipv4.source / n == 0.0.0.0: n == 0", true),
        ("for first n from 0 to 32 where p.ipv4.source / n == 10.0.0.0: n == 7", true),
        ("for first n from 31 to 7 where p.ipv4.source / n == 10.0.0.0: n == 31", true),
        // One number is a range, too.
        ("for n from 5 to 5: n == 5", true), ("for first n from 5 to 5 where n == 5: n != 5", false),
        ("for first n from 5 to 5 where n != 5: false", true),
        // Pairs; in a denial.
        ("for a, b from 1 to 3: a + b >= 2 and a * b <= 9", true), ("not for n from 1 to 3: n != 2", true),
        ("for first n from 1 to 3 where not (for m from 1 to 3: m != n + 1): n == 1", true),
        // A name of the language is a name here, too.
        ("for first from 3 to 4: first > 2", true), ("for first to from 3 to 4 where to > 3: to == 4", true),
        ("for first n from MODE_STRICT to 9 where n > 0: n == 2", true),
    ])
    func rangesAreGoneThrough(formula: String, expected: Bool) throws {
        #expect(try holds(formula, Self.packet()) == expected)
    }

    /// A comparison that mentions an absent header does not hold, whichever it is.
    @Test(arguments: [
        "p.tcp.source_port == 12345", "p.tcp.source_port != 1", "p.tcp.source_port <= 65535",
        "(p.tcp.syn, 1) != (p.tcp.ack, 2)",
        "p.ipv6.hop_limit >= 0", "p.icmp.identifier == p.icmp.identifier",
    ])
    func absentHeadersDoNotCompare(formula: String) throws {
        #expect(try holds(formula, Self.packet()) == false)
        #expect(try holds("not (\(formula))", Self.packet()) == true)
    }

    @Test func timesAreInOneUnit() throws {
        let step = try step("when p enters any where last_seen + config.udp_lifetime <= now then p is dropped")
        let before = RecordingState("before")
        let seen = Term.apply("before.last_seen", [], sort: .integer)
        let lifetime = Term.product(.integer(1_000_000_000), .variable("config.udp_lifetime", .integer))
        #expect(
            step.premise(context(before: before), output: nil)
                == .lessOrEqual(seen + lifetime, .variable("now", .integer)))
    }

    /// A struct of one field is what is in it, wherever a number is wanted.
    @Test func structsOfOneFieldAreNumbers() throws {
        var environment = Environments.nat
        let station = SpecStructure(name: "station", fields: [.init("octets", .bits(48))])
        environment.variables = [
            .init(name: "own", type: .structure(station)),
            .init(
                name: "wrapped", type: .structure(SpecStructure(name: "w", fields: [.init("s", .structure(station))]))),
            .init(name: "pair", type: .structure(Environments.endpoint)),
        ]
        func premise(_ formula: String) throws -> Term {
            let text = "middlebox nat\nproperty x\n  when p enters any where \(formula) then p is dropped\n"
            let spec = try check(try parse(SourceFile(path: "t.gravel", text: text)), against: environment)
            guard case .step(let step)? = spec.properties.first?.form else { throw NotAStep() }
            return step.premise(context(), output: nil)
        }
        for (short, long) in [
            ("p.ethernet.source == own", "p.ethernet.source == own.octets"),
            ("own != p.ethernet.source", "own.octets != p.ethernet.source"),
            ("own & 0x010000000000 == 0", "own.octets & 0x010000000000 == 0"),
            ("own <= p.ethernet.source", "own.octets <= p.ethernet.source"),
            ("wrapped == p.ethernet.source", "wrapped.s.octets == p.ethernet.source"),
            ("own / 24 == 02:00:00:00:00:00", "own.octets / 24 == 02:00:00:00:00:00"),
        ] {
            #expect(try premise(short) == premise(long))
        }
        #expect(throws: SpecError.self) { try premise("pair == p.ethernet.source") }
    }

    // MARK: Keys

    /// The same term as C's `protocol << 16 | port`.
    @Test func indicesAreAsInC() throws {
        let spec = """
            middlebox nat
            let port_index(e) = e.protocol * 65536 + e.port
            invariant i
              for e in inbound: port_index(e) in ports
            """
        let checked = try check(try parse(SourceFile(path: "t.gravel", text: spec)), against: Environments.nat)
        guard case .invariant(let invariant)? = checked.properties.first?.form else { throw NotAStep() }
        let e = Term.variable("e", Environments.endpointSort)
        let after = RecordingState("after")
        _ = invariant.body(context(after: after), bindings: [e])
        let index = Term.concatenate(.field(2, of: e), .field(1, of: e))
        #expect(after.keys.contains(index))
    }

    @Test func valuesThatDoNotFitAreNoKeys() throws {
        #expect(try holds("(p.ipv4.source, 65536, udp) in outbound", Self.packet()) == false)
        #expect(try holds("(p.ipv4.source, 0 - 1, udp) in outbound", Self.packet()) == false)
        #expect(try holds("outbound[p.ipv4.source, 65536, udp].port >= 0", Self.packet()) == false)
        #expect(try holds("4294967296 in ports", Self.packet()) == false)
        #expect(try holds("table[p.length] >= 0", Self.packet()) == false)
        #expect(try holds("(p.ipv4.source, 65535, udp) in outbound", Self.packet()) == nil)
    }

    @Test func keysHaveTheSortOfTheMap() throws {
        let before = RecordingState("before")
        let step = try step(
            "when p enters any where (p.ipv4.source, p.l4.source_port, p.ipv4.protocol) in outbound then p is dropped")
        _ = step.premise(context(Self.packet(), before: before), output: nil)
        let key = Term.tuple(
            [.bitVector(0x0A00_0001, width: 32), .bitVector(12345, width: 16), .bitVector(17, width: 16)],
            sort: Environments.endpointSort)
        #expect(before.keys == [key])
    }

    // MARK: State

    @Test func premisesReadTheStateBeforeAndConclusionsTheStateAfter() throws {
        let (before, after) = (RecordingState("before"), RecordingState("after"))
        let step = try step(
            "when p enters any where drops == 1 then drops == 2 then before(drops) == 1 and before(enabled)")
        let context = context(before: before, after: after)
        _ = step.premise(context, output: nil)
        #expect(before.reads == ["before.drops"])
        #expect(after.reads.isEmpty)
        let conjuncts = step.conclusions(context, output: nil)
        #expect(after.reads == ["after.drops"])
        #expect(before.reads == ["before.drops", "before.drops", "before.enabled"])
        #expect(conjuncts.map(\.text) == ["drops == 2", "before(drops) == 1", "before(enabled)"])
        #expect(conjuncts.map(\.location.line) == [4, 4, 4])
    }

    @Test func invariantsAreAboutTheStateAfter() throws {
        let spec =
            "middlebox nat\ninvariant i\n  for a in outbound: for b, c in inbound: a != b and (outbound[a] == c or expiry(inbound, b) < now)\n"
        let checked = try check(try parse(SourceFile(path: "t.gravel", text: spec)), against: Environments.nat)
        guard case .invariant(let invariant)? = checked.properties.first?.form else { throw NotAStep() }
        #expect(invariant.variables.map(\.name) == ["a", "b", "c"])
        #expect(invariant.variables.map(\.collection) == [.map("outbound"), .map("inbound"), .map("inbound")])
        let (before, after) = (RecordingState("before"), RecordingState("after"))
        let bindings = invariant.variables.map { Term.variable($0.name, $0.sort) }
        let conjuncts = invariant.conjuncts(context(before: before, after: after), bindings: bindings)
        #expect(before.reads.isEmpty)
        #expect(
            Set(after.reads) == [
                "after.present.outbound", "after.present.inbound", "after.value.outbound", "after.expiry.inbound",
            ])
        #expect(Set(after.keys) == Set(bindings))
        #expect(conjuncts.map(\.text) == ["a != b", "(outbound[a] == c or expiry(inbound, b) < now)"])
        // Without members there is nothing to hold.
        let membership = invariant.membership(context(before: before, after: after), bindings: bindings)
        for conjunct in conjuncts { #expect((!membership || conjunct.formula) == conjunct.formula) }
    }

    // MARK: What comes out

    @Test(
        arguments: [
            ("p is dropped", [[], [1], [0, 1]], [true, false, false]),
            ("p leaves outside", [[], [1], [0], [0, 1]], [false, true, false, true]),
            ("not p leaves any", [[], [1]], [true, false]),
            ("p leaves at most once", [[], [1], [0, 1]], [true, true, false]),
            ("p leaves once", [[], [1], [0, 1]], [false, true, false]),
            // It came in by port 0.
            ("p leaves every other port", [[], [1], [0], [0, 1]], [false, true, false, false]),
        ] as [(String, [[Int]], [Bool])])
    func departures(formula: String, egresses: [[Int]], expected: [Bool]) throws {
        let step = try step("when p enters any then \(formula)")
        for (ports, expected) in zip(egresses, expected) {
            var context = context(Self.packet())
            context.outputs = ports.map {
                .init(egress: .bitVector($0, width: 32), packet: Self.symbolic(Self.packet()))
            }
            #expect(step.conclusions(context, output: nil).map(\.formula) == [.boolean(expected)], "\(ports)")
        }
    }

    @Test func eventsArePartOfThePremise() throws {
        let step = try step("when p enters outside, q leaves inside then q has udp")
        #expect(step.concernsOutput)
        let (ingress, egress) = (Term.variable("ingress", .bitVector(32)), Term.variable("egress0", .bitVector(32)))
        #expect(
            step.premise(context(), output: 0)
                == (.equal(ingress, .bitVector(1, width: 32)) && .equal(egress, .bitVector(0, width: 32))))
    }

    // MARK: Equality of packets

    /// The claim at every index of the concrete packets.
    private func claim(_ formula: String, _ input: [UInt8], _ output: [UInt8]) throws -> Bool {
        let step = try step("when p enters any, q leaves any then \(formula)")
        let conjuncts = step.conclusions(context(input, [output]), output: 0)
        return try conjuncts.allSatisfy { conjunct in
            let variables = conjunct.formula.freeVariables
            #expect(variables.count <= 1)
            guard let index = variables.first else { return conjunct.formula.isTrue }
            return try (0..<120).allSatisfy { value in
                var substitution = Substitution([index: .bitVector(value, width: 16)])
                let result = substitution.apply(conjunct.formula)
                try #require(result.isConstant)
                return result.isTrue
            }
        }
    }

    /// The packet with one byte changed.
    private func changed(_ bytes: [UInt8], at index: Int, by mask: UInt8 = 1) -> [UInt8] {
        var bytes = bytes
        bytes[index] ^= mask
        return bytes
    }

    @Test func equalityIsOfEveryByte() throws {
        let packet = Self.packet(extra: 4)
        #expect(try claim("q == p", packet, packet))
        for index in packet.indices {
            #expect(try !claim("q == p", packet, changed(packet, at: index)), "byte \(index)")
        }
        #expect(try !claim("q == p", packet, packet + [0]))
        #expect(try !claim("q == p", packet, Array(packet.dropLast())))
    }

    @Test(arguments: [5, 6] as [UInt8])
    func exceptionsAreExact(words: UInt8) throws {
        let packet = Self.packet(words: words, totalLength: 40, extra: 4)
        let transport = 14 + Int(words) * 4
        let excepted = "ipv4.source, l4.source_port, l4.checksum, tcp.destination_port"
        let free = Set(26..<30).union([transport, transport + 1, transport + 6, transport + 7])
        for index in packet.indices where ![12, 13, 14, 20, 21, 23].contains(index) {
            #expect(
                try claim("q == p except \(excepted)", packet, changed(packet, at: index)) == free.contains(index),
                "byte \(index)")
        }
    }

    @Test func exceptionsCountBits() throws {
        let packet = Self.packet(words: 6, totalLength: 40)
        let formula = "q == p except ipv4.dont_fragment, ipv4.type_of_service, ipv4.ecn"
        #expect(try claim(formula, packet, changed(packet, at: 20, by: 0x40)))
        #expect(try !claim(formula, packet, changed(packet, at: 20, by: 0x20)))
        #expect(try !claim(formula, packet, changed(packet, at: 20, by: 0x60)))
        #expect(try claim(formula, packet, changed(packet, at: 15, by: 0xFF)))
    }

    @Test func payloadsStartBehindTheInnermostHeader() throws {
        let (short, long) = (Self.packet(words: 5, extra: 4), Self.packet(words: 7, extra: 4))
        #expect(try claim("q.payload == p.payload", short, long))
        #expect(try !claim("q.payload == p.payload", short, changed(long, at: long.count - 4)))
        #expect(try claim("q.payload == p.payload", short, changed(long, at: long.count - 5)))
        #expect(try !claim("q.payload == p.payload", short, long + [0]))
        // Without a transport header, all behind IPv4 is payload.
        let other = Self.packet(protocol: 89)
        #expect(try !claim("q.payload == p.payload", other, changed(other, at: 34)))
    }

    @Test func checksums() throws {
        var packet = Self.packet(words: 6)
        #expect(try holds("p.ipv4.header_checksum is right", packet) == false)
        let sum = ConcretePacket(bytes: packet).wordSum(14..<38) % 65535
        packet[24] = UInt8((65535 - sum) >> 8)
        packet[25] = UInt8((65535 - sum) & 255)
        #expect(try holds("p.ipv4.header_checksum is right", packet) == true)
        #expect(try holds("p.ipv4.header_checksum is right", Array(packet[..<30])) == false)
    }

    @Test func checksumsOfSegments() throws {
        // IPv4 with four bytes of options, UDP with one byte of payload and one of padding.
        var packet = Self.packet(words: 6, protocol: 17, extra: 2)
        func set(_ value: Int, at offset: Int) {
            packet[offset] = UInt8(value >> 8 & 255)
            packet[offset + 1] = UInt8(value & 255)
        }
        set(24 + 9, at: 16)
        set(0, at: 20)
        set(9, at: 38 + 4)
        set(1, at: 38 + 6)
        packet[46] = 0x5A
        #expect(try holds("p.udp.checksum is right", packet) == false)
        set(0, at: 38 + 6)
        // None.
        #expect(try holds("p.udp.checksum is right", packet) == true)
        let view = ConcretePacket(bytes: packet)
        let sum = (view.wordSum(26..<34) + 17 + 9 + view.wordSum(38..<47)) % 65535
        set(65535 - sum, at: 38 + 6)
        #expect(try holds("p.udp.checksum is right", packet) == true)
        #expect(try holds("p.l4.checksum is right", packet) == true)
        #expect(try holds("p.tcp.checksum is right", packet) == false)
        #expect(try holds("p.udp.checksum is right", changed(packet, at: 47)) == true)
        for covered in [23, 26, 33, 38, 46] {
            #expect(try holds("p.l4.checksum is right", changed(packet, at: covered)) == false, "\(covered)")
        }
        // More fragments; a datagram that goes on behind the end.
        #expect(try holds("p.udp.checksum is right", changed(packet, at: 20, by: 0x20)) == false)
        #expect(try holds("p.udp.checksum is right", changed(packet, at: 17, by: 0x40)) == false)
    }

    @Test func quantifiedConclusionsAreAboutAnyMember() throws {
        let step = try step("when p enters any then for a in outbound: a in before(outbound)")
        let conjuncts = step.conclusions(context(), output: nil)
        let a = Term.variable("a!1", Environments.endpointSort)
        let after = Term.apply("after.present.outbound", [a], sort: .boolean)
        #expect(conjuncts.map(\.formula) == [.implies(after, .apply("before.present.outbound", [a], sort: .boolean))])
    }
}
