import Foundation
import Synchronization
import Verification

/// What one `verify` has found out so far. Can be asked at any time, from any thread.
final class Run: Sendable {
    private struct State {
        var middleboxes: [MiddleboxReport] = []
        /// Of the middlebox in work, in order of completion.
        var current: (name: String, properties: [PropertyReport])?
        var isOver = false
    }

    private let state = Mutex(State())
    private let tools: [(name: String, version: String)]
    private let crossCheck: CrossCheck?

    init(tools: [(name: String, version: String)], crossCheck: CrossCheck? = nil) {
        self.tools = tools
        self.crossCheck = crossCheck
    }

    func begin(_ middlebox: String) { state.withLock { $0.current = (middlebox, []) } }

    func note(_ event: ProgressEvent) {
        switch event {
        case .phase: break
        case .finished(_, let property): state.withLock { $0.current?.properties.append(property) }
        }
    }

    func finish(_ report: MiddleboxReport) {
        state.withLock {
            $0.middleboxes.append(report)
            $0.current = nil
        }
    }

    /// Whether somebody has the report.
    var isOver: Bool { state.withLock { $0.isOver } }

    /// The report, for the one caller that comes first; nil for all later ones.
    func end(_ runState: VerificationReport.RunState) -> VerificationReport? {
        state.withLock { state in
            guard !state.isOver else { return nil }
            state.isOver = true
            var middleboxes = state.middleboxes
            if let current = state.current {
                middleboxes.append(
                    MiddleboxReport(
                        name: current.name, elements: [], properties: current.properties, times: PhaseTimes(),
                        sources: []))
            }
            var report = VerificationReport(runState: runState, tools: tools, middleboxes: middleboxes)
            report.crossCheck = crossCheck?.report
            return report
        }
    }
}
