import Logic
import SpecLanguage

/// `earlier`: keeps of each step that may be a first one what the claim compares of it, each once.
final class EarlierMonitor: PropertyMonitor {
    /// How a first step looks: as far as it says so itself, and in what it has to agree with the second.
    private final class Beginning {
        let premise: [Term]
        let links: [(own: Term, remembered: Term)]
        /// What else is said of both. Parts that the first step alone decides are told by `parts`.
        let rest: [Term]
        /// Variables for these, and what they stand for.
        let parts: [(variable: Term, own: Term)]
        var kept: [[Value]: Set<[Value]>] = [:]

        init(_ condition: Term, _ observables: Observables, constants: Set<Term>) throws {
            let join = HistoryJoin(condition, observables, keepsState: true, isKept: { !constants.contains($0) })
            // Here, what is at hand is the second step: nothing but the constants.
            premise = join.kept
            links = join.links.map { (own: $0.kept, remembered: $0.here) }
            var parts: [Term: Term] = [:]
            var rest: [Term] = join.here
            for term in join.rest {
                var substitution = Substitution([:])
                term.forEachSubterm { part in
                    if parts[part] == nil, !part.isConstant, observables.roots(of: part).isDisjoint(with: constants) {
                        parts[part] = .variable("part:\(parts.count)", part.sort)
                    }
                }
                substitution = Substitution(parts)
                rest.append(substitution.apply(term))
            }
            let used = Set(rest.flatMap(observables.variables(in:)))
            self.rest = rest
            self.parts = parts.filter { used.contains($0.value) }.map { ($0.value, $0.key) }.sorted {
                $0.variable.identifier < $1.variable.identifier
            }
        }
    }

    private struct Terms {
        let beginnings: [Beginning]
        let checks: [HistoryEvent]
    }

    private let observables: Observables
    private let history: HistoryProperty
    private let constants: [Term]
    private var terms: [Observables.Shape: Terms] = [:]
    private var beginnings: [Beginning] = []

    private static let remembered = Remembered(name: "second", time: .variable("second:time", .integer))

    init(_ history: HistoryProperty, _ observables: Observables) {
        self.observables = observables
        self.history = history
        constants = history.constants(of: history.check, as: Self.remembered, observables).constants
    }

    func prepare(for shape: Observables.Shape) { _ = try? terms(of: shape) }

    private func terms(of shape: Observables.Shape) throws -> Terms {
        if let known = terms[shape] { return known }
        var context = observables.context(of: shape)
        context.remembered = Self.remembered
        let constants = Set(constants)
        let firsts = try history.event.subjectsIfAny(in: context).map { output in
            let condition = observables.prepared(history.event.premise(context, output: output))
            let isLate = observables.sources(behind: condition).contains { source in
                source.object != nil && source.terms.contains { !observables.roots(of: $0).isDisjoint(with: constants) }
            }
            if isLate { throw Observation.Failure.stateOfEarlierStep }
            return try Beginning(condition, observables, constants: constants)
        }
        let made = Terms(
            beginnings: firsts,
            checks: history.check.subjectsIfAny(in: context).map {
                HistoryEvent(history, history.check, context, output: $0, observables)
            })
        beginnings += firsts
        terms[shape] = made
        return made
    }

    func look(at step: Observation) throws -> MonitorFinding {
        let terms = try terms(of: step.shape)
        var finding = MonitorFinding()
        for check in terms.checks {
            guard let seen = try check.values(in: step) else { continue }
            let values = Dictionary(zip(constants, seen), uniquingKeysWith: { first, _ in first })
            finding.applies = true
            if try !hasHappened(step.binding(values), values) {
                finding.violation = .init(history.conclusion(hasHappened: .false))
                return finding
            }
        }
        for beginning in terms.beginnings where try beginning.premise.allSatisfy(step.holds) {
            let links = try beginning.links.map { try step.value(of: $0.own) }
            beginning.kept[links, default: []].insert(try beginning.parts.map { try step.value(of: $0.own) })
        }
        return finding
    }

    /// Whether a step was kept that the values of the second one agree with.
    private func hasHappened(_ second: Observation, _ values: [Term: Value]) throws -> Bool {
        for beginning in beginnings {
            let links = try beginning.links.map { try second.value(of: $0.remembered) }
            for parts in beginning.kept[links] ?? [] {
                var all = values
                for (part, value) in zip(beginning.parts, parts) { all[part.variable] = value }
                let both = second.binding(all)
                if try beginning.rest.allSatisfy(both.holds) { return true }
            }
        }
        return false
    }
}
