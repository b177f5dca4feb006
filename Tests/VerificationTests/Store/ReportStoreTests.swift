import Diagnostics
import Foundation
import MiddleboxIR
import Testing

@testable import Verification

/// A middlebox with a header and a spec of its own, in a folder that goes away with this object.
private final class Sources {
    let folder: StoreFolder
    let source: MiddleboxSource
    let program: Program
    let start: FileTime

    init() async throws {
        folder = try StoreFolder()
        let path = folder.path
        try FileManager.default.createDirectory(atPath: path + "/runtime", withIntermediateDirectories: true)
        try Self.write("#include \"answer.h\"\nint f(void) { return ANSWER; }\n", path + "/box.c")
        try Self.write("#define ANSWER 42\n", path + "/answer.h")
        try Self.write("middlebox box\n", path + "/box.gravel")
        try Self.write("int run;\n", path + "/runtime/run.c")
        source = MiddleboxSource(
            name: "box", cSources: ["box.c"], specification: "box.gravel",
            includeDirectories: [repository + "/Middleboxes/include"])
        // The clock of files is a coarse one.
        try await Task.sleep(for: .milliseconds(30))
        start = FileTime.now
        program = try await Compiler(includeDirectories: source.includeDirectories, workingDirectory: path)
            .compile(name: "box", sources: source.cSources)
    }

    static func write(_ text: String, _ path: String) throws {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    func request(options: [String] = ["plain"], compilation: [String] = ["clang"]) -> ReportRequest {
        ReportRequest(source: source, workingDirectory: folder.path, compilation: compilation, options: options)
    }

    func store(tool: String = "tool") -> ReportStore {
        ReportStore(store: folder.store, tool: ToolIdentity(hash: ContentHash(of: tool.utf8)))
    }

    func inputs(since start: FileTime? = nil) -> ReportInputs? {
        store().inputs(of: program, for: request(), otherFiles: ["runtime/run.c"], since: start ?? self.start)
    }

    func remember(_ report: MiddleboxReport, isComplete: Bool = true) throws {
        store().remember(report, for: request(), inputs: try #require(inputs()), isComplete: isComplete)
    }

    var found: MiddleboxReport? { store().report(for: request()) }

    /// No field of it has the value that it would have anyway.
    func report(_ verdict: Verdict = .refuted) -> MiddleboxReport {
        let property = PropertyReport(
            name: "first", kind: .invariant, cites: ["RFC 1", "RFC 2 section \"3\""], verdict: verdict,
            reason: "a reason – with ‹signs›", location: SourceLocation(file: "box.c", line: 2, column: 5),
            seconds: 1.25,
            counterexample: Counterexample(
                steps: [
                    .init(
                        time: .max, ingress: "inside", packet: [0, 1, 255], outputs: [("outside", [7]), ("x", [])],
                        drops: 3, path: [(SourceLocation(file: "answer.h", line: 1, column: 0), "a note")]),
                    .init(time: 0, ingress: "outside", packet: [], outputs: [], drops: 0, path: []),
                ],
                configuration: [("address", "10.0.0.1")], failed: "what failed", confirmed: true, observed: "did it"),
            obligations: 17)
        return MiddleboxReport(
            name: "box", elements: [ElementReport(name: "f", paths: 4, lines: 2...9, state: ["map"])],
            properties: [property, PropertyReport(name: "second", kind: .builtin, verdict: .proved, seconds: 0.1)],
            times: PhaseTimes(phases: [("compile", 3), ("prove", 4)], elements: [("f", 1)]),
            sources: program.sources + [SourceFile(path: "box.gravel", text: "middlebox box\n")])
    }
}

private func text(_ report: MiddleboxReport?) -> String {
    var text = ""
    dump(report, to: &text)
    return text
}

@Suite struct ReportStoreTests {
    @Test func nothingIsLost() async throws {
        let sources = try await Sources()
        #expect(sources.found == nil)
        let report = sources.report()
        try sources.remember(report)
        // What a run costs, and what is known to come from the store, is another matter.
        var expected = report
        for index in expected.properties.indices { expected.properties[index].cached = true }
        expected.times = PhaseTimes(phases: [("compile", 0), ("prove", 0)])
        #expect(text(sources.found) == text(expected))
        #expect(text(sources.store().latestReport(for: sources.request(options: ["other"]))) == text(expected))
        #expect(sources.program.sources.map(\.path).contains("box.c"))
    }

    @Test(arguments: ["box.c", "answer.h", "box.gravel", "runtime/run.c"]) func everyFileCounts(name: String)
        async throws
    {
        let sources = try await Sources()
        try sources.remember(sources.report())
        #expect(sources.found != nil)
        let path = sources.folder.path + "/" + name
        let before = try String(contentsOfFile: path, encoding: .utf8)
        try Sources.write(before + " ", path)
        #expect(sources.found == nil)
        #expect(sources.store().latestReport(for: sources.request()) == nil)
        // It is the content that counts.
        try Sources.write(before, path)
        #expect(sources.found != nil)
        try FileManager.default.removeItem(atPath: path)
        #expect(sources.found == nil)
    }

    @Test func everythingElseCounts() async throws {
        let sources = try await Sources()
        try sources.remember(sources.report())
        #expect(sources.store().report(for: sources.request(options: ["other"])) == nil)
        #expect(sources.store().report(for: sources.request(compilation: ["clang", "-DX"])) == nil)
        #expect(sources.store(tool: "another build").report(for: sources.request()) == nil)
        let elsewhere = ReportRequest(
            source: sources.source, workingDirectory: "/", compilation: ["clang"], options: ["plain"])
        #expect(sources.store().report(for: elsewhere) == nil)
    }

    /// A header that clang would take instead of the one that it took.
    @Test func newHeadersCount() async throws {
        let sources = try await Sources()
        try sources.remember(sources.report())
        let stdint = sources.folder.path + "/stddef.h"
        #expect(!sources.program.dependencies.contains { $0.hasSuffix("/stddef.h") })
        try Sources.write("", stdint)
        #expect(sources.found != nil, "nobody includes it")

        let folder = try StoreFolder()
        try Sources.write("#include <stdint.h>\nint32_t f(void) { return 1; }\n", folder.path + "/box.c")
        try await Task.sleep(for: .milliseconds(30))
        let start = FileTime.now
        let include = folder.path + "/include"
        try FileManager.default.createDirectory(atPath: include, withIntermediateDirectories: true)
        let source = MiddleboxSource(
            name: "box", cSources: [folder.path + "/box.c"], specification: nil, includeDirectories: [include])
        let program = try await Compiler(includeDirectories: [include]).compile(name: "box", sources: source.cSources)
        let store = ReportStore(store: folder.store, tool: ToolIdentity(hash: ContentHash(of: [])))
        let request = ReportRequest(source: source, workingDirectory: folder.path, compilation: [], options: [])
        let inputs = try #require(store.inputs(of: program, for: request, otherFiles: [], since: start))
        var report = sources.report()
        report.sources = []
        store.remember(report, for: request, inputs: inputs, isComplete: true)
        #expect(store.report(for: request) != nil)
        try Sources.write("#error this one\n", include + "/stdint.h")
        #expect(store.report(for: request) == nil)
    }

    @Test func whatChangesMeanwhileIsNotKept() async throws {
        let sources = try await Sources()
        let inputs = try #require(sources.inputs())
        // Written again, with the same content: nobody knows what stood there meanwhile.
        try Sources.write("#define ANSWER 42\n", sources.folder.path + "/answer.h")
        #expect(sources.inputs() == nil)
        sources.store().remember(sources.report(), for: sources.request(), inputs: inputs, isComplete: true)
        #expect(sources.found == nil)
        #expect(sources.folder.entries == [])
    }

    @Test func programsOfUnknownOriginAreNotKept() async throws {
        let sources = try await Sources()
        var program = sources.program
        program = Program(
            name: program.name, sources: program.sources, functions: program.functions, globals: program.globals,
            ports: program.ports, digest: program.digest)
        #expect(
            sources.store().inputs(of: program, for: sources.request(), otherFiles: [], since: sources.start) == nil)
    }

    @Test func whatIsNotSureIsNotKept() async throws {
        for (verdict, isKept) in [
            (Verdict.proved, true), (.refuted, true), (.vacuous, true), (.inconclusive, false), (.error, false),
        ] {
            let sources = try await Sources()
            try sources.remember(sources.report(verdict))
            #expect((sources.found != nil) == isKept, "\(verdict)")
            let latest = try #require(sources.store().latestReport(for: sources.request()))
            #expect(latest.properties.map(\.name) == (isKept ? ["first", "second"] : ["second"]))
        }
    }

    /// What is said of some properties does not make what was said of others unsaid.
    @Test func latestVerdictsAreOfAllRuns() async throws {
        let sources = try await Sources()
        try sources.remember(sources.report(.refuted))
        var partial = sources.report(.proved)
        partial.properties.removeLast()
        try sources.remember(partial, isComplete: false)
        func latest() -> [String] {
            (sources.store().latestReport(for: sources.request())?.properties ?? [])
                .map { "\($0.name) \($0.verdict)" }
        }
        #expect(latest() == ["first proved", "second proved"])
        partial.properties[0].verdict = .inconclusive
        try sources.remember(partial, isComplete: false)
        #expect(latest() == ["second proved"])
    }

    @Test func entriesThatMakeNoSenseAreNotFound() async throws {
        let sources = try await Sources()
        try sources.remember(sources.report())
        let path = try #require(sources.folder.entries.first)
        // Whole, and nonsense: as a later version might write it.
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        for kind in ProofStore.Kind.allCases where path.hasSuffix(".\(kind)") {
            let key = ContentHash(bytes: bytes[13..<45])
            sources.folder.store.put(kind, try #require(key), Array("{\"report\": 7}".utf8))
        }
        #expect(sources.found == nil || sources.store().latestReport(for: sources.request()) == nil)
    }

    @Test func thisProcessHasAnIdentity() throws {
        let tool = try #require(ToolIdentity.ofThisProcess)
        #expect(tool.hash != ContentHash(of: []))
    }
}
