import Diagnostics
import PacketFormat

// Values: names, fields, entries of maps, arithmetic, definitions put in place.

extension Checker {
    /// What definitions in definitions may come to: as deep as one expression may be, and what a few names for parts of it add.
    private static let greatestDepth = Parser.greatestHeight + 50

    mutating func value(_ expression: Expression, _ scope: Scope) throws(Mistake) -> CheckedValue {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.greatestDepth else { throw Mistake(diagnostic: .tooDeepWithDefinitions(expression.span)) }
        if let node = try formulaNode(expression, scope) {
            return .formula(CheckedFormula(node: node, source: source(expression)))
        }
        let value = try plainValue(expression, scope)
        // A truth value of the C code is a formula.
        if case .truth(let content) = value {
            return .formula(CheckedFormula(node: .content(content), source: source(expression)))
        }
        // What a definition stands for reads as its use does.
        if case .formula(let formula) = value {
            return .formula(CheckedFormula(node: formula.node, source: source(expression)))
        }
        return value
    }

    private mutating func plainValue(_ expression: Expression, _ scope: Scope) throws(Mistake) -> CheckedValue {
        switch expression.kind {
        case .number(let value): return .literal(value)
        case .address(let value, let width): return .number(CheckedNumber(node: .literal(value), type: .bits(width)))
        case .name(let text):
            let name = Name(text: text, span: expression.span)
            if scope.names[text] == nil, let definition = definitions[text], definition.parameters.isEmpty {
                return try expand(name, [], scope)
            }
            return try named(name, scope)
        case .tuple(let parts):
            var values: [CheckedValue] = []
            for part in parts { values.append(try component(part, scope)) }
            return .tuple(values)
        case .member(let base, let name): return try member(base, name, scope)
        case .index(let base, let key): return try element(base, key, scope)
        case .call(let name, let arguments): return try call(name, arguments, scope)
        case .arithmetic(let operation, let a, let b):
            let (x, y) = (try number(a, scope), try number(b, scope))
            let type = try calculate(at: expression.span) { () throws(ArithmeticMistake) in
                try NumberType.result(of: operation, x.type, y.type)
            }
            return .number(CheckedNumber(node: .arithmetic(operation, x, y), type: type))
        case .boolean, .comparison, .in, .not, .connective, .has, .hasFreeIndex, .isRight, .isDropped, .leaves,
            .equalExcept, .quantified, .first:
            preconditionFailure("formulas are not plain values")
        }
    }

    mutating func number(_ expression: Expression, _ scope: Scope) throws(Mistake) -> CheckedNumber {
        switch try value(expression, scope.asValue).alone {
        case .number(let number): return number
        case let other: throw Mistake(diagnostic: .notANumber(expression.span, found: other.description))
        }
    }

    /// Something that can be part of a tuple.
    private mutating func component(_ expression: Expression, _ scope: Scope) throws(Mistake) -> CheckedValue {
        let value = try value(expression, scope.asValue)
        switch value {
        case .number, .truth, .formula, .tuple, .structure: return value
        case .array, .opaque, .configuration, .packet, .operation, .header, .payload, .map, .pool:
            throw Mistake(diagnostic: .notAComponent(expression.span, found: value.description))
        }
    }

    func calculate<Result>(
        at span: SourceSpan, _ body: () throws(ArithmeticMistake) -> Result
    ) throws(Mistake) -> Result {
        do throws(ArithmeticMistake) {
            return try body()
        } catch {
            throw Mistake(diagnostic: .arithmetic(error, at: span))
        }
    }

    // MARK: Names

    private func named(_ name: Name, _ scope: Scope) throws(Mistake) -> CheckedValue {
        if let local = scope.names[name.text] { return local }
        if definitions[name.text] != nil { throw Mistake(diagnostic: .definitionWithoutArguments(name)) }
        if let port = environment.ports.first(where: { $0.name == name.text }) {
            return .number(CheckedNumber(node: .literal(UInt128(port.number)), type: .bits(32)))
        }
        if let map = environment.maps.first(where: { $0.name == name.text }) {
            return .map(map, try moment(of: name, scope))
        }
        if environment.pools.contains(name.text) { return .pool(name.text, try moment(of: name, scope)) }
        if let object = environment.variables.first(where: { $0.name == name.text }) {
            return Self.value(of: .object(object.name, [], try moment(of: name, scope)), type: object.type)
        }
        if name.text == environment.configurationName { return .configuration }
        if let number = SpecEnvironment.protocols.first(where: { $0.name == name.text }) {
            return .literal(number.value)
        }
        if name.text == "now" {
            _ = try moment(of: name, scope)
            return .number(CheckedNumber(node: .now, type: .integer(.nanoseconds, bound: 1)))
        }
        // Last: `tcp` is 6, whatever enumeration there is in the C code.
        if let constant = environment.constants.first(where: { $0.name == name.text }) {
            return .literal(constant.value)
        }
        throw Mistake(
            diagnostic: .unknown(
                "name", name, among: scope.names.keys.sorted() + definitions.keys.sorted() + environment.names))
    }

    private func moment(of name: Name, _ scope: Scope) throws(Mistake) -> Moment {
        guard scope.position != .assumption else { throw Mistake(diagnostic: .stateInAssumption(name)) }
        return scope.moment
    }

    /// The value at a place, as its type has it.
    static func value(of content: CheckedContent, type: SpecType) -> CheckedValue {
        switch type {
        case .bits(let width): .number(CheckedNumber(node: .content(content), type: .bits(width)))
        case .integer: .number(CheckedNumber(node: .content(content), type: .integer(.none, bound: 1)))
        case .seconds: .number(CheckedNumber(node: .content(content), type: .integer(.seconds, bound: 1)))
        case .nanoseconds: .number(CheckedNumber(node: .content(content), type: .integer(.nanoseconds, bound: 1)))
        case .boolean: .truth(content)
        case .structure(let structure): .structure(content, structure)
        case .array(let element, let count): .array(content, element: element, count: count)
        case .opaque(let name): .opaque(name)
        }
    }

    // MARK: Fields

    private mutating func member(_ base: Expression, _ name: Name, _ scope: Scope) throws(Mistake) -> CheckedValue {
        switch try value(base, scope.asValue) {
        case .packet(let role):
            switch name.text {
            case "length": return .number(CheckedNumber(node: .length(role), type: .bits(16)))
            case "port": return .number(CheckedNumber(node: .port(role), type: .bits(32)))
            case "payload": return .payload(.init(role: role, header: nil))
            case _ where FieldReference.headerNames.contains(name.text): return .header(role, name.text)
            default:
                throw Mistake(
                    diagnostic: .unknown(
                        "header", name, among: FieldReference.headerNames + ["length", "payload", "port"],
                        of: "a packet"))
            }
        case .operation(let role, let operation):
            guard let field = operation.fields.first(where: { $0.name == name.text }) else {
                throw Mistake(
                    diagnostic: .unknown(
                        "field", name, among: operation.fields.map(\.name),
                        of: "the argument of '\(operation.name)'"))
            }
            return Self.value(of: .argument(role, field.name, field.type), type: field.type)
        case .header(let role, let header) where name.text == "payload":
            return .payload(.init(role: role, header: header))
        case .header(let role, let header):
            let reference = try fieldReference(header: header, base.span, name)
            return .number(CheckedNumber(node: .field(role, reference), type: .bits(reference.bitWidth)))
        case .configuration:
            guard let field = environment.configuration.first(where: { $0.name == name.text }) else {
                throw Mistake(
                    diagnostic: .unknown(
                        "field", name, among: environment.configuration.map(\.name), of: "the configuration"))
            }
            return Self.value(of: .configuration([.field(field.name)]), type: field.type)
        case .structure(let content, let structure):
            guard let index = structure.fields.firstIndex(where: { $0.name == name.text }) else {
                throw Mistake(
                    diagnostic: .unknown(
                        "field", name, among: structure.fields.map(\.name), of: "struct \(structure.name)"))
            }
            return Self.value(of: content.field(index, of: structure), type: structure.fields[index].type)
        case let other: throw Mistake(diagnostic: .hasNoFields(name, other.description))
        }
    }

    func fieldReference(header: String, _ headerSpan: SourceSpan, _ field: Name) throws(Mistake) -> FieldReference {
        guard FieldReference.headerNames.contains(header) else {
            throw Mistake(
                diagnostic: .unknown("header", Name(text: header, span: headerSpan), among: FieldReference.headerNames))
        }
        guard let reference = FieldReference(header: header, field: field.text) else {
            throw Mistake(
                diagnostic: .unknown(
                    "field", field, among: FieldReference.fieldNames(of: header), of: "header '\(header)'"))
        }
        return reference
    }

    // MARK: Entries

    private mutating func element(_ base: Expression, _ key: Expression, _ scope: Scope) throws(Mistake) -> CheckedValue
    {
        switch try value(base, scope.asValue) {
        case .map(let map, let moment):
            return Self.value(of: .lookup(map, key: try self.key(key, of: map, scope), moment), type: map.value)
        case .array(let content, let element, let count):
            let index = try number(key, scope)
            if case .literal(let value) = index.node, value >= UInt128(count) {
                throw Mistake(diagnostic: .indexOutOfRange(key.span, count: count))
            }
            guard let place = content.element(index, count: count) else {
                throw Mistake(diagnostic: .arrayInEntry(base.span))
            }
            return Self.value(of: place, type: element)
        case let other: throw Mistake(diagnostic: .hasNoElements(base.span, other.description))
        }
    }

    /// A value that fits the key of a map.
    mutating func key(_ expression: Expression, of map: SpecEnvironment.Map, _ scope: Scope) throws(Mistake)
        -> CheckedValue
    {
        let value = try value(expression, scope.asValue)
        if case .structure(let structure) = map.key, let parts = value.parts, parts.count != structure.fields.count {
            throw Mistake(diagnostic: .wrongArity(expression.span, parts.count, map.name, structure.fields.map(\.name)))
        }
        guard Self.fits(value, map.key) else {
            throw Mistake(diagnostic: .wrongKey(expression.span, value.description, map.name, map.key.description))
        }
        return value
    }

    /// Whether a value can be brought to a type: numbers of any width can.
    static func fits(_ value: CheckedValue, _ type: SpecType) -> Bool {
        switch (value, type) {
        case (.number, .bits), (.number, .integer), (.number, .seconds), (.number, .nanoseconds), (.formula, .boolean),
            (.truth, .boolean):
            true
        case (_, .structure(let structure)):
            // A struct of one field may be named by what is in it.
            (value.parts ?? (structure.fields.count == 1 ? [value] : nil)).map { parts in
                parts.count == structure.fields.count && zip(parts, structure.fields).allSatisfy { fits($0, $1.type) }
            } ?? false
        default: false
        }
    }

    // MARK: Calls

    private mutating func call(_ name: Name, _ arguments: [Expression], _ scope: Scope) throws(Mistake) -> CheckedValue
    {
        switch name.text {
        case "before":
            try require(1, arguments, of: name, ["the value"])
            guard scope.position == .premise || scope.position == .conclusion || scope.position == .unproved else {
                throw Mistake(diagnostic: .beforeWithoutStep(name.span))
            }
            var earlier = scope
            earlier.moment = .before
            return try value(arguments[0], earlier)
        case "expiry":
            try require(2, arguments, of: name, ["a map or pool", "a key or index"])
            let type = NumberType.integer(.nanoseconds, bound: 1)
            switch try value(arguments[0], scope.asValue) {
            case .map(let map, let moment):
                let key = try key(arguments[1], of: map, scope)
                return .number(CheckedNumber(node: .entryExpiry(map, key: key, moment), type: type))
            case .pool(let pool, let moment):
                let index = try number(arguments[1], scope)
                return .number(CheckedNumber(node: .indexExpiry(pool: pool, index: index, moment), type: type))
            case let other: throw Mistake(diagnostic: .doesNotExpire(arguments[0].span, other.description))
            }
        default: return try expand(name, arguments, scope)
        }
    }

    private func require(_ count: Int, _ arguments: [Expression], of name: Name, _ parameters: [String]) throws(Mistake)
    {
        guard arguments.count == count else {
            throw Mistake(diagnostic: .wrongArgumentCount(name, arguments.count, parameters))
        }
    }

    /// A definition stands for its body with the arguments in place.
    private mutating func expand(_ name: Name, _ arguments: [Expression], _ scope: Scope) throws(Mistake)
        -> CheckedValue
    {
        guard let definition = definitions[name.text] else {
            throw Mistake(diagnostic: .unknown("function", name, among: definitions.keys.sorted() + Self.functions))
        }
        try require(definition.parameters.count, arguments, of: name, definition.parameters.map(\.text))
        var inner = scope
        inner.names = [:]
        for (parameter, argument) in zip(definition.parameters, arguments) {
            inner.names[parameter.text] = try value(argument, scope.asValue)
        }
        return try body(of: definition, usedAt: name, inner)
    }

    private mutating func body(of definition: Definition, usedAt name: Name, _ scope: Scope) throws(Mistake)
        -> CheckedValue
    {
        expansions += 1
        guard expansions <= Self.mostExpansions else { throw Mistake(diagnostic: .tooManyExpansions(name.span)) }
        // A definition sees only those above it.
        let all = definitions
        defer { definitions = all }
        definitions = all.filter { $0.value.name.span < definition.name.span }
        do throws(Mistake) {
            return try value(definition.body, scope)
        } catch {
            throw Mistake(
                diagnostic: error.diagnostic.adding(note: .init("'\(name.text)' is used here", at: name.span)))
        }
    }

    private static let mostExpansions = 10_000
}

// MARK: - Messages

extension Diagnostic {
    fileprivate func adding(note: Note) -> Diagnostic {
        Diagnostic(message, severity: severity, at: span, notes: notes + [note], hints: hints)
    }
    fileprivate static func notANumber(_ span: SourceSpan, found: String) -> Diagnostic {
        Diagnostic("expected a number, found \(found)", at: span)
    }
    fileprivate static func notAComponent(_ span: SourceSpan, found: String) -> Diagnostic {
        Diagnostic("\(found) cannot be part of a tuple", at: span)
    }
    fileprivate static func arithmetic(_ mistake: ArithmeticMistake, at span: SourceSpan) -> Diagnostic {
        switch mistake {
        case .tooLarge:
            Diagnostic(
                "the exact result is too large", at: span, hints: ["numbers have at most 128 bits, times at most 62"])
        case .productOfTimes: Diagnostic("two times cannot be multiplied", at: span)
        case .noBits:
            Diagnostic(
                "'&' is of two numbers that are not negative, and no times", at: span,
                hints: ["as in 'p.ipv4.source & config.mask == config.network'"])
        case .noAddress:
            Diagnostic(
                "'/' takes the first bits of an address, of 32, 48 or 128 bits", at: span,
                hints: ["as in 'p.ipv4.source / 24 == 192.0.2.0'", "nothing is divided in specs"])
        case .noPrefixLength:
            Diagnostic(
                "behind '/' stands how many bits of the address count, and neither a time nor a difference", at: span)
        }
    }
    fileprivate static func definitionWithoutArguments(_ name: Name) -> Diagnostic {
        Diagnostic("'\(name.text)' needs arguments", at: name.span, hints: ["write '\(name.text)(…)'"])
    }
    fileprivate static func stateInAssumption(_ name: Name) -> Diagnostic {
        Diagnostic("an assumption is about the configuration, not about state or time", at: name.span)
    }
    fileprivate static func hasNoFields(_ name: Name, _ found: String) -> Diagnostic {
        Diagnostic("\(found) has no field '\(name.text)'", at: name.span)
    }
    fileprivate static func hasNoElements(_ span: SourceSpan, _ found: String) -> Diagnostic {
        Diagnostic("expected a map before '[', found \(found)", at: span)
    }
    fileprivate static func indexOutOfRange(_ span: SourceSpan, count: Int) -> Diagnostic {
        Diagnostic("the array has \(count) elements", at: span, hints: ["indices run from 0 to \(count - 1)"])
    }
    fileprivate static func arrayInEntry(_ span: SourceSpan) -> Diagnostic {
        Diagnostic("arrays in the entries of maps cannot be read yet", at: span)
    }
    fileprivate static func wrongArity(_ span: SourceSpan, _ count: Int, _ map: String, _ fields: [String])
        -> Diagnostic
    {
        Diagnostic(
            "a key of '\(map)' has \(fields.count) parts, found \(count)", at: span,
            hints: ["expected (\(fields.joined(separator: ", ")))"])
    }
    fileprivate static func wrongKey(_ span: SourceSpan, _ found: String, _ map: String, _ expected: String)
        -> Diagnostic
    {
        Diagnostic("a key of '\(map)' is \(expected), found \(found)", at: span)
    }
    fileprivate static func beforeWithoutStep(_ span: SourceSpan) -> Diagnostic {
        Diagnostic("'before' has a meaning in a step only", at: span)
    }
    fileprivate static func doesNotExpire(_ span: SourceSpan, _ found: String) -> Diagnostic {
        Diagnostic("expected a map or a pool, found \(found)", at: span)
    }
    fileprivate static func wrongArgumentCount(_ name: Name, _ count: Int, _ parameters: [String]) -> Diagnostic {
        let expected = "\(parameters.count) argument\(parameters.count == 1 ? "" : "s")"
        return Diagnostic(
            "'\(name.text)' takes \(expected), found \(count)", at: name.span,
            hints: ["expected \(name.text)(\(parameters.joined(separator: ", ")))"])
    }
    fileprivate static func tooManyExpansions(_ span: SourceSpan) -> Diagnostic {
        Diagnostic("definitions that use each other make this too large", at: span)
    }
    fileprivate static func tooDeepWithDefinitions(_ span: SourceSpan) -> Diagnostic {
        Diagnostic("with the definitions that it uses, this is nested too deeply", at: span)
    }
}
