import Foundation
import Testing

/// A patch `Tests/SeededBugs/<middlebox>/<name>.patch` that puts one mistake into a middlebox. It says in a comment line which property
/// must be refuted: `# expect: refuted payload_unchanged`, or `… payload_unchanged alone` where no other is.
struct SeededBug: Sendable, CustomTestStringConvertible {
    var middlebox: String
    var name: String

    static let all: [SeededBug] = names(in: "Tests/SeededBugs").flatMap { middlebox in
        names(in: "Tests/SeededBugs/\(middlebox)").filter { $0.hasSuffix(".patch") }
            .map { SeededBug(middlebox: middlebox, name: String($0.dropLast(".patch".count))) }
    }

    var path: String { "Tests/SeededBugs/\(middlebox)/\(name).patch" }
    var testDescription: String { "\(middlebox)/\(name)" }

    func expectedProperty() throws -> String { try expectation().property }

    /// The property, and whether the mistake breaks nothing else.
    func expectation() throws -> (property: String, isAlone: Bool) {
        let lines = try text(of: path).split(separator: "\n").filter { $0.hasPrefix("# expect: refuted ") }
        let line = try #require(lines.first, "\(path) does not say what it expects")
        let words = line.dropFirst("# expect: refuted ".count).split(separator: " ")
        try #require(words.count == 1 || words.count == 2 && words[1] == "alone", "\(path) expects nothing clear")
        return (String(words[0]), words.count == 2)
    }

    /// The verdict on the expected property of the middlebox with this mistake in it, and on all others where it is to be alone.
    func verify() async throws -> (Execution, [String: PropertyVerdict]) {
        let copy = try await patchedCopy()
        defer { copy.remove() }
        let (property, isAlone) = try expectation()
        return try await copy.verify(property: isAlone ? nil : property)
    }

    /// The middlebox with this mistake in it. To be removed by the caller.
    ///
    /// - Parameters:
    ///   - isProvedBefore: whether the middlebox is verified, and the proofs kept in the copy's store, before the mistake is made.
    ///   - property: the only one to be proved before; nil: all.
    func patchedCopy(isProvedBefore: Bool = false, property: String? = nil) async throws -> MiddleboxCopy {
        let copy = try MiddleboxCopy(middlebox)
        if isProvedBefore {
            let (execution, _) = try await copy.verify(property: property, store: copy.store)
            try #require(execution.status == 0, "\(execution.words)")
        }
        let patched = try await Command(
            "/usr/bin/env", "patch", "--quiet", "--fuzz=0", "\(copy.folder)/\(middlebox).c", "\(repository)/\(path)"
        ).run()
        try #require(patched.status == 0, "the patch does not apply: \(patched.words)")
        return copy
    }
}

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
}
