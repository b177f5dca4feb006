/// Writes diagnostics as a compiler does: place and message, the source line, an underline, hints.
///
///     Specs/nat.gravel:12:15: error: 'ipv4' has no field 'sourc'
///        12 |   then q.ipv4.sourc == 1
///           |               ^~~~~
///           = did you mean 'source'?
public struct DiagnosticRenderer: Sendable {
    /// In bytes: lines that are longer, which nobody wrote, are not shown.
    public static let longestLine = 2000

    private let lines: [String: [Substring]]
    private let usesColor: Bool

    /// - Parameter sources: the files that spans may point into. A span into another file is shown without its line.
    public init(sources: [SourceFile], usesColor: Bool = false) {
        lines = Dictionary(sources.map { ($0.path, Self.lines(of: $0.text)) }, uniquingKeysWith: { first, _ in first })
        self.usesColor = usesColor
    }

    /// Lines end where columns and line numbers say so: at a line feed, whatever stands before it. To Swift, the line feed behind a carriage
    /// return is no character of its own.
    private static func lines(of text: String) -> [Substring] {
        text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            Substring(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
        }
    }

    /// A line as it may go to a terminal: what would move the cursor or change colours is a sign of its own.
    private static func shown(_ line: Substring) -> String {
        guard line.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return String(line) }
        var result = ""
        for scalar in line.unicodeScalars {
            let isControl = (scalar.value < 0x20 && scalar != "\t") || scalar.value == 0x7F
            result.unicodeScalars.append(isControl ? "\u{FFFD}" : scalar)
        }
        return result
    }

    /// Each diagnostic followed by a newline.
    public func render(_ diagnostics: [Diagnostic]) -> String {
        diagnostics.map(render).joined()
    }

    /// Ends with a newline.
    public func render(_ diagnostic: Diagnostic) -> String {
        var text = heading(diagnostic.severity, diagnostic.message, at: diagnostic.span)
        let margin = snippet(at: diagnostic.span, into: &text)
        for hint in diagnostic.hints { text += "\(String(repeating: " ", count: margin))= \(hint)\n" }
        for note in diagnostic.notes {
            text += heading(.note, note.message, at: note.span)
            snippet(at: note.span, into: &text)
        }
        return text
    }

    private func heading(_ severity: Diagnostic.Severity, _ message: String, at span: SourceSpan?) -> String {
        let place = span.map { "\($0.start): " } ?? ""
        return "\(paint(place, .bold))\(paint(severity.rawValue + ":", color(of: severity))) \(paint(message, .bold))\n"
    }

    /// Appends the source line and the underline. Returns the column at which the frame stands, for hints below it.
    @discardableResult
    private func snippet(at span: SourceSpan?, into text: inout String) -> Int {
        let number = span.map { String($0.start.line) } ?? ""
        let width = max(4, number.count)
        guard let span, let file = lines[span.start.file], file.indices.contains(span.start.line - 1) else {
            return width + 1
        }
        let line = file[span.start.line - 1]
        guard line.utf8.count <= Self.longestLine else { return width + 1 }
        text += "\(String(repeating: " ", count: width - number.count))\(number) | \(Self.shown(line))\n"
        guard span.start.column > 0 else { return width + 1 }
        let before = prefix(of: line, bytes: span.start.column - 1)
        let marked = prefix(of: line, bytes: span.endColumn - 1).count - before.count
        // Tabs stay tabs, so that the caret stands below what it means at any tab width.
        let padding = before.map { $0 == "\t" ? "\t" : " " }.joined()
        let underline = "^" + String(repeating: "~", count: max(0, marked - 1))
        text += "\(String(repeating: " ", count: width)) | \(padding)\(paint(underline, .green))\n"
        return width + 1
    }

    /// The characters that lie wholly or partly in the first bytes of a line.
    private func prefix(of line: Substring, bytes: Int) -> Substring {
        var remaining = bytes
        return line.prefix { character in
            guard remaining > 0 else { return false }
            remaining -= character.utf8.count
            return true
        }
    }

    // MARK: Colour

    private enum Style: String {
        case bold = "1"
        case red = "1;31"
        case yellow = "1;33"
        case green = "1;32"
        case cyan = "1;36"
    }

    private func color(of severity: Diagnostic.Severity) -> Style {
        switch severity {
        case .error: .red
        case .warning: .yellow
        case .note: .cyan
        }
    }

    private func paint(_ text: String, _ style: Style) -> String {
        usesColor && !text.isEmpty ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }
}
