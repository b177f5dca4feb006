import Testing

/// One row of the tables: a small function, and the operands on which it is run three ways.
struct InstructionRow: Sendable {
    /// Unique: `add i24`.
    let name: String
    let operands: [RowOperand]
    let result: RowType
    let code: Code
    /// Values of the operands, one list for each run.
    let cases: [[UInt128]]
    /// Whether the code has a meaning under operands. LLVM's instructions have none for some: then nothing is asked natively, and the symbolic
    /// ways must agree with each other. C code is always asked: what has no meaning there must trap.
    var isDefined: @Sendable ([UInt128]) -> Bool = { _ in true }
    /// Whether execution is to know all of the code. A row of which it does not is still run: execution must say so.
    var isModelled = true

    enum Code: Sendable {
        /// Instructions of LLVM over `%packet` and the operands' names.
        case llvm(String)
        /// Statements of C over `packet` and the operands' names. `outside` stands before the function.
        case c(String, outside: String = "")
    }
}

/// A parameter of a row's function.
struct RowOperand: Sendable {
    let name: String
    let type: RowType
}

/// A type of operands and results.
struct RowType: Hashable, Sendable {
    let bits: Int
    /// Nil in rows that are LLVM's instructions.
    let nameInC: String?

    static func integer(_ bits: Int) -> RowType { RowType(bits: bits, nameInC: nil) }
    static func c(_ name: String, bits: Int) -> RowType { RowType(bits: bits, nameInC: name) }
    static func signed(_ bits: Int) -> RowType { c("int\(bits)_t", bits: bits) }
    static func unsigned(_ bits: Int) -> RowType { c("uint\(bits)_t", bits: bits) }
    static let bool = RowType.c("bool", bits: 1)
    /// The whole of sixteen bytes.
    static let wide = RowType.c("unsigned __int128", bits: 128)

    /// In memory.
    var bytes: Int { (bits + 7) / 8 }
    var mask: UInt128 { RowType.mask(bits) }

    static func mask(_ bits: Int) -> UInt128 { bits >= 128 ? .max : (1 << UInt128(bits)) - 1 }
}

/// Values at which things change.
enum EdgeValues {
    /// 0, 1, -1, the least and the greatest signed value.
    static func basic(_ bits: Int) -> [UInt128] {
        let mask = RowType.mask(bits)
        let least: UInt128 = 1 << UInt128(bits - 1)
        return distinct([0, 1, mask, least, least - 1])
    }

    /// Shift amounts below, at and beyond the width.
    static func amounts(_ bits: Int) -> [UInt128] {
        let mask = RowType.mask(bits)
        let width = UInt128(bits)
        return distinct([0, 1, width - 1, width, width + 1, 2 * width, mask].filter { $0 <= mask })
    }

    /// The same in each run.
    static func random(_ bits: Int, _ count: Int, _ random: inout SplitMix) -> [UInt128] {
        (0..<count).map { _ in (UInt128(random.next()) << 64 | UInt128(random.next())) & RowType.mask(bits) }
    }

    /// For one operand.
    static func single(_ bits: Int, seed: UInt64 = 1) -> [[UInt128]] {
        var generator = SplitMix(state: seed)
        return distinct(basic(bits) + random(bits, 5, &generator)).map { [$0] }
    }

    /// For two operands of one width: each edge with each, and random ones, of which some are equal and some differ in one bit.
    static func pairs(_ bits: Int, seed: UInt64 = 2) -> [[UInt128]] {
        var generator = SplitMix(state: seed &+ UInt64(bits))
        let edges = basic(bits)
        var result = edges.flatMap { a in edges.map { [a, $0] } }
        for value in random(bits, 1, &generator) {
            result.append([value, value])
            result.append([value, value ^ 1])
            result.append([value, random(bits, 1, &generator)[0]])
            result.append([value, random(bits, 1, &generator)[0] >> UInt128(bits / 2)])
        }
        return distinct(result)
    }

    /// For a value and a shift amount of the same width.
    static func shifts(_ bits: Int) -> [[UInt128]] {
        var generator = SplitMix(state: 3 &+ UInt64(bits))
        let values = [1, RowType.mask(bits), 1 << UInt128(bits - 1)] + random(bits, 1, &generator)
        return distinct(values.flatMap { value in amounts(bits).map { [value, $0] } })
    }

    private static func distinct<Element: Hashable>(_ values: [Element]) -> [Element] {
        var seen: Set<Element> = []
        return values.filter { seen.insert($0).inserted }
    }
}
