import Diagnostics
import PacketFormat

// Sums over intervals.

extension Checker {
    mutating func rateForm(_ syntax: PropertySyntax) -> Property.Form? {
        guard let when = events(of: syntax.clauses, syntax.name, aboutPackets: "rate") else { return nil }
        var conditions: [Expression] = []
        var rate: (syntax: RateSyntax, clause: Clause)?
        for clause in syntax.clauses {
            switch clause.content {
            case .cites, .when: continue
            case .where(let condition): conditions.append(condition)
            case .rate(let syntax):
                if rate != nil { diagnostics.append(Diagnostic("a property has one 'rate' clause", at: clause.span)) }
                rate = rate ?? (syntax, clause)
            case .then, .thenEarlier, .later, .within, .unless, .same, .different, .refines, .always:
                diagnostics.append(.otherForm(clause.span))
            }
        }
        guard let rate else { return nil }
        // All parts are looked at before any mistake ends it.
        let event = step(when, conditions, [], names: [:])
        var scope = Scope(position: isSupported(when) ? .premise : .unproved)
        let count = diagnostics.count
        declare(when.filter { $0.direction == .enters } + when.filter { $0.direction == .leaves }, in: &scope)
        // What is wrong with the events was said above.
        diagnostics.removeSubrange(count...)
        let value = attempt { [scope] (checker) throws(Mistake) in try checker.summed(rate.syntax.value, scope) }
        let key = rate.syntax.key.map { expression in
            attempt { [scope] (checker) throws(Mistake) in try checker.keyParts(expression, scope) }
        }
        let bound = attempt { [scope] (checker) throws(Mistake) in try checker.bound(rate.syntax.bound, scope) }
        guard let event, let value, let bound else { return nil }
        if let key, key == nil { return nil }
        guard isSupported(when) else { return .notYetSupported("rate, with several packets in or out of one step") }
        var words = text(rate.clause.tokens)
        if words.hasPrefix("rate ") { words.removeFirst("rate ".count) }
        let parts = (key ?? nil) ?? []
        return .rate(
            RateProperty(
                event: event, value: value, key: parts.map(\.number), keyTexts: parts.map(\.text), bound: bound,
                isStrict: rate.syntax.comparison == .less,
                source: SourceText(location: rate.clause.span.start, text: words)))
    }

    /// A number that is told by the packets and the configuration, and never negative.
    private mutating func summed(_ expression: Expression, _ scope: Scope) throws(Mistake) -> CheckedNumber {
        let number = try number(expression, scope)
        guard number.isOfPackets, case .bits = number.type else {
            throw Mistake(diagnostic: .notOfPackets("what is summed up", expression.span))
        }
        guard case .bits(_, negative: 0) = number.type else {
            throw Mistake(diagnostic: Diagnostic("what is summed up must not be negative", at: expression.span))
        }
        return number
    }

    /// What must be the same for steps to count together.
    private mutating func keyParts(
        _ expression: Expression, _ scope: Scope
    ) throws(Mistake) -> [(number: CheckedNumber, text: String)] {
        if case .tuple(let parts) = expression.kind {
            var result: [(number: CheckedNumber, text: String)] = []
            for part in parts { result += try keyParts(part, scope) }
            return result
        }
        let value = try value(expression, scope.asValue)
        // A definition may stand for a tuple.
        guard let numbers = value.numbersOfPackets else {
            throw Mistake(diagnostic: .notOfPackets("what stands behind 'per'", expression.span))
        }
        let text = text(expression.tokens)
        return numbers.count == 1 ? [(numbers[0], text)] : numbers.enumerated().map { ($1, "\(text), part \($0 + 1)") }
    }

    /// A number that is told by the configuration, and linear in `elapsed`.
    private mutating func bound(_ expression: Expression, _ scope: Scope) throws(Mistake) -> CheckedNumber {
        var scope = scope
        scope.names["elapsed"] = .number(CheckedNumber(node: .elapsed, type: .integer(.seconds, bound: 1)))
        let number = try number(expression, scope)
        guard number.isBound else {
            throw Mistake(
                diagnostic: Diagnostic(
                    "the bound of a rate speaks of the configuration and of 'elapsed', the interval's length, alone",
                    at: expression.span))
        }
        guard !number.countsNanoseconds else {
            throw Mistake(
                diagnostic: Diagnostic(
                    "'elapsed' counts in seconds: a time in nanoseconds does not fit to it", at: expression.span))
        }
        return number
    }
}

extension CheckedNumber {
    /// Whether it is told by the step's packets and the configuration.
    fileprivate var isOfPackets: Bool {
        switch node {
        case .literal: true
        case .field(let role, _), .length(let role), .port(let role): role == .input || role == .output
        case .content(.configuration(let path)): path.isOfFields
        case .arithmetic(_, let a, let b): a.isOfPackets && b.isOfPackets
        case .now, .rememberedTime, .elapsed, .content, .entryExpiry, .indexExpiry: false
        }
    }

    /// Whether it is told by the configuration and the length of an interval.
    fileprivate var isBound: Bool {
        switch node {
        case .literal, .elapsed: true
        case .content(.configuration(let path)): path.isOfFields
        case .arithmetic(_, let a, let b): a.isBound && b.isBound
        case .field, .length, .port, .now, .rememberedTime, .content, .entryExpiry, .indexExpiry: false
        }
    }

    fileprivate var countsNanoseconds: Bool {
        if type.unit == .nanoseconds { return true }
        if case .arithmetic(_, let a, let b) = node { return a.countsNanoseconds || b.countsNanoseconds }
        return false
    }
}

extension [CheckedPathComponent] {
    fileprivate var isOfFields: Bool { allSatisfy { if case .field = $0 { true } else { false } } }
}

extension CheckedValue {
    /// The numbers side by side, each told by the step's packets and at least 0; nil where there is something else.
    fileprivate var numbersOfPackets: [CheckedNumber]? {
        switch self {
        case .number(let number):
            guard number.isOfPackets, case .bits(_, negative: 0) = number.type else { return nil }
            return [number]
        case .tuple(let parts):
            var result: [CheckedNumber] = []
            for part in parts {
                guard let numbers = part.numbersOfPackets else { return nil }
                result += numbers
            }
            return result
        case .formula, .truth, .structure, .array, .opaque, .configuration, .packet, .operation, .header, .payload,
            .map, .pool:
            return nil
        }
    }
}

// MARK: - Messages

extension Diagnostic {
    static func notABound(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "'rate' needs a bound", at: span, hints: ["as in 'rate q.length <= config.burst + config.rate * elapsed'"])
    }
    fileprivate static func notOfPackets(_ what: String, _ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "\(what) is a number that is told by the packets of the step", at: span,
            hints: ["as in 'rate q.length per p.ipv4.source <= config.burst + config.rate * elapsed'"])
    }
}
