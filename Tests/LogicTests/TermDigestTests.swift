import Testing

@testable import Logic

@Suite struct TermDigestTests {
    /// Four 64-bit FNV-1a digests side by side. No hash to trust, but a change of one byte changes all of it.
    private static func hash(_ bytes: UnsafeRawBufferPointer) -> SIMD4<UInt64> {
        var state = SIMD4<UInt64>(0xcbf2_9ce4_8422_2325, 1, 0x9E37_79B9_7F4A_7C15, 77)
        for byte in bytes { state = (state ^ SIMD4(repeating: UInt64(byte))) &* SIMD4(repeating: 0x100_0000_01b3) }
        return state
    }

    private func digest(_ term: Term) -> TermDigest {
        var digester = TermDigester(hash: Self.hash)
        return digester.digest(of: term)
    }

    private let key = Sort.tuple(TupleSort(name: "digest_key", fields: [.init("address", .bitVector(32))]))

    /// A term as another process may have it: its arguments in the other order, and another age.
    private func reversed(_ term: Term) -> Term {
        Term(
            node: TermNode(
                operation: term.operation, arguments: term.arguments.reversed(), sort: term.sort,
                identifier: -1 - term.identifier))
    }

    private let commutative: [TermOperation] = [
        .and, .or, .equal, .add, .multiply, .bitAnd, .bitOr, .bitXor, .integerAdd, .integerMultiply,
    ]

    private func example(_ operation: TermOperation) -> Term {
        switch operation {
        case .and, .or:
            Term.intern(operation, [.variable("p", .boolean), .variable("q", .boolean)], sort: .boolean)
        case .equal: Term.intern(operation, [.variable("x", .byte), .variable("y", .byte)], sort: .boolean)
        case .integerAdd, .integerMultiply:
            Term.intern(operation, [.variable("m", .integer), .variable("n", .integer)], sort: .integer)
        default: Term.intern(operation, [.variable("x", .byte), .variable("y", .byte)], sort: .byte)
        }
    }

    @Test func orderOfCreationDoesNotMatter() {
        for operation in commutative {
            let term = example(operation)
            #expect(digest(term) == digest(reversed(term)), "\(operation)")
        }
    }

    @Test func orderOfOtherArgumentsMatters() {
        for operation: TermOperation in [.subtract, .shiftLeft, .unsignedDivide, .concatenate, .unsignedLess] {
            let sort: Sort = operation == .unsignedLess ? .boolean : operation == .concatenate ? .bitVector(16) : .byte
            let term = Term.intern(operation, [.variable("x", .byte), .variable("y", .byte)], sort: sort)
            #expect(digest(term) != digest(reversed(term)), "\(operation)")
        }
    }

    @Test func everythingCounts() {
        let x = Term.variable("x", .bitVector(16))
        let tuple = Term.variable("t", key)
        let otherName = Sort.tuple(TupleSort(name: "digest_other", fields: [.init("address", .bitVector(32))]))
        let otherField = Sort.tuple(TupleSort(name: "digest_third", fields: [.init("port", .bitVector(32))]))
        let terms: [Term] = [
            .true, .false, .integer(0), .integer(1), .integer(-1), .bitVector(0, width: 8), .bitVector(0, width: 16),
            .bitVector(1, width: 16), .bitVector(1 << 15, width: 16), x, .variable("y", .bitVector(16)),
            .variable("x", .bitVector(15)), .variable("x", .integer), .variable("xx", .bitVector(16)),
            .apply("x", [x], sort: .integer), .apply("x", [x, x], sort: .integer), .apply("f", [x], sort: .integer),
            tuple, .variable("t", otherName), .variable("t", otherField), .field(0, of: tuple),
            .extract(x, high: 7, low: 0), .extract(x, high: 8, low: 1), .extract(x, high: 8, low: 0),
            .variable("a", .array(index: .byte, element: .integer)),
            .variable("a", .array(index: .integer, element: .byte)), .variable("a", .array(index: .byte, element: key)),
            .constantArray(.integer(0), sort: .array(index: .byte, element: .integer)),
            .constantArray(.integer(0), sort: .array(index: .bitVector(9), element: .integer)),
        ]
        #expect(Set(terms).count == terms.count)
        #expect(Set(terms.map(digest)).count == terms.count)
    }

    @Test func differentTermsHaveDifferentDigests() {
        var random = RandomTerms(seed: 7, widths: [1, 8, 32], nonlinear: true)
        random.grow(3000)
        let terms = Set(random.all.flatMap { [$0.raw, $0.simplified] })
        var digester = TermDigester(hash: Self.hash)
        // Written as it is, a commutative term may be there in both orders: those are one.
        var seen: [TermDigest: Term] = [:]
        for term in terms {
            if let other = seen[digester.digest(of: term)] {
                #expect(areAlike(term, other), "\(term) and \(other)")
            }
            seen[digester.digest(of: term)] = term
        }
        #expect(seen.count > terms.count / 2)
        var another = TermDigester(hash: Self.hash)
        #expect(terms.allSatisfy { another.digest(of: $0) == digester.digest(of: $0) })
    }

    /// Equal up to the order of the arguments of commutative operations, at any depth.
    private func areAlike(_ a: Term, _ b: Term) -> Bool {
        if a == b { return true }
        guard a.operation == b.operation, a.sort == b.sort, a.arguments.count == b.arguments.count else { return false }
        if zip(a.arguments, b.arguments).allSatisfy(areAlike) { return true }
        guard commutative.contains(a.operation) else { return false }
        var rest = b.arguments
        for argument in a.arguments {
            guard let index = rest.firstIndex(where: { areAlike(argument, $0) }) else { return false }
            rest.remove(at: index)
        }
        return true
    }

    /// The digests of an earlier process: what a store keeps is found again.
    @Test func digestsStayTheSame() {
        let x = Term.variable("x", .bitVector(16))
        let table = Term.variable("table", .array(index: key, element: .integer))
        let entry = Term.select(table, .tuple([.concatenate(x, .bitVector(7, width: 16))], sort: key))
        let term = Term.and([.less(.integer(3), entry), .equal(x, .bitVector(9, width: 16)), .variable("p", .boolean)])
        #expect(
            digest(term).words
                == SIMD4(
                    2_135_389_921_248_272_933, 13_293_643_778_063_194_065, 6_625_936_221_193_434_741,
                    116_190_686_098_125_069))
    }

    @Test func deepTermsAreNoMatter() {
        var term = Term.variable("deep", .boolean)
        for index in 0..<50_000 {
            term = Term.intern(.ifThenElse, [.variable("c\(index % 9)", .boolean), term, .false], sort: .boolean)
        }
        #expect(digest(term) == digest(term))
    }
}
