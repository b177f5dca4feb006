import Dispatch
import Foundation
import MiddleboxIR
import Replay
import Synchronization
import Verification

extension Confirmation {
    /// Runs traces through the native program, compiled when first asked for; in a process of its own, so that it may crash.
    init(of source: MiddleboxSource, _ program: Program) {
        let include = source.includeDirectories.first ?? "."
        let compiler = NativeCompiler(
            includeDirectories: source.includeDirectories,
            runtimeDirectory: URL(fileURLWithPath: include).deletingLastPathComponent().appendingPathComponent(
                "runtime"
            ).path,
            cacheDirectory: CacheFolder.path)
        let symbol = program.globals.first { if case .configuration = $0.kind { true } else { false } }?.name
        self.init { configuration, packets, isChecked in
            let steps = packets.map { NativeRun.Step(time: $0.time, port: $0.ingress, bytes: $0.bytes) }
            let result = try waiting {
                try await NativeRun(
                    sources: source.cSources, compiler: compiler,
                    configuration: symbol.map { NativeConfiguration(symbol: $0, bytes: configuration) },
                    variant: isChecked ? .strict : .fast
                ).run(steps: steps)
            }
            return Confirmation.Result(
                outcomes: result.outcomes.map { outcome in
                    Outcome(outputs: outcome.outputs.map { ($0.port, $0.bytes) }, drops: outcome.drops)
                },
                failure: result.failure.map { "\($0)" })
        }
    }
}

/// Waits for asynchronous work. Only for threads that may block: not for those that run asynchronous work themselves.
private func waiting<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) throws -> Value {
    let done = DispatchSemaphore(value: 0)
    let outcome = Mutex<Result<Value, any Error>?>(nil)
    Task.detached {
        let result: Result<Value, any Error>
        do { result = .success(try await work()) } catch { result = .failure(error) }
        outcome.withLock { $0 = result }
        done.signal()
    }
    done.wait()
    guard let result = outcome.withLock({ $0 }) else { throw CancellationError() }
    return try result.get()
}

/// Where compiled middleboxes are kept between runs.
enum CacheFolder {
    static var path: String {
        let environment = ProcessInfo.processInfo.environment
        if let folder = environment["XDG_CACHE_HOME"], folder.hasPrefix("/") { return folder + "/gravel" }
        if let home = environment["HOME"], home.hasPrefix("/") { return home + "/.cache/gravel" }
        return "/tmp/gravel-\(getuid())"
    }
}
