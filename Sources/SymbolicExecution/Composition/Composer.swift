import Dataflow
import Diagnostics
import Logic
import MiddleboxIR
import OrderedCollections

/// Executes each element once and joins the summaries along the graph.
///
/// A composition goes through the inputs in flow order. What is known of the packets that come to an input is kept as a list of arrivals;
/// an element's paths are appended to each. What can no longer matter to those who come next (decisions about the state of elements that the
/// packet has left for good) is forgotten at the hand-off, ways that do not differ any more become one, and where there are still too many,
/// they are joined: so the cost of a chain is the sum over its elements. All of this only ever says less than is known: right for proofs.
/// An exact composition forgets nothing.
public final class Composer {
    /// How far ways are told apart.
    public struct Limits: Sendable {
        /// Most arrivals at one input; where there are more, they are joined.
        public var arrivals = 12
        /// Most ways in an exact composition, and most hand-offs in it.
        public var ways = 2_000
        /// Most element paths that are appended to others in a search for single ways.
        public var samples = 3_000

        /// Whether ways are never taken for exact, to see what proofs are worth without.
        public var isAlwaysInexact = false

        public init() {}
    }

    /// Gives the summary of an input for arguments of these shapes: as it was found out before, or by executing it.
    public typealias Recall = (
        _ function: String, _ shapes: [ArgumentShape], _ execute: () -> ElementSummary
    ) -> ElementSummary

    struct Node: Hashable {
        let function: String
        let shapes: [ArgumentShape]
    }

    /// What comes of following packets through a part of the graph.
    private struct Flow {
        var arrivals: OrderedDictionary<Node, [Arrival]> = [:]
        var paths: [ProgramPath] = []
        var checkGroups: [CheckGroup] = []
        var edges: OrderedDictionary<EdgeFacts.Edge, [Arrival]> = [:]
        var isExact = true
        /// Whether checks were made, too.
        var hasChecks = false
    }

    /// What is not forgotten, and where packets are followed to.
    private struct Scope {
        var isExact = false
        /// Objects of interest, wherever the packet is.
        var objects: Set<String> = []
        /// Ways end, finished, where they lead to other inputs.
        var follows: (String) -> Bool = { _ in true }
        var makesChecks = false
    }

    private let program: Program
    private let graph: ElementGraph
    private let model: StateModel
    private let executor: Executor
    private let oracle: FeasibilityOracle
    private let limits: Limits
    private let recall: Recall

    private var summaries: [Node: ElementSummary] = [:]
    private var order: [ElementSummary] = []
    private var summarySeconds: [(name: String, seconds: Double)] = []
    private var feasibility: [Set<Term>: Bool] = [:]
    private var mentions: [Term: Mentions] = [:]
    /// By input function: all that packets may come to from it, itself included.
    private let reach: [String: Set<String>]
    private var whole: Flow?
    private var ofObjects: [Set<String>: [ProgramPath]] = [:]
    private var withObjects: [Set<String>: Composition] = [:]

    public init(
        program: Program, graph: ElementGraph, model: StateModel, limits: Limits = Limits(),
        executorLimits: Executor.Limits = .init(), recall: @escaping Recall = { $2() },
        oracle: @escaping FeasibilityOracle
    ) {
        self.recall = recall
        self.program = program
        self.graph = graph
        self.model = model
        self.oracle = oracle
        self.limits = limits
        executor = Executor(program: program, graph: graph, model: model, limits: executorLimits, oracle: oracle)
        var reach: [String: Set<String>] = [:]
        for function in graph.inputsInFlowOrder.reversed() {
            var inputs: Set<String> = [function]
            for edge in graph.edges(from: function) {
                if case .input(let target) = edge.to { inputs.formUnion(reach[target] ?? [target]) }
            }
            reach[function] = inputs
        }
        self.reach = reach
    }

    // MARK: What is composed

    /// The ways of all packets, as far as they differ in what packets may come across later. `objects`: state whose content matters besides.
    public func composition(about objects: Set<String> = []) -> Composition {
        if objects.isEmpty { return composition(wholeFlow()) }
        if wholeFlow().isExact { return composition(wholeFlow()) }
        if let known = withObjects[objects] { return known }
        let result = composition(flow([(entry, [start])], Scope(objects: objects)) ?? Flow())
        withObjects[objects] = result
        return result
    }

    /// Every way of its own; nil when there are too many.
    public func exactComposition() -> Composition? {
        let flow = wholeFlow()
        if flow.isExact { return composition(flow) }
        return exact
    }

    private lazy var exact: Composition? = flow([(entry, [start])], Scope(isExact: true, makesChecks: true))
        .map(composition)

    /// What packets and control operations can do to the objects: ways that may end before the packet does, at the last element that owns one
    /// of them.
    public func changes(of objects: Set<String>) -> [ProgramPath] {
        let owners = Set(objects.compactMap { graph.stateOwners[$0] })
        let elements = owners.compactMap(graph.element(named:))
        if elements.isEmpty { return [] }
        if wholeFlow().isExact { return wholeFlow().paths + operations.paths }
        let ownInputs = Set(elements.flatMap(\.inputs))
        if let known = ofObjects[ownInputs] { return known }
        let owned = Set(elements.flatMap(\.ownedState))
        // An input that was handed something that has no shape was executed in its caller's place.
        let callers = order.filter { $0.changes(owned, of: model) }.map(\.function)
        let inputs = ownInputs.union(callers)
        let scope = Scope(objects: owned, follows: { [reach] in !(reach[$0] ?? []).isDisjoint(with: inputs) })
        var starts: [(Node, [Arrival])] = [(entry, [start])]
        if owners.count == 1, inputs == ownInputs {
            // Those who come to the element for the first time; nothing before can matter but what is known of them.
            starts = wholeFlow().arrivals.compactMap { node, arrivals in
                guard inputs.contains(node.function) else { return nil }
                let first = arrivals.filter { inputs.isDisjoint(with: $0.inputs) }
                return first.isEmpty ? nil : (node, first)
            }
        }
        let paths = (flow(starts, scope)?.paths ?? []) + operations.paths
        ofObjects[ownInputs] = paths
        return paths
    }

    /// What holds of all packets that cross each edge between inputs, in flow order.
    public func edgeFacts() -> [EdgeFacts] {
        wholeFlow().edges.map { EdgeFacts(edge: $0.key, arrivals: $0.value) }
    }

    private var entry: Node { Node(function: Program.entryPoint, shapes: [.packet]) }
    private var start: Arrival { Arrival(arguments: [nil], state: .symbolic(model)) }

    private func wholeFlow() -> Flow {
        if let whole { return whole }
        let result = flow([(entry, [start])], Scope(makesChecks: true)) ?? Flow()
        whole = result
        return result
    }

    /// Control operations begin anywhere between packets and hand nothing on: each is told with all that it decides.
    private lazy var operations: Flow = {
        let starts = model.operations.values.map { operation in
            let shapes: [ArgumentShape] = operation.argument == nil ? [] : [.operationArgument]
            let arguments: [Term?] = shapes.map { _ in nil }
            return (
                Node(function: operation.name, shapes: shapes),
                [Arrival(arguments: arguments, state: .symbolic(model))]
            )
        }
        return flow(starts, Scope(isExact: true, makesChecks: true), hasLimit: false) ?? Flow()
    }()

    private func composition(_ flow: Flow) -> Composition {
        let operations = operations
        return Composition(
            paths: flow.paths, operations: operations.paths,
            checkGroups: flow.checkGroups + (flow.hasChecks ? operations.checkGroups : []), summaries: order,
            summarySeconds: summarySeconds, isExact: flow.isExact)
    }

    private func summary(of function: Function, _ node: Node) -> ElementSummary {
        if let summary = summaries[node] { return summary }
        let start = ContinuousClock.now
        let summary = recall(node.function, node.shapes) { executor.summary(of: function, shapes: node.shapes) }
        summarySeconds.append((function.name, (ContinuousClock.now - start) / .seconds(1)))
        summaries[node] = summary
        order.append(summary)
        return summary
    }

    // MARK: The flow

    /// Nil when there are too many ways, where there is a limit.
    private func flow(_ starts: [(Node, [Arrival])], _ scope: Scope, hasLimit: Bool = true) -> Flow? {
        var flow = Flow()
        flow.hasChecks = scope.makesChecks
        var ways = 0
        var waiting: [String: OrderedDictionary<[ArgumentShape], [Arrival]>] = [:]
        for (node, arrivals) in starts { waiting[node.function, default: [:]][node.shapes, default: []] += arrivals }
        // Each input comes behind all that hand packets to it.
        for name in graph.inputsInFlowOrder {
            guard let function = program.function(name), let shapes = waiting.removeValue(forKey: name) else {
                continue
            }
            for (shapes, arrivals) in shapes {
                let node = Node(function: name, shapes: shapes)
                let summary = summary(of: function, node)
                let settled = settled(arrivals, at: node, scope)
                if !scope.isExact, limits.isAlwaysInexact || settled.contains(where: { !$0.isExact }) {
                    flow.isExact = false
                }
                flow.arrivals[node] = settled
                for arrival in settled {
                    if scope.makesChecks { flow.checkGroups.append(checks(of: summary, arrival)) }
                    for (_, continuation) in follow(summary, arrival, scope) {
                        switch continuation {
                        case .end(let path): flow.paths.append(path)
                        case .handOff(let node, let next):
                            flow.edges[.init(from: name, to: node.function), default: []].append(next)
                            waiting[node.function, default: [:]][node.shapes, default: []].append(next)
                            ways += 1
                        }
                    }
                    if scope.isExact, hasLimit, ways + flow.paths.count > limits.ways { return nil }
                }
            }
        }
        return flow
    }

    private func inputsInReach(of function: String) -> Set<String> {
        let elements = (reach[function] ?? [function]).compactMap(graph.element(ofInput:))
        return Set(elements.flatMap(\.inputs))
    }

    private func settled(_ arrivals: [Arrival], at node: Node, _ scope: Scope) -> [Arrival] {
        if scope.isExact { return arrivals }
        let inputs = inputsInReach(of: node.function)
        let result =
            limits.isAlwaysInexact
            ? arrivals.merged(inputs)
            : arrivals.filter(\.isExact) + arrivals.filter { !$0.isExact }.merged(inputs)
        if result.count <= limits.arrivals { return result }
        let merged = result.merged(inputs)
        if merged.count <= limits.arrivals { return merged }
        // Rather those that differ in what was decided than those that look different to the element; and those who were at an element before,
        // and may come to it again, are not those who were not; nor are those of whom copies have left alike with others.
        let inputsAgain = { (arrival: Arrival) in arrival.inputs.filter(inputs.contains) }
        let groupings: [(Arrival) -> AnyHashable] = [
            { $0.appearance(inputs) }, { [$0.arguments, $0.outputs, inputsAgain($0)] as [AnyHashable] },
            { [$0.outputs, inputsAgain($0)] as [AnyHashable] },
        ]
        var joined = merged
        for key in groupings where joined.count > limits.arrivals {
            joined = OrderedDictionary(grouping: merged, by: key).values.compactMap { join($0, at: node) }
        }
        return joined
    }

    private func join(_ arrivals: [Arrival], at node: Node) -> Arrival? {
        arrivals.joined(
            at: node.function,
            argument: { index in
                switch node.shapes[index] {
                case .integer(let bits): InputVariables.argument(index, of: node.function, bits: bits)
                case .packetPointer: InputVariables.argument(index, of: node.function, bits: 64)
                case .packet, .null, .operationArgument: nil
                }
            }, model: model)
    }

    /// What becomes of packets on one path of an element.
    enum Continuation {
        case end(ProgramPath)
        case handOff(Node, Arrival)
    }

    /// Puts a summary behind an arrival: for each path that the packets may take, by its number, how they go on.
    private func follow(
        _ summary: ElementSummary, _ arrival: Arrival, _ scope: Scope
    ) -> [(path: Int, continuation: Continuation)] {
        // What the way here has decided tells where many reads and stores lie.
        let facts = KnownFacts(arrival.knowledge.conditions)
        var substitution = Substitution(replacements(for: summary, arrival), decide: facts.decide)
        var ways: [(number: Int, knowledge: Knowledge)] = []
        var questions: [FeasibilityQuestion] = []
        let settled = arrival.knowledge.conditions
        for (number, path) in summary.paths.enumerated() {
            let knowledge = joined(arrival, facts, path.knowledge, &substitution)
            if knowledge.conditions.contains(.false) { continue }
            ways.append((number, knowledge))
            if knowledge.conditions.count > settled.count {
                questions.append(
                    FeasibilityQuestion(settled: settled, open: Array(knowledge.conditions[settled.count...])))
            }
        }
        findOut(questions)
        var result: [(path: Int, continuation: Continuation)] = []
        for (number, knowledge) in ways where feasibility[Set(knowledge.conditions)] ?? true {
            let path = summary.paths[number]
            var next = arrival
            next.passages.append(.init(function: summary.function, shapes: summary.shapes, path: number))
            next.knowledge = knowledge
            next.packet = path.packet.mapTerms { substitution.apply($0) }
            next.state = path.state.mapTerms { substitution.apply($0) }
            next.outputs += path.outputs.map { $0.mapTerms { substitution.apply($0) } }
            next.trace += path.trace
            if next.state != arrival.state {
                // Conditions that were already known are not listed twice, so the count is that of the prefix after joining.
                let prefix = Knowledge(
                    conditions: Array(path.knowledge.conditions.prefix(path.conditionsAtLastStateChange)))
                next.conditionsAtLastStateChange = joined(arrival, facts, prefix, &substitution).conditions.count
            }
            switch path.end {
            case .finished, .unknown: result.append((number, .end(programPath(next, path))))
            case .handOff(let target, let shapes, let arguments):
                next.arguments = arguments.map { $0.map { substitution.apply($0) } }
                if scope.follows(target) {
                    if !scope.isExact { forget(&next, goingTo: target, scope) }
                    result.append((number, .handOff(Node(function: target, shapes: shapes), next)))
                } else {
                    result.append((number, .end(programPath(next, path))))
                }
            case .failedCheck: continue
            }
        }
        return result
    }

    /// The checks of an element for the packets of an arrival.
    private func checks(of summary: ElementSummary, _ arrival: Arrival) -> CheckGroup {
        let facts = KnownFacts(arrival.knowledge.conditions)
        var substitution = Substitution(replacements(for: summary, arrival), decide: facts.decide)
        let checks = summary.checks.compactMap { check -> Check? in
            let knowledge = joined(arrival, facts, check.knowledge, &substitution)
            let claim = substitution.apply(check.claim)
            if claim.isTrue || knowledge.conditions.contains(.false) { return nil }
            return Check(
                kind: check.kind, location: check.location, message: check.message, knowledge: knowledge,
                claim: claim, trace: arrival.trace + check.trace, operation: operation(of: summary.function))
        }
        return CheckGroup(function: summary.function, context: arrival.knowledge, checks: checks)
    }

    /// Asks which conditions can hold together, all at once.
    private func findOut(_ questions: [FeasibilityQuestion]) {
        let open = questions.filter { feasibility[Set($0.conditions)] == nil }
        for (question, answer) in zip(open, open.isEmpty ? [] : oracle(open)) {
            feasibility[Set(question.conditions)] = answer
        }
    }

    private func programPath(_ arrival: Arrival, _ path: ElementPath) -> ProgramPath {
        let end: ProgramPath.End =
            if case .unknown(let reason, let location) = path.end {
                .unknown(reason: reason, location: location)
            } else {
                .finished
            }
        return ProgramPath(
            passages: arrival.passages, knowledge: arrival.knowledge, end: end,
            outputs: arrival.outputs, isDropped: path.isDropped, state: arrival.state,
            conditionsAtLastStateChange: arrival.conditionsAtLastStateChange, trace: arrival.trace,
            operation: arrival.inputs.last.flatMap(operation))
    }

    /// What is known at the end of a summary's part, on top of the arrival. Conditions that the arrival decides are left out, as are
    /// repeated ones.
    private func joined(
        _ arrival: Arrival, _ facts: KnownFacts, _ part: Knowledge, _ substitution: inout Substitution
    ) -> Knowledge {
        var result = arrival.knowledge
        var known = Set(result.conditions)
        func add(_ condition: Term) {
            for part in condition.conjuncts where known.insert(part).inserted {
                let decided = facts.decide(part)
                if decided == true { continue }
                result.conditions.append(decided == false || known.contains(!part) ? .false : part)
            }
        }
        for condition in part.conditions { add(substitution.apply(condition)) }
        let rest = Knowledge(arithmetic: part.arithmetic, exact: part.exact).mapTerms { substitution.apply($0) }
        result.arithmetic += rest.arithmetic
        result.exact += rest.exact
        return result
    }

    /// The name, if it is that of a control operation.
    private func operation(of function: String) -> String? { model.operations[function] == nil ? nil : function }

    private func replacements(for summary: ElementSummary, _ arrival: Arrival) -> [Term: Term] {
        var replacements = Dictionary(uniqueKeysWithValues: zip(PacketTerms.input.terms, arrival.packet.terms))
        for (index, (shape, argument)) in zip(summary.shapes, arrival.arguments).enumerated() {
            guard let argument else { continue }
            let bits: Int =
                switch shape {
                case .integer(let bits): bits
                case .packetPointer: 64
                case .packet, .null, .operationArgument: 0
                }
            if bits > 0 {
                replacements[InputVariables.argument(index, of: summary.function, bits: bits)] = argument
            }
        }
        for (variable, term) in zip(StateTerms.symbolic(model).terms, arrival.state.terms)
        where variable.variableName != nil {
            replacements[variable] = term
        }
        return replacements
    }

    // MARK: Single ways

    /// The first way of its own that is wanted. `isComplete`: all were looked at, or one was found.
    ///
    /// - Parameters:
    ///   - conditions: of the packet that comes in, besides what the oracle knows.
    ///   - state: that it finds; nil: any.
    ///   - objects: where ways may end before the packet does, at the last element that owns one of these; nil: nowhere.
    public func firstWay(
        assuming conditions: [Term], from state: StateTerms? = nil, changing objects: Set<String>? = nil,
        where isWanted: (ProgramPath) -> Bool
    ) -> (path: ProgramPath?, isComplete: Bool) {
        var first = start
        first.knowledge.conditions = conditions
        if let state { first.state = state }
        var scope = Scope(isExact: true)
        if let objects {
            let inputs = Set(
                objects.compactMap { graph.stateOwners[$0] }.compactMap(graph.element(named:)).flatMap(\.inputs))
            scope.follows = { [reach] in !(reach[$0] ?? []).isDisjoint(with: inputs) }
        }
        var open: [(Node, Arrival)] = [(entry, first)]
        var samples = 0
        while let (node, arrival) = open.popLast() {
            guard samples < limits.samples, let function = program.function(node.function) else { return (nil, false) }
            samples += 1
            var next: [(Node, Arrival)] = []
            for (_, continuation) in follow(summary(of: function, node), arrival, scope) {
                switch continuation {
                case .end(let path): if isWanted(path) { return (path, true) }
                case .handOff(let node, let arrival): next.append((node, arrival))
                }
            }
            open += next.reversed()
        }
        return (nil, true)
    }

    /// Ways of their own that, between them, take every element path that packets can take, as far as that is found. For searches in a
    /// middlebox that has too many ways.
    public func samples() -> Composition {
        struct Branch: Hashable {
            let node: Node
            let path: Int
        }
        var visits: [Branch: Int] = [:]
        var ends: Set<[Int]> = []
        var paths: [ProgramPath] = []
        var groups: [CheckGroup] = []
        var samples = 0
        var idle = 0
        while samples < limits.samples, idle < 3 {
            var position: (node: Node, arrival: Arrival)? = (entry, start)
            var choices: [Int] = []
            // Whether the course has a path of an element that no course before had.
            var isNew = false
            idle += 1
            while let (node, arrival) = position, let function = program.function(node.function) {
                position = nil
                samples += 1
                let summary = summary(of: function, node)
                groups.append(checks(of: summary, arrival))
                var best: (visits: Int, branch: Branch, node: Node, arrival: Arrival)?
                for (number, continuation) in follow(summary, arrival, Scope(isExact: true)) {
                    let branch = Branch(node: node, path: number)
                    let count = visits[branch, default: 0]
                    switch continuation {
                    case .end(let path):
                        if ends.insert(choices + [number]).inserted, count < 4 || isNew {
                            paths.append(path)
                            visits[branch] = count + 1
                        }
                    case .handOff(let target, let next):
                        if let known = best, known.visits <= count { continue }
                        best = (count, branch, target, next)
                    }
                }
                guard let best else { continue }
                if best.visits == 0 {
                    idle = 0
                    isNew = true
                }
                visits[best.branch, default: 0] += 1
                choices.append(best.branch.path)
                position = (best.node, best.arrival)
            }
        }
        return Composition(
            paths: paths, operations: operations.paths, checkGroups: groups + operations.checkGroups, summaries: order,
            summarySeconds: summarySeconds, isExact: true)
    }

    // MARK: Forgetting

    /// What a term speaks of besides the packet and the configuration.
    private struct Mentions {
        var objects: Set<String> = []
        /// Results of the runtime's functions, and what else may be anything.
        var results: Set<Term> = []
    }

    private func mentions(_ term: Term) -> Mentions {
        if let known = mentions[term] { return known }
        var result = Mentions()
        for variable in term.freeVariables {
            guard let name = variable.variableName else { continue }
            if name.contains("#") {
                result.results.insert(variable)
            }
            if let colon = name.firstIndex(of: ":") {
                let object = String(name[..<colon])
                if graph.stateOwners[object] != nil { result.objects.insert(object) }
            }
        }
        mentions[term] = result
        return result
    }

    /// Forgets what was decided about objects of elements that the packet cannot come to any more, unless they are of interest or have
    /// left something in the packet or in the arguments.
    private func forget(_ arrival: inout Arrival, goingTo target: String, _ scope: Scope) {
        let inputs = inputsInReach(of: target)
        var objects = scope.objects
        for element in Set(inputs.compactMap(graph.element(ofInput:))) { objects.formUnion(element.ownedState) }
        var results: Set<Term> = []
        func carry(_ term: Term) {
            let mentions = mentions(term)
            objects.formUnion(mentions.objects)
            results.formUnion(mentions.results)
        }
        for term in arrival.carried { carry(term) }
        // What is kept may speak of more.
        var known = 0
        while objects.count > known {
            known = objects.count
            for name in objects { for term in arrival.state.terms(of: name) { carry(term) } }
        }
        let state = arrival.state.keeping(objects, else: .symbolic(model, suffix: "#forgotten"))
        if state != arrival.state { arrival.isExact = false }
        arrival.state = state
        for update in ChecksumUpdate.needed(for: results, among: arrival.knowledge.arithmetic) {
            for variable in update.formula.freeVariables { carry(variable) }
        }
        let hasForgotten = arrival.keepConditions { condition in
            let mentions = mentions(condition)
            return mentions.objects.isSubset(of: objects)
                && mentions.results.allSatisfy { result in
                    results.contains(result) || inputs.contains(where: { result.isResult(of: $0) })
                }
        }
        if hasForgotten { arrival.isExact = false }
        if !arrival.isExact {
            arrival.knowledge.exact = []
            arrival.knowledge.arithmetic = ChecksumUpdate.needed(for: results, among: arrival.knowledge.arithmetic)
        }
    }
}

extension ElementSummary {
    /// Whether any path leaves one of the objects otherwise than it was.
    fileprivate func changes(_ objects: Set<String>, of model: StateModel) -> Bool {
        let before = StateTerms.symbolic(model)
        return paths.contains { path in
            objects.contains { path.state.terms(of: $0) != before.terms(of: $0) }
        }
    }
}

extension Term {
    /// Whether it is a variable that the execution of the function made.
    fileprivate func isResult(of function: String) -> Bool { variableName?.hasPrefix("\(function)#") ?? false }
}

extension StateTerms {
    fileprivate func terms(of object: String) -> [Term] {
        if let map = maps[object] { return [map.deadline, map.value] }
        if let pool = pools[object] { return [pool.deadline, pool.last] }
        return plain[object].map { [$0] } ?? []
    }

    /// The state with the terms of all objects but some replaced by those of another.
    public func keeping(_ objects: Set<String>, else other: StateTerms) -> StateTerms {
        var result = self
        for name in maps.keys where !objects.contains(name) { result.maps[name] = other.maps[name] }
        for name in pools.keys where !objects.contains(name) { result.pools[name] = other.pools[name] }
        // A constant has no variable of its own.
        for (name, term) in plain where !objects.contains(name) && other.plain[name]?.variableName != nil {
            if term.isConstant { continue }
            result.plain[name] = other.plain[name]
        }
        return result
    }
}
