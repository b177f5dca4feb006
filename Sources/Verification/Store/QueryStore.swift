import Logic
import MiddleboxIR
import SymbolicExecution
import Synchronization

/// The answers that solvers have given, between runs: no question is put a second time.
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
        /// Of this run.
        var known: [ContentHash: Answer] = [:]
    }

    private let store: ProofStore
    private let prefix: ContentHash
    private let state = Mutex(State())

    /// - Parameter options: what else answers depend on, such as encodings that can be chosen.
    public init(store: ProofStore, tool: ToolIdentity, options: [String] = []) {
        var hasher = ContentHasher("query")
        hasher.add(tool.hash)
        hasher.add(options)
        self.store = store
        prefix = hasher.finish()
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
        if let known = state.withLock({ $0.known[key] }) { return known }
        guard let bytes = store.entry(.answer, key), bytes.count == 1, let answer = Answer(rawValue: bytes[0]) else {
            return nil
        }
        state.withLock { $0.known[key] = answer }
        return answer
    }

    private func remember(_ answer: Answer, _ key: ContentHash) {
        let isNew = state.withLock { $0.known.updateValue(answer, forKey: key) != answer }
        if isNew { store.put(.answer, key, [answer.rawValue]) }
    }
}

extension ChecksumUpdate {
    fileprivate var terms: [Term] { [old, before, after, high, low, rounds] }
}
