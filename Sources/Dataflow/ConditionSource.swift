import Diagnostics

/// The text of a C file, to quote conditions from.
///
/// What is quoted goes into drawings, never into a proof.
struct ConditionSource {
    /// A condition of the source, without `&&`, `||` and leading `!`.
    struct Leaf {
        enum Relation: String {
            case equal = "==", notEqual = "!=", less = "<", lessOrEqual = "<=", greater = ">", greaterOrEqual = ">="

            var inverse: Relation {
                switch self {
                case .equal: .notEqual
                case .notEqual: .equal
                case .less: .greaterOrEqual
                case .lessOrEqual: .greater
                case .greater: .lessOrEqual
                case .greaterOrEqual: .less
                }
            }
        }
        /// The whole text when there is no comparison in it.
        let left: String
        let comparison: (relation: Relation, right: String)?

        /// The text for "it is so" and for "it is not so".
        func text(isTrue: Bool) -> String {
            if let (relation, right) = comparison {
                return "\(left) \((isTrue ? relation : relation.inverse).rawValue) \(right)"
            }
            if isTrue { return left }
            return isOneOperand ? "!\(left)" : "!(\(left))"
        }

        /// Whether `!` in front of it takes all of it: spaces stand in parentheses only.
        private var isOneOperand: Bool {
            var depth = 0
            for character in left {
                if "([".contains(character) { depth += 1 } else if ")]".contains(character) { depth -= 1 }
                if depth == 0, character == " " { return false }
            }
            return true
        }
    }

    /// Comments blanked out, so that places stay.
    private let bytes: [UInt8]
    private let lineStarts: [Int]

    init(_ file: SourceFile) {
        let bytes = ConditionSource.blankingComments(Array(file.text.utf8))
        self.bytes = bytes
        lineStarts = [0] + bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
    }

    private func offset(_ location: SourceLocation) -> Int? {
        guard lineStarts.indices.contains(location.line - 1), location.column > 0 else { return nil }
        let offset = lineStarts[location.line - 1] + location.column - 1
        return bytes.indices.contains(offset) ? offset : nil
    }

    /// The operand of `&&`, `||`, `?:` or `if` around a place: clang places a comparison at its operator, everything else at its start.
    func leaf(at location: SourceLocation) -> Leaf? {
        guard let offset = offset(location) else { return nil }
        var start = offset
        var depth = 0
        while start > 0, !endsLeaf(at: start - 1, depth: depth, forward: false) {
            start -= 1
            if isOpening(bytes[start]) { depth -= 1 } else if isClosing(bytes[start]) { depth += 1 }
        }
        var end = offset
        depth = 0
        while end < bytes.count, !endsLeaf(at: end, depth: depth, forward: true) {
            if isOpening(bytes[end]) { depth += 1 } else if isClosing(bytes[end]) { depth -= 1 }
            end += 1
        }
        guard start < end else { return nil }
        var text = trimmed(bytes[start..<end])
        for word in ["return ", "else "] where text.starts(with: word.utf8) { text = text.dropFirst(word.utf8.count) }
        return split(text)
    }

    /// What stands in the parentheses behind a place: `switch (…)`.
    func parenthesised(after location: SourceLocation) -> String? {
        guard let offset = offset(location), let open = bytes[offset...].firstIndex(of: UInt8(ascii: "(")) else {
            return nil
        }
        var depth = 0
        for index in open..<bytes.count {
            if isOpening(bytes[index]) { depth += 1 } else if isClosing(bytes[index]) { depth -= 1 }
            if depth == 0 { return string(bytes[(open + 1)..<index]) }
        }
        return nil
    }

    /// The `case` labels directly before a place, one behind the other, in source order.
    func caseLabels(before location: SourceLocation) -> [String] {
        guard var end = offset(location) else { return [] }
        // Back to the colon of the last label: the place may lie within a statement.
        while end > 0, bytes[end - 1] != UInt8(ascii: ":") {
            if bytes[end - 1] == UInt8(ascii: ";") || bytes[end - 1] == UInt8(ascii: "}") { return [] }
            end -= 1
        }
        var labels: [String] = []
        while end > 0, bytes[end - 1] == UInt8(ascii: ":") {
            var start = end - 1
            while start > 0, !";{}:".utf8.contains(bytes[start - 1]) { start -= 1 }
            let text = trimmed(bytes[start..<(end - 1)])
            guard text.starts(with: "case ".utf8) else { break }
            labels.insert(string(text.dropFirst(5)), at: 0)
            end = start
            while end > 0, isSpace(bytes[end - 1]) { end -= 1 }
        }
        return labels
    }

    private func endsLeaf(at index: Int, depth: Int, forward: Bool) -> Bool {
        let byte = bytes[index]
        if depth == 0, forward ? isClosing(byte) : isOpening(byte) { return true }
        guard depth == 0 else { return byte == UInt8(ascii: ";") }
        if ";{}?:,".utf8.contains(byte) { return true }
        let next = index + 1 < bytes.count ? bytes[index + 1] : 0
        let previous = index > 0 ? bytes[index - 1] : 0
        if byte == UInt8(ascii: "&") || byte == UInt8(ascii: "|") { return next == byte || previous == byte }
        return byte == UInt8(ascii: "=") && next != byte && !"=!<>".utf8.contains(previous)
    }

    /// Splits at the one comparison outside parentheses. Nil where there are several.
    private func split(_ text: ArraySlice<UInt8>) -> Leaf? {
        var found: (relation: Leaf.Relation, range: Range<Int>)?
        var depth = 0
        var index = text.startIndex
        while index < text.endIndex {
            let byte = text[index]
            if isOpening(byte) { depth += 1 } else if isClosing(byte) { depth -= 1 }
            guard depth == 0, "=!<>".utf8.contains(byte) else {
                index += 1
                continue
            }
            var end = index
            while end < text.endIndex, "=!<>".utf8.contains(text[end]) { end += 1 }
            let isArrow = byte == UInt8(ascii: ">") && index > text.startIndex && text[index - 1] == UInt8(ascii: "-")
            if let relation = Leaf.Relation(rawValue: string(text[index..<end])), !isArrow {
                if found != nil { return nil }
                found = (relation, index..<end)
            }
            index = end
        }
        guard let found else {
            let operand = trimmed(text.drop { $0 == UInt8(ascii: "!") || isSpace($0) })
            return operand.isEmpty ? nil : Leaf(left: string(operand), comparison: nil)
        }
        let (left, right) = (string(text[..<found.range.lowerBound]), string(text[found.range.upperBound...]))
        return left.isEmpty || right.isEmpty ? nil : Leaf(left: left, comparison: (found.relation, right))
    }

    private func isOpening(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "(") || byte == UInt8(ascii: "[") }
    private func isClosing(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ")") || byte == UInt8(ascii: "]") }
    private func isSpace(_ byte: UInt8) -> Bool { " \t\r\n".utf8.contains(byte) }

    private func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let end = text.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? text.startIndex
        return text[..<end].drop(while: isSpace)
    }

    /// On one line, with single spaces.
    private func string(_ text: ArraySlice<UInt8>) -> String {
        String(decoding: text, as: UTF8.self).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    private static func blankingComments(_ text: [UInt8]) -> [UInt8] {
        enum State { case code, line, block, quoted(UInt8) }
        var (result, state) = (text, State.code)
        var index = 0
        while index < text.count {
            let (byte, next) = (text[index], index + 1 < text.count ? text[index + 1] : 0)
            switch state {
            case .code:
                if byte == UInt8(ascii: "/"), next == UInt8(ascii: "/") { state = .line }
                if byte == UInt8(ascii: "/"), next == UInt8(ascii: "*") { state = .block }
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") { state = .quoted(byte) }
            case .quoted(let quote):
                if byte == UInt8(ascii: "\\") {
                    index += 1
                } else if byte == quote || byte == UInt8(ascii: "\n") {
                    state = .code
                }
            case .line:
                if byte == UInt8(ascii: "\n") { state = .code }
            case .block:
                if byte == UInt8(ascii: "*"), next == UInt8(ascii: "/") {
                    result[index] = UInt8(ascii: " ")
                    index += 1
                    result[index] = UInt8(ascii: " ")
                    state = .code
                    index += 1
                    continue
                }
            }
            switch state {
            case .line, .block: if byte != UInt8(ascii: "\n") { result[index] = UInt8(ascii: " ") }
            case .code, .quoted: break
            }
            index += 1
        }
        return result
    }
}
