import Dataflow
import Diagnostics
import Foundation
import MiddleboxIR
import Project
import SMT
import Verification

/// An error with what the person at the terminal is told and the status that the process ends with.
///
/// Whatever is not known to be the user's to mend is an internal error.
struct Failure {
    let status: ExitStatus
    /// Placed in sources where possible.
    private let diagnostics: [Diagnostic]
    private let sources: [SourceFile]
    /// Complete as it is: what clang wrote.
    private let verbatim: String?

    init(_ error: any Error) {
        var (status, diagnostics, sources, verbatim) = (
            ExitStatus.rejected, [Diagnostic](), [SourceFile](), nil as String?
        )
        switch error {
        case let error as RejectedInput:
            diagnostics = error.diagnostics
            sources = error.sources
        case let error as DecompositionError:
            diagnostics = [error.diagnostic]
        case let error as ProjectFileError:
            diagnostics = [error.diagnostic]
            sources = [error.source]
        case let error as CompilerError:
            switch error {
            case .clang(let output): verbatim = output
            case .noSources, .unreadableSource, .link, .conflictingPorts: diagnostics = [Failure.plain(error)]
            case .clangNotFound, .clangFailed, .invalidBitcode, .passes:
                status = .internalError
                diagnostics = [Failure.plain(error)]
            }
        case let error as SelectionError:
            status = .usage
            diagnostics = [Failure.plain(error)]
        case let error as SecondSolverError:
            status = .usage
            diagnostics = [Failure.plain(error)]
        case let error as ObligationFolderError:
            status = .usage
            diagnostics = [Failure.plain(error)]
        case let error as UsageError:
            status = .usage
            diagnostics = [Failure.plain(error)]
        default:
            status = .internalError
            diagnostics = [Diagnostic("internal error: \(error)", at: nil)]
        }
        self.status = status
        self.diagnostics = diagnostics
        self.sources = sources
        self.verbatim = verbatim
    }

    private static func plain(_ error: some CustomStringConvertible) -> Diagnostic {
        Diagnostic(error.description, at: nil)
    }

    /// Ends with a newline.
    func message(usesColor: Bool) -> String {
        if let verbatim { return verbatim.hasSuffix("\n") ? verbatim : verbatim + "\n" }
        return DiagnosticRenderer(sources: sources, usesColor: usesColor).render(diagnostics)
    }

    /// Of the first thing that is wrong.
    var reason: String { diagnostics.first?.message ?? "the C code does not compile" }
    var location: SourceLocation? { diagnostics.first?.span?.start }
}

/// Arguments that cannot be used together, or that select nothing.
struct UsageError: Error, CustomStringConvertible {
    let description: String
}
