import Foundation
import Synchronization

/// Calls back when the user or the system asks the process to stop.
///
/// The signal's handler does no more than it may: it writes to a pipe, and a thread reads that.
enum Interruption {
    /// The pipe's end to write to; -1 when nobody listens.
    private static let alarm = Atomic<Int32>(-1)

    /// To be called once.
    ///
    /// - Parameter handler: called on a thread of its own.
    static func handle(_ handler: @escaping @Sendable () -> Void) {
        var ends: [Int32] = [-1, -1]
        // Without a pipe, a signal ends the process as it always does.
        guard pipe(&ends) == 0 else { return }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let listening = ends[0]
        alarm.store(ends[1], ordering: .sequentiallyConsistent)
        Thread.detachNewThread {
            var byte: UInt8 = 0
            while read(listening, &byte, 1) == 1 { handler() }
        }
        for number in [SIGINT, SIGTERM] {
            signal(number) { _ in
                let before = errno
                var byte: UInt8 = 1
                _ = write(Interruption.alarm.load(ordering: .sequentiallyConsistent), &byte, 1)
                errno = before
            }
        }
    }
}
