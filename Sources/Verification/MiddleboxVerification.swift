import Dataflow
import Diagnostics
import Logic
import MiddleboxIR
import PacketFormat
import SMT
import SpecLanguage
import SymbolicExecution

/// The verification of one middlebox: summaries, obligations, verdicts. One instance, one run.
final class MiddleboxVerification {
    let program: Program
    let graph: ElementGraph
    let model: StateModel
    let spec: CheckedSpec?
    let discharger: Discharger
    /// Runs the native program on a trace; nil where there is none to ask.
    let confirmation: Confirmation?

    /// What holds of every packet and configuration that the proof is about.
    let baseFacts: [Term]
    let initialState: StateTerms
    let before: StateTerms
    private(set) var composition = Composition()
    private(set) var groups: [PathGroup] = []
    private(set) lazy var traceSearch = TraceSearch(
        model: model, discharger: discharger, baseFacts: facts, groups: groups)

    init(
        program: Program, graph: ElementGraph, model: StateModel, spec: CheckedSpec?, discharger: Discharger,
        confirmation: Confirmation?
    ) {
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

    func execute() {
        let composer = Composer(program: program, graph: graph, model: model) { [discharger, facts] conditions in
            discharger.isFeasible(facts + conditions)
        }
        composition = composer.composition(assuming: [])
        groups = PathGroup.groups(of: composition.paths, unchanged: before)
    }

    // MARK: Contexts

    func context(
        before: TermStateView, after: TermStateView, now: Term, path: ProgramPath? = nil, facts: KnownFacts = .none
    ) -> LoweringContext {
        return LoweringContext(
            configuration: { [model] path in
                guard let configuration = model.configuration else {
                    preconditionFailure("the checker admits only fields of the configuration")
                }
                return configuration.variable(at: path)
            },
            now: now, before: before, after: after,
            input: path.map { _ in
                SymbolicPacket(bytes: InputVariables.bytes, length: InputVariables.length, facts: facts)
            },
            ingress: path.map { _ in InputVariables.port },
            outputs: (path?.outputs ?? []).map { output in
                .init(
                    egress: output.port,
                    packet: SymbolicPacket(bytes: output.bytes, length: output.length, facts: facts))
            },
            freshName: { [weak self] in self?.freshName($0) ?? $0 })
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

    /// One for each finished path, in their order.
    private(set) lazy var steps: [Step] = finishedPaths.map { path in
        let facts = KnownFacts(facts).adding(path.knowledge.conditions)
        return Step(
            path: path, facts: facts,
            context: context(
                before: TermStateView(model: model, terms: before, now: InputVariables.now),
                after: TermStateView(model: model, terms: path.state, now: InputVariables.now),
                now: InputVariables.now, path: path, facts: facts))
    }

    /// Instances of proved invariants in the state before the step, at the keys that the terms mention.
    func instances(of invariants: [InvariantProperty], for terms: [Term]) -> [Term] {
        Instantiation(model: model).instances(
            of: invariants, in: context(of: before, now: InputVariables.now), seeds: terms)
    }

    /// Paths on which execution gave up, that packets can really take.
    private(set) lazy var unknownPaths: [(path: ProgramPath, reason: String, location: SourceLocation?)] =
        composition.paths.compactMap { path in
            guard case .unknown(let reason, let location) = path.end else { return nil }
            return (path, reason, location)
        }

    /// The known ones.
    private(set) lazy var finishedPaths: [ProgramPath] = composition.paths.filter {
        if case .finished = $0.end { true } else { false }
    }
}
