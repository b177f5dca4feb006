/// Makes random middleboxes, properties and traces. Numbers are small, so that things meet.
struct RandomGenerator {
    typealias Number = RandomMiddlebox.Number
    typealias Condition = RandomMiddlebox.Condition
    typealias Statement = RandomMiddlebox.Statement
    typealias Course = RandomMiddlebox.Course

    /// What a function, or a property, may speak of.
    private struct Objects {
        var variables: [Int] = []
        var maps: [Int] = []
        var hasPool = false
    }

    var random: SplitMix
    /// Whether what is made is about a control operation, which has no packet.
    var isInOperation = false
    /// What the function that is made may touch.
    private var own = Objects()
    /// What the middlebox has that was made last.
    private var all = Objects()
    /// What many keys are in that middlebox, so that its functions mean the same entries.
    private var usualKeys: [Number] = []

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
        case 2...4:
            own.variables.isEmpty ? random.pick([.port, .argument, .type]) : .variable(random.pick(own.variables))
        case 5: .length
        case 6: .type
        case 7: random.any(0...2) == 0 ? .port : .argument
        default: .limit
        }
    }

    /// A number that hangs on something.
    private mutating func unknown(_ hasFound: Bool) -> Number {
        while true {
            let number = number(0, hasFound)
            if case .constant = number { continue }
            return random.any(0...3) == 0 ? .and(number, .constant(random.pick([1, 3, 7]))) : number
        }
    }

    private mutating func condition(_ hasFound: Bool) -> Condition {
        if !isInOperation, random.any(0...5) == 0 { return .equal(.port, .constant(UInt32(random.any(0...1)))) }
        // What was handed over matters.
        if !isInOperation, random.any(0...3) == 0 {
            let bound = Number.constant(UInt32(random.any(0...4)))
            return random.any(0...2) == 0 ? .less(.argument, bound) : .equal(.argument, bound)
        }
        switch random.any(0...5) {
        case 0: return .less(unknown(hasFound), number(1, hasFound))
        case 1: return .less(.constant(UInt32(random.any(0...20))), unknown(hasFound))
        case 2...3: return .equal(unknown(hasFound), .constant(UInt32(random.any(0...5))))
        case 4: return .not(condition(hasFound))
        default: return .both(condition(hasFound), condition(hasFound))
        }
    }

    private mutating func key() -> Number {
        if !isInOperation, random.any(0...2) > 0 { return random.pick(usualKeys) }
        switch random.any(0...3) {
        case 0: return .constant(UInt32(random.any(0...2)))
        case 1: return .and(isInOperation ? .operand : .type, .constant(3))
        case 2: return own.variables.isEmpty ? number(0, false) : .variable(random.pick(own.variables))
        default: return number(1, false)
        }
    }

    private var lifetime: Int { mutating get { random.pick([0, 5, 5, 5, 10, 10, 10]) } }

    private mutating func assignment(_ hasFound: Bool) -> Statement {
        if !own.variables.isEmpty { return .set(random.pick(own.variables), number(1, hasFound)) }
        if !isInOperation { return .setType(number(1, hasFound)) }
        return hasFound ? .setFound(number(1, true)) : .remove(map: random.pick(own.maps), key())
    }

    private mutating func insertion(into map: Int) -> Statement {
        .insert(
            map: map, key(), value: number(1, false), lifetime: lifetime,
            full: random.any(0...1) == 0 ? [] : [assignment(false)])
    }

    /// - Parameter hasFound: behind a successful look-up, where the map must stay as it is.
    private mutating func statement(_ depth: Int, _ hasFound: Bool) -> Statement {
        switch random.any(0...(hasFound ? 5 : 13)) {
        case 3 where !isInOperation && random.any(0...1) == 0: return .setType(number(1, hasFound))
        case 4 where hasFound: return .setFound(number(1, hasFound))
        case 4...5 where depth > 0:
            return .branch(
                condition(hasFound), statements(depth - 1, hasFound), statements(depth - 1, hasFound, least: 0))
        case 6...7 where depth > 0 && !own.maps.isEmpty:
            return .lookUp(
                map: random.pick(own.maps), key(), found: statements(depth - 1, true),
                missing: statements(depth - 1, false, least: 0))
        case 8...10 where !own.maps.isEmpty:
            return insertion(into: random.pick(own.maps))
        case 11 where !own.maps.isEmpty:
            let map = random.pick(own.maps)
            return random.any(0...1) == 0 ? .refresh(map: map, key(), lifetime: lifetime) : .remove(map: map, key())
        case 12 where own.hasPool && !own.variables.isEmpty:
            let first = random.any(0...4)
            return .allocate(
                into: random.pick(own.variables), first: first, count: random.any(1...3), lifetime: lifetime)
        case 13 where own.hasPool: return .release(random.any(0...7))
        default: return assignment(hasFound)
        }
    }

    private mutating func statements(_ depth: Int, _ hasFound: Bool, least: Int = 1) -> [Statement] {
        (0..<random.any(least...2)).map { _ in statement(depth, hasFound) }
    }

    /// What a function may do at last: it changes something, and hands the packet on.
    private struct Exit {
        /// The map that it inserts something into.
        var map: Int?
        /// The number that it sets.
        var variable: Int?
        /// Nil: the packet leaves.
        var function: Int?
    }

    /// Decides between the exits.
    private mutating func course(to exits: ArraySlice<Exit>, _ hasFound: Bool) -> Course {
        guard exits.count > 1 else { return exits.first.map { course(to: $0, hasFound) } ?? .drop }
        let middle = exits.startIndex + random.any(1...exits.count - 1)
        let (first, second) = (exits[..<middle], exits[middle...])
        if !hasFound, !own.maps.isEmpty, random.any(0...1) == 0 {
            return .lookUp(
                map: random.pick(own.maps), key(), found: course(to: first, true), missing: course(to: second, false))
        }
        return .branch(condition(hasFound), course(to: first, hasFound), course(to: second, hasFound))
    }

    private mutating func course(to exit: Exit, _ hasFound: Bool) -> Course {
        var changes: [Statement] = []
        if let variable = exit.variable { changes.append(.set(variable, number(1, hasFound))) }
        // What was found is not used behind these: they may change the map.
        var hasFound = hasFound
        if exit.map != nil {
            hasFound = false
        } else if random.any(0...2) == 0 {
            hasFound = false
            changes.append(statement(0, false))
        }
        let end: Course
        if let function = exit.function {
            let numbers = [number(1, hasFound), random.pick(usualKeys), .constant(UInt32(random.any(0...4)))]
            end = .next(function, random.pick(numbers))
        } else {
            end = random.any(0...2) == 0 ? .drop : .emit(UInt32(random.any(0...1)))
        }
        if let map = exit.map {
            if random.any(0...2) == 0 { return .after(changes + [insertion(into: map)], end) }
            return .after(
                changes,
                .insert(map: map, key(), value: number(1, false), lifetime: lifetime, full: .drop, done: end))
        }
        return changes.isEmpty ? end : .after(changes, end)
    }

    /// Something about a control operation.
    mutating func ofOperation<Result>(_ make: (inout RandomGenerator) -> Result) -> Result {
        isInOperation = true
        defer { isInOperation = false }
        return make(&self)
    }

    mutating func middlebox(hasOperations: Bool = false) -> RandomMiddlebox {
        let capacities = (0..<random.pick([1, 2, 2])).map { _ in random.pick([2, 8]) }
        all = Objects(
            variables: Array(0..<random.any(1...3)), maps: Array(capacities.indices), hasPool: random.any(0...1) == 0)
        usualKeys = (0..<random.any(1...2)).map { _ in
            random.pick([.length, .length, .type, .and(.type, .constant(3)), .argument])
        }
        let elements = spread(over: random.pick([1, 2, 2, 3]))
        let functions = functions(of: elements)
        var operations: [[Statement]] = []
        if hasOperations {
            operations = (0..<random.any(1...2)).map { _ in
                own = random.pick(elements)
                return ofOperation { $0.statements(1, false) }
            }
        }
        return RandomMiddlebox(
            functions: functions, variables: all.variables.count, capacities: capacities, operations: operations)
    }

    /// The objects, spread over so many elements, or fewer where there is too little.
    private mutating func spread(over count: Int) -> [Objects] {
        var elements = [Objects](repeating: Objects(), count: count)
        let offset = random.any(0...count - 1)
        for map in all.maps { elements[(offset + map) % count].maps.append(map) }
        // Those without a map first.
        for number in all.variables {
            let bare = elements.indices.filter { elements[$0].maps.isEmpty && elements[$0].variables.isEmpty }
            elements[bare.isEmpty ? random.any(0...count - 1) : bare[0]].variables.append(number)
        }
        if all.hasPool {
            let places = elements.indices.filter { !elements[$0].variables.isEmpty }
            elements[random.pick(places)].hasPool = true
        }
        return elements.filter { !$0.maps.isEmpty || !$0.variables.isEmpty }
    }

    /// Each is reached from one before it at least, most from several, or in several ways.
    private mutating func functions(of elements: [Objects]) -> [Course] {
        // An element that has none owns nothing: it tells packets from one another.
        var owners = Array(elements.indices.map(Optional.some))
        if random.any(0...1) == 0 { owners.append(random.pick(owners)) }
        owners.shuffle(using: &random)
        if random.any(0...1) == 0 { owners.insert(nil, at: 0) }
        var exits = owners.indices.map { number in
            let behind = Array(owners.indices.dropFirst(number + 1))
            return (0..<random.any(1...3)).map { _ in
                Exit(function: behind.isEmpty || random.any(0...3) == 0 ? nil : random.pick(behind))
            }
        }
        for number in owners.indices.dropFirst() {
            exits[random.any(max(0, number - 2)...number - 1)].append(Exit(function: number))
        }
        // All state changes somewhere.
        for (element, objects) in elements.enumerated() {
            let own = owners.indices.filter { owners[$0] == element }
            func change(_ change: (inout Exit) -> Void) {
                let function = random.pick(own)
                change(&exits[function][random.any(0...exits[function].count - 1)])
            }
            for map in objects.maps { change { $0.map = map } }
            for variable in objects.variables { change { $0.variable = variable } }
        }
        return owners.indices.map { number in
            own = owners[number].map { elements[$0] } ?? Objects()
            exits[number].shuffle(using: &random)
            let course = course(to: exits[number][...], false)
            return random.any(0...(owners[number] == nil ? 4 : 1)) > 0 ? course : .after([statement(1, false)], course)
        }
    }

    // MARK: Properties

    mutating func variable(before: Bool) -> RandomFormula.Number {
        .variable(random.pick(all.variables), before: before)
    }

    mutating func anyMap() -> Int { random.pick(all.maps) }
    var variables: [Int] { all.variables }
    var maps: [Int] { all.maps }

    mutating func number(
        keys: Int, of map: Int = 0, isStep: Bool, output: Bool, premise: Bool = false
    ) -> RandomFormula.Number {
        if random.any(0...6) == 0 {
            return .sum(
                number(keys: keys, of: map, isStep: isStep, output: output, premise: premise),
                .constant(random.any(0...3)))
        }
        let before = isStep && !premise && random.any(0...2) == 0
        if isInOperation, isStep, random.any(0...2) == 0 { return .operand }
        if keys > 0, random.any(0...1) == 0 {
            let key = random.any(0...keys - 1)
            return random.any(0...2) == 0 ? .key(key) : .value(key, map: map)
        }
        switch random.any(0...(isStep && !isInOperation ? 11 : 5)) {
        case 0...1: return .constant(random.any(0...8))
        case 2...4: return variable(before: before)
        case 5: return .limit
        case 6: return .length
        case 7...8: return .type
        case 9: return .port
        default: return output ? (random.any(0...1) == 0 ? .outputType : .outputPort) : .length
        }
    }

    mutating func formula(
        _ depth: Int, keys: Int, of map: Int = 0, isStep: Bool, output: Bool, premise: Bool = false
    ) -> RandomFormula {
        func inner(_ generator: inout RandomGenerator) -> RandomFormula {
            generator.formula(depth - 1, keys: keys, of: map, isStep: isStep, output: output, premise: premise)
        }
        func value(_ generator: inout RandomGenerator) -> RandomFormula.Number {
            generator.number(keys: keys, of: map, isStep: isStep, output: output, premise: premise)
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
        case 6...7:
            let other = anyMap()
            if keys > 0, other != map, random.any(0...1) == 0 { return keyIn(other, of: map) }
            if isStep, !isInOperation, random.any(0...1) == 0 { return .inMap(other, usualKey, before: before) }
            return .inMap(other, value(&self), before: before)
        case 8:
            if keys > 0 {
                return .lessOrEqual(.remaining(0, map: map), .constant(random.pick([0, 5, 10]) * 1_000_000_000))
            }
            return .inPool(.constant(random.any(0...7)), before: before)
        case 9: return .isDropped
        default: return .leaves(UInt32(random.any(0...1)))
        }
    }

    /// In words of specs, as far as they have some.
    var usualKey: RandomFormula.Number {
        mutating get {
            if case .length = random.pick(usualKeys) { return .length }
            return .type
        }
    }

    /// What entries of one map have to do with another.
    private mutating func keyIn(_ other: Int, of map: Int) -> RandomFormula {
        let isIn = RandomFormula.inMap(other, .key(0), before: false)
        return random.pick([
            isIn, isIn, .not(isIn), .implies(isIn, .equal(.value(0, map: map), .value(0, map: other))),
            .implies(isIn, .lessOrEqual(.value(0, map: other), .constant(random.any(0...8)))),
        ])
    }

    mutating func property(_ name: String, of middlebox: RandomMiddlebox) -> RandomProperty {
        if !middlebox.operations.isEmpty, random.any(0...3) == 0 {
            let operation = random.any(0...middlebox.operations.count - 1)
            return ofOperation { generator in
                let keys = generator.random.any(0...2) == 0 ? 1 : 0
                let map = generator.anyMap()
                return .init(
                    name: name,
                    form: .step(
                        ingress: nil, output: false,
                        premise: generator.random.any(0...1) == 0
                            ? generator.formula(1, keys: 0, isStep: true, output: false, premise: true) : nil,
                        keys: keys, map: map, operation: operation),
                    body: generator.formula(1, keys: keys, of: map, isStep: true, output: false))
            }
        }
        return property(name)
    }

    private mutating func property(_ name: String) -> RandomProperty {
        let map = anyMap()
        switch random.any(0...7) {
        case 0...3:
            let keys = random.pick([0, 1, 1, 2])
            return .init(
                name: name, form: .invariant(keys: keys, map: map),
                body: formula(1, keys: keys, of: map, isStep: false, output: false))
        case 4:
            let bound = RandomFormula.Number.constant(random.any(0...6))
            let bodies: [RandomFormula] = [
                .lessOrEqual(.key(0), bound), .lessOrEqual(bound, .key(0)), .inMap(map, .key(0), before: false),
                .implies(.lessOrEqual(bound, .key(0)), .lessOrEqual(variable(before: false), .constant(7))),
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
                    keys: keys, map: map),
                body: formula(1, keys: keys, of: map, isStep: true, output: output))
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
