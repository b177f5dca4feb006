import Logic
import PacketFormat

/// A number as terms. Arithmetic on bit-vectors gets wider instead of wrapping around, and what is subtracted is kept apart, so that a
/// comparison adds it to the other side.
enum LoweredNumber {
    /// positive - negative, both unsigned; nil stands for 0.
    case bits(Term, minus: Term?)
    case integer(Term)

    var integer: Term {
        switch self {
        case .integer(let term): term
        case .bits(let positive, nil): .unsignedInteger(positive)
        case .bits(let positive, let negative?): .unsignedInteger(positive) - .unsignedInteger(negative)
        }
    }
}

extension Lowering {
    // MARK: Numbers

    /// - Parameter conditions: what must be the case for the value to be there is added.
    func number(_ number: CheckedNumber, _ conditions: inout [Term]) -> LoweredNumber {
        switch number.node {
        case .literal(let value):
            return .bits(.bitVector(value, width: max(1, 128 - value.leadingZeroBitCount)), minus: nil)
        case .field(.remembered(let number), let reference):
            conditions.append(remembered.presence(of: reference.name, number))
            return .bits(remembered.field(reference, number), minus: nil)
        case .length(.remembered(let number)): return .bits(remembered.length(number), minus: nil)
        case .rememberedTime: return .integer(remembered.time)
        case .elapsed: preconditionFailure("the bound of a rate is told by its parts")
        case .field(let role, let reference):
            conditions.append(packet(role).presence(of: reference))
            return .bits(packet(role).field(reference), minus: nil)
        case .length(let role): return .bits(packet(role).length, minus: nil)
        case .port(let role): return .bits(port(of: role), minus: nil)
        case .now: return .integer(context.now)
        case .content(let content):
            let term = scalar(content, &conditions)
            if term.sort == .integer { return .integer(term) }
            if case .integer = number.type { return .integer(.unsignedInteger(term)) }
            return .bits(term, minus: nil)
        case .entryExpiry(let map, let key, let moment):
            return .integer(state(moment).expiry(map: map.name, key: self.key(key, of: map, &conditions)))
        case .indexExpiry(let pool, let index, let moment):
            return .integer(state(moment).expiry(pool: pool, index: bits(index, width: 32, &conditions)))
        case .arithmetic(let operation, let a, let b):
            let (x, y) = (self.number(a, &conditions), self.number(b, &conditions))
            if operation == .prefix { return prefix(of: x, length: y, number.type, &conditions) }
            return calculate(operation, x, a.type.unit, y, b.type.unit)
        }
    }

    private func calculate(
        _ operation: ArithmeticOperator, _ a: LoweredNumber, _ aUnit: TimeUnit, _ b: LoweredNumber, _ bUnit: TimeUnit
    ) -> LoweredNumber {
        guard case .bits(let p, let n) = a, case .bits(let q, let m) = b else {
            switch operation {
            case .multiply: return .integer(.product(a.integer, b.integer))
            case .bitwiseAnd, .prefix: preconditionFailure("the checker admits no times beside '\(operation.rawValue)'")
            case .add, .subtract:
                let (x, y) = inOneUnit(a.integer, aUnit, b.integer, bUnit)
                return .integer(operation == .add ? x + y : x - y)
            }
        }
        switch operation {
        case .add: return .bits(Exact.sum(p, q), minus: Exact.sum(n, m))
        case .subtract: return .bits(Exact.sum(p, m), minus: Exact.sum(n, q))
        case .multiply:
            return .bits(
                Exact.sum(Exact.product(p, q), Exact.product(n, m)),
                minus: Exact.sum(Exact.product(p, m), Exact.product(n, q)))
        case .bitwiseAnd: return .bits(Exact.bitAnd(p, q), minus: nil)
        case .prefix: preconditionFailure("prefixes are told apart before")
        }
    }

    /// The first bits of an address, those behind them zero. That it has as many is added to the conditions.
    private func prefix(
        of address: LoweredNumber, length: LoweredNumber, _ type: NumberType, _ conditions: inout [Term]
    ) -> LoweredNumber {
        guard case .bits(let bits, nil) = address, case .bits(let count, nil) = length,
            case .bits(let width, _) = type
        else { preconditionFailure("the checker admits addresses and lengths alone beside '/'") }
        let most = Term.bitVector(width, width: max(count.width, 8))
        let length = Term.zeroExtend(count, by: most.width - count.width)
        conditions.append(.unsignedLessOrEqual(length, most))
        // Numbers that are written down are no wider than they have to be.
        let whole = narrow(bits, to: width, &conditions)
        let behind = Term.subtract(most, length)
        let ones = Term.bitVector(UInt128.max >> UInt128(128 - width), width: width)
        let amount =
            behind.width > width
            ? Term.extract(behind, high: width - 1, low: 0) : Term.zeroExtend(behind, by: width - behind.width)
        return .bits(.bitAnd(whole, .shift(.shiftLeft, ones, by: amount)), minus: nil)
    }

    private func inOneUnit(_ a: Term, _ aUnit: TimeUnit, _ b: Term, _ bUnit: TimeUnit) -> (Term, Term) {
        let scale = Term.integer(NumberType.nanosecondsPerSecond)
        switch (aUnit, bUnit) {
        case (.seconds, .nanoseconds): return (.product(scale, a), b)
        case (.nanoseconds, .seconds): return (a, .product(scale, b))
        case (.none, _), (_, .none), (.seconds, .seconds), (.nanoseconds, .nanoseconds): return (a, b)
        }
    }

    func compare(
        _ operation: ComparisonOperator, _ a: LoweredNumber, _ aUnit: TimeUnit, _ b: LoweredNumber, _ bUnit: TimeUnit
    ) -> Term {
        guard case .bits(let p, let n) = a, case .bits(let q, let m) = b else {
            let (x, y) = inOneUnit(a.integer, aUnit, b.integer, bUnit)
            switch operation {
            case .equal: return .equal(x, y)
            case .notEqual: return .notEqual(x, y)
            case .less: return .less(x, y)
            case .lessOrEqual: return .lessOrEqual(x, y)
            case .greater: return .less(y, x)
            case .greaterOrEqual: return .lessOrEqual(y, x)
            }
        }
        let (x, y) = Exact.extended(Exact.sum(p, m), Exact.sum(q, n))
        switch operation {
        case .equal: return .equal(x, y)
        case .notEqual: return .notEqual(x, y)
        case .less: return .unsignedLess(x, y)
        case .lessOrEqual: return .unsignedLessOrEqual(x, y)
        case .greater: return .unsignedLess(y, x)
        case .greaterOrEqual: return .unsignedLessOrEqual(y, x)
        }
    }

    /// The number in so many bits; that it fits is added to the conditions.
    func bits(_ number: CheckedNumber, width: Int, _ conditions: inout [Term]) -> Term {
        switch self.number(number, &conditions) {
        case .integer(let term):
            conditions.append(.lessOrEqual(.integer(0), term))
            // 2^62 and above need no check: nothing that specs calculate with times gets there.
            if width < 62 { conditions.append(.less(term, .integer(1 << width))) }
            return .bitVector(ofInteger: term, width: width)
        case .bits(let positive, nil): return narrow(positive, to: width, &conditions)
        case .bits(let positive, let negative?):
            let (x, y) = Exact.extended(positive, negative)
            conditions.append(.unsignedLessOrEqual(y, x))
            return narrow(.subtract(x, y), to: width, &conditions)
        }
    }

    private func narrow(_ term: Term, to width: Int, _ conditions: inout [Term]) -> Term {
        guard term.width > width else { return .zeroExtend(term, by: width - term.width) }
        let high = Term.extract(term, high: term.width - 1, low: width)
        conditions.append(.equal(high, .bitVector(0, width: high.width)))
        return .extract(term, high: width - 1, low: 0)
    }

    // MARK: Content of the C code's data

    private func term(_ content: CheckedContent, _ conditions: inout [Term]) -> Term {
        switch content {
        case .variable(let index): return binding(index)
        case .lookup(let map, let key, let moment):
            return state(moment).value(map: map.name, key: self.key(key, of: map, &conditions))
        case .field(let base, let index):
            let whole = term(base, &conditions)
            // A struct of one field may be modelled as the field alone.
            guard case .tuple = whole.sort else { return whole }
            return .field(index, of: whole)
        case .configuration(let path): return context.configuration(lower(path, &conditions))
        case .argument(.remembered, let field, let type): return remembered.argument(field, type)
        case .argument(_, let field, _):
            guard let operation = context.operation else {
                preconditionFailure("only what speaks of an operation is lowered for one")
            }
            return operation.argument(field)
        case .object(let name, let path, let moment):
            return state(moment).variable(name, path: lower(path, &conditions))
        }
    }

    private func lower(_ path: [CheckedPathComponent], _ conditions: inout [Term]) -> [PathComponent] {
        path.map { component in
            switch component {
            case .field(let name): return .field(name)
            case .index(let number, let count):
                let index = bits(number, width: 32, &conditions)
                conditions.append(.unsignedLess(index, .bitVector(count, width: 32)))
                return .index(index)
            }
        }
    }

    /// A scalar may be modelled as a tuple of one field.
    private func scalar(_ content: CheckedContent, _ conditions: inout [Term]) -> Term {
        let term = term(content, &conditions)
        if case .tuple = term.sort { return .field(0, of: term) }
        return term
    }

    func truth(_ content: CheckedContent, _ conditions: inout [Term]) -> Term {
        let term = scalar(content, &conditions)
        switch term.sort {
        case .bitVector(let width): return .notEqual(term, .bitVector(0, width: width))
        case .integer: return .notEqual(term, .integer(0))
        case .boolean, .array, .tuple: return term
        }
    }

    // MARK: Structs and tuples

    func equal(_ a: CheckedValue, _ b: CheckedValue, _ conditions: inout [Term]) -> Term {
        // Two structs of one sort are compared whole, which the solver likes best.
        if case .structure(let x, _) = a, case .structure(let y, _) = b,
            let first = tuple(x, &conditions), let second = tuple(y, &conditions), first.sort == second.sort
        {
            return .equal(first, second)
        }
        if let x = a.parts, let y = b.parts {
            return .and(zip(x, y).map { equal($0, $1, &conditions) })
        }
        switch (a, b) {
        case (.number(let x), .number(let y)):
            return compare(.equal, number(x, &conditions), x.type.unit, number(y, &conditions), y.type.unit)
        default: return .equal(truth(a, &conditions), truth(b, &conditions))
        }
    }

    /// The struct as one term; nil where it is not kept as one.
    private func tuple(_ content: CheckedContent, _ conditions: inout [Term]) -> Term? {
        switch content {
        case .variable, .lookup, .field: term(content, &conditions)
        case .configuration, .argument, .object: nil
        }
    }

    private func truth(_ value: CheckedValue, _ conditions: inout [Term]) -> Term {
        switch value {
        case .truth(let content): truth(content, &conditions)
        case .formula(let formula): self.formula(formula)
        case .number, .tuple, .structure, .array, .opaque, .configuration, .packet, .operation, .header, .payload,
            .map, .pool:
            preconditionFailure("the checker lets no \(value.description) be compared as a truth value")
        }
    }

    /// A value as a key of a map: every part in the width of the key's field.
    func key(_ value: CheckedValue, of map: SpecEnvironment.Map, _ conditions: inout [Term]) -> Term {
        converted(value, to: map.keySort, &conditions)
    }

    private func converted(_ value: CheckedValue, to sort: Sort, _ conditions: inout [Term]) -> Term {
        if case .structure(let content, _) = value, let term = tuple(content, &conditions), term.sort == sort {
            return term
        }
        switch sort {
        case .tuple(let tuple):
            let parts = value.parts ?? [value]
            return .tuple(
                zip(tuple.fields, parts).map { field, part in converted(part, to: field.sort, &conditions) }, sort: sort
            )
        case .bitVector(let width):
            switch value {
            case .number(let number): return bits(number, width: width, &conditions)
            case .truth, .formula:
                return .ifThenElse(truth(value, &conditions), .bitVector(1, width: width), .bitVector(0, width: width))
            case .structure, .tuple:
                // A struct of one field that is modelled as the field alone.
                if let parts = value.parts, parts.count == 1 { return converted(parts[0], to: sort, &conditions) }
            case .array, .opaque, .configuration, .packet, .operation, .header, .payload, .map, .pool: break
            }
        case .integer:
            if case .number(let number) = value { return self.number(number, &conditions).integer }
        case .boolean: return truth(value, &conditions)
        case .array: break
        }
        preconditionFailure("the checker lets no \(value.description) be a key of sort \(sort)")
    }
}

/// Unsigned arithmetic that does not wrap around. Nil stands for 0.
enum Exact {
    static func extended(_ a: Term, _ b: Term) -> (Term, Term) {
        let width = max(a.width, b.width)
        return (.zeroExtend(a, by: width - a.width), .zeroExtend(b, by: width - b.width))
    }

    static func sum(_ a: Term?, _ b: Term?) -> Term? {
        guard let a else { return b }
        return b.map { sum(a, $0) } ?? a
    }

    static func sum(_ a: Term, _ b: Term?) -> Term {
        guard let b else { return a }
        // Bits that do not overlap are joined as C's shift-and-or joins them: protocol * 65536 + port.
        if let joined = joined(a, b) ?? joined(b, a) { return joined }
        let width = max(a.width, b.width) + 1
        return .add(.zeroExtend(a, by: width - a.width), .zeroExtend(b, by: width - b.width))
    }

    static func product(_ a: Term?, _ b: Term?) -> Term? {
        guard let a, let b else { return nil }
        return product(a, b)
    }

    static func product(_ a: Term, _ b: Term) -> Term {
        let width = a.width + b.width
        return .multiply(.zeroExtend(a, by: width - a.width), .zeroExtend(b, by: width - b.width))
    }

    /// As wide as the narrower one: the other's further bits do not matter.
    static func bitAnd(_ a: Term, _ b: Term) -> Term {
        let width = min(a.width, b.width)
        return .bitAnd(.extract(a, high: width - 1, low: 0), .extract(b, high: width - 1, low: 0))
    }

    /// `high` with zeros in its low bits, and something that fits there.
    private static func joined(_ high: Term, _ low: Term) -> Term? {
        if high.isConstant || low.isConstant { return nil }
        if case .zeroExtend(let count) = high.operation {
            return joined(high.arguments[0], low).map { .zeroExtend($0, by: count) }
        }
        var significant = low
        while case .zeroExtend = significant.operation { significant = significant.arguments[0] }
        guard high.operation == .concatenate, high.arguments[1].bitVectorValue == 0,
            significant.width <= high.arguments[1].width
        else { return nil }
        let room = high.arguments[1].width
        return .concatenate(high.arguments[0], .zeroExtend(significant, by: room - significant.width))
    }
}
