import Dataflow
import Diagnostics
import Foundation
import Logic
import MiddleboxIR
import SMT
import SpecLanguage
import SymbolicExecution

/// Verifies one middlebox against its spec: the whole pipeline behind one call.
public struct Verifier: Sendable {
    public struct Options: Sendable {
        /// How a process is started that answers solver queries. Nil: solvers work in this process, which a crash of theirs ends.
        public var solverWorker: WorkerCommand?
        /// Solvers that work at the same time.
        public var jobs = ProcessInfo.processInfo.activeProcessorCount
        /// The hard stop of one query, in seconds; the usual limit is a count of solver steps.
        public var queryTimeout: Double = 60
        /// Which properties to judge, by name; the invariants that they need are proved in any case.
        public var selects: @Sendable (String) -> Bool = { _ in true }

        /// Where answers are kept between runs; nil: nowhere.
        public var store: ProofStore?
        /// This build of the tool, for what is kept.
        public var tool: ToolIdentity?
        /// Whether the program is executed as one element, for comparison.
        public var wholeProgram = false
        /// Who is told of every question and its answer. Then no answers of earlier runs are used: nobody could tell what they rest on.
        public var observers: [any AnswerObserver] = []
        /// How far ways through the middlebox are told apart.
        public var composition = Composer.Limits()

        public init() {}
    }

    /// What is going on, for progress displays.
    public enum Progress: Sendable {
        case phase(middlebox: String, name: String)
        case finished(middlebox: String, property: PropertyReport)
    }

    private let options: Options

    public init(options: Options = Options()) { self.options = options }

    /// - Throws: `RejectedInput`, `DecompositionError`, `StateModelError` or `SpecError` when the C code or the spec is not accepted.
    public func verify(
        _ program: Program, spec specFile: SourceFile?, confirmation: Confirmation?,
        progress: (Progress) -> Void
    ) throws -> MiddleboxReport {
        let clock = PhaseClock()
        let verification = try verification(of: program, spec: specFile, confirmation: confirmation)
        clock.finish("decompose and check the spec")

        progress(.phase(middlebox: program.name, name: "executing"))
        verification.execute()
        clock.finish("execute")

        progress(.phase(middlebox: program.name, name: "proving"))
        let judge = Judge(verification: verification, options: options)
        let properties = judge.judge { property in
            progress(.finished(middlebox: program.name, property: property))
            verification.discharger.save(atMostEvery: .seconds(2))
        }
        verification.discharger.save()
        clock.finish("prove")
        var sources = program.sources
        if let specFile { sources.append(specFile) }
        let work = verification.discharger.work
        var times = PhaseTimes(
            phases: clock.phases, elements: verification.composition.summarySeconds,
            slowestQueries: Array(work.slowest.prefix(10)), questions: work.questions)
        times.queries = work.queries
        times.obligations = work.obligations
        times.stored = work.stored
        times.storedSummaries = verification.summariesFromStore
        var report = MiddleboxReport(
            name: program.name, elements: elements(verification.graph, verification.composition),
            properties: properties,
            times: times, sources: sources)
        report.inferred = verification.invariants.inferred
        return report
    }

    /// The middlebox, with its elements and its spec.
    func verification(
        of program: Program, spec specFile: SourceFile?, confirmation: Confirmation?
    ) throws -> MiddleboxVerification {
        try Self.refuseUndefinedFunctions(of: program)
        let graph =
            try options.wholeProgram
            ? ElementGraph(wholeProgram: program) : ElementGraph(decomposing: program)
        let model = try StateModel(program)
        var spec: CheckedSpec?
        if let specFile {
            spec = try SpecLanguage.check(SpecLanguage.parse(specFile), against: SpecEnvironment(program, model))
        }
        return verification(program, graph, model, spec, confirmation)
    }

    private func verification(
        _ program: Program, _ graph: ElementGraph, _ model: StateModel, _ spec: CheckedSpec?,
        _ confirmation: Confirmation?
    ) -> MiddleboxVerification {
        var budget = Discharger.Budget()
        budget.timeoutMilliseconds = Int(options.queryTimeout * 1000)
        var queries: QueryStore?
        var summaries: SummaryStore?
        if let store = options.store, let tool = options.tool, options.observers.isEmpty {
            queries = QueryStore(store: store, tool: tool, name: program.name)
            summaries = SummaryStore(store: store, tool: tool)
        }
        return MiddleboxVerification(
            program: program, graph: graph, model: model, spec: spec,
            discharger: Discharger(
                jobs: options.jobs, budget: budget, worker: options.solverWorker,
                store: queries, recorder: AnswerRecorder(middlebox: program.name, observers: options.observers)),
            confirmation: confirmation, limits: options.composition, summaries: summaries)
    }

    /// The graph, with what holds of the packets on each edge between its inputs, whatever the configuration.
    ///
    /// - Throws: `RejectedInput` or `StateModelError` for a program that cannot be executed.
    public func withFacts(_ graph: ElementGraph, of program: Program) throws -> ElementGraph {
        try Self.refuseUndefinedFunctions(of: program)
        let verification = verification(program, graph, try StateModel(program), nil, nil)
        let facts = verification.edgeFactTexts()
        verification.discharger.save()
        return graph.with(facts: facts)
    }

    /// A program that cannot be linked is not one to prove anything of.
    private static func refuseUndefinedFunctions(of program: Program) throws {
        let undefined = program.undefinedFunctions(runtime: Executor.primitives)
        if undefined.isEmpty { return }
        throw RejectedInput(
            undefined.map { function in
                Diagnostic(
                    "'\(function.name)' is called and nowhere defined: not in these C files, not in the runtime, not in the C library"
                        + (Executor.nearPrimitive(to: function.name).map { "; did you mean '\($0)'?" } ?? ""),
                    at: function.location.map { SourceSpan(start: $0, endColumn: $0.column) })
            }, sources: program.sources)
    }

    private func elements(_ graph: ElementGraph, _ composition: Composition) -> [ElementReport] {
        graph.elements.map { element in
            ElementReport(
                name: element.name,
                paths: composition.summaries.filter { element.inputs.contains($0.function) }
                    .reduce(0) { $0 + $1.paths.count },
                lines: element.lines, state: element.ownedState)
        }
    }
}

/// Seconds by phase.
final class PhaseClock {
    private var last = ContinuousClock.now
    private(set) var phases: [(name: String, seconds: Double)] = []

    func finish(_ name: String) {
        let now = ContinuousClock.now
        phases.append((name, (now - last).seconds))
        last = now
    }
}
