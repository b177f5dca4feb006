import Logic
import MiddleboxIR
import SymbolicExecution

/// Answers of solvers from earlier runs. Only what is so whatever the solver may spend: an answer `unknown` is never kept.
final class QueryStore {
    private let store: ProofStore
    /// Of the tools whose answers these are.
    private let tools: Digest256
    private let digests = TermDigests { content in Digest256(ContentDigest(of: content)) }

    /// - Parameter tools: all whose change may change an answer.
    init(store: ProofStore, tools: ContentDigest) {
        self.store = store
        self.tools = Digest256(tools)
    }

    /// A question, as it is in every run.
    struct Key: Hashable {
        fileprivate let digest: Digest256
    }

    /// Whether the assumptions force the goal.
    func key(of obligation: Obligation) -> Key {
        let definitions = (obligation.definitions ?? []).map { update in
            digests.digest(of: [digests.digest(of: update.term), digests.digest(of: update.value)], label: "definition")
        }
        return Key(
            digest: digests.digest(
                of: [
                    tools, digests.digest(ofConjunction: obligation.assumptions), digests.digest(of: obligation.goal),
                    digests.digest(of: definitions, label: obligation.definitions == nil ? "none" : "definitions"),
                ], label: "obligation"))
    }

    /// Whether the assertions can hold together.
    func key(ofConjunction assertions: [Term]) -> Key {
        Key(digest: digests.digest(of: [tools, digests.digest(ofConjunction: assertions)], label: "conjunction"))
    }

    /// True for "proved" and for "can hold together"; nil where nobody knows.
    func answer(_ key: Key) -> Bool? {
        switch store.content(.query, key.content) {
        case [1]: true
        case [0]: false
        default: nil
        }
    }

    func remember(_ answer: Bool, for key: Key) { store.put(.query, key.content, [answer ? 1 : 0]) }
}

extension QueryStore.Key {
    fileprivate var content: ContentDigest { ContentDigest(digest) }
}

extension Digest256 {
    init(_ digest: ContentDigest) {
        var words = SIMD4<UInt64>()
        for (index, byte) in digest.bytes.prefix(32).enumerated() {
            words[index / 8] |= UInt64(byte) << UInt64(8 * (index % 8))
        }
        self.init(words: words)
    }
}

extension ContentDigest {
    fileprivate init(_ digest: Digest256) { self.init(of: withUnsafeBytes(of: digest.words) { Array($0) }) }
}
