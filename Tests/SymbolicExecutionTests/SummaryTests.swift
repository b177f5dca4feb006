import Logic
import Testing

@testable import SymbolicExecution

/// What summaries say: paths, outputs, checks, effects on the state.
@Suite struct SummaryTests {
    // MARK: Paths and outputs

    @Test func oneOutputForEachPath() async throws {
        let box = try await Box(
            """
            void packet_arrives(struct packet *packet) {
                uint8_t *byte = packet_bytes(packet, 3, 1);
                if (byte == NULL) return packet_drop(packet);
                if (*byte == 7) { *byte = 8; return packet_emit(packet, outside); }
                packet_emit(packet, packet->port);
            }
            """)
        #expect(try box.failingChecks().isEmpty)
        try #require(box.finished.count == 3)
        let dropped = try #require(box.finished.first { $0.isDropped })
        #expect(dropped.outputs.isEmpty)
        let changed = try #require(box.finished.first { $0.outputs.first?.port.bitVectorValue == 1 })
        let third = Term.bitVector(3, width: 16)
        #expect(Term.select(changed.outputs[0].bytes, third) == .bitVector(8, width: 8))
        #expect(
            Term.select(changed.outputs[0].bytes, .bitVector(4, width: 16))
                == .select(InputVariables.bytes, .bitVector(4, width: 16)))
        #expect(changed.outputs[0].length == InputVariables.length)
        let forwarded = try #require(box.finished.first { $0.outputs.first?.port == InputVariables.port })
        #expect(forwarded.outputs[0].bytes == InputVariables.bytes)
        #expect(
            forwarded.knowledge.conditions.contains(
                .notEqual(.select(InputVariables.bytes, third), .bitVector(7, width: 8))))
    }

    @Test("Loops with a constant end are unrolled; of a loop over what the packet says there is a path for each count")
    func loops() async throws {
        let unrolled = try await Box(
            """
            void packet_arrives(struct packet *packet) {
                uint32_t sum = 0;
                for (uint32_t i = 0; i < 1000; i++) sum += i;
                packet_emit(packet, sum == 499500 ? outside : inside);
            }
            """)
        #expect(unrolled.finished.map { $0.outputs[0].port } == [.bitVector(1, width: 32)])
        let counted = try await Box(
            """
            void packet_arrives(struct packet *packet) {
                if (packet->length < 8) return packet_drop(packet);
                for (uint32_t i = 0; i < (packet->data[0] & 3u); i++) packet->data[i + 1]++;
                packet_emit(packet, inside);
            }
            """)
        #expect(counted.finished.count == 5)
    }

    @Test("What a function that changes nothing does is one path of its caller, in loops and where it has many ways")
    func joinedReturns() async throws {
        func paths(_ body: String) async throws -> Int {
            let box = try await Box(
                """
                static uint32_t seen;
                static bool matches(const struct packet *packet, uint32_t i) {
                    if (packet->data[3 * i] != 1) return false;
                    if (packet->data[3 * i + 1] != 2) return false;
                    \(body)
                    return packet->data[3 * i + 2] != 3;
                }
                void packet_arrives(struct packet *packet) {
                    if (packet->length < 48) return packet_drop(packet);
                    uint32_t count = 0;
                    for (uint32_t i = 0; i < 5; i++) count += matches(packet, i);
                    packet_emit(packet, count == 3 ? inside : outside);
                }
                """)
            #expect(box.unknown.isEmpty)
            return box.composition.paths.count
        }
        #expect(try await paths("") == 1 + 1)
        #expect(try await paths("if (packet->data[40] == 0) return true;") == 1 + 1)
        // Not where something is changed on some ways.
        #expect(try await paths("seen++;") > 100)
    }

    @Test("Looking for the first rule that matches: questions grow in number, and none looks back at all rules")
    func firstMatch() async throws {
        func sizes(rules: Int) async throws -> [Int] {
            let box = try await Box(
                """
                struct rule { uint32_t mask, value; uint16_t from, to; bool allow; };
                struct configuration { uint32_t count; struct rule rules[\(rules)]; };
                CONFIGURATION(config);
                static bool matches(const struct rule *rule, uint32_t value, uint16_t port) {
                    if ((value & rule->mask) != rule->value) return false;
                    return port >= rule->from && port <= rule->to;
                }
                static bool is_allowed(uint32_t value, uint16_t port) {
                    for (uint32_t i = 0; i < \(rules) && i < config.count; i++)
                        if (matches(&config.rules[i], value, port)) return config.rules[i].allow;
                    return false;
                }
                void packet_arrives(struct packet *packet) {
                    if (packet->length < 6) return packet_drop(packet);
                    const uint32_t *value = (const uint32_t *)(packet->data);
                    if (!is_allowed(*value, packet->data[4])) return packet_drop(packet);
                    packet_emit(packet, outside);
                }
                """)
            #expect(box.unknown.isEmpty)
            #expect(box.finished.count == 3)
            return box.questionSizes
        }
        let few = try await sizes(rules: 8)
        let many = try await sizes(rules: 32)
        #expect(many.count <= 4 * few.count)
        // `i < config.count` is one term more each time. Only those after the call are about the whole list.
        let large = (few.filter { $0 > 80 }.count, many.filter { $0 > 80 + 3 * 24 }.count)
        #expect(large.0 == large.1)
        #expect(large.1 < 10)
    }

    @Test("An element is executed once, whoever hands to it")
    func elements() async throws {
        let box = try await Box(
            """
            static uint32_t count;
            static void tally(struct packet *packet) { count++; packet_emit(packet, outside); }
            static void shorter(struct packet *packet) { if (packet->data[0]) return packet_drop(packet); tally(packet); }
            void packet_arrives(struct packet *packet) {
                if (packet->length < 10) return packet_drop(packet);
                if (packet->length < 60) return shorter(packet);
                tally(packet);
            }
            """)
        #expect(box.composition.summaries.map(\.function).sorted() == ["packet_arrives", "shorter", "tally"])
        #expect(
            Set(box.finished.map(\.inputs)) == [
                ["packet_arrives"], ["packet_arrives", "shorter"], ["packet_arrives", "shorter", "tally"],
                ["packet_arrives", "tally"],
            ])
    }

    // MARK: Checks

    @Test func unguardedReadFailsItsCheck() async throws {
        let box = try await Box(
            """
            void packet_arrives(struct packet *packet) {
                uint8_t type = packet->data[12];
                packet_emit(packet, type == 8 ? outside : inside);
            }
            """)
        let failing = try box.failingChecks()
        #expect(failing.count == 1)
        #expect(failing.first?.kind == .memorySafe)
        #expect(failing.first?.line == 2)
    }

    @Test func guardedReadHasNoCheckThatFails() async throws {
        let box = try await Box(
            """
            void packet_arrives(struct packet *packet) {
                if (packet->length <= 12) return packet_drop(packet);
                packet_emit(packet, packet->data[12] == 8 ? outside : inside);
            }
            """)
        #expect(try box.failingChecks().isEmpty)
    }

    @Test(
        "Each kind of check",
        arguments: [
            ("packet_emit(packet, inside); packet_emit(packet, outside);", CheckKind.handedOnExactlyOnce),
            ("packet_emit(packet, inside); packet_drop(packet);", .handedOnExactlyOnce),
            ("if (packet->length > 5) packet_drop(packet);", .handedOnExactlyOnce),
            ("packet_emit(packet, inside); if (packet->length) packet->data[0] = 1;", .handedOnExactlyOnce),
            ("packet_emit(packet, packet->length);", .noUndefinedBehaviour),
            ("packet_emit(packet, (uint32_t)((int32_t)packet->length * 65536) & 1);", .noUndefinedBehaviour),
            ("packet_emit(packet, 1u << packet->length);", .noUndefinedBehaviour),
            ("packet_emit(packet, 1 / packet->length);", .noUndefinedBehaviour),
            ("uint32_t port[2]; port[0] = 1; packet_emit(packet, port[packet->length & 1]);", .noUninitialisedMemory),
            ("uint8_t *p = packet_bytes(packet, 0, 1); *p = 3; packet_drop(packet);", .noUndefinedBehaviour),
            ("packet->data[packet->length - 1] = 3; packet_drop(packet);", .memorySafe),
            ("for (uint32_t i = packet->length; i != 0;) if (i & 1) i--; packet_drop(packet);", .loopsEnd),
            ("uint8_t i = 0; while (packet->length != 3) i = i == 5 ? 0 : i + 1; packet_drop(packet);", .loopsEnd),
            (
                "uint32_t i = 0; while (i < 12 && packet->length > 20) i += packet->data[i]; packet_drop(packet);",
                .loopsEnd
            ),
            ("packet_emit(packet, pool_allocate(&pool, packet->length, 1, 1) & 1);", .noUndefinedBehaviour),
            ("pool_release(&pool, packet->length); packet_drop(packet);", .noUndefinedBehaviour),
        ])
    func kinds(_ statements: String, _ kind: CheckKind) async throws {
        let box = try await Box(
            "POOL(pool, 8);\n void packet_arrives(struct packet *packet) {\n\(statements)\n}")
        let kinds = Set(try box.failingChecks().map(\.kind))
        #expect(kinds.contains(kind), "\(kinds)")
    }

    // MARK: Effects on the state

    private static let state = """
        struct key { uint16_t a; uint16_t b; }; struct value { uint32_t v; };
        MAP(m, struct key, struct value, 16); POOL(pool, 16); static uint32_t plain = 5;

        """

    private func key(_ box: Box, _ a: Int, _ b: Int) throws -> Term {
        let record = try #require(box.model.maps["m"]?.key)
        return .tuple([.bitVector(a, width: 16), .bitVector(b, width: 16)], sort: record.sort)
    }

    private func seconds(_ count: Int) -> Term { InputVariables.now + .integer(count * 1_000_000_000) }

    @Test func insertion() async throws {
        let box = try await Box(
            Self.state + """
                void packet_arrives(struct packet *packet) {
                    struct key key = {1, 2}; struct value value = {9};
                    packet_emit(packet, map_insert(&m, &key, &value, 30) ? inside : outside);
                }
                """)
        let before = try #require(StateTerms.symbolic(box.model).maps["m"])
        let full = try #require(box.finished.first { $0.outputs[0].port.bitVectorValue == 1 })
        let inserted = try #require(box.finished.first { $0.outputs[0].port.bitVectorValue == 0 })
        #expect(box.finished.count == 2)
        let after = try #require(inserted.state.maps["m"])
        #expect(Term.select(after.deadline, try key(box, 1, 2)) == seconds(30))
        #expect(Term.field(0, of: .select(after.value, try key(box, 1, 2))) == .bitVector(9, width: 32))
        #expect(Term.select(after.deadline, try key(box, 1, 3)) == .select(before.deadline, try key(box, 1, 3)))
        // A full map stays as it is, and is full only where the key was not there.
        #expect(full.state == .symbolic(box.model))
        #expect(full.knowledge.exact == [.full(deadline: before.deadline, capacity: 16, now: InputVariables.now)])
        #expect(
            full.knowledge.conditions.contains(!.less(InputVariables.now, .select(before.deadline, try key(box, 1, 2))))
        )
        #expect(
            full.knowledge.conditions.contains(
                .lessOrEqual(.integer(16), .number(above: InputVariables.now, in: before.deadline))))
    }

    @Test func findingRefreshingRemoving() async throws {
        let box = try await Box(
            Self.state + """
                void packet_arrives(struct packet *packet) {
                    struct key a = {1, 2}, b = {3, 4};
                    struct value *found = map_find(&m, &a);
                    if (found == NULL) return packet_drop(packet);
                    found->v += 2;
                    bool refreshed = map_refresh(&m, &b, 10);
                    map_remove(&m, &a);
                    packet_emit(packet, refreshed);
                }
                """)
        let before = try #require(StateTerms.symbolic(box.model).maps["m"])
        let (a, b) = (try key(box, 1, 2), try key(box, 3, 4))
        let missing = try #require(box.finished.first { $0.isDropped })
        #expect(missing.state == .symbolic(box.model))
        let path = try #require(box.finished.first { !$0.isDropped })
        #expect(box.finished.count == 2)
        let after = try #require(path.state.maps["m"])
        let sum = Term.add(.field(0, of: .select(before.value, a)), .bitVector(2, width: 32))
        #expect(try !box.isSatisfiable([.notEqual(.field(0, of: .select(after.value, a)), sum)]))
        #expect(Term.select(after.deadline, a) == .integer(0))
        // An absent entry is not refreshed.
        let old = Term.select(before.deadline, b)
        #expect(Term.select(after.deadline, b) == .ifThenElse(.less(InputVariables.now, old), seconds(10), old))
        #expect(path.conditionsAtLastStateChange == path.knowledge.conditions.count)
    }

    @Test func allocation() async throws {
        let box = try await Box(
            Self.state + """
                void packet_arrives(struct packet *packet) {
                    uint32_t index = pool_allocate(&pool, 4, 3, 20);
                    if (index == POOL_EXHAUSTED) return packet_drop(packet);
                    plain = index;
                    packet_emit(packet, inside);
                }
                """)
        let before = try #require(StateTerms.symbolic(box.model).pools["pool"])
        #expect(box.finished.count == 2)
        let exhausted = try #require(box.finished.first { $0.isDropped })
        guard case .allAllocated? = exhausted.knowledge.exact.first else {
            Issue.record("\(exhausted.knowledge.exact)")
            return
        }
        let path = try #require(box.finished.first { !$0.isDropped })
        let pool = try #require(path.state.pools["pool"])
        #expect(Term.select(pool.deadline, pool.last) == seconds(20))
        // Any index of the range that is free.
        let solver = path.knowledge.conditions
        for (index, isPossible) in [(3, false), (4, true), (6, true), (7, false)] {
            let chosen = Term.bitVector(index, width: 32)
            #expect(try box.isSatisfiable(solver + [.equal(pool.last, chosen)]) == isPossible)
            #expect(
                try !box.isSatisfiable(
                    solver + [.equal(pool.last, chosen), .less(InputVariables.now, .select(before.deadline, chosen))]))
        }
        // What was stored, byte by byte.
        let bytes = try #require(path.state.plain["plain"])
        let stored = Term.concatenate((0..<4).reversed().map { Term.select(bytes, .bitVector($0, width: 32)) })
        #expect(try !box.isSatisfiable(solver + [.notEqual(stored, pool.last)]))
    }

    @Test func initialState() async throws {
        let box = try await Box(
            Self.state
                + "void packet_arrives(struct packet *packet) { struct key k = {0, 0}; map_remove(&m, &k); packet_emit(packet, plain & 1); }"
        )
        let initial = StateTerms.initial(box.model)
        let byte = Term.select(try #require(initial.plain["plain"]), .bitVector(0, width: 32))
        #expect(byte == .bitVector(5, width: 8))
        #expect(Term.select(try #require(initial.maps["m"]?.deadline), try key(box, 0, 0)) == .integer(0))
    }

    // MARK: What execution does not know

    @Test(
        "An unknown construct ends its path as unknown",
        arguments: [
            ("static void (*volatile f)(void); ", "f();", "has no model"),
            ("", "__asm__ volatile(\"nop\");", "assembly"),
            ("", "if ((float)packet->length * 0.3f > 2.5f) packet->data[0] = 1;", "no model"),
            ("uint32_t unknown(uint32_t);", "if (unknown(3)) return packet_emit(packet, inside);", "no body"),
            (
                "static uint32_t f(uint32_t n) { return n < 2 ? 1 : n * f(n - 1); }",
                "if (f(packet->length) == 7) return packet_emit(packet, inside);", "itself"
            ),
            ("", "__builtin_memset(packet->data, 0, packet->length);", "length that varies"),
            ("static uint8_t *kept;", "kept = packet->data;", "pointer is stored"),
            ("", "if ((uintptr_t)packet->data & 1) return packet_emit(packet, inside);", "pointers and numbers"),
            (
                "static uint8_t a[4], b[4]; static uint8_t *pick(uint32_t n) { return n & 1 ? a : b; }",
                "if (pick(packet->length) < b) return packet_emit(packet, inside);", "order"
            ),
            ("", "for (uint32_t i = 0; i < packet->length; i++) packet->data[i] = 0;", "times"),
            ("", "packet->length = 3;", "descriptor"),
            ("MAP(m, uint8_t, uint8_t, 4);", "if (m.map.used) return packet_emit(packet, inside);", "directly"),
            (
                "",
                "uint8_t local[200]; for (int i = 0; i < 200; i++) local[i] = 1; if (local[packet->length % 200]) return packet_emit(packet, inside);",
                "variable index"
            ),
        ])
    func unknown(_ before: String, _ statement: String, _ reason: String) async throws {
        let box = try await Box(
            "#pragma clang diagnostic ignored \"-Wundefined-internal\"\n\(before)\nvoid packet_arrives(struct packet *packet) {\n\(statement)\npacket_drop(packet);\n}"
        )
        #expect(box.unknown.contains { $0.contains(reason) }, "\(box.unknown)")
        for path in box.composition.paths {
            guard case .unknown(_, let location) = path.end else { continue }
            #expect(location != nil)
        }
        // A packet that meets it is not said to be handled.
        var machine = try Machine(box)
        if case .handled = try machine.receive(Arrival(bytes: [1, 2, 3])), !reason.contains("times") {
            Issue.record("the packet is handled")
        }
    }
}
