import Foundation
import MiddleboxIR

/// What tells this build of the tool from every other: its versions, and the code that this process runs, libraries included.
///
/// Everything that the store keeps is kept under it: an answer of another build is not found.
public struct ToolIdentity: Sendable {
    public let hash: ContentHash

    /// To be raised when what entries mean changes and nothing else does.
    private static let meaning = 1

    /// Nil when the code of this process cannot be told: then nothing may be kept.
    public static let ofThisProcess: ToolIdentity? = {
        var hasher = ContentHasher("tool")
        hasher.add(meaning)
        for (name, version) in ToolVersions.all { hasher.add([name, version]) }
        guard let code = LoadedCode.identities() else { return nil }
        for identity in code { hasher.add(identity) }
        return ToolIdentity(hash: hasher.finish())
    }()

    init(hash: ContentHash) { self.hash = hash }
}

/// The files that the code of this process is from.
private enum LoadedCode {
    /// A build ID for each file, the executable's first; nil when one of them cannot be told.
    static func identities() -> [[UInt8]]? {
        guard let executable = identity(ofFile: "/proc/self/exe", inode: nil),
            let maps = content(ofProcessFile: "/proc/self/maps")
        else { return nil }
        let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        var seen: Set<String> = []
        var identities: [[UInt8]] = []
        for line in maps.split(separator: "\n") {
            // address permissions offset device inode path
            let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
            guard fields.count == 6, fields[1].contains("x") else { continue }
            let path = fields[5].trimmingCharacters(in: .whitespaces)
            guard path.hasPrefix("/"), path != own, seen.insert(path).inserted else { continue }
            // Taken from the disk under this name only if it is still what was loaded.
            guard let inode = UInt64(fields[4]), let identity = identity(ofFile: path, inode: inode) else { return nil }
            identities.append(identity)
        }
        // Where libraries are loaded to is up to chance.
        return [executable] + identities.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// Of a file whose length the system does not tell.
    private static func content(ofProcessFile path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var content: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(file, &part, part.count)
            if count < 0 { return nil }
            if count == 0 { return String(decoding: content, as: UTF8.self) }
            content += part[..<count]
        }
    }

    /// The linker's build ID, or a digest of the whole file where it has none.
    private static func identity(ofFile path: String, inode: UInt64?) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, inode == nil || inode == UInt64(status.st_ino) else { return nil }
        if let identity = buildID(file) { return identity }
        guard let content = FileManager.default.contents(atPath: path) else { return nil }
        return ContentHash(of: content).bytes
    }

    /// From the notes of a 64-bit little-endian ELF file.
    private static func buildID(_ file: Int32) -> [UInt8]? {
        guard let header = bytes(file, at: 0, count: 64), header.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]),
            let table = number(header, at: 32, bytes: 8), let size = number(header, at: 54, bytes: 2),
            let count = number(header, at: 56, bytes: 2), size >= 56
        else { return nil }
        for index in 0..<count {
            let (position, overflow) = table.addingReportingOverflow(index * size)
            guard !overflow, let segment = bytes(file, at: position, count: 56) else { return nil }
            // PT_NOTE
            guard number(segment, at: 0, bytes: 4) == 4, let start = number(segment, at: 8, bytes: 8),
                let length = number(segment, at: 32, bytes: 8), length <= 1 << 16,
                let notes = bytes(file, at: start, count: length)
            else { continue }
            if let identity = buildID(inNotes: notes) { return identity }
        }
        return nil
    }

    private static func buildID(inNotes notes: [UInt8]) -> [UInt8]? {
        var position = 0
        while let name = number(notes, at: position, bytes: 4), let length = number(notes, at: position + 4, bytes: 4),
            let type = number(notes, at: position + 8, bytes: 4)
        {
            let nameStart = position + 12
            let start = nameStart + (name + 3) / 4 * 4
            let end = start + length
            guard end <= notes.count else { return nil }
            // NT_GNU_BUILD_ID
            if type == 3, notes[nameStart..<start].starts(with: Array("GNU\0".utf8)), length >= 8 {
                return Array(notes[start..<end])
            }
            position = start + (length + 3) / 4 * 4
        }
        return nil
    }

    private static func bytes(_ file: Int32, at offset: Int, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return pread(file, &bytes, count, offset) == count ? bytes : nil
    }

    private static func number(_ bytes: [UInt8], at offset: Int, bytes count: Int) -> Int? {
        guard offset >= 0, offset + count <= bytes.count else { return nil }
        var value: UInt64 = 0
        for index in (0..<count).reversed() { value = value << 8 | UInt64(bytes[offset + index]) }
        return Int(exactly: value)
    }
}
