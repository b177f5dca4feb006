import Logic
import PacketFormat

/// A claim about two runs of one step: where they differ at most in some of what comes in and of the state, they agree on some of what
/// comes of it.
public struct IndependenceProperty: Sendable {
    /// A step that the claim is about: the premises, with nothing claimed.
    public let step: StepProperty
    public let differences: Differences
    /// In the order of the spec.
    let values: [SharedValue]
    /// That a packet leaves.
    let departure: SourceText

    /// Whether it speaks of each packet that comes out of the first run, one at a time.
    public var concernsOutput: Bool { step.concernsOutput }

    /// See `StepClaim`.
    public func subjects(in context: LoweringContext) -> [Int?] { step.subjects(in: context) }

    /// A value that must be the same.
    struct SharedValue: Sendable {
        let value: CheckedValue
        let source: SourceText
        let isAboutOutput: Bool
    }
}

/// What may differ between the two runs. Everything else is equal.
public struct Differences: Sendable {
    /// Of the packet that enters.
    public internal(set) var fields: [FieldReference] = []
    /// What lies behind the innermost header of the packet that enters.
    public internal(set) var payload = false
    public internal(set) var length = false
    /// Where the packet enters.
    public internal(set) var port = false
    /// The packet's time.
    public internal(set) var time = false
    /// State objects that the spec names.
    public internal(set) var objects: [ObjectDifference] = []
    /// Whether all other state objects may differ, too.
    public internal(set) var everyOtherObject = false

    /// How far an object may differ; nil if not at all.
    public func object(named name: String) -> ObjectDifference? {
        objects.first { $0.name == name } ?? (everyOtherObject ? ObjectDifference(name: name, keys: []) : nil)
    }

    /// Whether any state may differ.
    public var isOfState: Bool { everyOtherObject || !objects.isEmpty }
}

/// A state object that may differ between the two runs, but for what is stored under some keys.
public struct ObjectDifference: Sendable {
    enum Key: Sendable {
        case map(SpecEnvironment.Map, CheckedValue)
        case pool(CheckedNumber)
    }

    public let name: String
    let keys: [Key]

    /// The keys, or indices, at which the runs agree, as the first run has them, and when each of them is there.
    ///
    /// - Parameter context: of the first run.
    public func keys(_ context: LoweringContext) -> [(condition: Term, key: Term)] {
        let lowering = Lowering(context)
        return keys.map { key in
            var conditions: [Term] = []
            let term =
                switch key {
                case .map(let map, let value): lowering.key(value, of: map, &conditions)
                case .pool(let index): lowering.bits(index, width: 32, &conditions)
                }
            return (.and(conditions), term)
        }
    }
}

/// One run as the claim sees it.
public struct RunView {
    public let context: LoweringContext
    /// The packet that leaves; nil where the claim is about none.
    public let output: Int?

    public init(_ context: LoweringContext, output: Int? = nil) {
        self.context = context
        self.output = output
    }
}

extension IndependenceProperty {
    /// What must be the case in both runs, whatever leaves.
    public func premise(_ context: LoweringContext) -> Term {
        let lowering = Lowering(context)
        var conditions: [Term] = []
        if let ingress = step.ingress {
            conditions.append(.equal(lowering.port(of: .input), .bitVector(UInt128(ingress), width: 32)))
        }
        return .and(conditions + step.premises.filter { !$0.mentions.output }.map(lowering.formula))
    }

    /// What must be the case of a packet that leaves, besides.
    public func outputPremise(_ context: LoweringContext, output: Int) -> Term {
        let lowering = Lowering(context, output: output)
        var conditions: [Term] = []
        if let egress = step.egress {
            conditions.append(.equal(lowering.port(of: .output), .bitVector(UInt128(egress), width: 32)))
        }
        return .and(conditions + step.premises.filter(\.mentions.output).map(lowering.formula))
    }

    /// What is claimed of two runs that meet the premise.
    ///
    /// - Parameters:
    ///   - first: with the packet that the claim is about, if it is about one.
    ///   - second: of which any packet may be the counterpart.
    public func claims(_ first: RunView, _ second: LoweringContext) -> [Conjunct] {
        let alike = agreements(first.context, second)
        guard first.output != nil else { return alike }
        let ways = second.outputs.indices.map { output in
            (
                premise: outputPremise(second, output: output),
                agreements: outputAgreements(first, RunView(second, output: output))
            )
        }
        if let way = ways.first, ways.count == 1 {
            return alike + [departure(way.premise)] + way.agreements.map { $0.given(way.premise) }
        }
        return alike + [departure(.or(ways.map { .and([$0.premise] + $0.agreements.map(\.formula)) }))]
    }

    /// That the runs agree on what is not about a packet that leaves. Variables with fresh names stand for anything, as in a step's conclusions.
    public func agreements(_ first: LoweringContext, _ second: LoweringContext) -> [Conjunct] {
        agreements(values.filter { !$0.isAboutOutput }, RunView(first), RunView(second))
    }

    /// That the runs agree on what is about the packets that leave.
    public func outputAgreements(_ first: RunView, _ second: RunView) -> [Conjunct] {
        agreements(values.filter(\.isAboutOutput), first, second)
    }

    /// That a packet leaves in the second run if one does in the first: the formula says whether.
    public func departure(_ formula: Term) -> Conjunct {
        Conjunct(text: "\(departure.text) in both runs", location: departure.location, formula: formula)
    }

    private func agreements(_ values: [SharedValue], _ first: RunView, _ second: RunView) -> [Conjunct] {
        let (a, b) = (
            Lowering(first.context, output: first.output), Lowering(second.context, output: second.output)
        )
        return values.map { shared in
            var text = shared.source.text
            if case .formula = shared.value { text = "'\(text)'" }
            return Conjunct(
                text: "\(text) is the same in both runs", location: shared.source.location,
                formula: a.agrees(with: b, on: shared.value))
        }
    }
}

extension Lowering {
    /// That a value is the same in two runs: it is there in both and equal, or there in neither.
    fileprivate func agrees(with other: Lowering, on value: CheckedValue) -> Term {
        switch value {
        case .number(let number):
            let presences = [self, other].map { $0.presence(of: value) }
            var conditions: [[Term]] = [[], []]
            let numbers = [self.number(number, &conditions[0]), other.number(number, &conditions[1])]
            let isThere = zip(presences, conditions).map { Term.and([$0] + $1) }
            let unit = number.type.unit
            return .equal(isThere[0], isThere[1])
                && .implies(isThere[0], compare(.equal, numbers[0], unit, numbers[1], unit))
        case .formula(let formula): return .equal(self.formula(formula), other.formula(formula))
        case .truth(let content):
            let presences = [self, other].map { $0.presence(of: value) }
            let truths = [self, other].map { lowering in lowering.atom { lowering.truth(content, &$0) } }
            return .equal(presences[0], presences[1]) && .implies(presences[0], .equal(truths[0], truths[1]))
        case .tuple, .structure:
            return .and((value.parts ?? []).map { agrees(with: other, on: $0) })
        case .packet(let role): return packetsEqual(packet(role), other.packet(role), except: [])
        case .payload(let payload):
            let presences = [self, other].map { $0.presence(of: payload) }
            return .equal(presences[0], presences[1])
                && .implies(presences[0], payloadsEqual(self.payload(payload), other.payload(payload)))
        case .map(let map, let moment):
            return everywhere(
                .init(name: "key", collection: .map(map.name), sort: map.keySort), moment, in: other
            ) { key in
                let states = [state(moment), other.state(moment)]
                let present = states.map { $0.isPresent(map: map.name, key: key) }
                let same = [
                    Term.equal(
                        states[0].expiry(map: map.name, key: key), states[1].expiry(map: map.name, key: key)),
                    .equal(states[0].value(map: map.name, key: key), states[1].value(map: map.name, key: key)),
                ]
                return .equal(present[0], present[1]) && .implies(present[0], .and(same))
            }
        case .pool(let pool, let moment):
            return everywhere(
                .init(name: "index", collection: .pool(pool), sort: .bitVector(32)), moment, in: other
            ) { index in
                let states = [state(moment), other.state(moment)]
                let allocated = states.map { $0.isAllocated(pool: pool, index: index) }
                let same = Term.equal(
                    states[0].expiry(pool: pool, index: index), states[1].expiry(pool: pool, index: index))
                return .equal(allocated[0], allocated[1]) && .implies(allocated[0], same)
            }
        case .array, .opaque, .configuration, .operation, .header:
            preconditionFailure("the checker lets no \(value.description) be compared between runs")
        }
    }

    /// That the body holds of each key or index, which it does where it is in neither run: of one that nothing is known of.
    private func everywhere(
        _ variable: InvariantProperty.Variable, _ moment: Moment, in other: Lowering, _ body: (Term) -> Term
    ) -> Term {
        guard let ofFirst = context.claimsOfAll, let ofSecond = other.context.claimsOfAll else {
            return body(.variable(context.freshName(variable.name), variable.sort))
        }
        let member = ClaimsOfAll.Member(variable: variable, isAfter: moment == .after)
        return ofFirst.members([member]) { body($0[0]) } && ofSecond.members([member]) { body($0[0]) }
    }

    /// That the entries of maps and pools that a value is read from are there.
    private func presence(of value: CheckedValue) -> Term {
        .and(
            value.mentions.entries.map { entry in
                atom { conditions in
                    switch entry {
                    case .map(let map, let key, let moment):
                        state(moment).isPresent(map: map.name, key: self.key(key, of: map, &conditions))
                    case .pool(let pool, let index, let moment):
                        state(moment).isAllocated(pool: pool, index: bits(index, width: 32, &conditions))
                    }
                }
            })
    }
}

extension Conjunct {
    /// The same, claimed only where something holds.
    public func given(_ premise: Term) -> Conjunct {
        Conjunct(text: text, location: location, formula: .implies(premise, formula))
    }
}
