import Logic
import MiddleboxIR
import SMT
import SymbolicExecution
import Synchronization

/// The answers that solvers have given, between runs: no question is put a second time. All answers about one middlebox are one entry of the
/// store: they are many, and small.
///
/// That a goal follows is kept with the assumptions that it follows from (the solver's unsatisfiable core): it follows from every set of
/// assumptions that contains them. So a proof is found again whatever else has changed, such as what an element upstream decides. What a
/// question is about, and which path or line it belongs to, does not matter. Only answers that are true whatever the budget are kept; that a
/// solver gave up never is.
public final class QueryStore: Sendable {
    private enum Answer: UInt8 {
        case counterexample = 1
        case feasible = 2
    }

    /// Assumptions that a goal follows from.
    private struct Core: Hashable {
        let goal: ContentHash
        /// Sorted.
        let assumptions: [TermDigest]
    }

    private struct Content {
        var answers: [ContentHash: Answer] = [:]
        var cores: [ContentHash: [Core]] = [:]
        var count = 0
        /// Models of what is feasible, encoded, by the last assertion.
        var witnesses: [ContentHash: [[UInt8]]] = [:]

        /// False if it is there already.
        mutating func insert(_ core: Core) -> Bool {
            if cores[core.goal]?.contains(core) == true { return false }
            cores[core.goal, default: []].append(core)
            count += 1
            return true
        }

        func core(_ goal: ContentHash, within assumptions: Set<TermDigest>) -> Core? {
            cores[goal]?.first { $0.assumptions.allSatisfy(assumptions.contains) }
        }
    }

    private struct State {
        var digester = TermDigester(hash: ContentHash.words)
        /// Of earlier runs; nil before they are asked for.
        var earlier: Content?
        /// Of this run, and those of earlier ones that it has asked for.
        var known = Content()
        var hasChanged = false
        /// Decoded witnesses.
        var models: [[UInt8]: Model] = [:]

        mutating func digests(of terms: [Term]) -> Set<TermDigest> {
            var result = Set<TermDigest>(minimumCapacity: terms.count)
            for term in terms { result.insert(digester.digest(of: term)) }
            return result
        }
    }

    /// Most answers in an entry: those of the last run, then those of earlier ones.
    private static let limit = 100_000

    /// Most models for one last assertion.
    private static let witnessLimit = 16

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

    /// Whether there are answers of earlier runs.
    var hasEarlier: Bool { state.withLock { earlier(&$0).count > 0 } }

    // MARK: Obligations

    /// What came of the obligation before; never `unknown`.
    func answer(for obligation: Obligation) -> Discharge? {
        state.withLock { state in
            let goal = goal(of: obligation, &state)
            let assumptions = state.digests(of: obligation.assumptions)
            if follows(goal, from: assumptions, &state) { return .proved }
            return answer(key(goal, assumptions), &state) == .counterexample ? .counterexample : nil
        }
    }

    /// Keeps what came of an obligation, unless that is nothing.
    ///
    /// - Parameter core: those of the assumptions that were enough for a proof, where that is known.
    func remember(_ outcome: Discharge, for obligation: Obligation, core: [Term]? = nil) {
        state.withLock { state in
            let goal = goal(of: obligation, &state)
            switch outcome {
            case .proved: remember(goal, state.digests(of: core ?? obligation.assumptions), &state)
            case .counterexample:
                remember(.counterexample, key(goal, state.digests(of: obligation.assumptions)), &state)
            case .unknown: break
            }
        }
    }

    private func goal(of obligation: Obligation, _ state: inout State) -> ContentHash {
        var hasher = ContentHasher("goal")
        hasher.add(prefix)
        hasher.add(state.digester.digest(of: obligation.goal).words)
        hasher.add(obligation.definitions?.count ?? -1)
        for definition in obligation.definitions ?? [] {
            for term in definition.terms { hasher.add(state.digester.digest(of: term).words) }
        }
        return hasher.finish()
    }

    // MARK: Feasibility

    /// Whether the assertions can hold together, if that has been found out.
    func isFeasible(_ assertions: [Term]) -> Bool? {
        state.withLock { state in
            let digests = state.digests(of: assertions)
            if follows(contradiction, from: digests, &state) { return false }
            return answer(key(contradiction, digests), &state) == .feasible ? true : nil
        }
    }

    /// Keeps whether the assertions can hold together. Only for what a solver is sure of: "in doubt, yes" is not to be kept.
    ///
    /// - Parameter core: those that contradict each other, where that is known.
    func remember(isFeasible: Bool, _ assertions: [Term], core: [Term]? = nil) {
        state.withLock { state in
            if isFeasible {
                remember(.feasible, key(contradiction, state.digests(of: assertions)), &state)
            } else {
                remember(contradiction, state.digests(of: core ?? assertions), &state)
            }
        }
    }

    /// Whether a model of other assertions, found before, is one of these, too. Those that end alike are tried: mostly the same decision, for
    /// packets of which other things are known.
    func hasWitness(for assertions: [Term]) -> Bool {
        guard let last = assertions.last else { return false }
        return state.withLock { state in
            let key = key(ofWitness: last, &state)
            let known = state.known.witnesses[key] ?? []
            for bytes in known + (earlier(&state).witnesses[key] ?? []) {
                guard let model = model(bytes, &state) else { continue }
                var evaluator = model.evaluator
                // The last are the most likely to fail.
                guard assertions.reversed().allSatisfy({ (try? evaluator.evaluate($0)) == .boolean(true) }) else {
                    continue
                }
                if !known.contains(bytes) { state.known.witnesses[key, default: []].append(bytes) }
                return true
            }
            return false
        }
    }

    /// Keeps a model of the assertions.
    func remember(witness model: Model, of assertions: [Term]) {
        guard let last = assertions.last else { return }
        state.withLock { state in
            let key = key(ofWitness: last, &state)
            guard state.known.witnesses[key, default: []].count < Self.witnessLimit else { return }
            var writer = ByteWriter()
            ModelCoding.write(model, to: &writer)
            state.known.witnesses[key, default: []].append(writer.bytes)
            state.models[writer.bytes] = model
        }
    }

    private func model(_ bytes: [UInt8], _ state: inout State) -> Model? {
        if let known = state.models[bytes] { return known }
        var reader = ByteReader(bytes)
        guard let model = try? ModelCoding.read(&reader) else { return nil }
        state.models[bytes] = model
        return model
    }

    private func key(ofWitness last: Term, _ state: inout State) -> ContentHash {
        var hasher = ContentHasher("witness")
        hasher.add(state.digester.digest(of: last).words)
        return hasher.finish()
    }

    /// The goal that follows from what cannot be.
    private var contradiction: ContentHash {
        var hasher = ContentHasher("contradiction")
        hasher.add(prefix)
        return hasher.finish()
    }

    // MARK: Both

    private func key(_ goal: ContentHash, _ assumptions: Set<TermDigest>) -> ContentHash {
        var hasher = ContentHasher("question")
        hasher.add(goal)
        hasher.add(assumptions.count)
        for digest in assumptions.sorted() { hasher.add(digest.words) }
        return hasher.finish()
    }

    private func earlier(_ state: inout State) -> Content {
        if let earlier = state.earlier { return earlier }
        // What cannot be read is as good as nothing: the store has checked that it is what was written.
        let content = (try? store.entry(.answer, place).map(Self.content)) ?? Content()
        state.earlier = content
        return content
    }

    private func follows(_ goal: ContentHash, from assumptions: Set<TermDigest>, _ state: inout State) -> Bool {
        if state.known.core(goal, within: assumptions) != nil { return true }
        guard let core = earlier(&state).core(goal, within: assumptions) else { return false }
        _ = state.known.insert(core)
        return true
    }

    private func answer(_ key: ContentHash, _ state: inout State) -> Answer? {
        if let known = state.known.answers[key] { return known }
        guard let answer = earlier(&state).answers[key] else { return nil }
        state.known.answers[key] = answer
        return answer
    }

    private func remember(_ goal: ContentHash, _ assumptions: Set<TermDigest>, _ state: inout State) {
        if state.known.insert(Core(goal: goal, assumptions: assumptions.sorted())) { state.hasChanged = true }
    }

    private func remember(_ answer: Answer, _ key: ContentHash, _ state: inout State) {
        if state.known.answers.updateValue(answer, forKey: key) != answer { state.hasChanged = true }
    }

    /// Writes down what is new.
    public func save() {
        let bytes = state.withLock { state -> [UInt8]? in
            guard state.hasChanged else { return nil }
            state.hasChanged = false
            var content = state.known
            let earlier = earlier(&state)
            for (key, answer) in earlier.answers
            where content.answers.count < Self.limit && content.answers[key] == nil { content.answers[key] = answer }
            for (key, models) in earlier.witnesses where content.witnesses.count < Self.limit {
                let known = content.witnesses[key, default: []]
                content.witnesses[key] = Array(
                    (known + models.filter { !known.contains($0) }).prefix(Self.witnessLimit))
            }
            for core in earlier.cores.values.joined() where content.count < Self.limit { _ = content.insert(core) }
            return Self.bytes(of: content)
        }
        if let bytes { store.put(.answer, place, bytes) }
    }

    // MARK: The entry: all digests; for each core the goal and the places of its assumptions; for each other answer the hash and a byte

    private static func bytes(of content: Content) -> [UInt8] {
        var writer = ByteWriter()
        let cores = content.cores.values.joined().sorted {
            $0.goal == $1.goal ? $0.assumptions.lexicographicallyPrecedes($1.assumptions) : $0.goal < $1.goal
        }
        let digests = Set(cores.flatMap(\.assumptions)).sorted()
        let places = Dictionary(uniqueKeysWithValues: zip(digests, digests.indices))
        writer.write(count: digests.count)
        for digest in digests { writer.write(raw: ContentHash(words: digest.words).bytes) }
        writer.write(count: cores.count)
        for core in cores {
            writer.write(raw: core.goal.bytes)
            writer.write(count: core.assumptions.count)
            for digest in core.assumptions { writer.write(count: places[digest] ?? 0) }
        }
        let answers = content.answers.sorted { $0.key < $1.key }
        writer.write(count: answers.count)
        for (key, answer) in answers {
            writer.write(raw: key.bytes)
            writer.write(byte: answer.rawValue)
        }
        let witnesses = content.witnesses.sorted { $0.key < $1.key }
        writer.write(count: witnesses.count)
        for (key, models) in witnesses {
            writer.write(raw: key.bytes)
            writer.write(count: models.count)
            for model in models { writer.write(block: model) }
        }
        return writer.bytes
    }

    private static func content(of bytes: [UInt8]) throws(CodingError) -> Content {
        var reader = ByteReader(bytes)
        func hash() throws(CodingError) -> ContentHash {
            guard let hash = ContentHash(bytes: try reader.raw(ContentHash.byteCount)) else {
                throw reader.damaged("no digest")
            }
            return hash
        }
        var digests: [TermDigest] = []
        for _ in 0..<(try reader.count()) { digests.append(TermDigest(words: try hash().words)) }
        var content = Content()
        for _ in 0..<(try reader.count()) {
            let goal = try hash()
            var assumptions: [TermDigest] = []
            for _ in 0..<(try reader.count()) {
                let place = try reader.index()
                guard place < digests.count else { throw reader.damaged("no digest has number \(place)") }
                assumptions.append(digests[place])
            }
            _ = content.insert(Core(goal: goal, assumptions: assumptions))
        }
        for _ in 0..<(try reader.count()) {
            let key = try hash()
            let tag = try reader.byte()
            guard let answer = Answer(rawValue: tag) else { throw reader.damaged("no answer is \(tag)") }
            content.answers[key] = answer
        }
        for _ in 0..<(try reader.count()) {
            let key = try hash()
            var models: [[UInt8]] = []
            for _ in 0..<(try reader.count()) { models.append(try reader.block()) }
            content.witnesses[key] = models
        }
        try reader.finish()
        return content
    }
}

extension ChecksumUpdate {
    fileprivate var terms: [Term] { [old, before, after, high, low, rounds] }
}
