import Foundation
import Testing

/// `make install`, and what a project of its own can do with it.
@Suite struct InstallTests {
    /// Installs the executables that the tests run, without building any, into a new folder.
    private func installed() async throws -> TemporaryFolder {
        let root = try TemporaryFolder()
        let folder = URL(fileURLWithPath: try Command("verify").executablePath()).deletingLastPathComponent().path
        let execution = try await Command("/usr/bin/make", "install", "PREFIX=\(root.path)", "EXECUTABLES=\(folder)")
            .run()
        #expect(execution.status == 0 && execution.error.isEmpty, "\(execution.words)")
        return root
    }

    private func files(below folder: String) -> Set<String> {
        Set((FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []))
    }

    @Test(
        "A project of its own, from make install to a red and then a green gate, with nothing of this repository in reach"
    )
    func gate() async throws {
        let root = try await installed()
        defer { root.remove() }
        let project = try OwnProject("counterexamples: broken\n")
        defer { project.remove() }
        try project.breakMiddlebox()
        let verify = root.path + "/bin/verify"

        let red = try await Command(verify).run(in: project.path, atMost: 300)
        #expect(red.status == 1, "\(red.words)")
        #expect(red.output.contains(/nothing_back +step +refuted/), "\(red.words)")
        #expect(
            red.output.contains("turnstile.c:6  if (packet->port != WAY_IN)"), "no place in the C code: \(red.words)")
        #expect(red.output.contains("confirmed: the native program does the same"), "\(red.words)")
        // The packets that break it do so in the native program.
        let replay = try await Command(
            root.path + "/bin/replay", "turnstile", "broken/turnstile.nothing_back.pcap", "--check"
        ).run(in: project.path)
        #expect(replay.status == 1, "\(replay.words)")

        try project.mendMiddlebox()
        let green = try await Command(verify).run(in: project.path, atMost: 300)
        #expect(green.status == 0, "\(green.words)")
    }

    @Test("A bundled middlebox of the same name lends a project's own no spec")
    func noForeignSpec() async throws {
        let root = try await installed()
        defer { root.remove() }
        let project = try OwnProject(replacing: "middleboxes: [boxes/nop]")
        defer { project.remove() }
        try project.write("boxes/nop/nop.c", try text(of: "Middleboxes/nop/nop.c"))
        #expect(FileManager.default.fileExists(atPath: root.path + "/share/gravel/Specs/nop.gravel"))
        let list = try await Command(root.path + "/bin/verify", "list").run(in: project.path)
        #expect(list.status == 0 && list.error.contains("nop has no spec"), "\(list.words)")
    }

    @Test("Shells accept the completions, which offer a project's middleboxes")
    func completions() async throws {
        let root = try await installed()
        defer { root.remove() }
        for command in ["verify", "replay"] {
            let bash = "\(root.path)/share/bash-completion/completions/\(command)"
            let zsh = "\(root.path)/share/zsh/site-functions/_\(command)"
            let fish = "\(root.path)/share/fish/vendor_completions.d/\(command).fish"
            for parser in [Command("/bin/bash", "-n", bash), Command("/usr/bin/zsh", "-n", zsh)] {
                let execution = try await parser.run()
                #expect(execution.status == 0 && execution.error.isEmpty, "\(parser): \(execution.words)")
            }
            #expect(try String(contentsOfFile: zsh, encoding: .utf8).hasPrefix("#compdef \(command)\n"))
            #expect(try String(contentsOfFile: fish, encoding: .utf8).contains("complete -c '\(command)'"))
        }
        let project = try OwnProject()
        defer { project.remove() }
        for words in [["verify", "elements", "turn"], ["replay", "turn"]] {
            let line = words.joined(separator: " ")
            let script = """
                PATH='\(root.path)/bin':"$PATH"; source '\(root.path)/share/bash-completion/completions/\(words[0])'
                COMP_WORDS=(\(line)); COMP_CWORD=\(words.count - 1); COMP_LINE='\(line)'; COMP_POINT=\(line.count); COMP_TYPE=9
                _\(words[0]) \(words[0]) turn \(words[words.count - 2]); printf '%s\\n' "${COMPREPLY[@]}"
                """
            let offered = try await Command("/bin/bash", "-c", script).run(in: project.path)
            #expect(offered.output.contains("turnstile"), "\(line): \(offered.words)")
        }
    }

    @Test("Each command has a manual page with all of its options, which is set without a warning")
    func manuals() async throws {
        let root = try await installed()
        defer { root.remove() }
        let folder = root.path + "/share/man/man1"
        let pages = files(below: folder)
        #expect(
            pages == [
                "verify.1", "verify-elements.1", "verify-tests.1", "verify-list.1", "verify-explain.1",
                "verify-measure.1", "verify-format.1", "replay.1", "replay-live.1",
            ])
        for page in pages.sorted() {
            let execution = try await Command(
                "/usr/bin/groff", "-k", "-man", "-ww", "-Tutf8", "-P-c", "\(folder)/\(page)"
            )
            .run()
            #expect(execution.status == 0 && execution.error.isEmpty, "\(page): \(execution.words)")
            let words = page.dropLast(2).split(separator: "-").map(String.init)
            let arguments = words.count > 1 ? Array(words.dropFirst()) + ["--help"] : ["--help"]
            let help = try await Command(words[0], arguments: arguments).run().output
            let options = Set(help.matches(of: /\n +(?:-\w, )?(--[a-z-]+)/).map { String($0.1) })
            try #require(!options.isEmpty, "\(help)")
            let shown = execution.output.replacing(/.\u{8}/, with: "").replacing(/\u{2010}\n\s*/, with: "")
            for option in options { #expect(shown.contains(option), "\(page) does not have \(option)") }
            #expect(shown.contains("SEE ALSO"))
        }
    }

    @Test("make uninstall leaves nothing, and DESTDIR goes before PREFIX")
    func uninstall() async throws {
        let root = try TemporaryFolder()
        defer { root.remove() }
        let folder = URL(fileURLWithPath: try Command("verify").executablePath()).deletingLastPathComponent().path
        let places = ["PREFIX=/opt/gravel", "DESTDIR=\(root.path)", "EXECUTABLES=\(folder)"]
        let install = try await Command("/usr/bin/make", arguments: ["install"] + places).run()
        #expect(install.status == 0, "\(install.words)")
        #expect(files(below: root.path).contains("opt/gravel/bin/verify"))
        try FileManager.default.createDirectory(
            atPath: root.path + "/opt/gravel/share/man/man1/kept", withIntermediateDirectories: true)
        let uninstall = try await Command("/usr/bin/make", arguments: ["uninstall"] + places).run()
        #expect(uninstall.status == 0, "\(uninstall.words)")
        let left = files(below: root.path).filter {
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: "\(root.path)/\($0)", isDirectory: &isFolder)
                && !isFolder.boolValue
        }
        #expect(left.isEmpty, "\(left)")
        #expect(files(below: root.path).contains("opt/gravel/share/man/man1/kept"))
    }
}
