import Logic
import PacketFormat
import SpecLanguage
import SymbolicExecution

/// The variables of the second of two runs: those of the first with a mark behind their names. The configuration is that of both.
struct SecondRun {
    private static let mark = "@second"
    private let shared: Set<Term>

    init(_ model: StateModel) {
        shared = Set(model.configuration.map { known in known.record.leaves.map { known.variable($0) } } ?? [])
    }

    /// The second run's variable; the same for those of both.
    func marked(_ variable: Term) -> Term {
        guard let name = variable.variableName, !shared.contains(variable) else { return variable }
        return .variable(name + Self.mark, variable.sort)
    }

    /// The first run's variable that a variable of the second run is the counterpart of; nil for others.
    func unmarked(_ variable: Term) -> Term? {
        guard let name = variable.variableName, name.hasSuffix(Self.mark) else { return nil }
        return .variable(String(name.dropLast(Self.mark.count)), variable.sort)
    }

    /// Marks all variables in the terms.
    func renaming(_ terms: [Term]) -> Substitution {
        var replacements: [Term: Term] = [:]
        Term.forEachSubterm(of: terms) { term in
            if term.variableName != nil { replacements[term] = marked(term) }
        }
        return Substitution(replacements)
    }
}

extension ProgramPath {
    /// All terms that it is written in.
    var terms: [Term] {
        knowledge.conditions + knowledge.arithmetic.flatMap { [$0.formula, $0.representative] }
            + knowledge.exact.flatMap(\.terms) + outputs.flatMap(\.terms) + state.terms
    }

    /// The path in other variables.
    func mapTerms(_ transform: (Term) -> Term) -> ProgramPath {
        ProgramPath(
            passages: passages,
            knowledge: Knowledge(
                conditions: knowledge.conditions.map(transform),
                arithmetic: knowledge.arithmetic.map { $0.mapTerms(transform) },
                exact: knowledge.exact.map { $0.mapTerms(transform) }),
            end: end,
            outputs: outputs.map { $0.mapTerms(transform) }, isDropped: isDropped, state: state.mapTerms(transform),
            conditionsAtLastStateChange: conditionsAtLastStateChange, trace: trace, operation: operation)
    }
}

/// What the second of two runs begins with, in the variables of the first and, where it may differ, some of its own.
struct RunRelation {
    /// The packet that enters, but for its payload where that may differ.
    let bytes: Term
    /// Where the second run's own bytes begin, and what they are; nil where the payload is the same.
    let payload: (bytes: Term, start: Term)?
    let length: Term
    let port: Term
    let now: Term
    /// How far each object is the first run's: for those that may differ at all.
    let agreements: [Agreement]

    /// An entry of a map, or an index of a pool, that is the same in both runs: there is none in either, or it is the same.
    struct Agreement {
        let object: String
        let key: Term
        /// Whether the key is there at all.
        let condition: Term
    }

    /// - Parameters:
    ///   - first: the first run, as far as it is known.
    ///   - facts: hold of it.
    init(_ differences: Differences, first: LoweringContext, facts: KnownFacts, second: SecondRun) {
        let own = second.marked(InputVariables.bytes)
        let input = SymbolicPacket(bytes: InputVariables.bytes, length: InputVariables.length, facts: facts)
        // What is written at the places of the fields that differ, over the first run's bytes and over the second's.
        var headers = InputVariables.bytes
        var bytes = differences.payload ? own : InputVariables.bytes
        for field in differences.fields {
            for (number, range) in input.byteRanges(of: field).enumerated() {
                let presence = facts.simplify(range.presence)
                if presence.isFalse { continue }
                for (offset, mask) in range.masks.enumerated() {
                    let place = range.start + .bitVector(offset, width: 16)
                    let old = Term.select(headers, place, decide: facts.decide)
                    let any = Term.variable("different.\(field.name).\(number).\(offset)", .byte)
                    var new = any
                    if mask != 0xFF {
                        new = .bitOr(
                            .bitAnd(old, .bitVector(UInt128(~mask), width: 8)),
                            .bitAnd(any, .bitVector(UInt128(mask), width: 8)))
                    }
                    let value = Term.ifThenElse(presence, new, old)
                    headers = .store(headers, place, value)
                    bytes = .store(bytes, place, value)
                }
            }
        }
        self.bytes = bytes
        payload = differences.payload ? (own, input.payloadStart) : nil
        length = differences.length ? second.marked(InputVariables.length) : InputVariables.length
        port = differences.port ? second.marked(InputVariables.port) : InputVariables.port
        now = differences.time ? second.marked(InputVariables.now) : InputVariables.now
        agreements = differences.objects.flatMap { object in
            object.keys(first).compactMap { condition, key in
                let condition = facts.simplify(condition)
                return condition.isFalse ? nil : Agreement(object: object.name, key: key, condition: condition)
            }
        }
    }

    /// Where the second run's bytes are read: the first run's, as far as its headers go. For reads that the facts leave open, a condition.
    ///
    /// - Parameters:
    ///   - terms: all that is said.
    ///   - first: the first run's packet, and `start`: where its payload starts, if they have been replaced.
    func sharedHeaders(
        readIn terms: [Term], facts: KnownFacts = .none, first bytes: Term = InputVariables.bytes, start: Term? = nil
    ) -> (reads: [Term: Term], conditions: [Term]) {
        guard let payload else { return ([:], []) }
        let start = start ?? payload.start
        var reads: [Term: Term] = [:]
        var conditions: [Term] = []
        // In the order in which they are met: what a solver is asked is the same in every run.
        var equalities: [Term] = []
        var seen: Set<Term> = []
        Term.forEachSubterm(of: terms) { term in
            guard term.operation == .select, term.arguments[0].isMade(from: payload.bytes) else { return }
            let index = term.arguments[1]
            guard seen.insert(index).inserted else { return }
            let isHeader = facts.simplify(.unsignedLess(index, start))
            if isHeader.isFalse { return }
            let first = Term.select(bytes, index)
            let read = Term.select(payload.bytes, index)
            if isHeader.isTrue {
                reads[read] = first
                equalities.append(.equal(read, first))
            } else {
                conditions.append(.implies(isHeader, .equal(read, first)))
            }
        }
        // Reads through stores, which are not replaced, may come down to these.
        return (reads, conditions + equalities)
    }
}

extension Term {
    /// Whether an array comes of another by stores and choices.
    fileprivate func isMade(from array: Term) -> Bool {
        var waiting = [self]
        while let next = waiting.popLast() {
            if next == array { return true }
            switch next.operation {
            case .store, .rotate: waiting.append(next.arguments[0])
            case .ifThenElse: waiting += next.arguments[1...]
            default: continue
            }
        }
        return false
    }
}

/// The relation as a replacement of the second run's variables: what is the same in both runs is one term, not two that are equal.
struct SharedState {
    private(set) var replacements: [Term: Term] = [:]
    /// Of what is not replaced.
    private(set) var conditions: [Term] = []

    /// - Parameter facts: of the first run.
    init(
        _ relation: RunRelation, _ differences: Differences, model: StateModel, facts: KnownFacts, second: SecondRun
    ) {
        replacements[second.marked(InputVariables.bytes)] = relation.bytes
        replacements[second.marked(InputVariables.length)] = relation.length
        replacements[second.marked(InputVariables.port)] = relation.port
        replacements[second.marked(InputVariables.now)] = relation.now
        let before = StateTerms.symbolic(model)
        func share(_ term: Term) { if term.variableName != nil { replacements[second.marked(term)] = term } }
        for (name, map) in before.maps {
            guard differences.object(named: name) != nil else {
                share(map.deadline)
                share(map.value)
                continue
            }
            agree(relation, name, [map.deadline, map.value], facts, second)
        }
        for (name, pool) in before.pools {
            guard differences.object(named: name) != nil else {
                share(pool.deadline)
                share(pool.last)
                continue
            }
            agree(relation, name, [pool.deadline], facts, second)
        }
        for (name, bytes) in before.plain where differences.object(named: name) == nil { share(bytes) }
    }

    /// Puts what the runs agree on into the second run's arrays, the first of which are the deadlines.
    private mutating func agree(
        _ relation: RunRelation, _ object: String, _ arrays: [Term], _ facts: KnownFacts, _ second: SecondRun
    ) {
        var own = arrays.map(second.marked)
        for (number, agreement) in relation.agreements.enumerated() where agreement.object == object {
            let key = agreement.key
            let first = arrays.map { Term.select($0, key) }
            let isPresent = facts.simplify(.less(InputVariables.now, first[0]))
            // Where the first run has no entry, the second has none either, or the same, which only its own time tells to be there.
            let other = first.enumerated().map { Term.variable("same.\(number).\($0)", $1.sort) }
            let isSame = Term.and(zip(other, first).map { .equal($0, $1) })
            if !isPresent.isTrue {
                conditions.append(
                    .implies(agreement.condition && !isPresent, .lessOrEqual(other[0], relation.now) || isSame))
            }
            for (place, array) in own.enumerated() {
                let shared = Term.ifThenElse(isPresent, first[place], other[place])
                own[place] = .store(
                    array, key, .ifThenElse(agreement.condition, shared, .select(array, key)))
            }
        }
        for (array, term) in zip(arrays, own) where second.marked(array) != term {
            replacements[second.marked(array)] = term
        }
    }
}
