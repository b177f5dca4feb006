import Foundation
import Testing

/// `verify --cross-check` and `--dump`, with solvers that are right, wrong, stuck, confused, broken or not there.
@Suite struct CrossCheckTests {
    /// A folder with a `cvc5` of its own in it, which tells its version as the real one does.
    private struct FakeSolver {
        let folder: TemporaryFolder

        /// - Parameter script: what it does with a question, in the shell's language; its arguments are `"$@"`, the real one is `"$real"`.
        init(_ script: String) throws {
            folder = try TemporaryFolder()
            let real = try #require(Self.search.map { $0 + "/cvc5" }.first(where: FileManager.default.isExecutableFile))
            let text = """
                #!/bin/sh
                real='\(real)'
                case "$*" in *--version*) exec "$real" --version ;; esac
                \(script)
                """
            try text.write(toFile: folder.path + "/cvc5", atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755], ofItemAtPath: folder.path + "/cvc5")
        }

        static var search: [String] {
            (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":").map(String.init)
        }

        /// Where it is found first.
        var path: String { ([folder.path] + Self.search).joined(separator: ":") }
    }

    private func crossChecked(
        _ middlebox: String = "nop", by script: String, _ arguments: String...
    ) async throws -> (execution: Execution, document: [String: Any]?) {
        let solver = try FakeSolver(script)
        defer { solver.folder.remove() }
        let execution = try await Command(
            "verify", arguments: [middlebox, "--cross-check", "cvc5", "--format", "json"] + arguments
        ).run(atMost: 100, path: solver.path)
        let document = try? JSONSerialization.jsonObject(with: Data(execution.output.utf8)) as? [String: Any]
        return (execution, document)
    }

    private func counts(_ document: [String: Any]?) throws -> [String: Any] {
        try #require(document?["cross_check"] as? [String: Any])
    }

    @Test func theRealOneAgrees() async throws {
        let (execution, document) = try await crossChecked(by: #"exec "$real" "$@""#)
        #expect(execution.status == 0, "\(execution.words)")
        let counts = try counts(document)
        let answers = try #require(counts["answers"] as? Int)
        #expect(answers > 3 && counts["agreed"] as? Int == answers, "\(execution.words)")
        #expect((document?["tool"] as? [String: String])?["cvc5"] == counts["version"] as? String)
    }

    /// One of the two is wrong, and nobody knows which: no verdict is given. So it is where no solver was needed before.
    @Test(arguments: [("nop", "forwarded*", "simplification"), ("bridge", "groups_flood", "Z3")])
    func aDisagreementIsAnInternalError(_ middlebox: String, _ property: String, _ who: String) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let (execution, _) = try await crossChecked(
            middlebox,
            by: """
                answer=$("$real" "$@")
                case "$answer" in unsat) echo sat ;; *) echo "$answer" ;; esac
                """, "--property", property, "--dump", "smt2", "--dump-folder", folder.path)
        #expect(execution.status == 70, "\(execution.words)")
        #expect(execution.output.isEmpty)
        for words in [
            "internal error", "disagrees", "\(who) says unsat", "says sat", "Middleboxes/\(middlebox)/\(middlebox).c:",
            "Specs/\(middlebox).gravel:", "report",
        ] { #expect(execution.error.contains(words), "\(execution.words)") }
        let file = try #require(execution.error.firstMatch(of: /file: (\S+)/))
        let script = try String(contentsOfFile: String(file.1), encoding: .utf8)
        #expect(script.contains("(set-info :status unsat)") && script.hasSuffix("(check-sat)\n"))
    }

    /// Without a folder of the user's, the file is kept all the same.
    @Test func theFileIsKeptInTheCacheFolder() async throws {
        let (execution, _) = try await crossChecked(by: #"echo sat"#)
        #expect(execution.status == 70, "\(execution.words)")
        #expect(execution.error.contains("/gravel/disagreements/nop/"), "\(execution.words)")
    }

    /// What is no answer is not taken for agreement, and a solver that does not work is not success.
    @Test(arguments: [
        ("sleep 1000", "did not stop"), ("echo 'unsat, I think'", "'unsat, I think'"),
        ("echo unsat; exit 3", "status 3"),
        ("echo unsat; kill -SEGV $$", "signal 11"), ("echo unsat; echo sat", "'unsat'"), ("exit 0", "nothing"),
        ("head -c 9000000 /dev/zero", "cannot be run"),
        // Whichever of two solvers at work is told of first.
        ("rm \"$0\"", "nothing|is not found"),
    ])
    func noAnswerIsNoAgreement(_ script: String, _ reason: String) async throws {
        // Only who is waited for in vain is not waited for long.
        let seconds = script.hasPrefix("sleep") ? "1" : "60"
        let (execution, document) = try await crossChecked(by: script, "--timeout", seconds)
        #expect(execution.status == 70, "\(execution.words)")
        #expect(execution.error.contains("cvc5 does not work"), "\(execution.words)")
        let counts = try counts(document)
        #expect(counts["agreed"] as? Int == 0)
        #expect((counts["failed"] as? Int ?? 0) + (counts["late"] as? Int ?? 0) > 0)
        let failure = try #require(counts["failure"] as? String)
        #expect(failure.contains(try Regex(reason)), "\(execution.words)")
    }

    /// What has ended in time was in time, whenever it is looked at: its output is closed after the time limit only.
    @Test func aSolverThatHasEndedIsNotLate() async throws {
        let (execution, document) = try await crossChecked(by: "sleep 3 & echo unknown", "--timeout", "1")
        #expect(execution.status == 0, "\(execution.words)")
        let counts = try counts(document)
        #expect(counts["late"] as? Int == 0 && counts["unknown"] as? Int == counts["answers"] as? Int)
    }

    /// Giving up is told, and is no failure.
    @Test func unknownIsCounted() async throws {
        let (execution, document) = try await crossChecked(by: "echo unknown")
        #expect(execution.status == 0, "\(execution.words)")
        let counts = try counts(document)
        #expect(counts["agreed"] as? Int == 0 && counts["unknown"] as? Int == counts["answers"] as? Int)
    }

    /// Hours of waiting help nobody: of hundreds of questions, only some are asked.
    @Test func aSolverThatHangsIsGivenUpOn() async throws {
        let (execution, document) = try await crossChecked("policer", by: "sleep 1000", "--timeout", "5", "--jobs", "4")
        #expect(execution.status == 70, "\(execution.words)")
        let counts = try counts(document)
        #expect((counts["late"] as? Int ?? 0) >= 8 && (counts["not_asked"] as? Int ?? 0) > 50, "\(execution.words)")
    }

    @Test func aMissingSolverIsWrongUsage() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let execution = try await Command("verify", "nop", "--cross-check", "cvc5").run(path: folder.path)
        #expect(execution.status == 64 && execution.output.isEmpty, "\(execution.words)")
        #expect(execution.error.contains("cvc5 is not on the PATH") && execution.error.contains("apt-get install cvc5"))
    }

    @Test func anotherProgramOfThatNameIsNotTaken() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = folder.path + "/cvc5"
        try "#!/bin/sh\necho unsat\n".write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        let execution = try await Command("verify", "nop", "--cross-check", "cvc5")
            .run(path: ([folder.path] + FakeSolver.search).joined(separator: ":"))
        #expect(execution.status == 64 && execution.error.contains("does not tell its version"), "\(execution.words)")
    }

    /// Interrupted while the second solver is at work: it is gone at once.
    @Test func noSolverStaysBehind() async throws {
        let mark = "gravel-fake-\(UUID().uuidString)"
        let solver = try FakeSolver("exec sh -c 'sleep 1000; : \(mark)'")
        defer { solver.folder.remove() }
        let execution = try await Command("verify", "nop", "--cross-check", "cvc5", "--verbose", "--format", "json")
            .run(atMost: 60, interruptedAt: "nop: cross-checking", path: solver.path)
        #expect(execution.status == 2, "\(execution.words)")
        let document = try JSONSerialization.jsonObject(with: Data(execution.output.utf8)) as? [String: Any]
        #expect(document?["run_state"] as? String == "interrupted")
        let counts = try counts(document)
        #expect(counts["agreed"] as? Int == 0 && counts["failed"] as? Int == 0, "\(counts)")
        // Where the machine is busy, some wait for longer than the hard stop before the signal comes: late, and counted so.
        let (late, notAsked) = (try #require(counts["late"] as? Int), try #require(counts["not_asked"] as? Int))
        #expect(notAsked > 0 && notAsked + late == counts["answers"] as? Int, "\(counts)")
        try await Task.sleep(for: .milliseconds(200))
        let lines = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { Int($0) }.compactMap {
            FileManager.default.contents(atPath: "/proc/\($0)/cmdline").map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(lines?.contains { $0.contains(mark) } == false)
    }

    // MARK: Writing questions down

    private func dumped(_ folder: String, jobs: Int) async throws -> [String: Data] {
        let execution = try await Command(
            "verify", "nop", "policer", "--dump", "smt2", "--dump-folder", folder, "--jobs", "\(jobs)"
        ).run(atMost: 300)
        #expect(execution.status == 0, "\(execution.words)")
        #expect(execution.error.contains("in \(folder)"), "\(execution.words)")
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(".smt2") }
        return Dictionary(
            uniqueKeysWithValues: names.map { ($0, FileManager.default.contents(atPath: "\(folder)/\($0)") ?? Data()) })
    }

    /// The same files in every run, and what else is there stays.
    @Test func theSameQuestionsAreTheSameFiles() async throws {
        let (first, second) = (try TemporaryFolder(), try TemporaryFolder())
        defer {
            first.remove()
            second.remove()
        }
        try "mine".write(toFile: first.path + "/notes", atomically: true, encoding: .utf8)
        let files = try await dumped(first.path, jobs: 1)
        #expect(files.count > 100)
        #expect(Set(files.keys.map { $0.prefix { $0 != "/" } }) == ["nop", "policer"])
        for jobs in [2, 4] { #expect(try await dumped(second.path, jobs: jobs) == files) }
        #expect(try await dumped(first.path, jobs: 2) == files)
        #expect(try String(contentsOfFile: first.path + "/notes", encoding: .utf8) == "mine")
    }

    @Test func aFileThatIsSomebodyElsesIsNotTouched() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let command = Command("verify", "nop", "--dump", "smt2", "--dump-folder", folder.path)
        #expect(try await command.run().status == 0)
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/nop").first)
        let path = "\(folder.path)/nop/\(name)"
        try "mine".write(toFile: path, atomically: true, encoding: .utf8)
        let execution = try await command.run()
        #expect(execution.status == 64 && execution.error.contains(path), "\(execution.words)")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
    }
}
