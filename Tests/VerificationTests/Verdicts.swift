import Dataflow
import Diagnostics
import Foundation
import MiddleboxIR
import Replay
import SpecLanguage
import SymbolicExecution
import Testing

@testable import Verification
@testable import verify

/// The top of this package's folder.
let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

/// A small middlebox in C and its spec, in a folder that goes away with this object. Its ports are `inside` (0) and `outside` (1).
final class Box {
    private let folder: String
    private let source: MiddleboxSource
    private let specification: SourceFile
    /// What the spec's comments expect, by property.
    private let expectations: [(name: String, expectation: Expectation)]

    /// - Parameters:
    ///   - program: C without the include and without the ports.
    ///   - spec: what follows the ports. Behind the name of each property stands what is expected of it:
    ///     `// proved`, `// refuted`, `// vacuous`, `// inconclusive`, or `// unproved` and `// unrefuted` for anything but that; then, where that
    ///     matters, a colon and words that the reason must have.
    init(_ program: String, spec: String) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "verification-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let path = folder + "/box.c"
        let text = "#include <gravel/middlebox.h>\nenum port { inside, outside };\n#line 1\n\(program)\n"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        source = MiddleboxSource(
            name: "box", cSources: [path], specification: nil,
            includeDirectories: [repository + "/Middleboxes/include"])
        specification = SourceFile(path: "box.gravel", text: "middlebox box ports inside, outside\n" + spec)
        expectations = spec.split(separator: "\n").compactMap { line in
            line.firstMatch(of: /(?:property|invariant) +(\w+) *\/\/ *(\w+)(?:: *(.+))?/).map {
                (String($0.1), Expectation(word: String($0.2), reason: $0.3.map(String.init)))
            }
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// The names of the objects at file scope that the compiled program has.
    func objects() async throws -> Set<String> { Set(try await source.compile().globals.map(\.name)) }

    /// The elements, with what holds on the edges.
    func graphWithFacts() async throws -> ElementGraph {
        let program = try await source.compile()
        return try await DedicatedThread.run {
            try Verifier().withFacts(ElementGraph(decomposing: program), of: program)
        }
    }

    /// Whether and by what its flows can be spread over cores.
    func sharding() async throws -> Sharding {
        let program = try await source.compile()
        return try await DedicatedThread.run { try Verifier().sharding(of: program, spec: nil) }
    }

    /// The path of its native library.
    func library() async throws -> String {
        try await NativeCompiler(
            includeDirectories: source.includeDirectories, runtimeDirectory: repository + "/Middleboxes/runtime",
            cacheDirectory: NSTemporaryDirectory() + "gravel-tests-cache"
        ).library(of: source.cSources)
    }

    /// The invariants that are inferred, in the specification language.
    func inferred() async throws -> [String] {
        let program = try await source.compile()
        let specification = specification
        return try await DedicatedThread.run {
            try Verifier().verify(program, spec: specification, confirmation: nil) { _ in }.inferred
        }
    }

    /// The spec, to be held against runs.
    func specCheck(hasTwoRuns: Bool) async throws -> SpecCheck {
        try SpecCheck(
            specification: specification, program: try await source.compile(), configuration: [],
            hasTwoRuns: hasTwoRuns)
    }

    /// The native program of this box, which confirms traces of it, or of one that looks like it.
    func confirmation() async throws -> Verification.Confirmation {
        Verification.Confirmation(of: source, try await source.compile())
    }

    /// - Parameter confirmation: who runs the packets; nil: the native program.
    func pathTests(confirmation: Verification.Confirmation? = nil) async throws -> PathTests {
        let program = try await source.compile()
        let confirmation = confirmation ?? Verification.Confirmation(of: source, program)
        let specification = specification
        return try await DedicatedThread.run {
            try Verifier().pathTests(of: program, spec: specification, confirmation: confirmation) { _, _ in }
        }
    }

    /// Verifies the box with somebody listening.
    func verify(toldTo observer: any AnswerObserver) async throws {
        let program = try await source.compile()
        let specification = specification
        try await DedicatedThread.run {
            var options = Verifier.Options()
            options.observers = [observer]
            _ = try Verifier(options: options).verify(program, spec: specification, confirmation: nil) { _ in }
        }
    }

    /// The paths of elements on each single way that searches look at.
    func singlePassages(composition: Composer.Limits) async throws -> [[ProgramPath.Passage]] {
        let program = try await source.compile()
        let specification = specification
        return try await DedicatedThread.run {
            var options = Verifier.Options()
            options.composition = composition
            let verification = try Verifier(options: options).verification(
                of: program, spec: specification, confirmation: nil)
            verification.execute()
            return verification.singleWays.paths.map(\.passages)
        }
    }

    /// One report per property and built-in check, by name, and what they rest on.
    func verified(
        confirmation: Verification.Confirmation? = nil, composition: Composer.Limits = .init(),
        wholeProgram: Bool = false
    ) async throws -> (reports: [String: PropertyReport], decomposition: Decomposition) {
        let program = try await source.compile()
        let (source, specification) = (source, specification)
        let (reports, decomposition) = try await DedicatedThread.run {
            var options = Verifier.Options()
            options.composition = composition
            options.wholeProgram = wholeProgram
            let verification = try Verifier(options: options).verification(
                of: program, spec: specification,
                confirmation: confirmation ?? Verification.Confirmation(of: source, program))
            verification.execute()
            let reports = Judge(verification: verification, options: options).judge { _ in }
            return (reports, Decomposition(verification))
        }
        return (Dictionary(uniqueKeysWithValues: reports.map { ($0.name, $0) }), decomposition)
    }

    /// One report per property and built-in check, by name.
    ///
    /// - Parameters:
    ///   - budget: what the solvers may spend; nil: as much as under `verify`.
    ///   - confirmation: who confirms traces; nil: the native program.
    ///   - composition: how far ways are told apart.
    ///   - wholeProgram: whether the program is executed as one element.
    func reports(
        budget: Discharger.Budget? = nil, confirmation: Verification.Confirmation? = nil,
        composition: Composer.Limits = .init(), wholeProgram: Bool = false
    ) async throws -> [String: PropertyReport] {
        guard let budget else {
            return try await verified(
                confirmation: confirmation, composition: composition, wholeProgram: wholeProgram
            ).reports
        }
        let program = try await source.compile()
        let (source, specification) = (source, specification)
        let reports = try await DedicatedThread.run {
            let confirmation = confirmation ?? Verification.Confirmation(of: source, program)
            let model = try StateModel(program)
            let verification = MiddleboxVerification(
                program: program, graph: try ElementGraph(decomposing: program), model: model,
                spec: try SpecLanguage.check(
                    SpecLanguage.parse(specification), against: SpecEnvironment(program, model)),
                discharger: Discharger(jobs: 1, budget: budget), confirmation: confirmation)
            verification.execute()
            return Judge(verification: verification, options: .init()).judge { _ in }
        }
        return Dictionary(uniqueKeysWithValues: reports.map { ($0.name, $0) })
    }

    /// Verifies the box: each property must come out as its comment says, and the built-in checks must be proved.
    ///
    /// - Parameter checks: built-in checks that come out otherwise.
    func expectVerdicts(
        checks: [CheckKind: Verdict] = [:], sourceLocation: Testing.SourceLocation = #_sourceLocation
    ) async throws {
        let reports = try await reports()
        for kind in CheckKind.allCases {
            let report = try #require(reports[kind.rawValue])
            #expect(
                report.verdict == checks[kind] ?? .proved, "\(kind.rawValue): \(report.reason ?? "-")",
                sourceLocation: sourceLocation)
        }
        let judged = reports.keys.filter { CheckKind(rawValue: $0) == nil }
        #expect(
            Set(judged) == Set(expectations.map(\.name)), "every property says what is expected of it",
            sourceLocation: sourceLocation)
        for (name, expectation) in expectations {
            let report = try #require(reports[name])
            #expect(
                expectation.isMet(by: report),
                "\(name) is \(report.verdict.rawValue), not \(expectation): \(report.reason ?? "-")",
                sourceLocation: sourceLocation)
        }
    }
}

/// What a comment expects of a property.
private struct Expectation: CustomStringConvertible {
    let word: String
    let reason: String?

    var description: String { word + (reason.map { ": \($0)" } ?? "") }

    func isMet(by report: PropertyReport) -> Bool {
        if let reason, report.reason?.contains(reason) != true { return false }
        // Who says "refuted" has seen the native program do it.
        if report.verdict == .refuted, report.counterexample?.confirmed != true { return false }
        return switch word {
        case "unproved": report.verdict != .proved
        case "unrefuted": report.verdict != .refuted
        default: report.verdict.rawValue == word
        }
    }
}
