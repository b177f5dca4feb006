import Verification

/// The state between packets.
struct World {
    struct Entry {
        var n: UInt32
        var deadline: UInt64
    }

    var variables = [UInt32](repeating: 0, count: RandomMiddlebox.variableNames.count)
    var maps = [[UInt32: Entry]](repeating: [:], count: RandomMiddlebox.mapNames.count)
    var deadlines = [UInt64](repeating: 0, count: RandomMiddlebox.indices)
    var last = 0

    func keys(of map: Int, at now: UInt64) -> [UInt32] { maps[map].filter { now < $0.value.deadline }.keys.sorted() }
    func has(_ key: UInt32, in map: Int, at now: UInt64) -> Bool { maps[map][key].map { now < $0.deadline } ?? false }
    var mapDeadlines: [UInt64] { maps.flatMap { $0.values.map(\.deadline) } }
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
    /// An entry that was looked up.
    private typealias Found = (map: Int, key: UInt32)

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
        argument = arrival.port
        if let operation = arrival.operation {
            argument = arrival.operand
            run(middlebox.operations[operation], found: nil)
            return nil
        }
        if arrival.bytes.count < 14 { return nil }
        return follow(middlebox.functions[0], found: nil)
    }

    private mutating func follow(_ course: RandomMiddlebox.Course, found: Found?) -> Departure? {
        switch course {
        case .drop: return nil
        case .emit(let port): return Departure(bytes: packet.bytes, port: port)
        case .next(let function, let number):
            argument = value(number, found)
            return follow(middlebox.functions[function], found: nil)
        case .after(let statements, let course):
            run(statements, found: found)
            return follow(course, found: found)
        case .branch(let condition, let yes, let no): return follow(holds(condition, found) ? yes : no, found: found)
        case .lookUp(let map, let number, let yes, let no):
            let key = value(number, found)
            return isPresent(key, map) ? follow(yes, found: (map, key)) : follow(no, found: nil)
        case .insert(let map, let number, let content, let lifetime, let full, let done):
            let (key, n) = (value(number, found), value(content, found))
            return follow(insert(key, n, into: map, lifetime) ? done : full, found: nil)
        }
    }

    private func value(_ number: RandomMiddlebox.Number, _ found: Found?) -> UInt32 {
        switch number {
        case .constant(let value): value
        case .variable(let number): world.variables[number]
        case .length: UInt32(packet.bytes.count)
        case .type: UInt32(packet.type ?? 0)
        case .port: packet.port
        case .limit: limit
        case .found: found.flatMap { world.maps[$0.map][$0.key]?.n } ?? 0
        case .argument, .operand: argument
        case .sum(let a, let b): value(a, found) &+ value(b, found)
        case .difference(let a, let b): value(a, found) &- value(b, found)
        case .and(let a, let b): value(a, found) & value(b, found)
        }
    }

    private func holds(_ condition: RandomMiddlebox.Condition, _ found: Found?) -> Bool {
        switch condition {
        case .less(let a, let b): value(a, found) < value(b, found)
        case .equal(let a, let b): value(a, found) == value(b, found)
        case .both(let a, let b): holds(a, found) && holds(b, found)
        case .not(let inner): !holds(inner, found)
        }
    }

    private func deadline(_ lifetime: Int) -> UInt64 { packet.time + UInt64(lifetime) * 1_000_000_000 }

    private func isPresent(_ key: UInt32, _ map: Int) -> Bool { world.has(key, in: map, at: packet.time) }

    private mutating func insert(_ key: UInt32, _ n: UInt32, into map: Int, _ lifetime: Int) -> Bool {
        if !isPresent(key, map), world.keys(of: map, at: packet.time).count >= middlebox.capacities[map] {
            return false
        }
        world.maps[map][key] = World.Entry(n: n, deadline: deadline(lifetime))
        return true
    }

    private mutating func run(_ statements: [RandomMiddlebox.Statement], found: Found?) {
        for statement in statements {
            switch statement {
            case .set(let variable, let number): world.variables[variable] = value(number, found)
            case .setType(let number):
                let type = value(number, found)
                packet.bytes[12] = UInt8(type >> 8 & 0xFF)
                packet.bytes[13] = UInt8(type & 0xFF)
            case .setFound(let number):
                let n = value(number, found)
                if let found { world.maps[found.map][found.key]?.n = n }
            case .branch(let condition, let yes, let no): run(holds(condition, found) ? yes : no, found: found)
            case .lookUp(let map, let number, let yes, let no):
                let key = value(number, found)
                if isPresent(key, map) { run(yes, found: (map, key)) } else { run(no, found: nil) }
            case .insert(let map, let number, let content, let lifetime, let full):
                let key = value(number, found)
                let n = value(content, found)
                if !insert(key, n, into: map, lifetime) { run(full, found: nil) }
            case .refresh(let map, let number, let lifetime):
                let key = value(number, found)
                let end = deadline(lifetime)
                if isPresent(key, map) { world.maps[map][key]?.deadline = end }
            case .remove(let map, let number):
                let key = value(number, found)
                world.maps[map][key] = nil
            case .allocate(let variable, let first, let count, let lifetime):
                let start = (first..<first + count).contains(world.last) ? world.last - first : 0
                let free = (0..<count).map { first + (start + $0) % count }.first { world.deadlines[$0] <= packet.time }
                world.variables[variable] = free.map(UInt32.init) ?? .max
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
