/// One thing that is wrong with a source, as a compiler says it.
public struct Diagnostic: Hashable, Sendable {
    public enum Severity: String, Sendable {
        case error, warning, note
    }

    /// A further place that belongs to the matter: where a name was declared first, from where a definition is used.
    public struct Note: Hashable, Sendable {
        public let message: String
        public let span: SourceSpan?

        public init(_ message: String, at span: SourceSpan? = nil) {
            self.message = message
            self.span = span
        }
    }

    public let severity: Severity
    /// One line, lower case, without a full stop.
    public let message: String
    /// Nil where the matter has no place, such as a file that is missing.
    public let span: SourceSpan?
    public let notes: [Note]
    /// What would be right: what was expected, a near name. One line each.
    public let hints: [String]

    public init(
        _ message: String, severity: Severity = .error, at span: SourceSpan?, notes: [Note] = [],
        hints: [String] = []
    ) {
        self.severity = severity
        self.message = message
        self.span = span
        self.notes = notes
        self.hints = hints
    }
}
