import Dataflow
import Diagnostics
import Logic
import MiddleboxIR
import PacketFormat
import SMT
import SpecLanguage
import SymbolicExecution

/// A monitor, and the ways through the middlebox that it was looked at on.
struct MonitorKey: Hashable {
    let direction: HistoryProperty.Direction
    let memory: [String]
    let candidates: [String]
    let steps: [[Term]]
    let usesGroups: Bool
}

/// The verification of one middlebox: summaries, obligations, verdicts. One instance, one run.
final class MiddleboxVerification {
    let program: Program
    let graph: ElementGraph
    let model: StateModel
    let spec: CheckedSpec?
    let discharger: Discharger
    /// Runs the native program on a trace; nil where there is none to ask.
    let confirmation: Confirmation?
    private let limits: Composer.Limits
    /// Summaries of earlier runs; nil where nothing is kept.
    private let summaries: SummaryStore?
    /// How many summaries came from the store.
    private(set) var summariesFromStore = 0

    /// What holds of every packet and configuration that the proof is about.
    let baseFacts: [Term]
    let initialState: StateTerms
    let before: StateTerms
    private lazy var composer = Composer(
        program: program, graph: graph, model: model, limits: limits,
        recall: { [weak self] function, shapes, execute in
            self?.summary(of: function, shapes, execute: execute) ?? execute()
        },
        oracle: { [discharger, unowned self] questions in
            // Ways are followed, and elements executed, by one thread at a time.
            discharger.threads.alone {
                discharger.areFeasible(questions.map { self.feasibility.assertions(of: $0) })
            }
        })
    private lazy var feasibility = PathFeasibility(facts: facts)
    /// For proofs: ways that differ in nothing that matters to later elements are one.
    private(set) var composition = Composition()
    /// For proofs that need more, and for searches: every way of its own. Nil when there are too many.
    private(set) lazy var exactComposition = composer.exactComposition()
    /// Single ways, for searches: all, or where there are too many some of every kind.
    private(set) lazy var singleWays = exactComposition ?? composer.samples()
    /// Whether these are all: of ways that were not looked at nothing is known.
    var hasAllSingleWays: Bool { composition.isExact || exactComposition != nil }
    /// What these do to the state.
    private(set) lazy var groups = PathGroup.groups(
        of: singleWays.paths + singleWays.operations, unchanged: before)
    /// Of the thread that runs: others are in the middle of theirs.
    var traceSearch: TraceSearch {
        let thread = discharger.threads.current
        if let known = traceSearches[thread] { return known }
        let search = TraceSearch(
            model: model, discharger: discharger, baseFacts: facts, groups: groups, prefixes: prefixes)
        traceSearches[thread] = search
        return search
    }
    private var traceSearches: [Int: TraceSearch] = [:]
    private lazy var prefixes = TraceSearch.Prefixes(initialState: initialState)

    init(
        program: Program, graph: ElementGraph, model: StateModel, spec: CheckedSpec?, discharger: Discharger,
        confirmation: Confirmation?, limits: Composer.Limits = .init(), summaries: SummaryStore? = nil
    ) {
        self.limits = limits
        self.summaries = summaries
        self.program = program
        self.graph = graph
        self.model = model
        self.spec = spec
        self.discharger = discharger
        self.confirmation = confirmation
        before = .symbolic(model)
        initialState = .initial(model)
        var facts = model.configurationFacts
        facts.append(.lessOrEqual(.integer(0), InputVariables.now))
        facts.append(.less(InputVariables.now, .integer(Int.max)))
        facts.append(
            .or(model.ports.map { .equal(InputVariables.port, .bitVector(Int($0.number), width: 32)) }))
        baseFacts = facts
    }

    /// All facts: the base ones and the spec's assumptions.
    private(set) lazy var facts: [Term] = {
        let view = TermStateView(model: model, terms: before, now: InputVariables.now)
        let context = context(before: view, after: view, now: InputVariables.now)
        return baseFacts + (spec?.assumptions ?? []).map { $0.lower(context) }
    }()

    /// What holds of every reachable state: the spec's invariants, and those that are inferred.
    private(set) lazy var invariants = InvariantSet(
        self,
        stated: (spec?.properties ?? []).compactMap { property in
            if case .invariant(let invariant) = property.form { (property.name, invariant) } else { nil }
        })

    /// What was found to hold while steps are remembered, and what not.
    typealias FoundMonitor = (standing: [HistoryCandidate], dropped: [String])

    private var monitors: [MonitorKey: FoundMonitor] = [:]
    /// What a thread is finding out.
    private var monitorsUnderWay: Set<MonitorKey> = []

    /// Finds out what holds while steps are remembered, once: claims about the same first step share it.
    func monitor(_ key: MonitorKey, find: () -> FoundMonitor) -> FoundMonitor {
        discharger.threads.giveWay(while: { monitorsUnderWay.contains(key) })
        if let known = monitors[key] { return known }
        monitorsUnderWay.insert(key)
        defer { monitorsUnderWay.remove(key) }
        let found = find()
        monitors[key] = found
        return found
    }

    func execute() {
        composition = composer.composition()
    }

    /// What holds of the packets on each edge, in words: the headers that they have, fields whose value is known, and what else does not
    /// follow from these.
    func edgeFactTexts() -> [ElementGraph.EdgeFact] {
        let names = Dictionary(
            model.ports.map { (UInt128($0.number), $0.name) }, uniquingKeysWith: { first, _ in first })
        return composer.edgeFacts().map { edge in
            let known = facts + edge.facts
            let packet = SymbolicPacket(
                bytes: InputVariables.bytes, length: InputVariables.length, facts: KnownFacts(known))
            let plain = SymbolicPacket(bytes: InputVariables.bytes, length: InputVariables.length)
            let headers = Header.allCases.filter { !discharger.isFeasible(known + [!packet.presence(of: $0)]) }
            let printer = FactPrinter(headers: headers, packet: packet, port: InputVariables.port, ports: names)
            let presence = headers.map { plain.presence(of: $0) }
            let constants = edge.facts.filter { $0.operation == .equal && $0.arguments.contains(where: \.isConstant) }
            let told = printer.constants(in: constants).filter { constant in
                discharger.isFeasible(facts + presence + [!constant.fact])
            }.map(\.text)
            var rest: [String] = []
            for fact in edge.facts {
                // What the headers and the constants say need not be said again.
                let others = constants.contains(fact) ? [] : constants
                if !discharger.isFeasible(facts + presence + others + [!fact]) { continue }
                guard let text = printer.text(fact), !rest.contains(text) else { continue }
                if !told.contains(text) { rest.append(text) }
            }
            return ElementGraph.EdgeFact(
                from: edge.edge.from, to: edge.edge.to, headers: headers.map(\.rawValue), facts: told + rest)
        }
    }

    /// A single way that satisfies the predicate, if there is one.
    func firstWay(
        assuming conditions: [Term], where isWanted: (ProgramPath) -> Bool
    ) -> (path: ProgramPath?, isComplete: Bool) {
        discharger.threads.alone { composer.firstWay(assuming: conditions, where: isWanted) }
    }

    /// A way of a first packet that changes one of the objects as is wanted; it ends where nothing more happens to them.
    func firstChange(of objects: Set<String>, where isWanted: (ProgramPath) -> Bool) -> ProgramPath? {
        composer.firstWay(assuming: [], from: initialState, changing: objects, where: isWanted).path
    }

    /// What an input can do, from the store if it was executed before under the same circumstances.
    private func summary(
        of function: String, _ shapes: [ArgumentShape], execute: () -> ElementSummary
    ) -> ElementSummary {
        guard let summaries else { return execute() }
        let key = summaries.key(
            of: function, shapes: shapes, program: program, graph: graph, limits: .init(), facts: facts)
        if let known = summaries.summary(for: key, model: model) {
            summariesFromStore += 1
            return known
        }
        let doubts = discharger.doubts
        let summary = execute()
        // Paths that are there only because a solver gave up may be gone in another run.
        if discharger.doubts == doubts { summaries.remember(summary, for: key, model: model) }
        return summary
    }

    /// What packets and control operations do to some objects.
    func changes(of objects: Set<String>) -> [PathGroup] {
        if let known = changes[objects] { return known }
        var paths = composer.changes(of: objects)
        if !composition.isExact {
            // What becomes of others does not matter.
            paths = paths.map { $0.with(state: $0.state.keeping(objects, else: before)) }
        }
        let groups = PathGroup.groups(of: paths, unchanged: before)
        changes[objects] = groups
        return groups
    }

    private var changes: [Set<String>: [PathGroup]] = [:]

    /// The state objects that the terms speak of.
    func objects(in terms: [Term]) -> Set<String> {
        var result: Set<String> = []
        Term.forEachSubterm(of: terms) { term in
            guard let name = term.variableName, let colon = name.firstIndex(of: ":") else { return }
            let object = String(name[..<colon])
            if graph.stateOwners[object] != nil { result.insert(object) }
        }
        return result
    }

    // MARK: Contexts

    private lazy var configuration = model.configuration.map(ConfigurationVariables.init)

    func context(
        before: TermStateView, after: TermStateView, now: Term, path: ProgramPath? = nil, facts: KnownFacts = .none
    ) -> LoweringContext {
        return LoweringContext(
            configuration: { [configuration] path in
                guard let configuration else {
                    preconditionFailure("the checker admits only fields of the configuration")
                }
                return configuration[path]
            },
            now: now, before: before, after: after,
            input: path.flatMap { path in
                path.operation != nil
                    ? nil : SymbolicPacket(bytes: InputVariables.bytes, length: InputVariables.length, facts: facts)
            },
            ingress: path.flatMap { $0.operation == nil ? InputVariables.port : nil },
            operation: path.flatMap { $0.operation.flatMap(operation) },
            outputs: (path?.outputs ?? []).map { output in
                .init(
                    egress: output.port,
                    packet: SymbolicPacket(bytes: output.bytes, length: output.length, facts: facts))
            },
            freshName: { [weak self] in self?.freshName($0) ?? $0 })
    }

    /// A control operation that happens, as specs read it.
    private func operation(named name: String) -> LoweringContext.Operation? {
        model.operations[name].map { operation in
            LoweringContext.Operation(name: name) { field in
                guard let leaf = operation.argument?.leaves.first(where: { $0.name == field }) else {
                    preconditionFailure("the checker admits only fields of the argument")
                }
                return operation.variable(leaf)
            }
        }
    }

    private var freshNames = 0

    private func freshName(_ purpose: String) -> String {
        freshNames += 1
        return "any.\(purpose).\(freshNames)"
    }

    /// The context of one state that nothing happens in.
    func context(
        of state: StateTerms, now: Term, distinctKeys: Set<TermStateView.DistinctKeys> = []
    ) -> LoweringContext {
        let view = TermStateView(model: model, terms: state, now: now, distinctKeys: distinctKeys)
        return context(before: view, after: view, now: now)
    }

    /// The context of a packet that comes in, whatever becomes of it.
    private(set) lazy var entryContext = entryContext(of: nil)

    /// The context of what begins, whatever becomes of it.
    ///
    /// - Parameter operation: a control operation; nil: a packet.
    func entryContext(of operation: String?) -> LoweringContext {
        context(
            ofUnfinished: ProgramPath(
                knowledge: Knowledge(), end: .finished, outputs: [], isDropped: false, state: before,
                conditionsAtLastStateChange: 0, trace: [], operation: operation))
    }

    /// Everything that can happen: nil, a packet; the control operations.
    var happenings: [String?] { [nil] + model.operations.keys.map { $0 } }

    /// The context of what a packet is when it comes in, on a path that execution could not follow to its end.
    func context(ofUnfinished path: ProgramPath) -> LoweringContext {
        let view = TermStateView(model: model, terms: before, now: InputVariables.now)
        return context(before: view, after: view, now: InputVariables.now, path: path)
    }

    /// A step along a finished path.
    struct Step {
        let path: ProgramPath
        /// All that is known of it.
        let facts: KnownFacts
        let context: LoweringContext
    }

    /// One for each finished path of a composition, in their order.
    struct Steps {
        let all: [Step]
        /// Whether each is a way of its own.
        let isExact: Bool
    }

    /// Along the ways through control operations: all there are, each on its own.
    private(set) lazy var operationSteps: [Step] = composition.operations.compactMap { path -> Step? in
        guard case .finished = path.end else { return nil }
        return step(along: path)
    }

    /// Along single ways of packets and through control operations: for searches.
    private(set) lazy var singleHappenings: [Step] = singleSteps.all + operationSteps

    private func steps(of composition: Composition) -> Steps {
        let steps = composition.paths.compactMap { path -> Step? in
            guard case .finished = path.end else { return nil }
            return step(along: path)
        }
        return Steps(all: steps, isExact: composition.isExact)
    }

    private lazy var steps = steps(of: composition)
    private var stepsAbout: [Set<String>: Steps] = [:]

    /// For the proof of what is said about the objects.
    func steps(about objects: Set<String>) -> Steps {
        if objects.isEmpty || composition.isExact { return steps }
        if let known = stepsAbout[objects] { return known }
        let result = steps(of: composer.composition(about: objects))
        stepsAbout[objects] = result
        return result
    }

    /// Along single ways.
    private(set) lazy var singleSteps = composition.isExact ? steps : steps(of: singleWays)

    func step(along path: ProgramPath) -> Step {
        let facts = KnownFacts(facts).adding(path.knowledge.conditions)
        return Step(
            path: path, facts: facts,
            context: context(
                before: TermStateView(model: model, terms: before, now: InputVariables.now),
                after: TermStateView(model: model, terms: path.state, now: InputVariables.now),
                now: InputVariables.now, path: path, facts: facts))
    }

    /// The objects that a history speaks of, in its steps and in the formulas.
    func objects(of history: HistoryProperty, _ formulas: [Term], _ remembered: Remembered) -> Set<String> {
        [history.event, history.unless, history.check].compactMap(\.self).reduce(objects(in: formulas)) {
            $0.union(objects(of: $1, remembered))
        }
    }

    /// The state after a step that may have changed anything: a claim that something stays as it is speaks of it, too.
    private(set) lazy var anyState = StateTerms.symbolic(model, suffix: "#after")

    /// The objects that a claim about steps speaks of.
    func objects(of claim: some StepClaim, _ remembered: Remembered? = nil) -> Set<String> {
        let output = Output(
            bytes: .variable("output::bytes", InputVariables.bytes.sort),
            length: .variable("output::length", InputVariables.length.sort),
            port: .variable("output::port", InputVariables.port.sort))
        // What is said of steps may be said only of those in which something leaves, or only of others.
        let outputs =
            claim.concernsPairs
            ? [[output, output]]
            : claim.concernsOutput ? [[output]] : claim.operation == nil ? [[output], []] : [[]]
        return outputs.reduce(into: []) { result, outputs in
            let path = ProgramPath(
                knowledge: Knowledge(), end: .finished, outputs: outputs, isDropped: true, state: anyState,
                conditionsAtLastStateChange: 0, trace: [], operation: claim.operation)
            var context = step(along: path).context
            context.remembered = remembered
            let number = claim.concernsOutput ? 0 : nil
            result.formUnion(
                objects(
                    in: [claim.premise(context, output: number)]
                        + claim.conclusions(context, output: number).map(\.formula)))
        }
    }

    /// Instances of proved invariants in the state before the step, at the keys that the terms mention.
    func instances(of invariants: [InvariantProperty], for terms: [Term]) -> [Term] {
        Instantiation(keys: occurringKeys, cache: instanceCache).instances(
            of: invariants, in: stateBefore, seeds: terms)
    }

    private let instanceCache = InstanceCache()
    private(set) lazy var occurringKeys = OccurringKeys(model: model)
    private(set) lazy var stateBefore = context(of: before, now: InputVariables.now)

    /// The obligation with instances of proved invariants besides.
    func strengthened(_ obligation: Obligation, by invariants: [InvariantProperty]) -> Obligation {
        Obligation(
            subject: obligation.subject + " with invariants", place: obligation.place,
            assumptions: obligation.assumptions
                + instances(of: invariants, for: obligation.assumptions + [obligation.goal]),
            goal: obligation.goal, claim: obligation.claim, definitions: obligation.definitions,
            isGuess: obligation.isGuess, isArithmetic: obligation.isArithmetic, location: obligation.location)
    }

    /// Paths on which execution gave up, that packets or control operations can really take.
    private(set) lazy var unknownPaths: [(path: ProgramPath, reason: String, location: SourceLocation?)] =
        (composition.paths + composition.operations).compactMap { path in
            guard case .unknown(let reason, let location) = path.end else { return nil }
            return (path, reason, location)
        }
}
