import Diagnostics
import PacketFormat

// Forms that speak of two steps.

extension Checker {
    /// The clauses by the step that they are about.
    private struct Parts {
        var first: [Event] = []
        var firstConditions: [Expression] = []
        var second: [Event] = []
        var secondConditions: [Expression] = []
        var conclusions: [Expression] = []
        var within: Expression?
        var unless: (events: [Event], condition: Expression?)?
        var span: SourceSpan
        var claim = 0..<0
        /// The clauses that say which steps are remembered, and for how long.
        var memory: [String] = []
    }

    mutating func historyForm(_ syntax: PropertySyntax) -> Property.Form? {
        guard let when = events(of: syntax.clauses, syntax.name) else { return nil }
        var parts = Parts(span: syntax.name.span)
        let isLater = syntax.kind == .later
        if isLater { parts.first = when } else { parts.second = when }
        for clause in syntax.clauses {
            switch clause.content {
            case .cites: continue
            case .when: parts.memory.append(text(clause.tokens))
            case .where(let condition):
                if isLater, parts.second.isEmpty {
                    parts.memory.append(text(clause.tokens))
                    parts.firstConditions.append(condition)
                } else {
                    parts.secondConditions.append(condition)
                }
            case .later(let events, let condition):
                guard isLater, parts.second.isEmpty else { return refused(clause, "'later' stands once") }
                parts.second = events
                parts.secondConditions += condition.map { [$0] } ?? []
            case .thenEarlier(let events, let condition):
                guard !isLater, parts.first.isEmpty else { return refused(clause, "'then earlier' stands once") }
                parts.first = events
                parts.firstConditions = condition.map { [$0] } ?? []
                parts.span = clause.span
                parts.claim = clause.tokens
                parts.memory.append(text(clause.tokens))
            case .then(let conclusion):
                guard isLater else { return refused(clause, "beside 'then earlier' nothing else is claimed") }
                parts.conclusions.append(conclusion)
            case .within(let time):
                guard isLater, parts.within == nil else { return refused(clause, "'within' belongs to 'later', once") }
                parts.within = time
                parts.memory.append(text(clause.tokens))
            case .unless(let events, let condition):
                guard isLater, parts.unless == nil else { return refused(clause, "'unless' belongs to 'later', once") }
                parts.unless = (events, condition)
                parts.memory.append(text(clause.tokens))
            case .refines:
                diagnostics.append(.besideRefines(clause.span))
                return nil
            case .same, .different, .rate, .always:
                diagnostics.append(.otherForm(clause.span))
                return nil
            }
        }
        return isLater ? later(parts) : earlier(parts)
    }

    private mutating func refused(_ clause: Clause, _ message: String) -> Property.Form? {
        diagnostics.append(Diagnostic(message, at: clause.span))
        return nil
    }

    private mutating func later(_ parts: Parts) -> Property.Form? {
        // All parts are looked at before any mistake ends it.
        let count = diagnostics.count
        let names = rememberedNames(parts.first)
        let event = step(parts.first, parts.firstConditions, [], names: [:])
        // Of an operation that there is not, nothing more can be said.
        if event == nil, names.isEmpty { return nil }
        let check = step(parts.second, parts.secondConditions, parts.conclusions, names: names)
        let unless = parts.unless.flatMap { step($0.events, $0.condition.map { [$0] } ?? [], [], names: names) }
        var deadline: CheckedNumber?
        if let within = parts.within {
            var scope = Scope(position: .premise)
            scope.names = names
            deadline = attempt { [scope] (checker) throws(Mistake) in
                try checker.deadline(try checker.number(within, scope), within.span)
            }
        }
        guard let event, let check, diagnostics.count == count else { return nil }
        guard isSupported(parts.first), isSupported(parts.second), parts.unless.map({ isSupported($0.events) }) ?? true
        else { return .notYetSupported("later, with several packets in or out of one step") }
        let known = parts.firstConditions.flatMap { rigidParts(of: $0, names) }
        let formulas = check.premises + check.conclusions + (unless?.premises ?? []) + known
        var survey = Survey()
        for formula in formulas { survey.look(at: formula) }
        if let deadline { survey.look(at: deadline) }
        let isFresh = deadline.map { end in
            CheckedFormula(
                node: .numbers(.less, CheckedNumber(node: .now, type: end.type), end),
                source: SourceText(location: parts.span.start, text: "now < deadline"))
        }
        return .history(
            HistoryProperty(
                direction: .later, event: event, unless: unless, check: check,
                claim: SourceText(location: parts.span.start, text: ""), isFresh: isFresh,
                observations: survey.observations, known: known,
                candidates: laterCandidates(survey, deadline, event, parts.span), memory: parts.memory))
    }

    private mutating func earlier(_ parts: Parts) -> Property.Form? {
        guard let check = step(parts.second, parts.secondConditions, [], names: [:]),
            let event = step(parts.first, parts.firstConditions, [], names: rememberedNames(parts.second))
        else { return nil }
        guard isSupported(parts.first), isSupported(parts.second) else {
            return .notYetSupported("earlier, with several packets in or out of one step")
        }
        var survey = Survey()
        for formula in event.premises { survey.look(at: formula) }
        var words = text(parts.claim)
        if words.hasPrefix("then ") { words.removeFirst("then ".count) }
        return .history(
            HistoryProperty(
                direction: .earlier, event: event, unless: nil, check: check,
                claim: SourceText(location: parts.span.start, text: words), isFresh: nil,
                observations: survey.observations, known: [],
                candidates: earlierCandidates(survey.values, parts.span), memory: parts.memory))
    }

    /// What a condition of the first step says of its packets and the configuration alone, from the second step's point of view.
    private mutating func rigidParts(of condition: Expression, _ names: [String: CheckedValue]) -> [CheckedFormula] {
        // What cannot be said from there is no mistake.
        let before = diagnostics
        defer { diagnostics = before }
        var scope = Scope(position: .premise)
        scope.names = names
        let formula = attempt { [scope] (checker) throws(Mistake) in try checker.formula(condition, scope) }
        return formula?.conjuncts.filter(\.isRigid) ?? []
    }

    /// What packets of a step are called in the other.
    private func rememberedNames(_ events: [Event]) -> [String: CheckedValue] {
        var names: [String: CheckedValue] = [:]
        for event in events {
            switch event.direction {
            case .enters: names[event.packet.text] = .packet(.remembered(0))
            case .leaves: names[event.packet.text] = .packet(.remembered(1))
            case .runs:
                // One that is not known is told where the step itself is looked at.
                let operation = environment.operations.first { $0.name == event.operation?.text }
                names[event.packet.text] = operation.map { .operation(.remembered(0), $0) }
            }
        }
        return names
    }

    mutating func step(
        _ events: [Event], _ conditions: [Expression], _ conclusions: [Expression], names: [String: CheckedValue]
    ) -> StepProperty? {
        let count = diagnostics.count
        var scope = Scope(position: isSupported(events) ? .premise : .unproved)
        scope.names = names
        let happenings =
            events.filter { $0.direction == .enters } + events.filter { $0.direction == .leaves }
            + events.filter { $0.direction == .runs }
        guard declare(happenings, in: &scope) else { return nil }
        var premises: [CheckedFormula] = []
        for condition in conditions {
            if let formula = attempt({ [scope] (checker) throws(Mistake) in try checker.formula(condition, scope) }) {
                premises.append(formula)
            }
        }
        var claimed: [CheckedFormula] = []
        var inner = scope
        inner.moment = .after
        if isSupported(events) { inner.position = .conclusion }
        for conclusion in conclusions {
            if let formula = attempt({ [inner] (checker) throws(Mistake) in try checker.formula(conclusion, inner) }) {
                claimed += formula.conjuncts
            }
        }
        guard diagnostics.count == count else { return nil }
        if let operation = events.first?.operation {
            return StepProperty(
                concernsOutput: false, operation: operation.text, ingress: nil, egress: nil, premises: premises,
                conclusions: claimed)
        }
        guard let entering = events.first(where: { $0.direction == .enters }) else {
            diagnostics.append(Diagnostic("a packet must enter", at: events.first?.span ?? spec.middlebox.span))
            return nil
        }
        let leaving = events.first { $0.direction == .leaves }
        return StepProperty(
            concernsOutput: leaving != nil, ingress: port(entering.port), egress: leaving.flatMap { port($0.port) },
            premises: premises, conclusions: claimed)
    }

    /// The time that is remembered, and the span behind it.
    private func deadline(_ time: CheckedNumber, _ span: SourceSpan) throws(Mistake) -> CheckedNumber {
        guard time.isRigid else {
            throw Mistake(
                diagnostic: Diagnostic(
                    "a deadline is told when the first packets pass: it may speak of them and of the configuration",
                    at: span))
        }
        let moment = CheckedNumber(node: .rememberedTime, type: .integer(.nanoseconds, bound: 1))
        let type = try calculate(at: span) { () throws(ArithmeticMistake) in
            try NumberType.result(of: .add, moment.type, time.type)
        }
        return CheckedNumber(node: .arithmetic(.add, moment, time), type: type)
    }

    // MARK: Candidates

    /// While a step is remembered, there are entries for what is compared of it, and they live until the deadline.
    private func laterCandidates(
        _ survey: Survey, _ deadline: CheckedNumber?, _ event: StepProperty, _ span: SourceSpan
    ) -> [HistoryCandidate] {
        let values = survey.values
        var result: [HistoryCandidate] = []
        func add(_ text: String, _ parts: [CheckedFormula.Node]) {
            let source = SourceText(location: span.start, text: text)
            let formulas = parts.map { CheckedFormula(node: $0, source: source) }
            guard var body = formulas.first else { return }
            for part in formulas.dropFirst() {
                body = CheckedFormula(node: .connective(.and, body, part), source: source)
            }
            result.append(
                HistoryCandidate(
                    text: "remembered implies \(text)", variables: [], checkedVariables: [], body: body))
        }
        // What goes through unchanged.
        for observation in survey.observations {
            guard case .field(0, let field) = observation, survey.observations.contains(.field(1, field)) else {
                continue
            }
            let sides = [0, 1].map {
                CheckedNumber(node: .field(.remembered($0), field), type: .bits(field.bitWidth))
            }
            // Packets without the field have nothing to compare.
            let source = SourceText(location: span.start, text: field.name)
            let isThere = CheckedFormula(node: .numbers(.equal, sides[0], sides[0]), source: source)
            let isSame = CheckedFormula(node: .numbers(.equal, sides[1], sides[0]), source: source)
            let (p, q) = ("p.\(field.name)", "q.\(field.name)")
            add("(\(p) == \(p) implies \(q) == \(p))", [.connective(.implies, isThere, isSame)])
        }
        // Where packets that are remembered can have come in or left at all.
        for observation in survey.observations {
            guard case .port(let number) = observation else { continue }
            let port = CheckedNumber(node: .port(.remembered(number)), type: .bits(32))
            for known in environment.ports {
                let value = CheckedNumber(node: .literal(UInt128(known.number)), type: .bits(32))
                add("\(number == 0 ? "p" : "q").port == \(known.name)", [.numbers(.equal, port, value)])
            }
        }
        // Operations set what is not in tables.
        let plain = PlainCandidates(
            environment: environment, values: values.filter { !survey.fixed.contains($0.text) },
            comparisons: [.equal, .lessOrEqual, .greaterOrEqual])
        if !environment.operations.isEmpty {
            for (text, node) in plain.formulas() { add(text, [node]) }
            // What was there, as 0 is mostly nothing.
            let zero = CheckedNumber(node: .literal(0), type: .bits(1))
            for (text, value) in plain.values {
                guard case .number(let number) = value,
                    (try? NumberType.checkComparison(number.type, zero.type)) != nil
                else { continue }
                add("\(text) != 0", [.numbers(.notEqual, number, zero)])
            }
        }
        for map in environment.maps {
            for (number, key) in values.enumerated() where Self.fits(key.value, map.key) {
                var life: [CheckedFormula.Node] = [.isPresent(map, key: key.value, .after)]
                var text = "\(key.text) in \(map.name)"
                if let deadline {
                    let expiry = CheckedNumber(
                        node: .entryExpiry(map, key: key.value, .after), type: .integer(.nanoseconds, bound: 1))
                    life.append(.numbers(.greaterOrEqual, expiry, deadline))
                    text += " and expiry(\(map.name), \(key.text)) >= deadline"
                }
                add(text, life)
                // Operations remove, too.
                if event.operation != nil {
                    let isThere = CheckedFormula(
                        node: life[0], source: SourceText(location: span.start, text: text))
                    add("not \(key.text) in \(map.name)", [.not(isThere)])
                }
                let entry = Self.value(of: .lookup(map, key: key.value, .after), type: map.value)
                for (words, field, named) in Self.enumerations(of: entry, "\(map.name)[\(key.text)]") {
                    for number in named {
                        let value = CheckedNumber(node: .literal(number.value), type: field.type)
                        add(text + " and \(words) == \(number.name)", life + [.numbers(.equal, field, value)])
                    }
                }
                // What an entry says the place of.
                for case (let words, .number(let index)) in Self.parts(of: entry, "\(map.name)[\(key.text)]") {
                    for (formula, node) in plain.formulas(at: (words, index)) {
                        add(text + " and \(formula)", life + [node])
                    }
                }
                for (other, value) in values.enumerated() where other != number {
                    for (words, part) in Self.parts(of: entry, "\(map.name)[\(key.text)]")
                    where areComparable(part, value.value) {
                        add(
                            text + " and \(words) == \(value.text)",
                            life + [.equal(part, value.value, isNegated: false)])
                    }
                }
            }
        }
        return result
    }

    /// A value, and the fields of a struct, each with its words.
    private static func parts(of value: CheckedValue, _ text: String) -> [(text: String, value: CheckedValue)] {
        guard case .structure(let content, let structure) = value else { return [(text, value)] }
        return [(text, value)]
            + structure.fields.indices.map { index in
                let field = structure.fields[index]
                return (
                    "\(text).\(field.name)", Self.value(of: content.field(index, of: structure), type: field.type)
                )
            }
    }

    /// The fields of a struct whose numbers have names.
    private static func enumerations(
        of value: CheckedValue, _ text: String
    ) -> [(text: String, field: CheckedNumber, named: [NamedNumber])] {
        guard case .structure(let content, let structure) = value else { return [] }
        return structure.fields.enumerated().compactMap { index, field in
            guard !field.named.isEmpty,
                case .number(let number) = Self.value(of: content.field(index, of: structure), type: field.type)
            else { return nil }
            return ("\(text).\(field.name)", number, field.named)
        }
    }

    /// There are entries for what is compared only if the step has happened.
    private func earlierCandidates(
        _ values: [(text: String, value: CheckedValue)], _ span: SourceSpan
    ) -> [HistoryCandidate] {
        var result: [HistoryCandidate] = []
        if !environment.operations.isEmpty {
            let candidates = PlainCandidates(
                environment: environment, values: values,
                comparisons: [.equal, .less, .greater, .lessOrEqual, .greaterOrEqual])
            for (text, node) in candidates.formulas() {
                let body = CheckedFormula(node: node, source: SourceText(location: span.start, text: text))
                result.append(
                    HistoryCandidate(
                        text: "\(text) implies remembered", variables: [], checkedVariables: [], body: body))
            }
        }
        for map in environment.maps {
            let variable = CheckedVariable(name: "e", index: 0, collection: .map(map, .after))
            let key = Self.value(of: .variable(0), type: map.key)
            let entry = Self.value(of: .lookup(map, key: key, .after), type: map.value)
            typealias Equality = (of: Int, formula: CheckedFormula)
            func equalities(_ parts: [(text: String, value: CheckedValue)]) -> [Equality] {
                values.enumerated().flatMap { number, remembered in
                    parts.filter { areComparable($0.value, remembered.value) }.map { words, part in
                        let text = "\(words) == \(remembered.text)"
                        return (
                            number,
                            CheckedFormula(
                                node: .equal(part, remembered.value, isNegated: false),
                                source: SourceText(location: span.start, text: text))
                        )
                    }
                }
            }
            func add(_ body: CheckedFormula) {
                result.append(
                    HistoryCandidate(
                        text: "for e in \(map.name): \(body.source.text) implies remembered",
                        variables: [.init(name: "e", collection: .map(map.name), sort: map.keySort)],
                        checkedVariables: [variable], body: body))
            }
            let keys = equalities(Self.parts(of: key, "e"))
            let entries = equalities(Self.parts(of: entry, "\(map.name)[e]"))
            for equality in keys + entries { add(equality.formula) }
            // One thing in the key, another in the entry.
            for key in keys {
                for entry in entries where entry.of != key.of {
                    let text = "\(key.formula.source.text) and \(entry.formula.source.text)"
                    add(
                        CheckedFormula(
                            node: .connective(.and, key.formula, entry.formula),
                            source: SourceText(location: span.start, text: text)))
                }
            }
        }
        return result
    }
}

/// What formulas about one step say of another.
struct Survey {
    /// The protocol numbers of headers.
    static let transports: [String: UInt128] = ["icmp": 1, "tcp": 6, "udp": 17]

    private(set) var observations: [Observation] = []
    /// Tuples and numbers that are told by the remembered step and the configuration alone, where something is compared with them.
    private(set) var values: [(text: String, value: CheckedValue)] = []

    /// Those of them that are said to be a number, or one of the configuration: nothing else is told by them.
    private(set) var fixed: Set<String> = []

    mutating func look(at formula: CheckedFormula) {
        switch formula.node {
        case .content(let content): look(at: content)
        case .constant, .isDropped, .leaves, .leavesEveryOtherPort, .leavesOnce, .outputLeaves, .packetsEqual,
            .payloadsEqual, .hasRoom:
            break
        case .hasFreeIndex(_, let first, let last, _):
            look(at: first)
            look(at: last)
        case .connective(_, let a, let b), .sameTruth(let a, let b, _):
            look(at: a)
            look(at: b)
        case .not(let inner), .quantified(_, let inner): look(at: inner)
        case .numbers(let comparison, let a, let b):
            for (number, other) in [(a, b), (b, a)] {
                look(at: number)
                propose(.number(number))
                let value = CheckedValue.number(number)
                if comparison == .equal, value.isRemembered, other.isConfigured, let text = value.text {
                    fixed.insert(text)
                }
            }
        case .equal(let a, let b, _):
            for value in [a, b] {
                look(at: value)
                propose(value)
            }
        case .isPresent(_, let key, _):
            look(at: key)
            propose(key)
        case .isAllocated(_, let index, _): look(at: index)
        case .has(let role, let header):
            guard case .remembered(let number) = role else { return }
            add(.has(number, header))
            // With it goes what the protocol is.
            if Self.transports[header] != nil, let field = FieldReference(header: "ipv4", field: "protocol") {
                add(.field(number, field))
            }
        case .checksumIsRight(let role, let header):
            if case .remembered(let number) = role { add(.checksumIsRight(number, header)) }
        }
    }

    mutating func look(at number: CheckedNumber) {
        switch number.node {
        case .field(.remembered(let number), let reference): add(.field(number, reference))
        case .length(.remembered(let number)): add(.length(number))
        case .port(.remembered(let number)): add(.port(number))
        case .literal, .field, .length, .port, .now, .rememberedTime, .elapsed: break
        case .content(let content): look(at: content)
        case .entryExpiry(_, let key, _): look(at: key)
        case .indexExpiry(_, let index, _): look(at: index)
        case .arithmetic(_, let a, let b):
            look(at: a)
            look(at: b)
        }
    }

    private mutating func look(at value: CheckedValue) {
        switch value {
        case .number(let number): look(at: number)
        case .formula(let formula): look(at: formula)
        case .truth(let content), .structure(let content, _), .array(let content, _, _): look(at: content)
        case .tuple(let parts): for part in parts { look(at: part) }
        case .opaque, .configuration, .packet, .operation, .header, .payload, .map, .pool: break
        }
    }

    private mutating func look(at content: CheckedContent) {
        switch content {
        case .variable: break
        case .argument(.remembered, let field, let type):
            if case .structure(let structure) = type {
                for index in structure.fields.indices { look(at: content.field(index, of: structure)) }
            } else {
                add(.argument(field, type))
            }
        case .argument: break
        case .lookup(_, let key, _): look(at: key)
        case .field(let base, _): look(at: base)
        case .configuration(let path), .object(_, let path, _):
            for component in path { if case .index(let number, _) = component { look(at: number) } }
        }
    }

    private mutating func add(_ observation: Observation) {
        if !observations.contains(observation) { observations.append(observation) }
    }

    private mutating func propose(_ value: CheckedValue) {
        guard value.isRemembered, let text = value.text, !values.contains(where: { $0.text == text }) else { return }
        values.append((text, value))
    }
}

extension [CheckedPathComponent] {
    /// Whether no index of an array, which may depend on anything, is part of it.
    fileprivate var isOfFields: Bool { allSatisfy { if case .field = $0 { true } else { false } } }
}

extension CheckedFormula {
    /// Whether it is told by the remembered step and the configuration alone.
    fileprivate var isRigid: Bool {
        switch node {
        case .constant: true
        case .connective(_, let a, let b): a.isRigid && b.isRigid
        case .not(let inner): inner.isRigid
        case .numbers(_, let a, let b): a.isRigid && b.isRigid
        case .has(.remembered, _), .checksumIsRight(.remembered, _), .content(.argument(.remembered, _, _)): true
        case .content(.configuration(let path)): path.isOfFields
        case .equal, .sameTruth, .isPresent, .isAllocated, .content, .has, .checksumIsRight, .hasRoom, .hasFreeIndex,
            .isDropped, .leaves, .leavesEveryOtherPort, .leavesOnce, .outputLeaves, .packetsEqual, .payloadsEqual,
            .quantified:
            false
        }
    }
}

extension CheckedNumber {
    /// Whether it is a literal, or a number of the configuration.
    fileprivate var isConfigured: Bool {
        switch node {
        case .literal, .content(.configuration): true
        default: false
        }
    }

    /// Whether it is told by the remembered step and the configuration alone.
    fileprivate var isRigid: Bool {
        switch node {
        case .literal, .field(.remembered, _), .length(.remembered), .port(.remembered),
            .content(.argument(.remembered, _, _)):
            true
        case .content(.configuration(let path)): path.isOfFields
        case .arithmetic(_, let a, let b): a.isRigid && b.isRigid
        case .field, .length, .port, .now, .rememberedTime, .elapsed, .content, .entryExpiry, .indexExpiry: false
        }
    }

    fileprivate var speaksOfRemembered: Bool {
        switch node {
        case .field(.remembered, _), .length(.remembered), .port(.remembered), .content(.argument(.remembered, _, _)):
            true
        case .arithmetic(_, let a, let b): a.speaksOfRemembered || b.speaksOfRemembered
        default: false
        }
    }

    fileprivate var text: String? {
        switch node {
        case .literal(let value): "\(value)"
        case .field(.remembered(let number), let reference): "\(number == 0 ? "p" : "q").\(reference.name)"
        case .length(.remembered(let number)): "\(number == 0 ? "p" : "q").length"
        case .port(.remembered(let number)): "\(number == 0 ? "p" : "q").port"
        case .content(.argument(.remembered, let field, _)): "c.\(field)"
        case .content(.configuration(let path)):
            (["config"] + path.compactMap { if case .field(let name) = $0 { name } else { nil } }).joined(
                separator: ".")
        case .arithmetic(let operation, let a, let b):
            a.text.flatMap { x in b.text.map { "(\(x) \(operation.rawValue) \($0))" } }
        default: nil
        }
    }
}

extension CheckedValue {
    /// Whether it is told by the remembered step and the configuration alone, and speaks of the former.
    fileprivate var isRemembered: Bool {
        guard let numbers else { return false }
        return numbers.allSatisfy(\.isRigid) && numbers.contains(where: \.speaksOfRemembered)
    }

    private var numbers: [CheckedNumber]? {
        switch self {
        case .number(let number): return [number]
        case .tuple(let parts):
            var result: [CheckedNumber] = []
            for part in parts {
                guard let numbers = part.numbers else { return nil }
                result += numbers
            }
            return result
        default: return nil
        }
    }

    fileprivate var text: String? {
        switch self {
        case .number(let number): return number.text
        case .tuple(let parts):
            let texts = parts.compactMap(\.text)
            return texts.count == parts.count ? "(\(texts.joined(separator: ", ")))" : nil
        default: return nil
        }
    }
}
