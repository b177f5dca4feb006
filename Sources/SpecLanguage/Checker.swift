import Diagnostics
import PacketFormat

/// Resolves the names of a spec against the C code and checks that types agree.
///
/// - Throws: everything that is wrong, in the order of the file.
public func check(_ spec: Spec, against environment: SpecEnvironment) throws(SpecError) -> CheckedSpec {
    var checker = Checker(spec: spec, environment: environment)
    let checked = checker.checkedSpec()
    guard checker.diagnostics.isEmpty else { throw SpecError(checker.diagnostics) }
    return checked
}

/// The assumptions of a spec, where nothing but the ports and the configuration of the C code is known. What else the spec says is not looked at.
///
/// - Throws: everything that is wrong with them.
public func checkAssumptions(
    of spec: Spec, against environment: SpecEnvironment
) throws(SpecError) -> [Assumption] {
    var checker = Checker(spec: spec, environment: environment)
    let assumptions = checker.assumptions()
    guard checker.diagnostics.isEmpty else { throw SpecError(checker.diagnostics) }
    return assumptions
}

/// This file has the items and clauses, `CheckerExpressions.swift` and `CheckerValues.swift` what they say.
struct Checker {
    let spec: Spec
    let environment: SpecEnvironment
    var diagnostics: [Diagnostic] = []
    /// Those that stand above what is being checked: a definition can use earlier ones only, so none can use itself.
    var definitions: [String: Definition] = [:]
    /// How often a definition was put in place.
    var expansions = 0
    /// Of expressions in expressions, definitions put in place.
    var depth = 0

    init(spec: Spec, environment: SpecEnvironment) {
        self.spec = spec
        self.environment = environment
    }

    mutating func checkedSpec() -> CheckedSpec {
        checkHead()
        var assumptions: [Assumption] = []
        var properties: [Property] = []
        var declared: [String: Name] = [:]
        let models = Set(spec.items.compactMap { if case .model(let model) = $0 { model.name.text } else { nil } })
        var rules: [String: [ReferenceModel.Rule]] = [:]
        var declaredModels: [String: Name] = [:]
        for item in spec.items {
            switch item {
            case .assumption(let expression):
                if let assumption = assumption(expression) { assumptions.append(assumption) }
            case .definition(let definition): declare(definition)
            case .property(let syntax):
                if let first = declared[syntax.name.text] {
                    diagnostics.append(.duplicate("property", syntax.name, first: first))
                }
                declared[syntax.name.text] = declared[syntax.name.text] ?? syntax.name
                if let property = property(syntax, models: models) { properties.append(property) }
            case .model(let model):
                if let first = declaredModels[model.name.text] {
                    diagnostics.append(.duplicate("model", model.name, first: first))
                }
                declaredModels[model.name.text] = declaredModels[model.name.text] ?? model.name
                rules[model.name.text] = self.rules(of: model)
            }
        }
        // A property may stand before its model.
        properties = properties.map { $0.refining(rules) }
        return CheckedSpec(
            name: spec.middlebox.text, ports: spec.ports.map(\.text), assumptions: assumptions, properties: properties)
    }

    mutating func assumptions() -> [Assumption] {
        spec.items.compactMap { item in
            switch item {
            case .assumption(let expression): return assumption(expression)
            case .definition(let definition): declare(definition)
            case .property, .model: break
            }
            return nil
        }
    }

    private mutating func assumption(_ expression: Expression) -> Assumption? {
        let formula = attempt { (checker) throws(Mistake) in
            try checker.formula(expression, Scope(position: .assumption))
        }
        return formula.map { Assumption(span: expression.span, text: text(expression.tokens), formula: $0) }
    }

    /// Runs a check. Nil, and a diagnostic more, if it failed.
    mutating func attempt<Result>(_ body: (inout Checker) throws(Mistake) -> Result) -> Result? {
        do throws(Mistake) {
            return try body(&self)
        } catch {
            diagnostics.append(error.diagnostic)
            return nil
        }
    }

    func text(_ range: Range<Int>) -> String { CanonicalText.join(spec.tokens[range]) }

    // MARK: Head and definitions

    private mutating func checkHead() {
        if let name = environment.middlebox, name != spec.middlebox.text {
            diagnostics.append(.otherMiddlebox(spec.middlebox, expected: name))
        }
        var seen: [String: Name] = [:]
        let known = environment.ports.map(\.name)
        for port in spec.ports {
            if let first = seen[port.text] { diagnostics.append(.duplicate("port", port, first: first)) }
            seen[port.text] = port
            if !known.contains(port.text) { diagnostics.append(.unknown("port", port, among: known)) }
        }
        // A port that is misspelt is not missing as well.
        guard let first = spec.ports.first, spec.ports.allSatisfy({ known.contains($0.text) }) else { return }
        for port in known where seen[port] == nil { diagnostics.append(.portNotListed(port, at: first.span)) }
    }

    private mutating func declare(_ definition: Definition) {
        let name = definition.name
        if let first = definitions[name.text] {
            diagnostics.append(.duplicate("definition", name, first: first.name))
        } else if environment.names.contains(name.text) || Self.functions.contains(name.text) {
            diagnostics.append(.hides(name))
        }
        var seen: [String: Name] = [:]
        for parameter in definition.parameters {
            if let first = seen[parameter.text] { diagnostics.append(.duplicate("parameter", parameter, first: first)) }
            seen[parameter.text] = parameter
        }
        definitions[name.text] = definition
    }

    // MARK: Properties

    private mutating func property(_ syntax: PropertySyntax, models: Set<String>) -> Property? {
        let before = diagnostics.count
        var cites: [String] = []
        for clause in syntax.clauses { if case .cites(let clauses) = clause.content { cites += clauses } }
        let form = form(of: syntax, models: models)
        guard let form, diagnostics.count == before else { return nil }
        return Property(
            name: syntax.name.text, kind: syntax.kind, cites: cites, location: syntax.name.span.start,
            text: Formatter.text(of: syntax, in: spec), form: form)
    }

    private mutating func form(of syntax: PropertySyntax, models: Set<String>) -> Property.Form? {
        switch syntax.kind {
        case .step: return stepForm(syntax.clauses, of: syntax.name)
        case .invariant, .always: return invariantForm(syntax.clauses)
        case .later, .earlier: return historyForm(syntax)
        case .same: return independenceForm(syntax)
        case .rate: return rateForm(syntax)
        case .refines:
            return refinementForm(syntax.clauses, models: models)
        }
    }

    /// The number of a port; nil for `any`.
    mutating func port(_ name: Name?) -> UInt32? {
        guard let name else { return nil }
        if let port = environment.ports.first(where: { $0.name == name.text }) { return port.number }
        diagnostics.append(.unknown("port", name, among: environment.ports.map(\.name) + ["any"]))
        return nil
    }

    // MARK: Steps

    mutating func stepForm(_ clauses: [Clause], of name: Name) -> Property.Form? {
        guard let events = events(of: clauses, name) else { return nil }
        let entering = events.filter { $0.direction == .enters }
        let leaving = events.filter { $0.direction == .leaves }
        // More packets in or out of one step have no proof, but their names are checked.
        let isSupported = isSupported(events) || entering.count == 1 && leaving.count == 2
        var scope = Scope(position: isSupported ? .premise : .unproved)
        guard declare(entering + leaving + events.filter { $0.direction == .runs }, in: &scope) else { return nil }
        var premises: [CheckedFormula] = []
        var conclusions: [CheckedFormula] = []
        for clause in clauses {
            switch clause.content {
            case .where(let expression):
                if let formula = attempt({ (checker) throws(Mistake) in try checker.formula(expression, scope) }) {
                    premises.append(formula)
                }
            case .then(let expression):
                var scope = scope
                scope.moment = .after
                if isSupported { scope.position = .conclusion }
                if let formula = attempt({ [scope] (checker) throws(Mistake) in try checker.formula(expression, scope) }
                ) {
                    conclusions += formula.conjuncts
                }
            case .cites, .when, .thenEarlier, .later, .within, .unless, .same, .different, .rate, .refines, .always:
                continue
            }
        }
        guard isSupported else { return .notYetSupported("step with several packets in, or more than two out") }
        return .step(
            StepProperty(
                concernsOutput: !leaving.isEmpty, operation: events.first?.operation?.text,
                ingress: entering.first.flatMap { port($0.port) },
                egress: leaving.first.flatMap { port($0.port) }, concernsPairs: leaving.count == 2,
                otherEgress: leaving.count == 2 ? port(leaving[1].port) : nil, premises: premises,
                conclusions: conclusions))
    }

    /// Whether there is a proof for steps in which these things happen.
    func isSupported(_ events: [Event]) -> Bool {
        if events.count == 1, events[0].direction == .runs { return true }
        return events.count { $0.direction == .enters } == 1 && events.count { $0.direction == .leaves } <= 1
            && !events.contains { $0.direction == .runs }
    }

    /// Whether the events can be one step: what a control operation does is a step of its own.
    private mutating func areOneStep(_ events: [Event]) -> Bool {
        guard events.count > 1, let run = events.first(where: { $0.direction == .runs }) else { return true }
        diagnostics.append(.operationInStep(run.span))
        return false
    }

    /// The events of the one `when` clause. Nil, and a diagnostic, where there is none that enters or runs.
    ///
    /// - Parameter form: one that is about packets alone, as messages name it.
    mutating func events(of clauses: [Clause], _ name: Name, aboutPackets form: String? = nil) -> [Event]? {
        var result: [Event]?
        for clause in clauses {
            guard case .when(let events) = clause.content else { continue }
            if result != nil { diagnostics.append(.repeatedWhen(clause.span)) }
            result = result ?? events
        }
        guard let result, let first = result.first else {
            diagnostics.append(.nothingEnters(name.span))
            return nil
        }
        if let run = result.first(where: { $0.direction == .runs }) {
            if let form {
                diagnostics.append(.aboutPackets(form, at: run.span))
                return nil
            }
            return result
        }
        guard result.contains(where: { $0.direction == .enters }) else {
            diagnostics.append(.nothingEnters(first.span))
            return nil
        }
        return result
    }

    /// Makes the names of packets and runs known.
    ///
    /// - Returns: false where what happens is not known, so that more about it would only confuse.
    @discardableResult
    mutating func declare(_ events: [Event], in scope: inout Scope) -> Bool {
        guard areOneStep(events) else { return false }
        for event in events {
            let name = event.packet
            if let operation = event.operation {
                guard let known = environment.operations.first(where: { $0.name == operation.text }) else {
                    diagnostics.append(
                        .unknown("control operation", operation, among: environment.operations.map(\.name)))
                    return false
                }
                if scope.names[name.text] != nil { diagnostics.append(.packetNamedTwice(name)) }
                scope.names[name.text] = .operation(.input, known)
                continue
            }
            if let known = scope.names[name.text] {
                if case .packet(.input) = known, event.direction == .leaves {
                    diagnostics.append(.leavesUnderSameName(name))
                } else {
                    diagnostics.append(.packetNamedTwice(name))
                }
            }
            let role: PacketRole =
                switch event.direction {
                case .enters where !scope.packets.contains(.input): .input
                case .leaves where !scope.packets.contains(.output): .output
                case .leaves where !scope.packets.contains(.otherOutput): .otherOutput
                case .enters, .leaves, .runs: .other(scope.packets.count)
                }
            scope.packets.append(role)
            scope.names[name.text] = .packet(role)
            _ = port(event.port)
        }
        return true
    }

    // MARK: Invariants

    private mutating func invariantForm(_ clauses: [Clause]) -> Property.Form? {
        for clause in clauses {
            guard case .always(let body) = clause.content else {
                if case .cites = clause.content { continue }
                diagnostics.append(.clauseBesideAlways(clause.span))
                continue
            }
            guard
                let formula = attempt({ (checker) throws(Mistake) in
                    try checker.formula(body, Scope(position: .invariant, moment: .after))
                })
            else { return nil }
            var variables: [CheckedVariable] = []
            var inner = formula
            while case .quantified(let further, let body) = inner.node {
                variables += further
                inner = body
            }
            return .invariant(
                InvariantProperty(
                    variables: variables.map(\.member), checkedVariables: variables, conjuncts: inner.conjuncts,
                    text: text(clause.tokens)))
        }
        return nil
    }
}

/// What names mean in an expression, and what may be said there.
struct Scope {
    enum Position { case assumption, premise, conclusion, invariant, unproved }
    /// Whether the formula is claimed, denied, or both.
    enum Polarity { case positive, negative, both }

    var position: Position
    var moment = Moment.before
    var polarity = Polarity.positive
    var names: [String: CheckedValue] = [:]
    var packets: [PacketRole] = []
    /// How many variables there are around.
    var variables = 0
    /// Whether nothing but quantifiers stands in front.
    var isAtFront = true

    /// Inside a connective.
    func inside(negated: Bool = false) -> Scope {
        var scope = self
        scope.isAtFront = false
        if negated { scope.polarity = polarity == .positive ? .negative : polarity == .negative ? .positive : .both }
        return scope
    }

    /// Where a name stands for an index of an array, or a number of a range.
    func inside(_ name: Name, at number: UInt128) -> Scope {
        var scope = inside()
        scope.names[name.text] = .literal(number)
        return scope
    }

    /// Where a formula is used as a truth value.
    var asValue: Scope {
        var scope = inside()
        scope.polarity = .both
        return scope
    }
}

extension CheckedFormula {
    /// Top-level conjunctions taken apart.
    var conjuncts: [CheckedFormula] {
        if case .connective(.and, let a, let b) = node { a.conjuncts + b.conjuncts } else { [self] }
    }
}

// MARK: - Messages

extension Diagnostic {
    /// A name that means nothing, with a near one or all there are.
    static func unknown(_ what: String, _ name: Name, among known: [String], of owner: String? = nil) -> Diagnostic {
        let hint: [String]
        if let near = nearestName(to: name.text, in: known) {
            hint = ["did you mean '\(near)'?"]
        } else if known.isEmpty {
            hint = ["there is none"]
        } else {
            hint = known.count <= 24 ? ["there is: \(known.joined(separator: ", "))"] : []
        }
        return Diagnostic(
            owner.map { "\($0) has no \(what) '\(name.text)'" } ?? "unknown \(what) '\(name.text)'", at: name.span,
            hints: hint)
    }
    fileprivate static func duplicate(_ what: String, _ name: Name, first: Name) -> Diagnostic {
        Diagnostic(
            "\(what) '\(name.text)' is there already", at: name.span,
            notes: [Note("first declared here", at: first.span)])
    }
    fileprivate static func otherMiddlebox(_ name: Name, expected: String) -> Diagnostic {
        Diagnostic(
            "this spec is for '\(name.text)', but the middlebox is '\(expected)'", at: name.span,
            hints: ["expected 'middlebox \(expected)'"])
    }
    fileprivate static func portNotListed(_ port: String, at span: SourceSpan) -> Diagnostic {
        Diagnostic("the C code has a port '\(port)' that the spec does not list", at: span)
    }
    fileprivate static func hides(_ name: Name) -> Diagnostic {
        Diagnostic(
            "'\(name.text)' has a meaning already, in the C code or in the language", at: name.span,
            hints: ["choose another name"])
    }
    fileprivate static func repeatedWhen(_ span: SourceSpan) -> Diagnostic {
        Diagnostic("a property has one 'when' clause", at: span, hints: ["separate its events by commas"])
    }
    fileprivate static func nothingEnters(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "'when' does not say which packet enters", at: span,
            hints: ["begin with an event such as 'p enters any'"])
    }
    fileprivate static func operationInStep(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "a control operation is a step of its own", at: span,
            hints: ["no packet enters or leaves while it runs; 'later' and 'earlier' speak of several steps"])
    }
    fileprivate static func aboutPackets(_ form: String, at span: SourceSpan) -> Diagnostic {
        Diagnostic("'\(form)' is about packets, not about control operations", at: span)
    }
    fileprivate static func leavesUnderSameName(_ name: Name) -> Diagnostic {
        Diagnostic(
            "the packet that leaves needs a name of its own", at: name.span,
            hints: ["'\(name.text)' is the packet as it entered; write for example 'q leaves any'"])
    }
    fileprivate static func packetNamedTwice(_ name: Name) -> Diagnostic {
        Diagnostic("two packets or operations have the name '\(name.text)'", at: name.span)
    }
    fileprivate static func clauseBesideAlways(_ span: SourceSpan) -> Diagnostic {
        Diagnostic("'always' stands alone with 'cites'", at: span)
    }
}
