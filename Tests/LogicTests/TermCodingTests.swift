import Testing

@testable import Logic

/// Terms survive the way through bytes; damaged bytes are found out.
@Suite struct TermCodingTests {
    private static func terms(_ seed: UInt64, _ count: Int) -> [Description] {
        var terms = RandomTerms(seed: seed, widths: [1, 5, 8, 16, 64, 128], nonlinear: true)
        terms.grow(count)
        return terms.all
    }

    /// What the builders made, and terms as nobody builds them, come back as the same objects.
    @Test(arguments: 0..<10 as Range<UInt64>)
    func decodedTermsAreTheOriginals(_ seed: UInt64) throws {
        let all = Self.terms(seed, 400)
        for terms in [all.map(\.simplified), all.map(\.raw)] {
            #expect(try TermCoding.decode(TermCoding.encode(terms)) == terms)
            #expect(try TermCoding.decode(TermCoding.encode(terms), order: .given) == terms)
        }
    }

    /// The order that is restored in another process is the one that builders give.
    @Test(arguments: 0..<10 as Range<UInt64>)
    func buildersOrderAsIsSaid(_ seed: UInt64) {
        Term.forEachSubterm(of: Self.terms(seed, 400).map(\.simplified)) { term in
            // A sum too great for its normal form stays as it was given.
            if term.operation == .integerAdd { return }
            let isInOrder = term.operation.inBuilderOrder(term.arguments) == term.arguments
            #expect(isInOrder, "\(term.operation)")
        }
        let (n, m, k) = (Term.variable("n", .integer), Term.variable("m", .integer), Term.variable("k", .integer))
        let sum = Term.sum([k, .integer(5), .product(.integer(-2), n), m])
        #expect(sum.operation.inBuilderOrder(sum.arguments.reversed()) == sum.arguments)
        let product = Term.product(n, .integer(3))
        #expect(product.operation.inBuilderOrder(product.arguments.reversed()) == product.arguments)
    }

    /// Of two roots with a common part, the part is there once.
    @Test func sharedPartsTakeNoRoom() throws {
        var term = Term.variable("x", .bitVector(64))
        for _ in 0..<100 { term = .intern(.add, [term, term], sort: term.sort) }
        let bytes = TermCoding.encode([term, term])
        #expect(bytes.count < 450)
        #expect(try TermCoding.decode(bytes) == [term, term])
    }

    /// Depth is no limit.
    @Test func deepTermsSurvive() throws {
        var term = Term.variable("x", .bitVector(64))
        for _ in 0..<200_000 { term = .intern(.bitNot, [term], sort: term.sort) }
        #expect(try TermCoding.decode(TermCoding.encode([term])) == [term])
    }

    @Test func noTermsAreTermsToo() throws {
        #expect(try TermCoding.decode(TermCoding.encode([])) == [])
    }

    /// Cut off anywhere, it is an error.
    @Test func shortenedBytesAreRefused() {
        let bytes = TermCoding.encode(Self.terms(3, 40).map(\.simplified))
        for count in bytes.indices {
            #expect(throws: TermCodingError.self) { try TermCoding.decode(Array(bytes.prefix(count))) }
        }
        #expect(throws: TermCodingError.leftOver(at: bytes.count)) { try TermCoding.decode(bytes + [0]) }
    }

    /// Changed anywhere, it is an error or the bytes of other terms, whose sorts fit: never the end of the process.
    @Test(arguments: 0..<8 as Range<UInt64>)
    func changedBytesDoNoHarm(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let bytes = TermCoding.encode(Self.terms(seed, 30).map(\.simplified))
        var (refused, accepted) = (0, 0)
        for _ in 0..<2_000 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: changed.indices, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: changed[place] = UInt8.random(in: 0...255, using: &random)
                case 1: changed[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                default: changed.remove(at: place)
                }
            }
            do {
                let terms = try TermCoding.decode(changed)
                Term.forEachSubterm(of: terms) { term in
                    #expect(term.operation.sort(of: term.arguments.map(\.sort), stated: term.sort) == term.sort)
                }
                accepted += 1
            } catch {
                refused += 1
            }
        }
        #expect(refused > 500 && accepted > 0, "\(refused) refused, \(accepted) accepted")
    }

    /// A sort that doubles at each step is refused before it is too large to look at.
    @Test func sortsThatExplodeAreRefused() {
        var writer = ByteWriter()
        writer.write(count: 60)
        writer.write(byte: 0)
        for part in 0..<59 {
            writer.write(byte: 3)
            writer.write(count: part)
            writer.write(count: part)
        }
        writer.write(count: 0)
        writer.write(count: 0)
        #expect(throws: TermCodingError.self) { try TermCoding.decode(writer.bytes) }
    }

    @Test(arguments: [0, 1, -1, 63, 64, -64, -65, Int.max, Int.min])
    func numbersOfEitherSignSurvive(_ number: Int) throws {
        var writer = ByteWriter()
        writer.write(signed: number)
        writer.write(number: UInt64(bitPattern: Int64(number)))
        writer.write(wide: UInt128(bitPattern: Int128(number)))
        writer.write(double: Double(number))
        writer.write(text: "\(number)")
        var reader = ByteReader(writer.bytes)
        #expect(try reader.signed() == number)
        #expect(try reader.number() == UInt64(bitPattern: Int64(number)))
        #expect(try reader.wide() == UInt128(bitPattern: Int128(number)))
        #expect(try reader.double() == Double(number))
        #expect(try reader.text() == "\(number)")
        try reader.finish()
    }
}
