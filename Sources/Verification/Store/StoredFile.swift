import Foundation

/// Files of the proof store, as the system has them.
enum StoredFile {
    enum Reading {
        case absent
        case content([UInt8])
        case failed(String)
    }

    struct WriteError: Error {
        let reason: String
    }

    /// No entry is longer: what is, is none.
    private static let longest = 256 << 20
    /// An entry's time of change is that of its last use, as exactly as this.
    private static let useInterval = 24 * 60 * 60

    /// The content of a regular file. Notes that it was used.
    static func read(_ path: String) -> Reading {
        // Nothing to wait for, should it be a pipe.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return errno == ENOENT || errno == ENOTDIR ? .absent : .failed(systemError()) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { return .failed(systemError()) }
        guard status.st_mode & S_IFMT == S_IFREG else { return .failed("it is not a file") }
        guard status.st_size <= longest else { return .failed("it is too long") }
        let length = Int(status.st_size)
        var failure: String?
        let bytes = [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
            while count < length {
                let step = Foundation.read(file, buffer.baseAddress.map { $0 + count }, length - count)
                if step < 0, errno == EINTR { continue }
                if step < 0 { failure = systemError() }
                if step <= 0 { return }
                count += step
            }
        }
        if let failure { return .failed(failure) }
        if status.st_mtim.tv_sec < time(nil) - useInterval { futimens(file, nil) }
        return .content(bytes)
    }

    /// Writes a file so that it is there whole or not at all, and its folder, if need be.
    static func write(_ bytes: [UInt8], to path: String, by temporary: String) throws(WriteError) {
        var file = create(temporary)
        if file < 0, errno == ENOENT {
            try makeFolders(parent(of: path))
            file = create(temporary)
        }
        guard file >= 0 else { throw WriteError(reason: systemError()) }
        var failure: String?
        bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count, failure == nil {
                let step = Foundation.write(file, buffer.baseAddress.map { $0 + done }, buffer.count - done)
                if step < 0, errno == EINTR { continue }
                if step < 0 { failure = systemError() } else { done += step }
            }
        }
        if close(file) != 0, failure == nil { failure = systemError() }
        if failure == nil, rename(temporary, path) != 0 { failure = systemError() }
        if let failure {
            unlink(temporary)
            throw WriteError(reason: failure)
        }
    }

    private static func create(_ path: String) -> Int32 {
        open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    }

    /// Makes a folder and those above it; that another process does so at the same time is no matter.
    private static func makeFolders(_ path: String) throws(WriteError) {
        if path.isEmpty || mkdir(path, 0o755) == 0 || errno == EEXIST { return }
        guard errno == ENOENT else { throw WriteError(reason: systemError()) }
        try makeFolders(parent(of: path))
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw WriteError(reason: systemError()) }
    }

    private static func parent(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }

    private static func systemError() -> String { String(cString: strerror(errno)) }
}
