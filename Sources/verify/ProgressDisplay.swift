import Foundation
import Synchronization
import Verification

/// What is going on in a verification.
enum ProgressEvent: Sendable {
    /// `executing`, `proving`, …
    case phase(middlebox: String, name: String)
    case finished(middlebox: String, property: PropertyReport)
}

/// Tells on standard error how far things are: one live line on a terminal, otherwise a plain line per finished property.
final class ProgressDisplay: Sendable {
    private let isLive: Bool
    private let width: Int
    private let isVerbose: Bool
    private let isQuiet: Bool
    private let finished = Mutex(0)
    private let isStopped = Mutex(false)

    init(terminal: Terminal, isVerbose: Bool, isQuiet: Bool = false) {
        isLive = terminal.canRewriteLines
        width = terminal.width(of: .standardError) ?? 80
        self.isVerbose = isVerbose
        self.isQuiet = isQuiet
    }

    func show(_ event: ProgressEvent) {
        isStopped.withLock { if !$0, !isQuiet { write(event) } }
    }

    /// Nothing is shown after this.
    func stop() {
        isStopped.withLock { $0 = true }
        clear()
    }

    private func write(_ event: ProgressEvent) {
        let line: String
        switch event {
        case .phase(let middlebox, let name):
            line = "\(middlebox): \(name)"
            if !isLive, !isVerbose { return }
        case .finished(let middlebox, let property):
            let time = String(format: "%.2f s", property.seconds)
            line = "\(middlebox).\(property.name): \(property.verdict.rawValue) (\(property.cached ? "cached" : time))"
            finished.withLock { $0 += 1 }
        }
        guard isLive else { return StandardError.write(line + "\n") }
        let count = finished.withLock { $0 }
        // A line as wide as the terminal would wrap, and could not be taken back.
        StandardError.write("\r\u{1B}[K" + "[\(count)] \(line)".prefix(max(width - 1, 10)))
    }

    /// Takes the live line away.
    func clear() {
        if isLive, !isQuiet { StandardError.write("\r\u{1B}[K") }
    }
}
