import Logic
import SpecLanguage
import SymbolicExecution

/// What holds of every reachable state, as far as that was found out: invariants of the spec, and those that were inferred.
struct InvariantSet {
    /// How the invariants of the spec fared.
    private(set) var result: InvariantProof.Result
    /// All that hold, those of the spec first. What follows from others at the same key is left out.
    var proved: [InvariantProperty] { statedProved + guesses.map(\.property) }
    /// Those of them that were inferred, in the specification language.
    var inferred: [String] { guesses.map(\.text) }
    private var guesses: [InvariantCandidate] = []
    private var statedProved: [InvariantProperty] = []
    /// Guesses that are not inductive, even together.
    private(set) var dropped: [String] = []

    /// - Parameter stated: the spec's.
    init(_ verification: MiddleboxVerification, stated: [(name: String, property: InvariantProperty)]) {
        let proof = InvariantProof(verification: verification, changes: verification.changes)
        let first = Self.guesses(verification)
        var round = Self.named(first, from: 0)
        result = proof.run(stated, guesses: round.map { ($0.name, $0.candidate.property) })
        take(stated, round, result)
        // What is weaker may still hold, and the spec's own with it.
        var weaker: [InvariantCandidate] = []
        for candidate in round.filter({ !result.proved.contains($0.name) }).flatMap(\.candidate.weaker)
        where !(inferred + weaker.map(\.text)).contains(candidate.text) {
            weaker.append(candidate)
        }
        if !weaker.isEmpty {
            round = Self.named(weaker, from: first.count)
            let open = stated.filter { !result.proved.contains($0.name) }
            let second = proof.run(open, guesses: round.map { ($0.name, $0.candidate.property) }, given: proved)
            take(open, round, second)
            result.add(second)
        }
        let failed = stated.filter { !result.proved.contains($0.name) }
        if !failed.isEmpty, !verification.composition.isExact, verification.exactComposition != nil {
            let groups = verification.groups
            let exact = InvariantProof(verification: verification, changes: { _ in groups }).run(failed, given: proved)
            take(failed, [], exact)
            result.add(exact)
        }
        leaveOutRepetitions(verification)
    }

    /// Notes what was proved.
    private mutating func take(
        _ stated: [(name: String, property: InvariantProperty)],
        _ round: [(name: String, candidate: InvariantCandidate)], _ result: InvariantProof.Result
    ) {
        statedProved += Self.properties(stated, result)
        for (name, candidate) in round {
            if result.proved.contains(name) {
                guesses.append(candidate)
            } else {
                dropped.append(candidate.text)
            }
        }
    }

    /// Leaves out guesses that the others say as well, at the same key: they would only be more to read, for people and for solvers.
    private mutating func leaveOutRepetitions(_ verification: MiddleboxVerification) {
        let context = verification.context(of: verification.before, now: InputVariables.now)
        func body(_ property: InvariantProperty) -> Term {
            property.body(context, bindings: InvariantProof.skolemKeys(property, name: "repetition"))
        }
        let known = statedProved.filter { $0.variables.count <= 1 }.map(body)
        var kept = guesses
        for guess in guesses.reversed() {
            let others = kept.filter { $0.text != guess.text && $0.property.variables == guess.property.variables }
            let repetition = Obligation(
                subject: "repetitions", place: guess.text,
                assumptions: verification.facts + known + others.map { body($0.property) },
                goal: body(guess.property))
            if verification.discharger.discharge([repetition])[0].isProved {
                kept.removeAll { $0.text == guess.text }
            }
        }
        guesses = kept
    }

    private static func properties(
        _ invariants: [(name: String, property: InvariantProperty)], _ result: InvariantProof.Result
    ) -> [InvariantProperty] {
        invariants.filter { result.proved.contains($0.name) }.map(\.property)
    }

    private static func named(
        _ candidates: [InvariantCandidate], from first: Int
    ) -> [(name: String, candidate: InvariantCandidate)] {
        candidates.enumerated().map { ("inferred \(first + $0)", $1) }
    }

    /// Guesses about each element's objects: state is private, so nobody else knows anything of them.
    private static func guesses(_ verification: MiddleboxVerification) -> [InvariantCandidate] {
        let environment = SpecEnvironment(verification.program, verification.model)
        var result: [InvariantCandidate] = []
        var known: Set<String> = []
        for element in verification.graph.elements where !element.ownedState.isEmpty {
            let inference = InvariantInference(
                model: verification.model, environment: environment,
                groups: verification.changes(of: Set(element.ownedState)))
            for candidate in inference.candidates() where known.insert(candidate.text).inserted {
                result.append(candidate)
            }
        }
        return result
    }
}
