import Foundation
import MiddleboxIR
import Synchronization
import Testing

@testable import Verification

/// A store in a folder that goes away with this object.
final class StoreFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "store-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var store: ProofStore { ProofStore(folder: path + "/proofs") }

    /// The paths of all entries.
    var entries: [String] {
        (FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? [])
            .filter { name in ProofStore.Kind.allCases.contains { name.hasSuffix(".\($0)") } }
            .map { path + "/" + $0 }.sorted()
    }

    /// All files of the store but the stamp.
    var files: [String] {
        (FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? [])
            .map { path + "/" + $0 }.filter { SourceTree.isFile($0) && !$0.hasSuffix("/cleaned") }.sorted()
    }

    func setAge(_ seconds: Int, of path: String) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -Double(seconds))], ofItemAtPath: path)
    }

    func age(of path: String) throws -> Double {
        let date = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
        return -(try #require(date)).timeIntervalSinceNow
    }
}

@Suite struct ProofStoreTests {
    private let key = ContentHash(of: [1, 2, 3])
    private let other = ContentHash(of: [4])
    private let payload = Array("what was found out".utf8)

    @Test func whatIsPutIsFound() throws {
        let folder = try StoreFolder()
        let store = folder.store
        #expect(store.entry(.answer, key) == nil)
        #expect(!SourceTree.isFolder(store.folder), "asking makes nothing")
        store.put(.answer, key, payload)
        store.put(.report, other, [])
        #expect(folder.store.entry(.answer, key) == payload)
        #expect(folder.store.entry(.report, other) == [])
        #expect(folder.store.entry(.report, key) == nil)
        #expect(folder.store.entry(.answer, other) == nil)
        store.put(.answer, key, [7])
        #expect(folder.store.entry(.answer, key) == [7])
        #expect(store.takeNotes() == [])
        #expect(folder.files.count == 2, "nothing else is left: \(folder.files)")
    }

    @Test func longEntries() throws {
        let folder = try StoreFolder()
        let payload = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        folder.store.put(.summary, key, payload)
        #expect(folder.store.entry(.summary, key) == payload)
    }

    /// Each bit of an entry, and each length that it can be cut to.
    @Test func damageIsNeverBelieved() throws {
        let folder = try StoreFolder()
        folder.store.put(.answer, key, payload)
        let path = try #require(folder.entries.first)
        let whole = try Data(contentsOf: URL(filePath: path))
        var damaged: [Data] = []
        for index in whole.indices {
            for bit in 0..<8 {
                var copy = whole
                copy[index] ^= 1 << UInt8(bit)
                damaged.append(copy)
            }
            damaged.append(whole.prefix(index))
        }
        damaged += [whole + [0], whole + whole, Data(), Data(repeating: 0, count: whole.count)]
        for content in damaged {
            try content.write(to: URL(filePath: path))
            let store = folder.store
            #expect(store.entry(.answer, key) == nil)
            let notes = store.takeNotes()
            #expect(notes.count == 1 && notes[0].hasPrefix("\(path) is ignored: "), "\(notes)")
            #expect(store.takeNotes() == [], "said once")
        }
        // What is put anew takes its place.
        let store = folder.store
        store.put(.answer, key, payload)
        #expect(store.entry(.answer, key) == payload)
        #expect(store.takeNotes() == [])
    }

    @Test func entriesUnderAnotherNameAreNotBelieved() throws {
        let folder = try StoreFolder()
        let store = folder.store
        store.put(.answer, key, payload)
        for (kind, key) in [(ProofStore.Kind.answer, other), (.report, key), (.summary, other)] {
            let target = store.path(of: kind, key)
            try FileManager.default.createDirectory(
                atPath: SourceTree.parent(of: target), withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: store.path(of: .answer, self.key), toPath: target)
            #expect(store.entry(kind, key) == nil)
            let notes = store.takeNotes()
            #expect(notes == ["\(target) is ignored: it is the entry of something else"])
        }
        #expect(store.entry(.answer, key) == payload)
    }

    /// An entry of a later version of this format, whole in itself.
    @Test func otherVersionsAreNotBelieved() throws {
        let folder = try StoreFolder()
        let store = folder.store
        var bytes = StoreEntry.bytes(kind: .answer, key: key, payload: payload)
        bytes.removeLast(ContentHash.byteCount)
        bytes[8] += 1
        bytes += ContentHash(of: bytes).bytes
        store.put(.answer, key, [])
        try Data(bytes).write(to: URL(filePath: store.path(of: .answer, key)))
        #expect(store.entry(.answer, key) == nil)
        #expect(store.takeNotes().first?.hasSuffix("it has another format") == true)
    }

    @Test func whatIsNoFileIsNotBelieved() throws {
        let folder = try StoreFolder()
        let store = folder.store
        let path = store.path(of: .answer, key)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        #expect(store.entry(.answer, key) == nil)
        let pipe = store.path(of: .answer, other)
        try FileManager.default.createDirectory(atPath: SourceTree.parent(of: pipe), withIntermediateDirectories: true)
        #expect(mkfifo(pipe, 0o600) == 0)
        #expect(store.entry(.answer, other) == nil)
        #expect(store.takeNotes().count == 2)
    }

    @Test func foldersThatCannotBeWrittenToAreNoted() throws {
        let folder = try StoreFolder()
        let file = folder.path + "/file"
        try Data("mine".utf8).write(to: URL(filePath: file))
        for path in [file, file + "/below", "/proc/gravel/proofs"] {
            let store = ProofStore(folder: path)
            #expect(store.entry(.answer, key) == nil)
            #expect(store.takeNotes() == [])
            store.put(.answer, key, payload)
            store.put(.answer, other, payload)
            #expect(store.entry(.answer, key) == nil)
            let notes = store.takeNotes()
            #expect(notes.count == 1 && notes[0].hasPrefix("nothing is kept in \(path): "), "\(notes)")
        }
        #expect(try Data(contentsOf: URL(filePath: file)) == Data("mine".utf8))
    }

    /// Readers see one payload or the other, whole.
    @Test func manyWriteAtOnce() throws {
        let folder = try StoreFolder()
        let stores = (0..<4).map { _ in folder.store }
        let payloads = (0..<4).map { [UInt8](repeating: UInt8($0), count: 20_000 + $0) }
        let strange = Mutex<[String]>([])
        DispatchQueue.concurrentPerform(iterations: 4) { number in
            for _ in 0..<100 {
                stores[number].put(.summary, key, payloads[number])
                if let found = stores[number].entry(.summary, key), payloads.contains(found) { continue }
                strange.withLock { $0.append("\(number): \(stores[number].takeNotes())") }
            }
        }
        #expect(strange.withLock { $0 } == [])
        #expect(folder.files.count == 1)
    }

    // MARK: Growth

    @Test func unusedEntriesGo() throws {
        let folder = try StoreFolder()
        let store = folder.store
        store.put(.answer, key, payload)
        store.put(.report, other, payload)
        #expect(folder.store.entry(.answer, key) == payload, "and cleaned for the first time")
        let day = 24 * 60 * 60
        let (old, young) = (store.path(of: .answer, key), store.path(of: .report, other))
        try folder.setAge(31 * day, of: old)
        try folder.setAge(29 * day, of: young)
        // Files that are not the store's stay, whatever their age.
        let strange = SourceTree.parent(of: old) + "/letter.answer"
        try Data([1]).write(to: URL(filePath: strange))
        try folder.setAge(100 * day, of: strange)
        let unfinished = old + ".1-1-1" + ProofStore.temporarySuffix
        try Data([1]).write(to: URL(filePath: unfinished))
        try folder.setAge(day, of: unfinished)

        #expect(folder.store.entry(.summary, key) == nil)
        #expect(SourceTree.isFile(old), "cleaned not long ago")
        try folder.setAge(2 * day, of: StoreCleaning.stamp(in: store.folder))
        #expect(folder.store.entry(.summary, key) == nil)
        #expect(!SourceTree.isFile(old))
        #expect(!SourceTree.isFile(unfinished))
        #expect(SourceTree.isFile(young))
        #expect(SourceTree.isFile(strange))
    }

    @Test func useIsNoted() throws {
        let folder = try StoreFolder()
        let store = folder.store
        store.put(.answer, key, payload)
        let path = store.path(of: .answer, key)
        try folder.setAge(1000, of: path)
        _ = store.entry(.answer, key)
        #expect(try folder.age(of: path) > 900, "not more often than once a day")
        try folder.setAge(20 * 24 * 60 * 60, of: path)
        _ = store.entry(.answer, key)
        #expect(try folder.age(of: path) < 100)
    }

    @Test func theOldestGoWhereThereAreTooMany() throws {
        let folder = try StoreFolder()
        let keys = (0..<20).map { ContentHash(of: [UInt8($0)]) }
        let store = folder.store
        for (index, key) in keys.enumerated() {
            store.put(.answer, key, [UInt8](repeating: 0, count: 10_000))
            try folder.setAge(1000 - index, of: store.path(of: .answer, key))
        }
        let cleaning = StoreCleaning(largest: 120_000, interval: 0)
        let cleaned = ProofStore(folder: store.folder, cleaning: cleaning)
        #expect(cleaned.entry(.answer, keys[0]) == nil)
        let kept = keys.indices.filter { cleaned.entry(.answer, keys[$0]) != nil }
        #expect(kept.count >= 3 && kept.count < 12, "\(kept)")
        #expect(kept == Array((20 - kept.count)..<20), "the youngest")
    }
}
