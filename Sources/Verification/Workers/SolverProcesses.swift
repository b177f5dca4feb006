import Foundation
import SMT

/// Solvers in processes of their own: one that crashes, hangs or takes all memory costs one query.
///
/// They are started when they are needed. A query goes to whichever is free, which answers do not hang on.
final class SolverProcesses: SolverPool {
    private let command: WorkerCommand
    private let jobs: Int
    private var workers: [Worker] = []
    private let clock = ContinuousClock()

    /// How much longer than its own time limit a query may take, before its process is killed.
    private static let grace = Duration.seconds(2)

    private struct Worker {
        let process: WorkerProcess
        var work: Work?
    }

    /// What a process is at.
    private struct Work {
        /// The query's number in its batch.
        let index: Int
        let timeoutMilliseconds: Int
        let deadline: ContinuousClock.Instant
    }

    /// A query that is ready to be sent.
    private struct Prepared {
        /// Its number in its batch.
        let index: Int
        let timeoutMilliseconds: Int
        let message: [UInt8]
    }

    init(command: WorkerCommand, jobs: Int) {
        self.command = command
        self.jobs = max(1, jobs)
    }

    deinit { for worker in workers { worker.process.end() } }

    /// The processes that are there now.
    var identifiers: [pid_t] { workers.map(\.process.identifier) }

    func answers(count: Int, query: (Int) -> SolverQuery?) -> [SolverAnswer?] {
        var answers: [SolverAnswer?] = Array(repeating: nil, count: count)
        var waiting = 0..<count
        // The one that is next is made while all processes are busy.
        func prepare() -> Prepared? {
            while let index = waiting.popFirst() {
                guard let query = query(index) else { continue }
                return Prepared(
                    index: index, timeoutMilliseconds: query.timeoutMilliseconds, message: query.encoded())
            }
            return nil
        }
        var next = prepare()
        while next != nil || workers.contains(where: { $0.work != nil }) {
            while let prepared = next, let handOut = handOut(prepared) {
                if case .failed(let reason) = handOut {
                    answers[prepared.index] = SolverAnswer(.unknown(reason: reason))
                }
                next = prepare()
            }
            for (index, answer) in collect() { answers[index] = answer }
        }
        return answers
    }

    private enum HandOut {
        case taken
        case failed(reason: String)
    }

    /// Nil when all are busy.
    private func handOut(_ query: Prepared) -> HandOut? {
        // One that ended while it had nothing to do costs nothing.
        for idle in workers.indices.reversed() where workers[idle].work == nil && workers[idle].process.hasEnded {
            workers.remove(at: idle).process.end()
        }
        var number = workers.firstIndex { $0.work == nil }
        if number == nil {
            guard workers.count < jobs else { return nil }
            do {
                workers.append(Worker(process: try WorkerProcess(command)))
            } catch {
                return .failed(reason: "the solver's process does not start: \(error)")
            }
            number = workers.count - 1
        }
        guard let number else { return nil }
        let limit = Duration.milliseconds(query.timeoutMilliseconds) + Self.grace
        do {
            try workers[number].process.send(query.message)
            workers[number].work = Work(
                index: query.index, timeoutMilliseconds: query.timeoutMilliseconds, deadline: clock.now + limit)
            return .taken
        } catch {
            return .failed(reason: dismiss(number, error))
        }
    }

    /// Waits until something happens to a query, and says what.
    private func collect() -> [(index: Int, answer: SolverAnswer)] {
        let deadlines = workers.compactMap(\.work?.deadline)
        guard let next = deadlines.min() else { return [] }
        var entries = workers.map { worker in
            pollfd(
                fd: worker.work == nil ? -1 : worker.process.socket,
                events: Int16(POLLIN | (worker.process.isSending ? POLLOUT : 0)), revents: 0)
        }
        // Rounded up: not to come back a moment too early again and again.
        let patience = max(0, (next - clock.now) / .milliseconds(1)).rounded(.up)
        // An interrupted wait is as good as one in which nothing happened.
        if poll(&entries, nfds_t(entries.count), Int32(min(patience, 1e6))) < 0 {
            for number in entries.indices { entries[number].revents = 0 }
        }
        var results: [(index: Int, answer: SolverAnswer)] = []
        // From the last, since those that are gone are removed.
        for number in entries.indices.reversed() {
            guard let work = workers[number].work else { continue }
            do throws(WorkerError) {
                if entries[number].revents != 0 {
                    try workers[number].process.flush()
                    if let message = try workers[number].process.receive() {
                        workers[number].work = nil
                        results.append((work.index, try answer(message)))
                        continue
                    }
                }
                if clock.now >= work.deadline { throw WorkerError.late }
            } catch {
                let seconds = Double(work.timeoutMilliseconds) / 1000
                let reason = dismiss(number, error, seconds: seconds)
                results.append((work.index, SolverAnswer(.unknown(reason: reason))))
            }
        }
        return results
    }

    private func answer(_ message: [UInt8]) throws(WorkerError) -> SolverAnswer {
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
