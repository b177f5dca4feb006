/// A property as a tree, with its text and with a meaning of its own: exact numbers, what is not there does not compare.
indirect enum RandomFormula {
    indirect enum Number {
        case constant(Int)
        case length, type, port, limit
        case outputType, outputPort
        /// What the control operation was given.
        case operand
        case variable(Int, before: Bool)
        /// What the variables of `for` stand for.
        case key(Int)
        /// What is stored under that key.
        case value(Int, map: Int)
        /// Nanoseconds from now.
        case remaining(Int, map: Int)
        case sum(Number, Number)

        func text(_ isStep: Bool) -> String {
            func moment(_ before: Bool, _ name: String) -> String { before && isStep ? "before(\(name))" : name }
            return switch self {
            case .constant(let value): "\(value)"
            case .length: "p.length"
            case .type: "p.ethernet.type"
            case .port: "p.port"
            case .limit: "config.limit"
            case .outputType: "q.ethernet.type"
            case .operand: "p.n"
            case .outputPort: "q.port"
            case .variable(let number, let before): moment(before, RandomMiddlebox.variableNames[number])
            case .key(let number): Number.names[number]
            case .value(let number, let map): "\(RandomMiddlebox.mapNames[map])[\(Number.names[number])].n"
            case .remaining(let number, let map):
                "(expiry(\(RandomMiddlebox.mapNames[map]), \(Number.names[number])) - now)"
            case .sum(let a, let b): "(\(a.text(isStep)) + \(b.text(isStep)))"
            }
        }

        static let names = ["a", "b"]
    }

    case less(Number, Number)
    case lessOrEqual(Number, Number)
    case equal(Number, Number)
    case unequal(Number, Number)
    case inMap(Int, Number, before: Bool)
    case inPool(Number, before: Bool)
    case isDropped
    case leaves(UInt32)
    case not(RandomFormula)
    case and(RandomFormula, RandomFormula)
    case or(RandomFormula, RandomFormula)
    case implies(RandomFormula, RandomFormula)

    /// - Parameter isStep: whether there is a moment before.
    func text(_ isStep: Bool) -> String {
        func moment(_ before: Bool, _ name: String) -> String { before && isStep ? "before(\(name))" : name }
        return switch self {
        case .less(let a, let b): "\(a.text(isStep)) < \(b.text(isStep))"
        case .lessOrEqual(let a, let b): "\(a.text(isStep)) <= \(b.text(isStep))"
        case .equal(let a, let b): "\(a.text(isStep)) == \(b.text(isStep))"
        case .unequal(let a, let b): "\(a.text(isStep)) != \(b.text(isStep))"
        case .inMap(let map, let key, let before):
            "\(key.text(isStep)) in \(moment(before, RandomMiddlebox.mapNames[map]))"
        case .inPool(let index, let before): "\(index.text(isStep)) in \(moment(before, "ids"))"
        case .isDropped: "p is dropped"
        case .leaves(let port): "p leaves \(["inside", "outside"][Int(port)])"
        case .not(let inner): "not (\(inner.text(isStep)))"
        case .and(let a, let b): "(\(a.text(isStep))) and (\(b.text(isStep)))"
        case .or(let a, let b): "(\(a.text(isStep))) or (\(b.text(isStep)))"
        case .implies(let a, let b): "(\(a.text(isStep))) implies (\(b.text(isStep)))"
        }
    }

    /// One step, or one state: then before and after are the same.
    struct Situation {
        var before: World
        var after: World
        var now: UInt64
        var limit: UInt32
        var input: Arrival?
        var output: Departure?
        var keys: [UInt32] = []
    }

    func holds(_ situation: Situation) -> Bool {
        func compare(_ a: Number, _ b: Number, _ operation: (Int, Int) -> Bool) -> Bool {
            guard let x = a.value(situation), let y = b.value(situation) else { return false }
            return operation(x, y)
        }
        switch self {
        case .less(let a, let b): return compare(a, b, <)
        case .lessOrEqual(let a, let b): return compare(a, b, <=)
        case .equal(let a, let b): return compare(a, b, ==)
        case .unequal(let a, let b): return compare(a, b, !=)
        case .inMap(let map, let key, let before):
            guard let key = key.value(situation).flatMap(UInt32.init(exactly:)) else { return false }
            return (before ? situation.before : situation.after).has(key, in: map, at: situation.now)
        case .inPool(let index, let before):
            guard let index = index.value(situation) else { return false }
            return (before ? situation.before : situation.after).indices(at: situation.now).contains(index)
        case .isDropped: return situation.output == nil
        case .leaves(let port): return situation.output?.port == port
        case .not(let inner): return !inner.holds(situation)
        case .and(let a, let b): return a.holds(situation) && b.holds(situation)
        case .or(let a, let b): return a.holds(situation) || b.holds(situation)
        case .implies(let a, let b): return !a.holds(situation) || b.holds(situation)
        }
    }
}

extension RandomFormula.Number {
    /// Nil for what is not there.
    func value(_ situation: RandomFormula.Situation) -> Int? {
        switch self {
        case .constant(let value): value
        case .length: situation.input?.bytes.count
        case .type: situation.input?.type.map(Int.init)
        case .port: situation.input.map { Int($0.port) }
        case .limit: Int(situation.limit)
        case .operand: situation.input.flatMap { $0.operation == nil ? nil : Int($0.operand) }
        case .outputType: situation.output.flatMap { Arrival(bytes: $0.bytes, port: 0, time: 0).type.map(Int.init) }
        case .outputPort: situation.output.map { Int($0.port) }
        case .variable(let number, let before): Int((before ? situation.before : situation.after).variables[number])
        case .key(let number): Int(situation.keys[number])
        case .value(let number, let map):
            situation.after.maps[map][situation.keys[number]].flatMap { situation.now < $0.deadline ? Int($0.n) : nil }
        case .remaining(let number, let map):
            situation.after.maps[map][situation.keys[number]].map { Int($0.deadline) - Int(situation.now) }
        case .sum(let a, let b): a.value(situation).flatMap { x in b.value(situation).map { x + $0 } }
        }
    }
}

struct RandomProperty {
    enum Form {
        /// Over so many keys of a map.
        case invariant(keys: Int, map: Int)
        /// Over the indices of the pool.
        case poolInvariant
        /// `ingress` and `egress`: a port; nil: any. `keys`: over so many keys of a map after the step. `operation`: the number of the one
        /// that it is about; nil: packets.
        case step(ingress: UInt32?, output: Bool, premise: RandomFormula?, keys: Int, map: Int, operation: Int? = nil)
    }

    var name: String
    var form: Form
    var body: RandomFormula

    var text: String {
        let ports = ["inside", "outside"]
        func quantifier(_ count: Int, _ collection: String) -> String {
            count == 0
                ? "" : "for \(RandomFormula.Number.names.prefix(count).joined(separator: ", ")) in \(collection): "
        }
        switch form {
        case .invariant(let keys, let map):
            return "invariant \(name)\n  \(quantifier(keys, RandomMiddlebox.mapNames[map]))\(body.text(false))"
        case .poolInvariant: return "invariant \(name)\n  \(quantifier(1, "ids"))\(body.text(false))"
        case .step(let ingress, let output, let premise, let keys, let map, let operation):
            let packets = "p enters \(ingress.map { ports[Int($0)] } ?? "any")\(output ? ", q leaves any" : "")"
            return "property \(name)\n  when \(operation.map { "p runs op\($0)" } ?? packets)\n"
                + (premise.map { "  where \($0.text(true))\n" } ?? "")
                + "  then \(quantifier(keys, RandomMiddlebox.mapNames[map]))\(body.text(true))"
        }
    }

    /// Whether a step, or the state after it at any time until the next, breaks it.
    ///
    /// - Parameter until: when the next packet comes; nil: never.
    func isBroken(
        by arrival: Arrival, _ departure: Departure?, from before: World, to after: World, until: UInt64?,
        limit: UInt32
    ) -> Bool {
        var situation = RandomFormula.Situation(
            before: before, after: after, now: arrival.time, limit: limit, input: arrival, output: departure)
        switch form {
        case .step(let ingress, let output, let premise, let keys, let map, let operation):
            if arrival.operation != operation { return false }
            if let ingress, arrival.port != ingress { return false }
            if output, departure == nil { return false }
            // In premises, state is that before the step.
            var start = situation
            start.after = before
            if let premise, !premise.holds(start) { return false }
            return isBroken(&situation, keys: keys, among: after.keys(of: map, at: arrival.time))
        case .invariant(let keys, let map):
            return times(from: arrival.time, until: until, after.mapDeadlines).contains { now in
                stand(&situation, at: now)
                return isBroken(&situation, keys: keys, among: after.keys(of: map, at: now))
            }
        case .poolInvariant:
            let deadlines = after.deadlines + after.mapDeadlines
            return times(from: arrival.time, until: until, deadlines).contains { now in
                stand(&situation, at: now)
                return isBroken(&situation, keys: 1, among: after.indices(at: now).map(UInt32.init))
            }
        }
    }

    private func stand(_ situation: inout RandomFormula.Situation, at now: UInt64) {
        situation.now = now
        situation.before = situation.after
    }

    /// Those between two packets at which something changes.
    private func times(from start: UInt64, until end: UInt64?, _ deadlines: [UInt64]) -> [UInt64] {
        let all = [start, start + 1, end ?? start] + deadlines.flatMap { $0 == 0 ? [] : [$0 - 1, $0] }
        return Set(all).filter { $0 >= start && $0 <= end ?? .max }.sorted()
    }

    private func isBroken(_ situation: inout RandomFormula.Situation, keys: Int, among present: [UInt32]) -> Bool {
        var choices: [[UInt32]] = [[]]
        for _ in 0..<keys { choices = choices.flatMap { choice in present.map { choice + [$0] } } }
        for choice in choices {
            situation.keys = choice
            if !body.holds(situation) { return true }
        }
        return false
    }
}
