import Diagnostics

/// Takes a spec apart into tokens. Comments are kept, for the formatter.
struct Lexer {
    private let path: String
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var lineStart = 0
    /// Whether a token has been seen on this line.
    private var lineHasToken = false
    private var comments: [Token.Comment] = []
    private var tokens: [Token] = []
    private var diagnostics: [Diagnostic] = []

    /// All tokens, the end of the file last, and what could not be read (left out of the tokens).
    static func tokens(of file: SourceFile) -> (tokens: [Token], diagnostics: [Diagnostic]) {
        var lexer = Lexer(path: file.path, bytes: Array(file.text.utf8))
        lexer.run()
        return (lexer.tokens, lexer.diagnostics)
    }

    private init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }

    private mutating func run() {
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: "\n"): newLine()
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): position += 1
            case UInt8(ascii: "/") where peek(1) == byte: comment()
            case _ where Self.isWordStart(byte): wordOrAddress()
            case _ where Self.isDigit(byte): number()
            default: symbol()
            }
        }
        // What is missing at the end is missing behind the last token.
        let end = tokens.last.map {
            SourceSpan(file: path, line: $0.span.start.line, column: $0.span.endColumn, endColumn: $0.span.endColumn)
        }
        tokens.append(
            Token(kind: .endOfFile, text: "", span: end ?? span(from: position, to: position), comments: comments))
    }

    // MARK: Bytes

    private func peek(_ ahead: Int = 0) -> UInt8? {
        position + ahead < bytes.count ? bytes[position + ahead] : nil
    }

    private mutating func newLine() {
        position += 1
        line += 1
        lineStart = position
        lineHasToken = false
    }

    private func text(from start: Int, to end: Int) -> String { String(decoding: bytes[start..<end], as: UTF8.self) }

    private func span(from start: Int, to end: Int) -> SourceSpan {
        SourceSpan(file: path, line: line, column: start - lineStart + 1, endColumn: end - lineStart + 1)
    }

    private mutating func emit(_ kind: Token.Kind, from start: Int) {
        tokens.append(
            Token(
                kind: kind, text: text(from: start, to: position), span: span(from: start, to: position),
                comments: comments))
        comments = []
        lineHasToken = true
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    private static func isWordStart(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_")
    }
    private static func isWordPart(_ byte: UInt8) -> Bool { isWordStart(byte) || isDigit(byte) }
    private static func isHexDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
    }

    /// Where the line ends, without a comment and trailing spaces.
    private func endOfText(from start: Int) -> Int {
        var end = start
        while end < bytes.count, bytes[end] != UInt8(ascii: "\n"),
            !(bytes[end] == UInt8(ascii: "/") && end + 1 < bytes.count && bytes[end + 1] == UInt8(ascii: "/"))
        {
            end += 1
        }
        return end
    }

    // MARK: Tokens

    private mutating func comment() {
        var end = position
        while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
        var trimmed = end
        while trimmed > position, bytes[trimmed - 1] <= UInt8(ascii: " ") { trimmed -= 1 }
        comments.append(Token.Comment(text: text(from: position, to: trimmed), isAlone: !lineHasToken))
        position = end
    }

    private mutating func wordOrAddress() {
        if macAddress() { return }
        let start = position
        while let byte = peek(), Self.isWordPart(byte) { position += 1 }
        let startsCitations = text(from: start, to: position) == "cites" && tokens.last?.isSymbol(".") != true
        emit(.word, from: start)
        if startsCitations { citations() }
    }

    /// Six pairs of hexadecimal digits.
    private mutating func macAddress() -> Bool {
        var value: UInt128 = 0
        for pair in 0..<6 {
            let start = position + pair * 3
            guard start + 2 <= bytes.count, Self.isHexDigit(bytes[start]), Self.isHexDigit(bytes[start + 1]),
                let byte = UInt8(text(from: start, to: start + 2), radix: 16)
            else { return false }
            if pair < 5 { guard start + 2 < bytes.count, bytes[start + 2] == UInt8(ascii: ":") else { return false } }
            value = value << 8 | UInt128(byte)
        }
        if let next = peek(17), Self.isWordPart(next) { return false }
        let start = position
        position += 17
        emit(.address(value, width: 48), from: start)
        return true
    }

    private mutating func number() {
        if macAddress() { return }
        let start = position
        while let byte = peek(), Self.isWordPart(byte) || dotBelongsToNumber(byte) { position += 1 }
        let text = text(from: start, to: position)
        let place = span(from: start, to: position)
        if text.contains(".") {
            let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
            if parts.count != 4 || parts.contains(nil) { diagnostics.append(.badAddress(text, at: place)) }
            emit(.address(parts.reduce(0) { $0 << 8 | UInt128($1 ?? 0) }, width: 32), from: start)
        } else {
            let isHexadecimal = text.hasPrefix("0x") || text.hasPrefix("0X")
            let digits = isHexadecimal ? text.dropFirst(2) : text[...]
            let areDigits =
                digits.allSatisfy { isHexadecimal ? $0.isHexDigit : ("0"..."9").contains($0) } && !digits.isEmpty
            let value = UInt128(digits, radix: isHexadecimal ? 16 : 10)
            if !areDigits {
                diagnostics.append(.badNumber(text, at: place))
            } else if value == nil {
                diagnostics.append(.hugeNumber(text, at: place))
            }
            // A token in any case, so that the parser does not miss one.
            emit(.number(value ?? 0), from: start)
        }
    }

    /// A dot between digits.
    private func dotBelongsToNumber(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ".") && peek(1).map(Self.isDigit) == true
    }

    private mutating func symbol() {
        let start = position
        // C's operators, which are words here.
        for stray in ["&&", "||"] where bytes[position...].starts(with: stray.utf8) {
            position += stray.utf8.count
            return diagnostics.append(.strayCharacter(stray, at: span(from: start, to: position)))
        }
        for symbol in Token.symbols where bytes[position...].starts(with: symbol.utf8) {
            position += symbol.utf8.count
            return emit(.symbol, from: start)
        }
        repeat { position += 1 } while peek().map { $0 & 0xC0 == 0x80 } == true
        diagnostics.append(.strayCharacter(text(from: start, to: position), at: span(from: start, to: position)))
    }

    /// Free text to the end of the line, separated by commas.
    private mutating func citations() {
        let end = endOfText(from: position)
        while position < end {
            if bytes[position] <= UInt8(ascii: " ") {
                position += 1
                continue
            }
            let start = position
            if bytes[position] == UInt8(ascii: ",") {
                position += 1
                emit(.symbol, from: start)
                continue
            }
            while position < end, bytes[position] != UInt8(ascii: ",") { position += 1 }
            let next = position
            while bytes[position - 1] <= UInt8(ascii: " ") { position -= 1 }
            emit(.citation, from: start)
            position = next
        }
    }
}

// MARK: - Messages

extension Diagnostic {
    fileprivate static func badAddress(_ text: String, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "'\(text)' is not an IPv4 address", at: span,
            hints: ["expected four numbers from 0 to 255, as in 192.0.2.1"])
    }
    fileprivate static func badNumber(_ text: String, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "'\(text)' is not a number", at: span, hints: ["expected decimal digits, or hexadecimal ones behind 0x"])
    }
    fileprivate static func hugeNumber(_ text: String, at span: SourceSpan) -> Diagnostic {
        Diagnostic("'\(text)' is too large", at: span, hints: ["numbers have at most 128 bits"])
    }
    fileprivate static func strayCharacter(_ text: String, at span: SourceSpan) -> Diagnostic {
        let near = ["=": "==", "!": "not", "&&": "and", "||": "or", "|": "or"][text]
        return Diagnostic(
            "unexpected character '\(text)'", at: span, hints: near.map { ["did you mean '\($0)'?"] } ?? [])
    }
}
