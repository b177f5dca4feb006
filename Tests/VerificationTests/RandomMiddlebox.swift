import Verification

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
/// It has two numbers, a map of few entries, a pool, a field of configuration, and up to three functions that hand the packet on.
struct RandomMiddlebox: Sendable {
    /// All are `uint32_t`, and wrap around.
    indirect enum Number: Sendable {
        case constant(UInt32)
        case x, y, length, type, port, limit
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
            case .x: "x"
            case .y: "y"
            case .length: "packet->length"
            case .type: "(uint32_t)ntohs(ethernet->type)"
            case .port: "packet->port"
            case .limit: "config.limit"
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
        case setX(Number)
        case setY(Number)
        case setType(Number)
        case setFound(Number)
        case branch(Condition, [Statement], [Statement])
        case lookUp(Number, found: [Statement], missing: [Statement])
        case insert(Number, value: Number, lifetime: Int, full: [Statement])
        case refresh(Number, lifetime: Int)
        case remove(Number)
        /// The index goes to `x`.
        case allocate(first: Int, count: Int, lifetime: Int)
        case release(Int)

        var text: String {
            switch self {
            case .setX(let value): "x = \(value.text);"
            case .setY(let value): "y = \(value.text);"
            case .setType(let value): "ethernet->type = htons((uint16_t)\(value.text));"
            case .setFound(let value): "found->n = \(value.text);"
            case .branch(let condition, let yes, let no): "if (\(condition.text)) \(yes.text) else \(no.text)"
            case .lookUp(let key, let yes, let no):
                "{ uint32_t key = \(key.text); struct value *found = map_find(&m, &key); if (found != NULL) \(yes.text) else \(no.text) }"
            case .insert(let key, let value, let lifetime, let full):
                "{ uint32_t key = \(key.text); struct value value = {\(value.text)}; if (!map_insert(&m, &key, &value, \(lifetime))) \(full.text) }"
            case .refresh(let key, let lifetime): "{ uint32_t key = \(key.text); map_refresh(&m, &key, \(lifetime)); }"
            case .remove(let key): "{ uint32_t key = \(key.text); map_remove(&m, &key); }"
            case .allocate(let first, let count, let lifetime):
                "x = pool_allocate(&ids, \(first), \(count), \(lifetime));"
            case .release(let index): "pool_release(&ids, \(index));"
            }
        }
    }

    enum Ending: Sendable {
        case emit(UInt32)
        case drop
        /// To the next function, with a number.
        case next(Number)

        func text(_ stage: Int) -> String {
            switch self {
            case .emit(let port): "return packet_emit(packet, \(port));"
            case .drop: "return packet_drop(packet);"
            case .next(let number): "return stage\(stage + 1)(packet, ethernet, \(number.text));"
            }
        }
    }

    struct Stage: Sendable {
        var body: [Statement]
        var condition: Condition
        var yes: Ending
        var no: Ending
    }

    var stages: [Stage]
    var capacity: Int
    /// The bodies of its control operations, `op0` and so on, which are given one number.
    var operations: [[Statement]] = []

    static let indices = 8

    var text: String {
        let functions = stages.enumerated().reversed().map { number, stage in
            """
            static void stage\(number)(struct packet *packet, struct ethernet_header *ethernet, uint32_t argument) {
                \(stage.body.map(\.text).joined(separator: "\n    "))
                if (\(stage.condition.text)) \(stage.yes.text(number))
                \(stage.no.text(number))
            }
            """
        }
        let operations = operations.enumerated().map { number, body in
            "CONTROL_OPERATION(op\(number), const struct change *argument) \(body.text)"
        }
        return """
            #pragma clang diagnostic ignored "-Weverything"
            struct configuration { uint32_t limit; };
            CONFIGURATION(config);
            struct value { uint32_t n; };
            MAP(m, uint32_t, struct value, \(capacity));
            POOL(ids, \(Self.indices));
            static uint32_t x, y;
            struct change { uint32_t n; };
            \((operations + functions).joined(separator: "\n"))
            void packet_arrives(struct packet *packet) {
                struct ethernet_header *ethernet = packet_bytes(packet, 0, sizeof *ethernet);
                if (ethernet == NULL) return packet_drop(packet);
                stage0(packet, ethernet, 0);
            }
            """
    }
}

extension [RandomMiddlebox.Statement] {
    fileprivate var text: String { "{ " + map(\.text).joined(separator: " ") + " }" }
}

// MARK: Interpretation

/// The state between packets.
struct World {
    struct Entry {
        var n: UInt32
        var deadline: UInt64
    }

    var x: UInt32 = 0
    var y: UInt32 = 0
    var entries: [UInt32: Entry] = [:]
    var deadlines = [UInt64](repeating: 0, count: RandomMiddlebox.indices)
    var last = 0

    func keys(at now: UInt64) -> [UInt32] { entries.filter { now < $0.value.deadline }.keys.sorted() }
    func indices(at now: UInt64) -> [Int] { deadlines.indices.filter { now < deadlines[$0] } }
}

/// A packet of some length, of which only the type matters; or a control operation.
struct Arrival {
    var bytes: [UInt8]
    var port: UInt32
    /// In nanoseconds.
    var time: UInt64
    /// The number of the operation, and what it is given; nil for a packet.
    var operation: Int?
    var operand: UInt32 = 0

    var type: UInt16? { bytes.count < 14 ? nil : UInt16(bytes[12]) << 8 | UInt16(bytes[13]) }
}

/// A packet that leaves; none: it is dropped.
struct Departure {
    var bytes: [UInt8]
    var port: UInt32
}

struct Interpreter {
    let middlebox: RandomMiddlebox
    let limit: UInt32
    private(set) var world = World()
    private var packet = Arrival(bytes: [], port: 0, time: 0)
    private var argument: UInt32 = 0

    init(_ middlebox: RandomMiddlebox, limit: UInt32, world: World = World()) {
        self.middlebox = middlebox
        self.limit = limit
        self.world = world
    }

    mutating func receive(_ arrival: Arrival) -> Departure? {
        packet = arrival
        argument = 0
        if let operation = arrival.operation {
            argument = arrival.operand
            run(middlebox.operations[operation], found: nil)
            return nil
        }
        if arrival.bytes.count < 14 { return nil }
        for stage in middlebox.stages {
            run(stage.body, found: nil)
            switch holds(stage.condition, nil) ? stage.yes : stage.no {
            case .drop: return nil
            case .emit(let port): return Departure(bytes: packet.bytes, port: port)
            case .next(let number): argument = value(number, nil)
            }
        }
        return nil
    }

    private func value(_ number: RandomMiddlebox.Number, _ found: UInt32?) -> UInt32 {
        switch number {
        case .constant(let value): value
        case .x: world.x
        case .y: world.y
        case .length: UInt32(packet.bytes.count)
        case .type: UInt32(packet.type ?? 0)
        case .port: packet.port
        case .limit: limit
        case .found: found.flatMap { world.entries[$0]?.n } ?? 0
        case .argument, .operand: argument
        case .sum(let a, let b): value(a, found) &+ value(b, found)
        case .difference(let a, let b): value(a, found) &- value(b, found)
        case .and(let a, let b): value(a, found) & value(b, found)
        }
    }

    private func holds(_ condition: RandomMiddlebox.Condition, _ found: UInt32?) -> Bool {
        switch condition {
        case .less(let a, let b): value(a, found) < value(b, found)
        case .equal(let a, let b): value(a, found) == value(b, found)
        case .both(let a, let b): holds(a, found) && holds(b, found)
        case .not(let inner): !holds(inner, found)
        }
    }

    private func deadline(_ lifetime: Int) -> UInt64 { packet.time + UInt64(lifetime) * 1_000_000_000 }

    private func isPresent(_ key: UInt32) -> Bool { world.entries[key].map { packet.time < $0.deadline } ?? false }

    private mutating func run(_ statements: [RandomMiddlebox.Statement], found: UInt32?) {
        for statement in statements {
            switch statement {
            case .setX(let number): world.x = value(number, found)
            case .setY(let number): world.y = value(number, found)
            case .setType(let number):
                let type = value(number, found)
                packet.bytes[12] = UInt8(type >> 8 & 0xFF)
                packet.bytes[13] = UInt8(type & 0xFF)
            case .setFound(let number):
                let n = value(number, found)
                if let found { world.entries[found]?.n = n }
            case .branch(let condition, let yes, let no): run(holds(condition, found) ? yes : no, found: found)
            case .lookUp(let number, let yes, let no):
                let key = value(number, found)
                if isPresent(key) { run(yes, found: key) } else { run(no, found: nil) }
            case .insert(let number, let content, let lifetime, let full):
                let key = value(number, found)
                let n = value(content, found)
                if !isPresent(key), world.keys(at: packet.time).count >= middlebox.capacity {
                    run(full, found: nil)
                } else {
                    world.entries[key] = World.Entry(n: n, deadline: deadline(lifetime))
                }
            case .refresh(let number, let lifetime):
                let key = value(number, found)
                let end = deadline(lifetime)
                if isPresent(key) { world.entries[key]?.deadline = end }
            case .remove(let number):
                let key = value(number, found)
                world.entries[key] = nil
            case .allocate(let first, let count, let lifetime):
                let start = (first..<first + count).contains(world.last) ? world.last - first : 0
                let free = (0..<count).map { first + (start + $0) % count }.first { world.deadlines[$0] <= packet.time }
                world.x = free.map(UInt32.init) ?? .max
                if let free {
                    world.deadlines[free] = deadline(lifetime)
                    world.last = free
                }
            case .release(let index): world.deadlines[index] = 0
            }
        }
    }
}

// MARK: What the verifier shows

extension Arrival {
    /// - Parameter name: `op0`.
    private init(operation name: String, operand: UInt32, time: UInt64) {
        self.init(bytes: [], port: 0, time: time, operation: Int(name.dropFirst(2)), operand: operand)
    }

    init(_ step: Verification.Confirmation.Step) {
        switch step {
        case .packet(let packet): self.init(bytes: packet.bytes, port: packet.ingress, time: packet.time)
        case .operation(let operation):
            self.init(
                operation: operation.name, operand: operation.argument.reversed().reduce(0) { $0 << 8 | UInt32($1) },
                time: operation.time)
        }
    }

    init(_ step: Counterexample.Step) {
        guard let operation = step.operation else {
            self.init(bytes: step.packet, port: step.ingress == "inside" ? 0 : 1, time: UInt64(step.time))
            return
        }
        // {n: 5}
        let digits = operation.argument.filter { ("0"..."9").contains($0) }
        self.init(operation: operation.name, operand: UInt32(digits) ?? 0, time: UInt64(step.time))
    }
}

extension Verification.Confirmation {
    /// An interpreter that stands for the native program.
    static func interpreting(_ middlebox: RandomMiddlebox) -> Self {
        Self { configuration, steps, _, _ in
            var interpreter = Interpreter(
                middlebox, limit: configuration.reversed().reduce(0) { $0 << 8 | UInt32($1) })
            let outcomes = steps.map { step in
                let departure = interpreter.receive(Arrival(step))
                let isDropped = departure == nil && step.packet != nil
                return Outcome(outputs: departure.map { [($0.port, $0.bytes)] } ?? [], drops: isDropped ? 1 : 0)
            }
            return Result(outcomes: outcomes, failure: nil)
        }
    }
}
