import SymbolicExecution
import Testing

@testable import Verification

/// A random claim about two steps, with its text and a meaning of its own: all pairs of steps of a run are looked at.
struct RandomHistory {
    struct Pattern {
        var ingress: UInt32?
        var output: Bool
        /// The number of the control operation that it is about; nil: packets.
        var operation: Int?
        var condition: RandomFormula?
        /// What the step has in common with the other.
        var links: [Link]

        fileprivate func holds(_ step: Step, with other: Step?) -> Bool {
            if step.situation.input?.operation != operation { return false }
            if let ingress, step.situation.input?.port != ingress { return false }
            if output, step.situation.output == nil { return false }
            // In premises, state is that before the step.
            var start = step.situation
            start.after = start.before
            if let condition, !condition.holds(start) { return false }
            return links.allSatisfy { link in other.map { link.holds(step.situation, $0.situation) } ?? false }
        }

        /// - Parameter names: of the packet that enters and the one that leaves.
        fileprivate func event(_ names: (String, String), _ verbs: (String, String) = ("enters", "leaves")) -> String {
            if let operation { return "\(names.0) \(verbs.0 == "enters" ? "runs" : "ran") op\(operation)" }
            return "\(names.0) \(verbs.0) \(ingress.map { ["inside", "outside"][Int($0)] } ?? "any")"
                + (output ? ", \(names.1) \(verbs.1) any" : "")
        }

        fileprivate func conditions(_ names: (String, String), _ others: (String, String)) -> [String] {
            (condition.map { [renamed("(\($0.text(true)))", names)] } ?? []) + links.map { $0.text(names, others) }
        }
    }

    struct Link {
        var mine: RandomFormula.Number
        var theirs: RandomFormula.Number
        var isEqual: Bool

        fileprivate func holds(_ mine: RandomFormula.Situation, _ theirs: RandomFormula.Situation) -> Bool {
            guard let a = self.mine.value(mine), let b = self.theirs.value(theirs) else { return false }
            return isEqual ? a == b : a <= b
        }

        fileprivate func text(_ names: (String, String), _ others: (String, String)) -> String {
            "\(renamed(mine.text(true), names)) \(isEqual ? "==" : "<=") \(renamed(theirs.text(true), others))"
        }
    }

    /// A step of a run.
    struct Step {
        var situation: RandomFormula.Situation
        var time: UInt64
    }

    var name: String
    var isLater: Bool
    var first: Pattern
    var second: Pattern
    var within: UInt64?
    var unless: Pattern?
    /// For `later`.
    var claim: RandomFormula
    var claimedLink: Link?

    var text: String {
        let (first, second, third) = (("g", "h"), ("p", "q"), ("u", "v"))
        func list(_ word: String, _ parts: [String]) -> String {
            parts.isEmpty ? "" : "  \(word) \(parts.joined(separator: " and "))\n"
        }
        guard isLater else {
            return "property \(name)\n  when \(self.second.event(second))\n"
                + list("where", self.second.conditions(second, first))
                + "  then earlier \(self.first.event(first, ("entered", "left")))\n"
                + list("where", self.first.conditions(first, second))
        }
        return "property \(name)\n  when \(self.first.event(first))\n"
            + list("where", self.first.conditions(first, second))
            + "  later \(self.second.event(second))\n" + list("where", self.second.conditions(second, first))
            + (within.map { "  within \($0)\n" } ?? "")
            + (unless.map { "  unless \($0.event(third))\n" + list("where", $0.conditions(third, first)) } ?? "")
            + "  then "
            + (claimedLink.map { $0.text(second, first) } ?? claim.text(true)) + "\n"
    }

    /// Whether the last of the steps breaks it, or, for `meets`, is one that it speaks of.
    func last(of steps: ArraySlice<Step>, breaks: Bool) -> Bool {
        guard let last = steps.last else { return false }
        if !isLater {
            guard second.holds(last, with: nil) else { return false }
            return !breaks || !steps.dropLast().contains { first.holds($0, with: last) }
        }
        return steps.indices.dropLast().contains { index in
            let start = steps[index]
            guard first.holds(start, with: nil), second.holds(last, with: start) else { return false }
            if let within, last.time >= start.time + within { return false }
            if let unless, steps[(index + 1)...].dropLast().contains(where: { unless.holds($0, with: start) }) {
                return false
            }
            if !breaks { return true }
            return !(claimedLink.map { $0.holds(last.situation, start.situation) } ?? claim.holds(last.situation))
        }
    }
}

/// `p` and `q` under other names.
private func renamed(_ text: String, _ names: (String, String)) -> String {
    text.replacing(/\bp\b/.wordBoundaryKind(.simple), with: names.0)
        .replacing(/\bq\b/.wordBoundaryKind(.simple), with: names.1)
}

extension RandomGenerator {
    private mutating func packetNumber(_ output: Bool) -> RandomFormula.Number {
        let choices: [RandomFormula.Number] =
            [.length, .length, .type, .type, .port] + (output ? [.outputType, .outputPort] : [])
        let number = random.pick(choices)
        return random.any(0...5) == 0 ? .sum(number, .constant(random.any(0...2))) : number
    }

    private mutating func pattern(_ other: RandomHistory.Pattern?, _ middlebox: RandomMiddlebox)
        -> RandomHistory.Pattern
    {
        if !middlebox.operations.isEmpty, random.any(0...2) == 0 {
            var pattern = RandomHistory.Pattern(
                ingress: nil, output: false, operation: random.any(0...middlebox.operations.count - 1),
                condition: nil, links: [])
            if random.any(0...1) == 0 {
                pattern.condition = ofOperation { $0.formula(1, keys: 0, isStep: true, output: false, premise: true) }
            }
            if let other, random.any(0...3) > 0 { pattern.links = [link(pattern, other)] }
            return pattern
        }
        let output = random.any(0...1) == 0
        var pattern = RandomHistory.Pattern(
            ingress: random.pick([nil, 0, 1]), output: output,
            condition: random.any(0...2) == 0 ? formula(1, keys: 0, isStep: true, output: output, premise: true) : nil,
            links: [])
        if let other, random.any(0...3) > 0 { pattern.links = [link(pattern, other)] }
        return pattern
    }

    private mutating func link(_ mine: RandomHistory.Pattern, _ other: RandomHistory.Pattern) -> RandomHistory.Link {
        if mine.operation == nil, other.operation == nil, random.any(0...1) == 0 {
            let key = usualKey
            return .init(mine: key, theirs: key, isEqual: true)
        }
        return .init(mine: number(of: mine), theirs: number(of: other), isEqual: random.any(0...3) > 0)
    }

    private mutating func number(of pattern: RandomHistory.Pattern) -> RandomFormula.Number {
        pattern.operation == nil ? packetNumber(pattern.output) : .operand
    }

    mutating func history(_ name: String, of middlebox: RandomMiddlebox) -> RandomHistory {
        let isLater = random.any(0...2) > 0
        if !isLater {
            let second = pattern(nil, middlebox)
            return RandomHistory(
                name: name, isLater: false, first: pattern(second, middlebox), second: second,
                claim: .less(.constant(0), .constant(1)))
        }
        let first = pattern(nil, middlebox)
        let second = pattern(first, middlebox)
        return RandomHistory(
            name: name, isLater: true, first: first, second: second,
            within: random.pick([nil, 1, 1_000_000_000, 5_000_000_000, 5_000_000_000, 10_000_000_000]),
            unless: random.any(0...2) == 0 ? pattern(first, middlebox) : nil,
            claim: second.operation == nil
                ? formula(1, keys: 0, isStep: true, output: second.output)
                : ofOperation { $0.formula(1, keys: 0, isStep: true, output: false) },
            claimedLink: random.any(0...2) == 0 ? link(second, first) : nil)
    }
}

/// Random claims about the steps of random middleboxes: as ``ProofFuzzTests``, which see there.
@Suite struct HistoryFuzzTests {
    private static let seeds = FuzzSeeds(first: 11, count: 10)

    private func steps(_ arrivals: [Arrival], of middlebox: RandomMiddlebox, limit: UInt32) -> [RandomHistory.Step] {
        var interpreter = Interpreter(middlebox, limit: limit)
        return arrivals.map { arrival in
            let before = interpreter.world
            let departure = interpreter.receive(arrival)
            return .init(
                situation: .init(
                    before: before, after: interpreter.world, now: arrival.time, limit: limit, input: arrival,
                    output: departure), time: arrival.time)
        }
    }

    private func someBreaks(_ history: RandomHistory, _ runs: [[RandomHistory.Step]], breaks: Bool = true) -> Bool {
        runs.contains { run in run.indices.contains { history.last(of: run[...$0], breaks: breaks) } }
    }

    @Test("What is proved of two steps holds, what is refuted does not")
    func verdictsHold() async throws {
        let tally = try await Self.seeds.tally(from: 50_000, "histories") { try await check(seed: $0, &$1) }
        tally.expect(proved: Self.seeds.count / 4, refuted: Self.seeds.count / 2)
    }

    @Test("The same where all ways to an element are joined into one, and no way is told apart", arguments: [1, 2])
    func joined(arrivals: Int) async throws {
        let tally = try await Self.seeds.tally(
            from: 50_000 + 1000 * arrivals, "histories, at most \(arrivals) arrivals"
        ) {
            try await check(seed: $0, &$1, composition: .joining(arrivals: arrivals))
        }
        tally.expect(proved: Self.seeds.count / 4, refuted: Self.seeds.count / 4, isJoined: true)
    }

    @Test("The same with control operations before, after and between the packets")
    func operations() async throws {
        // There is more to search than with packets alone.
        let seeds = Self.seeds.part(4)
        let tally = try await seeds.tally(from: 80_000, "histories with operations") {
            try await check(seed: $0, &$1, hasOperations: true)
        }
        tally.expect(proved: seeds.count / 4, refuted: seeds.count / 2)
    }

    private func check(
        seed: UInt64, _ tally: inout FuzzTally, composition: Composer.Limits = .init(), hasOperations: Bool = false
    ) async throws {
        var generator = RandomGenerator(seed: seed)
        let middlebox = generator.middlebox(hasOperations: hasOperations)
        let names = try await Box(middlebox.text, spec: "").objects()
        func runs(_ count: Int, _ length: Int) -> [[RandomHistory.Step]] {
            (0..<count).map { _ in
                let limit = generator.limit()
                return steps(generator.trace(length, of: middlebox), of: middlebox, limit: limit)
            }
        }
        let some = runs(60, 5)
        var histories: [RandomHistory] = []
        var broken = 0
        for number in 0..<80 where histories.count < 7 {
            let history = generator.history("p\(number)", of: middlebox)
            if !names.isSuperset(of: RandomMiddlebox.names(in: history.text)) { continue }
            if someBreaks(history, some) {
                broken += 1
                if broken > 3 { continue }
            }
            histories.append(history)
        }
        let assumption = names.contains("config") ? "assume config.limit <= 20\n" : ""
        let spec = assumption + histories.map(\.text).joined(separator: "\n")
        let context = "seed \(seed)\n\(middlebox.text)\n\(spec)"
        let (reports, decomposition) = try await Box(middlebox.text, spec: spec).verified(
            confirmation: .interpreting(middlebox), composition: composition)
        tally.count(decomposition)
        let more = some + runs(600, 6)
        for history in histories {
            let report = try #require(reports[history.name])
            tally.count(report.verdict)
            switch report.verdict {
            case .proved:
                #expect(!someBreaks(history, more), "\(history.name) is proved and wrong\n\(context)")
            case .refuted:
                let counterexample = try #require(report.counterexample)
                let limit = counterexample.configuration.first { $0.name == "limit" }.flatMap { UInt32($0.value) }
                let arrivals = counterexample.steps.map(Arrival.init)
                #expect(
                    history.last(of: steps(arrivals, of: middlebox, limit: limit ?? 0)[...], breaks: true),
                    "\(history.name) is refuted by a trace that does not break it\n\(context)")
            case .vacuous:
                #expect(
                    !someBreaks(history, more, breaks: false),
                    "\(history.name) is vacuous, but its premise is met\n\(context)")
            case .inconclusive:
                #expect(
                    report.reason?.contains("disagree") != true, "\(history.name): \(report.reason ?? "-")\n\(context)")
            case .error: Issue.record("\(history.name) is an error\n\(context)")
            }
        }
    }
}
