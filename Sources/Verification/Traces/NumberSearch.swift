import Logic
import SMT

/// Solves conditions with arithmetic that bits are slow at for values of their variables: in integers, where products of two variables are
/// made linear by choosing one of them.
///
/// What is found is computed again as the conditions have it, bits and all, so nothing hangs on the encoding.
struct NumberSearch {
    let discharger: Discharger

    /// Values that are tried for a variable that others are multiplied by: readable ones first.
    private static let choices: [UInt128] = [1_000, 1_000_000, 1_000_000_000, 1, 0]
    private static let mostChosen = 3
    /// Most work for one question.
    private static let limit = 1_000_000

    /// - Parameter conditions: without arrays and tuples.
    func solve(_ name: String, _ conditions: [Term]) -> Satisfiability {
        let linear = IntegerEncoding(conditions, products: .linearized)
        switch ask(name, linear) {
        case .unsatisfiable: return .unsatisfiable
        case .unknown(let reason): return .unknown(reason: reason)
        case .satisfiable(let model):
            if let model = checked(model, linear, [:], conditions) { return .satisfiable(model) }
        }
        for choice in Self.choices {
            if let found = found(name, conditions, choosing: choice) { return .satisfiable(found) }
        }
        let exact = IntegerEncoding(conditions, products: .kept)
        switch ask(name, exact) {
        case .unsatisfiable: return .unsatisfiable
        case .unknown(let reason): return .unknown(reason: reason)
        case .satisfiable(let model):
            return checked(model, exact, [:], conditions).map { .satisfiable($0) }
                ?? .unknown(reason: "the arithmetic is not followed")
        }
    }

    /// With this value for as many variables as it takes.
    private func found(_ name: String, _ conditions: [Term], choosing choice: UInt128) -> Model? {
        var chosen: [Term: Value] = [:]
        var rest = conditions
        for _ in 0...Self.mostChosen {
            let encoding = IntegerEncoding(rest, products: .kept)
            guard let factor = encoding.factors.first else {
                guard case .satisfiable(let model) = ask(name, encoding) else { return nil }
                return checked(model, encoding, chosen, conditions)
            }
            let constant: Term
            switch factor.sort {
            case .bitVector(let width):
                guard width >= 128 || choice < 1 << UInt128(width) else { return nil }
                constant = .bitVector(choice, width: width)
                chosen[factor] = .bitVector(choice, width: width)
            case .integer:
                constant = .integer(Int(choice))
                chosen[factor] = .integer(Int128(choice))
            case .boolean, .array, .tuple: return nil
            }
            var substitution = Substitution([factor: constant])
            rest = rest.map { substitution.apply($0) }
            if rest.contains(where: \.isFalse) { return nil }
        }
        return nil
    }

    private func ask(_ name: String, _ encoding: IntegerEncoding) -> Satisfiability {
        discharger.ask(
            .init(
                subject: "search (numbers)", place: name, assertions: encoding.assertions, resourceLimit: Self.limit,
                readsModel: true))
    }

    /// The values of the variables and functions, if they meet the conditions.
    private func checked(
        _ model: Model, _ encoding: IntegerEncoding, _ chosen: [Term: Value], _ conditions: [Term]
    ) -> Model? {
        var assignment = chosen
        var functions: [String: FunctionInterpretation] = [:]
        func value(_ original: Term, _ number: Term) -> Value? {
            guard let value = try? model.value(of: number) else { return nil }
            guard case .bitVector(let width) = original.sort else { return value }
            return value.integer.map { .bitVector(UInt128(truncatingIfNeeded: $0), width: width) }
        }
        for (original, number) in encoding.numbers where original.variableName != nil {
            assignment[original] = value(original, number)
        }
        for (original, number) in encoding.numbers {
            guard case .apply(let name) = original.operation else { continue }
            var evaluator = Model(assignment: assignment, functions: functions).evaluator
            var arguments: [Value] = []
            for argument in original.arguments {
                guard let value = try? evaluator.evaluate(argument) else { return nil }
                arguments.append(value)
            }
            guard let result = value(original, number) else { return nil }
            let known = functions[name]
            var entries = known?.entries ?? [:]
            entries[arguments] = result
            functions[name] = FunctionInterpretation(
                entries: entries, defaultValue: known?.defaultValue ?? .zero(of: original.sort))
        }
        let result = Model(assignment: assignment, functions: functions)
        var evaluator = result.evaluator
        let holds = conditions.allSatisfy { (try? evaluator.evaluate($0)) == .boolean(true) }
        return holds ? result : nil
    }
}
