/// A place in a source file: what a person is pointed to.
public struct SourceLocation: Hashable, Sendable {
    /// As it should be shown: relative to the working directory where it lies below it.
    public let file: String
    /// From 1.
    public let line: Int
    /// From 1, in UTF-8 bytes as clang counts; 0 when unknown.
    public let column: Int

    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }
}

extension SourceLocation: CustomStringConvertible {
    public var description: String { column > 0 ? "\(file):\(line):\(column)" : "\(file):\(line)" }
}

extension SourceLocation: Comparable {
    public static func < (a: SourceLocation, b: SourceLocation) -> Bool {
        (a.file, a.line, a.column) < (b.file, b.line, b.column)
    }
}

/// The text of a source file, for snippets.
public struct SourceFile: Hashable, Sendable {
    /// As in `SourceLocation.file`.
    public let path: String
    public let text: String

    public init(path: String, text: String) {
        self.path = path
        self.text = text
    }
}
