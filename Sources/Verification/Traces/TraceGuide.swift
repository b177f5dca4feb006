import Logic
import OrderedCollections
import SMT
import SymbolicExecution

/// Looks for the ways that a trace takes, in one question for all of them: each step goes any of its ways, and a number says which.
///
/// The question leaves out what checksums are and whether there is room in maps, so it has more answers than there are traces: where it has none,
/// there is no trace. Ways that it names are followed exactly, and ruled out where that fails.
struct TraceGuide {
    /// One way that a step may take.
    struct Way {
        let knowledge: Knowledge
        let outputs: [Output]?
        let state: StateTerms
        let trace: [TraceEntry]
        /// What else holds, in the step's input variables.
        let extra: [Term]
        let operation: String?
    }

    /// What is asked of traces of one shape.
    enum Answer<Found> {
        case found(Found)
        /// There is none, for sure.
        case impossible
        case unknown
    }

    /// The assertions on all traces of a shape, and the number of the way that each step goes.
    struct Question {
        var assertions: [Term]
        var choices: [Term]
    }

    private let search: TraceSearch
    /// Most ways that are followed to no end, for one shape.
    private let mostTries = 8

    init(search: TraceSearch) { self.search = search }

    /// A trace whose steps go one of the ways that there are for each.
    ///
    /// - Parameter follow: the exact search along ways, by their numbers.
    func answer<Found>(
        _ name: String, _ steps: [[Way]], from start: TraceSearch.Prefix,
        follow: ([Int]) -> (found: Found?, isCertain: Bool)
    ) -> Answer<Found> {
        guard let (prefix, choices) = open(start, steps) else { return .impossible }
        return decide(name, Question(assertions: prefix.conditions.assertions, choices: choices), follow: follow)
    }

    func decide<Found>(
        _ name: String, _ question: Question, follow: ([Int]) -> (found: Found?, isCertain: Bool)
    ) -> Answer<Found> {
        var assertions = question.assertions
        var isCertain = true
        for _ in 0..<mostTries {
            switch ask(name, assertions) {
            case .unsatisfiable: return isCertain ? .impossible : .unknown
            case .unknown: return .unknown
            case .satisfiable(let model):
                var evaluator = model.evaluator
                var chosen: [Int] = []
                for choice in question.choices {
                    guard case .bitVector(let number, _)? = try? evaluator.evaluate(choice) else { return .unknown }
                    chosen.append(Int(number))
                }
                let result = follow(chosen)
                if let found = result.found { return .found(found) }
                isCertain = isCertain && result.isCertain
                assertions.append(
                    !.and(zip(question.choices, chosen).map { .equal($0, .bitVector($1, width: Self.width)) }))
            }
        }
        return .unknown
    }

    /// The prefix with steps that go any of their ways, and the number of each step's; nil where a step has none.
    func open(_ start: TraceSearch.Prefix, _ steps: [[Way]]) -> (prefix: TraceSearch.Prefix, choices: [Term])? {
        var prefix = start
        var choices: [Term] = []
        for ways in steps {
            if ways.isEmpty { return nil }
            let (next, choice) = open(prefix, ways)
            prefix = next
            choices.append(choice)
        }
        return (prefix, choices)
    }

    private static let width = 16

    /// The prefix with one more step, that goes any of the ways.
    private func open(_ prefix: TraceSearch.Prefix, _ ways: [Way]) -> (TraceSearch.Prefix, choice: Term) {
        let choice = Self.choice("\(prefix.label)step\(prefix.steps.count).way")
        let known = prefix.conditions.assertions.count
        var taken: [TraceSearch.Prefix] = []
        for way in ways {
            var next = prefix
            search.append(
                &next, knowledge: way.knowledge, outputs: way.outputs, state: way.state, trace: way.trace,
                extra: way.extra, operation: way.operation, hasRoom: false)
            taken.append(next)
        }
        var result = taken[0]
        result.conditions.assertions =
            prefix.conditions.assertions
            + Self.choose(taken.map { Array($0.conditions.assertions[known...]) }, by: choice)
        result.allocations = taken.map(\.allocations).max() ?? result.allocations
        let states = taken.map(\.state.terms)
        var position = 0
        result.state = taken[0].state.mapTerms { _ in
            defer { position += 1 }
            return TraceGuide.choose(states.map { $0[position] }, by: choice)
        }
        return (result, choice)
    }

    /// A number of its own for what is chosen.
    static func choice(_ name: String) -> Term { .variable(name, .bitVector(width)) }

    /// The assertions of the one that is chosen.
    static func choose(_ assertions: [[Term]], by choice: Term) -> [Term] {
        let common = assertions.dropFirst().reduce(Set(assertions[0])) { $0.intersection($1) }
        var result = assertions[0].filter(common.contains)
        result.append(.unsignedLess(choice, .bitVector(assertions.count, width: width)))
        for (index, own) in assertions.enumerated() {
            let rest = own.filter { !common.contains($0) }
            if rest.isEmpty { continue }
            result.append(.implies(.equal(choice, .bitVector(index, width: width)), .and(rest)))
        }
        return result
    }

    /// The term of the way that is chosen. Most ways leave most of the state alone.
    private static func choose(_ terms: [Term], by choice: Term) -> Term {
        var places: OrderedDictionary<Term, [Int]> = [:]
        for (index, term) in terms.enumerated() { places[term, default: []].append(index) }
        guard let usual = places.max(by: { $0.value.count < $1.value.count })?.key else { return terms[0] }
        return places.reversed().reduce(usual) { result, entry in
            if entry.key == usual { return result }
            let isTaken = Term.or(entry.value.map { .equal(choice, .bitVector($0, width: width)) })
            return .ifThenElse(isTaken, entry.key, result)
        }
    }

    private func ask(_ name: String, _ assertions: [Term]) -> Satisfiability {
        var elimination = ArrayElimination()
        var rewritten: [Term] = []
        for assertion in assertions {
            guard let term = elimination.eliminate(assertion) else { return .unknown(reason: "arrays are compared") }
            rewritten.append(term)
        }
        if rewritten.contains(where: \.isFalse) { return .unsatisfiable }
        var hardArithmetic = HardArithmetic()
        if hardArithmetic.occurs(in: rewritten) { return .unknown(reason: "numbers are multiplied") }
        return search.discharger.ask(
            .init(
                subject: "search", place: name + ", any way", assertions: rewritten,
                resourceLimit: search.discharger.limitOfManyInOne, readsModel: true))
    }
}
