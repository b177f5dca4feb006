import Foundation
import Logic
import MiddleboxIR
import Testing

@testable import Verification

/// The proof store: what is not exactly what was put there is not believed.
@Suite struct ProofStoreTests {
    /// A folder that goes away with the test.
    private final class Folder: Sendable {
        let path = FileManager.default.temporaryDirectory.appending(path: "store-\(UUID().uuidString)").path
        deinit { try? FileManager.default.removeItem(atPath: path) }

        func file() throws -> String {
            let files = try #require(FileManager.default.enumerator(atPath: path)).compactMap { $0 as? String }
            return try #require(
                files.map { path + "/" + $0 }.first { FileManager.default.contents(atPath: $0) != nil })
        }
    }

    private let key = ContentDigest(of: [1, 2, 3])
    private let other = ContentDigest(of: [3, 2, 1])

    @Test("What was put is there, for other processes too")
    func roundTrip() {
        let folder = Folder()
        let store = ProofStore(folder: folder.path)
        #expect(store.content(.queries, key) == nil)
        store.put(.queries, key, [7, 8, 9])
        store.put(.report, key, [])
        #expect(store.content(.queries, key) == [7, 8, 9])
        #expect(ProofStore(folder: folder.path).content(.queries, key) == [7, 8, 9])
        #expect(store.content(.report, key) == [])
        #expect(store.content(.queries, other) == nil)
        store.put(.queries, key, [10])
        #expect(store.content(.queries, key) == [10])
        #expect(store.notes.isEmpty)
    }

    @Test("A damaged entry is not believed, whichever byte it is, and can be put anew")
    func damage() throws {
        let folder = Folder()
        ProofStore(folder: folder.path).put(.queries, key, [7, 8, 9])
        let path = try folder.file()
        let whole = try Data(contentsOf: URL(filePath: path))
        for index in whole.indices {
            var damaged = whole
            damaged[index] ^= 1 << UInt8(index % 8)
            try damaged.write(to: URL(filePath: path))
            let store = ProofStore(folder: folder.path)
            #expect(store.content(.queries, key) == nil, "byte \(index)")
            #expect(store.notes.count == 1)
        }
        for length in 0..<whole.count {
            try whole.prefix(length).write(to: URL(filePath: path))
            #expect(ProofStore(folder: folder.path).content(.queries, key) == nil, "\(length) bytes")
        }
        try (whole + [0]).write(to: URL(filePath: path))
        let store = ProofStore(folder: folder.path)
        #expect(store.content(.queries, key) == nil)
        store.put(.queries, key, [1])
        #expect(store.content(.queries, key) == [1])
    }

    @Test("An entry in another's place is not believed")
    func foreign() throws {
        let folder = Folder()
        let store = ProofStore(folder: folder.path)
        store.put(.queries, key, [7])
        let path = try folder.file()
        let hexadecimal = other.hexadecimal
        let place = "\(folder.path)/queries/\(hexadecimal.prefix(2))/\(hexadecimal.dropFirst(2))"
        try FileManager.default.createDirectory(
            atPath: (place as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: path, toPath: place)
        #expect(store.content(.queries, other) == nil)
        #expect(store.notes.count == 1)
        // Nor one of another kind.
        let kind = path.replacing("/queries/", with: "/report/")
        try FileManager.default.createDirectory(
            atPath: (kind as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: path, toPath: kind)
        #expect(store.content(.report, key) == nil)
    }

    @Test("A folder that cannot be is a note, and nothing else")
    func unwritable() throws {
        let folder = Folder()
        FileManager.default.createFile(atPath: folder.path, contents: Data("a file".utf8))
        let store = ProofStore(folder: folder.path)
        store.put(.queries, key, [7])
        store.put(.queries, other, [7])
        #expect(store.content(.queries, key) == nil)
        #expect(store.notes.count == 1)
        #expect(try String(contentsOfFile: folder.path, encoding: .utf8) == "a file")
    }

    @Test("Many may write at once: there is always one of the entries, whole")
    func manyWriters() {
        let folder = Folder()
        DispatchQueue.concurrentPerform(iterations: 8) { number in
            let store = ProofStore(folder: folder.path)
            for round in 0..<50 {
                store.put(.queries, key, Array(repeating: UInt8(number), count: 10_000 + round))
                let content = store.content(.queries, key)
                #expect(content.map { Set($0).count == 1 && $0.count >= 10_000 } == true)
            }
            #expect(store.notes.isEmpty)
        }
    }

    // MARK: Questions

    @Test("The digest of a term does not hang on which terms were made before")
    func digests() {
        func digest(_ make: () -> Term) -> Digest256 {
            TermDigests { Digest256(ContentDigest(of: $0)) }.digest(of: make())
        }
        let name = UUID().uuidString
        func variable(_ suffix: String) -> Term { .variable(name + suffix, .bitVector(8)) }
        // The one made first stands first: with the names changed round, the order is the other.
        let first = digest { .add(variable("a"), variable("b")) }
        let text = digest { .subtract(variable("a"), variable("b")) }
        #expect(first != text)
        #expect(digest { .add(variable("b"), variable("a")) } == first)
        #expect(digest { .subtract(variable("b"), variable("a")) } != text)
        #expect(digest { .variable("x", .bitVector(8)) } != digest { .variable("x", .bitVector(9)) })
        #expect(digest { .variable("x", .integer) } != digest { .variable("y", .integer) })
        #expect(digest { .integer(1) } != digest { .bitVector(1, width: 8) })
    }

    @Test("Terms that differ have digests that differ", arguments: [1, 2, 3])
    func distinctTerms(seed: UInt64) {
        let digests = TermDigests { Digest256(ContentDigest(of: $0)) }
        var generator = SplitMix(state: seed)
        var seen: [Digest256: Term] = [:]
        var pool: [Term] = [.variable("a", .bitVector(8)), .variable("b", .bitVector(8)), .bitVector(3, width: 8)]
        for _ in 0..<2_000 {
            let (a, b) = (generator.pick(pool), generator.pick(pool))
            let term: Term =
                switch generator.any(0...6) {
                case 0: .add(a, b)
                case 1: .subtract(a, b)
                case 2: .bitAnd(a, b)
                case 3: .extract(.concatenate(a, b), high: 11, low: 4)
                case 4: .ifThenElse(.equal(a, b), a, .bitNot(b))
                case 5: .ifThenElse(.unsignedLess(a, b), b, a)
                default: .multiply(a, b)
                }
            pool.append(term)
            if pool.count > 60 { pool.removeFirst() }
            let digest = digests.digest(of: term)
            #expect(seen[digest] == nil || seen[digest] == term)
            seen[digest] = term
        }
    }

    @Test("An answer is found for the same question alone, and none that is unknown is kept")
    func queries() throws {
        let folder = Folder()
        let (x, y) = (Term.variable("x", .integer), Term.variable("y", .integer))
        func obligation(_ assumptions: [Term], _ goal: Term) -> Obligation {
            Obligation(subject: "s", place: "p", assumptions: assumptions, goal: goal)
        }
        let asked = obligation([.less(x, y), .less(y, .integer(9))], .less(x, .integer(8)))
        func store(_ tools: UInt8 = 0, _ name: String = "nat") -> QueryStore {
            QueryStore(store: ProofStore(folder: folder.path), name: name, tools: ContentDigest(of: [tools]))
        }
        let first = store()
        first.remember(true, for: first.key(of: asked))
        first.remember(false, for: first.key(ofConjunction: [.less(x, y)]))
        first.save()
        let second = store()
        #expect(second.answer(second.key(of: asked)) == true)
        #expect(second.answer(second.key(ofConjunction: [.less(x, y)])) == false)
        // Order and repetition of assumptions mean nothing.
        let same = obligation([.less(y, .integer(9)), .less(x, y), .less(x, y)], asked.goal)
        #expect(second.answer(second.key(of: same)) == true)
        for different in [
            obligation([.less(x, y)], asked.goal), obligation(asked.assumptions, .less(x, .integer(7))),
            obligation([.less(y, x), .less(y, .integer(9))], asked.goal), obligation([], asked.goal),
        ] { #expect(second.answer(second.key(of: different)) == nil) }
        var withDefinitions = asked
        withDefinitions.definitions = []
        #expect(second.answer(second.key(of: withDefinitions)) == nil)
        #expect(store(1).answer(second.key(of: asked)) == nil)
        #expect(store(0, "other").answer(second.key(of: asked)) == nil)
    }

    @Test("A solver that gives up leaves nothing behind")
    func unknownIsNotKept() throws {
        let folder = Folder()
        let proofs = ProofStore(folder: folder.path)
        var budget = Discharger.Budget()
        budget.resourceLimit = 1
        budget.neighbourLimit = 1
        let (x, y) = (Term.variable("x", .bitVector(32)), Term.variable("y", .bitVector(32)))
        let hard = Obligation(
            subject: "s", place: "p", assumptions: [],
            goal: .equal(.multiply(.add(x, y), .add(x, y)), .add(.multiply(x, x), .multiply(y, y))))
        let queries = QueryStore(store: proofs, name: "box", tools: key)
        let discharger = Discharger(jobs: 1, budget: budget, store: queries)
        guard case .unknown = discharger.discharge([hard])[0] else {
            Issue.record("the solver has an answer")
            return
        }
        discharger.save()
        #expect(QueryStore(store: proofs, name: "box", tools: key).answer(queries.key(of: hard)) == nil)
        #expect(!FileManager.default.fileExists(atPath: folder.path))
    }
}
