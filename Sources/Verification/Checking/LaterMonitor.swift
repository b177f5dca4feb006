import Logic
import SpecLanguage

/// `later`: remembers first steps by what the claim compares of them, until what `unless` names, and forgets those whose deadline has passed.
final class LaterMonitor: PropertyMonitor {
    private struct Terms {
        let beginnings: [HistoryEvent]
        let unless: [Table]
        let checks: [(table: Table, conclusions: [Observables.Claim])]
    }

    /// What is remembered, by what a condition links it to.
    private final class Table {
        let join: HistoryJoin
        var memories: [[Value]: Set<[Value]>] = [:]

        init(_ join: HistoryJoin) { self.join = join }
    }

    private static let time = Term.variable("first:time", .integer)
    private static let remembered = Remembered(name: "first", time: time)

    private let observables: Observables
    private let history: HistoryProperty
    /// The constants that stand for what is compared.
    private let constants: [Term]
    private var terms: [Observables.Shape: Terms] = [:]
    private var tables: [Table] = []
    private var memories: [[Value]: MonitorFinding.Moment] = [:]
    /// Whether what has been too long ago is so for ever.
    private let isFresh: Term?
    private var limit = 1024

    init(_ history: HistoryProperty, _ observables: Observables) {
        self.observables = observables
        self.history = history
        let (constants, context) = history.constants(of: history.event, as: Self.remembered, observables)
        self.constants = constants
        let isFresh = observables.prepared(history.isFresh(context))
        let known = Set(constants + [Self.time, Observables.Run.first.now])
        self.isFresh = !isFresh.isTrue && observables.variables(in: isFresh).allSatisfy(known.contains) ? isFresh : nil
    }

    func prepare(for shape: Observables.Shape) { _ = try? terms(of: shape, nil) }

    private func terms(of shape: Observables.Shape, _ step: Observation?) throws -> Terms {
        if let known = terms[shape] { return known }
        var context = observables.context(of: shape)
        context.remembered = Self.remembered
        let kept = Set(constants + [Self.time])
        func table(_ condition: Term) throws -> Table {
            let table = Table(
                HistoryJoin(
                    observables.prepared(condition), observables, keepsState: false, changing: Self.time,
                    isKept: kept.contains))
            if let step { for memory in memories.keys { try add(memory, to: table, step) } }
            tables.append(table)
            return table
        }
        let beginnings = history.event.subjectsIfAny(in: context).map {
            HistoryEvent(history, history.event, context, output: $0, observables)
        }
        let made = Terms(
            beginnings: beginnings,
            unless: try history.unless.map { unless in
                try unless.subjectsIfAny(in: context).map { try table(unless.premise(context, output: $0)) }
            } ?? [],
            checks: try history.check.subjectsIfAny(in: context).map { output in
                let isDue = history.check.premise(context, output: output) && history.isFresh(context)
                return (
                    try table(isDue), observables.prepared(history.check.conclusions(context, output: output))
                )
            })
        terms[shape] = made
        return made
    }

    // MARK: Memory

    private func binding(_ memory: [Value], _ step: Observation) -> Observation {
        var values = Dictionary(zip(constants, memory), uniquingKeysWith: { first, _ in first })
        values[Self.time] = .integer(Int128(memories[memory]?.time ?? 0))
        return step.binding(values)
    }

    private func add(_ memory: [Value], to table: Table, _ step: Observation) throws {
        let bound = binding(memory, step)
        table.memories[try table.join.keptLinks(bound), default: []].insert(memory)
    }

    private func remember(_ memory: [Value], _ step: Observation) throws {
        let isNew = memories.updateValue(step.moment, forKey: memory) == nil
        if isNew { for table in tables { try add(memory, to: table, step) } }
    }

    private func forget(_ memory: [Value], _ step: Observation) throws {
        for table in tables {
            let links = try table.join.keptLinks(binding(memory, step))
            table.memories[links]?.remove(memory)
            if table.memories[links]?.isEmpty ?? false { table.memories[links] = nil }
        }
        memories[memory] = nil
    }

    /// What is remembered and meets the condition in this step.
    private func matches(_ table: Table, _ step: Observation) throws -> [[Value]] {
        guard try table.join.here.allSatisfy(step.holds) else { return [] }
        let links = try table.join.links.map { try step.value(of: $0.here) }
        return try (table.memories[links] ?? []).filter { memory in
            let bound = binding(memory, step)
            return try (table.join.kept + table.join.rest).allSatisfy(bound.holds)
        }
    }

    // MARK: Steps

    func look(at step: Observation) throws -> MonitorFinding {
        let terms = try terms(of: step.shape, step)
        var finding = MonitorFinding()
        for (table, conclusions) in terms.checks {
            // The latest first: it is the one to be shown.
            let due = try matches(table, step).sorted { (memories[$0]?.time ?? 0) > (memories[$1]?.time ?? 0) }
            for memory in due {
                finding.applies = true
                let bound = binding(memory, step)
                for conclusion in conclusions where try !bound.holds(conclusion.formula) {
                    finding.violation = .init(conclusion, earlier: memories[memory])
                    return finding
                }
            }
        }
        let forgotten = try terms.unless.flatMap { try matches($0, step) }
        for memory in Set(forgotten) { try forget(memory, step) }
        for beginning in terms.beginnings {
            if let values = try beginning.values(in: step) { try remember(values, step) }
        }
        try forgetTheOld(step)
        return finding
    }

    private func forgetTheOld(_ step: Observation) throws {
        guard memories.count > limit else { return }
        if let isFresh {
            for memory in Array(memories.keys) where try !binding(memory, step).holds(isFresh) {
                try forget(memory, step)
            }
        }
        limit = max(1024, 2 * memories.count)
    }
}

extension HistoryJoin {
    /// The values by which something that is kept is found.
    func keptLinks(_ kept: Observation) throws -> [Value] { try links.map { try kept.value(of: $0.kept) } }
}
