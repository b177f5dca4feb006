import SymbolicExecution
import Testing

@testable import Verification

/// A random claim about two runs of one step, with its text and a meaning of its own.
struct RandomIndependence {
    /// A key of a map, or an index of the pool.
    enum Key {
        case constant(Int)
        case length

        var text: String {
            switch self {
            case .constant(let value): "\(value)"
            case .length: "p.length"
            }
        }

        func value(_ situation: RandomFormula.Situation) -> UInt32 {
            switch self {
            case .constant(let value): UInt32(value)
            case .length: UInt32(situation.input?.bytes.count ?? 0)
            }
        }
    }

    enum Value {
        case number(RandomFormula.Number)
        case formula(RandomFormula)
        case entry(Int, Key), expiry(Int, Key), isIn(Int, Key), isAllocated(Key)
        case map(Int), pool

        var text: String {
            switch self {
            case .number(let number): number.text(true)
            case .formula(let formula): formula.text(true)
            case .entry(let map, let key): "\(RandomMiddlebox.mapNames[map])[\(key.text)].n"
            case .expiry(let map, let key): "expiry(\(RandomMiddlebox.mapNames[map]), \(key.text))"
            case .isIn(let map, let key): "\(key.text) in \(RandomMiddlebox.mapNames[map])"
            case .isAllocated(let key): "\(key.text) in ids"
            case .map(let map): RandomMiddlebox.mapNames[map]
            case .pool: "ids"
            }
        }

        func agrees(_ a: RandomFormula.Situation, _ b: RandomFormula.Situation) -> Bool {
            func entry(_ map: Int, _ situation: RandomFormula.Situation, _ key: UInt32) -> World.Entry? {
                situation.after.maps[map][key].flatMap { situation.now < $0.deadline ? $0 : nil }
            }
            switch self {
            case .number(let number): return number.value(a) == number.value(b)
            case .formula(let formula): return formula.holds(a) == formula.holds(b)
            case .entry(let map, let key): return entry(map, a, key.value(a))?.n == entry(map, b, key.value(b))?.n
            case .expiry(let map, let key):
                return entry(map, a, key.value(a))?.deadline == entry(map, b, key.value(b))?.deadline
            case .isIn(let map, let key):
                return (entry(map, a, key.value(a)) == nil) == (entry(map, b, key.value(b)) == nil)
            case .isAllocated(let key):
                return a.after.indices(at: a.now).contains(Int(key.value(a)))
                    == b.after.indices(at: b.now).contains(Int(key.value(b)))
            case .map(let map):
                return Set(a.after.maps[map].keys).union(b.after.maps[map].keys).allSatisfy { key in
                    let (x, y) = (entry(map, a, key), entry(map, b, key))
                    return x?.n == y?.n && x?.deadline == y?.deadline
                }
            case .pool:
                return a.after.deadlines.indices.allSatisfy { index in
                    let x = a.now < a.after.deadlines[index] ? a.after.deadlines[index] : nil
                    return x == (b.now < b.after.deadlines[index] ? b.after.deadlines[index] : nil)
                }
            }
        }
    }

    var name: String
    var ingress: UInt32?
    var output: Bool
    var condition: RandomFormula?
    var length = false
    var port = false
    var time = false
    /// Those that differ.
    var variables: [Int] = []
    /// By map: the keys at which it is the same; of those that are not there, all is the same.
    var maps: [Int: [Key]] = [:]
    /// Nil: the same in both runs.
    var pool: [Int]?
    /// Whether all state that is not named differs.
    var everything = false
    var values: [Value]

    var text: String {
        var differences = ["p.payload"]
        if length { differences.append("p.length") }
        if port { differences.append("p.port") }
        if time { differences.append("now") }
        if everything { differences.append("state") }
        if !everything { differences += variables.map { RandomMiddlebox.variableNames[$0] } }
        func object(_ name: String, _ keys: [String]) {
            if keys.isEmpty {
                if !everything { differences.append(name) }
            } else {
                differences.append("\(name) except \(keys.joined(separator: " and "))")
            }
        }
        for (map, keys) in maps.sorted(by: { $0.key < $1.key }) {
            object(RandomMiddlebox.mapNames[map], keys.map(\.text))
        }
        if let pool { object("ids", pool.map { "\($0)" }) }
        return "property \(name)\n  when p enters \(ingress.map { ["inside", "outside"][Int($0)] } ?? "any")"
            + (output ? ", q leaves any\n" : "\n") + (condition.map { "  where \($0.text(true))\n" } ?? "")
            + "  different \(differences.joined(separator: ", "))\n"
            + "  same \(values.map(\.text).joined(separator: ", "))\n"
    }

    /// A step that may be taken: from a state that was reached at a time.
    struct Start {
        var world: World
        var since: UInt64
        var limit: UInt32
        var arrival: Arrival
    }

    /// Whether two starts differ in no more than they may.
    func relates(_ a: Start, _ b: Start) -> Bool {
        let common = min(a.arrival.bytes.count, b.arrival.bytes.count)
        // Bytes behind the Ethernet header are payload: all, where the first packet is too short for one.
        let start = a.arrival.type == nil ? 0 : min(14, common)
        guard a.limit == b.limit, a.arrival.bytes.prefix(start) == b.arrival.bytes.prefix(start),
            length || a.arrival.bytes.count == b.arrival.bytes.count, port || a.arrival.port == b.arrival.port,
            time || a.arrival.time == b.arrival.time, b.since <= b.arrival.time, a.since <= a.arrival.time
        else { return false }
        if !everything {
            for number in a.world.variables.indices where !variables.contains(number) {
                if a.world.variables[number] != b.world.variables[number] { return false }
            }
        }
        func agree(_ first: UInt64, _ second: UInt64, _ same: Bool) -> Bool {
            first == second && same || first <= a.arrival.time && second <= b.arrival.time
        }
        let situation = situation(a, World(), nil)
        for map in a.world.maps.indices {
            let (one, other) = (a.world.maps[map], b.world.maps[map])
            let keys =
                maps[map].map { $0.map { $0.value(situation) } }
                ?? (everything ? [] : Array(one.keys) + Array(other.keys))
            let isSame = keys.allSatisfy { key in
                agree(one[key]?.deadline ?? 0, other[key]?.deadline ?? 0, one[key]?.n == other[key]?.n)
            }
            if !isSame { return false }
        }
        if !everything, pool == nil, a.world.last != b.world.last { return false }
        let indices = pool ?? (everything ? [] : Array(a.world.deadlines.indices))
        return indices.allSatisfy { agree(a.world.deadlines[$0], b.world.deadlines[$0], true) }
    }

    func situation(_ start: Start, _ after: World, _ departure: Departure?) -> RandomFormula.Situation {
        .init(
            before: start.world, after: after, now: start.arrival.time, limit: start.limit, input: start.arrival,
            output: departure)
    }

    func step(_ start: Start, of middlebox: RandomMiddlebox) -> RandomFormula.Situation {
        var interpreter = Interpreter(middlebox, limit: start.limit, world: start.world)
        let departure = interpreter.receive(start.arrival)
        return situation(start, interpreter.world, departure)
    }

    /// Whether the property speaks of such a run, but for what leaves.
    func meets(_ situation: RandomFormula.Situation) -> Bool {
        if let ingress, situation.input?.port != ingress { return false }
        var start = situation
        start.after = start.before
        return condition?.holds(start) ?? true
    }

    func breaks(_ a: RandomFormula.Situation, _ b: RandomFormula.Situation) -> Bool {
        guard meets(a), meets(b) else { return false }
        if output {
            if a.output == nil { return false }
            if b.output == nil { return true }
        }
        return !values.allSatisfy { $0.agrees(a, b) }
    }
}

extension RandomGenerator {
    private mutating func key(_ lengthDiffers: Bool) -> RandomIndependence.Key {
        lengthDiffers || random.any(0...2) == 0 ? .constant(random.any(0...20)) : .length
    }

    mutating func independence(_ name: String) -> RandomIndependence {
        let output = random.any(0...1) == 0
        var result = RandomIndependence(
            name: name, ingress: random.pick([nil, 0, 1]), output: output,
            condition: random.any(0...2) > 0
                ? formula(1, keys: 0, isStep: true, output: false, premise: true) : nil,
            values: [])
        result.length = random.any(0...3) == 0
        result.port = random.any(0...4) == 0
        result.time = random.any(0...3) == 0
        result.variables = variables.filter { _ in random.any(0...2) == 0 }
        for map in maps where random.any(0...1) == 0 {
            result.maps[map] = (0..<random.any(0...2)).map { _ in key(result.length) }
        }
        if random.any(0...2) == 0 { result.pool = (0..<random.any(0...2)).map { _ in random.any(0...7) } }
        result.everything = random.any(0...4) == 0
        for _ in 0..<random.any(1...2) {
            let numbers: [RandomFormula.Number] =
                output ? [.outputType, .outputPort] : [variable(before: false), variable(before: false)]
            let key = key(result.length)
            let map = anyMap()
            let choices: [RandomIndependence.Value] = [
                .number(random.pick(numbers)), .number(random.pick(numbers)), .formula(.isDropped),
                .formula(.leaves(UInt32(random.any(0...1)))), .entry(map, key), .expiry(map, key), .isIn(map, key),
                .isAllocated(.constant(random.any(0...7))), .map(map), .pool,
                .formula(formula(1, keys: 0, isStep: true, output: output)),
            ]
            result.values.append(random.pick(choices))
        }
        return result
    }
}

/// Random claims about two runs of a step of random middleboxes: as ``ProofFuzzTests``, which see there.
@Suite struct IndependenceFuzzTests {
    private static let seeds = FuzzSeeds(first: 2, count: 2)

    private typealias Start = RandomIndependence.Start

    /// The steps of a run.
    private func starts(_ arrivals: [Arrival], of middlebox: RandomMiddlebox, limit: UInt32) -> [Start] {
        var interpreter = Interpreter(middlebox, limit: limit)
        var since: UInt64 = 0
        return arrivals.map { arrival in
            defer { since = arrival.time }
            let start = Start(world: interpreter.world, since: since, limit: limit, arrival: arrival)
            _ = interpreter.receive(arrival)
            return start
        }
    }

    /// Whether some pair of runs breaks the claim: pairs are made of the steps that were seen, with arrivals that differ where they may.
    private func isBroken(
        _ claim: RandomIndependence, _ middlebox: RandomMiddlebox, _ some: [Start], tries: Int, seed: UInt64
    ) -> Bool {
        var random = SplitMix(state: seed)
        for _ in 0..<tries {
            let a = random.pick(some)
            var b = random.any(0...2) == 0 ? a : random.pick(some)
            if b.limit != a.limit { continue }
            b.arrival = a.arrival
            if claim.length, random.any(0...1) == 0 {
                let other = random.pick(some).arrival.bytes
                b.arrival.bytes = Array(a.arrival.bytes.prefix(other.count)) + other.dropFirst(a.arrival.bytes.count)
            }
            if claim.port, random.any(0...1) == 0 { b.arrival.port = 1 - b.arrival.port }
            if claim.time, random.any(0...1) == 0 { b.arrival.time = random.pick(some).arrival.time }
            guard claim.relates(a, b) else { continue }
            if claim.breaks(claim.step(a, of: middlebox), claim.step(b, of: middlebox)) { return true }
        }
        return false
    }

    @Test("What is proved of two runs holds, what is refuted does not")
    func verdictsHold() async throws {
        let tally = try await Self.seeds.tally(from: 90_000, "two runs") { try await check(seed: $0, &$1) }
        tally.expect(proved: Self.seeds.count / 2, refuted: 0)
    }

    @Test("The same where all ways to an element are joined into one, and no way is told apart", arguments: [1, 2])
    func joined(arrivals: Int) async throws {
        let seeds = Self.seeds.part(2)
        let tally = try await seeds.tally(from: 90_000 + 1000 * arrivals, "two runs, at most \(arrivals) arrivals") {
            try await check(seed: $0, &$1, composition: .joining(arrivals: arrivals))
        }
        tally.expect(proved: 0, refuted: 0, isJoined: true)
    }

    @Test("The same where control operations lead to the states")
    func operations() async throws {
        // There is more to search than with packets alone.
        let tally = try await Self.seeds.part(4).tally(from: 95_000, "two runs with operations") {
            try await check(seed: $0, &$1, hasOperations: true)
        }
        tally.expect(proved: 0, refuted: 0)
    }

    private func check(
        seed: UInt64, _ tally: inout FuzzTally, composition: Composer.Limits = .init(), hasOperations: Bool = false
    ) async throws {
        var generator = RandomGenerator(seed: seed)
        let middlebox = generator.middlebox(hasOperations: hasOperations)
        let names = try await Box(middlebox.text, spec: "").objects()
        let limits = [generator.limit(), generator.limit(), 20]
        let some = (0..<300).flatMap { starts(generator.trace(5, of: middlebox), of: middlebox, limit: limits[$0 % 3]) }
            .filter { $0.arrival.operation == nil }
        var claims: [RandomIndependence] = []
        var broken = 0
        for number in 0..<80 where claims.count < 7 {
            let claim = generator.independence("p\(number)")
            if !names.isSuperset(of: RandomMiddlebox.names(in: claim.text)) { continue }
            if isBroken(claim, middlebox, some, tries: 2_000, seed: seed) {
                broken += 1
                if broken > 3 { continue }
            }
            claims.append(claim)
        }
        let assumption = names.contains("config") ? "assume config.limit <= 20\n" : ""
        let spec = assumption + claims.map(\.text).joined(separator: "\n")
        let context = "seed \(seed)\n\(middlebox.text)\n\(spec)"
        let (reports, decomposition) = try await Box(middlebox.text, spec: spec).verified(
            confirmation: .interpreting(middlebox), composition: composition)
        tally.count(decomposition)
        for claim in claims {
            let report = try #require(reports[claim.name])
            tally.count(report.verdict)
            switch report.verdict {
            case .proved:
                #expect(
                    !isBroken(claim, middlebox, some, tries: 20_000, seed: seed + 1),
                    "\(claim.name) is proved and wrong\n\(context)")
            case .refuted:
                let counterexample = try #require(report.counterexample)
                let limit =
                    counterexample.configuration.first { $0.name == "limit" }.flatMap { UInt32($0.value) } ?? 0
                let runs = [counterexample.steps, counterexample.secondRun].map { steps in
                    starts(steps.map(Arrival.init), of: middlebox, limit: limit).last
                }
                let (a, b) = (try #require(runs[0]), try #require(runs[1]))
                #expect(claim.relates(a, b), "\(claim.name): the runs differ in more than they may\n\(context)")
                #expect(
                    claim.breaks(claim.step(a, of: middlebox), claim.step(b, of: middlebox)),
                    "\(claim.name) is refuted by runs that do not break it\n\(context)")
            case .vacuous:
                #expect(
                    !some.contains { start in
                        let situation = claim.step(start, of: middlebox)
                        return claim.meets(situation) && (!claim.output || situation.output != nil)
                    }, "\(claim.name) is vacuous, but its premise is met\n\(context)")
            case .inconclusive:
                #expect(
                    report.reason?.contains("disagree") != true, "\(claim.name): \(report.reason ?? "-")\n\(context)")
            case .error: Issue.record("\(claim.name) is an error\n\(context)")
            }
        }
    }
}
