@testable import Logic

/// Random numbers that are the same in every run of one seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// What a term was meant to be, before any builder touched it.
final class Description {
    let operation: TermOperation
    let arguments: [Description]
    let sort: Sort
    /// Through the builders, which simplify.
    let simplified: Term
    /// As it is written.
    let raw: Term

    init(_ operation: TermOperation, _ arguments: [Description] = [], _ sort: Sort) {
        self.operation = operation
        self.arguments = arguments
        self.sort = sort
        simplified = Term.build(operation, arguments.map(\.simplified), sort: sort)
        raw = Term.intern(operation, arguments.map(\.raw), sort: sort)
    }
}

/// Makes descriptions over all operations. Parts are shared a lot: most rules of the builders need a part that occurs twice.
struct RandomTerms {
    var random: SeededGenerator
    let widths: [Int]
    /// Products of integer variables, which Z3 cannot decide.
    let nonlinear: Bool
    private(set) var all: [Description] = []
    private var pools: [Sort: [Description]] = [:]

    static let key = Sort.tuple(
        TupleSort(name: "random_key", fields: [.init("a", .byte), .init("n", .integer), .init("b", .boolean)]))
    static let bytes = Sort.array(index: .bitVector(16), element: .byte)
    static let small = Sort.array(index: .bitVector(1), element: .byte)
    static let table = Sort.array(index: key, element: .integer)
    static let nested = Sort.array(index: .byte, element: key)
    static let others: [Sort] = [.boolean, .boolean, .integer, .integer, key, bytes, small, table, nested]

    init(seed: UInt64, widths: [Int], nonlinear: Bool) {
        random = SeededGenerator(seed: seed)
        self.widths = widths
        self.nonlinear = nonlinear
    }

    mutating func grow(_ count: Int) {
        for _ in 0..<count {
            let roll = Int.random(in: 0..<10, using: &random)
            let sort: Sort =
                if roll < 5 { .bitVector(anyWidth()) } else { Self.others.randomElement(using: &random) ?? .boolean }
            add(make(sort))
        }
    }

    private mutating func add(_ description: Description) {
        all.append(description)
        pools[description.sort, default: []].append(description)
    }

    private mutating func anyWidth() -> Int { widths.randomElement(using: &random) ?? 8 }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    /// Something of the sort: mostly from what there is, the newer the likelier.
    private mutating func any(_ sort: Sort) -> Description {
        let pool = pools[sort] ?? []
        if pool.isEmpty || chance(12) {
            let leaf = leaf(sort)
            add(leaf)
            return leaf
        }
        let back = Swift.min(
            Int.random(in: 0..<pool.count, using: &random), Int.random(in: 0..<pool.count, using: &random))
        return pool[pool.count - 1 - back]
    }

    /// An operand of a shape that rules look for: a constant, an extension, a sum with a constant, a concatenation, a choice of constants.
    private mutating func operand(_ sort: Sort) -> Description {
        guard case .bitVector(let width) = sort, chance(45) else {
            return sort != .boolean && chance(15) ? choice(of: sort) : any(sort)
        }
        let constant = Description(.bitVector(bits(width)), [], sort)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: return constant
        case 1: return Description(.add, [any(sort), constant], sort)
        case 2: return choice(of: sort)
        case 3 where width > 1:
            let narrower = Int.random(in: 1..<width, using: &random)
            let inner = any(.bitVector(narrower))
            let operation: TermOperation =
                chance(70) ? .zeroExtend(by: width - narrower) : .signExtend(by: width - narrower)
            return Description(operation, [inner], sort)
        case 4 where width > 1:
            let low = width / 2
            return Description(.concatenate, [any(.bitVector(width - low)), any(.bitVector(low))], sort)
        default: return any(sort)
        }
    }

    private mutating func choice(of sort: Sort) -> Description {
        let branches = chance(50) ? [leaf(sort), any(sort)] : [any(sort), leaf(sort)]
        return Description(.ifThenElse, [any(.boolean)] + branches, sort)
    }

    /// Something over the same arguments, which may contradict or follow: what connectives look for.
    private mutating func counterpart(_ description: Description) -> Description {
        let comparisons: [TermOperation] = [.unsignedLess, .unsignedLessOrEqual, .signedLess, .signedLessOrEqual]
        let integerComparisons: [TermOperation] = [.integerLess, .integerLessOrEqual]
        for family in [comparisons, integerComparisons] where family.contains(description.operation) {
            let swapped = chance(60) ? description.arguments.reversed() : description.arguments
            return Description(family.randomElement(using: &random) ?? .equal, swapped, .boolean)
        }
        return Description(.not, [description], .boolean)
    }

    private mutating func leaf(_ sort: Sort) -> Description {
        if chance(50) {
            return Description(.variable("\(name(sort))_\(Int.random(in: 0..<3, using: &random))"), [], sort)
        }
        switch sort {
        case .boolean: return Description(.boolean(chance(50)), [], sort)
        case .integer:
            let choices = [0, 1, -1, 2, 7, -13, 255, 65535, 65536, Int.max, Int.min, Int.max / 2 + 1]
            let usual = chance(70)
            return Description(.integer(choices[Int.random(in: 0..<(usual ? 9 : 12), using: &random)]), [], sort)
        case .bitVector(let width): return Description(.bitVector(bits(width)), [], sort)
        case .array(_, let element): return Description(.constantArray, [any(element)], sort)
        case .tuple(let tuple): return Description(.tuple, tuple.fields.map { any($0.sort) }, sort)
        }
    }

    private func name(_ sort: Sort) -> String {
        switch sort {
        case .boolean: "p"
        case .integer: "n"
        case .bitVector(let width): "x\(width)"
        case .array(let index, let element): "m_\(name(index))_\(name(element))"
        case .tuple(let tuple): tuple.name
        }
    }

    /// Random bits; often ones that rules look for.
    private mutating func bits(_ width: Int) -> UInt128 {
        let mask = Term.mask(width)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: return UInt128(Int.random(in: 0...3, using: &random)) & mask
        case 1: return mask
        case 2: return 1 << UInt128(Int.random(in: 0..<width, using: &random))
        case 3:
            let low = Int.random(in: 0..<width, using: &random)
            let high = Int.random(in: low..<width, using: &random)
            return Term.mask(high - low + 1) << UInt128(low)
        default: return UInt128.random(in: 0...mask, using: &random)
        }
    }

    private mutating func make(_ sort: Sort) -> Description {
        if chance(12) { return Description(.ifThenElse, [any(.boolean), any(sort), any(sort)], sort) }
        switch sort {
        case .boolean: return makeBoolean()
        case .integer: return makeInteger()
        case .bitVector(let width): return makeBitVector(width)
        case .array(let index, let element):
            if chance(15) { return Description(.constantArray, [any(element)], sort) }
            if index.width != nil, chance(20) { return Description(.rotate, [any(sort), any(index)], sort) }
            return Description(.store, [any(sort), any(index), any(element)], sort)
        case .tuple(let tuple):
            if chance(30) { return Description(.select, [any(Self.nested), any(.byte)], sort) }
            // Fields of one tuple in order, which make that tuple, come up too seldom by chance.
            if chance(30) {
                let whole = any(sort)
                let fields = tuple.fields.indices.map { Description(.field($0), [whole], tuple.fields[$0].sort) }
                return Description(.tuple, fields, sort)
            }
            return Description(.tuple, tuple.fields.map { any($0.sort) }, sort)
        }
    }

    private mutating func makeBoolean() -> Description {
        let width = anyWidth()
        let operand = Sort.bitVector(width)
        switch Int.random(in: 0..<16, using: &random) {
        case 0: return Description(.not, [any(.boolean)], .boolean)
        case 1, 2:
            let operation: TermOperation = chance(50) ? .and : .or
            let count = Int.random(in: 0...4, using: &random)
            var operands = (0..<count).map { _ in any(.boolean) }
            if let first = operands.first, chance(50) { operands.append(counterpart(first)) }
            return Description(operation, operands, .boolean)
        case 3: return Description(.unsignedLess, [self.operand(operand), self.operand(operand)], .boolean)
        case 4: return Description(.unsignedLessOrEqual, [self.operand(operand), self.operand(operand)], .boolean)
        case 5: return Description(.signedLess, [self.operand(operand), self.operand(operand)], .boolean)
        case 6: return Description(.signedLessOrEqual, [self.operand(operand), self.operand(operand)], .boolean)
        case 7: return Description(.integerLess, [any(.integer), any(.integer)], .boolean)
        case 8: return Description(.integerLessOrEqual, [any(.integer), any(.integer)], .boolean)
        case 9: return Description(.field(2), [any(Self.key)], .boolean)
        case 10: return Description(.apply("holds"), [any(.integer), any(.byte)], .boolean)
        default:
            let sort = chance(60) ? operand : (Self.others.randomElement(using: &random) ?? .boolean)
            return Description(.equal, [self.operand(sort), self.operand(sort)], .boolean)
        }
    }

    private mutating func makeInteger() -> Description {
        switch Int.random(in: 0..<10, using: &random) {
        case 0, 1, 2:
            let count = Int.random(in: 1...4, using: &random)
            return Description(.integerAdd, (0..<count).map { _ in any(.integer) }, .integer)
        case 3, 4:
            let choices = [-3, -1, 0, 1, 2, 10, 256, 1 << 40]
            let factor = Description(.integer(choices.randomElement(using: &random) ?? 1), [], .integer)
            let operands = [nonlinear && chance(40) ? any(.integer) : factor, any(.integer)]
            return Description(.integerMultiply, chance(50) ? operands : operands.reversed(), .integer)
        case 5, 6:
            let divisor = [1, 2, 3, 8, 65535, 65536].randomElement(using: &random) ?? 1
            let operands = [any(.integer), Description(.integer(divisor), [], .integer)]
            return Description(chance(50) ? .integerDivide : .integerModulo, operands, .integer)
        case 7: return Description(.unsignedInteger, [any(.bitVector(anyWidth()))], .integer)
        case 8: return Description(.select, [any(Self.table), any(Self.key)], .integer)
        default: return Description(.field(1), [any(Self.key)], .integer)
        }
    }

    private mutating func makeBitVector(_ width: Int) -> Description {
        let sort = Sort.bitVector(width)
        let binary: [TermOperation] = [
            .add, .add, .add, .subtract, .multiply, .unsignedDivide, .unsignedRemainder, .signedDivide,
            .signedRemainder,
            .bitAnd, .bitAnd, .bitOr, .bitOr, .bitXor, .shiftLeft, .logicalShiftRight, .arithmeticShiftRight,
        ]
        switch Int.random(in: 0..<22, using: &random) {
        case 0...8:
            return Description(binary.randomElement(using: &random) ?? .add, [operand(sort), operand(sort)], sort)
        case 9:
            // A shift by less than the width.
            let amount = Description(
                .bitVector(UInt128(Int.random(in: 0..<width, using: &random)) & Term.mask(width)), [], sort)
            let shifts: [TermOperation] = [.shiftLeft, .logicalShiftRight, .arithmeticShiftRight]
            return Description(shifts.randomElement(using: &random) ?? .shiftLeft, [any(sort), amount], sort)
        case 10: return Description(chance(50) ? .negate : .bitNot, [any(sort)], sort)
        case 11, 12, 13:
            guard width > 1 else { return leaf(sort) }
            let low = Int.random(in: 1..<width, using: &random)
            return Description(.concatenate, [any(.bitVector(width - low)), any(.bitVector(low))], sort)
        case 14, 15, 16:
            let wider = widths.filter { $0 >= width }.randomElement(using: &random) ?? width
            let low = Int.random(in: 0...(wider - width), using: &random)
            return Description(.extract(high: low + width - 1, low: low), [operand(.bitVector(wider))], sort)
        case 17, 18:
            let narrower = Int.random(in: 1...width, using: &random)
            let count = width - narrower
            return Description(
                chance(60) ? .zeroExtend(by: count) : .signExtend(by: count), [any(.bitVector(narrower))], sort)
        case 19:
            // The precondition of this operation: the integer fits.
            guard width < 62 else { return leaf(sort) }
            let modulus = Description(.integer(1 << width), [], .integer)
            let fitting =
                chance(50)
                ? Description(.integerModulo, [any(.integer), modulus], .integer)
                : Description(.unsignedInteger, [any(.bitVector(Int.random(in: 1...width, using: &random)))], .integer)
            return Description(.bitVectorOfInteger(width: width), [fitting], sort)
        case 20: return Description(.apply("f\(width)"), [any(sort), any(.boolean)], sort)
        default:
            guard width == 8 else { return Description(.negate, [any(sort)], sort) }
            switch Int.random(in: 0..<3, using: &random) {
            case 0: return Description(.select, [any(Self.bytes), any(.bitVector(16))], sort)
            case 1: return Description(.select, [any(Self.small), any(.bitVector(1))], sort)
            default: return Description(.field(0), [any(Self.key)], sort)
            }
        }
    }

    /// A value of the sort; integers small enough that arithmetic on them mostly stays in range.
    mutating func value(_ sort: Sort) -> Value {
        switch sort {
        case .boolean: return .boolean(chance(50))
        case .integer: return .integer(Int128(Int.random(in: -70000...70000, using: &random)))
        case .bitVector(let width): return .bitVector(bits(width), width: width)
        case .tuple(let tuple): return .tuple(tuple.fields.map { value($0.sort) })
        case .array(let index, let element):
            var entries: [Value: Value] = [:]
            for _ in 0..<Int.random(in: 0...4, using: &random) { entries[value(index)] = value(element) }
            return .array(ArrayValue(indexSort: index, defaultElement: value(element), entries: entries))
        }
    }
}
