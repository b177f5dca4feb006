import Logic
import PacketFormat
import SMT
import SpecLanguage
import SymbolicExecution

/// A counterexample to induction: a step that breaks a claim, from a state that nothing which was proved rules out. Whether that state can be
/// reached at all is not known, so it refutes nothing; it shows what is missing.
struct InductionCounterexample {
    let verification: MiddleboxVerification

    /// The step with its state before and after.
    ///
    /// - Parameters:
    ///   - assertions: what is known of the step, and that the claim does not hold.
    ///   - path: nil where no packet comes in.
    ///   - state: after the step.
    ///   - failed: the claim, in the words of the spec.
    ///   - remembered: what is known of an earlier step, by its words.
    /// - Returns: nil when no such step is found within the budget.
    func step(
        _ name: String, _ assertions: [Term], path: ProgramPath?, state: StateTerms, failed: String,
        remembered: [(text: String, term: Term)] = []
    ) -> Counterexample? {
        let conditions = TraceConditions(
            packets: path == nil || path?.operation != nil ? [] : [(InputVariables.bytes, InputVariables.length)],
            assertions: assertions,
            updates: path?.knowledge.arithmetic ?? [])
        guard
            case .satisfiable(let model) = TraceSolver(discharger: verification.discharger).solve(
                "\(name), step", conditions)
        else { return nil }
        let steps = path.map { path in
            [
                TraceSearch.Step(
                    bytes: InputVariables.bytes, length: InputVariables.length, port: InputVariables.port,
                    now: InputVariables.now, outputs: path.operation == nil ? path.outputs : nil, trace: path.trace,
                    operation: path.operation.map { name in
                        TraceSearch.Operation(
                            name: name, arguments: verification.model.operations[name]?.variables ?? [])
                    }, before: verification.before)
            ]
        }
        guard let trace = try? ConcreteTrace(.init(steps: steps ?? [], model: model), model: verification.model)
        else { return nil }
        var result = Refutation(verification: verification).counterexample(trace, nil, failed: failed)
        let printer = StatePrinter(model: verification.model, values: model)
        let keys = verification.occurringKeys.keys(in: assertions + state.terms)
        result.stateBefore = printer.lines(of: verification.before, at: keys)
        let after = printer.lines(of: state, at: keys)
        if after != result.stateBefore { result.stateAfter = after }
        result.remembered = remembered.compactMap { text, term in
            printer.text(of: term).map { "\(text) = \($0)" }
        }
        return result
    }
}

/// States with their values, as the specification language would write them.
struct StatePrinter {
    let model: StateModel
    let values: SMT.Model

    /// What is in maps and pools at some keys, and what scalars are.
    func lines(
        of state: StateTerms, at keys: [InvariantCollection: [Term]]
    ) -> [String] {
        var lines: [String] = []
        for (name, map) in state.maps {
            guard let description = model.maps[name] else { continue }
            var seen: Set<String> = []
            for key in keys[.map(name)] ?? [] {
                guard let keyText = text(of: key, description.key), seen.insert(keyText).inserted else { continue }
                guard let deadline = try? values.value(of: .select(map.deadline, key)).integer,
                    let now = try? values.value(of: InputVariables.now).integer,
                    let value = text(of: .select(map.value, key), description.value)
                else { continue }
                lines.append(
                    now < deadline
                        ? "\(name)[\(keyText)] = \(value), expires at \(Self.seconds(deadline))"
                        : "\(name)[\(keyText)] is not there")
            }
        }
        for (name, pool) in state.pools {
            var seen: Set<UInt128> = []
            for index in keys[.pool(name)] ?? [] {
                guard case .bitVector(let number, _)? = try? values.value(of: index), seen.insert(number).inserted,
                    let deadline = try? values.value(of: .select(pool.deadline, index)).integer,
                    let now = try? values.value(of: InputVariables.now).integer
                else { continue }
                lines.append(
                    now < deadline
                        ? "\(number) in \(name), expires at \(Self.seconds(deadline))" : "\(number) is free in \(name)")
            }
        }
        for (name, bytes) in state.plain {
            guard let plain = model.plain[name], !plain.isConstant, !name.contains("."), plain.size <= 16 else {
                continue
            }
            let isScalar = if case .bits = PlainObject(type: plain.type).specType { true } else { false }
            guard isScalar else { continue }
            let term = PlainObject(type: plain.type).scalar(at: []) { .select(bytes, $0) }
            if let value = text(of: term) { lines.append("\(name) = \(value)") }
        }
        return lines
    }

    /// A number.
    func text(of term: Term) -> String? {
        switch try? values.value(of: term) {
        case .bitVector(let value, _)?: "\(value)"
        case .integer(let value)?: "\(value)"
        case .boolean(let value)?: "\(value)"
        case .tuple?, .array?, nil: nil
        }
    }

    private func text(of tuple: Term, _ record: Record) -> String? {
        var parts: [String] = []
        for (index, leaf) in record.leaves.enumerated() {
            guard case .bitVector(let value, _)? = try? values.value(of: .field(index, of: tuple)) else { return nil }
            parts.append(leaf.text(of: value))
        }
        return parts.count == 1 ? parts[0] : "(\(parts.joined(separator: ", ")))"
    }

    static func seconds(_ nanoseconds: Int128) -> String {
        let (seconds, rest) = max(0, nanoseconds).quotientAndRemainder(dividingBy: 1_000_000_000)
        return rest == 0 ? "\(seconds) s" : "\(TimeText.seconds(nanoseconds)) s"
    }
}

typealias InvariantCollection = InvariantProperty.Variable.Collection

extension Record.Leaf {
    /// The number as people see it, and as a configuration file has it.
    func text(of value: UInt128) -> String {
        if isBoolean { return value == 0 ? "false" : "true" }
        guard isIPv4Address, size == 4 else { return String(value) }
        return (0..<4).map { String((value >> UInt128(24 - 8 * $0)) & 0xFF) }.joined(separator: ".")
    }
}
