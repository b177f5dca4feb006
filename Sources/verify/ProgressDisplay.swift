import Foundation
import Synchronization
import Verification

/// What is going on in a verification.
enum ProgressEvent: Sendable {
    /// `executing`, `proving`, …
    case phase(middlebox: String, name: String)
    case finished(middlebox: String, property: PropertyReport)
}

/// Tells on standard error how far things are: on a terminal one live line, with what is done of how much, what is going on and since when;
/// otherwise a plain line per finished property.
final class ProgressDisplay: Sendable {
    private struct State {
        var finished = 0
        var total: Int?
        /// What is going on, and since when.
        var current: (words: String, start: ContinuousClock.Instant)?
        var isStopped = false
        /// Whether somebody redraws the line while nothing happens.
        var isTicking = false
    }

    private let isLive: Bool
    private let width: Int
    private let isVerbose: Bool
    private let isQuiet: Bool
    private let state = Mutex(State())

    init(terminal: Terminal, isVerbose: Bool, isQuiet: Bool = false) {
        isLive = terminal.canRewriteLines
        width = terminal.width(of: .standardError) ?? 80
        self.isVerbose = isVerbose
        self.isQuiet = isQuiet
    }

    /// How many properties there will be, as far as that can be told before.
    func expect(_ total: Int) { state.withLock { $0.total = total } }

    func show(_ event: ProgressEvent) {
        if isQuiet { return }
        state.withLock { state in
            if state.isStopped { return }
            switch event {
            case .phase(let middlebox, let name):
                let words = "\(middlebox): \(name)"
                state.current = (words, .now)
                if !isLive, isVerbose { StandardError.write(words + "\n") }
            case .finished(let middlebox, let property):
                state.finished += 1
                if isLive { break }
                let time = property.cached ? "cached" : String(format: "%.2f s", property.seconds)
                StandardError.write("\(middlebox).\(property.name): \(property.verdict.rawValue) (\(time))\n")
            }
            if isLive {
                draw(state)
                tick(&state)
            }
        }
    }

    /// Nothing is shown after this.
    func stop() {
        state.withLock {
            $0.isStopped = true
            if isLive, !isQuiet { StandardError.write("\r\u{1B}[K") }
        }
    }

    /// Takes the live line away, until something happens.
    func clear() {
        state.withLock {
            $0.current = nil
            if isLive, !isQuiet { StandardError.write("\r\u{1B}[K") }
        }
    }

    private func draw(_ state: State) {
        guard let current = state.current else { return }
        let count = state.total.map { "\(state.finished)/\($0)" } ?? "\(state.finished)"
        let seconds = Int((ContinuousClock.now - current.start) / .seconds(1))
        let since = seconds > 0 ? ", \(seconds) s" : ""
        // A line as wide as the terminal would wrap, and could not be taken back.
        StandardError.write("\r\u{1B}[K" + "[\(count)] \(current.words)\(since)".prefix(max(width - 1, 10)))
    }

    /// Lets the seconds pass.
    private func tick(_ state: inout State) {
        if state.isTicking { return }
        state.isTicking = true
        Thread.detachNewThread { [self] in
            while true {
                Thread.sleep(forTimeInterval: 1)
                let goesOn = self.state.withLock { state in
                    if !state.isStopped { draw(state) }
                    return !state.isStopped
                }
                if !goesOn { return }
            }
        }
    }
}
