import Foundation
import Testing

/// Each kind of mistake is refuted at its line, and the same program without it is proved: `Tests/KnownWrong`.
@Suite struct KnownWrongTests {
    /// Cases whose mistake is not refuted today, each with the reason. One that starts to be caught makes ``knownMiss(_:)``
    /// fail: take it off this list.
    static let knownMisses: [String: String] = [
        "stack/claimed_length_copied": "memcpy of a length that varies has no model",
        "uninitialised/member_not_set":
            "the native map copies a value with whatever padding it has, so that nothing is seen before it is used",
        "values/pointer_before_packet":
            "no sanitizer that the native program is built with looks at comparisons of pointers",
    ]
    /// Cases that are not proved without their mistake, each with the reason.
    static let knownUnproved: [String: String] = [
        "stack/claimed_length_copied": "memcpy of a length that varies has no model"
    ]

    static let cases = KnownWrong.all
    static var caught: [KnownWrong] { cases.filter { knownMisses[$0.name] == nil } }
    static var missed: [KnownWrong] { cases.filter { knownMisses[$0.name] != nil } }
    static var proved: [KnownWrong] { cases.filter { knownUnproved[$0.name] == nil } }
    static var unproved: [KnownWrong] { cases.filter { knownUnproved[$0.name] != nil } }

    static let checks: Set<String> = [
        "memory_safe", "no_undefined_behaviour", "no_uninitialised_memory", "handed_on_exactly_once", "loops_end",
    ]

    @Test func thereAreManyOfEveryCheck() throws {
        #expect(Self.caught.count >= 40 && Self.proved.count >= 40)
        let marked = Set(try Self.cases.map { try $0.mark().check })
        #expect(marked == Self.checks)
    }

    @Test func everyKnownMissIsACase() {
        let names = Set(Self.cases.map(\.name))
        #expect(names.isSuperset(of: Self.knownMisses.keys) && names.isSuperset(of: Self.knownUnproved.keys))
    }

    @Test(arguments: caught) func isRefutedAtItsLine(_ wrong: KnownWrong) async throws {
        let mark = try wrong.mark()
        let (execution, verdicts) = try await wrong.verify(isWrong: true)
        #expect(verdicts.filter { $0.value.verdict == "refuted" }.keys.sorted() == [mark.check], "\(execution.words)")
        #expect(verdicts[mark.check]?.line == mark.line, "refuted at another line: \(execution.words)")
        #expect(verdicts[mark.check]?.confirmed == true, "the native program did not confirm it: \(execution.words)")
        #expect(execution.status == 1)
    }

    @Test(arguments: proved) func isProvedWithoutTheMistake(_ right: KnownWrong) async throws {
        let (execution, verdicts) = try await right.verify(isWrong: false)
        #expect(execution.status == 0, "\(execution.words)")
        #expect(Set(verdicts.keys) == Self.checks)
        #expect(verdicts.values.allSatisfy { $0.verdict == "proved" }, "\(execution.words)")
    }

    @Test(arguments: missed) func knownMiss(_ wrong: KnownWrong) async throws {
        let mark = try wrong.mark()
        let (execution, verdicts) = try await wrong.verify(isWrong: true)
        let found = try #require(verdicts[mark.check], "\(execution.words)")
        // Missed is one thing, a false proof another.
        #expect(found.verdict == "inconclusive", "caught now, or worse: \(execution.words)")
        #expect(found.line == mark.line)
    }

    @Test(arguments: unproved) func knownUnproved(_ right: KnownWrong) async throws {
        let (execution, _) = try await right.verify(isWrong: false)
        #expect(execution.status == 2, "'\(right.name)' is proved now, or worse: \(execution.words)")
    }
}

/// A file `Tests/KnownWrong/<kind>/<name>.c`. Its first line, a comment that says what is wrong, gives way to `#define WRONG` for the
/// program with the mistake. `// refuted: CHECK` stands at the end of the line that must be named.
struct KnownWrong: Sendable, CustomTestStringConvertible {
    /// Kind and name.
    var name: String

    static let all: [KnownWrong] = names(in: "Tests/KnownWrong").flatMap { kind in
        names(in: "Tests/KnownWrong/\(kind)").filter { $0.hasSuffix(".c") }
            .map { KnownWrong(name: "\(kind)/\($0.dropLast(2))") }
    }

    var testDescription: String { name }

    private var file: MarkedFile { MarkedFile(path: "Tests/KnownWrong/\(name).c") }

    func mark() throws -> (check: String, line: Int) {
        let (words, line) = try file.mark(like: "// refuted: ")
        return (words, line)
    }

    func verify(isWrong: Bool) async throws -> (Execution, [String: PlacedVerdict]) {
        try await file.verify(as: "box", defining: isWrong ? "WRONG" : nil, spec: nil)
    }
}

/// What the JSON report says of one property, and where.
struct PlacedVerdict: Sendable {
    var verdict: String
    var isCheck: Bool
    var line: Int?
    /// Whether native replay did the same as the counterexample; nil when there is none.
    var confirmed: Bool?
}

/// A C file of one middlebox, which begins with a comment line and has one line that is marked.
struct MarkedFile {
    var path: String

    /// What stands behind these words, at the end of the one line that has them.
    func mark(like words: String) throws -> (words: String, line: Int) {
        let marks = try text(of: path).split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap
        {
            index, line in line.range(of: words).map { (String(line[$0.upperBound...]), index + 1) }
        }
        try #require(marks.count == 1, "\(path) has \(marks.count) lines with '\(words)'")
        return marks[0]
    }

    /// Runs `verify` on a copy under this name, whose first line defines something if need be.
    func verify(
        as name: String, defining definition: String?, spec: String?
    ) async throws -> (Execution, [String: PlacedVerdict]) {
        let root = try TemporaryFolder()
        defer { root.remove() }
        let folder = root.path + "/" + name
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var lines = try text(of: path).split(separator: "\n", omittingEmptySubsequences: false)
        try #require(lines[0].hasPrefix("// "), "\(path) does not say what it is about")
        if let definition {
            #expect(lines.contains("#ifdef \(definition)") || lines.contains("#ifndef \(definition)"), "\(path)")
            lines[0] = "#define \(definition)"
        }
        try lines.joined(separator: "\n").write(toFile: "\(folder)/\(name).c", atomically: true, encoding: .utf8)
        try spec?.write(toFile: "\(folder)/\(name).gravel", atomically: true, encoding: .utf8)
        let execution = try await Command(
            "verify", folder, "--format", "json", "--no-cache", "--jobs", "1", "--counterexamples",
            root.path + "/counterexamples"
        ).run(atMost: 300)
        let report = try #require(
            (try? JSONSerialization.jsonObject(with: Data(execution.output.utf8))) as? [String: Any],
            "no JSON document: \(execution.words)")
        let middlebox = try #require((report["middleboxes"] as? [[String: Any]])?.first)
        var verdicts: [String: PlacedVerdict] = [:]
        for property in try #require(middlebox["properties"] as? [[String: Any]]) {
            let place = property["location"] as? [String: Any]
            let isInFile = (place?["file"] as? String)?.hasSuffix("/\(name).c") == true
            verdicts[try #require(property["name"] as? String)] = PlacedVerdict(
                verdict: try #require(property["verdict"] as? String),
                isCheck: property["kind"] as? String == "builtin",
                line: isInFile ? place?["line"] as? Int : nil,
                confirmed: (property["counterexample"] as? [String: Any])?["confirmed"] as? Bool)
        }
        return (execution, verdicts)
    }
}
