import Testing

@testable import SymbolicExecution

/// C constructs that are easy to get wrong: the summaries, evaluated on packets, say what the compiled program does.
@Suite struct NativeAgreementTests {
    /// A middlebox that computes on 16 bytes and sends them back.
    struct Construct: CustomTestStringConvertible, Sendable {
        let name: String
        var before = ""
        let body: String
        var testDescription: String { name }

        var text: String {
            """
            \(before)
            void packet_arrives(struct packet *packet) {
                uint8_t *p = packet_bytes(packet, 0, 16);
                if (p == NULL) return packet_drop(packet);
                \(body)
                packet_emit(packet, outside);
            }
            """
        }
    }

    static let constructs: [Construct] = [
        Construct(
            name: "signed shifts",
            body: """
                int32_t a = (int16_t)(p[0] << 8 | p[1]);
                int8_t b = (int8_t)p[2];
                p[3] = (uint8_t)(a >> (p[4] & 31));
                p[5] = (uint8_t)(b >> 1);
                p[6] = (uint8_t)((uint32_t)a << (p[7] & 31) >> 24);
                p[8] = (uint8_t)((int64_t)a >> (p[9] & 63));
                """),
        Construct(
            name: "sign extension and comparison",
            body: """
                int8_t a = (int8_t)p[0];
                int16_t b = (int16_t)(p[1] << 8 | p[2]);
                p[3] = a < b; p[4] = (uint16_t)a < (uint16_t)b; p[5] = (uint32_t)a > (uint32_t)b;
                p[6] = (uint64_t)(int64_t)a >> 56; p[7] = (int)a == (int)p[0]; p[8] = a < p[8];
                int64_t wide = a; wide *= b; p[9] = (uint8_t)(wide >> 8);
                char c = (char)p[10]; p[11] = c < 0; p[12] = (unsigned char)c > 127u;
                """),
        Construct(
            name: "unsigned wrap-around",
            body: """
                uint8_t a = p[0]; a += p[1]; p[2] = a;
                uint16_t b = (uint16_t)(p[3] * 257u); b = (uint16_t)(b - 1000); p[4] = (uint8_t)(b >> 8); p[5] = (uint8_t)b;
                uint32_t c = p[6] - 7u; p[7] = c > 1000; c *= 0x01010101u; p[8] = (uint8_t)(c >> 24);
                uint64_t d = p[9]; d = d * d * d - 1; d *= 0x9E3779B97F4A7C15u; p[10] = (uint8_t)(d >> 56);
                a = p[11]; a--; a = (uint8_t)-a; p[12] = (uint8_t)~a;
                """),
        Construct(
            name: "division and remainder",
            body: """
                int32_t a = (int8_t)p[0], b = (int8_t)p[1];
                if (b != 0) { p[2] = (uint8_t)(a / b); p[3] = (uint8_t)(a % b); }
                uint32_t c = p[4] * 65537u, d = p[5];
                if (d) { p[6] = (uint8_t)(c / d); p[7] = (uint8_t)(c % d); }
                p[8] = (uint8_t)(a / 4); p[9] = (uint8_t)(a % 8); p[10] = (uint8_t)(c / 10); p[11] = (uint8_t)(a / -3);
                """),
        Construct(
            name: "bool",
            before: "static bool seen; struct flags { bool a; uint8_t b; bool c; };",
            body: """
                bool x = p[0]; bool y = p[1] & 2; bool z = x ^ y;
                p[2] = z; p[3] = x + y; p[4] = !z; p[5] = (uint8_t)(x << 3); p[6] = (uint8_t)-(int)y;
                p[7] = seen; seen |= p[8] == 0x80; p[8] = seen && x;
                struct flags f = {x, 0xFF, y}; struct flags g = f; bool *h = &g.a; if (p[9] > 3) h = &g.c; *h = !*h;
                p[10] = g.a; p[11] = g.c; p[12] = x > y; p[13] = x <= y;
                uint64_t w = 0x100000000u; if (p[14] & 1) w = 0; bool wide = w; p[14] = wide;
                """),
        Construct(
            name: "sub-word access through other types",
            before:
                "struct s { uint8_t a; uint16_t b; uint32_t c; uint64_t d; }; union u { uint32_t w; uint8_t b[4]; uint16_t h[2]; };",
            body: """
                struct s s = {p[0], (uint16_t)(p[1] * 3), p[2] * 0x10203u, 0x1122334455667788u};
                uint8_t *bytes = (uint8_t *)&s; bytes[5] = p[3]; bytes[2] ^= 0x5A;
                uint16_t middle; __builtin_memcpy(&middle, bytes + 5, 2); p[4] = (uint8_t)middle; p[5] = (uint8_t)(middle >> 8);
                p[6] = (uint8_t)(s.b >> 8); p[7] = (uint8_t)(s.c >> 8); p[8] = ((uint8_t *)&s.d)[3];
                union u u = {.w = 0xA1B2C3D4u}; u.b[p[9] > 7 ? 1 : 2] = p[9]; u.h[1] = (uint16_t)(u.h[1] + 1);
                p[10] = (uint8_t)u.w; p[11] = (uint8_t)(u.w >> 8); p[12] = (uint8_t)(u.w >> 16); p[13] = (uint8_t)(u.w >> 24);
                """),
        Construct(
            name: "struct copies",
            before: """
                struct inner { be16 x; uint8_t y[3]; } PACKED; struct outer { struct inner i; uint8_t z; } PACKED;
                static struct outer kept = {{0x1234, {1, 2, 3}}, 9}; static const struct inner fixed = {0x0102, {7, 8, 9}};
                static struct inner turned(struct inner i) { uint8_t t = i.y[0]; i.y[0] = i.y[2]; i.y[2] = t; i.x = htons(i.x); return i; }
                """,
            body: """
                struct outer *in = (struct outer *)p; struct outer copy = *in; struct inner other = turned(copy.i);
                in->i = kept.i; kept = copy; kept.i = p[8] & 1 ? other : fixed;
                *(struct inner *)(p + 9) = other; copy.z = in->z; p[14] = copy.i.y[1]; p[15] = kept.z;
                """),
        Construct(
            name: "switch",
            body: """
                switch (p[0]) { case 0: p[1] = 10; break; case 1: case 2: p[1] = 11; /* fall through */ __attribute__((fallthrough));
                case 3: p[2] = 12; break; case 0x80 ... 0x8F: p[1] = 13; break; case 255: return packet_drop(packet); default: p[2]++; }
                switch ((int8_t)p[3]) { case -1: p[4] = 1; break; case -128: p[4] = 2; break; case 127: p[4] = 3; break; case 1: p[4] = 4; }
                switch ((uint64_t)p[5] << 32) { case 0x100000000u: p[6] = 1; break; case 0x8000000000u: p[6] = 2; break; case 0: p[6] = 3; }
                switch ((int)(p[7] > 3)) { case 1: p[8] = 4; break; case 0: p[8] = 5; }
                """),
        Construct(
            name: "byte order",
            body: """
                be16 *a = (be16 *)(p + 1); be32 *b = (be32 *)(p + 3);
                *a = htons(ntohs(*a) + 1); *b = htonl(ntohl(*b) - 0x01020304u);
                uint16_t raw = *(uint16_t *)(p + 7); p[9] = (uint8_t)raw; p[10] = (uint8_t)(raw >> 8);
                *(uint32_t *)(p + 11) = 0xA1B2C3D4u; *(uint64_t *)(p + 8) ^= __builtin_bswap64(0x55u);
                """),
        Construct(
            name: "copying and setting packet bytes",
            body: """
                uint8_t saved[6]; __builtin_memcpy(saved, p, 6); __builtin_memcpy(p, p + 6, 6); __builtin_memcpy(p + 6, saved, 6);
                __builtin_memset(p + 12, p[0], 3); __builtin_memmove(p + 1, p, 4);
                uint8_t filled[5]; __builtin_memset(filled, 0x3C, sizeof filled); filled[p[15] & 1 ? 0 : 4] = 1; p[15] = filled[0];
                """),
        Construct(
            name: "choice between pointers",
            before: "static uint8_t left[4] = {1, 2, 3, 4}, right[4];",
            body: """
                uint8_t *q = p[0] & 1 ? p + 1 : p + 5; *q = 0x77; q[1]++;
                uint8_t *s = p[0] & 2 ? left : right; s[1] = p[9]; s[p[10] & 3] ^= 0x0F;
                uint8_t local[3] = {5, 6, 7}; uint8_t *t = p[0] & 4 ? local : p; t[2] = 0xEE; p[11] = local[2]; p[12] = left[1]; p[13] = right[1];
                uint8_t *n = p[0] & 8 ? NULL : s; p[14] = n ? n[0] : 0xDD; p[15] = n == left;
                """),
        Construct(
            name: "symbolic offsets",
            before: "static uint16_t table[8]; static const uint32_t constants[4] = {1, 0x10000, 0xFFFFFFFF, 7};",
            body: """
                uint8_t i = p[0] & 7, j = p[1] & 7; p[i] = 1; p[j] += 2; p[2] = p[i + 8];
                uint16_t w = *(uint16_t *)(p + j); *(uint16_t *)(p + i + 1) = (uint16_t)(w + 0x0102);
                table[i] = (uint16_t)(table[j] + p[3]); table[(i + 1) & 7]++; p[4] = (uint8_t)table[j]; p[5] = (uint8_t)(table[7 - i] >> 8);
                ((uint8_t *)table)[2 * j + 1] = p[6]; p[7] = (uint8_t)(constants[p[7] & 3] >> (8 * (j & 3)));
                """),
        Construct(
            name: "pointer comparison",
            body: """
                uint8_t *end = packet->data + packet->length, *q = p + (p[0] & 15), *r = p + (p[1] & 15);
                p[2] = q < r; p[3] = q == r; p[4] = q >= r; p[5] = q + 16 <= end; p[6] = r + p[2] > end; p[7] = q != end;
                for (uint8_t *s = p + 8; s != p + 12; s++) *s += p[5];
                for (uint8_t *s = p + 15; s > p + 12; s--) *s ^= p[4];
                """),
        Construct(
            name: "loops with break and continue",
            body: """
                uint8_t n = p[0] & 3, sum = 0;
                for (uint8_t i = 0; i < n; i++) { if (p[i + 1] == 3) continue; if (p[i + 1] == 0x80) break; sum += p[i + 1]; }
                p[8] = sum;
                """),
        Construct(
            name: "loops of other kinds",
            body: """
                uint32_t x = p[9] & 15, steps = 0; while (x != 0) { x &= x - 1; steps++; } p[10] = (uint8_t)steps;
                int k = 3; do { p[11] += (uint8_t)k; } while (k-- > 0); for (int a = 0; a < 3; a++) for (int b = a; b < 3; b++) p[12] += (uint8_t)(a * b);
                """),
        Construct(
            name: "bit-fields",
            before:
                "struct bits { unsigned a : 3, b : 7, c : 1; int d : 5; unsigned e : 16; }; static struct bits kept;",
            body: """
                struct bits x = {p[0] & 7, p[1] & 127, p[2] & 1, 0, 0x1234}; x.d = (int8_t)p[3] >> 3; x.b += 5; x.a--; kept.e += p[4];
                p[5] = x.a; p[6] = x.b; p[7] = x.c; p[8] = (uint8_t)x.d; p[9] = (uint8_t)(kept.e >> 8); p[10] = x.d < 0; kept.c ^= 1; p[11] = kept.c;
                """),
        Construct(
            name: "builtins",
            body: """
                uint32_t x; __builtin_memcpy(&x, p, 4); p[4] = (uint8_t)__builtin_popcount(x); p[5] = x ? (uint8_t)__builtin_clz(x) : 99;
                p[6] = x ? (uint8_t)__builtin_ctz(x) : 98; p[7] = (uint8_t)(x << 5 | x >> 27); unsigned n = p[8] & 31; p[9] = (uint8_t)(x << n | x >> (-n & 31));
                uint32_t sum; p[10] = __builtin_add_overflow(x, 0x80000001u, &sum); p[11] = (uint8_t)sum; int32_t product;
                p[12] = __builtin_mul_overflow((int32_t)x, 3, &product); p[13] = (uint8_t)product; p[14] = (uint8_t)(p[14] > p[15] ? p[14] - p[15] : 0);
                uint16_t h = (uint16_t)x; p[15] = (uint8_t)(x > 9 ? h : 9);
                """),
        Construct(
            name: "order of effects",
            before: "static uint32_t calls; static bool counted(bool result) { calls++; return result; }",
            body: """
                p[1] = (counted(p[0] & 1) && counted(p[0] & 2)) || counted(p[0] & 4); p[2] = (uint8_t)calls; uint8_t i = 3;
                p[i++] = 7; p[i] = i; i += (p[5]++, 3); p[i] ^= 0xFF; p[9] = p[10] = (uint8_t)(p[11] = p[0]) + 1;
                goto end; p[12] = 1; end: p[13] = (uint8_t)packet->port; p[14] = (uint8_t)packet->length; p[15] = (uint8_t)(packet->time >> 20);
                """),
        Construct(
            name: "wide numbers",
            body: """
                unsigned __int128 x = p[0]; x = x * x * x << 90 | p[1]; x += (unsigned __int128)p[2] << 64; p[3] = (uint8_t)(x >> 100); p[4] = (uint8_t)(x >> 64);
                uint64_t t = packet->time / 1000 + p[5]; p[6] = (uint8_t)(t % 251); p[7] = packet->time > 5000000000u; int64_t s = (int64_t)t - 4000000; p[8] = s < 0;
                """),
        Construct(
            name: "pointers to pointers",
            before: """
                struct cursor { uint8_t *at; const uint8_t *end; };
                static uint8_t take(struct cursor *c) { return c->at < c->end ? *c->at++ : 0xCC; }
                static void set(uint8_t **where, uint8_t *what) { *where = what; }
                """,
            body: """
                struct cursor c = {p + (p[0] & 3), p + 5}; p[10] = take(&c); p[11] = take(&c); p[12] = take(&c); p[13] = (uint8_t)(c.at == c.end);
                uint8_t *q; set(&q, p + 8); *q = 0x42; uint8_t *both[2] = {p + 14, p + 15}; both[1] = both[0]; *both[1] = 7; struct cursor d = c; d.at = p; p[9] = *d.at;
                """),
    ]

    @Test("as compiled", arguments: constructs)
    func agrees(_ construct: Construct) async throws {
        let box = try await Box(construct.text)
        var random = SplitMix(state: 1)
        try await agree(box, random.arrivals(60, length: 16...20) + [Arrival(bytes: [1, 2, 3], time: 1 << 40)])
    }

    // MARK: State

    @Test("Functions whose ways are joined")
    func joinedReturns() async throws {
        let source = """
            static uint32_t value(const struct packet *packet, uint32_t i) {
                uint8_t byte = packet->data[i];
                if (byte < 10) return 1;
                if (byte > 200 && packet->data[i + 1] < 128) return 100 + byte;
                switch (byte & 7) {
                case 1: return 7;
                case 2: return packet->data[i + 1] > 3 ? 9 : 11;
                case 5: return packet->length;
                }
                if ((byte & 0x18) == 0x10 || packet->data[i + 1] == 0) return 3;
                return byte;
            }
            void packet_arrives(struct packet *packet) {
                if (packet->length < 6) return packet_drop(packet);
                uint32_t sum = 0;
                for (uint32_t i = 0; i < 4; i++) sum = sum * 31 + value(packet, i);
                packet->data[0] = (uint8_t)sum;
                packet->data[1] = (uint8_t)(sum >> 8);
                packet_emit(packet, sum & 1 ? inside : outside);
            }
            """
        let box = try await Box(source)
        var random = SplitMix(state: 3)
        try await agree(box, random.arrivals(120, length: 4...12))
    }

    /// Whichever entry is found, it is one path; that none is, another. So it is of places in entries, written through, and gone stale.
    @Test("Functions that find one of several entries")
    func joinedEntries() async throws {
        let box = try await Box(
            """
            struct prefix { uint8_t bits; uint8_t length; };
            struct route { uint8_t port; uint8_t uses; };
            MAP(routes, struct prefix, struct route, 64);
            static uint8_t start(uint8_t bits, uint32_t length) { return length == 0 ? 0 : (uint8_t)(bits >> (8 - length)); }
            static struct route *find(uint8_t bits) {
                for (uint32_t length = 9; length-- > 0;) {
                    struct prefix prefix = {start(bits, length), (uint8_t)length};
                    struct route *route = map_find(&routes, &prefix);
                    if (route != NULL) return route;
                }
                return NULL;
            }
            static uint8_t *uses(uint8_t bits) {
                struct route *route = find(bits);
                return route == NULL ? NULL : &route->uses;
            }
            void packet_arrives(struct packet *packet) {
                uint8_t *p = packet_bytes(packet, 0, 8);
                if (p == NULL) return packet_drop(packet);
                if ((p[0] & 3) == 0) {
                    struct prefix prefix = {start(p[1], p[2] % 9), (uint8_t)(p[2] % 9)};
                    struct route route = {p[3], 0};
                    p[4] = map_insert(&routes, &prefix, &route, p[5] & 7);
                    return packet_emit(packet, inside);
                }
                struct route *route = find(p[1]);
                uint8_t *counter = uses(p[6]);
                if (counter != NULL) (*counter)++;
                if (route == NULL) return packet_drop(packet);
                p[4] = route->port;
                p[5] = route->uses++;
                packet_emit(packet, outside);
            }
            """)
        #expect(try box.failingChecks().isEmpty)
        // Whether the packet is long enough; what it is; two lookups with two answers each, of which one is looked at twice.
        #expect(box.finished.count < 12)
        var random = SplitMix(state: 11)
        try await agree(box, random.arrivals(300, length: 8...8, step: 500_000_000))
    }

    @Test("A loop over options, as long as the header says")
    func options() async throws {
        let box = try await Box(
            """
            void packet_arrives(struct packet *packet) {
                uint8_t *tcp = packet_bytes(packet, 0, 4);
                if (tcp == NULL) return packet_drop(packet);
                uint32_t length = (tcp[0] & 1u) * 6u;
                uint8_t *options = packet_bytes(packet, 4, length);
                if (options == NULL) return packet_drop(packet);
                for (uint32_t at = 0; at < length;) {
                    if (options[at] == 0) break;
                    if (options[at] == 1) { at++; continue; }
                    if (length - at < 2 || options[at + 1] < 2 || options[at + 1] > length - at) return packet_drop(packet);
                    if (options[at] == 2 && options[at + 1] == 4) { options[at + 2] = 5; options[at + 3]++; tcp[1] = 1; }
                    at += options[at + 1];
                }
                packet_emit(packet, outside);
            }
            """)
        var random = SplitMix(state: 5)
        var arrivals = random.arrivals(40, length: 0...12)
        for length in [0, 6] {
            for _ in 0..<24 {
                let pieces: [[UInt8]] = [
                    [1], [2, 4, 0, 7], [3, 3, 9], [0], [2, 2], [9, 1], [8, 6, 1, 2, 3, 4], [2, 5, 0, 0, 0],
                ]
                var options: [UInt8] = []
                while options.count < length { options += pieces.randomElement(using: &random) ?? [] }
                arrivals.append(Arrival(bytes: [UInt8(length / 6), 0, 0, 0] + options.prefix(length)))
            }
        }
        arrivals = arrivals.map { Arrival(bytes: $0.bytes, port: $0.port) }
        try await agree(box, arrivals)
    }

    @Test("Maps: find, insert, refresh, remove, write through the pointer, and time")
    func maps() async throws {
        let box = try await Box(
            """
            struct key { uint8_t a; uint8_t b[3]; be16 c; };
            struct value { uint32_t count; bool flag; be16 port; int8_t sign; };
            MAP(table, struct key, struct value, 64);
            MAP(numbers, uint8_t, uint64_t, 64);
            void packet_arrives(struct packet *packet) {
                uint8_t *p = packet_bytes(packet, 0, 12);
                if (p == NULL) return packet_drop(packet);
                struct key key = {p[1] & 1, {1, p[2] & 1, 3}, htons(7)};
                struct value value = {p[3], p[4] > 3, *(be16 *)(p + 5), (int8_t)p[7]};
                uint8_t number = p[1] & 3;
                uint64_t *kept;
                struct value *found;
                switch (p[0] & 7) {
                case 0: p[8] = map_insert(&table, &key, &value, p[9] & 3); break;
                case 1: found = map_find(&table, &key);
                    if (found != NULL) { p[8] = (uint8_t)found->count++; *(be16 *)(p + 5) = found->port; p[7] = (uint8_t)found->sign; found->sign--; } break;
                case 2: p[8] = map_refresh(&table, &key, p[9] & 3); break;
                case 3: p[8] = map_remove(&table, &key); break;
                case 4: kept = map_find(&numbers, &number);
                    if (kept == NULL) { uint64_t start = 0xFFFFFFFFu; map_insert(&numbers, &number, &start, 5); kept = map_find(&numbers, &number); }
                    if (kept == NULL) return packet_drop(packet);
                    *kept += p[3]; p[8] = (uint8_t)(*kept >> 32); p[9] = (uint8_t)*kept; break;
                case 5: p[8] = map_find(&table, &key) != NULL; p[9] = map_find(&numbers, &number) == NULL; break;
                default: found = map_find(&table, &key); if (found) { map_remove(&table, &key); key.a ^= 1; p[8] = map_insert(&table, &key, &value, 2); }
                }
                packet_emit(packet, outside);
            }
            """)
        #expect(try box.failingChecks().map(\.kind).isEmpty)
        var random = SplitMix(state: 7)
        try await agree(box, random.arrivals(150, length: 12...12, step: 1_500_000_000))
    }

    @Test("Pools: allocate, refresh, release, exhaustion, and time")
    func pools() async throws {
        let box = try await Box(
            """
            POOL(pool, 0x20008);
            void packet_arrives(struct packet *packet) {
                uint8_t *p = packet_bytes(packet, 0, 8);
                if (p == NULL) return packet_drop(packet);
                uint32_t first = p[1] & 1 ? 0xFFFEu : 5u, count = p[1] & 2 ? 3 : p[2] & 3, index;
                switch (p[0] & 3) {
                case 0: case 1: index = pool_allocate(&pool, first, count, p[3] & 7);
                    p[4] = (uint8_t)index; p[5] = (uint8_t)(index >> 8); p[6] = (uint8_t)(index >> 16); break;
                case 2: p[4] = pool_refresh(&pool, first + (p[2] & 3), p[3] & 7); break;
                default: p[4] = pool_release(&pool, first + (p[2] & 3));
                }
                packet_emit(packet, outside);
            }
            """)
        #expect(try box.failingChecks().map(\.kind).isEmpty)
        var random = SplitMix(state: 8)
        try await agree(box, random.arrivals(150, length: 8...8, step: 1_500_000_000))
    }

    @Test("Checksums, where they are all ones and where they are zero, too")
    func checksums() async throws {
        let box = try await Box(
            """
            void packet_arrives(struct packet *packet) {
                be16 *p = packet_bytes(packet, 0, 16);
                if (p == NULL) return packet_drop(packet);
                p[3] = checksum_replace_16(p[0], p[1], p[2]);
                p[4] = checksum_replace_32(p[3], *(be32 *)(p + 4), *(be32 *)(p + 6));
                packet_emit(packet, outside);
            }
            """)
        let edges: [UInt8] = [0, 0xFF]
        var arrivals: [Arrival] = []
        for number in 0..<64 {
            arrivals.append(
                Arrival(bytes: (0..<16).map { $0 < 6 ? edges[number >> $0 & 1] : edges[(number >> ($0 % 5)) & 1] }))
        }
        var random = SplitMix(state: 9)
        try await agree(box, arrivals + random.arrivals(40, length: 16...16, step: 0))
    }

    @Test("Hand-offs carry their arguments, the bytes written so far and the state")
    func handOffs() async throws {
        let box = try await Box(
            """
            struct configuration { be16 key; int8_t shift; uint8_t mac[6]; seconds life; bool on; };
            CONFIGURATION(config);
            static uint32_t total;
            static uint8_t last[4];
            static void finish(struct packet *packet, int8_t sign, bool odd, uint8_t *at, uint32_t number) {
                at[0] = (uint8_t)(sign >> 1); at[1] = odd; at[2] = (uint8_t)number; at[3] += last[number & 3]; last[number & 3] = at[0];
                if (config.on) __builtin_memcpy(at + 4, config.mac, 6); else *(be16 *)(at + 4) = config.key;
                at[10] = (uint8_t)config.life; at[11] = (uint8_t)(config.shift - 1);
                packet_emit(packet, odd ? inside : outside);
            }
            static void middle(struct packet *packet, uint8_t *at, bool odd) {
                at[-1] ^= at[0]; total += at[1];
                if (at[2] > 0xF0) return packet_drop(packet);
                finish(packet, (int8_t)at[0], !odd, at + (at[1] & 1), total + (at[2] & 1));
            }
            void packet_arrives(struct packet *packet) {
                uint8_t *p = packet_bytes(packet, 0, 16);
                if (p == NULL) return packet_drop(packet);
                p[0]++; p[2] = 4;
                if (p[0] & 1) return middle(packet, p + 2, p[1] & 1);
                finish(packet, -1, packet->port == inside, p + (p[3] & 3), packet->length);
            }
            """)
        #expect(box.composition.summaries.map(\.function).sorted().first == "finish")
        #expect(try box.failingChecks().map(\.kind).isEmpty)
        var random = SplitMix(state: 10)
        let configuration: [UInt8] = [0x12, 0x34, 0x85, 1, 2, 3, 4, 5, 6, 0, 0, 0, 0xE8, 3, 0, 0]
        for on: UInt8 in [0, 1] {
            try await agree(
                box, random.arrivals(80, length: 14...20), configuration: configuration + [on, 0, 0, 0])
        }
    }
}
