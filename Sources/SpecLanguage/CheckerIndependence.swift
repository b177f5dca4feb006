import Diagnostics
import PacketFormat

// The form that speaks of two runs of one step.

extension Checker {
    mutating func independenceForm(_ syntax: PropertySyntax) -> Property.Form? {
        guard let events = events(of: syntax.clauses, syntax.name, aboutPackets: "same") else { return nil }
        let entering = events.filter { $0.direction == .enters }
        let leaving = events.filter { $0.direction == .leaves }
        let isSupported = entering.count == 1 && leaving.count <= 1
        var scope = Scope(position: isSupported ? .premise : .unproved)
        declare(entering + leaving, in: &scope)
        var premises: [CheckedFormula] = []
        var items: [Difference] = []
        var values: [IndependenceProperty.SharedValue] = []
        for clause in syntax.clauses {
            switch clause.content {
            case .cites, .when: continue
            case .where(let condition):
                if let formula = attempt({ [scope] (checker) throws(Mistake) in try checker.formula(condition, scope) })
                {
                    premises += formula.conjuncts
                }
            case .different(let differences): items += differences
            case .same(let expressions):
                var scope = scope
                scope.moment = .after
                if isSupported { scope.position = .conclusion }
                for expression in expressions {
                    if let value = attempt({ [scope] (checker) throws(Mistake) in
                        try checker.sharedValue(expression, scope)
                    }) {
                        values.append(value)
                    }
                }
            case .then, .thenEarlier, .later, .within, .unless, .rate, .refines, .always:
                diagnostics.append(
                    .otherForm(clause.span, hint: "beside 'same' stand 'when', 'where' and 'different'"))
                return nil
            }
        }
        let differences = differences(items, scope)
        guard isSupported else { return .notYetSupported("same, with several packets in or out of one step") }
        let ingress = port(entering[0].port)
        let departure = leaving.first
        return .independence(
            IndependenceProperty(
                step: StepProperty(
                    concernsOutput: departure != nil, ingress: ingress,
                    egress: departure.flatMap { port($0.port) }, premises: premises, conclusions: []),
                differences: differences, values: values,
                departure: SourceText(
                    location: (departure ?? entering[0]).span.start,
                    text: departure.map { "\($0.packet.text) leaves \($0.port?.text ?? "any")" } ?? "")))
    }

    private mutating func sharedValue(
        _ expression: Expression, _ scope: Scope
    ) throws(Mistake) -> IndependenceProperty.SharedValue {
        let value = try value(expression, scope.asValue)
        switch value {
        case .number, .formula, .truth, .tuple, .structure, .packet, .payload, .map, .pool: break
        case .array, .opaque, .configuration, .operation, .header:
            throw Mistake(diagnostic: .cannotBeCompared(expression.span, value.description))
        }
        return IndependenceProperty.SharedValue(
            value: value, source: source(expression), isAboutOutput: value.mentions.output)
    }

    // MARK: What differs

    private mutating func differences(_ items: [Difference], _ scope: Scope) -> Differences {
        var result = Differences()
        for item in items {
            _ = attempt { (checker) throws(Mistake) in try checker.add(item, to: &result, scope) }
        }
        // A key that differs itself is no place at which the runs could agree.
        for item in items {
            for key in item.keys {
                guard let word = differingPart(of: key, result, scope) else { continue }
                diagnostics.append(.keyDiffers(key.span, word))
            }
        }
        return result
    }

    private mutating func add(_ item: Difference, to differences: inout Differences, _ scope: Scope) throws(Mistake) {
        let span = item.value.span
        if case .name(Self.everyObject) = item.value.kind, !isDefined(Self.everyObject, scope) {
            guard item.keys.isEmpty else { throw Mistake(diagnostic: .exceptOfAll(span)) }
            differences.everyOtherObject = true
            return
        }
        let value = try value(item.value, scope.asValue)
        var object: (name: String, keys: [ObjectDifference.Key])?
        switch value {
        case .map(let map, _):
            var keys: [ObjectDifference.Key] = []
            for key in item.keys { keys.append(.map(map, try self.key(key, of: map, scope))) }
            object = (map.name, keys)
        case .pool(let pool, _):
            var keys: [ObjectDifference.Key] = []
            for key in item.keys { keys.append(.pool(try number(key, scope))) }
            object = (pool, keys)
        case .number(let number):
            if case .content(.object(let name, let path, _)) = number.node { object = try whole(name, path, span) }
        case .structure(.object(let name, let path, _), _), .array(.object(let name, let path, _), _, _):
            object = try whole(name, path, span)
        case .formula(let formula):
            if case .content(.object(let name, let path, _)) = formula.node { object = try whole(name, path, span) }
        case .truth, .tuple, .structure, .array, .opaque, .configuration, .packet, .operation, .header, .payload: break
        }
        if let object {
            if let key = item.keys.first, object.keys.isEmpty {
                throw Mistake(diagnostic: .hasNoKeys(key.span, object.name))
            }
            guard !differences.objects.contains(where: { $0.name == object.name }) else {
                throw Mistake(diagnostic: .differsTwice(span, object.name))
            }
            differences.objects.append(ObjectDifference(name: object.name, keys: object.keys))
            return
        }
        if let key = item.keys.first { throw Mistake(diagnostic: .hasNoKeys(key.span, text(item.value.tokens))) }
        switch value {
        case .payload(let payload) where payload.role == .input && payload.header == nil: differences.payload = true
        case .number(let number):
            switch number.node {
            case .now: differences.time = true
            case .length(.input): differences.length = true
            case .port(.input): differences.port = true
            case .field(.input, let reference):
                if reference.decidesLayout { throw Mistake(diagnostic: .movesHeaders(span, reference.name)) }
                if !differences.fields.contains(reference) { differences.fields.append(reference) }
            case .content(.configuration): throw Mistake(diagnostic: .configurationDiffers(span))
            case .field(.output, _), .length(.output), .port(.output): throw Mistake(diagnostic: .outputDiffers(span))
            case .literal, .field, .length, .port, .rememberedTime, .elapsed, .content, .entryExpiry, .indexExpiry,
                .arithmetic:
                throw Mistake(diagnostic: .cannotDiffer(span))
            }
        case .configuration: throw Mistake(diagnostic: .configurationDiffers(span))
        case .payload(let payload) where payload.role == .output: throw Mistake(diagnostic: .outputDiffers(span))
        case .packet(.output), .header(.output, _):
            throw Mistake(diagnostic: .outputDiffers(span))
        case .formula, .truth, .tuple, .structure, .array, .opaque, .packet, .operation, .header, .payload, .map, .pool:
            throw Mistake(diagnostic: .cannotDiffer(span))
        }
    }

    /// Stands for all state objects that are not named beside it.
    static let everyObject = "state"

    private func isDefined(_ name: String, _ scope: Scope) -> Bool {
        scope.names[name] != nil || definitions[name] != nil || environment.names.contains(name)
    }

    /// Objects differ as a whole.
    private func whole(
        _ name: String, _ path: [CheckedPathComponent], _ span: SourceSpan
    ) throws(Mistake) -> (name: String, keys: [ObjectDifference.Key]) {
        guard path.isEmpty else { throw Mistake(diagnostic: .partDiffers(span, name)) }
        return (name, [])
    }

    /// What of a key may differ between the runs, in words. State is read as the first run has it.
    private mutating func differingPart(
        of key: Expression, _ differences: Differences, _ scope: Scope
    ) -> String? {
        let before = diagnostics
        defer { diagnostics = before }
        guard let value = attempt({ (checker) throws(Mistake) in try checker.value(key, scope.asValue) }) else {
            return nil
        }
        let mentions = value.mentions
        if let field = mentions.fields.first(where: differences.fields.contains) { return field.name }
        if differences.time, mentions.time { return "now" }
        if differences.length, mentions.length { return "the length" }
        if differences.port, mentions.port { return "the port" }
        if mentions.output { return "the packet that leaves" }
        if mentions.outcome { return "what becomes of the packet" }
        return mentions.bytes && (differences.payload || !differences.fields.isEmpty) ? "the packet" : nil
    }
}

extension FieldReference {
    /// Whether it tells which headers there are and where they begin.
    fileprivate var decidesLayout: Bool {
        alternatives.contains { alternative in
            let (header, name) = (alternative.header, alternative.field.name)
            if case .words(field: name) = header.format.length { return true }
            if header.format.conditions.contains(where: { $0.field == name }) { return true }
            // An ICMP message has ports or not, as its type says.
            if header == .icmp, name == "type" { return true }
            return Header.allCases.contains { child in
                child.format.parents.contains { parent in
                    parent.header == header && parent.conditions.contains { $0.field == name }
                }
            }
        }
    }
}

// MARK: - Messages

extension Diagnostic {
    /// A clause of one form in a property of another.
    static func otherForm(_ span: SourceSpan, hint: String? = nil) -> Diagnostic {
        Diagnostic("this clause belongs to another form of property", at: span, hints: hint.map { [$0] } ?? [])
    }
    fileprivate static func cannotBeCompared(_ span: SourceSpan, _ found: String) -> Diagnostic {
        Diagnostic("\(found) cannot be compared between two runs", at: span, hints: ["name its fields or elements"])
    }
    fileprivate static func cannotDiffer(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "this is nothing that two runs could differ in", at: span,
            hints: [
                "they can in fields, 'payload', 'length' and 'port' of the packet that enters, in 'now', and in state objects"
            ])
    }
    fileprivate static func movesHeaders(_ span: SourceSpan, _ field: String) -> Diagnostic {
        Diagnostic(
            "'\(field)' tells which headers the packet has, or where they begin: it cannot differ", at: span)
    }
    fileprivate static func configurationDiffers(_ span: SourceSpan) -> Diagnostic {
        Diagnostic("the configuration is the same in both runs", at: span)
    }
    fileprivate static func outputDiffers(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "'different' lists what comes in: what leaves is told by that", at: span,
            hints: ["list what must not differ behind 'same'"])
    }
    fileprivate static func partDiffers(_ span: SourceSpan, _ object: String) -> Diagnostic {
        Diagnostic("a part of '\(object)' cannot differ on its own", at: span, hints: ["write '\(object)'"])
    }
    fileprivate static func hasNoKeys(_ span: SourceSpan, _ name: String) -> Diagnostic {
        Diagnostic("'\(name)' has no keys: 'except' is said of maps and pools", at: span)
    }
    fileprivate static func exceptOfAll(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "'state' stands for all objects that are not named beside it", at: span,
            hints: ["write 'state, NAME except KEY'"])
    }
    fileprivate static func differsTwice(_ span: SourceSpan, _ name: String) -> Diagnostic {
        Diagnostic("'\(name)' is listed twice", at: span, hints: ["several keys are joined by 'and'"])
    }
    fileprivate static func keyDiffers(_ span: SourceSpan, _ part: String) -> Diagnostic {
        Diagnostic("the key differs between the runs itself, by \(part)", at: span)
    }
}
