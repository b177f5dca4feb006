import Logic
import PacketFormat
import SMT
import SpecLanguage
import SymbolicExecution

/// Looks for a real trace: from the initial state, packet by packet, every approximation replaced by the exact behaviour.
final class TraceSearch {
    /// One packet of a trace under construction.
    struct Step {
        let bytes: Term
        let length: Term
        let port: Term
        let now: Term
        let outputs: [Output]
        let trace: [TraceEntry]
    }

    /// A satisfiable trace.
    struct Found {
        let steps: [Step]
        let model: SMT.Model
    }

    /// What the last packet does, or what fails at its place.
    struct Target {
        let name: String
        let knowledge: Knowledge
        let outputs: [Output]
        let state: StateTerms
        let trace: [TraceEntry]
        /// Negated, this is what the trace must reach: written in the input variables, and for goals over a later state in `later`.
        let goal: Term
    }

    private struct Prefix {
        var steps: [Step] = []
        var assertions: [Term]
        /// What the runtime's checksum functions computed: kept apart.
        var arithmetic: [Term] = []
        var state: StateTerms
        var allocations = 0
    }

    private let model: StateModel
    private let discharger: Discharger
    private let baseFacts: [Term]
    private let groups: [PathGroup]
    /// Most packets in a trace, and most queries in one search.
    private let depth = 3
    private let queryBudget = 1500
    /// The search ends after so many queries that the solver gave up on: further ones are no easier.
    private let giveUpLimit = 3
    private var givenUp = 0
    private var prefixes: [[Prefix]]

    /// The packet time at which a state is looked at after the last packet: at or after that packet's.
    static let later = Term.variable("later", .integer)

    init(model: StateModel, discharger: Discharger, baseFacts: [Term], groups: [PathGroup]) {
        self.model = model
        self.discharger = discharger
        self.baseFacts = baseFacts
        self.groups = groups
        prefixes = [[Prefix(assertions: [], state: .initial(model))]]
    }

    /// The shortest trace that reaches one of the targets and breaks its goal, or nil when there is none within the bounds.
    func search(_ targets: [Target]) -> (Target, Found)? {
        var queries = 0
        givenUp = 0
        for length in 0..<depth {
            for prefix in prefixes(of: length) {
                for target in targets {
                    queries += 1
                    if queries > queryBudget || givenUp >= giveUpLimit { return nil }
                    if let found = reach(target, after: prefix) { return (target, found) }
                }
            }
        }
        return nil
    }

    /// The feasible sequences of state-changing packets of a length. Kept, as all searches of a run share them.
    private func prefixes(of length: Int) -> [Prefix] {
        while prefixes.count <= length {
            var next: [Prefix] = []
            for prefix in prefixes[prefixes.count - 1] {
                for group in groups where next.count < 400 {
                    var extended = prefix
                    let knowledge = Knowledge(
                        conditions: group.conditions, arithmetic: group.representative.knowledge.arithmetic,
                        exact: group.representative.knowledge.exact)
                    append(
                        &extended, knowledge: knowledge, outputs: [], state: group.state,
                        trace: group.representative.trace, extra: [])
                    if discharger.isFeasible(extended.assertions) { next.append(extended) }
                }
            }
            prefixes.append(next)
        }
        return prefixes[length]
    }

    private func reach(_ target: Target, after prefix: Prefix) -> Found? {
        var trace = prefix
        append(
            &trace, knowledge: target.knowledge, outputs: target.outputs, state: target.state, trace: target.trace,
            extra: [!target.goal])
        let sums = WordSumDefinitions.definitions(in: trace.assertions)
        let everything = trace.assertions + trace.arithmetic + sums
        if everything.contains(where: \.isFalse) { return nil }
        // Checksum arithmetic is slow company. A trace without it, its packets then held fast, leaves it nothing to search for.
        if sums.isEmpty, !trace.arithmetic.isEmpty {
            for limit in [64, 128, 1514] {
                let short = trace.steps.map { Term.unsignedLessOrEqual($0.length, .bitVector(limit, width: 16)) }
                switch ask(target.name, trace.assertions + short) {
                case .unsatisfiable: continue
                case .unknown: givenUp += 1
                case .satisfiable(let model):
                    guard let pinned = try? pinned(trace.steps, model),
                        case .satisfiable(let exact) = ask(target.name + " with checksums", everything + pinned)
                    else { continue }
                    return Found(steps: trace.steps, model: exact)
                }
                break
            }
            if case .unsatisfiable = ask(target.name, trace.assertions) { return nil }
        }
        switch ask(target.name, everything) {
        case .satisfiable(let model): return Found(steps: trace.steps, model: model)
        case .unsatisfiable: return nil
        case .unknown:
            givenUp += 1
            return nil
        }
    }

    /// Equations that hold the packets of a trace and the configuration fast at what a model has.
    private func pinned(_ steps: [Step], _ values: SMT.Model) throws -> [Term] {
        func pin(_ term: Term) throws -> Term? {
            switch try values.value(of: term) {
            case .bitVector(let value, let width): .equal(term, .bitVector(value, width: width))
            case .integer(let value): Int(exactly: value).map { .equal(term, .integer($0)) }
            case .boolean(let value): value ? term : !term
            case .tuple, .array: nil
            }
        }
        var result: [Term?] = []
        for step in steps {
            result += [try pin(step.length), try pin(step.port), try pin(step.now)]
            guard case .bitVector(let length, _) = try values.value(of: step.length) else { continue }
            for offset in 0..<Int(length) {
                result.append(try pin(.select(step.bytes, .bitVector(offset, width: 16))))
            }
        }
        if let configuration = model.configuration {
            for leaf in configuration.record.leaves { result.append(try pin(configuration.variable(leaf))) }
        }
        return result.compactMap { $0 }
    }

    private func ask(_ name: String, _ assertions: [Term]) -> Satisfiability {
        discharger.solve([.init(name: "search \(name)", assertions: assertions)])[0]
    }

    /// Adds a packet to a trace.
    private func append(
        _ prefix: inout Prefix, knowledge: Knowledge, outputs: [Output], state: StateTerms, trace: [TraceEntry],
        extra: [Term]
    ) {
        let number = prefix.steps.count
        func variable(_ original: Term) -> Term {
            .variable("step\(number).\(original.variableName ?? "")", original.sort)
        }
        let inputs = [InputVariables.bytes, InputVariables.length, InputVariables.port, InputVariables.now]
        var replacements = Dictionary(uniqueKeysWithValues: inputs.map { ($0, variable($0)) })
        for (original, term) in zip(StateTerms.symbolic(model).terms, prefix.state.terms)
        where original.variableName != nil {
            replacements[original] = term
        }
        let all =
            knowledge.conditions + knowledge.arithmetic.map(\.formula) + extra + state.terms + outputs.map(\.bytes)
            + knowledge.exact.flatMap(\.terms)
        Term.forEachSubterm(of: all) { term in
            // Results of the runtime's functions are new in every step.
            if let name = term.variableName, name.contains("#") {
                replacements[term] = .variable("step\(number).\(name)", term.sort)
            }
        }
        var substitution = Substitution(replacements)
        prefix.assertions += (baseFacts + knowledge.conditions + extra).map { substitution.apply($0) }
        prefix.arithmetic += knowledge.arithmetic.map { substitution.apply($0.formula) }
        for fact in knowledge.exact {
            let expanded = fact.mapTerms { substitution.apply($0) }.expanded(allocations: prefix.allocations)
            switch fact {
            case .formula: prefix.arithmetic.append(expanded)
            case .firstFree:
                prefix.assertions.append(expanded)
                prefix.allocations += 1
            case .allAllocated, .full: prefix.assertions.append(expanded)
            }
        }
        let now = variable(InputVariables.now)
        if let previous = prefix.steps.last { prefix.assertions.append(.lessOrEqual(previous.now, now)) }
        prefix.state = state.mapTerms { substitution.apply($0) }
        prefix.steps.append(
            Step(
                bytes: variable(InputVariables.bytes), length: variable(InputVariables.length),
                port: variable(InputVariables.port), now: now,
                outputs: outputs.map {
                    Output(
                        bytes: substitution.apply($0.bytes), length: substitution.apply($0.length),
                        port: substitution.apply($0.port))
                },
                trace: trace))
    }
}

extension ExactFact {
    /// The terms in the fact.
    var terms: [Term] {
        switch self {
        case .firstFree(let deadline, let last, let first, let count, let result, let now):
            [deadline, last, first, count, result, now]
        case .allAllocated(let deadline, let first, let count, let now): [deadline, first, count, now]
        case .full: []
        case .formula(let term): [term]
        }
    }

    /// The fact without quantifiers, in a trace that starts from the initial state with at most so many allocations before this point.
    func expanded(allocations: Int) -> Term {
        func number(_ value: Int) -> Term { .bitVector(value, width: 32) }
        switch self {
        case .firstFree(let deadline, let last, let first, let count, let result, let now):
            let isInRange = Term.unsignedLessOrEqual(first, last) && .unsignedLess(.subtract(last, first), count)
            let start = Term.ifThenElse(isInRange, .subtract(last, first), number(0))
            // No more than `allocations` indices are taken, so a free one is among the first `allocations` + 1.
            var ways: [Term] = []
            var takenSoFar: [Term] = []
            for distance in 0...allocations {
                let straight = Term.add(start, number(distance))
                let position = Term.ifThenElse(
                    .unsignedLess(straight, count), straight, .subtract(straight, count))
                let index = Term.add(first, position)
                ways.append(
                    .and(takenSoFar + [.unsignedLess(number(distance), count), .equal(result, index)]))
                takenSoFar.append(.less(now, .select(deadline, index)))
            }
            return .or(ways)
        case .allAllocated(let deadline, let first, let count, let now):
            var parts = [Term.unsignedLessOrEqual(count, number(allocations))]
            for distance in 0..<allocations {
                parts.append(
                    .implies(
                        .unsignedLess(number(distance), count),
                        .less(now, .select(deadline, .add(first, number(distance))))))
            }
            return .and(parts)
        case .full(let capacity):
            // Each packet inserts at most a few entries; a map that a trace this short could fill is not followed to the end.
            _ = capacity
            return .false
        case .formula(let term): return term
        }
    }
}

/// The sums over packet words that appear in goals about checksums, spelled out: exact for headers without options, and no other header
/// is admitted in the trace.
enum WordSumDefinitions {
    static let headerBytes = 20

    static func definitions(in assertions: [Term]) -> [Term] {
        var result: [Term] = []
        Term.forEachSubterm(of: assertions) { term in
            guard case .apply(wordSumFunction) = term.operation else { return }
            let (bytes, start, end) = (term.arguments[0], term.arguments[1], term.arguments[2])
            result.append(.equal(.subtract(end, start), .bitVector(headerBytes, width: start.width)))
            let summands = (0..<headerBytes).map { offset in
                Term.product(
                    .integer(offset % 2 == 0 ? 256 : 1),
                    .unsignedInteger(.select(bytes, .add(start, .bitVector(offset, width: start.width)))))
            }
            result.append(.equal(term, .sum(summands)))
        }
        return result
    }
}
