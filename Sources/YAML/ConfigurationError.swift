import Diagnostics

/// Why a configuration is not accepted, and where it stands.
public struct ConfigurationError: Error, Hashable, Sendable {
    /// In the YAML file. The column is in characters, as YAML counts.
    public let location: SourceLocation
    public let message: String

    public init(location: SourceLocation, message: String) {
        self.location = location
        self.message = message
    }

    /// As a compiler says it, with what stands there underlined.
    ///
    /// - Parameter text: of the file.
    public func diagnostic(in text: String) -> Diagnostic {
        Diagnostic(message, at: span(in: text))
    }

    /// The word that the location is the start of, in bytes; the start of its line where the column is not known.
    private func span(in text: String) -> SourceSpan {
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard location.column > 0, lines.indices.contains(location.line - 1) else {
            return SourceSpan(start: location, endColumn: location.column)
        }
        let line = Substring(lines[location.line - 1]).unicodeScalars
        let before = line.prefix(location.column - 1)
        let word = line.dropFirst(location.column - 1).prefix {
            !$0.properties.isWhitespace && !":,[]{}#".unicodeScalars.contains($0)
        }
        let column = before.reduce(1) { $0 + UTF8.width($1) }
        return SourceSpan(
            file: location.file, line: location.line, column: column,
            endColumn: word.reduce(column) { $0 + UTF8.width($1) })
    }
}

extension ConfigurationError: CustomStringConvertible {
    public var description: String { "\(location): error: \(message)" }
}
