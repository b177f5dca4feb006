import Foundation

/// A thread of its own, for work that blocks and recurses: the shared ones must not block, and have little stack.
public enum DedicatedThread {
    private static let stackSize = 512 << 20

    /// As many work at once as there are processors: others would only take memory. No work may wait for another's.
    private static let slots = DispatchSemaphore(value: max(2, ProcessInfo.processInfo.activeProcessorCount))

    /// What the work returns, or throws.
    public static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let thread = Thread {
                slots.wait()
                let result = Result(catching: work)
                slots.signal()
                continuation.resume(with: result)
            }
            thread.stackSize = stackSize
            thread.start()
        }
    }
}
