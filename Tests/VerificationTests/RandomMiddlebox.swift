/// Random numbers that are the same in each run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    mutating func any(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
    mutating func pick<T>(_ choices: [T]) -> T { choices[any(0...choices.count - 1)] }
}

/// A small middlebox as a tree, with two meanings that know nothing of each other: its C text, which the verifier gets, and an interpreter
/// of a page.
///
/// It has a few numbers, maps of few entries, perhaps a pool, and a field of configuration. Its functions hand the packet on to those behind
/// them. Whichever share no state are elements of their own.
struct RandomMiddlebox: Sendable {
    /// All are `uint32_t`, and wrap around.
    indirect enum Number: Sendable {
        case constant(UInt32)
        case length, type, port, limit
        case variable(Int)
        /// What is stored under the key that was looked up.
        case found
        /// The number that the function was handed.
        case argument
        /// What a control operation was given.
        case operand
        case sum(Number, Number)
        case difference(Number, Number)
        case and(Number, Number)

        var text: String {
            switch self {
            case .constant(let value): "\(value)u"
            case .length: "packet->length"
            case .type: "(uint32_t)ntohs(ethernet->type)"
            case .port: "packet->port"
            case .limit: "config.limit"
            case .variable(let number): RandomMiddlebox.variableNames[number]
            case .found: "found->n"
            case .argument: "argument"
            case .operand: "argument->n"
            case .sum(let a, let b): "(\(a.text) + \(b.text))"
            case .difference(let a, let b): "(\(a.text) - \(b.text))"
            case .and(let a, let b): "(\(a.text) & \(b.text))"
            }
        }
    }

    indirect enum Condition: Sendable {
        case less(Number, Number)
        case equal(Number, Number)
        case both(Condition, Condition)
        case not(Condition)

        var text: String {
            switch self {
            case .less(let a, let b): "\(a.text) < \(b.text)"
            case .equal(let a, let b): "\(a.text) == \(b.text)"
            case .both(let a, let b): "(\(a.text)) && (\(b.text))"
            case .not(let inner): "!(\(inner.text))"
            }
        }
    }

    indirect enum Statement: Sendable {
        case set(Int, Number)
        case setType(Number)
        case setFound(Number)
        case branch(Condition, [Statement], [Statement])
        case lookUp(map: Int, Number, found: [Statement], missing: [Statement])
        case insert(map: Int, Number, value: Number, lifetime: Int, full: [Statement])
        case refresh(map: Int, Number, lifetime: Int)
        case remove(map: Int, Number)
        /// The index goes to a variable.
        case allocate(into: Int, first: Int, count: Int, lifetime: Int)
        case release(Int)

        var text: String {
            func inMap(_ map: Int, _ key: Number, _ text: (String) -> String) -> String {
                "{ uint32_t key = \(key.text); \(text(RandomMiddlebox.mapNames[map])) }"
            }
            return switch self {
            case .set(let number, let value): "\(RandomMiddlebox.variableNames[number]) = \(value.text);"
            case .setType(let value): "ethernet->type = htons((uint16_t)\(value.text));"
            case .setFound(let value): "found->n = \(value.text);"
            case .branch(let condition, let yes, let no): "if (\(condition.text)) \(yes.text) else \(no.text)"
            case .lookUp(let map, let key, let yes, let no):
                inMap(map, key) {
                    "struct value *found = map_find(&\($0), &key); if (found != NULL) \(yes.text) else \(no.text)"
                }
            case .insert(let map, let key, let value, let lifetime, let full):
                inMap(map, key) {
                    "struct value value = {\(value.text)}; if (!map_insert(&\($0), &key, &value, \(lifetime))) \(full.text)"
                }
            case .refresh(let map, let key, let lifetime): inMap(map, key) { "map_refresh(&\($0), &key, \(lifetime));" }
            case .remove(let map, let key): inMap(map, key) { "map_remove(&\($0), &key);" }
            case .allocate(let number, let first, let count, let lifetime):
                "\(RandomMiddlebox.variableNames[number]) = pool_allocate(&ids, \(first), \(count), \(lifetime));"
            case .release(let index): "pool_release(&ids, \(index));"
            }
        }
    }

    /// What a function does until it hands the packet on. Several ways may lead to the same function.
    indirect enum Course: Sendable {
        case emit(UInt32)
        case drop
        /// To a function behind this one, with a number.
        case next(Int, Number)
        case after([Statement], Course)
        case branch(Condition, Course, Course)
        case lookUp(map: Int, Number, found: Course, missing: Course)
        case insert(map: Int, Number, value: Number, lifetime: Int, full: Course, done: Course)

        var text: String {
            switch self {
            case .emit(let port): "return packet_emit(packet, \(port));"
            case .drop: "return packet_drop(packet);"
            case .next(let function, let number): "return f\(function)(packet, ethernet, \(number.text));"
            case .after(let statements, let course): (statements.map(\.text) + [course.text]).joined(separator: " ")
            case .branch(let condition, let yes, let no): "if (\(condition.text)) { \(yes.text) } else { \(no.text) }"
            case .lookUp(let map, let key, let yes, let no):
                "{ uint32_t key = \(key.text); struct value *found = map_find(&\(RandomMiddlebox.mapNames[map]), &key); "
                    + "if (found != NULL) { \(yes.text) } else { \(no.text) } }"
            case .insert(let map, let key, let value, let lifetime, let full, let done):
                "{ uint32_t key = \(key.text); struct value value = {\(value.text)}; "
                    + "if (!map_insert(&\(RandomMiddlebox.mapNames[map]), &key, &value, \(lifetime))) { \(full.text) } } "
                    + done.text
            }
        }
    }

    /// The first is where packets arrive.
    var functions: [Course]
    var variables: Int
    /// Of each map.
    var capacities: [Int]
    /// The bodies of its control operations, `op0` and so on, which are given one number.
    var operations: [[Statement]] = []

    static let variableNames = ["x", "y", "z"]
    static let mapNames = ["m", "w"]
    static let indices = 8

    /// The objects, and the configuration, that a text of C or of a spec speaks of.
    static func names(in text: String) -> Set<String> {
        Set(text.matches(of: /\b(x|y|z|m|w|ids|config)\b/).map { String($0.1) })
    }

    var text: String {
        let functions = functions.enumerated().reversed().map { number, course in
            """
            static void f\(number)(struct packet *packet, struct ethernet_header *ethernet, uint32_t argument) {
                \(course.text)
            }
            """
        }
        let operations = operations.enumerated().map { number, body in
            "CONTROL_OPERATION(op\(number), const struct change *argument) \(body.text)"
        }
        let maps = zip(Self.mapNames, capacities).map { "MAP(\($0), uint32_t, struct value, \($1));" }
        return """
            #pragma clang diagnostic ignored "-Weverything"
            struct configuration { uint32_t limit; };
            CONFIGURATION(config);
            struct value { uint32_t n; };
            \(maps.joined(separator: "\n"))
            POOL(ids, \(Self.indices));
            static uint32_t \(Self.variableNames.prefix(variables).joined(separator: ", "));
            struct change { uint32_t n; };
            \((operations + functions).joined(separator: "\n"))
            void packet_arrives(struct packet *packet) {
                struct ethernet_header *ethernet = packet_bytes(packet, 0, sizeof *ethernet);
                if (ethernet == NULL) return packet_drop(packet);
                f0(packet, ethernet, packet->port);
            }
            """
    }
}

extension [RandomMiddlebox.Statement] {
    fileprivate var text: String { "{ " + map(\.text).joined(separator: " ") + " }" }
}
