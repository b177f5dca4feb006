import Foundation
import Testing

/// What the documents tell people to type works, and prints what they say.
@Suite struct DocumentationTests {
    /// Command lines that are not run, each with the reason.
    static let notRun: [String: String] = [
        "Tests/Traffic/record.sh [FOLDER]": "makes network namespaces, as root",
        "replay mybox FILE.pcap --config FILE.yml --check": "its files stand for those of any counterexample",
        "make install PREFIX=…": "its prefix stands for any folder",
        "verify format": "names the command, whose files are the reader's",
        "verify explain": "names the command, which a block shows",
        "verify measure": "names the command, which a block shows",
        "replay mybox FILE.pcap --operations FILE.yml": "names files that the reader has",
        "replay nat Tests/Traffic/nat-in.pcap --repeat 200 --warmup 2 --against nop --no-details --compare baseline.json --max-regression 50%":
            "its exit status says what else the machine does at the time",
        "replay live nat --port inside=eth1 --port outside=eth2": "takes interfaces: see LiveTests",
        "replay live": "names the command, which takes interfaces: see LiveTests",
        "replay nat": "names the command, whose captures are told of elsewhere",
    ]

    static let documents =
        ["README.md", "Tests/Traffic/README.md"] + names(in: "docs").filter { $0.hasSuffix(".md") }.map { "docs/" + $0 }

    @Test func theyAreFound() throws {
        let all = try Self.documents.flatMap(DocumentedCommand.all)
        for expected in [
            "verify", "verify nat --property 'outbound_*'", "verify elements nat", "verify mybox", "make verify",
            "replay nat Tests/Traffic/nat-in.pcap --write out.pcap", "cp -r Middleboxes/nop Middleboxes/mybox",
        ] {
            #expect(all.contains { $0.line == expected }, "no document shows '\(expected)'")
        }
        for line in Self.notRun.keys {
            #expect(all.contains { $0.line == line }, "no document shows '\(line)' any more")
        }
    }

    /// In a copy of the repository, as its reader has it, one after the other.
    @Test(arguments: documents) func everyCommandWorks(document: String) async throws {
        let commands = try DocumentedCommand.all(in: document).filter { Self.notRun[$0.line] == nil }
        if commands.isEmpty { return }
        let work = try TemporaryFolder()
        defer { work.remove() }
        for name in ["Middleboxes", "Specs", "Scripts", "Makefile", "Tests/Traffic"] {
            let target = URL(fileURLWithPath: work.path + "/" + name)
            try FileManager.default.createDirectory(
                at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: "\(repository)/\(name)", toPath: target.path)
        }
        // The reader's own.
        try FileManager.default.copyItem(
            atPath: repository + "/Tests/Traffic/nat-in.pcap", toPath: work.path + "/capture.pcap")

        let folder = URL(fileURLWithPath: try Command("verify").executablePath()).deletingLastPathComponent().path
        for command in commands {
            // Building and testing is what goes on here already.
            let line = command.name == "make" ? "make -n" + command.line.dropFirst("make".count) : command.line
            let shell = Command("/bin/sh", "-c", "PATH=\"\(folder):$PATH\"; \(line)")
            let execution = try await shell.run(in: work.path, atMost: 1200)
            #expect(execution.status == 0, "\(command.testDescription): \(execution.words)")
        }
    }

    /// What the README says that a command prints. `GRAVEL_RECORD=1` writes it anew.
    @Test(arguments: [("What `make verify` prints:", Command("verify", "nat"))])
    func shownOutputIsWhatIsPrinted(introduction: String, command: Command) async throws {
        let printed = try await command.run().output
        var document = try text(of: "README.md")
        let block = try #require(CodeBlock.all(in: document).first { $0.introduction == introduction })
        let shown = block.lines.map(\.text).joined(separator: "\n")
        if Self.comparable(shown) != Self.comparable(printed), isRecording {
            var lines = document.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            let new = printed.trimmingCharacters(in: .newlines).split(separator: "\n", omittingEmptySubsequences: false)
            let range = try #require(block.lines.first).number - 1..<(try #require(block.lines.last).number)
            lines.replaceSubrange(range, with: new.map { $0.isEmpty ? "" : "    " + $0 })
            document = lines.joined(separator: "\n")
            try document.write(toFile: repository + "/README.md", atomically: true, encoding: .utf8)
        } else {
            #expect(Self.comparable(shown) == Self.comparable(printed), "GRAVEL_RECORD=1 writes it anew")
        }
    }

    /// Without times, and without the widths that follow from them.
    private static func comparable(_ output: String) -> [String] {
        GoldenCase.lasting(output).trimmingCharacters(in: .newlines)
            .split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.split(separator: " ").joined(separator: " ") }
    }
}
