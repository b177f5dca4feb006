import Logic
import SMT
import SpecLanguage
import SymbolicExecution

// Two real traces whose last steps break a claim about two runs.

extension TraceSearch {
    /// The last steps of two runs.
    struct RunsTarget {
        /// Its goal, negated, says that the run meets the premise; so does the second's.
        let first: Target
        let second: Target
        /// What is to be broken: written in the variables of both runs.
        let claim: Term
        let relation: RunRelation
        let differences: Differences
    }

    struct FoundRuns {
        let first: Found
        let second: Found
    }

    /// Most packets before the step of either run, where the runs differ in state and the ways are followed one by one.
    private static let longestPrefix = 2
    /// Most packets before the steps of both runs, where one question decides.
    private static let longestGuided = 5
    /// Most pairs of traces that are tried, and most prefixes.
    private static let budget = 200
    private static let startBudget = 800

    /// Two short traces that end in one of the pairs of steps: behind the same packets or, where the state may differ, behind some each.
    func search(_ targets: [RunsTarget]) -> FoundRuns? {
        var queries = 0
        var startQueries = 0
        var feasible: [[TraceEntry]: [Int: [Prefix]]] = [:]
        /// The prefixes behind which a run can take a step.
        func starts(_ target: Target, _ length: Int) -> [Prefix] {
            if let known = feasible[target.trace]?[length] { return known }
            let found = prefixes(of: length).filter { prefix in
                guard startQueries < Self.startBudget else { return false }
                var trace = prefix
                append(
                    &trace, knowledge: target.knowledge, outputs: nil, state: target.state, trace: target.trace,
                    extra: [!target.goal])
                startQueries += 1
                return discharger.isFeasible(trace.conditions.assertions)
            }
            feasible[target.trace, default: [:]][length] = found
            return found
        }
        /// Way by way.
        func eachWay(_ shape: RunsShape) -> (found: FoundRuns?, isCutShort: Bool) {
            for target in targets {
                for first in starts(target.first, shape.first) {
                    for second in shape.second.map({ starts(target.second, $0).map(Optional.some) }) ?? [nil] {
                        queries += 1
                        if queries > Self.budget { return (nil, true) }
                        if let found = reach(target, first, second.map(relabelled)).found { return (found, false) }
                    }
                }
            }
            return (nil, false)
        }
        var undecided: [RunsShape] = []
        for shape in shapes(differsInState: targets.contains { $0.differences.isOfState }) {
            // Of the two steps alone there are few ways.
            if shape.isEmpty {
                let (found, isCutShort) = eachWay(shape)
                if found != nil || isCutShort { return found }
                continue
            }
            // Beyond what can be followed way by way, as long as one question decides.
            if shape.isLong, !undecided.isEmpty { continue }
            switch guided(targets, shape) {
            case .found(let found): return found
            case .impossible: continue
            case .unknown: undecided.append(shape)
            }
        }
        for shape in undecided where !shape.isLong {
            let (found, isCutShort) = eachWay(shape)
            if found != nil || isCutShort { return found }
        }
        return nil
    }

    /// How many packets and operations come before the steps of the two runs.
    private struct RunsShape {
        let first: Int
        /// Nil where they are the first run's.
        let second: Int?

        var isEmpty: Bool { first == 0 && second == nil }

        /// Whether there are too many ways to follow one by one.
        var isLong: Bool { second.map { max(first, $0) > TraceSearch.longestPrefix } ?? false }
    }

    /// The shapes that are tried, few steps first.
    private func shapes(differsInState: Bool) -> [RunsShape] {
        (0...Self.longestGuided).flatMap { length -> [RunsShape] in
            let same = length < depth ? [RunsShape(first: length, second: nil)] : []
            if !differsInState || length == 0 { return same }
            let own = (0...length).filter { $0 < depth && length - $0 < depth }
            return same + own.map { RunsShape(first: $0, second: length - $0) }
        }
    }

    /// Two traces of a shape, with one question for all ways and all targets.
    private func guided(_ targets: [RunsTarget], _ shape: RunsShape) -> TraceGuide.Answer<FoundRuns> {
        guard let name = targets.first?.first.name else { return .impossible }
        let guide = TraceGuide(search: self)
        let start = prefixes(of: 0)[0]
        var secondStart = relabelled(start)
        secondStart.label = "second."
        let firstSteps = Array(repeating: anyWays([:]), count: shape.first)
        let secondSteps = shape.second.map { Array(repeating: anyWays([:]), count: $0) }
        guard let first = guide.open(start, firstSteps) else { return .impossible }
        var second: (prefix: Prefix, choices: [Term])?
        if let secondSteps {
            guard let opened = guide.open(secondStart, secondSteps) else { return .impossible }
            second = opened
        }
        let choice = TraceGuide.choice("target")
        let ends = targets.compactMap { runs($0, first.prefix, second?.prefix, hasRoom: false)?.conditions.assertions }
        guard ends.count == targets.count else { return .unknown }
        let question = TraceGuide.Question(
            assertions: TraceGuide.choose(ends, by: choice),
            choices: first.choices + (second?.choices ?? []) + [choice])
        return guide.decide(name, question) { chosen in
            let one = prefix(along: zip(firstSteps, chosen), from: start)
            let other = secondSteps.map {
                prefix(along: zip($0, chosen.dropFirst(shape.first)), from: secondStart)
            }
            return reach(targets[chosen[chosen.count - 1]], one, other)
        }
    }

    /// Two traces that end in the target.
    private struct Runs {
        let conditions: TraceConditions
        let first: Prefix
        let second: Prefix
        /// The first run's packet, and where its payload begins.
        let bytes: Term
        let payload: Term?
    }

    /// - Returns: whether it is certain, too, where there are none.
    private func reach(
        _ target: RunsTarget, _ prefix: Prefix, _ other: Prefix?
    ) -> (found: FoundRuns?, isCertain: Bool) {
        guard let runs = runs(target, prefix, other) else { return (nil, false) }
        switch solver.solve(target.first.name, runs.conditions) {
        case .unsatisfiable: return (nil, true)
        case .unknown: return (nil, false)
        case .satisfiable(let model):
            let whole = withHeaders(model, target.relation, first: runs.bytes, start: runs.payload)
            return (
                FoundRuns(
                    first: Found(steps: runs.first.steps, model: whole),
                    second: Found(steps: runs.second.steps, model: whole)), true
            )
        }
    }

    /// - Parameters:
    ///   - other: what the second run begins with, in variables of its own; nil: the same packets as the first.
    ///   - hasRoom: whether maps have room for what is stored.
    private func runs(_ target: RunsTarget, _ prefix: Prefix, _ other: Prefix?, hasRoom: Bool = true) -> Runs? {
        let relation = target.relation
        let marks = SecondRun(model)
        var first = prefix
        var one = append(
            &first, knowledge: target.first.knowledge, outputs: target.first.outputs, state: target.first.state,
            trace: target.first.trace, extra: [!target.first.goal], hasRoom: hasRoom)
        var second: Prefix
        if let other {
            second = other
        } else {
            second = prefix
            second.conditions = TraceConditions()
        }
        second.label = "second."
        let before = second.state
        var given: [Term: Term] = [InputVariables.bytes: one.apply(relation.bytes)]
        if !target.differences.length { given[InputVariables.length] = one.apply(InputVariables.length) }
        if !target.differences.port { given[InputVariables.port] = one.apply(InputVariables.port) }
        if !target.differences.time { given[InputVariables.now] = one.apply(InputVariables.now) }
        var two = append(
            &second, knowledge: target.second.knowledge, outputs: target.second.outputs, state: target.second.state,
            trace: target.second.trace, extra: [!target.second.goal], given: given, hasRoom: hasRoom)
        guard let lengthTerm = second.steps.last?.length, let now = second.steps.last?.now else { return nil }

        var replacements: [Term: Term] = [:]
        for variable in target.claim.freeVariables {
            replacements[variable] = marks.unmarked(variable).map { two.apply($0) } ?? one.apply(variable)
        }
        var claim = Substitution(replacements)
        var conditions = first.conditions
        conditions.assertions += second.conditions.assertions + [!claim.apply(target.claim)]
        conditions.updates += second.conditions.updates
        conditions.packets += second.conditions.packets
        if other != nil {
            conditions.assertions += agreement(
                prefix.state, one.apply(InputVariables.now), before, now, target.differences, relation, &one)
        }
        if let payload = relation.payload {
            conditions.packets.append((payload.bytes, lengthTerm))
            let read = conditions.assertions + conditions.updates.flatMap { [$0.formula, $0.representative] }
            conditions.assertions +=
                relation.sharedHeaders(
                    readIn: read, first: one.apply(InputVariables.bytes), start: one.apply(payload.start)
                ).conditions
        }
        return Runs(
            conditions: conditions, first: first, second: second, bytes: one.apply(InputVariables.bytes),
            payload: relation.payload.map { one.apply($0.start) })
    }

    /// The prefix in variables of its own.
    private func relabelled(_ prefix: Prefix) -> Prefix {
        let shared = Set(model.configuration.map { known in known.record.leaves.map { known.variable($0) } } ?? [])
        let terms =
            prefix.conditions.assertions + prefix.conditions.updates.flatMap { [$0.formula, $0.representative] }
            + prefix.state.terms
            + prefix.steps.flatMap { [$0.bytes, $0.length, $0.port, $0.now] + ($0.operation?.arguments ?? []) }
        var replacements: [Term: Term] = [:]
        Term.forEachSubterm(of: terms) { term in
            guard let name = term.variableName, !shared.contains(term) else { return }
            replacements[term] = .variable("second.\(name)", term.sort)
        }
        var renaming = Substitution(replacements)
        var result = prefix
        result.conditions.assertions = prefix.conditions.assertions.map { renaming.apply($0) }
        result.conditions.updates = prefix.conditions.updates.map { $0.mapTerms { renaming.apply($0) } }
        result.conditions.packets = prefix.conditions.packets.map {
            (renaming.apply($0.bytes), renaming.apply($0.length))
        }
        result.state = prefix.state.mapTerms { renaming.apply($0) }
        result.steps = prefix.steps.map { step in
            Step(
                bytes: renaming.apply(step.bytes), length: renaming.apply(step.length), port: renaming.apply(step.port),
                now: renaming.apply(step.now), outputs: nil, trace: step.trace,
                operation: step.operation.map { operation in
                    Operation(name: operation.name, arguments: operation.arguments.map { renaming.apply($0) })
                }, before: step.before)
        }
        return result
    }

    /// That two states of traces are equal, but for what may differ.
    private func agreement(
        _ first: StateTerms, _ firstTime: Term, _ second: StateTerms, _ secondTime: Term, _ differences: Differences,
        _ relation: RunRelation, _ translation: inout Substitution
    ) -> [Term] {
        var result: [Term] = []
        /// That what is stored under a key is the same.
        func same(_ a: [Term], _ b: [Term], at key: Term) -> Term {
            let pairs = zip(a, b).map { (Term.select($0, key), Term.select($1, key)) }
            let isSame = Term.and(pairs.map { .equal($0, $1) })
            return isSame || (.lessOrEqual(pairs[0].0, firstTime) && .lessOrEqual(pairs[0].1, secondTime))
        }
        func agree(_ object: String, _ a: [Term], _ b: [Term]) {
            if differences.object(named: object) != nil {
                for agreement in relation.agreements where agreement.object == object {
                    result.append(
                        .implies(
                            translation.apply(agreement.condition), same(a, b, at: translation.apply(agreement.key))))
                }
                return
            }
            if a == b { return }
            guard let x = a[0].storedIndices, let y = b[0].storedIndices else {
                result.append(.false)
                return
            }
            result += (x + y).map { same(a, b, at: $0) }
        }
        for (name, map) in first.maps {
            guard let other = second.maps[name] else { continue }
            agree(name, [map.deadline, map.value], [other.deadline, other.value])
        }
        for (name, pool) in first.pools {
            guard let other = second.pools[name] else { continue }
            agree(name, [pool.deadline], [other.deadline])
            if differences.object(named: name) == nil { result.append(.equal(pool.last, other.last)) }
        }
        for (name, bytes) in first.plain where differences.object(named: name) == nil {
            guard let other = second.plain[name], other != bytes else { continue }
            guard let x = bytes.storedIndices, let y = other.storedIndices else { return [.false] }
            result += (x + y).map { .equal(.select(bytes, $0), .select(other, $0)) }
        }
        return result
    }

    /// The model, where the second run's packet has the first's headers.
    private func withHeaders(_ model: SMT.Model, _ relation: RunRelation, first: Term, start: Term?) -> SMT.Model {
        guard let own = relation.payload?.bytes, let start,
            case .bitVector(let length, _) = try? model.value(of: start),
            case .array(let array) = try? model.value(of: own)
        else { return model }
        var entries = array.entries
        for index in 0..<Int(length) {
            let place = Term.bitVector(index, width: 16)
            guard let byte = try? model.value(of: .select(first, place)) else { continue }
            entries[.bitVector(UInt128(index), width: 16)] = byte
        }
        var assignment = model.assignment
        assignment[own] = .array(
            ArrayValue(indexSort: array.indexSort, defaultElement: array.defaultElement, entries: entries))
        return SMT.Model(assignment: assignment, functions: model.functions)
    }
}

extension Term {
    /// The indices that something was stored at since the beginning; nil where that cannot be told.
    fileprivate var storedIndices: [Term]? {
        var result: [Term] = []
        var open = [self]
        var visited: Set<Term> = []
        while let array = open.popLast() {
            guard visited.insert(array).inserted else { continue }
            switch array.operation {
            case .store:
                result.append(array.arguments[1])
                open.append(array.arguments[0])
            case .ifThenElse: open += array.arguments[1...]
            case .constantArray: continue
            default: return nil
            }
        }
        return result
    }
}
