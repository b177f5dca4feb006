import Foundation
import SMT

/// Hands queries to solvers in processes, from whichever thread they come, in a thread of its own.
final class Dispatcher: @unchecked Sendable {
    /// Queries that somebody waits for.
    final class Batch: @unchecked Sendable {
        /// Not to be looked at before all are there.
        fileprivate(set) var answers: [SolverAnswer?]
        fileprivate var open = 0

        init(count: Int) { answers = Array(repeating: nil, count: count) }
    }

    /// A query that is ready to be sent.
    struct Prepared {
        let batch: Batch
        /// Its number in its batch.
        let index: Int
        let timeoutMilliseconds: Int
        let message: [UInt8]
    }

    private struct Worker {
        let process: WorkerProcess
        var work: Work?
    }

    /// What a process is at.
    private struct Work {
        let query: Prepared
        let deadline: ContinuousClock.Instant
    }

    private let command: WorkerCommand
    private let jobs: Int
    private let clock = ContinuousClock()

    /// How much longer than its own time limit a query may take, before its process is killed.
    private static let grace = Duration.seconds(2)

    // MARK: What all threads see, under the lock

    private let condition = NSCondition()
    private var waiting: [Prepared] = []
    private var known: [pid_t] = []
    private var isEnding = false
    private var isRunning = false

    // MARK: What only the dispatcher's thread sees

    private var workers: [Worker] = []
    /// Both ends of a pipe that says that something is waiting, or that the end has come.
    private var bell: (listening: Int32, ringing: Int32) = (-1, -1)

    init(command: WorkerCommand, jobs: Int) {
        self.command = command
        self.jobs = jobs
    }

    deinit {
        if bell.listening >= 0 {
            close(bell.listening)
            close(bell.ringing)
        }
    }

    // MARK: For others

    var identifiers: [pid_t] { condition.withLock { known } }

    /// Takes a query on; waits where enough are on their way, which take memory.
    func submit(_ query: Prepared) {
        condition.lock()
        defer { condition.unlock() }
        if !isRunning { begin() }
        while waiting.count >= 2 * jobs { condition.wait() }
        query.batch.open += 1
        waiting.append(query)
        ring()
    }

    func wait(for batch: Batch) {
        condition.lock()
        while batch.open > 0 { condition.wait() }
        condition.unlock()
    }

    /// Ends the processes, and waits for that.
    func end() {
        condition.lock()
        defer { condition.unlock() }
        isEnding = true
        if isRunning { ring() }
        while isRunning { condition.wait() }
    }

    private func ring() {
        var byte: UInt8 = 1
        // What is full has been rung.
        _ = write(bell.ringing, &byte, 1)
    }

    private func begin() {
        var ends: [Int32] = [-1, -1]
        // Without a bell, the thread looks from time to time.
        if bell.listening < 0, pipe(&ends) == 0 {
            for end in ends {
                _ = fcntl(end, F_SETFD, FD_CLOEXEC)
                _ = fcntl(end, F_SETFL, O_NONBLOCK)
            }
            bell = (ends[0], ends[1])
        }
        isRunning = true
        let thread = Thread { self.dispatch() }
        thread.stackSize = 64 << 20
        thread.start()
    }

    // MARK: The dispatcher's thread

    private func dispatch() {
        while let queries = next() {
            for query in queries {
                if let reason = handOut(query) { answer(query, SolverAnswer(.unknown(reason: reason))) }
            }
            collect()
        }
        for worker in workers { worker.process.end() }
        workers = []
        condition.withLock {
            known = []
            isRunning = false
            condition.broadcast()
        }
    }

    /// The queries that there are processes for; nil at the end.
    private func next() -> [Prepared]? {
        condition.withLock {
            if isEnding { return nil }
            let free = jobs - workers.count { $0.work != nil }
            let queries = Array(waiting.prefix(free))
            waiting.removeFirst(queries.count)
            if !queries.isEmpty { condition.broadcast() }
            return queries
        }
    }

    private func answer(_ query: Prepared, _ answer: SolverAnswer) {
        condition.withLock {
            query.batch.answers[query.index] = answer
            query.batch.open -= 1
            condition.broadcast()
        }
    }

    /// - Returns: why it is not handed out; nil where it is.
    private func handOut(_ query: Prepared) -> String? {
        defer { tellIdentifiers() }
        // One that ended while it had nothing to do costs nothing.
        for idle in workers.indices.reversed() where workers[idle].work == nil && workers[idle].process.hasEnded {
            workers.remove(at: idle).process.end()
        }
        var number = workers.firstIndex { $0.work == nil }
        if number == nil {
            do {
                workers.append(Worker(process: try WorkerProcess(command)))
            } catch {
                return "the solver's process does not start: \(error)"
            }
            number = workers.count - 1
        }
        guard let number else { return nil }
        let limit = Duration.milliseconds(query.timeoutMilliseconds) + Self.grace
        do {
            try workers[number].process.send(query.message)
            workers[number].work = Work(query: query, deadline: clock.now + limit)
            return nil
        } catch {
            return dismiss(number, error)
        }
    }

    private func tellIdentifiers() {
        condition.withLock { known = workers.map(\.process.identifier) }
    }

    /// Waits until something happens: to a query, or that there is another.
    private func collect() {
        var entries = workers.map { worker in
            pollfd(
                fd: worker.work == nil ? -1 : worker.process.socket,
                events: Int16(POLLIN | (worker.process.isSending ? POLLOUT : 0)), revents: 0)
        }
        entries.append(pollfd(fd: bell.listening, events: Int16(POLLIN), revents: 0))
        // Rounded up: not to come back a moment too early again and again.
        let patience =
            workers.compactMap(\.work?.deadline).min().map { max(0, ($0 - clock.now) / .milliseconds(1)).rounded(.up) }
        let longest = bell.listening < 0 ? 10.0 : 1e6
        // An interrupted wait is as good as one in which nothing happened.
        if poll(&entries, nfds_t(entries.count), Int32(min(patience ?? longest, longest))) < 0 {
            for number in entries.indices { entries[number].revents = 0 }
        }
        if entries.removeLast().revents != 0 {
            var bytes = [UInt8](repeating: 0, count: 64)
            while read(bell.listening, &bytes, bytes.count) == bytes.count {}
        }
        // From the last, since those that are gone are removed.
        for number in entries.indices.reversed() {
            guard let work = workers[number].work else { continue }
            do throws(WorkerError) {
                if entries[number].revents != 0 {
                    try workers[number].process.flush()
                    if let message = try workers[number].process.receive() {
                        workers[number].work = nil
                        answer(work.query, try decoded(message))
                        continue
                    }
                }
                if clock.now >= work.deadline { throw WorkerError.late }
            } catch {
                let seconds = Double(work.query.timeoutMilliseconds) / 1000
                let reason = dismiss(number, error, seconds: seconds)
                tellIdentifiers()
                answer(work.query, SolverAnswer(.unknown(reason: reason)))
            }
        }
    }

    private func decoded(_ message: [UInt8]) throws(WorkerError) -> SolverAnswer {
        do {
            return try SolverAnswer(decoding: message)
        } catch {
            throw .nonsense("\(error)")
        }
    }

    /// Ends a process with which something is wrong. The next query gets a new one.
    private func dismiss(_ number: Int, _ error: WorkerError, seconds: Double = 0) -> String {
        let ending = workers.remove(at: number).process.end()
        return switch error {
        case .system, .nonsense: "the solver's process cannot be talked to: \(error)"
        case .ended: "the solver's process did not survive the query: \(ending)"
        case .late: "the solver did not stop at its time limit of \(seconds) s, and was killed"
        }
    }
}
