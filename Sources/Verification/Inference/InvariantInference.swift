import Logic
import OrderedCollections
import SpecLanguage
import SymbolicExecution

/// Guesses what holds of every reachable state from what the code does to it (design section 7).
///
/// Tables that a path writes together belong together: the key of one is told by an entry of the other, and so is its value, and when it
/// expires. What a path looks up in one table before it writes to another stays there as long. What is put into an index pool is an index
/// that some entry stands for. What a path has decided about a number before it stores it holds of the numbers that are stored.
///
/// All guesses are written in the specification language, and proved like invariants of the spec before they are used.
struct InvariantInference {
    let model: StateModel
    let environment: SpecEnvironment
    /// What packets do to the objects of one element.
    let groups: [PathGroup]

    /// Most guesses for the objects of one element.
    private static let limit = 160
    /// Most values that a field is listed with.
    private static let valueLimit = 8

    private var variable: String { environment.freshVariable(like: "e") }

    /// What may hold, strongest first, each once.
    func candidates() -> [InvariantCandidate] {
        var guesses = Guesses(environment: environment)
        for group in groups {
            let writes = Writes(of: group.state, before: .symbolic(model), model)
            for (name, entries) in writes.entries {
                guard let map = model.maps[name] else { continue }
                for entry in entries {
                    let words = EntryWords(
                        map: map, key: entry.key, value: entry.value, variable: variable,
                        configuration: model.configuration)
                    link(entry, words, writes, group, &guesses)
                    if entry.hasNewValue { compare(words, group, &guesses) }
                    age(entry, words, &guesses)
                }
            }
        }
        for map in model.maps.values { listValues(of: map, &guesses) }
        scalars(&guesses)
        return Array(guesses.all.prefix(Self.limit))
    }

    // MARK: Several objects

    /// What the entry has to do with other objects on the path.
    private func link(
        _ entry: Writes.Entry, _ words: EntryWords, _ writes: Writes, _ group: PathGroup, _ guesses: inout Guesses
    ) {
        let name = words.map.name
        let ownExpiry = "expiry(\(name), \(variable))"
        func claim(_ formula: String) -> String { "for \(variable) in \(name): \(formula)" }
        /// What expires with the entry, later or earlier.
        func expiries(_ other: String, areEqual: Bool) {
            let weaker = ["<=", ">="].compactMap { guesses.candidate(claim("\(ownExpiry) \($0) \(other)")) }
            if areEqual {
                guesses.add(claim("\(ownExpiry) == \(other)"), weaker: weaker)
            } else {
                for candidate in weaker { guesses.add(candidate) }
            }
        }
        // Other tables: written here as well, or looked up.
        for (otherName, others) in writes.entries where otherName != name {
            guard let other = model.maps[otherName] else { continue }
            for second in others {
                guard let key = words.tuple(second.key, other.key), words.speaksOfEntry(key) else { continue }
                let isThere = claim("\(key) in \(otherName)")
                if second.hasNewValue, entry.hasNewValue, let value = words.tuple(second.value, other.value) {
                    guesses.add(
                        "\(isThere) and \(otherName)[\(key)] == \(value)",
                        weaker: [guesses.candidate(isThere)].compactMap { $0 })
                } else {
                    guesses.add(isThere)
                }
                if second.deadline != nil, entry.deadline != nil {
                    expiries("expiry(\(otherName), \(key))", areEqual: second.deadline == entry.deadline)
                }
            }
        }
        if entry.hasNewValue {
            for (otherName, keys) in lookups(group.conditions) {
                guard let other = model.maps[otherName] else { continue }
                for term in keys {
                    guard let key = words.tuple(term, other.key), words.speaksOfEntry(key) else { continue }
                    if otherName == name, key == variable { continue }
                    guesses.add(claim("\(key) in \(otherName)"))
                    if otherName != name {
                        guesses.add(claim("\(ownExpiry) <= expiry(\(otherName), \(key))"))
                    }
                }
            }
        }
        for (pool, indices) in writes.indices {
            for index in indices {
                guard let number = words.number(index.index), words.speaksOfEntry(number) else { continue }
                guesses.add(claim("\(number) in \(pool)"))
                if entry.deadline != nil {
                    expiries("expiry(\(pool), \(number))", areEqual: index.deadline == entry.deadline)
                }
            }
        }
    }

    /// How long the entry lives from a time on that is kept in it.
    private func age(_ entry: Writes.Entry, _ words: EntryWords, _ guesses: inout Guesses) {
        guard let deadline = entry.deadline else { return }
        for field in words.fields where field.leaf.isNanoseconds {
            let life = deadline - .unsignedInteger(field.term)
            guard life.operation == .integerMultiply, life.arguments[0].integerValue == 1_000_000_000,
                let text = words.number(life.arguments[1])
            else { continue }
            func claim(_ comparison: String) -> String {
                "for \(variable) in \(words.map.name): expiry(\(words.map.name), \(variable)) \(comparison) \(field.text) + \(text)"
            }
            guesses.add(claim("=="), weaker: [">=", "<="].compactMap { guesses.candidate(claim($0)) })
        }
    }

    /// The keys at which conditions ask when entries expire, which is how a lookup reads.
    private func lookups(_ conditions: [Term]) -> OrderedDictionary<String, OrderedSet<Term>> {
        var result: OrderedDictionary<String, OrderedSet<Term>> = [:]
        Term.forEachSubterm(of: conditions) { term in
            guard term.operation == .select, let array = term.arguments[0].variableName,
                array.hasSuffix(":deadline"), let object = StateTerms.indexedObject(ofVariable: array)
            else { return }
            if model.maps[object] != nil { result[object, default: []].append(term.arguments[1]) }
        }
        return result
    }

    // MARK: One entry

    /// How the numbers in a new entry compare with each other, with the configuration, and with now.
    private func compare(_ words: EntryWords, _ group: PathGroup, _ guesses: inout Guesses) {
        let name = words.map.name
        func claim(_ formula: String) -> String { "for \(variable) in \(name): \(formula)" }
        let fields = words.fields
        for (number, field) in fields.enumerated() {
            let values = values(of: field.term, group.conditions)
            guesses.note(values, of: field.text, in: name)
            // Which of two fields is like the other does not matter.
            for other in fields[(number + 1)...]
            where other.term == field.term && !field.term.isConstant && other.leaf.size == field.leaf.size {
                guesses.add(claim("\(other.text) == \(field.text)"))
            }
            if field.leaf.isNanoseconds { guesses.add(claim("\(field.text) <= now")) }
            if values?.count == 1 { continue }
            // As few bits as it was made of.
            let bits = field.term.withoutExtension
            if case .bitVector(let width) = bits.sort, width < 8 * field.leaf.size, width < 64 {
                guesses.add(claim("\(field.text) <= \((UInt64(1) << UInt64(width)) - 1)"))
            }
            // Something, where the way was chosen for it.
            if group.conditions.contains(where: { $0.denies(field.term) }) { guesses.add(claim("\(field.text) != 0")) }
            for (text, isSame) in bounds(of: field.term, group.conditions) {
                let weaker = [">=", "<="].compactMap { guesses.candidate(claim("\(field.text) \($0) \(text)")) }
                if isSame {
                    guesses.add(claim("\(field.text) == \(text)"), weaker: weaker)
                } else {
                    for candidate in weaker { guesses.add(candidate) }
                }
            }
        }
    }

    /// The few numbers that a term can be: a constant, or the number of a port.
    private func values(of term: Term, _ conditions: [Term]) -> Set<UInt128>? {
        if let value = constant(term, conditions) { return [value] }
        return term.withoutExtension.isPort ? Set(model.ports.map { UInt128($0.number) }) : nil
    }

    /// The number that a term is known to be.
    private func constant(_ term: Term, _ conditions: [Term]) -> UInt128? {
        if let value = term.bitVectorValue { return value }
        var known: [Term: Term] = [:]
        for condition in conditions where condition.operation == .equal {
            let (a, b) = (condition.arguments[0], condition.arguments[1])
            if b.bitVectorValue != nil { known[a] = b } else if a.bitVectorValue != nil { known[b] = a }
        }
        if known.isEmpty { return nil }
        var substitution = Substitution(known)
        return substitution.apply(term).bitVectorValue
    }

    /// Fields of the configuration, and numbers, that a stored number was compared with or made of.
    private func bounds(of term: Term, _ conditions: [Term]) -> OrderedDictionary<String, Bool> {
        var result: OrderedDictionary<String, Bool> = [:]
        guard !term.isConstant else { return result }
        func take(_ other: Term) {
            for (text, isSame) in configurationFields(in: other) where result[text] != true {
                result[text] = isSame && other == term
            }
        }
        take(term)
        var parts: Set<Term> = []
        term.forEachSubterm { if !$0.isConstant, $0.sort != .boolean { parts.insert($0.withoutExtension) } }
        for condition in conditions {
            guard condition.isOrder else { continue }
            guard condition.arguments.contains(where: { parts.contains($0.withoutExtension) }) else { continue }
            for side in condition.arguments where !parts.contains(side.withoutExtension) {
                if side.bitVectorValue != nil {
                    guard condition.arguments.contains(where: { $0.withoutExtension == term.withoutExtension })
                    else { continue }
                    for value in condition.limits where result["\(value)"] == nil { result["\(value)"] = false }
                } else {
                    take(side)
                }
            }
        }
        return result
    }

    /// The configuration's fields in a term, each with whether it is all of it.
    private func configurationFields(in term: Term) -> [(text: String, isAll: Bool)] {
        guard let configuration = model.configuration else { return [] }
        let variables = Set(term.freeVariables)
        return configuration.record.leaves.filter { variables.contains(configuration.variable($0)) }.map { leaf in
            (
                "\(configuration.name).\(leaf.name)",
                term == configuration.variable(leaf) || term == configuration.bits(leaf)
            )
        }
    }

    /// Fields that are one of a few numbers in every entry that was seen to be made.
    private func listValues(of map: StateModel.Map, _ guesses: inout Guesses) {
        for (field, values) in guesses.values(in: map.name)
        where (1...max(Self.valueLimit, model.ports.count)).contains(values.count) {
            guesses.add("for \(variable) in \(map.name): \(Self.isOne(field, of: values.sorted()))")
        }
    }

    /// Of three or more numbers without a gap, bounds say the same, and solvers need not try one after the other.
    private static func isOne(_ field: String, of values: [UInt128]) -> String {
        guard let first = values.first, let last = values.last, values.count > 2,
            last - first == UInt128(values.count - 1)
        else { return values.map { "\(field) == \($0)" }.joined(separator: " or ") }
        return (first == 0 ? "" : "\(field) >= \(first) and ") + "\(field) <= \(last)"
    }

    // MARK: Scalars

    /// Numbers at file scope, and those in arrays there: bounds that the code compares them with, and times that are not in the future.
    private func scalars(_ guesses: inout Guesses) {
        let before = StateTerms.symbolic(model)
        for plain in model.plain.values where !plain.isConstant && !plain.name.contains(".") {
            guard let bytes = before.plain[plain.name], groups.contains(where: { $0.state.plain[plain.name] != bytes })
            else { continue }
            if case .array(let element, _) = PlainObject(type: plain.type).specType {
                for (text, type, _) in Self.scalars(of: element, "\(plain.name)[\(variable)]") {
                    // Whatever element the code looks at, and whichever number in it.
                    guessBounds(text, type, &guesses, all: "for \(variable) in \(plain.name): ") { term in
                        term.operation == .select && term.arguments[0] == bytes
                    }
                }
            }
            for (text, type, path) in Self.scalars(of: PlainObject(type: plain.type).specType, plain.name) {
                let scalar = PlainObject(type: plain.type).scalar(at: path) { .select(bytes, $0) }
                guessBounds(text, type, &guesses) { $0 == scalar }
            }
        }
    }

    /// Guesses what bounds a number that conditions speak of.
    private func guessBounds(
        _ text: String, _ type: SpecType, _ guesses: inout Guesses, all quantifier: String = "",
        is isNumber: (Term) -> Bool
    ) {
        if case .nanoseconds = type { guesses.add("\(quantifier)\(text) <= now") }
        for condition in groups.flatMap(\.conditions) where condition.isOrder || condition.operation == .equal {
            guard condition.arguments.contains(where: { $0.contains(where: isNumber) }) else { continue }
            for value in condition.limits { guesses.add("\(quantifier)\(text) <= \(value)") }
            for side in condition.arguments where side.bitVectorValue == nil {
                for field in configurationFields(in: side) { guesses.add("\(quantifier)\(text) <= \(field.text)") }
            }
        }
    }

    /// The scalars in an object that no index leads to.
    private static func scalars(
        of type: SpecType, _ text: String, path: [PathComponent] = []
    ) -> [(text: String, type: SpecType, path: [PathComponent])] {
        switch type {
        case .bits, .integer, .seconds, .nanoseconds: [(text, type, path)]
        case .structure(let structure):
            structure.fields.flatMap { field in
                scalars(of: field.type, "\(text).\(field.name)", path: path + [.field(field.name)])
            }
        case .boolean, .array, .opaque: []
        }
    }
}

/// Guesses in order, each once.
private struct Guesses {
    let environment: SpecEnvironment
    private(set) var all: [InvariantCandidate] = []
    private var known: Set<String> = []
    /// By map and field: the numbers it was seen to have, nil once it had others.
    private var seen: OrderedDictionary<String, OrderedDictionary<String, Set<UInt128>?>> = [:]

    init(environment: SpecEnvironment) { self.environment = environment }

    func candidate(_ text: String) -> InvariantCandidate? {
        environment.invariant(text, name: "inferred").map { InvariantCandidate(text: text, property: $0, weaker: []) }
    }

    mutating func add(_ text: String, weaker: [InvariantCandidate] = []) {
        guard !known.contains(text) else { return }
        // What it does not fit to is no guess.
        guard let property = environment.invariant(text, name: "inferred") else { return }
        add(InvariantCandidate(text: text, property: property, weaker: weaker))
    }

    mutating func add(_ candidate: InvariantCandidate) {
        if known.insert(candidate.text).inserted { all.append(candidate) }
    }

    /// Notes what is stored; nil: it may be anything.
    mutating func note(_ stored: Set<UInt128>?, of field: String, in map: String) {
        switch (seen[map]?[field], stored) {
        case (nil, _), (_, nil): seen[map, default: [:]].updateValue(stored, forKey: field)
        case (let before?, let stored?):
            if let before { seen[map, default: [:]].updateValue(before.union(stored), forKey: field) }
        }
    }

    func values(in map: String) -> [(field: String, values: Set<UInt128>)] {
        (seen[map] ?? [:]).compactMap { field, values in values.map { (field, $0) } }
    }
}

extension Term {
    fileprivate var isOrder: Bool {
        switch operation {
        case .unsignedLess, .unsignedLessOrEqual, .integerLess, .integerLessOrEqual: true
        default: false
        }
    }

    /// The number of fewer bits that the term is.
    fileprivate var withoutExtension: Term {
        switch operation {
        case .zeroExtend, .unsignedInteger: arguments[0].withoutExtension
        case .concatenate where arguments[0].bitVectorValue == 0: arguments[1].withoutExtension
        default: self
        }
    }

    /// Whether it is where the packet came in, if in fewer bits.
    fileprivate var isPort: Bool {
        if case .extract(_, low: 0) = operation { return arguments[0] == InputVariables.port }
        return self == InputVariables.port
    }

    /// Whether it seems to say that a number is not 0: one of the same bytes, in whatever order, is not.
    fileprivate func denies(_ number: Term) -> Bool {
        guard operation == .not else { return false }
        // A number of several bytes is 0 where each of them is.
        let equalities = arguments[0].operation == .and ? arguments[0].arguments : [arguments[0]]
        var zeros: [Term] = []
        for equality in equalities {
            guard equality.operation == .equal,
                let zero = equality.arguments.firstIndex(where: { $0.bitVectorValue == 0 })
            else { return false }
            zeros += equality.arguments[1 - zero].bytes
        }
        return !zeros.isEmpty && Set(zeros) == Set(number.bytes)
    }

    /// The parts that it is put together from.
    private var bytes: [Term] {
        switch operation {
        case .concatenate: arguments.flatMap(\.bytes)
        case .zeroExtend: arguments[0].bytes
        default: isConstant ? [] : [self]
        }
    }

    fileprivate func contains(where isMeant: (Term) -> Bool) -> Bool {
        var found = false
        forEachSubterm { if !found, isMeant($0) { found = true } }
        return found
    }

    /// The constants of a comparison, and those next to them that it comes to: what is less than 16 is at most 15.
    fileprivate var limits: [UInt128] {
        let constants = arguments.map(\.bitVectorValue)
        guard operation == .unsignedLess else { return constants.compactMap(\.self) }
        if let value = constants[1] { return value == 0 ? [0] : [value - 1, value] }
        return constants[0].map { $0 == .max ? [$0] : [$0, $0 + 1] } ?? []
    }
}
