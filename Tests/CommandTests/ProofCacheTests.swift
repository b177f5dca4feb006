import Foundation
import Testing

/// `--cache`: what was proved is not proved again while nothing that it hangs on has changed.
@Suite struct ProofCacheTests {
    private struct Verified {
        let execution: Execution
        let properties: [[String: Any]]

        var isCached: [Bool] { properties.map { $0["cached"] as? Bool ?? false } }
        var verdicts: [String] { properties.map { $0["verdict"] as? String ?? "" } }
    }

    private func verify(_ copy: MiddleboxCopy, _ store: TemporaryFolder, _ options: [String] = []) async throws
        -> Verified
    {
        let execution = try await Command(
            "verify", arguments: [copy.folder, "--format", "json", "--cache", store.path] + options
        ).run()
        let report = try #require(
            (try? JSONSerialization.jsonObject(with: Data(execution.output.utf8))) as? [String: Any],
            "\(execution.words)")
        let middleboxes = try #require(report["middleboxes"] as? [[String: Any]])
        return Verified(
            execution: execution, properties: try #require(middleboxes.first?["properties"] as? [[String: Any]]))
    }

    private func change(_ path: String, _ old: String, _ new: String) throws {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try #require(text.contains(old))
        try text.replacing(old, with: new).write(toFile: path, atomically: true, encoding: .utf8)
    }

    /// What is said of the properties, without what may differ between runs.
    private func said(_ verified: Verified) throws -> Data {
        let properties = verified.properties.map { $0.filter { $0.key != "seconds" && $0.key != "cached" } }
        return try JSONSerialization.data(withJSONObject: properties, options: .sortedKeys)
    }

    @Test func anUnchangedMiddleboxIsAnsweredFromTheStore() async throws {
        let (copy, store) = (try MiddleboxCopy("nop"), try TemporaryFolder())
        defer {
            copy.remove()
            store.remove()
        }
        let first = try await verify(copy, store)
        let second = try await verify(copy, store)
        #expect(first.isCached.allSatisfy { !$0 } && second.isCached.allSatisfy { $0 })
        #expect(try said(first) == said(second))
        let text = try await Command("verify", arguments: [copy.folder, "--cache", store.path]).run()
        #expect(text.output.contains(/proved +cached/), "\(text.words)")
        let list = try await Command("verify", arguments: ["list", copy.folder, "--cache", store.path]).run()
        #expect(list.output.contains("proved"), "\(list.words)")
        // Not what other questions were answered.
        #expect(try await verify(copy, store, ["--whole-program"]).isCached.allSatisfy { !$0 })
        #expect(try await verify(copy, store, ["--property", "memory_*"]).isCached.allSatisfy { !$0 })
        #expect(try await verify(copy, store, ["--no-cache"]).isCached.allSatisfy { !$0 })
    }

    @Test func aChangeOfAnyFileIsSeen() async throws {
        let (copy, store) = (try MiddleboxCopy("nop"), try TemporaryFolder())
        defer {
            copy.remove()
            store.remove()
        }
        let include = copy.folder + "/../include/gravel/middlebox.h"
        _ = try await verify(copy, store)
        // A header that says the same in other words; then one that says something else.
        try (try String(contentsOfFile: include, encoding: .utf8) + "\n// One line more.\n")
            .write(toFile: include, atomically: true, encoding: .utf8)
        #expect(try await verify(copy, store).isCached.allSatisfy { !$0 })
        #expect(try await verify(copy, store).isCached.allSatisfy { $0 })
        // A new header could come before another.
        try "".write(toFile: copy.folder + "/other.h", atomically: true, encoding: .utf8)
        #expect(try await verify(copy, store).isCached.allSatisfy { !$0 })
        let list = try await Command("verify", arguments: ["list", copy.folder, "--cache", store.path]).run()
        #expect(list.output.contains("proved"))
        try change(copy.folder + "/nop.c", "packet_emit(", "packet_emit  (")
        let unknown = try await Command("verify", arguments: ["list", copy.folder, "--cache", store.path]).run()
        #expect(!unknown.output.contains("proved"), "\(unknown.words)")
        #expect(try await verify(copy, store).isCached.allSatisfy { !$0 })
    }

    @Test func aBugThatIsPutInLaterIsFound() async throws {
        let (copy, store) = (try MiddleboxCopy("nat"), try TemporaryFolder())
        defer {
            copy.remove()
            store.remove()
        }
        #expect(try await verify(copy, store).execution.status == 0)
        // In the element, and in the spec.
        try change(copy.folder + "/nat.c", "map_insert(&inbound, external, internal, lifetime)", "true")
        let broken = try await verify(copy, store)
        #expect(broken.execution.status != 0 && broken.verdicts.contains { $0 != "proved" })
        try change(copy.folder + "/nat.c", "if (true) return true;", "if (map_insert(&inbound, external, internal, lifetime)) return true;")
        #expect(try await verify(copy, store).execution.status == 0)
        try change(copy.folder + "/nat.gravel", "q.ipv4.source == config.external_address", "q.ipv4.source == p.ipv4.source")
        #expect(try await verify(copy, store).execution.status == 1)
    }

    @Test func aRefutationIsToldAgain() async throws {
        let bug = try #require(SeededBug.all.first { $0.name == "payload_byte_touched" })
        let (copy, store) = (try await bug.patchedCopy(), try TemporaryFolder())
        defer {
            copy.remove()
            store.remove()
        }
        let folder = store.path + "/counterexamples"
        let options = ["--property", "payload_unchanged", "--counterexamples", folder]
        let first = try await verify(copy, store, options)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        let capture = try #require(names.first { $0.hasSuffix(".pcap") })
        let bytes = try Data(contentsOf: URL(filePath: folder + "/" + capture))
        try FileManager.default.removeItem(atPath: folder)
        let second = try await verify(copy, store, options)
        #expect(first.verdicts == ["refuted"] && second.verdicts == ["refuted"])
        #expect(second.isCached == [true])
        #expect(second.execution.status == 1)
        #expect(try said(first) == said(second))
        #expect(try Data(contentsOf: URL(filePath: folder + "/" + capture)) == bytes)
    }

    @Test func aDamagedStoreIsNotBelieved() async throws {
        let (copy, store) = (try MiddleboxCopy("nop"), try TemporaryFolder())
        defer {
            copy.remove()
            store.remove()
        }
        _ = try await verify(copy, store)
        for name in FileManager.default.enumerator(atPath: store.path)?.compactMap({ $0 as? String }) ?? [] {
            let path = store.path + "/" + name
            guard var content = FileManager.default.contents(atPath: path), content.count > 100 else { continue }
            content[content.count / 2] ^= 1
            try content.write(to: URL(filePath: path))
        }
        let again = try await verify(copy, store)
        #expect(again.isCached.allSatisfy { !$0 } && again.execution.status == 0)
        #expect(again.execution.error.contains("note: an entry of the proof store is damaged"), "\(again.execution.words)")
        #expect(try await verify(copy, store).isCached.allSatisfy { $0 })
    }
}
