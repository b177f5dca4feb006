import Foundation
import Synchronization
import Testing

@testable import Verification

@Suite("Threads that take turns") struct CooperativeThreadsTests {
    /// What happened, in order; only whoever has the turn adds to it, without a lock.
    private final class Log: @unchecked Sendable {
        var entries: [String] = []
        var isRunning = false
    }

    /// Each piece of work waits a few times, for random times; returns what happened.
    private func happenings(pieces: Int, width: Int) -> [String] {
        let threads = CooperativeThreads()
        let log = Log()
        threads.run(pieces, atOnce: width) { piece in
            for round in 0..<3 {
                #expect(!log.isRunning, "one runs at a time")
                log.isRunning = true
                log.entries.append("\(piece).\(round) by \(threads.current)")
                log.isRunning = false
                threads.giveWay { Thread.sleep(forTimeInterval: .random(in: 0...0.004)) }
            }
        }
        return log.entries
    }

    @Test("What is done, and in which order, does not hang on how long anything takes")
    func orderIsFixed() {
        let first = happenings(pieces: 7, width: 3)
        #expect(first.count == 21)
        #expect(first.prefix(5) == ["0.0 by 0", "1.0 by 1", "2.0 by 2", "0.1 by 0", "1.1 by 1"])
        for _ in 0..<4 { #expect(happenings(pieces: 7, width: 3) == first) }
    }

    @Test(arguments: [0, 1, 2, 5, 9]) func allIsDoneOnce(_ pieces: Int) {
        for width in [1, 2, 8] {
            let done = happenings(pieces: pieces, width: width).map { $0.prefix { $0 != " " } }
            #expect(done.sorted() == (0..<pieces).flatMap { piece in (0..<3).map { "\(piece).\($0)" } }.sorted())
        }
    }

    /// Each waits until all do.
    @Test func waitsOverlap() {
        let threads = CooperativeThreads()
        let waiting = Mutex(0)
        let met = Mutex(0)
        threads.run(8, atOnce: 8) { _ in
            threads.giveWay {
                waiting.withLock { $0 += 1 }
                let patience = ContinuousClock.now + .seconds(60)
                while waiting.withLock({ $0 < 8 }) {
                    if ContinuousClock.now > patience { return }
                    Thread.sleep(forTimeInterval: 0.001)
                }
                met.withLock { $0 += 1 }
            }
        }
        #expect(met.withLock { $0 } == 8)
    }

    @Test("Nothing comes in between while one is alone") func alone() {
        let threads = CooperativeThreads()
        let log = Log()
        threads.run(4, atOnce: 4) { piece in
            threads.giveWay {}
            threads.alone {
                for _ in 0..<3 {
                    log.entries.append("\(piece)")
                    threads.giveWay { Thread.sleep(forTimeInterval: 0.002) }
                    threads.alone { threads.giveWay {} }
                }
            }
            threads.giveWay {}
        }
        #expect(log.entries == (0..<4).flatMap { Array(repeating: "\($0)", count: 3) })
    }

    /// Work inside of work is done one after the other, by the thread that has it.
    @Test func nested() {
        let threads = CooperativeThreads()
        let log = Log()
        threads.run(2, atOnce: 2) { piece in
            threads.run(2, atOnce: 2) { inner in log.entries.append("\(piece).\(inner) by \(threads.current)") }
            threads.giveWay {}
        }
        #expect(log.entries == ["0.0 by 0", "0.1 by 0", "1.0 by 1", "1.1 by 1"])
        #expect(threads.current == 0 && threads.idleTime == .zero)
    }

    @Test func howLongOthersTakeIsNotOnesOwn() {
        let threads = CooperativeThreads()
        let idle = Mutex<[Duration]>([.zero, .zero])
        threads.run(2, atOnce: 2) { piece in
            threads.giveWay {}
            // The second has the turn for long, while the first would go on.
            if piece == 1 { Thread.sleep(forTimeInterval: 1) }
            threads.giveWay {}
            idle.withLock { $0[piece] = threads.idleTime }
        }
        let times = idle.withLock { $0 }
        #expect(times[0] > .milliseconds(500) && times[0] > times[1], "\(times)")
    }
}
