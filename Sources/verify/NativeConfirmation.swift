import Diagnostics
import Dispatch
import Foundation
import MiddleboxIR
import Replay
import Synchronization
import Verification

extension Confirmation {
    /// Runs traces through the native program, compiled when first asked for; in a process of its own, so that it may crash.
    init(of source: MiddleboxSource, _ program: Program) {
        let compiler = NativeCompiler(
            includeDirectories: source.includeDirectories, runtimeDirectory: source.runtimeDirectory,
            cacheDirectory: CacheFolder.native)
        let symbol = program.globals.first { if case .configuration = $0.kind { true } else { false } }?.name
        let ports = program.ports.map(\.number)
        self.init { configuration, happenings, watch, objects in
            let steps = happenings.map { step in
                switch step {
                case .packet(let packet):
                    NativeRun.Step(time: packet.time, port: packet.ingress, bytes: packet.bytes)
                case .operation(let operation):
                    NativeRun.Step(
                        time: operation.time, operation: operation.name, argument: operation.argument)
                }
            }
            func run(observing objects: [StateObject]) throws -> NativeRun.Result {
                let variant: NativeCompiler.Variant =
                    switch watch {
                    case .nothing: objects.isEmpty ? .fast : .observable
                    case .errors: .strict
                    case .uninitialisedValues: .initialised
                    }
                return try waiting {
                    try await NativeRun(
                        sources: source.cSources, compiler: compiler,
                        configuration: symbol.map { NativeConfiguration(symbol: $0, bytes: configuration) },
                        ports: ports, variant: variant, observing: objects
                    ).run(steps: steps)
                }
            }
            let result: NativeRun.Result
            let states: (@Sendable () throws -> any ObservedStates)?
            do {
                let observed = try run(observing: objects)
                (result, states) = (observed, { try RecordedStates(observed.states) })
            } catch NativeError.unobservable {
                // What leaves can be compared all the same.
                (result, states) = (try run(observing: []), nil)
            }
            return Confirmation.Result(
                outcomes: result.outcomes.map { outcome in
                    Outcome(
                        outputs: outcome.outputs.map { ($0.port, $0.bytes) },
                        copies: outcome.outputs.count(where: \.isCopy), drops: outcome.drops)
                },
                failure: result.failure.map { Failure($0, in: result) },
                states: states)
        }
    }
}

extension MiddleboxSource {
    /// Beside the headers.
    fileprivate var runtimeDirectory: String {
        let include = includeDirectories.first ?? "."
        return URL(fileURLWithPath: include).deletingLastPathComponent().appendingPathComponent("runtime").path
    }

    /// All that counterexamples are confirmed with, besides the middlebox and the headers that it includes.
    var runtimeFiles: [String] {
        ((try? FileManager.default.subpathsOfDirectory(atPath: runtimeDirectory)) ?? [])
            .filter { $0.hasSuffix(".c") || $0.hasSuffix(".h") }.sorted().map { "\(runtimeDirectory)/\($0)" }
    }
}

extension Confirmation.Failure {
    fileprivate init(_ error: NativeError, in result: NativeRun.Result) {
        let kind: Kind
        let description: String
        switch error {
        case .caught(_, let finding):
            kind =
                switch finding {
                case .endless: .endless
                case .memoryError: .memoryError
                case .touchedAfterEnd: .touchedAfterHandOff
                case .uninitialised: .uninitialisedValue
                case .brokenContract, .unknownPort: .brokenContract
                }
            description = finding.description
        case .crashed(_, SIGILL):
            kind = .crash
            description = "ran into a trap for undefined behaviour"
        case .crashed(_, let signal):
            kind = .crash
            description = "crashed (\(String(cString: strsignal(signal))))"
        case .outsidePacket:
            kind = .memoryError
            description = "emitted bytes outside of the packet's memory"
        case .tooManyOutputs:
            kind = .other
            description = "emitted without end"
        case .clangNotFound, .clang, .clangFailed, .unreadableSource, .cache, .notLoadable, .missingSymbol,
            .unobservable,
            .packetTooLong, .timedOut, .childFailed:
            kind = .other
            description = "could not be run: \(error)"
        }
        self.init(
            kind: kind, step: result.outcomes.count - 1, location: result.place.map { SourceLocation(shown: $0) },
            caller: result.caller.map { SourceLocation(shown: $0) }, description: description)
    }
}

extension SourceLocation {
    /// As the verifier shows it: relative to the working directory where it lies below.
    fileprivate init(shown place: NativePlace) {
        let folder = FileManager.default.currentDirectoryPath + "/"
        let file = place.file.hasPrefix(folder) ? String(place.file.dropFirst(folder.count)) : place.file
        self.init(file: file, line: place.line, column: place.column)
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
