import Diagnostics
import Glibc
import MiddleboxIR
import YAML

/// Control operations that come while packets do: a line each, such as `add_backend: {index: 3, address: 10.0.0.1}`.
public final class ControlInput {
    private let path: String
    private let known: [ControlOperation]
    /// Readable when there is more; -1 at the end.
    private(set) var descriptor: Int32
    private let isOwned: Bool
    private var pending: [UInt8] = []
    private var line = 0

    /// - Parameters:
    ///   - path: of a file or a named pipe, which is waited at for ever; `-` is standard input.
    ///   - known: the operations that the middlebox has.
    public init(path: String, known: [ControlOperation]) throws(ConfigurationError) {
        self.path = path == "-" ? "standard input" : path
        self.known = known
        isOwned = path != "-"
        if path == "-" {
            descriptor = STDIN_FILENO
            return
        }
        var status = stat()
        let isPipe = stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO
        // Of a pipe also the end to write to: so it is not at its end whenever nobody else has it open.
        descriptor = open(path, (isPipe ? O_RDWR : O_RDONLY) | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw ConfigurationError(
                location: SourceLocation(file: path, line: 1, column: 0),
                message: "the file cannot be read: \(String(cString: strerror(errno)))")
        }
    }

    deinit { if isOwned, descriptor >= 0 { close(descriptor) } }

    /// What has come since the last time: the lines, each an operation or a mistake.
    func read() -> [Result<ScheduledOperation, ConfigurationError>] {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        if count > 0 { pending += buffer[..<count] }
        if count == 0 || (count < 0 && ![EAGAIN, EINTR].contains(errno)) {
            if isOwned { close(descriptor) }
            descriptor = -1
            if !pending.isEmpty { pending.append(UInt8(ascii: "\n")) }
        }
        var results: [Result<ScheduledOperation, ConfigurationError>] = []
        while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
            let text = String(decoding: pending[..<end], as: UTF8.self)
            pending.removeSubrange(...end)
            line += 1
            if text.allSatisfy(\.isWhitespace) || text.hasPrefix("#") { continue }
            results.append(Result { () throws(ConfigurationError) in try operation(text) })
        }
        return results
    }

    private func operation(_ text: String) throws(ConfigurationError) -> ScheduledOperation {
        // Behind as many empty lines as there were others, so that a message names the line.
        let file = try OperationsFile(path: path, text: String(repeating: "\n", count: line - 1) + text + "\n")
        return try file.immediateOperation(of: known)
    }
}
