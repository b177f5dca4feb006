import Foundation
import MiddleboxIR

/// The files that something was made of, by their content, and the places where the compiler would have found another file before.
struct FileManifest: Codable, Sendable {
    struct File: Codable, Sendable {
        /// Absolute; spelled as the `#include`s led there.
        let path: String
        /// Hexadecimal.
        let hash: String
    }

    private(set) var files: [File] = []
    /// Absolute paths where nothing is.
    let absent: [String]

    /// Of the files as they are, if all of them are as they were at `start`: else nobody knows what was read.
    ///
    /// - Parameters:
    ///   - included: what the compiler read.
    ///   - searchFolders: where headers are looked for, besides the folders of what the compiler read.
    init?(included: [String], others: [String], searchFolders: [String], unchangedSince start: FileTime) {
        absent = Self.placesBefore(included, searchFolders)
        for path in Set(included + others).sorted() {
            guard let content = Self.content(path) else { return nil }
            files.append(File(path: path, hash: ContentHash(of: content).hexadecimal))
        }
        guard isUnchanged(since: start) else { return nil }
    }

    /// Whether all files are what they were, and nobody touched them from `start` on.
    func isUnchanged(since start: FileTime) -> Bool {
        files.allSatisfy { FileTime.ofLastChange(of: $0.path).map { $0 < start } ?? false } && unchangedContent() != nil
    }

    /// The files' content, by path, if it is what it was; nil if anything changed.
    func unchangedContent() -> [String: Data]? {
        var contents: [String: Data] = [:]
        for file in files {
            guard let content = Self.content(file.path), ContentHash(of: content).hexadecimal == file.hash else {
                return nil
            }
            contents[file.path] = content
        }
        return absent.allSatisfy(Self.isAbsent) ? contents : nil
    }

    private static func content(_ path: String) -> Data? {
        SourceTree.isFile(path) ? FileManager.default.contents(atPath: path) : nil
    }

    /// As many parts of a path may stand in an `#include`.
    private static let longestInclude = 4

    /// Where a header would be found instead of one of these files, if it were there. Nobody says what stands in the `#include`: the last
    /// parts of a path may, and that is looked for where a file was found, and one folder above, besides the given folders. Where a
    /// folder is missing, that stands for all that would be in it.
    private static func placesBefore(_ files: [String], _ searchFolders: [String]) -> [String] {
        var ends: Set<String> = []
        var folders = Set(searchFolders)
        for file in files {
            let parts = file.split(separator: "/")
            for count in 1...longestInclude where count < parts.count {
                ends.insert(parts.suffix(count).joined(separator: "/"))
            }
            for count in 1...2 where count < parts.count {
                folders.insert("/" + parts.dropLast(count).joined(separator: "/"))
            }
        }
        var absent: Set<String> = []
        for folder in folders {
            for end in ends {
                var place = folder
                for part in end.split(separator: "/") {
                    place += "/" + part
                    if absent.contains(place) { break }
                    if isAbsent(place) {
                        absent.insert(place)
                        break
                    }
                }
            }
        }
        return absent.sorted()
    }

    private static func isAbsent(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) != 0 && (errno == ENOENT || errno == ENOTDIR)
    }
}

/// A file system's time.
public struct FileTime: Comparable, Sendable {
    private let seconds: Int
    private let nanoseconds: Int

    /// By the clock that files get their times from.
    public static var now: FileTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &time)
        return FileTime(time)
    }

    /// When a file was last written to, renamed or replaced; nil when it is not there.
    static func ofLastChange(of path: String) -> FileTime? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return max(FileTime(status.st_mtim), FileTime(status.st_ctim))
    }

    private init(_ time: timespec) {
        seconds = time.tv_sec
        nanoseconds = time.tv_nsec
    }

    public static func < (a: FileTime, b: FileTime) -> Bool {
        (a.seconds, a.nanoseconds) < (b.seconds, b.nanoseconds)
    }
}
