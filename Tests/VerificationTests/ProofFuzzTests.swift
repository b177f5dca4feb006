import Foundation
import SymbolicExecution
import Synchronization
import Testing

@testable import Verification

/// Random middleboxes and random properties: whatever is said to be proved holds on every one of many random traces, and whatever is said
/// to be refuted is broken by the trace that is shown, as an interpreter sees it that shares nothing with the verifier.
///
/// `GRAVEL_FUZZ_SEED` and `GRAVEL_FUZZ_COUNT` choose other middleboxes, and more of them.
@Suite struct ProofFuzzTests {
    private static func environment(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap(Int.init)
    }

    private static let first = environment("GRAVEL_FUZZ_SEED") ?? 1
    private static let count = environment("GRAVEL_FUZZ_COUNT") ?? 24

    private struct Run {
        var limit: UInt32
        var arrivals: [Arrival]

        func breaks(_ property: RandomProperty, of middlebox: RandomMiddlebox, lastOnly: Bool = false) -> Bool {
            var interpreter = Interpreter(middlebox, limit: limit)
            for (index, arrival) in arrivals.enumerated() {
                let before = interpreter.world
                let departure = interpreter.receive(arrival)
                if lastOnly, index < arrivals.count - 1 { continue }
                let until = arrivals.indices.contains(index + 1) ? arrivals[index + 1].time : nil
                if property.isBroken(
                    by: arrival, departure, from: before, to: interpreter.world, until: until, limit: limit)
                {
                    return true
                }
            }
            return false
        }
    }

    @Test("What is proved holds, what is refuted does not")
    func verdictsHold() async throws {
        let tally = Mutex<[Verdict: Int]>([:])
        for seed in Self.first..<Self.first + Self.count {
            try await check(seed: UInt64(seed), composition: .init()) { verdict in
                tally.withLock { $0[verdict, default: 0] += 1 }
            }
        }
        let verdicts = tally.withLock { $0 }
        // A verifier that says nothing would be right all the time.
        #expect(verdicts[.proved, default: 0] >= Self.count, "\(verdicts)")
        #expect(verdicts[.refuted, default: 0] >= Self.count, "\(verdicts)")
        if Self.environment("GRAVEL_FUZZ_COUNT") != nil { print("fuzz: \(verdicts)") }
    }

    @Test("The same where all ways to an element are joined into one, and no way is told apart", arguments: [1, 2])
    func joined(arrivals: Int) async throws {
        var limits = Composer.Limits()
        limits.arrivals = arrivals
        limits.ways = 0
        limits.isAlwaysInexact = true
        let tally = Mutex<[Verdict: Int]>([:])
        for seed in Self.first..<Self.first + Self.count {
            try await check(seed: UInt64(1000 * arrivals + seed), composition: limits) { verdict in
                tally.withLock { $0[verdict, default: 0] += 1 }
            }
        }
        let verdicts = tally.withLock { $0 }
        #expect(verdicts[.proved, default: 0] >= Self.count / 2, "\(verdicts)")
        #expect(verdicts[.refuted, default: 0] >= Self.count / 2, "\(verdicts)")
        if Self.environment("GRAVEL_FUZZ_COUNT") != nil { print("fuzz, at most \(arrivals) arrivals: \(verdicts)") }
    }

    @Test("The same with control operations between the packets")
    func operations() async throws {
        let tally = Mutex<[Verdict: Int]>([:])
        // There is more to search than with packets alone.
        let count = max(1, Self.count / 4)
        for seed in Self.first..<Self.first + count {
            try await check(seed: UInt64(70_000 + seed), composition: .init(), hasOperations: true) { verdict in
                tally.withLock { $0[verdict, default: 0] += 1 }
            }
        }
        let verdicts = tally.withLock { $0 }
        #expect(verdicts[.proved, default: 0] >= count / 2, "\(verdicts)")
        #expect(verdicts[.refuted, default: 0] >= count, "\(verdicts)")
        if Self.environment("GRAVEL_FUZZ_COUNT") != nil { print("fuzz with operations: \(verdicts)") }
    }

    private func check(
        seed: UInt64, composition: Composer.Limits, hasOperations: Bool = false, count: (Verdict) -> Void
    ) async throws {
        var generator = RandomGenerator(seed: seed)
        let middlebox = generator.middlebox(hasOperations: hasOperations)
        let names = try await Box(middlebox.text, spec: "").objects()
        let runs = (0..<30).map { _ in Run(limit: generator.limit(), arrivals: generator.trace(5, of: middlebox)) }
        // Of many properties, those that some runs do not break, and a few others.
        var properties: [RandomProperty] = []
        var broken = 0
        for number in 0..<60 where properties.count < 8 {
            let property = generator.property("p\(number)", of: middlebox)
            // What the code does not use, the compiler leaves out.
            if !names.isSuperset(of: property.names) { continue }
            if runs.contains(where: { $0.breaks(property, of: middlebox) }) {
                broken += 1
                if broken > 3 { continue }
            }
            properties.append(property)
        }
        let assumption = names.contains("config") ? "assume config.limit <= 20\n" : ""
        let spec = assumption + properties.map(\.text).joined(separator: "\n")
        let box = try Box(middlebox.text, spec: spec)
        let reports = try await box.reports(
            confirmation: .interpreting(middlebox), composition: composition)
        let context = "seed \(seed)\n\(middlebox.text)\n\(spec)"
        for kind in CheckKind.allCases {
            let report = try #require(reports[kind.rawValue])
            #expect(report.verdict == .proved, "\(kind.rawValue): \(report.reason ?? "-")\n\(context)")
        }
        let more = (0..<300).map { _ in Run(limit: generator.limit(), arrivals: generator.trace(6, of: middlebox)) }
        for property in properties {
            let report = try #require(reports[property.name])
            count(report.verdict)
            switch report.verdict {
            case .proved:
                #expect(
                    !(runs + more).contains { $0.breaks(property, of: middlebox) },
                    "\(property.name) is proved and wrong\n\(context)")
            case .refuted:
                let counterexample = try #require(report.counterexample)
                let limit = counterexample.configuration.first { $0.name == "limit" }.flatMap { UInt32($0.value) }
                let run = Run(
                    limit: limit ?? 0,
                    arrivals: counterexample.steps.map(Arrival.init))
                #expect(
                    run.breaks(property, of: middlebox, lastOnly: true),
                    "\(property.name) is refuted by a trace that does not break it: \(run)\n\(context)")
            case .vacuous:
                if case .step(let ingress, let output, let premise, _, let operation) = property.form {
                    let never = RandomProperty(
                        name: "never",
                        form: .step(ingress: ingress, output: output, premise: premise, keys: 0, operation: operation),
                        body: .less(.constant(1), .constant(0)))
                    #expect(
                        !(runs + more).contains { $0.breaks(never, of: middlebox) },
                        "\(property.name) is vacuous, but its premise happens\n\(context)")
                }
            case .inconclusive:
                #expect(
                    report.reason?.contains("disagree") != true, "\(property.name): \(report.reason ?? "-")\n\(context)"
                )
            case .error: Issue.record("\(property.name) is an error\n\(context)")
            }
        }
    }
}

extension RandomProperty {
    /// The objects that it speaks of.
    fileprivate var names: Set<String> { Set(text.matches(of: /\b(x|y|m|ids|config)\b/).map { String($0.1) }) }
}
