import Foundation
import Testing

/// What `verify` keeps between runs: it makes runs fast, and changes nothing else.
@Suite struct CacheTests {
    /// A middlebox that breaks its spec: from inside it sends one byte changed.
    private static let broken = """
        #include <gravel/middlebox.h>

        enum port { inside, outside };

        void packet_arrives(struct packet *packet) {
            uint8_t *bytes = packet_bytes(packet, 20, 4);
            if (bytes != NULL && packet->port == inside) bytes[2] ^= 1;
            packet_emit(packet, packet->port == inside ? outside : inside);
        }
        """

    /// A middlebox with its spec and headers, and a store beside it.
    private struct Work {
        let copy: MiddleboxCopy
        let root: String
        let store: String

        init(_ name: String = "nop") throws {
            copy = try MiddleboxCopy(name)
            root = URL(fileURLWithPath: copy.folder).deletingLastPathComponent().deletingLastPathComponent().path
            store = root + "/kept"
        }

        func verify(_ arguments: String...) async throws -> Execution {
            try await Command("verify", arguments: [copy.folder, "--cache", store, "--verbose"] + arguments)
                .run(in: root, atMost: 300)
        }

        func change(_ file: String, _ old: String, _ new: String) throws {
            let text = try String(contentsOfFile: file, encoding: .utf8)
            try #require(text.contains(old))
            try text.replacingOccurrences(of: old, with: new).write(toFile: file, atomically: true, encoding: .utf8)
        }

        var entries: [String] {
            (FileManager.default.enumerator(atPath: store)?.compactMap { $0 as? String } ?? [])
                .filter { $0.hasSuffix(".report") }.map { store + "/" + $0 }.sorted()
        }
    }

    /// Whether everything, or nothing, came from the store.
    private func isCached(_ execution: Execution) throws -> Bool {
        let finished = execution.error.split(separator: "\n")
            .filter { $0.wholeMatch(of: /\S+\.\S+: \w+ \(.*\)/) != nil }
        let cached = finished.filter { $0.hasSuffix("(cached)") }
        try #require(!finished.isEmpty && (cached.isEmpty || cached.count == finished.count), "\(execution.words)")
        // What is in the store is not even compiled.
        #expect(cached.isEmpty == execution.error.contains(": compiling"), "\(execution.words)")
        return !cached.isEmpty
    }

    private func timeless(_ document: String) -> String {
        document.replacing(/"seconds" : [0-9.e-]+/, with: "\"seconds\" : 0")
            .replacing(/"cached" : (true|false)/, with: "\"cached\" : ?")
    }

    @Test func unchangedMiddleboxesAreNotProvedAgain() async throws {
        let work = try Work()
        defer { work.copy.remove() }
        let first = try await work.verify("--format", "json")
        #expect(try !isCached(first))
        let second = try await work.verify("--format", "json")
        #expect(try isCached(second))
        #expect(first.status == 0 && second.status == 0)
        #expect(second.output.contains("\"cached\" : true"))
        #expect(!second.output.contains("\"cached\" : false"))
        #expect(timeless(first.output) == timeless(second.output))

        let text = try await work.verify()
        #expect(try isCached(text))
        #expect(text.output.contains(/forwarded +step +proved +cached/), "\(text.output)")
        let fresh = try await work.verify("--no-cache")
        #expect(fresh.status == 64, "--cache and --no-cache exclude each other")
        let anew = try await Command("verify", work.copy.folder, "--no-cache", "--verbose").run(in: work.root)
        #expect(try !isCached(anew))
    }

    @Test func everyChangeIsNoticed() async throws {
        let work = try Work()
        defer { work.copy.remove() }
        #expect(try await !isCached(work.verify()))
        let header = work.root + "/Middleboxes/include/gravel/packet.h"
        let spec = work.copy.folder + "/nop.gravel"
        let code = work.copy.folder + "/nop.c"
        for (file, old, new) in [
            (header, "#include", "// changed\n#include"), (spec, "then q == p", "then q.length == p.length"),
            (code, "packet_arrives", "\n packet_arrives"),
        ] {
            try work.change(file, old, new)
            #expect(try await !isCached(work.verify()), "\(file)")
            #expect(try await isCached(work.verify()), "\(file)")
        }
        #expect(try await !isCached(work.verify("--property", "forwarded")))
        #expect(try await isCached(work.verify("--property", "forwarded")))
        #expect(try await !isCached(work.verify("--timeout", "59")))
        #expect(try await isCached(work.verify()))
    }

    @Test func counterexamplesAreTheSame() async throws {
        let work = try Work()
        defer { work.copy.remove() }
        try Self.broken.write(toFile: work.copy.folder + "/nop.c", atomically: true, encoding: .utf8)
        let captures = [work.root + "/first", work.root + "/second"]
        var stories: [String] = []
        for (index, folder) in captures.enumerated() {
            let execution = try await Command(
                "verify", work.copy.folder, "--cache", work.store, "--counterexamples", folder
            ).run(in: work.root)
            #expect(execution.status == 1, "\(execution.words)")
            #expect(execution.error.contains("(cached)") == (index == 1))
            #expect(execution.output.contains("confirmed: the native program does the same"))
            stories.append(
                GoldenCase.lasting(execution.output.replacingOccurrences(of: folder, with: "‹folder›"))
                    .replacing(/(?:cached|‹time›)/, with: "‹time›").replacing(/\ +/, with: " "))
        }
        #expect(stories[0] == stories[1])
        for name in ["nop.unchanged.pcap", "nop.unchanged.yml"] {
            let contents = try captures.map { try Data(contentsOf: URL(fileURLWithPath: "\($0)/\(name)")) }
            if name.hasSuffix(".pcap") { #expect(contents[0] == contents[1]) }
            #expect(!contents[1].isEmpty)
        }
    }

    /// A solver that has no time gives up: that says nothing of the next run.
    @Test func timeoutsAreNotKept() async throws {
        let work = try Work("nat")
        defer { work.copy.remove() }
        let arguments = ["--timeout", "0.001", "--property", "memory_safe", "--property", "inbound_follows_mapping"]
        let first = try await Command("verify", arguments: [work.copy.folder, "--cache", work.store] + arguments)
            .run(in: work.root, atMost: 600)
        try #require(first.status == 2 && first.output.contains("inconclusive"), "\(first.words)")
        for entry in work.entries {
            let content = String(decoding: try Data(contentsOf: URL(fileURLWithPath: entry)), as: UTF8.self)
            #expect(!content.contains("inconclusive"))
        }
        let second = try await Command("verify", arguments: [work.copy.folder, "--cache", work.store] + arguments)
            .run(in: work.root, atMost: 600)
        #expect(!second.error.contains("cached"), "\(second.words)")
        let list = try await Command("verify", "list", work.copy.folder, "--cache", work.store).run(in: work.root)
        #expect(!list.output.contains("inconclusive"), "\(list.words)")
    }

    @Test func damagedEntriesAreToldOfAndReplaced() async throws {
        let work = try Work()
        defer { work.copy.remove() }
        _ = try await work.verify()
        try #require(!work.entries.isEmpty)
        for entry in work.entries {
            var content = try Data(contentsOf: URL(fileURLWithPath: entry))
            content[content.count / 2] ^= 1
            try content.write(to: URL(fileURLWithPath: entry))
        }
        let second = try await work.verify()
        #expect(try !isCached(second))
        #expect(second.status == 0)
        let notes = second.error.split(separator: "\n").filter { $0.hasPrefix("note: ") }
        #expect(notes.count == 1 && notes[0].hasSuffix("is ignored: its checksum is wrong"), "\(second.words)")
        let third = try await work.verify()
        #expect(try isCached(third))
        #expect(!third.error.contains("note: "), "\(third.words)")
    }

    @Test func storesThatCannotBeWrittenToDoNotMatter() async throws {
        let work = try Work()
        defer { work.copy.remove() }
        try "a file".write(toFile: work.root + "/file", atomically: true, encoding: .utf8)
        for folder in [work.root + "/file", "/proc/kept"] {
            for _ in 0..<2 {
                let execution = try await Command("verify", work.copy.folder, "--cache", folder).run(in: work.root)
                #expect(execution.status == 0, "\(execution.words)")
                #expect(!execution.error.contains("cached"))
                let notes = execution.error.split(separator: "\n").filter { $0.hasPrefix("note: ") }
                #expect(
                    notes.count == 1 && notes[0].hasPrefix("note: nothing is kept in \(folder): "),
                    "\(execution.words)")
            }
        }
    }

    @Test func severalAtOnce() async throws {
        let work = try Work()
        defer { work.copy.remove() }
        try await withThrowingTaskGroup(of: Execution.self) { group in
            for _ in 0..<4 { group.addTask { try await work.verify() } }
            for try await execution in group { #expect(execution.status == 0, "\(execution.words)") }
        }
        let last = try await work.verify()
        #expect(try isCached(last))
        #expect(!last.error.contains("note: "))
    }

    @Test func theListKnowsTheLastVerdicts() async throws {
        let work = try Work()
        defer { work.copy.remove() }
        func verdicts() async throws -> [String] {
            let list = try await Command("verify", "list", work.copy.folder, "--cache", work.store).run(in: work.root)
            return list.output.split(separator: "\n").dropFirst().map {
                String($0.split(separator: " ", omittingEmptySubsequences: true).last ?? "")
            }
        }
        #expect(try await verdicts() == ["-", "-", "-"])
        _ = try await work.verify("--property", "unchanged")
        #expect(try await verdicts() == ["-", "-", "proved"])
        _ = try await work.verify()
        #expect(try await verdicts() == ["proved", "proved", "proved"])
        try Self.broken.write(toFile: work.copy.folder + "/nop.c", atomically: true, encoding: .utf8)
        #expect(try await verdicts() == ["-", "-", "-"])
        _ = try await work.verify()
        #expect(try await verdicts() == ["proved", "proved", "refuted"])
    }
}
