import Foundation
import Testing

/// A project that says in `gravel.yml` where its middleboxes are, and what is usual in it.
@Suite struct ProjectTests {
    /// The properties that a run judged.
    private func judged(_ execution: Execution) throws -> Set<String> {
        let report = try #require(
            (try? JSONSerialization.jsonObject(with: Data(execution.output.utf8))) as? [String: Any],
            "no JSON document: \(execution.words)")
        let middleboxes = try #require(report["middleboxes"] as? [[String: Any]])
        return Set(
            middleboxes.flatMap { middlebox in
                (middlebox["properties"] as? [[String: Any]] ?? []).compactMap { property in
                    (property["name"] as? String).map { "\(middlebox["name"] ?? "").\($0)" }
                }
            })
    }

    private func verify(_ project: OwnProject, _ arguments: String..., in folder: String = ".") async throws
        -> Execution
    {
        try await Command("verify", arguments: ["--format", "json"] + arguments)
            .run(in: project.path + "/" + folder, atMost: 300)
    }

    @Test(
        "Without arguments, all that is listed is verified, with its spec and headers, from every folder of the project"
    )
    func whatIsListed() async throws {
        let project = try OwnProject()
        defer { project.remove() }
        for folder in [".", "src/boxes/turnstile"] {
            let execution = try await verify(project, in: folder)
            #expect(execution.status == 0, "\(execution.words)")
            let names = try judged(execution)
            #expect(names.isSuperset(of: ["turnstile.memory_safe", "turnstile.out", "turnstile.nothing_back"]))
        }
    }

    @Test("What is listed, and nothing else: a folder Middleboxes does not count beside a list")
    func nothingElse() async throws {
        let project = try OwnProject()
        defer { project.remove() }
        try project.write("Middleboxes/other/other.c", "#error never compiled\n")
        let execution = try await verify(project)
        #expect(execution.status == 0, "\(execution.words)")
        let slip = try await project.run("verify", "other")
        #expect(slip.status == 64 && slip.error.contains("there is no middlebox 'other'"), "\(slip.words)")
        #expect(slip.error.contains("turnstile"))
    }

    @Test("verify, elements, list, tests and replay find a middlebox by its folder's name")
    func byName() async throws {
        let project = try OwnProject("property: [out]")
        defer { project.remove() }
        for command in [["turnstile"], ["elements", "turnstile"], ["list", "turnstile"], ["list"]] {
            let execution = try await Command("verify", arguments: command).run(in: project.path + "/src", atMost: 300)
            #expect(execution.status == 0 && execution.output.contains("turnstile"), "\(command): \(execution.words)")
        }
        // By its spec, too, which lies where no middlebox of that name does.
        let bySpec = try await verify(project, "contracts/turnstile.gravel")
        #expect(bySpec.status == 0, "\(bySpec.words)")
        #expect(try judged(bySpec) == ["turnstile.out"])
        let slip = try await project.run("verify", "elements", "turnstyle")
        #expect(slip.status == 64 && slip.error.contains("did you mean 'turnstile'?"), "\(slip.words)")

        let tests = try await project.run("verify", "tests", "turnstile", "--write", "tests", in: "src")
        #expect(tests.status == 0, "\(tests.words)")
        let capture = "tests/turnstile.001.pcap"
        #expect(project.has("src/" + capture))
        let replay = try await project.run("replay", "turnstile", capture, "--check", in: "src")
        #expect(replay.status == 0, "\(replay.words)")
        #expect(replay.output.contains("nothing_back"), "the spec that is listed is not the one that is checked")
        let unknown = try await project.run("replay", "turnstyle", capture, in: "src")
        #expect(unknown.status == 64 && unknown.error.contains("did you mean 'turnstile'?"), "\(unknown.words)")
    }

    @Test("Flags win over the file")
    func flags() async throws {
        let project = try OwnProject(
            "property: [memory_*]\ncache: proofs\ncounterexamples: broken\njobs: 1\ntimeout: 30\n")
        defer { project.remove() }
        let file = try await verify(project)
        #expect(file.status == 0, "\(file.words)")
        #expect(try judged(file) == ["turnstile.memory_safe"])
        #expect(project.has("proofs"))

        let flags = try await verify(project, "--property", "o*", "--cache", "other")
        #expect(flags.status == 0, "\(flags.words)")
        #expect(try judged(flags) == ["turnstile.out"])
        #expect(project.has("other"))

        try project.breakMiddlebox()
        let broken = try await verify(project, "--property", "nothing_back", in: "src")
        #expect(broken.status == 1, "\(broken.words)")
        #expect(project.has("broken/turnstile.nothing_back.pcap"))
        let elsewhere = try await verify(project, "--property", "nothing_back", "--counterexamples", "mine", in: "src")
        #expect(elsewhere.status == 1, "\(elsewhere.words)")
        #expect(project.has("src/mine/turnstile.nothing_back.pcap"))
    }

    @Test("Where the file keeps proofs, they are used, and --no-cache keeps none")
    func cache() async throws {
        let project = try OwnProject("cache: proofs")
        defer { project.remove() }
        let without = try await project.run("verify", "--no-cache")
        #expect(without.status == 0 && !project.has("proofs"), "\(without.words)")
        let first = try await project.run("verify")
        #expect(first.status == 0 && !first.error.contains("(cached)"), "\(first.words)")
        let second = try await project.run("verify")
        #expect(second.status == 0 && second.error.contains("turnstile.out: proved (cached)"), "\(second.words)")
        let list = try await project.run("verify", "list")
        #expect(list.output.contains(/turnstile\.out +step +proved/), "\(list.words)")
    }

    struct Mistake: Sendable, CustomTestStringConvertible {
        let file: String
        let printed: String

        var testDescription: String { file }
    }

    @Test(arguments: [
        Mistake(
            file: "middlebox: [src/boxes/turnstile]",
            printed: """
                gravel.yml:1:1: error: there is no key 'middlebox'; did you mean 'middleboxes'? (the keys are middleboxes, include, jobs, \
                timeout, property, cache, counterexamples, format, outputs, baseline)
                   1 | middlebox: [src/boxes/turnstile]
                     | ^~~~~~~~~

                """),
        Mistake(
            file: "jobs: many",
            printed: """
                gravel.yml:1:7: error: expected a number of processes, at least 1, found 'many'
                   1 | jobs: many
                     |       ^~~~

                """),
        Mistake(
            file: "middleboxes:\n  - src/boxes/turnstyle",
            printed: """
                gravel.yml:2:5: error: there is no folder 'src/boxes/turnstyle'; did you mean 'src/boxes/turnstile'?
                   2 |   - src/boxes/turnstyle
                     |     ^~~~~~~~~~~~~~~~~~~

                """),
    ])
    func mistakes(_ mistake: Mistake) async throws {
        let project = try OwnProject(replacing: mistake.file)
        defer { project.remove() }
        for command in [
            Command("verify"), Command("verify", "turnstile"), Command("verify", "elements", "turnstile"),
            Command("verify", "list"), Command("replay", "turnstile", "x.pcap"),
        ] {
            let execution = try await command.run(in: project.path)
            #expect(execution.status == 65, "\(command): \(execution.words)")
            #expect(execution.error == mistake.printed, "\(command)")
            #expect(execution.output.isEmpty)
        }
    }
}
