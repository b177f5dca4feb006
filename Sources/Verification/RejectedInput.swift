import Diagnostics

/// The C code or the spec is not accepted: what is wrong with it, and the texts to show it in.
public struct RejectedInput: Error, Sendable {
    public let diagnostics: [Diagnostic]
    public let sources: [SourceFile]

    public init(_ diagnostics: [Diagnostic], sources: [SourceFile]) {
        self.diagnostics = diagnostics
        self.sources = sources
    }
}
