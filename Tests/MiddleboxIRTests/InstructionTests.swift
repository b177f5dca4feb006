import Testing

@testable import MiddleboxIR

/// One line of C each, and a line that its IR must have.
@Suite struct InstructionTests {
    @Test(arguments: [
        ("uint32_t f(uint32_t a, uint32_t b) { return a + b; }", "add p0, p1"),
        ("uint32_t f(uint32_t a, uint32_t b) { return a - b; }", "subtract p0, p1"),
        ("uint32_t f(uint32_t a, uint32_t b) { return a * b; }", "multiply p0, p1"),
        ("uint32_t f(uint32_t a, uint32_t b) { return a / b; }", "unsignedDivide p0, p1"),
        ("uint32_t f(uint32_t a, uint32_t b) { return a % b; }", "unsignedRemainder p0, p1"),
        ("int32_t f(int32_t a, int32_t b) { return a / b; }", "signedDivide p0, p1"),
        ("int32_t f(int32_t a, int32_t b) { return a % b; }", "signedRemainder p0, p1"),
        ("uint32_t f(uint32_t a, uint32_t b) { return a & b; }", "and p0, p1"),
        ("uint32_t f(uint32_t a, uint32_t b) { return a | b; }", "or p0, p1"),
        ("uint32_t f(uint32_t a, uint32_t b) { return a ^ b; }", "xor p0, p1"),
        ("uint32_t f(uint32_t a, uint32_t b) { return a << b; }", "shiftLeft p0, p1"),
        ("uint32_t f(uint32_t a, uint32_t b) { return a >> b; }", "logicalShiftRight p0, p1"),
        ("int32_t f(int32_t a, uint32_t b) { return a >> b; }", "arithmeticShiftRight p0, p1"),
        ("_Bool f(uint32_t a, uint32_t b) { return a == b; }", "equal p0, p1"),
        ("_Bool f(uint32_t a, uint32_t b) { return a != b; }", "notEqual p0, p1"),
        ("_Bool f(uint32_t a, uint32_t b) { return a < b; }", "unsignedLess p0, p1"),
        ("_Bool f(uint32_t a, uint32_t b) { return a <= b; }", "unsignedLessOrEqual p0, p1"),
        ("_Bool f(uint32_t a, uint32_t b) { return a > b; }", "unsignedGreater p0, p1"),
        ("_Bool f(uint32_t a, uint32_t b) { return a >= b; }", "unsignedGreaterOrEqual p0, p1"),
        ("_Bool f(int32_t a, int32_t b) { return a < b; }", "signedLess p0, p1"),
        ("_Bool f(int32_t a, int32_t b) { return a <= b; }", "signedLessOrEqual p0, p1"),
        ("_Bool f(int32_t a, int32_t b) { return a > b; }", "signedGreater p0, p1"),
        ("_Bool f(int32_t a, int32_t b) { return a >= b; }", "signedGreaterOrEqual p0, p1"),
        ("uint64_t f(uint32_t a) { return a; }", "zeroExtend p0"),
        ("int64_t f(int32_t a) { return a; }", "signExtend p0"),
        ("uint8_t f(uint32_t a) { return (uint8_t)a; }", "truncate p0"),
        ("uintptr_t f(void *a) { return (uintptr_t)a; }", "pointerToInteger p0"),
        ("void *f(uintptr_t a) { return (void *)a; }", "integerToPointer p0"),
        ("uint32_t f(_Bool c, uint32_t a, uint32_t b) { return c ? a : b; }", "select p0 ? p1 : p2"),
        ("uint16_t f(uint16_t *a) { return *a; }", "load p0 align 2"),
        ("void f(uint16_t *a) { *a = 7; }", "store 7:i16: i16 to p0 align 2"),
        ("uint16_t *f(uint16_t *a, int32_t i) { return a + i; }", "+ 2 * r"),
        (
            "struct s { uint32_t a; uint32_t b[4]; }; uint32_t *f(struct s *s, uint32_t i) { return &s->b[i]; }",
            "+ 4 * r"
        ),
        (
            "void f(unsigned __int128 *a) { *a = (unsigned __int128)1 << 100; }",
            "store 1267650600228229401496703205376:i128"
        ),
        ("static uint8_t table[8]; uint8_t *f(void) { return &table[3]; }", "return @table+3"),
        ("void g(void); void f(void) { g(); }", "call external g()"),
        ("void f(void (*g)(int)) { g(1); }", "call *p0(1:i32)"),
        ("static void g(int a) { (void)a; } void (*f(void))(int) { return g; }", "return &g"),
        ("void f(void) { __asm__ volatile(\"nop\"); }", "call assembly <"),
        (
            "uint32_t f(uint8_t a) { switch (a) { case 1: return 5; case 200: return 9; case 7: return 1; default: return 0; } }",
            "switch p0 {1: b"
        ),
    ])
    func translates(source: String, expected: String) async throws {
        let text = try await function(source).text
        #expect(text.contains(expected), "\(text)")
        #expect(!text.contains("unsupported"), "\(text)")
    }

    @Test(arguments: [
        ("uint16_t f(uint16_t a) { return __builtin_bswap16(a); }", Intrinsic.byteSwap),
        ("int f(int a, int b) { return a + b; }", .signedAddWithOverflow),
        ("int f(int a, int b) { return a - b; }", .signedSubtractWithOverflow),
        ("int f(int a, int b) { return a * b; }", .signedMultiplyWithOverflow),
        (
            "_Bool f(uint32_t a, uint32_t b, uint32_t *r) { return __builtin_add_overflow(a, b, r); }",
            .unsignedAddWithOverflow
        ),
        (
            "_Bool f(uint32_t a, uint32_t b, uint32_t *r) { return __builtin_sub_overflow(a, b, r); }",
            .unsignedSubtractWithOverflow
        ),
        (
            "_Bool f(uint32_t a, uint32_t b, uint32_t *r) { return __builtin_mul_overflow(a, b, r); }",
            .unsignedMultiplyWithOverflow
        ),
        ("uint32_t f(uint32_t a, uint32_t b) { return a < b ? a : b; }", .unsignedMinimum),
        ("uint32_t f(uint32_t a, uint32_t b) { return a > b ? a : b; }", .unsignedMaximum),
        ("int f(int a, int b) { return a < b ? a : b; }", .signedMinimum),
        ("int f(int a, int b) { return a > b ? a : b; }", .signedMaximum),
        ("uint32_t f(uint32_t a, uint32_t b) { return a > b ? a - b : 0; }", .unsignedSubtractSaturated),
        ("uint32_t f(uint32_t a) { return a << 5 | a >> 27; }", .funnelShiftLeft),
        ("int f(uint32_t a) { return __builtin_popcount(a); }", .populationCount),
        ("int f(uint32_t a) { return __builtin_clz(a); }", .countLeadingZeros),
        ("int f(uint32_t a) { return __builtin_ctz(a); }", .countTrailingZeros),
        ("void f(void *a, const void *b, size_t n) { __builtin_memcpy(a, b, n); }", .copyMemory),
        ("void f(void *a, const void *b, size_t n) { __builtin_memmove(a, b, n); }", .copyMemory),
        ("void f(void *a, size_t n) { __builtin_memset(a, 3, n); }", .setMemory),
        ("struct s { uint32_t a[5]; }; void f(struct s *a, struct s *b) { *a = *b; }", .copyMemory),
    ])
    func computesByIntrinsic(source: String, intrinsic: Intrinsic) async throws {
        let f = try await function(source)
        #expect(f.intrinsics.contains(intrinsic), "\(f)")
        #expect(f.unsupported.isEmpty)
    }

    @Test(arguments: [
        "double f(double a, double b) { return a + b; }",
        "uint32_t f(float a) { return (uint32_t)a; }",
        "uint32_t f(volatile uint32_t *a) { return *a; }",
        "void f(volatile uint32_t *a) { *a = 1; }",
        "uint32_t f(_Atomic uint32_t *a) { return *a; }",
        "uint32_t f(_Atomic uint32_t *a) { return (*a)++; }",
        "uint32_t f(uint32_t n) { uint8_t a[n]; __builtin_memset(a, 0, n); return a[0]; }",
        "typedef uint32_t v4 __attribute__((vector_size(16))); v4 f(v4 a, v4 b) { return a + b; }",
        "uint32_t f(int n, ...) { __builtin_va_list l; __builtin_va_start(l, n); return __builtin_va_arg(l, uint32_t); }",
        "void g(int); void f(int a, int b) { static void *p[] = {&&one, &&two}; goto *p[a & 1]; one: g(1); if (b) goto *p[b & 1]; two: g(2); }",
        "void f(int a) { __asm__ goto(\"\" : : : : one); one: (void)a; }",
        "_Bool f(uint32_t a) { __builtin_assume(a != 0); return a != 0; }",
        "void f(void) { __builtin_debugtrap(); }",
        "void *f(void) { return __builtin_frame_address(0); }",
        "struct s { uint64_t a[4]; }; void g(struct s); void f(struct s *a) { g(*a); }",
    ])
    func surfacesWhatIsUnknown(source: String) async throws {
        let f = try await function(source)
        #expect(!f.unsupported.isEmpty, "\(f)")
    }

    @Test func unknownConstantsAreOperands() async throws {
        let f = try await function("extern int other; int f(void) { return other; }")
        #expect(f.text.contains("load <@other"), "\(f)")
    }

    @Test func registersAreDenseAndDefinedOnce() async throws {
        for f in try await middlebox("nat").functions {
            let defined =
                f.blocks.flatMap { $0.phis.map(\.result.index) } + f.instructions.compactMap { $0.result?.index }
            #expect(defined.sorted() == Array(0..<f.registerCount))
        }
    }

    @Test func builtinsOfZeroHaveNoResult() async throws {
        let text = try await function("int f(uint32_t a) { return a == 0 ? 5 : __builtin_ctz(a); }").text
        #expect(text.contains("undefined:i32") || text.contains("select"), "\(text)")
    }

    @Test func aggregatesAreTakenApart() async throws {
        let source = """
            struct pair { uint64_t a; uint32_t b; };
            struct pair g(void);
            void use(struct pair *);
            struct pair f(void) { struct pair p = g(); use(&p); return p; }
            """
        let text = try await function(source).text
        #expect(text.contains("extract") && text.contains("insert"), "\(text)")
        #expect(!text.contains("unsupported"), "\(text)")
    }

    @Test func byValueParametersAreCopied() async throws {
        let source = """
            struct big { uint64_t a[4]; };
            static void g(struct big b) { b.a[0] = 1; }
            void f(struct big *b) { g(*b); }
            """
        let program = try await program("#include <stdint.h>\n" + source)
        let g = try #require(program.function("g"))
        #expect(g.text.contains("copyMemory(r"), "\(g)")
        #expect(g.parameters.map(\.name) == ["b"])
    }
}
