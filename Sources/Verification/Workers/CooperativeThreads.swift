import Foundation

/// Threads of which one runs at a time, and which give way to each other only where they wait for solvers: while one waits, another prepares what
/// is asked next. What they share needs no locks, as long as nothing is left half done where a thread gives way.
///
/// They take turns in a fixed order, however long each has to wait. So what is done, and in which order, hangs neither on the machine's speed nor on
/// how many solvers there are.
final class CooperativeThreads: @unchecked Sendable {
    private let condition = NSCondition()
    /// Which thread may run.
    private var turn = 0
    /// Which threads have not ended; empty where there are none.
    private var isAlive: [Bool] = []
    /// How many callers of ``alone(_:)`` are under way.
    private var calls = 0
    /// How long each thread was ready and had to wait for others.
    private var idle: [Duration] = [.zero]

    private static let stackSize = 512 << 20

    /// The number of the thread that runs; 0, too, outside of ``run(_:atOnce:_:)``.
    var current: Int { turn }

    /// How long the thread that runs was ready and had to wait for others, so far.
    var idleTime: Duration { idle[turn] }

    /// Does so many pieces of work, each begun in the order of their numbers, up to so many at a time.
    func run(_ count: Int, atOnce width: Int, _ work: (Int) -> Void) {
        let width = min(width, count)
        guard width > 1, isAlive.isEmpty else {
            for index in 0..<count { work(index) }
            return
        }
        withoutActuallyEscaping(work) { work in
            let pending = Pending(count: count, work: work)
            isAlive = Array(repeating: true, count: width)
            idle = Array(repeating: .zero, count: width)
            turn = 0
            let threads = (0..<width).map { number in
                Thread { [self] in
                    awaitTurn(of: number)
                    while pending.doNext() {}
                    passTurn(from: number, isLast: true)
                }
            }
            for thread in threads {
                thread.stackSize = Self.stackSize
                thread.start()
            }
            condition.lock()
            while isAlive.contains(true) { condition.wait() }
            condition.unlock()
            pending.forget()
            isAlive = []
            idle = [.zero]
            turn = 0
        }
    }

    /// Waits, while others run.
    ///
    /// - Parameter wait: touches nothing that the threads share.
    func giveWay(_ wait: () -> Void) {
        guard calls == 0, isAlive.count(where: \.self) > 1 else {
            wait()
            return
        }
        let own = turn
        passTurn(from: own)
        wait()
        let start = ContinuousClock.now
        awaitTurn(of: own)
        idle[own] += ContinuousClock.now - start
    }

    /// Waits as long as another is at something that one would have to do oneself otherwise: not at all where that one cannot go on.
    func giveWay(while isBusy: () -> Bool) {
        while calls == 0, isAlive.count(where: \.self) > 1, isBusy() { giveWay {} }
    }

    /// Does something without giving way, wherever it waits.
    func alone<Result>(_ work: () throws -> Result) rethrows -> Result {
        calls += 1
        defer { calls -= 1 }
        return try work()
    }

    private func awaitTurn(of number: Int) {
        condition.lock()
        while turn != number { condition.wait() }
        condition.unlock()
    }

    /// - Parameter isLast: whether the thread ends.
    private func passTurn(from number: Int, isLast: Bool = false) {
        condition.lock()
        if isLast { isAlive[number] = false }
        let others = (1...isAlive.count).map { (number + $0) % isAlive.count }
        if let next = others.first(where: { isAlive[$0] }) { turn = next }
        condition.broadcast()
        condition.unlock()
    }

    /// What is to be done, for the thread whose turn it is.
    private final class Pending: @unchecked Sendable {
        private var next = 0
        private let count: Int
        private var work: ((Int) -> Void)?

        init(count: Int, work: @escaping (Int) -> Void) {
            self.count = count
            self.work = work
        }

        /// False where all is begun.
        func doNext() -> Bool {
            guard next < count else { return false }
            next += 1
            work?(next - 1)
            return true
        }

        /// Lets go of the work, which is not to live longer than the call that it came with, as threads may that have done it.
        func forget() { work = nil }
    }
}
