import SymbolicExecution
import Testing

@testable import Verification

/// Random middleboxes and random properties: whatever is said to be proved holds on every one of many random traces, and whatever is said
/// to be refuted is broken by the trace that is shown, as an interpreter sees it that shares nothing with the verifier.
///
/// `GRAVEL_FUZZ_SEED` and `GRAVEL_FUZZ_COUNT` choose other middleboxes, and more of them.
@Suite struct ProofFuzzTests {
    private static let seeds = FuzzSeeds(count: 24)

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
        let tally = try await Self.seeds.tally(from: 0, "steps") { try await check(seed: $0, &$1) }
        tally.expect(proved: Self.seeds.count, refuted: Self.seeds.count)
    }

    @Test("The same where all ways to an element are joined into one, and no way is told apart", arguments: [1, 2])
    func joined(arrivals: Int) async throws {
        let tally = try await Self.seeds.tally(from: 1000 * arrivals, "steps, at most \(arrivals) arrivals") {
            try await check(seed: $0, &$1, composition: .joining(arrivals: arrivals))
        }
        tally.expect(proved: Self.seeds.count / 2, refuted: Self.seeds.count / 2, isJoined: true)
    }

    @Test("The same with control operations between the packets")
    func operations() async throws {
        // There is more to search than with packets alone.
        let seeds = Self.seeds.part(4)
        let tally = try await seeds.tally(from: 70_000, "steps with operations") {
            try await check(seed: $0, &$1, hasOperations: true)
        }
        tally.expect(proved: seeds.count / 2, refuted: seeds.count)
    }

    private func check(
        seed: UInt64, _ tally: inout FuzzTally, composition: Composer.Limits = .init(), hasOperations: Bool = false
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
            if !names.isSuperset(of: RandomMiddlebox.names(in: property.text)) { continue }
            if runs.contains(where: { $0.breaks(property, of: middlebox) }) {
                broken += 1
                if broken > 3 { continue }
            }
            properties.append(property)
        }
        let assumption = names.contains("config") ? "assume config.limit <= 20\n" : ""
        let spec = assumption + properties.map(\.text).joined(separator: "\n")
        let box = try Box(middlebox.text, spec: spec)
        let (reports, decomposition) = try await box.verified(
            confirmation: .interpreting(middlebox), composition: composition)
        tally.count(decomposition)
        let context = "seed \(seed)\n\(middlebox.text)\n\(spec)"
        for kind in CheckKind.allCases {
            let report = try #require(reports[kind.rawValue])
            #expect(report.verdict == .proved, "\(kind.rawValue): \(report.reason ?? "-")\n\(context)")
        }
        let more = (0..<300).map { _ in Run(limit: generator.limit(), arrivals: generator.trace(6, of: middlebox)) }
        for property in properties {
            let report = try #require(reports[property.name])
            tally.count(report.verdict)
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
                if case .step(let ingress, let output, let premise, _, let map, let operation) = property.form {
                    let never = RandomProperty(
                        name: "never",
                        form: .step(
                            ingress: ingress, output: output, premise: premise, keys: 0, map: map, operation: operation),
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
