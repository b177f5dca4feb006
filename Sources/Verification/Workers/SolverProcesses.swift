import Foundation
import SMT

/// Solvers in processes of their own: one that crashes, hangs or takes all memory costs one query.
///
/// They are started when they are needed. A query goes to whichever is free, which answers do not hang on.
final class SolverProcesses: SolverPool {
    private let dispatcher: Dispatcher

    init(command: WorkerCommand, jobs: Int) {
        dispatcher = Dispatcher(command: command, jobs: max(1, jobs))
    }

    deinit { dispatcher.end() }

    /// The processes that are there now.
    var identifiers: [pid_t] { dispatcher.identifiers }

    func answers(
        count: Int, waiting: (_ wait: () -> Void) -> Void, query: (Int) -> SolverQuery?
    ) -> [SolverAnswer?] {
        let batch = Dispatcher.Batch(count: count)
        var isEmpty = true
        for index in 0..<count {
            guard let query = query(index) else { continue }
            isEmpty = false
            dispatcher.submit(
                Dispatcher.Prepared(
                    batch: batch, index: index, timeoutMilliseconds: query.timeoutMilliseconds,
                    message: query.encoded()))
        }
        if isEmpty { return batch.answers }
        waiting { dispatcher.wait(for: batch) }
        return batch.answers
    }
}
