import Diagnostics

/// A word, number or sign of a spec.
public struct Token: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// A name or keyword: which of them, the parser knows from where it stands.
        case word
        case number(UInt128)
        /// A literal address and its width: 32 bits for IPv4, 48 for a MAC address.
        case address(UInt128, width: Int)
        /// One of `Token.symbols`.
        case symbol
        /// One clause of a document, in free text behind `cites`.
        case citation
        case endOfFile
    }

    /// A comment in front of a token or, in front of the end of the file, the last of the file.
    public struct Comment: Hashable, Sendable {
        /// From `//` on, without trailing spaces.
        public let text: String
        /// Whether nothing else stands on its line.
        public let isAlone: Bool
    }

    public let kind: Kind
    /// As it stands in the source.
    public let text: String
    public let span: SourceSpan
    public let comments: [Comment]

    /// Longest first.
    static let symbols = [
        "==", "!=", "<=", ">=", "(", ")", "[", "]", ",", ":", ".", "=", "<", ">", "+", "-", "*", "&", "/",
    ]

    func isWord(_ word: String) -> Bool { kind == .word && text == word }
    func isSymbol(_ symbol: String) -> Bool { kind == .symbol && text == symbol }
}

/// What cannot be a name.
enum Keyword {
    /// Start an item of a spec.
    static let items = ["middlebox", "ports", "assume", "let", "property", "invariant", "model"]
    /// Start a clause of a property.
    static let clauses = [
        "cites", "when", "where", "then", "later", "within", "unless", "same", "different", "rate", "refines", "always",
    ]
    /// Join or make formulas.
    static let operators = [
        "and", "or", "not", "implies", "in", "has", "is", "leaves", "enters", "entered", "except", "for",
    ]

    /// Never a name. Other keywords are only words where a clause starts, so that C objects may be called by them: `ports`, `rate`.
    static let reserved: Set<String> = Set(operators).union([
        "middlebox", "assume", "let", "property", "invariant", "cites", "when", "where", "then", "true", "false", "any",
    ])
}
