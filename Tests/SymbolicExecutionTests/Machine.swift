import Logic
import Replay

@testable import SymbolicExecution

/// What the summaries say of one packet.
enum Reaction: Equatable {
    case handled(NativeOutcome)
    /// Checks that fail, by kind.
    case failed(Set<CheckKind>)
    /// Execution gave up on a path that the packet takes.
    case unknown(String)
    /// No path is the packet's, or several are: never right.
    case paths(Int)
}

/// Runs summaries on concrete packets with the concrete evaluator: state and configuration have values.
///
/// Variables that execution made are given the values that the runtime's contracts give them.
struct Machine {
    let box: Box
    /// The path that the last packet took, and what its variables stood for: also those that execution made.
    private(set) var lastPath: (path: ProgramPath, values: [Term: Value])?
    private var state: [Term: Value] = [:]
    private var configuration: [Term: Value] = [:]

    /// - Parameter bytes: of the configuration struct.
    init(_ box: Box, configuration bytes: [UInt8]? = nil) throws {
        self.box = box
        var evaluator = Evaluator(assignment: [:])
        let initial = StateTerms.initial(box.model).terms
        for (variable, term) in zip(StateTerms.symbolic(box.model).terms, initial) where variable.variableName != nil {
            state[variable] = try evaluator.evaluate(term)
        }
        guard let model = box.model.configuration, let bytes else { return }
        for leaf in model.record.leaves {
            let own = (0..<leaf.size).map { bytes[leaf.offset + $0] }
            let number = (leaf.isBigEndian ? own : own.reversed()).reduce(0 as UInt128) { $0 << 8 | UInt128($1) }
            configuration[model.variable(leaf)] =
                leaf.isSeconds ? .integer(Int128(number)) : .bitVector(number, width: 8 * leaf.size)
        }
    }

    mutating func receive(_ arrival: Arrival) throws -> Reaction {
        var inputs = state.merging(configuration) { a, _ in a }
        var bytes: [Value: Value] = [:]
        for (offset, byte) in arrival.bytes.enumerated() {
            bytes[.bitVector(UInt128(offset), width: 16)] = .bitVector(UInt128(byte), width: 8)
        }
        // What lies behind the packet is not zero.
        inputs[InputVariables.bytes] = .array(
            ArrayValue(indexSort: .bitVector(16), defaultElement: .bitVector(0xA5, width: 8), entries: bytes))
        inputs[InputVariables.length] = .bitVector(UInt128(arrival.bytes.count), width: 16)
        inputs[InputVariables.port] = .bitVector(UInt128(arrival.port), width: 32)
        inputs[InputVariables.now] = .integer(Int128(arrival.time))

        var failed: Set<CheckKind> = []
        // One for all paths: they share most of their terms.
        var shared = Evaluator(assignment: inputs)
        for check in box.checks where !failed.contains(check.kind) {
            if let claim = try? shared.evaluate(check.claim), claim == .boolean(true) { continue }
            guard let known = try extended(inputs, check.knowledge, &shared) else { continue }
            if try !holds(check.claim, known) { failed.insert(check.kind) }
        }
        if !failed.isEmpty { return .failed(failed) }
        var taken: [(path: ProgramPath, values: [Term: Value])] = []
        for path in box.composition.paths {
            if let values = try extended(inputs, path.knowledge, &shared) { taken.append((path, values)) }
        }
        guard taken.count == 1 else { return .paths(taken.count) }
        let (path, values) = taken[0]
        lastPath = (path, values)
        if case .unknown(let reason, _) = path.end { return .unknown(reason) }
        var evaluator = Evaluator(assignment: values)
        var outcome = NativeOutcome(drops: path.isDropped ? 1 : 0)
        for output in path.outputs {
            let array = try evaluator.evaluate(output.bytes).array
            let length = try evaluator.evaluate(output.length).bits ?? 0
            let sent = (0..<length).map { UInt8(array?[.bitVector($0, width: 16)].bits ?? 0) }
            outcome.outputs.append(
                NativeOutput(port: UInt32(try evaluator.evaluate(output.port).bits ?? 0), bytes: sent))
        }
        var next: [Term: Value] = [:]
        for (variable, term) in zip(StateTerms.symbolic(box.model).terms, path.state.terms)
        where variable.variableName != nil {
            next[variable] = try evaluator.evaluate(term)
        }
        state = next
        return .handled(outcome)
    }

    // MARK: Which paths are taken

    private func holds(_ term: Term, _ values: [Term: Value]) throws -> Bool {
        var evaluator = Evaluator(assignment: values)
        return try evaluator.evaluate(term) == .boolean(true)
    }

    /// Whether what is known holds as far as it can be told without the variables that execution made. Most paths end here.
    private func isExcluded(_ knowledge: Knowledge, _ evaluator: inout Evaluator) throws -> Bool {
        for condition in knowledge.conditions {
            do {
                if try evaluator.evaluate(condition) != .boolean(true) { return true }
            } catch EvaluationError.unassignedVariable {
                continue
            }
        }
        return false
    }

    /// The values with those of the variables that execution made; nil when what is known does not hold.
    private func extended(
        _ inputs: [Term: Value], _ knowledge: Knowledge, _ evaluator: inout Evaluator
    ) throws -> [Term: Value]? {
        if try isExcluded(knowledge, &evaluator) { return nil }
        if knowledge.exact.isEmpty && knowledge.arithmetic.isEmpty { return inputs }
        var values = inputs
        // What refers to variables that are not known yet waits.
        func isReady(_ terms: [Term]) -> Bool {
            terms.allSatisfy { $0.freeVariables.allSatisfy { values[$0] != nil } }
        }
        var allocations = knowledge.exact
        var updates = knowledge.arithmetic
        var hasChanged = true
        while hasChanged {
            hasChanged = false
            for (index, fact) in allocations.enumerated() {
                guard case .firstFree(let deadline, let last, let first, let count, let result, let now) = fact,
                    isReady([deadline, last, first, count, now])
                else { continue }
                guard let free = try firstFree(deadline, last, first, count, now, values) else { return nil }
                // The index, or its lower half: see `Executor.chooseIndex`.
                for variable in result.freeVariables where values[variable] == nil {
                    values[variable] = .bitVector(
                        UInt128(variable.width == 16 ? free & 0xFFFF : free), width: variable.width)
                }
                allocations[index] = .formula(.equal(result, .bitVector(free, width: 32)))
                hasChanged = true
            }
            for (index, update) in updates.enumerated().reversed()
            where isReady([update.old, update.before, update.after]) {
                try compute(update, &values)
                updates.remove(at: index)
                hasChanged = true
            }
        }
        for condition in knowledge.conditions where try !holds(condition, values) { return nil }
        for update in knowledge.arithmetic where try !holds(update.formula && update.representative, values) {
            return nil
        }
        for fact in allocations {
            switch fact {
            case .formula(let formula): if try !holds(formula, values) { return nil }
            case .firstFree: return nil
            case .hasRoom(let deadline, let key, _):
                let isPresent = try holds(.less(InputVariables.now, .select(deadline, key)), values)
                if try !isPresent && isFull(deadline, values) { return nil }
            case .full(let deadline, _, _): if try !isFull(deadline, values) { return nil }
            case .allAllocated(let deadline, let first, let count, let now):
                if try firstFree(deadline, first, first, count, now, values) != nil { return nil }
            }
        }
        return values
    }

    private func firstFree(
        _ deadline: Term, _ last: Term, _ first: Term, _ count: Term, _ now: Term, _ values: [Term: Value]
    ) throws -> Int? {
        var evaluator = Evaluator(assignment: values)
        let deadlines = try evaluator.evaluate(deadline).array
        let (last, first, count) = (
            Int(try evaluator.evaluate(last).bits ?? 0), Int(try evaluator.evaluate(first).bits ?? 0),
            Int(try evaluator.evaluate(count).bits ?? 0)
        )
        let now = try evaluator.evaluate(now).integer ?? 0
        let start = (first..<first + count).contains(last) ? last - first : 0
        return (0..<count).map { first + (start + $0) % count }.first {
            (deadlines?[.bitVector(UInt128($0), width: 32)].integer ?? 0) <= now
        }
    }

    /// Whether as many entries are present as the map has room for, by its deadlines.
    private func isFull(_ deadline: Term, _ values: [Term: Value]) throws -> Bool {
        let now = values[InputVariables.now]?.integer ?? 0
        let names = deadline.freeVariables.compactMap { $0.variableName.flatMap(StateTerms.indexedObject) }
        guard let capacity = names.lazy.compactMap({ box.model.maps[$0]?.capacity }).first else { return false }
        var evaluator = Evaluator(assignment: values)
        let entries = try evaluator.evaluate(deadline).array?.entries ?? [:]
        return entries.values.count { ($0.integer ?? 0) > now } == capacity
    }

    /// RFC 1624's equation 3 in numbers: the sum modulo 65535, as all ones only where the contract says so.
    private func compute(_ update: ChecksumUpdate, _ values: inout [Term: Value]) throws {
        var evaluator = Evaluator(assignment: values)
        let (old, before, after) = (
            try evaluator.evaluate(update.old).integer ?? 0, try evaluator.evaluate(update.before).integer ?? 0,
            try evaluator.evaluate(update.after).integer ?? 0
        )
        let sum = old + before - after
        var result = ((sum % 65535) + 65535) % 65535
        if old == 65535, before == 65535, after == 0 { result = 65535 }
        values[update.high] = .bitVector(UInt128(result >> 8), width: 8)
        values[update.low] = .bitVector(UInt128(result & 255), width: 8)
        values[update.rounds] = .integer((result - sum) / 65535)
    }
}
