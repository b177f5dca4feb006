import Dataflow
import Diagnostics
import Foundation
import MiddleboxIR
import SpecLanguage
import SymbolicExecution
import Verification

/// Takes one middlebox through the pipeline: compile, verify, write down its counterexamples.
struct Judging {
    /// Which properties; none: all.
    let patterns: [GlobPattern]
    let jobs: Int
    /// How a solver's process is started; nil: solvers work in this one.
    var solverWorker: WorkerCommand?
    /// Of one query, in seconds.
    let timeout: Double
    /// Whether the program is executed as one element.
    let wholeProgram: Bool
    /// The folder for captures; nil: none are written.
    let counterexamples: String?

    /// What earlier runs found out; nil: everything is proved anew, and nothing is kept.
    let kept: KeptProofs?

    /// Who is told of every question and its answer. Then nothing that earlier runs found out may be used.
    var observers: [any AnswerObserver] = []

    /// - Throws: `CompilerError` or `RejectedInput` when the C code or the spec is not accepted.
    func judge(
        _ source: MiddleboxSource, progress: @escaping @Sendable (ProgressEvent) -> Void
    ) async throws -> MiddleboxReport {
        let request = kept?.request(for: source, options: reportOptions)
        if let kept, let request, let report = kept.reports.report(for: request) {
            for property in report.properties {
                progress(.finished(middlebox: source.name, property: property))
            }
            return try withCaptures(report)
        }
        let start = FileTime.now
        progress(.phase(middlebox: source.name, name: "compiling"))
        let clock = ContinuousClock.now
        let program = try await source.compile()
        let compiling = (ContinuousClock.now - clock) / .seconds(1)
        let specification = try source.readSpecification()
        let inputs = request.flatMap {
            kept?.reports.inputs(of: program, for: $0, otherFiles: source.runtimeFiles, since: start)
        }

        var report = try await verify(source, program, specification, progress: progress)
        report.times.phases.insert((name: "compile", seconds: compiling), at: 0)
        if let kept, let request, let inputs {
            kept.reports.remember(report, for: request, inputs: inputs, isComplete: patterns.isEmpty)
        }
        return try withCaptures(report)
    }

    /// Besides the files and the compiler, all that a report depends on.
    private var reportOptions: [String] {
        ["timeout", "\(timeout)", "whole program", "\(wholeProgram)", "properties"] + patterns.map(\.text)
    }

    private func verify(
        _ source: MiddleboxSource, _ program: Program, _ specification: SourceFile?,
        progress: @escaping @Sendable (ProgressEvent) -> Void
    ) async throws -> MiddleboxReport {
        var options = Verifier.Options()
        options.jobs = jobs
        options.solverWorker = solverWorker
        options.queryTimeout = timeout
        options.wholeProgram = wholeProgram
        options.store = kept?.store
        options.tool = kept?.tool
        options.observers = observers
        if !patterns.isEmpty {
            options.selects = { [patterns] name in patterns.contains { $0.matches(name) } }
        }
        let verifier = Verifier(options: options)
        return try await DedicatedThread.run {
            try RejectedInput.naming(program, specification) {
                try verifier.verify(
                    program, spec: specification, confirmation: Confirmation(of: source, program)
                ) { event in
                    switch event {
                    case .phase(let middlebox, let name): progress(.phase(middlebox: middlebox, name: name))
                    case .finished(let middlebox, let property):
                        progress(.finished(middlebox: middlebox, property: property))
                    }
                }
            }
        }
    }

    /// The report with its counterexamples written down, if they are to be.
    private func withCaptures(_ report: MiddleboxReport) throws -> MiddleboxReport {
        guard let counterexamples else { return report }
        var report = report
        let files = CounterexampleFiles(folder: counterexamples)
        for index in report.properties.indices where report.properties[index].verdict == .refuted {
            var property = report.properties[index]
            try files.write(&property, of: report)
            report.properties[index] = property
        }
        return report
    }
}

extension RejectedInput {
    /// What is wrong with a program or its spec, with the files that it is in.
    static func naming<Value>(
        _ program: Program, _ specification: SourceFile?, _ work: () throws -> Value
    ) throws -> Value {
        do { return try work() } catch let error as DecompositionError {
            throw RejectedInput([error.diagnostic], sources: program.sources)
        } catch let error as StateModelError {
            let span = error.location.map { SourceSpan(start: $0, endColumn: $0.column) }
            throw RejectedInput([Diagnostic("\(error)", at: span)], sources: program.sources)
        } catch let error as SpecError {
            throw RejectedInput(error.diagnostics, sources: [specification].compactMap { $0 } + program.sources)
        }
    }
}

extension MiddleboxSource {
    var compiler: Compiler { Compiler(includeDirectories: includeDirectories) }

    func compile() async throws -> Program { try await compiler.compile(name: name, sources: cSources) }

    /// Nil when there is none.
    func readSpecification() throws -> SourceFile? {
        try specification.map(SourceFile.init(readingSpecification:))
    }
}

extension SourceFile {
    init(readingSpecification path: String) throws {
        guard let content = FileManager.default.contents(atPath: path) else {
            throw RejectedInput([Diagnostic("'\(path)' cannot be read", at: nil)], sources: [])
        }
        guard let text = String(validating: content, as: UTF8.self) else {
            throw RejectedInput([Diagnostic("'\(path)' is not UTF-8 text", at: nil)], sources: [])
        }
        self.init(path: path, text: text)
    }
}
