import Logic
import MiddleboxIR
import PacketFormat
import SpecLanguage
import SymbolicExecution

/// The values of terms in one step that was observed, or in the last steps of two runs.
final class Observation {
    /// Why something has no value.
    enum Failure: Error, CustomStringConvertible {
        case unreadable(String)
        /// `earlier` asks for the state before a step that has long happened, by what is known only now.
        case stateOfEarlierStep

        var description: String {
            switch self {
            case .unreadable(let what): "\(what) cannot be read"
            case .stateOfEarlierStep:
                "it asks for the state at the earlier step by what only the later one tells, and states are not kept"
            }
        }
    }

    let observables: Observables
    let step: ObservedStep
    let state: any ObservedState
    /// The same of the second run; nil: there is one.
    private let second: (step: ObservedStep, state: any ObservedState)?
    /// Of which this one differs in what some variables stand for; nil: none.
    private let parent: Observation?
    private let own: [Term: Value]
    private let packets: [Term: [UInt8]]
    private var evaluator = Evaluator(assignment: [:])
    private var assigned: Set<Term> = []

    init(
        _ step: ObservedStep, _ state: any ObservedState, observables: Observables,
        second: (step: ObservedStep, state: any ObservedState)? = nil
    ) {
        self.observables = observables
        self.step = step
        self.state = state
        self.second = second
        parent = nil
        var own: [Term: Value] = [:]
        var packets: [Term: [UInt8]] = [:]
        func see(_ step: ObservedStep, in run: Observables.Run) {
            own[run.now] = .integer(Int128(step.time))
            switch step.event {
            case .packet(let ingress, let bytes):
                own[run.ingress] = .bitVector(UInt128(ingress), width: 32)
                own[run.input.length] = .bitVector(UInt128(bytes.count), width: 16)
                packets[run.input.bytes] = bytes
            case .operation(let name, let argument):
                guard let operation = observables.model.operations[name] else { break }
                for leaf in operation.argument?.leaves ?? [] {
                    let number = leaf.number(in: argument)
                    own[operation.variable(leaf)] =
                        leaf.isSeconds ? .integer(Int128(number)) : .bitVector(number, width: 8 * leaf.size)
                }
            }
            for (index, output) in step.outputs.enumerated() {
                let terms = run.output(index)
                own[terms.port] = .bitVector(UInt128(output.port), width: 32)
                own[terms.length] = .bitVector(UInt128(output.bytes.count), width: 16)
                packets[terms.bytes] = output.bytes
            }
        }
        see(step, in: .first)
        if let second { see(second.step, in: .second) }
        self.own = own
        self.packets = packets
    }

    private init(_ parent: Observation, _ values: [Term: Value]) {
        self.parent = parent
        observables = parent.observables
        step = parent.step
        state = parent.state
        second = parent.second
        own = values
        packets = parent.packets
    }

    /// What is observed of a run.
    private func seen(in run: Observables.Run) throws -> (step: ObservedStep, state: any ObservedState) {
        switch run {
        case .first: return (step, state)
        case .second:
            guard let second else { throw Failure.unreadable("the second run") }
            return second
        }
    }

    var shape: Observables.Shape {
        switch step.event {
        case .packet: .init(operation: nil, outputs: step.outputs.count)
        case .operation(let name, _): .init(operation: name, outputs: step.outputs.count)
        }
    }

    /// The same, where some variables stand for these values.
    func binding(_ values: [Term: Value]) -> Observation { values.isEmpty ? self : Observation(self, values) }

    func holds(_ term: Term) throws -> Bool { try value(of: term) == .boolean(true) }

    func value(of term: Term) throws -> Value {
        if let parent, observables.roots(of: term).isDisjoint(with: own.keys) { return try parent.value(of: term) }
        for variable in observables.variables(in: term) where assigned.insert(variable).inserted {
            try evaluator.assign(value(ofVariable: variable), to: variable)
        }
        return try evaluator.evaluate(term)
    }

    private func value(ofVariable variable: Term) throws -> Value {
        if let value = own[variable] { return value }
        if let source = observables.sources[variable] {
            if let parent, observables.roots(of: variable).isDisjoint(with: own.keys) {
                return try parent.value(of: variable)
            }
            return try value(of: source)
        }
        if let parent { return try parent.value(of: variable) }
        guard let bytes = packets[variable] else { throw Failure.unreadable(variable.variableName ?? "a value") }
        var entries: [Value: Value] = [:]
        entries.reserveCapacity(bytes.count)
        for (index, byte) in bytes.enumerated() where byte != 0 {
            entries[.bitVector(UInt128(index), width: 16)] = .bitVector(UInt128(byte), width: 8)
        }
        return .array(
            ArrayValue(indexSort: .bitVector(16), defaultElement: .bitVector(0, width: 8), entries: entries))
    }

    private func number(_ term: Term) throws -> UInt128 {
        guard let bits = try value(of: term).bits else { throw Failure.unreadable("a number") }
        return bits
    }

    // MARK: Sources

    private func value(of source: Observables.Source) throws -> Value {
        if let object = source.object, observables.unobserved.contains(object) { throw Failure.unreadable(object) }
        switch source {
        case .value(let map, let key, let place):
            guard let record = observables.model.maps[map]?.value else { throw Failure.unreadable(map) }
            let entry = try entry(map, key, place)
            if let entry, try entry.deadline > seen(in: place.run).step.time { return record.value(in: entry.value) }
            // Where the key is absent, it is anything.
            observables.hasReadAbsent = true
            let filled = observables.absentByte.map { [UInt8](repeating: $0, count: record.size) }
            return record.value(in: filled ?? entry?.value ?? [])
        case .entryExpiry(let map, let key, let place):
            return .integer(Int128(try entry(map, key, place)?.deadline ?? 0))
        case .indexExpiry(let pool, let index, let place):
            let deadlines = try seen(in: place.run).state.deadlines(of: pool, at: place.moment)
            let position = try number(index)
            return .integer(position < deadlines.count ? Int128(deadlines[Int(position)]) : 0)
        case .hasRoom(let map, let place):
            guard let capacity = observables.model.maps[map]?.capacity else { throw Failure.unreadable(map) }
            let (step, state) = try seen(in: place.run)
            return .boolean(state.keys(of: map, presentAt: step.time, at: place.moment).count < capacity)
        case .hasFreeIndex(let pool, let first, let last, let place):
            let (first, last) = (try number(first), try number(last))
            let (step, state) = try seen(in: place.run)
            let deadlines = state.deadlines(of: pool, at: place.moment)
            guard first <= last else { return .boolean(false) }
            if last >= deadlines.count { return .boolean(true) }
            return .boolean(deadlines[Int(first)...Int(last)].contains { $0 <= step.time })
        case .byte(let object, let offset, let place):
            let bytes = try seen(in: place.run).state.bytes(of: object, at: place.moment)
            let position = try number(offset)
            return .bitVector(position < bytes.count ? UInt128(bytes[Int(position)]) : 0, width: 8)
        case .wordSum(let packet, let start, let end):
            guard let bytes = packets[packet] else { throw Failure.unreadable("a sum") }
            let (start, end) = (Int(try number(start)), Int(try number(end)))
            var sum = 0
            for index in start..<max(start, end) where index < bytes.count {
                sum += Int(bytes[index]) << ((index - start).isMultiple(of: 2) ? 8 : 0)
            }
            return .integer(Int128(sum))
        case .everyByte(let a, let b, let index, let body): return .boolean(try everyByte(a, b, index, body))
        case .everyMember(let members, let body): return .boolean(try everyMember(members[...], [:], body))
        }
    }

    private func entry(
        _ map: String, _ key: Term, _ place: Observables.State
    ) throws -> (deadline: UInt64, value: [UInt8])? {
        guard let record = observables.model.maps[map]?.key else { throw Failure.unreadable(map) }
        let bytes = record.bytes(of: try value(of: key))
        return try seen(in: place.run).state.entry(of: map, key: bytes, at: place.moment)
    }

    /// Whether the body holds of each index at which the packets differ: it does elsewhere.
    private func everyByte(
        _ a: Observables.Span, _ b: Observables.Span, _ index: Term, _ body: Term
    ) throws -> Bool {
        guard let x = packets[a.packet], let y = packets[b.packet] else { throw Failure.unreadable("a packet") }
        let (first, second) = (Int(try number(a.start)), Int(try number(b.start)))
        for position in 0..<max(x.count - first, y.count - second, 0) {
            let (i, j) = (first + position, second + position)
            if i < x.count, j < y.count, x[i] == y[j] { continue }
            if try !binding([index: .bitVector(UInt128(position), width: 16)]).holds(body) { return false }
        }
        return true
    }

    private func everyMember(
        _ members: ArraySlice<Observables.Member>, _ values: [Term: Value], _ body: Term
    ) throws -> Bool {
        guard let first = members.first else { return try binding(values).holds(body) }
        for value in try self.members(of: first.collection, in: first.state) {
            var values = values
            values[first.term] = value
            if try !everyMember(members.dropFirst(), values, body) { return false }
        }
        return true
    }

    /// The keys that are present, the indices that are allocated.
    func members(of collection: InvariantProperty.Variable.Collection, at moment: ObservedMoment) -> [Value] {
        members(of: collection, (step, state), at: moment)
    }

    private func members(
        of collection: InvariantProperty.Variable.Collection, in place: Observables.State
    ) throws -> [Value] {
        members(of: collection, try seen(in: place.run), at: place.moment)
    }

    private func members(
        of collection: InvariantProperty.Variable.Collection, _ seen: (step: ObservedStep, state: any ObservedState),
        at moment: ObservedMoment
    ) -> [Value] {
        let time = seen.step.time
        switch collection {
        case .map(let name):
            guard let record = observables.model.maps[name]?.key else { return [] }
            return seen.state.keys(of: name, presentAt: time, at: moment).map(record.value)
        case .pool(let name):
            return seen.state.deadlines(of: name, at: moment).enumerated().filter { $0.element > time }.map {
                .bitVector(UInt128($0.offset), width: 32)
            }
        case .array(_, let count): return (0..<count).map { .bitVector(UInt128($0), width: 32) }
        }
    }
}

extension Record.Leaf {
    /// The number that the record's bytes hold; 0 for bytes that are missing.
    func number(in bytes: [UInt8]) -> UInt128 {
        let own = (offset..<offset + size).map { bytes.indices.contains($0) ? bytes[$0] : 0 }
        return (isBigEndian ? own : own.reversed()).reduce(0) { $0 << 8 | UInt128($1) }
    }
}

extension Record {
    /// The tuple that the record's bytes hold.
    func value(in bytes: [UInt8]) -> Value {
        .tuple(leaves.map { .bitVector($0.number(in: bytes), width: 8 * $0.size) })
    }

    /// The same the other way round.
    func bytes(of value: Value) -> [UInt8] {
        var memory = [UInt8](repeating: 0, count: size)
        for (leaf, field) in zip(leaves, value.fields ?? [value]) {
            let number = field.bits ?? 0
            for index in 0..<leaf.size {
                let shift = 8 * (leaf.isBigEndian ? leaf.size - 1 - index : index)
                memory[leaf.offset + index] = UInt8(truncatingIfNeeded: number >> UInt128(shift))
            }
        }
        return memory
    }
}
