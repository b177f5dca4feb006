import Dataflow
import Foundation
import Logic
import MiddleboxIR
import Replay
import SMT

@testable import SymbolicExecution

/// The top of this package's folder.
let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

/// A folder that goes away with this object.
final class Folder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "execution-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A small middlebox in C, executed symbolically; its ports are `inside` (0) and `outside` (1).
final class Box {
    let program: Program
    let model: StateModel
    let composition: Composition
    /// How many terms each question had that execution asked, whether a path can be.
    let questionSizes: [Int]
    private let facts: [Term]
    private let solver: Z3Solver
    private let folder: Folder
    private let source: String

    /// - Parameter text: C without the include and without the ports; its first line is line 1.
    init(_ text: String) async throws {
        folder = try Folder()
        source = folder.path + "/box.c"
        try
            "#include <gravel/middlebox.h>\n#pragma clang diagnostic ignored \"-Wunused\"\nenum port { inside, outside };\n#line 1\n\(text)\n"
            .write(toFile: source, atomically: true, encoding: .utf8)
        let compiler = Compiler(
            includeDirectories: [repository + "/Middleboxes/include"], workingDirectory: folder.path)
        program = try await compiler.compile(name: "box", sources: ["box.c"])
        model = try StateModel(program)
        let solver = try Z3Solver(resourceLimit: 500_000, timeoutMilliseconds: 5_000)
        var known = model.configurationFacts
        known.append(.lessOrEqual(.integer(0), InputVariables.now))
        known.append(.less(InputVariables.now, .integer(Int.max)))
        known.append(.or(model.ports.map { .equal(InputVariables.port, .bitVector(Int($0.number), width: 32)) }))
        var sizes: [Int] = []
        let composer = Composer(
            program: program, graph: try ElementGraph(decomposing: program), model: model
        ) { [known] questions in
            questions.map { question in
                let conditions = question.conditions
                var size = 0
                Term.forEachSubterm(of: conditions) { _ in size += 1 }
                sizes.append(size)
                if case .unsatisfiable? = try? solver.check(known + conditions, name: "feasible") { return false }
                return true
            }
        }
        guard let exact = composer.exactComposition() else { throw TooManyWays() }
        composition = exact
        questionSizes = sizes
        facts = known
        self.solver = solver
    }

    /// The paths that end in a known way.
    var finished: [ProgramPath] {
        composition.paths.filter { if case .finished = $0.end { true } else { false } }
    }

    /// Why execution gave up, path by path.
    var unknown: [String] {
        composition.paths.compactMap { if case .unknown(let reason, _) = $0.end { reason } else { nil } }
    }

    var checks: [Check] { composition.checkGroups.flatMap(\.checks) }

    /// The checks that some packet in some state makes fail: kind and line.
    func failingChecks() throws -> [(kind: CheckKind, line: Int?)] {
        try checks.filter { try isSatisfiable($0.knowledge.conditions + [!$0.claim]) }.map {
            ($0.kind, $0.location?.line)
        }
    }

    /// Whether the terms can hold together, with what holds of every packet.
    func isSatisfiable(_ terms: [Term]) throws -> Bool {
        if case .unsatisfiable = try solver.check(facts + terms, name: "query") { return false }
        return true
    }

    // MARK: The same code natively

    private static let cache = NSTemporaryDirectory() + "gravel-tests-cache"

    /// What the compiled program does with the packets, from the initial state.
    func native(
        _ arrivals: [Arrival], configuration: [UInt8]?, variant: NativeCompiler.Variant
    ) async throws -> NativeRun.Result {
        let compiler = NativeCompiler(
            includeDirectories: [repository + "/Middleboxes/include"],
            runtimeDirectory: repository + "/Middleboxes/runtime", cacheDirectory: Self.cache)
        let symbol = model.configuration?.name
        let run = try await NativeRun(
            sources: [source], compiler: compiler,
            configuration: symbol.flatMap { symbol in
                configuration.map { NativeConfiguration(symbol: symbol, bytes: $0) }
            }, variant: variant)
        return try await run.run(
            steps: arrivals.map { NativeRun.Step(time: $0.time, port: $0.port, bytes: $0.bytes) })
    }
}

/// A packet that comes in.
struct Arrival: Hashable, Sendable {
    var bytes: [UInt8]
    var port: UInt32 = 0
    /// In nanoseconds.
    var time: UInt64 = 0
}

/// A middlebox that is no test for an exact composition.
struct TooManyWays: Error {}
