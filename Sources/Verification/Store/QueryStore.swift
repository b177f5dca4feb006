import Logic
import MiddleboxIR
import SymbolicExecution

/// Answers of solvers, kept between runs: all of a middlebox in one entry, each under a digest of the whole question.
///
/// Only what is so whatever a solver may spend is kept: an answer `unknown` never is.
final class QueryStore {
    private let store: ProofStore
    private let place: ContentDigest
    private let digests = TermDigests { content in Digest256(ContentDigest(of: content)) }
    /// Of earlier runs.
    private var known: [Key: Bool]
    /// What this run asked.
    private var used: [Key: Bool] = [:]
    private var hasChanged = false

    /// Most answers in an entry: those of this run, then those of earlier ones.
    private static let limit = 200_000

    /// - Parameters:
    ///   - name: the middlebox's.
    ///   - tools: all whose change may change an answer.
    init(store: ProofStore, name: String, tools: ContentDigest) {
        self.store = store
        place = ContentDigest(ofParts: [tools.bytes, Array("queries of \(name)".utf8)])
        known = QueryStore.answers(in: store.content(.queries, place) ?? [])
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
                    digests.digest(ofConjunction: obligation.assumptions), digests.digest(of: obligation.goal),
                    digests.digest(of: definitions, label: obligation.definitions == nil ? "none" : "definitions"),
                ], label: "obligation"))
    }

    /// Whether the assertions can hold together.
    func key(ofConjunction assertions: [Term]) -> Key {
        Key(digest: digests.digest(of: [digests.digest(ofConjunction: assertions)], label: "conjunction"))
    }

    /// True for "proved" and for "can hold together"; nil where nobody knows.
    func answer(_ key: Key) -> Bool? {
        if let answer = used[key] { return answer }
        guard let answer = known[key] else { return nil }
        used[key] = answer
        return answer
    }

    func remember(_ answer: Bool, for key: Key) {
        if used.updateValue(answer, forKey: key) == nil, known[key] == nil { hasChanged = true }
    }

    /// Writes what was found out since the last time.
    func save() {
        guard hasChanged else { return }
        hasChanged = false
        var answers = used
        for (key, answer) in known where answers.count < QueryStore.limit && answers[key] == nil {
            answers[key] = answer
        }
        store.put(.queries, place, QueryStore.content(of: answers))
    }

    // MARK: The entry: for each answer, the digest and a byte

    private static let size = 33

    private static func content(of answers: [Key: Bool]) -> [UInt8] {
        var content: [UInt8] = []
        content.reserveCapacity(answers.count * size)
        for (key, answer) in answers.sorted(by: { $0.key.digest < $1.key.digest }) {
            for index in 0..<4 {
                withUnsafeBytes(of: key.digest.words[index].littleEndian) { content.append(contentsOf: $0) }
            }
            content.append(answer ? 1 : 0)
        }
        return content
    }

    private static func answers(in content: [UInt8]) -> [Key: Bool] {
        guard content.count % size == 0 else { return [:] }
        var answers: [Key: Bool] = [:]
        answers.reserveCapacity(content.count / size)
        for start in stride(from: 0, to: content.count, by: size) {
            var words = SIMD4<UInt64>()
            for index in 0..<32 { words[index / 8] |= UInt64(content[start + index]) << UInt64(8 * (index % 8)) }
            switch content[start + 32] {
            case 0: answers[Key(digest: Digest256(words: words))] = false
            case 1: answers[Key(digest: Digest256(words: words))] = true
            default: return [:]
            }
        }
        return answers
    }
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
