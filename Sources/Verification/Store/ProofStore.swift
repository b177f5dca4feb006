import Foundation
import MiddleboxIR
import Synchronization

/// What was found out in earlier runs, in a folder: one file per entry, under a digest of all that the entry depends on.
///
/// Files are written elsewhere in the folder and moved into place, so that several processes may use it at once. An entry says what it
/// is and carries a digest of itself; one that is damaged, or in a place where it does not belong, is as good as none.
public final class ProofStore: Sendable {
    /// What an entry holds.
    public enum Kind: String, Sendable, CaseIterable {
        /// Which obligations of a middlebox hold, which assertions can hold together.
        case queries
        /// What an input function of an element can do.
        case summary
        /// All that was said of a middlebox.
        case report
    }

    private let folder: String
    private let damaged = Mutex<[String]>([])
    private let isWritable = Mutex(true)
    private let numbers = Mutex(0)

    /// Changed with the format of entries.
    private static let magic = Array("gravel store 1\n".utf8)

    /// - Parameter folder: made when the first entry is written.
    public init(folder: String) { self.folder = folder }

    /// What was noticed that the user should know, for people: each once.
    public var notes: [String] { damaged.withLock { $0 } }

    private func note(_ text: String) {
        damaged.withLock { if $0.count < 100, !$0.contains(text) { $0.append(text) } }
    }

    private func path(_ kind: Kind, _ key: ContentDigest) -> String {
        let name = key.hexadecimal
        return "\(folder)/\(kind.rawValue)/\(name.prefix(2))/\(name.dropFirst(2))"
    }

    /// What the file says that it is, and all of its content.
    private func envelope(_ kind: Kind, _ key: ContentDigest, _ content: [UInt8]) -> [UInt8] {
        let start = Self.magic + Array(kind.rawValue.utf8) + [10] + key.bytes + content
        return start + ContentDigest(of: start).bytes
    }

    /// The entry, if there is one that can be believed.
    public func content(_ kind: Kind, _ key: ContentDigest) -> [UInt8]? {
        let path = path(kind, key)
        guard let file = FileBytes.read(path) else { return nil }
        let header = Self.magic.count + kind.rawValue.utf8.count + 1 + key.bytes.count
        guard file.count >= header + 32 else {
            note("an entry of the proof store is damaged and not used: \(path)")
            return nil
        }
        let content = Array(file[header..<file.count - 32])
        guard file == envelope(kind, key, content) else {
            note("an entry of the proof store is damaged or not what its name says, and not used: \(path)")
            return nil
        }
        return content
    }

    /// Writes an entry. Where that cannot be done, there is a note, and nothing else is lost.
    public func put(_ kind: Kind, _ key: ContentDigest, _ content: [UInt8]) {
        guard isWritable.withLock({ $0 }) else { return }
        let path = path(kind, key)
        let number = numbers.withLock { number -> Int in
            number += 1
            return number
        }
        let temporary = "\(folder)/\(kind.rawValue)/.\(getpid()).\(number)"
        let bytes = envelope(kind, key, content)
        if FileBytes.write(bytes, to: temporary, movedTo: path) { return }
        // The folders are made when they are missed.
        let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
        try? FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        if FileBytes.write(bytes, to: temporary, movedTo: path) { return }
        isWritable.withLock { $0 = false }
        note("the proof store cannot be written, so nothing is kept: \(folder)")
    }
}

/// Whole files, without ceremony: there are many small ones.
enum FileBytes {
    /// Nil when the file is not there or cannot be read.
    static func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        let size = Int(status.st_size)
        guard size < 1 << 30 else { return nil }
        var done = 0
        var bytes = [UInt8](repeating: 0, count: size)
        while done < size {
            let count = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress?.advanced(by: done), size - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            done += count
        }
        return bytes
    }

    /// Complete or not at all.
    static func write(_ bytes: [UInt8], to temporary: String, movedTo path: String) -> Bool {
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return false }
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress?.advanced(by: done), bytes.count - done)
            }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
            done += count
        }
        let isComplete = close(descriptor) == 0 && done == bytes.count
        if isComplete, rename(temporary, path) == 0 { return true }
        unlink(temporary)
        return false
    }
}
