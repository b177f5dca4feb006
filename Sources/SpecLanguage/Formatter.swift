import Diagnostics

/// Lays out specs in the one canonical way: a line per clause, clauses indented by two, one blank line between items. Only the tokens
/// and the comments count, not how they were laid out before; so formatting twice changes nothing more.
public struct Formatter {
    /// Lines are broken, where they can be, to fit into so many columns.
    public static let lineLength = 120

    /// - Throws: what is wrong with the spec's form.
    public static func format(_ file: SourceFile) throws(SpecError) -> String {
        format(try parse(file))
    }

    public static func format(_ spec: Spec) -> String {
        var formatter = Formatter(tokens: spec.tokens)
        formatter.write(spec.layout)
        return formatter.lines.joined(separator: "\n") + "\n"
    }

    /// A property without its comments, in canonical layout.
    static func text(of property: PropertySyntax, in spec: Spec) -> String { text(ofItem: property.tokens, in: spec) }

    /// The same of any item.
    ///
    /// - Parameter tokens: all of it.
    static func text(ofItem tokens: Range<Int>, in spec: Spec) -> String {
        let marks = spec.layout[spec.layout.places(in: tokens)]
        var formatter = Formatter(tokens: spec.tokens)
        for (index, mark) in zip(marks.indices, marks) {
            let end = index + 1 < marks.endIndex ? marks[index + 1].token : tokens.upperBound
            formatter.write(Array(spec.tokens[mark.token..<end]), indentation: mark.kind == .clause ? 2 : 0)
        }
        return formatter.lines.joined(separator: "\n")
    }

    private let tokens: [Token]
    private var lines: [String] = []

    private init(tokens: [Token]) { self.tokens = tokens }

    // MARK: Items and clauses

    private mutating func write(_ marks: [LayoutMark]) {
        var previous: LayoutMark.Kind?
        var previousItem: LayoutMark.Kind?
        for (index, mark) in marks.enumerated() {
            let end = index + 1 < marks.count ? marks[index + 1].token : tokens.count - 1
            let first = tokens[mark.token]
            writeTrailing(first.comments)
            let above = first.comments.filter(\.isAlone)
            let belongsToHead = mark.kind == .ports || mark.kind == .assumption && (previous?.isHead ?? false)
            let indentation = mark.kind == .clause || belongsToHead ? 2 : 0
            let continues = mark.kind == .definition && previousItem == .definition && above.isEmpty
            if mark.kind != .clause, !belongsToHead, !continues, !lines.isEmpty { lines.append("") }
            for comment in above { lines.append(Self.spaces(indentation) + comment.text) }
            write(Array(tokens[mark.token..<end]), indentation: indentation, keepingComments: true)
            // An assumption away from the head is an item like others.
            previous = mark.kind == .assumption && !belongsToHead ? .property : mark.kind
            if mark.kind != .clause { previousItem = mark.kind }
        }
        let last = tokens[tokens.count - 1].comments
        writeTrailing(last)
        let alone = last.filter(\.isAlone)
        if !alone.isEmpty, !lines.isEmpty { lines.append("") }
        lines += alone.map(\.text)
    }

    /// Comments that stood behind something stay behind it.
    private mutating func writeTrailing(_ comments: [Token.Comment]) {
        for comment in comments where !comment.isAlone {
            if lines.isEmpty { lines.append("") }
            lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : "  ") + comment.text
        }
    }

    // MARK: Lines of a clause

    private mutating func write(_ tokens: [Token], indentation: Int, keepingComments: Bool = false) {
        var rest: [Token] = []
        var isFirst = true
        var lines: [String] = []
        func flush() {
            lines += Self.wrapped(rest, first: isFirst ? indentation : indentation + 2, others: indentation + 2)
            isFirst = isFirst && rest.isEmpty
            rest = []
        }
        for (index, token) in tokens.enumerated() {
            if keepingComments, index > 0, !token.comments.isEmpty {
                flush()
                for comment in token.comments {
                    if comment.isAlone {
                        lines.append(Self.spaces(indentation + 2) + comment.text)
                    } else {
                        lines[lines.count - 1] += "  " + comment.text
                    }
                }
            }
            rest.append(token)
        }
        flush()
        self.lines += lines
    }

    private static func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }

    /// One line if it fits; else broken behind the colon of a `for`, then before connectives and behind commas, at the outermost
    /// parentheses that help.
    ///
    /// - Complexity: linear in the tokens.
    private static func wrapped(_ tokens: [Token], first: Int, others: Int) -> [String] {
        var result: [String] = []
        var rest = tokens[...]
        var indentation = first
        // Citations take the rest of their line.
        let canBreak = !tokens.contains { $0.kind == .citation }
        while !rest.isEmpty {
            guard canBreak, let index = breakIndex(rest, indentation: indentation) else {
                result.append(spaces(indentation) + CanonicalText.join(rest))
                break
            }
            result.append(spaces(indentation) + CanonicalText.join(rest[..<index]))
            rest = rest[index...]
            indentation = others
        }
        return result
    }

    /// The token that the next line starts with. Nil where all fits into one line, or no break is possible.
    private static func breakIndex(_ tokens: ArraySlice<Token>, indentation: Int) -> Int? {
        var depth = 0
        // Of the line up to the token, without the space before that.
        var length = indentation
        var best: (index: Int, depth: Int)?
        var isClosed = false
        for index in tokens.indices {
            let token = tokens[index]
            if token.isSymbol("(") || token.isSymbol("[") { depth += 1 }
            if token.isSymbol(")") || token.isSymbol("]") { depth -= 1 }
            if index > tokens.startIndex {
                let previous = tokens[index - 1]
                let canBreak =
                    token.kind == .word && Connective(rawValue: token.text) != nil || previous.isSymbol(",")
                let fits = length <= lineLength
                if canBreak, !isClosed {
                    // Where nothing fits, the first place is the best.
                    if fits || best == nil, best.map({ depth <= $0.depth }) ?? true { best = (index, depth) }
                    isClosed = !fits
                }
                if CanonicalText.needsSpace(between: previous, and: token) { length += 1 }
            }
            length += token.text.count
            if length > lineLength, isClosed || best != nil { break }
        }
        guard length > lineLength else { return nil }
        // The body of a `for` starts a line.
        if tokens.first?.isWord("for") == true, let colon = tokens.firstIndex(where: { $0.isSymbol(":") }),
            colon + 1 < tokens.endIndex
        {
            return colon + 1
        }
        return best?.index
    }
}

/// A token with which a line of the canonical layout starts.
struct LayoutMark: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case head, ports, assumption, definition, property, clause

        /// Of an item by its first word.
        init(item word: String) {
            switch word {
            case "assume": self = .assumption
            case "let": self = .definition
            default: self = .property
            }
        }

        var isHead: Bool {
            switch self {
            case .head, .ports, .assumption: true
            case .definition, .property, .clause: false
            }
        }
    }

    let token: Int
    let kind: Kind
}

extension [LayoutMark] {
    /// Where the marks lie whose tokens are in a range.
    ///
    /// - Complexity: O(log n)
    fileprivate func places(in tokens: Range<Int>) -> Range<Int> {
        func place(of token: Int) -> Int {
            var places = 0..<count
            while !places.isEmpty {
                let middle = (places.lowerBound + places.upperBound) / 2
                places = self[middle].token < token ? middle + 1..<places.upperBound : places.lowerBound..<middle
            }
            return places.lowerBound
        }
        return place(of: tokens.lowerBound)..<place(of: tokens.upperBound)
    }
}
