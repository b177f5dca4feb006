import ArgumentParser
import Diagnostics
import Foundation
import MiddleboxIR
import Project
import Replay
import Verification
import YAML

/// Tells of an error, as a compiler does where it is about a file.
///
/// - Returns: what ends the command.
func told(_ error: any Error) -> ExitCode {
    let message = (error as? RejectedInput)?.rendered ?? "\(error)"
    FileHandle.standardError.write(Data((message.hasSuffix("\n") ? message : message + "\n").utf8))
    return ExitCode(exitStatus(of: error))
}

/// On standard error: standard output has the statistics.
func note(_ message: String) {
    FileHandle.standardError.write(Data("replay: \(message)\n".utf8))
}

extension RejectedInput {
    fileprivate var rendered: String { DiagnosticRenderer(sources: sources).render(diagnostics) }
}

/// Of an error, by design section 9.
private func exitStatus(of error: any Error) -> Int32 {
    switch error {
    case is UsageError: 64
    case let failure as MiddleboxFolder.Failure:
        switch failure {
        case .notFound, .notListed, .noCFiles: 64
        case .noRuntime: 70
        }
    case is ConfigurationError, is ProjectFileError, is CaptureError, is RejectedInput, is PerformanceBaseline.Failure,
        is LiveError:
        65
    case let error as CompilerError:
        switch error {
        case .clang, .noSources, .unreadableSource, .link, .conflictingPorts: 65
        case .clangNotFound, .clangFailed, .invalidBitcode, .passes: 70
        }
    case let error as NativeError: exitStatus(of: error)
    case let failure as CaptureReplay.Failure:
        exitStatus(of: failure)
    default: 70
    }
}

private func exitStatus(of failure: CaptureReplay.Failure) -> Int32 {
    switch failure {
    case .capture, .unknownPort, .timeOutOfRange: 65
    case .native(let error), .operation(_, let error): exitStatus(of: error)
    case .core(_, let failure): exitStatus(of: failure)
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
