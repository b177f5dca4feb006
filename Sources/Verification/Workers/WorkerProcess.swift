import Foundation
import SMT

/// A process that takes messages on its standard input and answers them on its standard output. Nothing here waits for it, but for its end once
/// it is killed.
final class WorkerProcess {
    let identifier: pid_t
    /// One end of a pair of sockets, whose other end is both standard input and output: unlike a pipe, it can be written to without a signal
    /// when the process is gone.
    let socket: Int32
    private var outgoing: ArraySlice<UInt8> = []
    private var incoming = FrameBuffer()
    private var isRunning = true

    /// - Throws: when the system does not start it.
    init(_ command: WorkerCommand) throws(WorkerError) {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw .system(call: "socketpair", number: errno)
        }
        // Out of the way of the numbers that the process gets them under.
        let other = fcntl(ends[1], F_DUPFD_CLOEXEC, 3)
        close(ends[1])
        guard other >= 0 else {
            close(ends[0])
            throw .system(call: "fcntl", number: errno)
        }
        defer { close(other) }
        do {
            identifier = try Self.start(command, socket: other)
        } catch {
            close(ends[0])
            throw error
        }
        socket = ends[0]
    }

    deinit { end() }

    private static func start(_ command: WorkerCommand, socket: Int32) throws(WorkerError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, socket, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, socket, STDOUT_FILENO)
        // How it ended is told in the report. What it has to say about its own crash would only be in the way of it.
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        var arguments = ([command.executable] + command.arguments).map { strdup($0) }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        var identifier: pid_t = 0
        let failure = posix_spawn(&identifier, command.executable, &actions, nil, arguments, environ)
        guard failure == 0 else { throw .system(call: "posix_spawn of \(command.executable)", number: failure) }
        return identifier
    }

    // MARK: Messages

    /// Whether some of a message is still to be written.
    var isSending: Bool { !outgoing.isEmpty }

    func send(_ message: [UInt8]) throws(WorkerError) {
        outgoing = FrameBuffer.frame(message)[...]
        try flush()
    }

    /// Writes as much as the process takes just now.
    func flush() throws(WorkerError) {
        while !outgoing.isEmpty {
            let count = outgoing.withUnsafeBytes {
                Foundation.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            }
            if count >= 0 { outgoing = outgoing.dropFirst(count) } else if errno == EAGAIN { return }
            if count < 0, errno != EINTR { throw .ended }
        }
    }

    /// The next message, as far as it has come; nil when some of it is missing.
    func receive() throws(WorkerError) -> [UInt8]? {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(socket, &chunk, chunk.count, Int32(MSG_DONTWAIT))
            if count > 0 {
                incoming.append(chunk.prefix(count))
                if count < chunk.count { break }
            } else if count < 0, errno == EAGAIN {
                break
            } else if count == 0 || errno != EINTR {
                throw .ended
            }
        }
        do {
            return try incoming.next()
        } catch {
            throw .nonsense("\(error)")
        }
    }

    // MARK: Its end

    /// Kills it if it is still there.
    ///
    /// - Returns: how it ended.
    @discardableResult func end() -> String {
        guard isRunning else { return "it had ended" }
        isRunning = false
        close(socket)
        var status: Int32 = 0
        kill(identifier, SIGKILL)
        while waitpid(identifier, &status, 0) < 0 {
            guard errno == EINTR else { return "it ended" }
        }
        let signal = status & 0x7F
        if signal == 0 { return "it exited with status \((status >> 8) & 0xFF)" }
        return "it was ended by signal \(signal) (\(String(cString: strsignal(signal))))"
    }
}

/// Why a worker cannot be worked with any more.
enum WorkerError: Error {
    case system(call: String, number: Int32)
    /// It closed its end.
    case ended
    /// What it says is no message.
    case nonsense(String)
    /// It takes longer than it may.
    case late
}

extension WorkerError: CustomStringConvertible {
    var description: String {
        switch self {
        case .system(let call, let number): "\(call): \(String(cString: strerror(number)))"
        case .ended: "it ended"
        case .nonsense(let what): "its answer is \(what)"
        case .late: "it takes too long"
        }
    }
}
