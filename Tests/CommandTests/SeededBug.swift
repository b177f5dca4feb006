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

    /// The middlebox with this mistake in it, and a store that has all proofs of it without. To be removed by the caller.
    func patchedCopy() async throws -> MiddleboxCopy {
        let copy = try MiddleboxCopy(middlebox)
        let proved = try await ProvedMiddleboxes.shared.proved(middlebox)
        try FileManager.default.copyItem(atPath: proved.store, toPath: copy.store)
        let patched = try await Command(
            "/usr/bin/env", "patch", "--quiet", "--fuzz=0", "\(copy.folder)/\(middlebox).c", "\(repository)/\(path)"
        ).run()
        try #require(patched.status == 0, "the patch does not apply: \(patched.words)")
        return copy
    }
}
