import MiddleboxIR
import Replay
import Verification

/// Of an error, by design section 9.
func exitStatus(of error: any Error) -> Int32 {
    switch error {
    case is UsageError: 64
    case let failure as MiddleboxFolder.Failure:
        switch failure {
        case .notFound, .noCFiles: 64
        case .noRuntime: 70
        }
    case is ConfigurationError, is CaptureError, is RejectedInput, is PerformanceBaseline.Failure, is LiveError: 65
    case let error as CompilerError:
        switch error {
        case .clang, .noSources, .unreadableSource, .link, .conflictingPorts: 65
        case .clangNotFound, .clangFailed, .invalidBitcode, .passes: 70
        }
    case let error as NativeError: exitStatus(of: error)
    case let failure as CaptureReplay.Failure:
        switch failure {
        case .capture, .unknownPort, .timeOutOfRange: 65
        case .native(let error), .operation(_, let error): exitStatus(of: error)
        }
    default: 70
    }
}

private func exitStatus(of error: NativeError) -> Int32 {
    switch error {
    case .clang, .unreadableSource, .missingSymbol, .unobservable, .packetTooLong, .crashed, .tooManyOutputs,
        .outsidePacket,
        .caught, .timedOut:
        65
    case .clangNotFound, .clangFailed, .cache, .notLoadable, .childFailed: 70
    }
}
