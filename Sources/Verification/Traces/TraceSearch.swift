import Logic
import OrderedCollections
import PacketFormat
import SMT
import SpecLanguage
import SymbolicExecution

/// Looks for a real trace: from the initial state, packet by packet and operation by operation, every approximation
/// replaced by the exact behaviour.
final class TraceSearch {
    /// One packet of a trace under construction, or one control operation.
    struct Step {
        let bytes: Term
        let length: Term
        let port: Term
        let now: Term
        /// Nil when they are not followed.
        let outputs: [Output]?
        let trace: [TraceEntry]
        /// Nil for a packet.
        var operation: Operation?
        /// The state before it.
        let before: StateTerms
    }

    /// A control operation with what it is given: a term for each leaf of its argument.
    struct Operation {
        let name: String
        let arguments: [Term]
    }

    /// Two steps, one behind the other: any of the first ones, then any of the second ones.
    struct HistoryTargets {
        /// A goal, negated, says that it is a first one. Nil where there is to be none.
        let firsts: [Target]?
        let seconds: [Target]
        /// Of each packet before, and of each operation by its name, where there is no first step: written in the variables of the step.
        var never: [String?: Term] = [:]
        /// Of those between the two; nil where there may be none.
        var between: [String?: Term]?
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
        /// The control operation that it is a run of; nil for a packet.
        var operation: String?
    }

    struct Prefix {
        /// Begins the names of its variables from here on: two traces that are looked for together have their own.
        var label = ""
        var steps: [Step] = []
        var conditions = TraceConditions()
        var state: StateTerms
        var allocations = 0
    }

    /// By their length, as far as they are known: for all searches of a run.
    final class Prefixes {
        fileprivate var byLength: [[Prefix]]

        init(initialState: StateTerms) { byLength = [[Prefix(state: initialState)]] }
    }

    let model: StateModel
    let discharger: Discharger
    let solver: TraceSolver
    private let baseFacts: [Term]
    /// What a packet that changes the state may do, to its end.
    private let ways: [(group: PathGroup, knowledge: Knowledge)]
    /// Most packets in a trace, and most queries in one search.
    let depth: Int
    private let queryBudget: Int
    /// The same where two steps are searched for: there are as many pairs as there are.
    private let historyBudget: Int
    /// The same where only the existence of a trace matters.
    private let witnessBudget = 200
    /// So many more where one question each decides. Of packets alone that takes long and has found nothing yet.
    private let deeper: Int
    /// Most packets in a trace where one more makes few traces more, as in a middlebox that counts.
    private let deepest = 12
    private let cheap = 64
    /// The search ends after so many queries that the solver gave up on: further ones are no easier.
    private let giveUpLimit = 3
    /// Where more shapes of traces than this are undecided, longer ones are not asked about.
    private let mostUndecided = 1
    private var givenUp = 0
    /// Asked in this search.
    private var queries = 0
    /// Whether the last search ended before it had tried everything within its bounds.
    private var isCutShort = false
    private let prefixes: Prefixes

    /// Captures count seconds in 32 bits: what comes later could not be shown, nor replayed.
    private static let endOfCaptures = Term.integer((1 << 32) * 1_000_000_000)

    /// The packet time at which a state is looked at after the last packet: at or after that packet's.
    static let later = Term.variable("later", .integer)

    init(model: StateModel, discharger: Discharger, baseFacts: [Term], groups: [PathGroup], prefixes: Prefixes) {
        self.model = model
        self.discharger = discharger
        solver = TraceSolver(discharger: discharger)
        self.baseFacts = baseFacts
        // Operations often prepare what packets then meet.
        depth = model.operations.isEmpty ? 3 : 4
        deeper = model.operations.isEmpty ? 0 : 2
        queryBudget = model.operations.isEmpty ? 400 : 1_000
        historyBudget = model.operations.isEmpty ? 500 : 2_000
        ways = groups.flatMap { group in group.whole.map { (group, $0) } }
        self.prefixes = prefixes
    }

    /// The shortest trace that reaches one of the targets and breaks its goal, or nil when there is none within the bounds.
    func search(_ targets: [Target]) -> (Target, Found)? {
        search(targets, budget: queryBudget, isForReading: true, isGuided: true)
    }

    /// Whether a trace reaches one of the targets and breaks its goal: for premises, so that nothing is claimed of what never happens.
    func hasWitness(_ targets: [Target]) -> Bool {
        hasWitness { search(targets, budget: witnessBudget, isForReading: false, isGuided: $0) != nil }
    }

    /// Most premises are met soon, one way or another: one question for all ways is asked where that does not do.
    private func hasWitness(_ isFound: (_ isGuided: Bool) -> Bool) -> Bool {
        isFound(false) || isCutShort && isFound(true)
    }

    /// Whether there are few ways to go on from traces of one packet less.
    private func isCheap(_ length: Int) -> Bool {
        prefixes.byLength.count > length || prefixes(of: length - 1).count * ways.count <= cheap
    }

    private func search(
        _ targets: [Target], budget: Int, isForReading: Bool, isGuided: Bool
    ) -> (Target, Found)? {
        begin()
        if targets.isEmpty { return nil }
        // Of one packet alone there are few ways.
        if let found = eachWay(targets, after: 0, budget: budget, isForReading) { return found }
        var impossible: Set<Int> = []
        for length in 1..<depth + deeper where isGuided && !isCutShort {
            // Beyond what can be followed way by way, as long as one question mostly decides.
            if length >= depth, length - 1 - impossible.count > mostUndecided { break }
            let shape = Array(repeating: anyWays([:]), count: length)
            switch guided(targets[0].name, shape, last: targets, isForReading) {
            case .found(let (found, target)): return (targets[target], found)
            case .impossible: impossible.insert(length)
            case .unknown: break
            }
        }
        var length = 1
        while !isCutShort, length < deepest, length < depth || isCheap(length) {
            if !impossible.contains(length),
                let found = eachWay(targets, after: length, budget: budget, isForReading)
            {
                return found
            }
            length += 1
        }
        return nil
    }

    private func begin() {
        queries = 0
        givenUp = 0
        isCutShort = false
    }

    /// Way by way, with so many packets or operations before the last one.
    private func eachWay(
        _ targets: [Target], after length: Int, budget: Int, _ isForReading: Bool
    ) -> (Target, Found)? {
        for prefix in prefixes(of: length) {
            for target in possible(targets, after: prefix) {
                queries += 1
                isCutShort = queries > budget || givenUp >= giveUpLimit
                if isCutShort { return nil }
                if let found = reach(target, after: prefix, isForReading) { return (target, found) }
            }
        }
        return nil
    }

    /// Whether a trace ends in one of the pairs of steps.
    func hasWitness(_ targets: HistoryTargets) -> Bool {
        hasWitness { search(targets, isForReading: false, isGuided: $0) != nil }
    }

    /// A short trace that ends in one of the pairs of steps: packets that change the state may come before the first and between the two.
    func search(_ targets: HistoryTargets, isForReading: Bool = true, isGuided: Bool = true) -> Found? {
        begin()
        let hasBetween = targets.firsts != nil && targets.between != nil
        var undecided: [(before: Int, between: Int)] = []
        for length in 0..<(isGuided ? depth + deeper : depth) {
            for between in 0...(hasBetween ? length : 0) {
                // Beyond what can be followed way by way, as long as one question mostly decides.
                if length >= depth, undecided.count > mostUndecided { break }
                // Of the two steps alone there are few ways.
                guard isGuided, length > 0 else {
                    if let found = eachWay(targets, length - between, between, isForReading) { return found }
                    if isCutShort { return nil }
                    continue
                }
                switch guided(targets, length - between, between, isForReading) {
                case .found(let (found, _)): return found
                case .impossible: continue
                case .unknown: undecided.append((length - between, between))
                }
            }
        }
        for (before, between) in undecided where !isCutShort {
            if let found = eachWay(targets, before, between, isForReading) { return found }
        }
        return nil
    }

    /// Way by way, with so many others before the first of the two and between them.
    private func eachWay(_ targets: HistoryTargets, _ before: Int, _ between: Int, _ isForReading: Bool) -> Found? {
        for prefix in prefixes(of: before) {
            // What may come before the second step does not hang on it.
            for first in targets.firsts.map({ $0.map(Optional.some) }) ?? [nil] {
                let beginnings =
                    first.map { starts($0, targets.between, prefix, between) }
                    ?? [targets.never.isEmpty ? prefix : without(targets.never, prefix)]
                for start in beginnings {
                    for target in possible(targets.seconds, after: start) {
                        queries += 1
                        isCutShort = queries > historyBudget || givenUp >= giveUpLimit
                        if isCutShort { return nil }
                        if let found = reach(target, after: start, isForReading) { return found }
                    }
                }
                isCutShort = queries > historyBudget
                if isCutShort { return nil }
            }
        }
        return nil
    }

    /// What packets and operations do that change the state.
    func anyWays(_ conditions: [String?: Term]) -> [TraceGuide.Way] {
        ways.map { way in
            let operation = way.group.representative.operation
            return TraceGuide.Way(
                knowledge: way.knowledge, outputs: nil, state: way.group.state,
                trace: way.group.representative.trace, extra: conditions[operation].map { [$0] } ?? [],
                operation: operation)
        }
    }

    private func way(_ target: Target) -> TraceGuide.Way {
        TraceGuide.Way(
            knowledge: target.knowledge, outputs: target.outputs, state: target.state, trace: target.trace,
            extra: [!target.goal], operation: target.operation)
    }

    /// A trace of this shape that ends in one of the targets.
    private func guided(
        _ name: String, _ shape: [[TraceGuide.Way]], last: [Target], _ isForReading: Bool
    ) -> TraceGuide.Answer<(Found, Int)> {
        let start = prefixes.byLength[0][0]
        return TraceGuide(search: self).answer(name, shape + [last.map(way)], from: start) { chosen in
            let doubts = givenUp
            let last = (number: chosen[shape.count], target: last[chosen[shape.count]])
            let found = reach(last.target, after: prefix(along: zip(shape, chosen), from: start), isForReading)
            return (found.map { ($0, last.number) }, isCertain: givenUp == doubts)
        }
    }

    /// The prefix with further steps, each along the way of its number.
    func prefix(along steps: some Sequence<([TraceGuide.Way], Int)>, from start: Prefix) -> Prefix {
        var trace = start
        for (ways, number) in steps {
            let way = ways[number]
            append(
                &trace, knowledge: way.knowledge, outputs: way.outputs, state: way.state, trace: way.trace,
                extra: way.extra, operation: way.operation)
        }
        return trace
    }

    /// The same of pairs of steps, with so many others before the first one and between the two.
    private func guided(
        _ targets: HistoryTargets, _ before: Int, _ between: Int, _ isForReading: Bool
    ) -> TraceGuide.Answer<(Found, Int)> {
        guard let name = targets.seconds.first?.name else { return .impossible }
        let shape =
            if let firsts = targets.firsts {
                Array(repeating: anyWays([:]), count: before) + [firsts.map(way)]
                    + Array(repeating: anyWays(targets.between ?? [:]), count: between)
            } else {
                Array(repeating: anyWays(targets.never), count: before)
            }
        return guided(name, shape, last: targets.seconds, isForReading)
    }

    /// Those of the targets that may come next. Where there are several, one question tells of most prefixes that none can.
    private func possible(_ targets: [Target], after prefix: Prefix) -> [Target] {
        guard targets.count > 1 else { return targets }
        var impossible: Set<String?> = []
        for (operation, targets) in OrderedDictionary(grouping: targets, by: \.operation) {
            var trace = prefix
            // Of each no more than what it decides: where that cannot be, neither can the rest.
            append(
                &trace, knowledge: Knowledge(), outputs: nil, state: .symbolic(model), trace: [],
                extra: [.or(targets.map { .and($0.knowledge.conditions + [!$0.goal]) })], operation: operation)
            queries += 1
            if !discharger.isFeasible(trace.conditions.assertions, isShort: true) { impossible.insert(operation) }
        }
        return targets.filter { !impossible.contains($0.operation) }
    }

    /// The prefix with the first step and so many packets or operations behind it.
    private func starts(
        _ first: Target, _ conditions: [String?: Term]?, _ prefix: Prefix, _ between: Int
    ) -> [Prefix] {
        var start = prefix
        append(
            &start, knowledge: first.knowledge, outputs: first.outputs, state: first.state, trace: first.trace,
            extra: [!first.goal], operation: first.operation)
        queries += 1
        var result = discharger.isFeasible(start.conditions.assertions) ? [start] : []
        for _ in 0..<between {
            var next: [Prefix] = []
            for start in result {
                for way in ways where queries <= historyBudget {
                    queries += 1
                    next.append(extended(start, by: way) { conditions?[$0].map { [$0] } ?? [] })
                }
            }
            result = feasible(next)
        }
        return result
    }

    /// The prefix, where the formula about each packet, and about each operation, holds.
    private func without(_ formulas: [String?: Term], _ prefix: Prefix) -> Prefix {
        var result = prefix
        for step in prefix.steps {
            guard let formula = formulas[step.operation?.name] else { continue }
            var replacements = [
                InputVariables.bytes: step.bytes, InputVariables.length: step.length, InputVariables.port: step.port,
                InputVariables.now: step.now,
            ]
            for (variable, term) in zip(StateTerms.symbolic(model).terms, step.before.terms)
            where variable.variableName != nil {
                replacements[variable] = term
            }
            if let operation = step.operation {
                for (variable, term) in zip(model.operations[operation.name]?.variables ?? [], operation.arguments) {
                    replacements[variable] = term
                }
            }
            var substitution = Substitution(replacements)
            result.conditions.assertions.append(substitution.apply(formula))
        }
        return result
    }

    /// The feasible sequences of state-changing packets and operations of a length. Kept, as all searches of a run share them.
    func prefixes(of length: Int) -> [Prefix] {
        // Not twice, nor by two searches at once.
        discharger.threads.alone {
            while prefixes.byLength.count <= length {
                var next: [Prefix] = []
                for prefix in prefixes.byLength[prefixes.byLength.count - 1] where next.count < Self.mostPrefixes {
                    next += feasible(ways.map { extended(prefix, by: $0) })
                }
                prefixes.byLength.append(Array(next.prefix(Self.mostPrefixes)))
            }
        }
        return prefixes.byLength[length]
    }

    private static let mostPrefixes = 400

    /// The prefix with a packet or an operation more.
    private func extended(
        _ prefix: Prefix, by way: (group: PathGroup, knowledge: Knowledge),
        where extra: (_ operation: String?) -> [Term] = { _ in [] }
    ) -> Prefix {
        var result = prefix
        let operation = way.group.representative.operation
        append(
            &result, knowledge: way.knowledge, outputs: nil, state: way.group.state,
            trace: way.group.representative.trace, extra: extra(operation), operation: operation)
        return result
    }

    /// Those that can be; in doubt, all.
    private func feasible(_ prefixes: [Prefix]) -> [Prefix] {
        zip(prefixes, discharger.areFeasible(prefixes.map(\.conditions.assertions))).filter(\.1).map(\.0)
    }

    private func reach(_ target: Target, after prefix: Prefix, _ isForReading: Bool) -> Found? {
        var trace = prefix
        append(
            &trace, knowledge: target.knowledge, outputs: target.outputs, state: target.state, trace: target.trace,
            extra: [!target.goal], operation: target.operation)
        switch isForReading
            ? solver.solve(target.name, trace.conditions)
            : solver.existence(target.name, trace.conditions)
        {
        case .satisfiable(let model): return Found(steps: trace.steps, model: model)
        case .unsatisfiable: return nil
        case .unknown:
            givenUp += 1
            return nil
        }
    }

    /// Adds a packet or an operation to a trace.
    ///
    /// - Parameters:
    ///   - given: input variables that stand for something that is there already.
    ///   - hasRoom: whether maps have room for what is stored.
    /// - Returns: what stands for the variables of the step.
    @discardableResult
    func append(
        _ prefix: inout Prefix, knowledge: Knowledge, outputs: [Output]?, state: StateTerms, trace: [TraceEntry],
        extra: [Term], given: [Term: Term] = [:], operation: String? = nil, hasRoom: Bool = true
    ) -> Substitution {
        let name = "\(prefix.label)step\(prefix.steps.count)"
        func variable(_ original: Term) -> Term {
            given[original] ?? .variable("\(name).\(original.variableName ?? "")", original.sort)
        }
        let argument = operation.flatMap { model.operations[$0] }?.variables ?? []
        let inputs =
            [InputVariables.bytes, InputVariables.length, InputVariables.port, InputVariables.now] + argument
        var replacements = Dictionary(uniqueKeysWithValues: inputs.map { ($0, variable($0)) })
        for (original, term) in zip(StateTerms.symbolic(model).terms, prefix.state.terms)
        where original.variableName != nil {
            replacements[original] = term
        }
        let all =
            knowledge.conditions + knowledge.arithmetic.flatMap { [$0.formula, $0.representative] } + extra
            + state.terms + (outputs ?? []).flatMap(\.terms)
            + knowledge.exact.flatMap(\.terms)
        Term.forEachSubterm(of: all) { term in
            // Results of the runtime's functions are new in every step.
            if term.variableName?.contains("#") == true { replacements[term] = variable(term) }
        }
        var substitution = Substitution(replacements)
        prefix.conditions.assertions += (baseFacts + knowledge.conditions + extra).map { substitution.apply($0) }
        prefix.conditions.updates += knowledge.arithmetic.map { $0.mapTerms { substitution.apply($0) } }
        if given[InputVariables.bytes] == nil, operation == nil {
            prefix.conditions.packets.append((variable(InputVariables.bytes), variable(InputVariables.length)))
        }
        for fact in knowledge.exact {
            let expanded = fact.mapTerms { substitution.apply($0) }.expanded(allocations: prefix.allocations)
            switch fact {
            case .firstFree:
                prefix.conditions.assertions.append(expanded)
                prefix.allocations += 1
            case .allAllocated, .full, .hasRoom, .formula: prefix.conditions.assertions.append(expanded)
            }
        }
        let now = variable(InputVariables.now)
        if let previous = prefix.steps.last { prefix.conditions.assertions.append(.lessOrEqual(previous.now, now)) }
        prefix.conditions.assertions.append(.less(now, Self.endOfCaptures))
        let before = prefix.state
        prefix.state = state.mapTerms { substitution.apply($0) }
        if hasRoom { prefix.conditions.assertions += MapRoom.conditions(of: prefix.state, model, now: now) }
        prefix.steps.append(
            Step(
                bytes: variable(InputVariables.bytes), length: variable(InputVariables.length),
                port: variable(InputVariables.port), now: now,
                // Nothing leaves because of an operation, nor is anything dropped.
                outputs: operation != nil ? nil : outputs?.map { $0.mapTerms { substitution.apply($0) } },
                trace: trace,
                operation: operation.map { .init(name: $0, arguments: argument.map(variable)) }, before: before))
        return substitution
    }
}
