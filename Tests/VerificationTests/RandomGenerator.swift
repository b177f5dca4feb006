/// Makes random middleboxes, properties and traces. Numbers are small, so that things meet.
struct RandomGenerator {
    typealias Number = RandomMiddlebox.Number
    typealias Condition = RandomMiddlebox.Condition
    typealias Statement = RandomMiddlebox.Statement

    var random: SplitMix
    /// Whether what is made is about a control operation, which has no packet.
    var isInOperation = false

    init(seed: UInt64) { random = SplitMix(state: seed) }

    // MARK: Middleboxes

    private mutating func number(_ depth: Int, _ hasFound: Bool) -> Number {
        if depth > 0, random.any(0...2) == 0 {
            let (a, b) = (number(depth - 1, hasFound), number(depth - 1, hasFound))
            switch random.any(0...2) {
            case 0: return .sum(a, b)
            case 1: return .difference(a, b)
            default: return .and(a, .constant(UInt32(random.pick([1, 3, 7, 15]))))
            }
        }
        if hasFound, random.any(0...1) == 0 { return .found }
        let number = leaf()
        guard isInOperation else { return number }
        switch number {
        case .length, .type, .port, .argument: return .operand
        default: return number
        }
    }

    private mutating func leaf() -> Number {
        switch random.any(0...8) {
        case 0...1: .constant(UInt32(random.any(0...6)))
        case 2...3: .x
        case 4: .y
        case 5: .length
        case 6: .type
        case 7: random.any(0...1) == 0 ? .port : .argument
        default: .limit
        }
    }

    private mutating func condition(_ hasFound: Bool) -> Condition {
        switch random.any(0...5) {
        case 0...1: .less(number(1, hasFound), number(1, hasFound))
        case 2...3: .equal(number(1, hasFound), .constant(UInt32(random.any(0...5))))
        case 4: .not(condition(hasFound))
        default: .both(condition(hasFound), condition(hasFound))
        }
    }

    private mutating func key() -> Number {
        switch random.any(0...3) {
        case 0: .constant(UInt32(random.any(0...2)))
        case 1: .and(isInOperation ? .operand : .type, .constant(3))
        case 2: .x
        default: number(1, false)
        }
    }

    private var lifetime: Int { mutating get { random.pick([0, 5, 5, 10]) } }

    /// - Parameter hasFound: behind a successful look-up, where the map must stay as it is.
    private mutating func statement(_ depth: Int, _ hasFound: Bool) -> Statement {
        switch random.any(0...(hasFound ? 5 : 13)) {
        case 0...1: return .setX(number(1, hasFound))
        case 2: return .setY(number(1, hasFound))
        case 3: return isInOperation ? .setX(number(1, hasFound)) : .setType(number(1, hasFound))
        case 4 where hasFound: return .setFound(number(1, hasFound))
        case 4...5:
            if depth == 0 { return .setX(number(1, hasFound)) }
            return .branch(
                condition(hasFound), statements(depth - 1, hasFound), statements(depth - 1, hasFound, least: 0))
        case 6...7:
            if depth == 0 { return .setY(number(1, hasFound)) }
            return .lookUp(key(), found: statements(depth - 1, true), missing: statements(depth - 1, false, least: 0))
        case 8...10:
            return .insert(key(), value: number(1, false), lifetime: lifetime, full: statements(0, false, least: 0))
        case 11: return random.any(0...1) == 0 ? .refresh(key(), lifetime: lifetime) : .remove(key())
        case 12:
            let first = random.any(0...4)
            return .allocate(first: first, count: random.any(1...3), lifetime: lifetime)
        default: return .release(random.any(0...7))
        }
    }

    private mutating func statements(_ depth: Int, _ hasFound: Bool, least: Int = 1) -> [Statement] {
        (0..<random.any(least...2)).map { _ in statement(depth, hasFound) }
    }

    private mutating func ending(isLast: Bool) -> RandomMiddlebox.Ending {
        switch random.any(0...(isLast ? 2 : 5)) {
        case 0...1: .emit(UInt32(random.any(0...1)))
        case 2: .drop
        default: .next(number(1, false))
        }
    }

    /// Something about a control operation.
    mutating func ofOperation<Result>(_ make: (inout RandomGenerator) -> Result) -> Result {
        isInOperation = true
        defer { isInOperation = false }
        return make(&self)
    }

    mutating func middlebox(hasOperations: Bool = false) -> RandomMiddlebox {
        var middlebox = packetsOnly()
        if hasOperations {
            middlebox.operations = (0..<random.any(1...2)).map { _ in ofOperation { $0.statements(1, false) } }
        }
        return middlebox
    }

    private mutating func packetsOnly() -> RandomMiddlebox {
        let count = random.any(1...3)
        let stages = (0..<count).map { index in
            RandomMiddlebox.Stage(
                body: statements(1, false), condition: condition(false),
                // Each function is reached.
                yes: index == count - 1 ? ending(isLast: true) : .next(number(1, false)),
                no: ending(isLast: index == count - 1))
        }
        return RandomMiddlebox(stages: stages, capacity: random.pick([2, 8]))
    }

    // MARK: Properties

    mutating func number(keys: Int, isStep: Bool, output: Bool, premise: Bool = false) -> RandomFormula.Number {
        if random.any(0...6) == 0 {
            return .sum(
                number(keys: keys, isStep: isStep, output: output, premise: premise),
                .constant(random.any(0...3)))
        }
        let before = isStep && !premise && random.any(0...2) == 0
        if isInOperation, isStep, random.any(0...2) == 0 { return .operand }
        if keys > 0, random.any(0...1) == 0 {
            let key = random.any(0...keys - 1)
            return random.any(0...2) == 0 ? .key(key) : .value(key)
        }
        switch random.any(0...(isStep && !isInOperation ? 11 : 5)) {
        case 0...1: return .constant(random.any(0...8))
        case 2...3: return .x(before: before)
        case 4: return .y(before: before)
        case 5: return .limit
        case 6: return .length
        case 7...8: return .type
        case 9: return .port
        default: return output ? (random.any(0...1) == 0 ? .outputType : .outputPort) : .length
        }
    }

    mutating func formula(
        _ depth: Int, keys: Int, isStep: Bool, output: Bool, premise: Bool = false
    ) -> RandomFormula {
        func inner(_ generator: inout RandomGenerator) -> RandomFormula {
            generator.formula(depth - 1, keys: keys, isStep: isStep, output: output, premise: premise)
        }
        func value(_ generator: inout RandomGenerator) -> RandomFormula.Number {
            generator.number(keys: keys, isStep: isStep, output: output, premise: premise)
        }
        if depth > 0, random.any(0...2) > 0 {
            switch random.any(0...4) {
            case 0: return .not(inner(&self))
            case 1: return .and(inner(&self), inner(&self))
            case 2: return .or(inner(&self), inner(&self))
            default: return .implies(inner(&self), inner(&self))
            }
        }
        let before = isStep && !premise && random.any(0...1) == 0
        switch random.any(0...(isStep && !premise && !isInOperation ? 10 : 8)) {
        case 0...1: return .less(value(&self), value(&self))
        case 2...3: return .lessOrEqual(value(&self), value(&self))
        case 4: return .equal(value(&self), value(&self))
        case 5: return .unequal(value(&self), value(&self))
        case 6...7: return .inMap(value(&self), before: before)
        case 8:
            if keys > 0 { return .lessOrEqual(.remaining(0), .constant(random.pick([0, 5, 10]) * 1_000_000_000)) }
            return .inPool(.constant(random.any(0...7)), before: before)
        case 9: return .isDropped
        default: return .leaves(UInt32(random.any(0...1)))
        }
    }

    mutating func property(_ name: String, of middlebox: RandomMiddlebox) -> RandomProperty {
        if !middlebox.operations.isEmpty, random.any(0...3) == 0 {
            let operation = random.any(0...middlebox.operations.count - 1)
            return ofOperation { generator in
                let keys = generator.random.any(0...2) == 0 ? 1 : 0
                return .init(
                    name: name,
                    form: .step(
                        ingress: nil, output: false,
                        premise: generator.random.any(0...1) == 0
                            ? generator.formula(1, keys: 0, isStep: true, output: false, premise: true) : nil,
                        keys: keys, operation: operation),
                    body: generator.formula(1, keys: keys, isStep: true, output: false))
            }
        }
        return property(name)
    }

    private mutating func property(_ name: String) -> RandomProperty {
        switch random.any(0...7) {
        case 0:
            return .init(name: name, form: .invariant(keys: 0), body: formula(1, keys: 0, isStep: false, output: false))
        case 1...2:
            return .init(name: name, form: .invariant(keys: 1), body: formula(1, keys: 1, isStep: false, output: false))
        case 3:
            return .init(name: name, form: .invariant(keys: 2), body: formula(1, keys: 2, isStep: false, output: false))
        case 4:
            let bound = RandomFormula.Number.constant(random.any(0...6))
            let bodies: [RandomFormula] = [
                .lessOrEqual(.key(0), bound), .lessOrEqual(bound, .key(0)), .inMap(.key(0), before: false),
                .implies(.lessOrEqual(bound, .key(0)), .lessOrEqual(.x(before: false), .constant(7))),
            ]
            return .init(name: name, form: .poolInvariant, body: random.pick(bodies))
        default:
            let output = random.any(0...1) == 0
            let keys = random.any(0...3) == 0 ? 1 : 0
            return .init(
                name: name,
                form: .step(
                    ingress: random.pick([nil, nil, 0, 1]), output: output,
                    premise: random.any(0...1) == 0
                        ? formula(1, keys: 0, isStep: true, output: false, premise: true) : nil,
                    keys: keys),
                body: formula(1, keys: keys, isStep: true, output: output))
        }
    }

    // MARK: Traces

    mutating func trace(_ count: Int, of middlebox: RandomMiddlebox) -> [Arrival] {
        var time = UInt64(random.any(0...3)) * 1_000_000_000
        return (0..<count).map { _ in
            time += UInt64(random.pick([0, 0, 1, 2, 4, 5, 6, 11])) * 1_000_000_000
            if random.any(0...9) == 0 { time += 1 }
            if !middlebox.operations.isEmpty, random.any(0...2) == 0 {
                return Arrival(
                    bytes: [], port: 0, time: time, operation: random.any(0...middlebox.operations.count - 1),
                    operand: UInt32(random.any(0...8)))
            }
            var bytes = [UInt8](repeating: 0, count: random.pick([0, 13, 14, 14, 15, 16, 17, 20, 22]))
            if bytes.count >= 14 {
                bytes[12] = random.any(0...9) == 0 ? 255 : 0
                bytes[13] = UInt8(random.any(0...9) == 0 ? 255 : random.any(0...7))
            }
            return Arrival(bytes: bytes, port: UInt32(random.any(0...1)), time: time)
        }
    }

    /// What the specs assume to be 20 at most.
    mutating func limit() -> UInt32 { UInt32(random.pick([0, 1, 2, 3, 5, 7, 14, 19, 20])) }
}
