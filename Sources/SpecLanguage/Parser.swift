import Diagnostics

/// Reads a spec.
///
/// - Throws: everything that is wrong with its form; after each mistake reading goes on at the next clause.
public func parse(_ file: SourceFile) throws(SpecError) -> Spec {
    let (tokens, stray) = Lexer.tokens(of: file)
    var parser = Parser(tokens: tokens, diagnostics: stray)
    let spec = parser.spec(file)
    guard parser.diagnostics.isEmpty, let spec else {
        // Behind a character that does not belong there, the rest of its line seldom makes sense.
        let strays = Set(stray)
        let lines = Set(stray.compactMap(\.span?.start.line))
        throw SpecError(parser.diagnostics.filter { strays.contains($0) || !lines.contains($0.span?.start.line ?? 0) })
    }
    return spec
}

/// One mistake, thrown to where reading or checking can go on.
struct Mistake: Error {
    let diagnostic: Diagnostic
}

/// Recursive descent: this file has the items and the clauses, `ParserExpressions.swift` the expressions.
struct Parser {
    let tokens: [Token]
    var position = 0
    var diagnostics: [Diagnostic]
    /// Where the lines of the canonical layout start.
    private(set) var layout: [LayoutMark] = []
    /// Of expressions in expressions.
    var depth = 0

    /// Deep enough for people, not so deep that machine-made input exhausts the stack here or in the checker.
    static let deepestNesting = 40

    init(tokens: [Token], diagnostics: [Diagnostic]) {
        self.tokens = tokens
        self.diagnostics = diagnostics
    }

    // MARK: Tokens

    var current: Token { tokens[position] }
    var previous: Token { tokens[max(0, position - 1)] }

    func next(_ ahead: Int = 1) -> Token { tokens[min(position + ahead, tokens.count - 1)] }

    private mutating func mark(_ kind: LayoutMark.Kind) { layout.append(LayoutMark(token: position, kind: kind)) }

    @discardableResult
    mutating func advance() -> Token {
        defer { if position < tokens.count - 1 { position += 1 } }
        return current
    }

    mutating func accept(word: String) -> Bool {
        guard current.isWord(word) else { return false }
        advance()
        return true
    }

    mutating func accept(symbol: String) -> Bool {
        guard current.isSymbol(symbol) else { return false }
        advance()
        return true
    }

    mutating func expect(symbol: String, _ purpose: String) throws(Mistake) {
        guard accept(symbol: symbol) else {
            throw Mistake(diagnostic: .expected("'\(symbol)' \(purpose)", found: current))
        }
    }

    mutating func name(_ what: String) throws(Mistake) -> Name {
        guard current.kind == .word else { throw Mistake(diagnostic: .expected(what, found: current)) }
        guard !Keyword.reserved.contains(current.text) else {
            throw Mistake(diagnostic: .reserved(current, expected: what))
        }
        let token = advance()
        return Name(text: token.text, span: token.span)
    }

    /// One or more, separated by commas.
    mutating func list<Element>(_ element: (inout Parser) throws(Mistake) -> Element) throws(Mistake) -> [Element] {
        var result = [try element(&self)]
        while accept(symbol: ",") { result.append(try element(&self)) }
        return result
    }

    // MARK: Going on after a mistake

    /// Skips to the next token that starts an item.
    private mutating func skipToItem() {
        while current.kind != .endOfFile, !startsItem { advance() }
    }

    /// Skips to the next token that starts an item or, where only a clause can be meant, a clause.
    private mutating func skipToClause() {
        while current.kind != .endOfFile, !startsItem {
            let isFirstOnLine = previous.span.start.line < current.span.start.line
            if startsClause && (isFirstOnLine || Keyword.reserved.contains(current.text)) { return }
            advance()
        }
    }

    private var startsItem: Bool {
        guard current.kind == .word else { return false }
        switch current.text {
        // `ports` and `model` are names too: a word follows them only where they are keywords.
        case "ports", "model": return next().kind == .word && !Keyword.reserved.contains(next().text)
        default: return Keyword.items.contains(current.text)
        }
    }

    private var startsClause: Bool { current.kind == .word && Keyword.clauses.contains(current.text) }

    // MARK: Items

    mutating func spec(_ file: SourceFile) -> Spec? {
        var middlebox: Name?
        var ports: [Name] = []
        var items: [Item] = []
        do throws(Mistake) {
            mark(.head)
            guard accept(word: "middlebox") else { throw Mistake(diagnostic: .missingHead(found: current)) }
            middlebox = try name("the middlebox's name")
        } catch {
            diagnostics.append(error.diagnostic)
            skipToItem()
        }
        while current.kind != .endOfFile {
            do throws(Mistake) {
                if current.isWord("ports") {
                    mark(.ports)
                    let keyword = advance()
                    if !ports.isEmpty { throw Mistake(diagnostic: .repeatedHead("ports", at: keyword.span)) }
                    ports = try list { (parser) throws(Mistake) in try parser.name("a port's name") }
                } else {
                    items.append(try item())
                }
            } catch {
                diagnostics.append(error.diagnostic)
                skipToItem()
            }
        }
        guard let middlebox else { return nil }
        return Spec(
            file: file, tokens: tokens, middlebox: middlebox, ports: ports, items: items, layout: layout)
    }

    private mutating func item() throws(Mistake) -> Item {
        let start = position
        mark(LayoutMark.Kind(item: current.text))
        switch (current.kind, current.text) {
        case (.word, "assume"):
            advance()
            return .assumption(try expression())
        case (.word, "let"):
            advance()
            return .definition(try definition())
        case (.word, "property"):
            advance()
            return .property(try property(from: start))
        case (.word, "invariant"):
            advance()
            return .property(try invariant(from: start))
        case (.word, "model"):
            advance()
            return .model(try model())
        case (.word, "middlebox"):
            throw Mistake(diagnostic: .repeatedHead("middlebox", at: advance().span))
        default:
            throw Mistake(diagnostic: .unknownItem(current))
        }
    }

    private mutating func definition() throws(Mistake) -> Definition {
        let name = try name("the name of what is defined")
        var parameters: [Name] = []
        if accept(symbol: "(") {
            parameters = try list { (parser) throws(Mistake) in try parser.name("a parameter's name") }
            try expect(symbol: ")", "behind the parameters")
        }
        try expect(symbol: "=", "and what '\(name.text)' stands for")
        return Definition(name: name, parameters: parameters, body: try expression())
    }

    private mutating func model() throws(Mistake) -> Model {
        let name = try name("the model's name")
        var rules: [[Clause]] = []
        for clause in self.clauses() {
            if case .when = clause.content { rules.append([]) }
            if rules.isEmpty { throw Mistake(diagnostic: .misplacedClause(tokens[clause.tokens.lowerBound])) }
            rules[rules.count - 1].append(clause)
        }
        return Model(name: name, rules: rules)
    }

    // MARK: Properties

    private mutating func invariant(from start: Int) throws(Mistake) -> PropertySyntax {
        let name = try name("the invariant's name")
        var clauses: [Clause] = []
        if current.isWord("cites") { clauses.append(try clause()) }
        mark(.clause)
        let body = try expression()
        clauses.append(Clause(content: .always(body), span: body.span, tokens: body.tokens))
        return PropertySyntax(name: name, kind: .invariant, clauses: clauses, tokens: start..<position)
    }

    private mutating func property(from start: Int) throws(Mistake) -> PropertySyntax {
        let name = try name("the property's name")
        let before = diagnostics.count
        let clauses = self.clauses()
        let kind = Self.kind(of: clauses)
        // What a mistake hid is not missing.
        if diagnostics.count == before, let diagnostic = Self.missingClause(of: name, kind, clauses) {
            diagnostics.append(diagnostic)
        }
        return PropertySyntax(name: name, kind: kind, clauses: clauses, tokens: start..<position)
    }

    /// Clauses up to the next item. Reports mistakes and goes on.
    private mutating func clauses() -> [Clause] {
        var result: [Clause] = []
        while current.kind != .endOfFile, !startsItem {
            do throws(Mistake) {
                result.append(try clause())
            } catch {
                diagnostics.append(error.diagnostic)
                skipToClause()
            }
        }
        return result
    }

    private mutating func clause() throws(Mistake) -> Clause {
        let start = position
        mark(.clause)
        let content = try clauseContent()
        return Clause(content: content, span: tokens[start].span, tokens: start..<position)
    }

    private mutating func clauseContent() throws(Mistake) -> Clause.Content {
        guard startsClause else {
            let token = advance()
            throw Mistake(diagnostic: .unknownClause(token))
        }
        let keyword = advance()
        switch keyword.text {
        case "cites":
            return .cites(try list { (parser) throws(Mistake) in try parser.citation() })
        case "when": return .when(try events())
        case "where": return .where(try expression())
        case "then":
            if accept(word: "earlier") { return .thenEarlier(try events(), where: try optionalWhere()) }
            return .then(try expression())
        case "later": return .later(try events(), where: try optionalWhere(ownLine: true))
        case "within": return .within(try expression())
        case "unless": return .unless(try events(), where: try optionalWhere())
        case "same": return .same(try list { (parser) throws(Mistake) in try parser.expression() })
        case "different": return .different(try list { (parser) throws(Mistake) in try parser.difference() })
        case "rate": return .rate(try rate())
        case "refines": return .refines(try name("the model's name"))
        default: return .always(try expression())
        }
    }

    private mutating func citation() throws(Mistake) -> String {
        guard current.kind == .citation else {
            throw Mistake(diagnostic: .expected("what is cited, as in 'RFC 3022 section 4.1'", found: current))
        }
        return advance().text
    }

    /// - Parameter ownLine: whether it is laid out as a clause of its own.
    private mutating func optionalWhere(ownLine: Bool = false) throws(Mistake) -> Expression? {
        guard current.isWord("where") else { return nil }
        if ownLine { mark(.clause) }
        advance()
        return try expression()
    }

    private mutating func events() throws(Mistake) -> [Event] {
        try list { (parser) throws(Mistake) in try parser.event() }
    }

    private mutating func event() throws(Mistake) -> Event {
        let packet = try name("a name for the packet or the operation's run")
        let direction: Event.Direction
        switch (current.kind, current.text) {
        case (.word, "enters"), (.word, "entered"): direction = .enters
        case (.word, "leaves"), (.word, "left"): direction = .leaves
        case (.word, "runs"), (.word, "ran"): direction = .runs
        default: throw Mistake(diagnostic: .expected("'enters', 'leaves' or 'runs'", found: current))
        }
        advance()
        let port = direction == .runs ? nil : try portOrAny()
        let operation = direction == .runs ? try name("the name of a control operation") : nil
        return Event(
            packet: packet, direction: direction, port: port, operation: operation,
            span: packet.span.through(previous.span))
    }

    mutating func portOrAny() throws(Mistake) -> Name? {
        accept(word: "any") ? nil : try name("a port's name or 'any'")
    }

    // MARK: Forms

    private static func kind(of clauses: [Clause]) -> PropertyKind {
        for clause in clauses {
            switch clause.content {
            case .later: return .later
            case .thenEarlier: return .earlier
            case .same, .different: return .same
            case .rate: return .rate
            case .refines: return .refines
            case .always: return .always
            case .cites, .when, .where, .then, .within, .unless: continue
            }
        }
        return .step
    }

    private static func missingClause(of name: Name, _ kind: PropertyKind, _ clauses: [Clause]) -> Diagnostic? {
        var found: Set<String> = []
        for clause in clauses {
            switch clause.content {
            case .when: found.insert("when")
            case .then, .thenEarlier: found.insert("then")
            case .same: found.insert("same")
            case .different: found.insert("different")
            case .within where kind != .later, .unless where kind != .later:
                return .withoutLater(clause.span)
            case .cites, .where, .later, .within, .unless, .rate, .refines, .always: continue
            }
        }
        let needed: [String] =
            switch kind {
            case .step, .later, .earlier: ["when", "then"]
            case .same: ["when", "different", "same"]
            case .rate: ["when"]
            case .invariant, .always, .refines: []
            }
        return needed.first { !found.contains($0) }.map { .missing($0, of: name) }
    }
}

// MARK: - Messages

extension Diagnostic {
    static func expected(_ what: String, found token: Token) -> Diagnostic {
        Diagnostic("expected \(what), found \(token.forMessage)", at: token.span)
    }
    fileprivate static func reserved(_ token: Token, expected what: String) -> Diagnostic {
        Diagnostic(
            "expected \(what), found the keyword '\(token.text)'", at: token.span,
            hints: ["'\(token.text)' cannot be a name"])
    }
    fileprivate static func missingHead(found token: Token) -> Diagnostic {
        let near = token.kind == .word ? nearestName(to: token.text, in: ["middlebox"]) : nil
        return Diagnostic(
            "a spec starts with 'middlebox NAME', found \(token.forMessage)", at: token.span,
            hints: near.map { ["did you mean '\($0)'?"] } ?? [])
    }
    fileprivate static func repeatedHead(_ word: String, at span: SourceSpan) -> Diagnostic {
        Diagnostic("a spec says '\(word)' once, at its head", at: span)
    }
    fileprivate static func unknownItem(_ token: Token) -> Diagnostic {
        if token.kind == .word, Keyword.clauses.contains(token.text) { return misplacedClause(token) }
        let near = token.kind == .word ? nearestName(to: token.text, in: Keyword.items + Keyword.clauses) : nil
        return Diagnostic(
            "expected 'assume', 'let', 'property', 'invariant' or 'model', found \(token.forMessage)", at: token.span,
            hints: near.map { ["did you mean '\($0)'?"] } ?? [])
    }
    fileprivate static func misplacedClause(_ token: Token) -> Diagnostic {
        Diagnostic(
            "'\(token.text)' does not belong to a property", at: token.span, hints: ["write 'property NAME' before it"])
    }
    fileprivate static func unknownClause(_ token: Token) -> Diagnostic {
        let near = token.kind == .word ? nearestName(to: token.text, in: Keyword.clauses + Keyword.items) : nil
        return Diagnostic(
            "expected a clause, found \(token.forMessage)", at: token.span,
            hints: near.map { ["did you mean '\($0)'?"] } ?? [
                "clauses start with \(Keyword.clauses.joined(separator: ", "))"
            ])
    }
    fileprivate static func missing(_ clause: String, of property: Name) -> Diagnostic {
        let purpose =
            switch clause {
            case "when": "says what happens"
            case "different": "says what may differ between the two runs"
            case "same": "says what must not differ between the two runs"
            default: "says what must hold"
            }
        return Diagnostic(
            "property '\(property.text)' has no '\(clause)' clause", at: property.span,
            hints: ["'\(clause)' \(purpose)"])
    }
    fileprivate static func withoutLater(_ span: SourceSpan) -> Diagnostic {
        Diagnostic("'within' and 'unless' belong to a property with a 'later' clause", at: span)
    }
}

extension Token {
    /// As messages name it.
    var forMessage: String {
        switch kind {
        case .endOfFile: "the end of the file"
        case .word, .number, .address, .symbol, .citation: "'\(text)'"
        }
    }
}
