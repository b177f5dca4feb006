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
    let patterns: [String]
    /// What is kept between runs; nil: nothing.
    let cache: ProofCache?
    let jobs: Int
    /// How a solver's process is started; nil: solvers work in this one.
    var solverWorker: WorkerCommand?
    /// Of one query, in seconds.
    let timeout: Double
    /// Whether the program is executed as one element.
    let wholeProgram: Bool
    /// The folder for captures; nil: none are written.
    let counterexamples: String?

    /// - Throws: `CompilerError` or `RejectedInput` when the C code or the spec is not accepted.
    func judge(
        _ source: MiddleboxSource, progress: @escaping @Sendable (ProgressEvent) -> Void
    ) async throws -> MiddleboxReport {
        let request = ReportStore.Request(source: source, patterns: patterns, wholeProgram: wholeProgram)
        if let report = cache?.reports.report(request) {
            for property in report.properties { progress(.finished(middlebox: source.name, property: property)) }
            return try withCounterexamples(report)
        }
        progress(.phase(middlebox: source.name, name: "compiling"))
        let clock = ContinuousClock.now
        let program = try await source.compile()
        let compiling = (ContinuousClock.now - clock) / .seconds(1)
        let specification = try source.readSpecification()

        var options = Verifier.Options()
        options.jobs = jobs
        options.solverWorker = solverWorker
        options.queryTimeout = timeout
        options.wholeProgram = wholeProgram
        if !patterns.isEmpty {
            let patterns = patterns.map(GlobPattern.init)
            options.selects = { name in patterns.contains { $0.matches(name) } }
        }
        if let cache {
            options.store = cache.store
            options.tools = cache.tools
        }
        let verifier = Verifier(options: options)
        var report = try await DedicatedThread.run {
            do {
                return try verifier.verify(
                    program, spec: specification, confirmation: Confirmation(of: source, program)
                ) { event in
                    switch event {
                    case .phase(let middlebox, let name): progress(.phase(middlebox: middlebox, name: name))
                    case .finished(let middlebox, let property):
                        progress(.finished(middlebox: middlebox, property: property))
                    }
                }
            } catch let error as DecompositionError {
                throw RejectedInput([error.diagnostic], sources: program.sources)
            } catch let error as StateModelError {
                let span = error.location.map { SourceSpan(start: $0, endColumn: $0.column) }
                throw RejectedInput([Diagnostic("\(error)", at: span)], sources: program.sources)
            } catch let error as SpecError {
                throw RejectedInput(error.diagnostics, sources: [specification].compactMap { $0 } + program.sources)
            }
        }
        report.times.phases.insert((name: "compile", seconds: compiling), at: 0)
        cache?.reports.remember(report, for: request, filesRead: program.filesRead)
        return try withCounterexamples(report)
    }

    /// The report, its counterexamples written down where that is asked for.
    private func withCounterexamples(_ report: MiddleboxReport) throws -> MiddleboxReport {
        var report = report
        if let counterexamples {
            let files = CounterexampleFiles(folder: counterexamples)
            for index in report.properties.indices where report.properties[index].verdict == .refuted {
                var property = report.properties[index]
                try files.write(&property, of: report)
                report.properties[index] = property
            }
        }
        return report
    }
}

extension MiddleboxSource {
    func compile() async throws -> Program {
        try await Compiler(includeDirectories: includeDirectories).compile(name: name, sources: cSources)
    }

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

/// A thread of its own, for work that blocks and recurses: the shared ones must not block, and have little stack.
enum DedicatedThread {
    private static let stackSize = 512 << 20

    static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let thread = Thread { continuation.resume(with: Result(catching: work)) }
            thread.stackSize = stackSize
            thread.start()
        }
    }
}
