import Foundation
import Synchronization
import Testing

/// What the JSON report says of one property.
struct PropertyVerdict: Sendable {
    var verdict: String
    /// Whether native replay did the same as the counterexample; nil when there is none.
    var confirmed: Bool?
}

/// A middlebox with its spec and the headers, in a folder of its own, where it can be changed.
struct MiddleboxCopy {
    private let root: TemporaryFolder
    let folder: String

    /// A copy of a bundled one.
    init(_ name: String) throws {
        try self.init(beside: name, parts: ["include", "runtime", name])
        try FileManager.default.copyItem(
            atPath: "\(repository)/Specs/\(name).gravel", toPath: "\(folder)/\(name).gravel")
    }

    /// One that consists of these files, by their names.
    init(_ name: String, files: [String: String]) throws {
        try self.init(beside: name, parts: ["include", "runtime"])
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (file, text) in files {
            try text.write(toFile: "\(folder)/\(file)", atomically: true, encoding: .utf8)
        }
    }

    /// - Parameter parts: what is copied of `Middleboxes`.
    private init(beside name: String, parts: [String]) throws {
        root = try TemporaryFolder()
        folder = root.path + "/Middleboxes/" + name
        let files = FileManager.default
        try files.createDirectory(atPath: root.path + "/Middleboxes", withIntermediateDirectories: true)
        for part in parts {
            try files.copyItem(atPath: "\(repository)/Middleboxes/\(part)", toPath: "\(root.path)/Middleboxes/\(part)")
        }
    }

    /// The C code of the runtime that stands beside the copy.
    func runtime(_ file: String) -> String { root.path + "/Middleboxes/runtime/" + file }

    /// Where `verify` writes counterexamples.
    var counterexamples: String { root.path + "/counterexamples" }

    /// A folder for proofs beside the copy.
    var store: String { root.path + "/proofs" }

    func remove() { root.remove() }

    /// Runs `verify` on the copy.
    ///
    /// - Parameters:
    ///   - property: The only one to judge; nil: all.
    ///   - store: Where proofs are kept; nil: nowhere.
    ///   - options: More arguments.
    func verify(
        property: String? = nil, store: String? = nil, options: [String] = []
    ) async throws -> (Execution, [String: PropertyVerdict]) {
        let selection = property.map { ["--property", $0] } ?? []
        let execution = try await Command(
            "verify",
            arguments: [folder, "--format", "json", "--counterexamples", counterexamples]
                + (store.map { ["--cache", $0] } ?? ["--no-cache"]) + selection + options
        ).run(in: root.path, atMost: 600)
        let report = try #require(
            (try? JSONSerialization.jsonObject(with: Data(execution.output.utf8))) as? [String: Any],
            "no JSON document: \(execution.words)")
        let middleboxes = try #require(report["middleboxes"] as? [[String: Any]])
        try #require(middleboxes.count == 1)
        var verdicts: [String: PropertyVerdict] = [:]
        for property in try #require(middleboxes[0]["properties"] as? [[String: Any]]) {
            let name = try #require(property["name"] as? String)
            let counterexample = property["counterexample"] as? [String: Any]
            verdicts[name] = PropertyVerdict(
                verdict: try #require(property["verdict"] as? String), confirmed: counterexample?["confirmed"] as? Bool)
        }
        return (execution, verdicts)
    }

    /// Verifies the middlebox element by element with the copy's store, and as one element: what the two say must be the same, property by
    /// property.
    func compareWithWholeProgram(property: String? = nil) async throws -> (Execution, [String: PropertyVerdict]) {
        let (decomposed, verdicts) = try await verify(property: property, store: store)
        try await compareWithWholeProgram(decomposed, verdicts, property: property)
        return (decomposed, verdicts)
    }

    func compareWithWholeProgram(
        _ decomposed: Execution, _ verdicts: [String: PropertyVerdict], property: String? = nil
    ) async throws {
        let (whole, wholeVerdicts) = try await verify(property: property, options: ["--whole-program"])
        #expect(decomposed.status == whole.status)
        #expect(!verdicts.isEmpty && Set(verdicts.keys) == Set(wholeVerdicts.keys))
        for (name, verdict) in verdicts {
            #expect(
                wholeVerdicts[name]?.verdict == verdict.verdict,
                "\(name): \(verdict.verdict), and of the whole program \(wholeVerdicts[name]?.verdict ?? "nothing")")
        }
    }
}

/// The bundled middleboxes as they are, each verified once for all tests, and what the store has then.
actor ProvedMiddleboxes {
    struct Proved: Sendable {
        var execution: Execution
        var verdicts: [String: PropertyVerdict]
        /// The folder of the proofs.
        var store: String
    }

    static let shared = ProvedMiddleboxes()

    private var known: [String: Task<Proved, any Error>] = [:]

    func proved(_ middlebox: String) async throws -> Proved {
        if let task = known[middlebox] { return try await task.value }
        let task = Task {
            let copy = try MiddleboxCopy(middlebox)
            removedAtExit.withLock { $0.append(copy) }
            let (execution, verdicts) = try await copy.verify(store: copy.store)
            try #require(execution.status == 0, "\(execution.words)")
            return Proved(execution: execution, verdicts: verdicts, store: copy.store)
        }
        known[middlebox] = task
        return try await task.value
    }
}

/// What all tests need up to the end.
private let removedAtExit: Mutex<[MiddleboxCopy]> = {
    atexit { removedAtExit.withLock { $0.forEach { $0.remove() } } }
    return Mutex([])
}()
