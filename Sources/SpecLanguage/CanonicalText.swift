/// How the tokens of a clause are spaced.
enum CanonicalText {
    /// One line, comments left out.
    static func join(_ tokens: some Collection<Token>) -> String {
        var result = ""
        var last: Token?
        for token in tokens where token.kind != .endOfFile {
            if let last, needsSpace(between: last, and: token) { result += " " }
            result += token.text
            last = token
        }
        return result
    }

    static func needsSpace(between first: Token, and second: Token) -> Bool {
        if second.kind == .symbol, [",", ":", ")", "]", "."].contains(second.text) { return false }
        if first.kind == .symbol, ["(", "[", "."].contains(first.text) { return false }
        // A call or an index: the parenthesis belongs to the name before it, which an operator is not.
        if second.isSymbol("(") || second.isSymbol("[") {
            switch first.kind {
            case .word: return Keyword.reserved.contains(first.text) || Keyword.clauses.contains(first.text)
            case .symbol: return ![")", "]"].contains(first.text)
            case .number, .address, .citation, .endOfFile: return true
            }
        }
        return true
    }
}
