import Logic
import MiddleboxIR
import SymbolicExecution
import Synchronization

/// The answers that solvers have given, between runs: no question is put a second time. All answers about one middlebox are one entry of the
/// store: they are many, and small.
///
/// An answer is kept under the digest of the question alone: what it is about, and which path or line it belongs to, does not matter. Only
/// answers that are true whatever the budget are kept; that a solver gave up never is.
public final class QueryStore: Sendable {
    private enum Answer: UInt8 {
        case proved = 1
        case counterexample = 2
        case feasible = 3
        case infeasible = 4
    }

    private struct State {
        var digester = TermDigester(hash: ContentHash.words)
        /// Of earlier runs; nil before they are asked for.
        var earlier: [ContentHash: Answer]?
        /// Of this run, and those of earlier ones that it has asked for.
        var known: [ContentHash: Answer] = [:]
        var hasChanged = false
    }

    /// Most answers in an entry: those of the last run, then those of earlier ones.
    private static let limit = 200_000

    private let store: ProofStore
    private let prefix: ContentHash
    private let place: ContentHash
    private let state = Mutex(State())

    /// - Parameters:
    ///   - name: of the middlebox that the questions are about.
    ///   - options: what else answers depend on, such as encodings that can be chosen.
    public init(store: ProofStore, tool: ToolIdentity, name: String, options: [String] = []) {
        var hasher = ContentHasher("query")
        hasher.add(tool.hash)
        hasher.add(options)
        self.store = store
        prefix = hasher.finish()
        hasher = ContentHasher("answers")
        hasher.add(prefix)
        hasher.add(name)
        place = hasher.finish()
    }

    // MARK: Obligations

    /// What came of the obligation before; never `unknown`.
    func answer(for obligation: Obligation) -> Discharge? {
        switch answer(key(of: obligation)) {
        case .proved: .proved
        case .counterexample: .counterexample
        case .feasible, .infeasible, nil: nil
        }
    }

    /// Keeps what came of an obligation, unless that is nothing.
    func remember(_ outcome: Discharge, for obligation: Obligation) {
        switch outcome {
        case .proved: remember(.proved, key(of: obligation))
        case .counterexample: remember(.counterexample, key(of: obligation))
        case .unknown: break
        }
    }

    private func key(of obligation: Obligation) -> ContentHash {
        state.withLock { state in
            var hasher = ContentHasher("obligation")
            hasher.add(prefix)
            Self.add(obligation.assumptions, to: &hasher, &state.digester)
            hasher.add(state.digester.digest(of: obligation.goal).words)
            if let definitions = obligation.definitions {
                hasher.add(definitions.count)
                for definition in definitions {
                    for term in definition.terms { hasher.add(state.digester.digest(of: term).words) }
                }
            } else {
                hasher.add(-1)
            }
            return hasher.finish()
        }
    }

    // MARK: Feasibility

    /// Whether the assertions can hold together, if that has been found out.
    func isFeasible(_ assertions: [Term]) -> Bool? {
        switch answer(key(of: assertions)) {
        case .feasible: true
        case .infeasible: false
        case .proved, .counterexample, nil: nil
        }
    }

    /// Keeps whether the assertions can hold together. Only for what a solver is sure of: "in doubt, yes" is not to be kept.
    func remember(isFeasible: Bool, _ assertions: [Term]) {
        remember(isFeasible ? .feasible : .infeasible, key(of: assertions))
    }

    private func key(of assertions: [Term]) -> ContentHash {
        state.withLock { state in
            var hasher = ContentHasher("assertions")
            hasher.add(prefix)
            Self.add(assertions, to: &hasher, &state.digester)
            return hasher.finish()
        }
    }

    // MARK: Both

    /// As a set: order and repetition mean nothing.
    private static func add(_ terms: [Term], to hasher: inout ContentHasher, _ digester: inout TermDigester) {
        let digests = Set(terms.map { digester.digest(of: $0) }).sorted()
        hasher.add(digests.count)
        for digest in digests { hasher.add(digest.words) }
    }

    private func answer(_ key: ContentHash) -> Answer? {
        state.withLock { state in
            if let known = state.known[key] { return known }
            let earlier = state.earlier ?? Self.answers(in: store.entry(.answer, place) ?? [])
            state.earlier = earlier
            guard let answer = earlier[key] else { return nil }
            state.known[key] = answer
            return answer
        }
    }

    private func remember(_ answer: Answer, _ key: ContentHash) {
        state.withLock { state in
            if state.known.updateValue(answer, forKey: key) != answer { state.hasChanged = true }
        }
    }

    /// Writes down what is new.
    public func save() {
        let content = state.withLock { state -> [UInt8]? in
            guard state.hasChanged else { return nil }
            state.hasChanged = false
            var answers = state.known
            for (key, answer) in state.earlier ?? Self.answers(in: store.entry(.answer, place) ?? [])
            where answers.count < Self.limit && answers[key] == nil { answers[key] = answer }
            return Self.content(of: answers)
        }
        if let content { store.put(.answer, place, content) }
    }

    // MARK: The entry: for each answer, the hash and a byte

    private static func content(of answers: [ContentHash: Answer]) -> [UInt8] {
        var content: [UInt8] = []
        content.reserveCapacity(answers.count * (ContentHash.byteCount + 1))
        let lines = answers.map { $0.key.bytes + [$0.value.rawValue] }
        for line in lines.sorted(by: { $0.lexicographicallyPrecedes($1) }) { content += line }
        return content
    }

    private static func answers(in content: [UInt8]) -> [ContentHash: Answer] {
        let size = ContentHash.byteCount + 1
        guard content.count % size == 0 else { return [:] }
        var answers: [ContentHash: Answer] = [:]
        answers.reserveCapacity(content.count / size)
        for start in stride(from: 0, to: content.count, by: size) {
            guard let key = ContentHash(bytes: Array(content[start..<start + size - 1])),
                let answer = Answer(rawValue: content[start + size - 1])
            else { return [:] }
            answers[key] = answer
        }
        return answers
    }
}

extension ChecksumUpdate {
    fileprivate var terms: [Term] { [old, before, after, high, low, rounds] }
}
