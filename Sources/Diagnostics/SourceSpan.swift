/// A stretch of one source line: where an underline goes.
public struct SourceSpan: Hashable, Sendable {
    /// The first byte.
    public let start: SourceLocation
    /// The column behind the last byte, on the same line; at least the start column.
    public let endColumn: Int

    public init(start: SourceLocation, endColumn: Int) {
        self.start = start
        self.endColumn = max(endColumn, start.column)
    }

    public init(file: String, line: Int, column: Int, endColumn: Int) {
        self.init(start: SourceLocation(file: file, line: line, column: column), endColumn: endColumn)
    }

    /// From the start of this span to the end of another; only as far as the line goes where the other is on a later line.
    public func through(_ other: SourceSpan) -> SourceSpan {
        other.start.line == start.line && other.start.file == start.file
            ? SourceSpan(start: start, endColumn: max(endColumn, other.endColumn)) : self
    }
}

extension SourceSpan: Comparable {
    public static func < (a: SourceSpan, b: SourceSpan) -> Bool {
        (a.start, a.endColumn) < (b.start, b.endColumn)
    }
}
