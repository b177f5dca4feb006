/// Rows of C: where an operation has no meaning under some operands, a check must fail and the program trap.
enum ConstructRows {
    static let all = arithmetic + shifts + bitFields + builtins + guards + comparisons

    private static func row(
        _ name: String, _ result: RowType, _ operands: [RowType], _ body: String, outside: String = "",
        cases: [[UInt128]], isModelled: Bool = true
    ) -> InstructionRow {
        InstructionRow(
            name: name, operands: zip(["a", "b", "c"], operands).map(RowOperand.init), result: result,
            code: .c(body, outside: outside), cases: cases, isModelled: isModelled)
    }

    // MARK: Arithmetic

    private static let numbers: [RowType] = [8, 16, 32, 64].flatMap { [RowType.signed($0), .unsigned($0)] }
    private static func name(_ type: RowType) -> String { type.nameInC ?? "" }

    private static let arithmetic: [InstructionRow] = numbers.flatMap { type in
        ["+", "-", "*", "/", "%"].map { operation in
            row(
                "C \(operation) \(name(type))", type, [type, type], "return (\(name(type)))(a \(operation) b);",
                cases: EdgeValues.pairs(type.bits))
        } + [
            row(
                "C negation \(name(type))", type, [type], "return (\(name(type)))-a;",
                cases: EdgeValues.single(type.bits)),
            row("C increment \(name(type))", type, [type], "a++; return a;", cases: EdgeValues.single(type.bits)),
        ]
    }

    private static let shifts: [InstructionRow] = numbers.flatMap { type in
        ["<<", ">>"].map { operation in
            // A small type is shifted as an int.
            let values =
                EdgeValues.shifts(type.bits).map { [$0[0], $0[1] & 0xFF] } + [[3, 31], [3, 32], [3, 33], [1, 0x80]]
            return row(
                "C \(operation) \(name(type))", type, [type, .signed(8)],
                "return (\(name(type)))(a \(operation) b);", cases: values)
        }
    }

    // MARK: Bit-fields

    private static let bitFields: [InstructionRow] = [
        ("uint32_t", 1), ("uint32_t", 7), ("uint32_t", 24), ("int32_t", 1), ("int32_t", 5), ("int32_t", 24),
        ("uint64_t", 40), ("uint64_t", 48), ("int64_t", 33), ("int64_t", 48),
    ].flatMap { type, bits in
        let declaration = "struct { \(type) first : 3; \(type) f : \(bits); \(type) last : 2; } s;"
        let wide = RowType.c(type, bits: type.contains("64") ? 64 : 32)
        return [
            row(
                "bit-field \(type) of \(bits), value", wide, [wide, wide],
                "\(declaration) __builtin_memset(&s, 0x5A, sizeof s); s.f = a; s.last = b; s.f ^= b; s.first++; return s.f;",
                cases: EdgeValues.pairs(wide.bits)),
            row(
                "bit-field \(type) of \(bits), memory", .wide, [wide],
                "\(declaration) __builtin_memset(&s, 0x5A, sizeof s); s.f = a; unsigned __int128 r = 0; "
                    + "__builtin_memcpy(&r, &s, sizeof s); return r;",
                cases: EdgeValues.single(wide.bits)),
        ]
    }

    // MARK: Builtins

    private static let builtins = overflowing + counting + swapping + choosing

    private static let overflowing: [InstructionRow] = [
        ("int8_t", RowType.signed(32), RowType.signed(32)), ("uint8_t", .signed(32), .unsigned(32)),
        ("int32_t", .unsigned(32), .unsigned(32)), ("uint16_t", .unsigned(16), .signed(16)),
        ("int64_t", .signed(32), .unsigned(32)), ("uint32_t", .signed(64), .signed(32)),
    ].flatMap { result, left, right in
        ["add", "sub", "mul"].map { operation in
            row(
                "__builtin_\(operation)_overflow \(name(left)), \(name(right)) to \(result)", .unsigned(64),
                [left, right],
                "\(result) r; bool o = __builtin_\(operation)_overflow(a, b, &r); return (uint64_t)r * 2 + o;",
                cases: mixedPairs(left.bits, right.bits))
        }
    }

    private static let counting: [InstructionRow] = [
        ("clz", 32), ("ctz", 32), ("popcount", 32), ("ffs", 32), ("parity", 32), ("clzll", 64), ("ctzll", 64),
        ("popcountll", 64),
    ].map { name, bits in
        row(
            "__builtin_\(name)", .signed(32), [.unsigned(bits)], "return __builtin_\(name)(a);",
            cases: EdgeValues.single(bits))
    }

    private static let swapping: [InstructionRow] = [8, 16, 32, 64].flatMap { bits in
        let rotation = row(
            "__builtin_rotateleft\(bits)", .unsigned(bits), [.unsigned(bits), .unsigned(bits)],
            "return __builtin_rotateleft\(bits)(a, b);", cases: EdgeValues.shifts(bits))
        if bits == 8 { return [rotation] }
        let swap = row(
            "__builtin_bswap\(bits)", .unsigned(bits), [.unsigned(bits)], "return __builtin_bswap\(bits)(a);",
            cases: EdgeValues.single(bits))
        return [rotation, swap]
    }

    private static let choosing: [InstructionRow] = [
        row("__builtin_abs", .signed(32), [.signed(32)], "return __builtin_abs(a);", cases: EdgeValues.single(32)),
        row("abs by hand", .signed(64), [.signed(64)], "return a < 0 ? -a : a;", cases: EdgeValues.single(64)),
        row(
            "minimum and maximum", .signed(16), [.signed(16), .signed(16)],
            "return (int16_t)((a < b ? a : b) ^ ((uint16_t)a > (uint16_t)b ? a : b));", cases: EdgeValues.pairs(16)),
        row(
            "subtraction down to zero", .unsigned(32), [.unsigned(32), .unsigned(32)], "return a > b ? a - b : 0;",
            cases: EdgeValues.pairs(32)),
        row(
            "addition up to the greatest", .unsigned(32), [.unsigned(32), .unsigned(32)],
            "return a + b < a ? UINT32_MAX : a + b;", cases: EdgeValues.pairs(32)),
    ]

    private static func mixedPairs(_ left: Int, _ right: Int) -> [[UInt128]] {
        EdgeValues.basic(left).flatMap { a in EdgeValues.basic(right).map { [a, $0] } }
    }

    // MARK: What sanitizers guard

    private static let guards: [InstructionRow] = {
        let small: [[UInt128]] = [0, 1, 2, 4, 5, 0xFF, 0x80].map { [$0] }
        let table = "static const uint8_t"
        return [
            row(
                "an index out of bounds", .unsigned(8), [.signed(8)], "return table_of_five[a];",
                outside: "\(table) table_of_five[5] = {9, 8, 7, 6, 5};", cases: small),
            row(
                "an index of a local array out of bounds", .unsigned(8), [.unsigned(8), .unsigned(8)],
                "uint8_t local[4] = {1, 2, 3, 4}; local[b] = 9; return local[a];",
                cases: (0..<6).flatMap { a in [[a, 0], [a, 3], [a, 4]] }),
            row(
                "a null pointer is read", .unsigned(8), [.unsigned(8)],
                "uint8_t *p = a > 2 ? NULL : memory; return *p;",
                cases: small),
            row(
                "a bool that is neither 0 nor 1", .unsigned(8), [.unsigned(8)],
                "bool r; __builtin_memcpy(&r, &a, 1); return r;", cases: small),
            row(
                "__builtin_unreachable", .unsigned(8), [.unsigned(8)], "if (a == 4) __builtin_unreachable(); return a;",
                cases: small),
            row(
                "__builtin_trap", .unsigned(8), [.unsigned(8)], "if (a == 5) __builtin_trap(); return a;", cases: small),
            row(
                "null for a parameter that is nonnull", .unsigned(8), [.unsigned(8)],
                "return takes_nonnull(a == 1 ? NULL : memory);",
                outside: "__attribute__((nonnull, noinline)) static uint8_t takes_nonnull(uint8_t *p) { return *p; }",
                cases: small),
            row(
                "null from a function that returns nonnull", .unsigned(8), [.unsigned(8)],
                "return returns_nonnull(a) == memory;",
                outside:
                    "__attribute__((returns_nonnull, noinline)) static uint8_t *returns_nonnull(uint8_t a) { return a == 2 ? NULL : memory; }",
                cases: small),
            row(
                "a condition on bools", .bool, [.bool, .unsigned(8)], "return a ? b > 3 : b & 1;",
                cases: [[0, 0], [0, 1], [1, 1], [1, 4], [0, 0xFF]]),
        ]
    }()

    // MARK: Comparing memory

    private static let comparisons: [InstructionRow] = [0, 1, 2, 4, 7, 16].flatMap { count in
        let outside = "int memcmp(const void *, const void *, size_t);"
        // The first difference is at `b`, where there is one.
        let body = """
            __builtin_memcpy(memory, packet->data, 16); memory[b & 15] ^= a;
                int r = memcmp(packet->data, memory, \(count));
            """
        let cases: [[UInt128]] = [0, 1, 0x80, 0xFF].flatMap { change in [0, 1, 3, 6, 15].map { [change, $0] } }
        let memcmp = [
            row(
                "memcmp \(count), sign", .signed(8), [.unsigned(8), .unsigned(8)],
                body + " return (int8_t)((r > 0) - (r < 0));",
                outside: outside, cases: cases),
            row(
                "memcmp \(count), equality", .bool, [.unsigned(8), .unsigned(8)], body + " return r == 0;",
                outside: outside, cases: cases),
        ]
        // LLVM makes accesses that nobody has checked of a bcmp of one byte that C calls by its name: inconclusive.
        if count == 1 { return memcmp }
        return memcmp + [
            row(
                "bcmp \(count)", .bool, [.unsigned(8), .unsigned(8)],
                body.replacing("memcmp", with: "bcmp") + " return r != 0;",
                outside: "int bcmp(const void *, const void *, size_t);", cases: cases)
        ]
    }
}
