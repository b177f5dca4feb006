import Diagnostics
import PacketFormat

// Formulas.

extension Checker {
    /// The names that stand before parentheses without being defined.
    static let functions = ["before", "expiry"]

    mutating func formula(_ expression: Expression, _ scope: Scope) throws(Mistake) -> CheckedFormula {
        switch try value(expression, scope) {
        case .formula(let formula): return formula
        case let other: throw Mistake(diagnostic: .notAFormula(expression.span, found: other.description))
        }
    }

    /// The formula that an operator on formulas or a statement makes; nil for expressions that are values.
    mutating func formulaNode(_ expression: Expression, _ scope: Scope) throws(Mistake) -> CheckedFormula.Node? {
        switch expression.kind {
        case .boolean(let value): return .constant(value)
        case .connective(let connective, let a, let b):
            let left = scope.inside(negated: connective == .implies)
            let right = scope.inside()
            // Mistakes on both sides are reported.
            let first = attempt { (checker) throws(Mistake) in try checker.formula(a, left) }
            let second = try formula(b, right)
            return first.map { .connective(connective, $0, second) } ?? .constant(true)
        case .not(let inner): return .not(try formula(inner, scope.inside(negated: true)))
        case .comparison(let operation, let a, let b): return try comparison(operation, a, b, scope, expression)
        case .in(let element, let collection): return try membership(element, collection, scope)
        case .has(let object, let word):
            if let node = try room(object, word, scope, expression) { return node }
            let (packet, header) = (object, word)
            guard FieldReference.headerNames.contains(header.text) else {
                throw Mistake(diagnostic: .unknown("header", header, among: FieldReference.headerNames))
            }
            return .has(try self.packet(packet, scope, before: "has"), header: header.text)
        case .isRight(let field):
            guard case .number(let number) = try value(field, scope),
                case .field(let role, let reference) = number.node,
                let header = Self.checksums[reference.name]
            else { throw Mistake(diagnostic: .notAChecksum(field.span)) }
            return .checksumIsRight(role, header: header)
        case .hasFreeIndex(let pool, let first, let last):
            return try freeIndex(pool, first, last, scope, expression)
        case .isDropped(let packet):
            let role = try self.packet(packet, scope, before: "is dropped")
            if role.isOutput { throw Mistake(diagnostic: .outputDropped(packet.span)) }
            if case .remembered = role { throw Mistake(diagnostic: .isPast(packet.span)) }
            return .isDropped
        case .leaves(let packet, let departure): return try leaves(packet, departure, scope)
        case .equalExcept(let a, let b, let fields): return try equalExcept(a, b, fields, scope, expression)
        case .quantified(let names, let domain, let body):
            return try quantified(names, domain, body, scope, expression)
        case .first(let name, let domain, let condition, let body):
            return try first(name, domain, condition, body, scope, expression)
        case .number, .address, .name, .tuple, .member, .index, .call, .arithmetic: return nil
        }
    }

    // MARK: Comparisons

    private mutating func comparison(
        _ operation: ComparisonOperator, _ a: Expression, _ b: Expression, _ scope: Scope, _ whole: Expression
    ) throws(Mistake) -> CheckedFormula.Node {
        var (left, right) = (try value(a, scope.asValue), try value(b, scope.asValue))
        if right.parts == nil { left = left.alone }
        if left.parts == nil { right = right.alone }
        let isEquality = operation == .equal || operation == .notEqual
        let isNegated = operation == .notEqual
        switch (left, right) {
        case (.number(let x), .number(let y)):
            try calculate(at: whole.span) { () throws(ArithmeticMistake) in
                try NumberType.checkComparison(x.type, y.type)
            }
            return .numbers(operation, x, y)
        case (.formula(let x), .formula(let y)) where isEquality: return .sameTruth(x, y, isNegated: isNegated)
        case (.packet(let x), .packet(let y)) where isEquality:
            try requirePresent([x, y], whole.span)
            try requireClaim(scope.inside(negated: isNegated), whole.span, "equality of packets")
            return negated(.packetsEqual(x, y, except: []), isNegated, whole)
        case (.payload(let x), .payload(let y)) where isEquality:
            try requirePresent([x.role, y.role], whole.span)
            try requireClaim(scope.inside(negated: isNegated), whole.span, "equality of payloads")
            return negated(.payloadsEqual(x, y), isNegated, whole)
        case (.tuple, _) where isEquality, (.structure, _) where isEquality:
            guard areComparable(left, right) else { break }
            return .equal(left, right, isNegated: isNegated)
        default: break
        }
        throw Mistake(diagnostic: .incomparable(left.description, right.description, operation, at: whole.span))
    }

    private func negated(_ node: CheckedFormula.Node, _ isNegated: Bool, _ whole: Expression) -> CheckedFormula.Node {
        isNegated ? .not(CheckedFormula(node: node, source: source(whole))) : node
    }

    func source(_ expression: Expression) -> SourceText {
        SourceText(location: expression.span.start, text: text(expression.tokens))
    }

    /// Whether two values have parts of the same kinds.
    func areComparable(_ a: CheckedValue, _ b: CheckedValue) -> Bool {
        if let x = a.parts, let y = b.parts {
            return x.count == y.count && zip(x, y).allSatisfy { areComparable($0, $1) }
        }
        switch (a, b) {
        case (.number(let x), .number(let y)): return (try? NumberType.checkComparison(x.type, y.type)) != nil
        case (.formula, .formula), (.truth, .formula), (.formula, .truth), (.truth, .truth): return true
        default: return false
        }
    }

    /// What is claimed of every byte can be denied only with a byte to show for it, which a premise does not have.
    private func requirePresent(_ roles: [PacketRole], _ span: SourceSpan) throws(Mistake) {
        for role in roles { if case .remembered = role { throw Mistake(diagnostic: .comparesPast(span)) } }
    }

    private func requireClaim(_ scope: Scope, _ span: SourceSpan, _ what: String) throws(Mistake) {
        switch scope.position {
        case .unproved: return
        case .conclusion where scope.polarity == .positive: return
        case .conclusion: throw Mistake(diagnostic: .denied(what, at: span))
        case .premise, .assumption, .invariant: throw Mistake(diagnostic: .outsideConclusion(what, at: span))
        }
    }

    private mutating func equalExcept(
        _ a: Expression, _ b: Expression, _ fields: [(header: Name, field: Name)], _ scope: Scope, _ whole: Expression
    ) throws(Mistake) -> CheckedFormula.Node {
        let (x, y) = (try packet(a, scope, before: "== … except"), try packet(b, scope, before: "except"))
        var references: [FieldReference] = []
        for (header, field) in fields { references.append(try fieldReference(header: header.text, header.span, field)) }
        try requirePresent([x, y], whole.span)
        try requireClaim(scope, whole.span, "equality of packets")
        return .packetsEqual(x, y, except: references)
    }

    /// The fields that `is right` can be said of, with the headers whose checksums they are.
    private static let checksums = [
        "ipv4.header_checksum": "ipv4", "tcp.checksum": "tcp", "udp.checksum": "udp", "icmp.checksum": "icmp",
        "l4.checksum": FieldReference.transportView,
    ]

    // MARK: State

    /// `map has room`; nil where it is not said of a map.
    private mutating func room(
        _ object: Expression, _ word: Name, _ scope: Scope, _ whole: Expression
    ) throws(Mistake) -> CheckedFormula.Node? {
        switch try value(object, scope.asValue) {
        case .map(let map, let moment):
            guard word.text == "room" else { throw Mistake(diagnostic: .mapHas(word, map.name)) }
            try requireStep(scope, whole.span, "'has room'")
            return .hasRoom(map, moment)
        case .pool(let pool, _): throw Mistake(diagnostic: .poolHas(word, pool))
        default: return nil
        }
    }

    private mutating func freeIndex(
        _ pool: Expression, _ first: Expression, _ last: Expression, _ scope: Scope, _ whole: Expression
    ) throws(Mistake) -> CheckedFormula.Node {
        guard case .pool(let name, let moment) = try value(pool, scope.asValue) else {
            throw Mistake(diagnostic: .notAPool(pool.span))
        }
        try requireStep(scope, whole.span, "'has a free index'")
        return .hasFreeIndex(pool: name, from: try number(first, scope), to: try number(last, scope), moment)
    }

    /// What says how many entries there are is proved along a step, not by induction.
    private func requireStep(_ scope: Scope, _ span: SourceSpan, _ what: String) throws(Mistake) {
        if scope.position == .invariant { throw Mistake(diagnostic: .countsInInvariant(what, at: span)) }
    }

    private mutating func membership(
        _ element: Expression, _ collection: Expression, _ scope: Scope
    ) throws(Mistake) -> CheckedFormula.Node {
        switch try value(collection, scope.asValue) {
        case .map(let map, let moment):
            return .isPresent(map, key: try key(element, of: map, scope), moment)
        case .pool(let pool, let moment):
            return .isAllocated(pool: pool, index: try number(element, scope), moment)
        case let other:
            throw Mistake(diagnostic: .notACollection(collection.span, found: other.description))
        }
    }

    private mutating func quantified(
        _ names: [Name], _ domain: Expression.Domain, _ body: Expression, _ scope: Scope, _ whole: Expression
    ) throws(Mistake) -> CheckedFormula.Node {
        guard case .collection(let collection) = domain else {
            return try all(names, try numbers(domain, scope), body, scope, whole)
        }
        let source: CheckedVariable.Collection
        switch try value(collection, scope.asValue) {
        case .map(let map, let moment): source = .map(map, moment)
        case .pool(let pool, let moment): source = .pool(pool, moment)
        // An invariant is looked at where the array is used, so that its length does not matter. Elsewhere it is said of each element.
        case .array(.object(let name, let path, let moment), _, let count)
        where path.isEmpty && scope.position == .invariant && scope.isAtFront:
            source = .array(name, count: count, moment)
        case .array: return try all(names, try numbers(domain, scope), body, scope, whole)
        case let other: throw Mistake(diagnostic: .notACollection(collection.span, found: other.description))
        }
        switch scope.position {
        case .unproved: break
        case .invariant:
            guard scope.isAtFront else { throw Mistake(diagnostic: .quantifierNotAtFront(whole.span)) }
        case .conclusion:
            guard scope.polarity == .positive else { throw Mistake(diagnostic: .denied("'for'", at: whole.span)) }
        case .premise, .assumption: throw Mistake(diagnostic: .outsideConclusion("'for'", at: whole.span))
        }
        var inner = scope
        var variables: [CheckedVariable] = []
        for name in names {
            if variables.contains(where: { $0.name == name.text }) {
                throw Mistake(diagnostic: .variableNamedTwice(name))
            }
            let variable = CheckedVariable(name: name.text, index: inner.variables, collection: source)
            variables.append(variable)
            inner.variables += 1
            switch source {
            case .map(let map, _): inner.names[name.text] = Self.value(of: .variable(variable.index), type: map.key)
            case .pool, .array: inner.names[name.text] = Self.value(of: .variable(variable.index), type: .bits(32))
            }
        }
        return .quantified(variables, try formula(body, inner))
    }

    // MARK: Arrays and ranges

    // Their indices are known, so what is said of them is said of each in turn, wherever it stands.

    /// The indices of an array, or the numbers of a range, in order.
    private struct Numbers {
        let first: UInt128
        let isDescending: Bool
        let count: Int
        let isRange: Bool

        subscript(position: Int) -> UInt128 { isDescending ? first - UInt128(position) : first + UInt128(position) }
    }

    private mutating func numbers(_ domain: Expression.Domain, _ scope: Scope) throws(Mistake) -> Numbers {
        switch domain {
        case .collection(let collection):
            let value = try value(collection, scope.asValue)
            guard case .array(_, _, let count) = value else {
                throw Mistake(diagnostic: .notAnArray(collection.span, found: value.description))
            }
            return Numbers(first: 0, isDescending: false, count: count, isRange: false)
        case .range(let from, let to):
            let (first, last) = (try constant(from, scope), try constant(to, scope))
            let distance = first > last ? first - last : last - first
            // One that is too long is told of with the other limits.
            let count = distance < UInt128(Int32.max) ? Int(distance) + 1 : Int(Int32.max)
            return Numbers(first: first, isDescending: first > last, count: count, isRange: true)
        }
    }

    /// A number that is written in the spec, or is an enumerator.
    private mutating func constant(_ expression: Expression, _ scope: Scope) throws(Mistake) -> UInt128 {
        guard case .literal(let value) = try number(expression, scope).node else {
            throw Mistake(diagnostic: .notConstant(expression.span))
        }
        return value
    }

    private mutating func all(
        _ names: [Name], _ numbers: Numbers, _ body: Expression, _ scope: Scope, _ whole: Expression
    ) throws(Mistake) -> CheckedFormula.Node {
        guard let name = names.first else { return try formula(body, scope).node }
        if names.dropFirst().contains(where: { $0.text == name.text }) {
            throw Mistake(diagnostic: .variableNamedTwice(name))
        }
        try requireShort(numbers, names.count, whole)
        return try halved(0..<numbers.count) { (checker, positions) throws(Mistake) in
            var result: CheckedFormula.Node = .constant(true)
            let mistakes = checker.diagnostics.count
            for position in positions.reversed() where checker.diagnostics.count == mistakes {
                let inner = scope.inside(name, at: numbers[position])
                let one = CheckedFormula(
                    node: try checker.all(Array(names.dropFirst()), numbers, body, inner, whole),
                    source: checker.source(body))
                result =
                    position == positions.last
                    ? one.node
                    : .connective(.and, one, CheckedFormula(node: result, source: checker.source(whole)))
            }
            return result
        } joined: { (checker, left, right) in
            .connective(
                .and, CheckedFormula(node: left, source: checker.source(whole)),
                CheckedFormula(node: right, source: checker.source(whole)))
        }
    }

    /// What is said of the elements of an array nests as deep as there are of them, and formulas are walked through by functions that call
    /// themselves: what is said of many is put together from halves.
    private mutating func halved<Said>(
        _ positions: Range<Int>, _ few: (inout Checker, Range<Int>) throws(Mistake) -> Said,
        joined: (Checker, Said, Said) -> Said
    ) throws(Mistake) -> Said {
        guard positions.count > Self.deepestElements else { return try few(&self, positions) }
        let middle = positions.lowerBound + positions.count / 2
        let mistakes = diagnostics.count
        let right = try halved(middle..<positions.upperBound, few, joined: joined)
        // A mistake is told of one element.
        guard diagnostics.count == mistakes else { return right }
        return joined(self, try halved(positions.lowerBound..<middle, few, joined: joined), right)
    }

    private static let deepestElements = 128

    /// Of each number: it is the first where the condition holds implies the body. As long as there are numbers, not their square: of many, longer
    /// by as many times as they are halved.
    private mutating func first(
        _ name: Name, _ domain: Expression.Domain, _ condition: Expression, _ body: Expression, _ scope: Scope,
        _ whole: Expression
    ) throws(Mistake) -> CheckedFormula.Node {
        let numbers = try numbers(domain, scope)
        let sources = (whole: source(whole), body: source(body))
        func made(_ node: CheckedFormula.Node, _ source: SourceText) -> CheckedFormula {
            CheckedFormula(node: node, source: source)
        }
        try requireShort(numbers, 1, whole)
        return try halved(0..<numbers.count) { (checker, positions) throws(Mistake) -> FirstOfSome in
            var some = FirstOfSome(holds: .constant(false), claim: .constant(true))
            let mistakes = checker.diagnostics.count
            for position in positions.reversed() where checker.diagnostics.count == mistakes {
                let inner = scope.inside(name, at: numbers[position])
                // Where the whole is claimed, the condition is denied and claimed.
                var told = inner
                told.polarity = .both
                let holds = try checker.formula(condition, told)
                let claim = made(.connective(.implies, holds, try checker.formula(body, inner)), sources.body)
                let further = made(.connective(.or, holds, made(some.claim, sources.whole)), sources.whole)
                some.claim = .connective(.and, claim, further)
                some.holds = .connective(.or, holds, made(some.holds, sources.whole))
            }
            return some
        } joined: { (_, left, right) in
            let whole = sources.whole
            let further = made(.connective(.or, made(left.holds, whole), made(right.claim, whole)), whole)
            return FirstOfSome(
                holds: .connective(.or, made(left.holds, whole), made(right.holds, whole)),
                claim: .connective(.and, made(left.claim, whole), further))
        }.claim
    }

    /// Of some elements of an array: that the condition holds of one, and what is claimed of the first of which it does.
    private struct FirstOfSome {
        var holds: CheckedFormula.Node
        var claim: CheckedFormula.Node
    }

    private static let mostElements = 4096

    private func requireShort(_ numbers: Numbers, _ variables: Int, _ whole: Expression) throws(Mistake) {
        var product = 1
        for _ in 0..<variables {
            product *= numbers.count
            if product > Self.mostElements {
                throw Mistake(
                    diagnostic: numbers.isRange
                        ? .rangeTooLong(whole.span, most: Self.mostElements)
                        : .tooManyElements(whole.span, count: numbers.count, most: Self.mostElements))
            }
        }
    }

    // MARK: Packets

    mutating func packet(_ expression: Expression, _ scope: Scope, before word: String) throws(Mistake) -> PacketRole {
        switch try value(expression, scope.asValue) {
        case .packet(let role): return role
        case let other: throw Mistake(diagnostic: .notAPacket(expression.span, word, found: other.description))
        }
    }

    private mutating func leaves(
        _ packet: Expression, _ departure: Departure, _ scope: Scope
    ) throws(Mistake) -> CheckedFormula.Node {
        let role = try self.packet(packet, scope, before: "leaves")
        if case .remembered = role { throw Mistake(diagnostic: .isPast(packet.span)) }
        switch departure {
        case .port(let name):
            let number = port(name)
            if role == .otherOutput, let number {
                let literal = CheckedNumber(node: .literal(UInt128(number)), type: .bits(32))
                return .numbers(.equal, CheckedNumber(node: .port(role), type: .bits(32)), literal)
            }
            if !role.isOutput { return .leaves(port: number) }
            return number.map { .outputLeaves(port: $0) } ?? .constant(true)
        case .everyOtherPort where role == .input: return .leavesEveryOtherPort(environment.ports.map(\.number))
        case .atMostOnce where role == .input: return .leavesOnce(isExact: false)
        case .once where role == .input: return .leavesOnce(isExact: true)
        case .everyOtherPort, .atMostOnce, .once:
            if scope.position == .unproved { return .constant(true) }
            throw Mistake(diagnostic: .countsOutputs(packet.span))
        }
    }
}

// MARK: - Messages

extension Diagnostic {
    fileprivate static func notAFormula(_ span: SourceSpan, found: String) -> Diagnostic {
        Diagnostic("expected a formula, found \(found)", at: span, hints: ["compare it with something"])
    }
    fileprivate static func notAChecksum(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "'is right' is said of a checksum", at: span,
            hints: [
                "there is: ipv4.header_checksum, tcp.checksum, udp.checksum, icmp.checksum, l4.checksum",
                "as in 'p.ipv4.header_checksum is right'",
            ])
    }
    fileprivate static func outputDropped(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "a packet that leaves is not dropped", at: span, hints: ["'is dropped' is said of the packet that enters"])
    }
    fileprivate static func isPast(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "this is a packet of another step: what becomes of it cannot be said here", at: span,
            hints: ["it can be said in that step's 'when' and 'where'"])
    }
    fileprivate static func comparesPast(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "whole packets of different steps cannot be compared", at: span, hints: ["compare their fields"])
    }
    fileprivate static func countsOutputs(_ span: SourceSpan) -> Diagnostic {
        Diagnostic("this is said of the packet that enters, of all that leaves because of it", at: span)
    }
    fileprivate static func incomparable(
        _ a: String, _ b: String, _ operation: ComparisonOperator, at span: SourceSpan
    ) -> Diagnostic {
        Diagnostic("'\(operation.rawValue)' does not compare \(a) with \(b)", at: span)
    }
    fileprivate static func denied(_ what: String, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "\(what) cannot be denied", at: span,
            hints: ["it may not stand behind 'not', before 'implies' or beside '=='"])
    }
    fileprivate static func outsideConclusion(_ what: String, at span: SourceSpan) -> Diagnostic {
        Diagnostic("\(what) can be claimed behind 'then' only", at: span)
    }
    fileprivate static func quantifierNotAtFront(_ span: SourceSpan) -> Diagnostic {
        Diagnostic("in an invariant, 'for' stands at the front", at: span)
    }
    fileprivate static func variableNamedTwice(_ name: Name) -> Diagnostic {
        Diagnostic("two variables have the name '\(name.text)'", at: name.span)
    }
    fileprivate static func mapHas(_ word: Name, _ map: String) -> Diagnostic {
        Diagnostic(
            "of a map it can be said that it 'has room', found '\(word.text)'", at: word.span,
            hints: ["write '\(map) has room', or 'KEY in \(map)'"])
    }
    fileprivate static func poolHas(_ word: Name, _ pool: String) -> Diagnostic {
        Diagnostic(
            "of a pool it can be said that it 'has a free index from … to …', found '\(word.text)'", at: word.span,
            hints: ["pools hand out indices of a range, as in '\(pool) has a free index from 1 to 9'"])
    }
    fileprivate static func notAPool(_ span: SourceSpan) -> Diagnostic {
        Diagnostic("expected a pool before 'has a free index'", at: span, hints: ["of a map, say 'has room'"])
    }
    fileprivate static func countsInInvariant(_ what: String, at span: SourceSpan) -> Diagnostic {
        Diagnostic("\(what) has a meaning in a step only", at: span, hints: ["say it in a 'where' or a 'then'"])
    }
    fileprivate static func notACollection(_ span: SourceSpan, found: String) -> Diagnostic {
        Diagnostic("expected a map, a pool or an array behind 'in', found \(found)", at: span)
    }
    fileprivate static func notAnArray(_ span: SourceSpan, found: String) -> Diagnostic {
        Diagnostic(
            "expected an array behind 'in', found \(found)", at: span,
            hints: ["only arrays have an order, and so a first one"])
    }
    fileprivate static func tooManyElements(_ span: SourceSpan, count: Int, most: Int) -> Diagnostic {
        Diagnostic(
            "the array has \(count) elements, and 'for' goes through \(most) at most", at: span,
            hints: ["each variable goes through all of them"])
    }
    fileprivate static func rangeTooLong(_ span: SourceSpan, most: Int) -> Diagnostic {
        Diagnostic(
            "the range is too long: 'for' goes through \(most) numbers at most", at: span,
            hints: ["each variable goes through all of them"])
    }
    fileprivate static func notConstant(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "a range goes from one number that is known beforehand to another", at: span,
            hints: ["as in 'for first n from 32 to 0 where …'"])
    }
    fileprivate static func notAPacket(_ span: SourceSpan, _ word: String, found: String) -> Diagnostic {
        Diagnostic("expected a packet before '\(word)', found \(found)", at: span)
    }
}
