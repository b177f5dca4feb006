import Logic

/// Packets that come to an input function, as they are then: along one way, or along several that need not be told apart.
struct Arrival {
    /// The input functions passed; of several ways, those of the first.
    var passages: [ProgramPath.Passage] = []
    var inputs: [String] { passages.map(\.function) }
    var knowledge = Knowledge()
    /// Stores to the bytes of the packet that came in, and what was added and taken away.
    var packet = PacketTerms.arriving
    /// Nil for the packet itself and for NULL.
    var arguments: [Term?]
    var state: StateTerms
    /// Copies that have left.
    var outputs: [Output] = []
    /// How many of the conditions had been decided when the state was last changed.
    var conditionsAtLastStateChange = 0
    var trace: [TraceEntry] = []
    /// Whether it is one way, with all that was decided on it.
    var isExact = true

    /// What the element that the packets come to can see, besides the conditions.
    struct Appearance: Hashable {
        let packet: PacketTerms
        let arguments: [Term?]
        let state: StateTerms
        let outputs: [Output]
        let arithmetic: [ChecksumUpdate]
        /// Inputs of elements that the packets passed and may come to once more.
        let passed: [String]
    }

    func appearance(_ inputsInReach: Set<String>) -> Appearance {
        Appearance(
            packet: packet, arguments: arguments, state: state, outputs: outputs, arithmetic: knowledge.arithmetic,
            passed: inputs.filter(inputsInReach.contains))
    }

    /// The terms that live on, whatever becomes of the conditions.
    var carried: [Term] { packet.terms + arguments.compactMap { $0 } + outputs.flatMap(\.terms) }

    /// Keeps the conditions that satisfy the predicate, in their order.
    ///
    /// - Returns: whether any was left out.
    @discardableResult
    mutating func keepConditions(where isKept: (Term) -> Bool) -> Bool {
        var kept: [Term] = []
        var count = 0
        for (index, condition) in knowledge.conditions.enumerated() where isKept(condition) {
            kept.append(condition)
            if index < conditionsAtLastStateChange { count += 1 }
        }
        let hasLeftOut = kept.count < knowledge.conditions.count
        knowledge.conditions = kept
        conditionsAtLastStateChange = count
        return hasLeftOut
    }

    /// The conditions decided before the state was last changed.
    var conditionsOfState: ArraySlice<Term> { knowledge.conditions.prefix(conditionsAtLastStateChange) }

    /// Forgets that conditions were decided before the last change of state, but for these.
    mutating func keepConditionsOfState(in kept: Set<Term>) {
        let before = conditionsOfState.filter(kept.contains)
        let moved = conditionsOfState.filter { !kept.contains($0) }
        knowledge.conditions = before + moved + knowledge.conditions.dropFirst(conditionsAtLastStateChange)
        conditionsAtLastStateChange = before.count
    }
}

extension [Arrival] {
    /// As few as possible without saying less: those that are alike once, and those that differ in one decision, on which both ways
    /// lead here, as one. Only for arrivals that are not exact.
    func merged(_ inputsInReach: Set<String>) -> [Arrival] {
        var groups: [Arrival.Appearance: [Int]] = [:]
        var order: [Arrival.Appearance] = []
        for index in indices {
            let appearance = self[index].appearance(inputsInReach)
            if groups[appearance] == nil { order.append(appearance) }
            groups[appearance, default: []].append(index)
        }
        return order.flatMap { appearance in
            Self.merged((groups[appearance] ?? []).map { self[$0] })
        }
    }

    private static func merged(_ alike: [Arrival]) -> [Arrival] {
        var rest = alike
        var hasChanged = true
        while hasChanged {
            hasChanged = false
            var places: [Set<Term>: Int] = [:]
            var kept: [Arrival] = []
            for var arrival in rest {
                var conditions = Set(arrival.knowledge.conditions)
                // Where the opposite of a decision is there too, neither matters.
                var partner: Int?
                for condition in arrival.knowledge.conditions where partner == nil {
                    var opposite = conditions
                    opposite.remove(condition)
                    opposite.insert(!condition)
                    guard let place = places[opposite] else { continue }
                    partner = place
                    conditions.remove(condition)
                }
                if let partner {
                    hasChanged = true
                    let common = conditions
                    var first = kept[partner]
                    first.keepConditions(where: common.contains)
                    first.keepConditionsOfState(in: Set(arrival.conditionsOfState))
                    kept[partner] = first
                    // Further arrivals are compared with what it is now.
                    places = places.filter { $0.value != partner }
                    places[common] = places[common] ?? partner
                    continue
                }
                if let place = places[conditions] {
                    kept[place].keepConditionsOfState(in: Set(arrival.conditionsOfState))
                    continue
                }
                places[conditions] = kept.count
                arrival.isExact = false
                kept.append(arrival)
            }
            rest = kept
        }
        return rest
    }

    /// Most conditions in what is known of several ways besides what they have in common.
    private static let mostAlternatives = 256

    /// One that stands for all: it knows what they all know, and that one of them is the case; bytes that any of them may have
    /// changed, arguments and state in which they differ, can be anything. Copies of all of them have left alike.
    ///
    /// - Parameters:
    ///   - function: the input that they come to.
    ///   - argument: a variable for an argument, by its index.
    ///   - model: of the state.
    func joined(at function: String, argument: (Int) -> Term?, model: StateModel) -> Arrival? {
        guard var result = first else { return nil }
        if count == 1 { return result }
        result.isExact = false
        result.knowledge.exact = []
        let ways = map(\.knowledge.conditions)
        for other in dropFirst() {
            let common = Set(other.knowledge.conditions)
            result.keepConditions(where: common.contains)
            result.keepConditionsOfState(in: Set(other.conditionsOfState))
            result.knowledge.arithmetic.removeAll { !other.knowledge.arithmetic.contains($0) }
        }
        let common = Set(result.knowledge.conditions)
        let rests = ways.map { way in way.filter { !common.contains($0) } }
        // It came along one of the ways; too many of them would be no help to anybody.
        if rests.reduce(0, { $0 + $1.count }) <= Self.mostAlternatives {
            let alternatives = Term.or(rests.map { .and($0) })
            if !alternatives.isTrue { result.knowledge.conditions.append(alternatives) }
        }
        if contains(where: { $0.packet.bytes != result.packet.bytes }) {
            result.packet.bytes = Self.anyOf(map(\.packet.bytes), at: function)
        }
        func anything(_ part: WritableKeyPath<PacketTerms, Term>, _ name: String) {
            guard contains(where: { $0.packet[keyPath: part] != result.packet[keyPath: part] }) else { return }
            result.packet[keyPath: part] = .variable(
                "\(function)#joined.\(name)", result.packet[keyPath: part].sort)
        }
        anything(\.length, "length")
        anything(\.headroom, "headroom")
        for index in result.arguments.indices
        where contains(where: { $0.arguments.indices.contains(index) && $0.arguments[index] != result.arguments[index] }
        ) {
            result.arguments[index] = argument(index)
        }
        let anything = StateTerms.symbolic(model, suffix: "#\(function).joined")
        for name in result.state.maps.keys where contains(where: { $0.state.maps[name] != result.state.maps[name] }) {
            result.state.maps[name] = anything.maps[name]
        }
        for name in result.state.pools.keys where contains(where: { $0.state.pools[name] != result.state.pools[name] })
        {
            result.state.pools[name] = anything.pools[name]
        }
        for name in result.state.plain.keys where contains(where: { $0.state.plain[name] != result.state.plain[name] })
        {
            result.state.plain[name] = anything.plain[name]
        }
        return result
    }

    /// The frame of several ways to change a packet: what none of them changes is as it was, as far as all have added or taken away as much in front.
    private static func anyOf(_ arrays: [Term], at function: String) -> Term {
        let rotation = arrays[0].unrotated.amount
        if arrays.contains(where: { $0.unrotated.amount != rotation }) {
            return .variable("\(function)#joined.bytes", InputVariables.bytes.sort)
        }
        var offsets: [Term] = []
        for array in arrays {
            var current = array.unrotated.array
            var own: [Term] = []
            while current.operation == .store {
                own.append(current.arguments[1])
                current = current.arguments[0]
            }
            guard current == InputVariables.bytes else {
                return .variable("\(function)#joined.bytes", InputVariables.bytes.sort)
            }
            for offset in own.reversed() where !offsets.contains(offset) { offsets.append(offset) }
        }
        var result = InputVariables.bytes
        for (number, offset) in offsets.enumerated() {
            result = .store(result, offset, .variable("\(function)#joined.byte\(number)", .byte))
        }
        return .rotate(result, by: rotation)
    }
}
