import CProcess
import Foundation
import Subprocess
import Synchronization
import SystemPackage

/// A solver that is no part of this program: it is started for each script, and reads it from a file.
///
/// It shares nothing with the first one, not even how questions get to it: see `SMTLIBPrinter`.
public struct SecondSolver: Sendable {
    /// Those that are known.
    public enum Kind: String, CaseIterable, Sendable {
        case cvc5

        /// Debian's package.
        var package: String { rawValue }
    }

    /// What it says of a script.
    public enum Reply: Hashable, Sendable {
        case satisfiable
        case unsatisfiable
        /// It gave up: it has done as much work as it may.
        case unknown
        /// It did not stop at its time limit, and was killed.
        case late(seconds: Double)
        /// Nothing that can be called an answer, and why.
        case failed(String)
    }

    public let kind: Kind
    public let version: String
    private let executable: Executable
    private let resourceLimit: Int
    private let timeout: Duration
    private let processes = RunningProcesses()

    /// cvc5's own count of work, the same on every machine: some ten seconds of it. Not all of its work counts.
    public static let resourceLimit = 2_000_000
    /// What one process may take from the machine.
    private static let memoryLimit: UInt64 = 4 << 30

    /// Looks for it on the `PATH`.
    ///
    /// - Parameters:
    ///   - resourceLimit: most work for one script.
    ///   - timeout: the hard stop behind it, in seconds.
    public init(
        _ kind: Kind, resourceLimit: Int = SecondSolver.resourceLimit, timeout: Double
    ) async throws(SecondSolverError) {
        self.kind = kind
        self.resourceLimit = resourceLimit
        self.timeout = .seconds(timeout)
        let said: String
        do {
            // The one that tells its version is the one that is asked, whatever becomes of the path.
            executable = .path(try await Executable.name(kind.rawValue).resolveExecutablePath(in: .inherit))
            let result = try await Self.run(executable, ["--version"], for: .seconds(20), in: processes)
            said = result.output
        } catch let error as SubprocessError where error.code == .executableNotFound {
            throw .notFound(kind)
        } catch {
            throw .isAnother(kind, said: "\(error)")
        }
        guard let match = said.firstMatch(of: /cvc5 version ([0-9][^\s\]]*)/) else {
            throw .isAnother(kind, said: String(said.prefix { !$0.isNewline }.prefix(80)))
        }
        version = String(match.1)
    }

    /// Whether the assertions of a script can hold together. The script must not tell.
    ///
    /// - Parameter limit: the hard stop, in seconds, where that is to be sooner than usual.
    public func reply(toFile path: String, within limit: Double? = nil) async -> Reply {
        let timeout = min(timeout, limit.map { .seconds($0) } ?? timeout)
        // Its own time limit is for the case that nobody is there any more to kill it.
        let milliseconds = Int(timeout / .milliseconds(1)) + 60_000
        let arguments = ["--lang", "smt2", "--rlimit", "\(resourceLimit)", "--tlimit", "\(milliseconds)", path]
        do {
            let result = try await Self.run(executable, arguments, for: timeout, in: processes)
            return Self.reply(result.output, result.status)
        } catch let error as TookTooLong {
            return .late(seconds: error.limit / .seconds(1))
        } catch {
            return .failed("it cannot be run: \(error)")
        }
    }

    /// Kills what is running; nothing is started any more.
    public func stop() { processes.stop() }

    private static func reply(_ output: String, _ status: TerminationStatus) -> Reply {
        let text = output.trimmingCharacters(in: .whitespacesAndNewlines)
        let words = text.isEmpty ? "nothing" : "'\(text.prefix { !$0.isNewline }.prefix(120))'"
        guard case .exited(let code) = status else {
            if case .signaled(let signal) = status {
                return .failed(
                    "it was ended by signal \(signal) (\(String(cString: strsignal(signal)))), saying \(words)")
            }
            return .failed("it did not end as a program does")
        }
        guard code == 0 else { return .failed("it ended with status \(code), saying \(words)") }
        switch text {
        case "sat": return .satisfiable
        case "unsat": return .unsatisfiable
        case "unknown": return .unknown
        default: return .failed("it said \(words)")
        }
    }

    private struct TookTooLong: Error {
        let limit: Duration
    }

    /// Runs it to its end, or kills it.
    private static func run(
        _ executable: Executable, _ arguments: [String], for limit: Duration, in processes: RunningProcesses
    ) async throws -> (output: String, status: TerminationStatus) {
        var options = PlatformOptions()
        // A group of its own: what it starts ends with it, and Ctrl-C is not for it.
        options.processGroupID = 0
        let number = processes.reserve()
        defer { processes.remove(number) }
        return try await withThrowingTaskGroup(of: (output: String, status: TerminationStatus).self) {
            [options] group in
            group.addTask {
                let result = try await Subprocess.run(
                    executable, arguments: Arguments(arguments), platformOptions: options, input: .none,
                    output: .string(limit: 1 << 20), error: .discarded
                ) { execution in
                    let identifier = execution.processIdentifier.value
                    processes.insert(identifier, number)
                    _ = limit_memory(identifier, memoryLimit)
                }
                return (result.standardOutput, result.terminationStatus)
            }
            group.addTask {
                // Its time begins when it runs, and one that has ended is not late, however long this program is busy with other
                // things before it looks.
                var rest = limit
                while rest > .zero {
                    try await Task.sleep(for: rest)
                    rest = processes.timeLeft(number, of: limit)
                }
                throw TookTooLong(limit: limit)
            }
            // Cancellation of the other task kills the process.
            defer { group.cancelAll() }
            guard let result = try await group.next() else { throw CancellationError() }
            return result
        }
    }
}

/// The processes that are there now.
private final class RunningProcesses: Sendable {
    private struct Running {
        let process: pid_t
        let since: ContinuousClock.Instant
    }

    private struct State {
        var running: [Int: Running] = [:]
        var count = 0
        var isStopped = false
    }

    private static let timeToLook = Duration.seconds(600)

    private let state = Mutex(State())

    /// A number for a process that will be started.
    func reserve() -> Int {
        state.withLock { state in
            state.count += 1
            return state.count
        }
    }

    func insert(_ process: pid_t, _ number: Int) {
        state.withLock { state in
            state.running[number] = Running(process: process, since: .now)
            if state.isStopped { Self.kill(process) }
        }
    }

    /// How long it may still run. One that has not started has all its time, and one that has ended has some more until it is looked
    /// at: that its output is still open, then, cannot be told from this program being busy.
    func timeLeft(_ number: Int, of limit: Duration) -> Duration {
        guard let running = state.withLock({ $0.running[number] }) else { return limit }
        let left = limit - running.since.duration(to: .now)
        return left <= .zero && has_ended(running.process) != 0 ? left + Self.timeToLook : left
    }

    func remove(_ number: Int) { state.withLock { $0.running[number] = nil } }

    func stop() {
        state.withLock { state in
            state.isStopped = true
            for running in state.running.values { Self.kill(running.process) }
        }
    }

    private static func kill(_ process: pid_t) {
        // The group, and the process itself in case it has none yet.
        _ = Foundation.kill(-process, SIGKILL)
        _ = Foundation.kill(process, SIGKILL)
    }
}

/// Why there is no second solver.
public enum SecondSolverError: Error, Hashable, Sendable {
    case notFound(SecondSolver.Kind)
    /// What is there under its name does not tell a version.
    case isAnother(SecondSolver.Kind, said: String)
}

extension SecondSolverError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notFound(let kind):
            "\(kind.rawValue) is not on the PATH: install it (Debian: apt-get install \(kind.package); or make setup)"
        case .isAnother(let kind, let said):
            "the '\(kind.rawValue)' on the PATH does not tell its version, as \(kind.rawValue) does: it says '\(said)'"
        }
    }
}
