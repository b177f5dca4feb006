import Foundation

/// Keeps a proof store from growing without bound: removes what was not used for long, and beyond a size what was not used longest.
///
/// Removes nothing but files named as entries are. Other processes may read, write and clean at the same time: who finds an entry
/// gone proves again.
struct StoreCleaning: Sendable {
    /// In seconds.
    var longestUnused = 30 * 24 * 60 * 60
    /// In bytes on the disk.
    var largest = 256 << 20
    /// Seconds between two cleanings.
    var interval = 24 * 60 * 60

    private static let stampName = "cleaned"
    /// Seconds after which a file that was not finished belongs to no running process.
    private static let longestWriting = 60 * 60

    /// The file whose time of change is that of the last cleaning.
    static func stamp(in folder: String) -> String { "\(folder)/\(stampName)" }

    /// Cleans a folder if it is there and was not cleaned of late.
    func cleanIfDue(_ folder: String) {
        let stamp = Self.stamp(in: folder)
        var status = stat()
        if stat(stamp, &status) == 0 {
            if time(nil) - status.st_mtim.tv_sec < interval { return }
        } else if stat(folder, &status) != 0 {
            return
        }
        // First the stamp, so that others do not clean, too.
        let file = open(stamp, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard file >= 0 else { return }
        let isStamped = futimens(file, nil) == 0
        close(file)
        if isStamped { clean(folder) }
    }

    private struct File {
        let path: String
        let lastUse: Int
        let size: Int
    }

    private func clean(_ folder: String) {
        let now = time(nil)
        var kept: [File] = []
        for part in Self.names(in: folder) where Self.isHexadecimal(part, count: 2) {
            for name in Self.names(in: "\(folder)/\(part)") {
                let isUnfinished = name.hasSuffix(ProofStore.temporarySuffix)
                guard isUnfinished || Self.isEntry(name) else { continue }
                let path = "\(folder)/\(part)/\(name)"
                var status = stat()
                guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
                let age = now - status.st_mtim.tv_sec
                if age > (isUnfinished ? Self.longestWriting : longestUnused) {
                    unlink(path)
                } else if !isUnfinished {
                    // The disk counts in blocks: most entries are smaller than one.
                    let size = max(Int(status.st_size), Int(status.st_blocks) * 512)
                    kept.append(File(path: path, lastUse: status.st_mtim.tv_sec, size: size))
                }
            }
        }
        var total = kept.reduce(0) { $0 + $1.size }
        if total <= largest { return }
        // With room to grow until the next time.
        for file in kept.sorted(by: { ($0.lastUse, $0.path) < ($1.lastUse, $1.path) }) {
            if total <= largest / 4 * 3 { return }
            unlink(file.path)
            total -= file.size
        }
    }

    private static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names
    }

    /// `cdef….kind`
    private static func isEntry(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 2 && isHexadecimal(String(parts[0]), count: 62)
            && ProofStore.Kind.allCases.contains { "\($0)" == parts[1] }
    }

    private static func isHexadecimal(_ text: String, count: Int) -> Bool {
        text.utf8.count == count
            && text.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }
}
