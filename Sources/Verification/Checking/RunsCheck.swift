import Logic
import MiddleboxIR
import SpecLanguage
import SymbolicExecution

/// A claim about two runs, held against the last steps of two that were observed.
final class RunsCheck {
    enum Verdict {
        /// The first of the things claimed that does not hold.
        case violated(MonitorFinding.Violation)
        case holds
        /// They are no two runs that it speaks of: a clause about them.
        case notConcerned(String)
    }

    private let property: IndependenceProperty
    private let observables: Observables

    /// - Parameter count: how many packets leave at most, in either run.
    init(_ property: IndependenceProperty, _ observables: Observables, upToOutputs count: Int) {
        self.property = property
        self.observables = observables
        let model = observables.model
        // What is constant is the same in all runs.
        let variables = model.plain.filter { !$0.value.isConstant }.map(\.key)
        for name in Array(model.maps.keys) + Array(model.pools.keys) + variables { observables.read(name) }
        for outputs in 0...count {
            let shape = Observables.Shape(operation: nil, outputs: outputs)
            _ = terms(shape, shape)
        }
    }

    /// What is to be said of a packet that leaves the first run, or of none.
    private struct Subject {
        let premise: Term
        let claims: [Observables.Claim]
    }

    private struct Terms {
        let subjects: [Subject]
        let secondPremise: Term
    }

    private func terms(_ first: Observables.Shape, _ second: Observables.Shape) -> Terms {
        let (one, other) = (observables.context(of: first), observables.context(of: second, in: .second))
        let subjects = property.subjects(in: one).map { output in
            let ofOutput = output.map { property.outputPremise(one, output: $0) } ?? .true
            return Subject(
                premise: observables.prepared(property.premise(one) && ofOutput),
                claims: observables.prepared(property.claims(RunView(one, output: output), other)))
        }
        return Terms(subjects: subjects, secondPremise: observables.prepared(property.premise(other)))
    }

    /// The last step of a run, and what memory holds before and after it.
    typealias End = (step: ObservedStep, state: any ObservedState)

    /// Looks at the last step of each run.
    ///
    /// - Throws: when something has no value that the property needs.
    func look(at first: End, and second: End) throws -> Verdict {
        let pair = Observation(first.step, first.state, observables: observables, second: second)
        if let difference = try difference(pair, first, second) { return .notConcerned(difference) }
        let terms = terms(
            .init(operation: nil, outputs: first.step.outputs.count),
            .init(operation: nil, outputs: second.step.outputs.count))
        guard try pair.holds(terms.secondPremise) else {
            return .notConcerned("the second run does not meet the premise")
        }
        let subjects = try terms.subjects.filter { try pair.holds($0.premise) }
        if subjects.isEmpty { return .notConcerned("the first run does not meet the premise") }
        for subject in subjects {
            if let claim = try subject.claims.first(where: { try !pair.holds($0.formula) }) {
                return .violated(.init(claim))
            }
        }
        return .holds
    }

    // MARK: What the runs begin with

    /// How the two runs differ where they may not; nil: nowhere.
    private func difference(_ pair: Observation, _ first: End, _ second: End) throws -> String? {
        guard case .packet(let port, let bytes) = first.step.event,
            case .packet(let otherPort, let otherBytes) = second.step.event
        else { return "one of them ends in a control operation" }
        let differences = property.differences
        if port != otherPort, !differences.port { return "the packets enter at different ports" }
        if first.step.time != second.step.time, !differences.time { return "the packets enter at different times" }
        if bytes.count != otherBytes.count, !differences.length { return "the packets differ in length" }
        let allowed = try masks(pair, bytes.count)
        for (offset, mask) in allowed.enumerated() where offset < min(bytes.count, otherBytes.count) {
            if (bytes[offset] ^ otherBytes[offset]) & ~mask != 0 { return "the packets differ in byte \(offset)" }
        }
        return try objectThatDiffers(pair, first, second).map { "the runs begin with another '\($0)' each" }
    }

    /// Which bits of each byte of the first packet may be others in the second.
    private func masks(_ pair: Observation, _ count: Int) throws -> [UInt8] {
        var masks = [UInt8](repeating: 0, count: count)
        let context = observables.context(of: .init(operation: nil, outputs: 0))
        guard let input = context.input else { return masks }
        func number(_ term: Term) throws -> Int {
            Int(try pair.value(of: observables.prepared(term)).bits ?? UInt128(UInt16.max))
        }
        for range in property.differences.fields.flatMap({ input.byteRanges(of: $0) }) {
            guard try pair.holds(range.presence) else { continue }
            let start = try number(range.start)
            for (offset, mask) in range.masks.enumerated() where start + offset < count {
                masks[start + offset] |= mask
            }
        }
        if property.differences.payload {
            for offset in min(count, try number(input.payloadStart))..<count { masks[offset] = 0xFF }
        }
        return masks
    }

    /// The name of a state object that is not, before the step, as far the same as it has to be.
    private func objectThatDiffers(_ pair: Observation, _ first: End, _ second: End) throws -> String? {
        let model = observables.model
        let (now, otherNow) = (first.step.time, second.step.time)
        /// Whether an entry is the same, or there in neither run.
        func agree(_ a: (deadline: UInt64, value: [UInt8])?, _ b: (deadline: UInt64, value: [UInt8])?) -> Bool {
            let (a, b) = (a ?? (0, []), b ?? (0, []))
            return a == b || a.deadline <= now && b.deadline <= otherNow
        }
        let context = observables.context(of: .init(operation: nil, outputs: 0))
        /// The keys at which an object that may differ is the same.
        func agreedKeys(_ difference: ObjectDifference) throws -> [Value] {
            try difference.keys(context).compactMap { condition, key in
                guard try pair.holds(observables.prepared(condition)) else { return nil }
                return try pair.value(of: observables.prepared(key))
            }
        }
        for (name, map) in model.maps.sorted(by: { $0.key < $1.key }) {
            let keys: [[UInt8]] =
                if let difference = property.differences.object(named: name) {
                    try agreedKeys(difference).map(map.key.bytes)
                } else {
                    first.state.keys(of: name, presentAt: now, at: .before)
                        + second.state.keys(of: name, presentAt: otherNow, at: .before)
                }
            let isSame = keys.allSatisfy { key in
                agree(
                    first.state.entry(of: name, key: key, at: .before),
                    second.state.entry(of: name, key: key, at: .before))
            }
            if !isSame { return name }
        }
        for name in model.pools.keys.sorted() {
            let deadlines = [first, second].map { $0.state.deadlines(of: name, at: .before) }
            let indices: [Int] =
                if let difference = property.differences.object(named: name) {
                    try agreedKeys(difference).map { Int(truncatingIfNeeded: $0.bits ?? 0) }
                } else { Array(deadlines[0].indices) }
            let isSame = indices.allSatisfy { index in
                guard deadlines.allSatisfy({ $0.indices.contains(index) }) else { return true }
                return agree((deadlines[0][index], []), (deadlines[1][index], []))
            }
            if !isSame { return name }
        }
        for (name, object) in model.plain.sorted(by: { $0.key < $1.key }) where !object.isConstant {
            if property.differences.object(named: name) != nil { continue }
            if first.state.bytes(of: name, at: .before) != second.state.bytes(of: name, at: .before) { return name }
        }
        return nil
    }
}
