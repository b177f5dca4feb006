import Diagnostics

// Expressions, loosest operator first: implies (right), or, and, not, comparisons (which do not chain), + and -, *, what follows a
// value (`.field`, `[key]`, `(arguments)`).

extension Parser {
    mutating func expression() throws(Mistake) -> Expression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepestNesting else { throw Mistake(diagnostic: .tooDeep(current.span)) }
        let start = position
        let left = try disjunction()
        let result =
            accept(word: Connective.implies.rawValue)
            ? make(.connective(.implies, left, try expression()), from: start) : left
        guard result.height <= Self.greatestHeight else { throw Mistake(diagnostic: .tooDeep(result.span)) }
        return result
    }

    /// What may differ between two runs.
    mutating func difference() throws(Mistake) -> Difference {
        let value = try expression()
        guard accept(word: "except") else { return Difference(value: value, keys: []) }
        var keys = [try sum()]
        while accept(word: Connective.and.rawValue) { keys.append(try sum()) }
        return Difference(value: value, keys: keys)
    }

    /// What is summed up, for each of what, and the bound.
    mutating func rate() throws(Mistake) -> RateSyntax {
        let first = current.span
        let value = try sum()
        let key = accept(word: "per") ? try sum() : nil
        let token = current
        guard token.kind == .symbol, let comparison = ComparisonOperator(rawValue: token.text),
            [.less, .lessOrEqual].contains(comparison)
        else {
            throw Mistake(diagnostic: .notABound(first.through(token.kind == .symbol ? token.span : previous.span)))
        }
        advance()
        return RateSyntax(
            value: value, key: key, comparison: comparison, bound: try sum(), span: first.through(previous.span))
    }

    /// Counts the operators of a chain, which nest as deep as parentheses would.
    private func extend(_ length: inout Int) throws(Mistake) {
        length += 1
        guard length <= Self.longestChain else { throw Mistake(diagnostic: .tooDeep(previous.span)) }
    }

    private static let longestChain = 100

    /// Chains in parentheses, one in the other, are each no longer than they may be and together too deep.
    static let greatestHeight = 200

    /// Mutating only so that it runs after its arguments have been read.
    private mutating func make(_ kind: Expression.Kind, from start: Int) -> Expression {
        Expression(
            kind: kind, span: tokens[start].span.through(tokens[max(start, position - 1)].span),
            tokens: start..<position)
    }

    private mutating func disjunction() throws(Mistake) -> Expression {
        let start = position
        var left = try conjunction()
        var length = 0
        while accept(word: Connective.or.rawValue) {
            left = make(.connective(.or, left, try conjunction()), from: start)
            try extend(&length)
        }
        return left
    }

    private mutating func conjunction() throws(Mistake) -> Expression {
        let start = position
        var left = try negation()
        var length = 0
        while accept(word: Connective.and.rawValue) {
            left = make(.connective(.and, left, try negation()), from: start)
            try extend(&length)
        }
        return left
    }

    private mutating func negation() throws(Mistake) -> Expression {
        let start = position
        var count = 0
        while accept(word: "not") { try extend(&count) }
        if count == 0 { return current.isWord("for") ? try quantified() : try comparison() }
        var result = current.isWord("for") ? try quantified() : try comparison()
        for index in (0..<count).reversed() { result = make(.not(result), from: start + index) }
        return result
    }

    private mutating func quantified() throws(Mistake) -> Expression {
        let start = position
        advance()
        // A variable may be called `first`, too.
        if current.isWord("first"), case .word = next().kind, !next().isWord("in"), !next().isWord("from") {
            return try first(from: start)
        }
        let names = try list { (parser) throws(Mistake) in try parser.name("a variable's name") }
        let domain = try domain("'in' and a map")
        try expect(symbol: ":", "and what holds for each")
        return make(.quantified(names, over: domain, try expression()), from: start)
    }

    /// `in COLLECTION` or `from FIRST to LAST`.
    private mutating func domain(_ expected: String) throws(Mistake) -> Expression.Domain {
        if accept(word: "from") {
            let first = try sum()
            guard accept(word: "to") else {
                throw Mistake(diagnostic: .expected("'to' and the last number", found: current))
            }
            return .range(from: first, to: try sum())
        }
        guard accept(word: "in") else { throw Mistake(diagnostic: .expected(expected, found: current)) }
        return .collection(try sum())
    }

    private mutating func first(from start: Int) throws(Mistake) -> Expression {
        advance()
        let name = try name("a variable's name")
        let domain = try domain("'in' and an array")
        guard accept(word: "where") else {
            throw Mistake(diagnostic: .expected("'where' and what the first one is told by", found: current))
        }
        let condition = try expression()
        try expect(symbol: ":", "and what holds of the first one")
        return make(.first(name, over: domain, where: condition, try expression()), from: start)
    }

    // MARK: Comparisons and statements on packets

    private mutating func comparison() throws(Mistake) -> Expression {
        let start = position
        let left = try sum()
        let token = current
        switch token.kind {
        case .symbol:
            guard let operation = ComparisonOperator(rawValue: token.text) else {
                if token.text == "=" { throw Mistake(diagnostic: .singleEquals(token.span)) }
                return left
            }
            advance()
            let right = try sum()
            if current.kind == .symbol, ComparisonOperator(rawValue: current.text) != nil {
                throw Mistake(diagnostic: .chained(current.span))
            }
            if operation == .equal, accept(word: "except") {
                let fields = try list { (parser) throws(Mistake) in try parser.exceptedField() }
                return make(.equalExcept(left, right, fields), from: start)
            }
            return make(.comparison(operation, left, right), from: start)
        case .word: return try statement(on: left, from: start)
        case .number, .address, .citation, .endOfFile: return left
        }
    }

    /// `in`, `has`, `is`, `leaves`, or the value alone.
    private mutating func statement(on left: Expression, from start: Int) throws(Mistake) -> Expression {
        if accept(word: "in") { return make(.in(left, try sum()), from: start) }
        if accept(word: "has") {
            if current.isWord("a"), next().isWord("free") { return try freeIndex(of: left, from: start) }
            return make(.has(left, try name("a header's name")), from: start)
        }
        if accept(word: "leaves") {
            let departure = try departure()
            return make(.leaves(left, departure), from: start)
        }
        if current.isWord("is") {
            advance()
            if accept(word: "dropped") { return make(.isDropped(left), from: start) }
            if accept(word: "right") { return make(.isRight(left), from: start) }
            throw Mistake(diagnostic: .unknownState(current))
        }
        if current.isWord("enters") || current.isWord("entered") {
            throw Mistake(diagnostic: .entersInFormula(current.span))
        }
        return left
    }

    /// `a free index from FIRST to LAST`, of a pool.
    private mutating func freeIndex(of pool: Expression, from start: Int) throws(Mistake) -> Expression {
        advance()
        for word in ["free", "index", "from"] where !accept(word: word) {
            throw Mistake(diagnostic: .expected("'\(word)', as in 'has a free index from 1 to 9'", found: current))
        }
        let first = try sum()
        guard accept(word: "to") else {
            throw Mistake(diagnostic: .expected("'to' and the last index", found: current))
        }
        return make(.hasFreeIndex(pool, from: first, to: try sum()), from: start)
    }

    private mutating func departure() throws(Mistake) -> Departure {
        if current.isWord("every"), next().isWord("other") {
            advance()
            advance()
            guard accept(word: "port") else { throw Mistake(diagnostic: .expected("'port'", found: current)) }
            return .everyOtherPort
        }
        if current.isWord("at"), next().isWord("most") {
            advance()
            advance()
            guard accept(word: "once") else { throw Mistake(diagnostic: .expected("'once'", found: current)) }
            return .atMostOnce
        }
        if accept(word: "once") { return .once }
        return .port(try portOrAny())
    }

    private mutating func exceptedField() throws(Mistake) -> (header: Name, field: Name) {
        let header = try name("a header field, as in 'ipv4.source'")
        try expect(symbol: ".", "and a field of \(header.text)")
        return (header, try memberName())
    }

    /// Behind a dot every word is a name.
    private mutating func memberName() throws(Mistake) -> Name {
        guard current.kind == .word else { throw Mistake(diagnostic: .expected("a field's name", found: current)) }
        let token = advance()
        return Name(text: token.text, span: token.span)
    }

    // MARK: Values

    private mutating func sum() throws(Mistake) -> Expression {
        let start = position
        var left = try product()
        var length = 0
        while current.isSymbol("+") || current.isSymbol("-") {
            let operation: ArithmeticOperator = advance().text == "+" ? .add : .subtract
            left = make(.arithmetic(operation, left, try product()), from: start)
            try extend(&length)
        }
        return left
    }

    private mutating func product() throws(Mistake) -> Expression {
        let start = position
        var left = try postfix()
        var length = 0
        while let operation = Self.factors.first(where: { current.isSymbol($0.rawValue) }) {
            advance()
            left = make(.arithmetic(operation, left, try postfix()), from: start)
            try extend(&length)
        }
        return left
    }

    /// What binds as products do.
    private static let factors: [ArithmeticOperator] = [.multiply, .bitwiseAnd, .prefix]

    private mutating func postfix() throws(Mistake) -> Expression {
        let start = position
        var value = try primary()
        var length = 0
        while true {
            try extend(&length)
            if accept(symbol: ".") {
                value = make(.member(value, try memberName()), from: start)
            } else if current.isSymbol("[") {
                advance()
                let key = try elements(closedBy: "]", "behind the key")
                value = make(.index(value, key), from: start)
            } else {
                return value
            }
        }
    }

    private mutating func primary() throws(Mistake) -> Expression {
        let start = position
        let token = current
        switch token.kind {
        case .number(let value):
            advance()
            return make(.number(value), from: start)
        case .address(let value, let width):
            advance()
            return make(.address(value, width: width), from: start)
        case .symbol where token.text == "(":
            advance()
            return try elements(closedBy: ")", "to close the parenthesis")
        case .word where token.text == "true" || token.text == "false":
            advance()
            return make(.boolean(token.text == "true"), from: start)
        case .word where !Keyword.reserved.contains(token.text):
            let name = try name("a value")
            guard accept(symbol: "(") else { return make(.name(name.text), from: start) }
            let arguments = try list { (parser) throws(Mistake) in try parser.expression() }
            try expect(symbol: ")", "behind the arguments of '\(name.text)'")
            return make(.call(name, arguments), from: start)
        case .word, .symbol, .citation, .endOfFile:
            throw Mistake(diagnostic: .expected("a value or formula", found: token))
        }
    }

    /// One expression or, with commas, a tuple, up to a closing symbol. The expression keeps the brackets out of its tokens only if it
    /// is not a tuple.
    private mutating func elements(closedBy symbol: String, _ purpose: String) throws(Mistake) -> Expression {
        let opening = position - 1
        let parts = try list { (parser) throws(Mistake) in try parser.expression() }
        guard accept(symbol: symbol) else {
            throw Mistake(diagnostic: .unclosed(tokens[opening], expected: "'\(symbol)' \(purpose)", found: current))
        }
        if parts.count == 1 {
            return Expression(kind: parts[0].kind, span: parts[0].span, tokens: opening..<position)
        }
        return make(.tuple(parts), from: opening)
    }
}

// MARK: - Messages

extension Diagnostic {
    fileprivate static func singleEquals(_ span: SourceSpan) -> Diagnostic {
        Diagnostic("'=' does not compare", at: span, hints: ["did you mean '=='?"])
    }
    fileprivate static func chained(_ span: SourceSpan) -> Diagnostic {
        Diagnostic("comparisons do not chain", at: span, hints: ["write 'a <= b and b <= c'"])
    }
    fileprivate static func unknownState(_ token: Token) -> Diagnostic {
        let near = token.kind == .word ? nearestName(to: token.text, in: ["dropped", "right"]) : nil
        return Diagnostic(
            "expected 'dropped' or 'right' behind 'is', found \(token.forMessage)", at: token.span,
            hints: near.map { ["did you mean '\($0)'?"] } ?? [])
    }
    fileprivate static func entersInFormula(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "'enters' is said of a packet in 'when' only", at: span,
            hints: ["in a formula, compare ports: 'p.port == inside'"])
    }
    fileprivate static func unclosed(_ opening: Token, expected: String, found token: Token) -> Diagnostic {
        Diagnostic(
            "expected \(expected), found \(token.forMessage)", at: token.span,
            notes: [Note("'\(opening.text)' was opened here", at: opening.span)])
    }
    static func tooDeep(_ span: SourceSpan) -> Diagnostic {
        Diagnostic("the expression is nested too deeply", at: span, hints: ["give a part of it a name with 'let'"])
    }
}
