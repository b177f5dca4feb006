import Foundation

/// The inputs that are kept in the repository for a reader: `Tests/Fuzzing/corpus`.
///
/// Those that libFuzzer chose have the digest of their content as a name; those that once broke a reader, or that somebody wrote, tell
/// what they are about.
public struct Corpus: Sendable {
    /// One input.
    public struct Entry: Sendable, CustomStringConvertible {
        public let name: String
        public let bytes: [UInt8]

        public var description: String { name }
    }

    /// In the order of their names.
    public let entries: [Entry]

    /// Nothing.
    public init() { entries = [] }

    public init(of reader: FuzzedReader) throws {
        let folder = Self.folder.appending(path: "corpus/\(reader.rawValue)")
        entries = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { name in
            Entry(name: name, bytes: Array(try Data(contentsOf: folder.appending(path: name))))
        }
    }

    /// `Tests/Fuzzing` in the repository that this was built from.
    public static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
}

/// Words that a reader knows, for mutations that it does not refuse at once: `Tests/Fuzzing/dictionaries`, in libFuzzer's format.
public struct FuzzingDictionary: Sendable {
    public let words: [[UInt8]]

    /// No words.
    public init() { words = [] }

    /// Empty where the reader has none.
    public init(of reader: FuzzedReader) throws {
        let file = Corpus.folder.appending(path: "dictionaries/\(reader.rawValue).dict")
        guard FileManager.default.fileExists(atPath: file.path) else {
            words = []
            return
        }
        words = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap(Self.word)
    }

    /// The word between the quotation marks of a line, `\xNN`, `\\` and `\"` undone; nil for a comment.
    private static func word(in line: Substring) -> [UInt8]? {
        guard line.hasPrefix("\""), line.hasSuffix("\""), line.count >= 2 else { return nil }
        var bytes: [UInt8] = []
        var rest = Array(line.dropFirst().dropLast().utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                continue
            }
            if rest.first == UInt8(ascii: "x"), rest.count >= 3,
                let value = UInt8(String(decoding: rest.dropFirst().prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else if let next = rest.popFirst() {
                bytes.append(next)
            }
        }
        return bytes
    }
}
