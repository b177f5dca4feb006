import Foundation
import SMT
import Synchronization

/// Solvers in this process, one thread each. A solver that crashes takes the process with it: for tests, and where nothing can be started.
final class SolverThreads: SolverPool {
    private let sessions: [Session]

    /// Of Z3's, for all solvers of the process.
    private static let memoryLimit: UInt64 = 1 << 30

    init(jobs: Int) {
        sessions = (0..<max(1, jobs)).map { _ in Session(session: SolverSession(memoryLimit: Self.memoryLimit)) }
    }

    func answers(
        count: Int, waiting: (_ wait: () -> Void) -> Void, query: (Int) -> SolverQuery?
    ) -> [SolverAnswer?] {
        let queries = (0..<count).map(query)
        // Others ask when this is done: each solver is asked by one thread at a time.
        defer { if queries.contains(where: { $0 != nil }) { waiting {} } }
        if count <= 1 || sessions.count == 1 { return queries.map { $0.map(self.sessions[0].session.answer) } }
        let answers = Mutex<[Int: SolverAnswer]>([:])
        let sessions = sessions
        DispatchQueue.concurrentPerform(iterations: sessions.count) { number in
            for index in stride(from: number, to: queries.count, by: sessions.count) {
                guard let query = queries[index] else { continue }
                let answer = sessions[number].session.answer(query)
                answers.withLock { $0[index] = answer }
            }
        }
        let all = answers.withLock { $0 }
        return queries.indices.map { all[$0] }
    }

    /// One solver, used by one thread at a time.
    private struct Session: @unchecked Sendable {
        let session: SolverSession
    }
}
