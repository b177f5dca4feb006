import Testing

@testable import MiddleboxIR

/// What C leaves undefined stays visible: as a trap with its line, as an access, as an undefined value.
@Suite struct UndefinedBehaviourTests {
    @Test(arguments: [
        ("int f(int a, int b) { return a + b; }", TrapKind.addOverflow),
        ("int f(int a, int b) { return a - b; }", .subtractOverflow),
        ("int f(int a, int b) { return a * b; }", .multiplyOverflow),
        ("int f(int a) { return -a; }", .negateOverflow),
        ("uint32_t f(uint32_t a, uint32_t b) { return a / b; }", .divideRemainderOverflow),
        ("uint32_t f(uint32_t a, uint32_t b) { return a << b; }", .shiftOutOfBounds),
        ("static int a[4]; int f(unsigned i) { return a[i]; }", .outOfBounds),
        ("struct s { int a[4]; }; int f(struct s *s, unsigned i) { return s->a[i]; }", .outOfBounds),
        ("int f(int *a) { return *a; }", .typeMismatch),
        ("int f(uint32_t a) { return __builtin_clz(a); }", .invalidBuiltin),
        ("void f(void) { __builtin_unreachable(); }", .builtinUnreachable),
        ("_Bool f(_Bool *a) { return *a; }", .loadInvalidValue),
        ("void g(int *); void f(int n) { int a[n]; g(a); }", .variableLengthArrayBound),
        ("void g(void *) __attribute__((nonnull)); void f(void *a) { g(a); }", .nonnullArgument),
        ("__attribute__((returns_nonnull)) void *f(void *a) { return a; }", .nonnullReturn),
        ("void f(void) { __builtin_trap(); }", .explicit),
    ])
    func traps(source: String, kind: TrapKind) async throws {
        let f = try await function(source)
        #expect(f.traps.contains { $0.kind == kind && $0.line == 1 }, "\(f)")
    }

    @Test func functionsThatAskNotToBeOptimised() async throws {
        let f = try await function("__attribute__((optnone, noinline)) int f(int *a) { int b = *a; return b + 1; }")
        #expect(!f.text.contains("allocate") && f.traps.count == 2, "\(f)")
    }

    @Test func everyTrapKeepsItsLine() async throws {
        let f = try await function(
            """
            int f(int a, int b, int *p) {
                a = a + b;
                a = a + 1;
                a = a + *p;
                return a;
            }
            """)
        #expect(f.traps.filter { $0.kind == .addOverflow }.compactMap(\.line).sorted() == [2, 3, 4])
        #expect(f.traps.filter { $0.kind == .typeMismatch }.compactMap(\.line) == [4])
    }

    /// LLVM would drop each of these accesses, as its result does not matter.
    @Test(arguments: [
        ("void f(uint8_t *a) { (void)a[9]; }", "load"),
        ("void f(uint8_t *a) { if (a[9] == 3) {} }", "load"),
        ("int f(uint8_t *a) { return a[9] * 0; }", "load"),
        ("void f(uint32_t i) { uint8_t a[4] = {0}; uint8_t *p = a; (void)p[i]; }", "load r"),
        ("void f(void) { uint8_t a[4] = {0}; uint8_t *p = a; (void)p[7]; }", "load r"),
        ("void f(uint32_t i) { uint8_t a[4]; uint8_t *p = a; p[i] = 1; }", "store 1:i8"),
        ("void f(void) { uint8_t a[4]; uint8_t *p = a; p[7] = 1; }", "store 1:i8"),
        ("struct s { uint32_t a, b; }; uint32_t f(struct s *p) { struct s s = *p; return s.a; }", "copyMemory"),
        ("void f(uint8_t *a) { uint8_t b[64]; __builtin_memcpy(b, a, 64); }", "copyMemory"),
    ])
    func accessesStay(source: String, expected: String) async throws {
        let f = try await function(source)
        #expect(f.text.contains(expected), "\(f)")
    }

    /// LLVM would choose a convenient value for the variable.
    @Test(arguments: [
        "int f(int c) { int x; int *p = &x; if (c) *p = 1; return x; }",
        "int g(int); int f(int c) { int x; for (int i = 0; i < 3; i++) { if (i == c) x = 1; if (i > c) return x; } return 0; }",
        "struct s { int a, b; }; int f(int c) { struct s s; if (c) s.b = 1; return s.b; }",
    ])
    func uninitialisedVariablesStayUndefined(source: String) async throws {
        let f = try await function(source, flags: ["-Wno-uninitialized", "-Wno-sometimes-uninitialized"])
        let staysInMemory = f.text.contains("allocate")
        #expect(f.text.contains("undefined") || staysInMemory, "\(f)")
    }

    @Test func initialisedVariablesAreNotUndefined() async throws {
        let f = try await function(
            "struct s { int a, b; }; int f(int c) { struct s s = {c, 2}; int x; x = s.a; return x ^ s.b; }")
        #expect(!f.text.contains("undefined") && !f.text.contains("allocate"), "\(f)")
    }

    @Test func localOfALoopIsUninitialisedInEachRound() async throws {
        let f = try await function(
            """
            void g(int *);
            void f(int n) {
                for (int i = 0; i < n; i++) {
                    int x;
                    g(&x);
                }
            }
            """)
        #expect(f.text.contains("startLifetime(r0, 4:i64)"), "\(f)")
    }

    @Test func endOfALifetimeIsSeen() async throws {
        let f = try await function(
            "int f(void) { int *p; { int x = 1; p = &x; } return *p; }", flags: ["-Wno-dangling"])
        #expect(f.text.contains("endLifetime(r0, 4:i64)"), "\(f)")
    }

    @Test func expectedValuesAreTheirArgument() async throws {
        let text = try await function("int f(long a) { return __builtin_expect(a, 1) ? 3 : 4; }").text
        #expect(text.contains("p0") && !text.contains("unsupported"), "\(text)")
    }

    /// A false attribute or promise must not remove a check.
    @Test func attributesAreNotBelieved() async throws {
        let f = try await function(
            """
            int g(int *restrict a, int *restrict b) { *a = 1; *b = 2; return *a; }
            __attribute__((const)) int h(int *);
            int f(int *a) { int unused = h(a); return g(a, a) + (unused & 0); }
            """)
        #expect(f.text.contains("call external h(p0)"), "\(f)")
        let g = try await function("int f(int *restrict a, int *restrict b) { *a = 1; *b = 2; return *a; }")
        #expect(g.text.contains("load p0"), "\(g)")
    }
}
