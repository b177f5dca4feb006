import Diagnostics
import Foundation
import MiddleboxIR

/// Reports of earlier runs. One is as good as new where every file that it was made of is as it was.
public struct ReportStore: Sendable {
    /// All that decides what is said, but for the files' contents.
    public struct Request: Sendable {
        public let source: MiddleboxSource
        /// Of `--property`.
        public let patterns: [String]
        public let wholeProgram: Bool

        public init(source: MiddleboxSource, patterns: [String], wholeProgram: Bool) {
            self.source = source
            self.patterns = patterns
            self.wholeProgram = wholeProgram
        }
    }

    private let store: ProofStore
    private let tools: ContentDigest

    public init(store: ProofStore, tools: ContentDigest) {
        self.store = store
        self.tools = tools
    }

    private func key(_ request: Request) -> ContentDigest {
        let source = request.source
        let texts =
            [FileManager.default.currentDirectoryPath, source.name, source.specification ?? "", "\(request.wholeProgram)"]
            + ["sources"] + source.cSources + ["include"] + source.includeDirectories + ["patterns"] + request.patterns
        return ContentDigest(ofParts: [tools.bytes] + texts.map { Array($0.utf8) })
    }

    /// The names of all headers that could be included: a new one may come before another.
    private func headers(_ source: MiddleboxSource) -> [String] {
        let folders =
            source.includeDirectories
            + Set(source.cSources.map { URL(fileURLWithPath: $0).deletingLastPathComponent().path }).sorted()
        return folders.flatMap { folder in
            (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? [])
                .filter { $0.hasSuffix(".h") }.sorted().map { folder + "/" + $0 }
        }
    }

    /// The report, each verdict marked as cached; nil when there is none for these files.
    public func report(_ request: Request) -> MiddleboxReport? {
        guard let content = store.content(.report, key(request)),
            let stored = try? JSONDecoder().decode(StoredReport.self, from: Data(content)),
            stored.headers == headers(request.source),
            stored.files.allSatisfy({ file in
                FileBytes.read(file.path).map { ContentDigest(of: $0).hexadecimal } == file.digest
            })
        else { return nil }
        return stored.report
    }

    /// Keeps the report, if all in it would be so in every run: where a solver or a search gave up, another may not.
    ///
    /// - Parameter filesRead: by the compiler.
    public func remember(_ report: MiddleboxReport, for request: Request, filesRead: [String]) {
        guard !filesRead.isEmpty,
            report.properties.allSatisfy({ property in
                switch property.verdict {
                case .proved, .refuted, .vacuous: true
                case .inconclusive, .error: false
                }
            })
        else { return }
        var files: [StoredReport.File] = []
        for path in filesRead + [request.source.specification].compactMap({ $0 }) {
            guard let content = FileBytes.read(path) else { return }
            files.append(.init(path: path, digest: ContentDigest(of: content).hexadecimal))
        }
        // What was judged must be what is there now.
        for source in report.sources {
            guard let content = FileBytes.read(source.path) else { continue }
            guard content == Array(source.text.utf8) else { return }
        }
        let stored = StoredReport(report, files: files, headers: headers(request.source))
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        guard let content = try? encoder.encode(stored) else { return }
        store.put(.report, key(request), Array(content))
    }
}

/// A report as a file holds it.
private struct StoredReport: Codable {
    struct File: Codable {
        let path: String
        /// BLAKE3, in hexadecimal digits.
        let digest: String
    }

    struct Place: Codable {
        let file: String
        let line: Int
        let column: Int

        init(_ location: SourceLocation) {
            file = location.file
            line = location.line
            column = location.column
        }

        var location: SourceLocation { SourceLocation(file: file, line: line, column: column) }
    }

    struct Element: Codable {
        let name: String
        let paths: Int
        let firstLine: Int
        let lastLine: Int
        let state: [String]
    }

    struct Packet: Codable {
        let port: String
        let bytes: Data
    }

    struct Passed: Codable {
        let place: Place
        let note: String
    }

    struct Step: Codable {
        let time: Int
        let input: Packet
        let outputs: [Packet]
        let drops: Int
        let path: [Passed]
    }

    struct Field: Codable {
        let name: String
        let value: String
    }

    struct Trace: Codable {
        let steps: [Step]
        let configuration: [Field]
        let failed: String
        let confirmed: Bool
        let observed: String?
    }

    struct Property: Codable {
        let name: String
        let kind: PropertyReport.Kind
        let cites: [String]
        let verdict: Verdict
        let reason: String?
        let place: Place?
        let obligations: Int
        let trace: Trace?
    }

    struct Source: Codable {
        let path: String
        let text: String
    }

    let files: [File]
    let headers: [String]
    let name: String
    let elements: [Element]
    let properties: [Property]
    let sources: [Source]

    init(_ report: MiddleboxReport, files: [File], headers: [String]) {
        self.files = files
        self.headers = headers
        name = report.name
        elements = report.elements.map {
            Element(
                name: $0.name, paths: $0.paths, firstLine: $0.lines.lowerBound, lastLine: $0.lines.upperBound,
                state: $0.state)
        }
        properties = report.properties.map { property in
            Property(
                name: property.name, kind: property.kind, cites: property.cites, verdict: property.verdict,
                reason: property.reason, place: property.location.map(Place.init), obligations: property.obligations,
                trace: property.counterexample.map(Trace.init))
        }
        sources = report.sources.map { Source(path: $0.path, text: $0.text) }
    }

    /// Nil where the numbers make no sense.
    var report: MiddleboxReport? {
        guard elements.allSatisfy({ $0.firstLine <= $0.lastLine }) else { return nil }
        return MiddleboxReport(
            name: name,
            elements: elements.map {
                ElementReport(name: $0.name, paths: $0.paths, lines: $0.firstLine...$0.lastLine, state: $0.state)
            },
            properties: properties.map { property in
                PropertyReport(
                    name: property.name, kind: property.kind, cites: property.cites, verdict: property.verdict,
                    reason: property.reason, location: property.place?.location, cached: true,
                    counterexample: property.trace?.counterexample, obligations: property.obligations)
            },
            times: PhaseTimes(), sources: sources.map { SourceFile(path: $0.path, text: $0.text) })
    }
}

extension StoredReport.Trace {
    init(_ counterexample: Counterexample) {
        steps = counterexample.steps.map { step in
            StoredReport.Step(
                time: step.time, input: .init(port: step.ingress, bytes: Data(step.packet)),
                outputs: step.outputs.map { .init(port: $0.port, bytes: Data($0.packet)) }, drops: step.drops,
                path: step.path.map { .init(place: .init($0.location), note: $0.note) })
        }
        configuration = counterexample.configuration.map { .init(name: $0.name, value: $0.value) }
        failed = counterexample.failed
        confirmed = counterexample.confirmed
        observed = counterexample.observed
    }

    var counterexample: Counterexample {
        Counterexample(
            steps: steps.map { step in
                Counterexample.Step(
                    time: step.time, ingress: step.input.port, packet: Array(step.input.bytes),
                    outputs: step.outputs.map { ($0.port, Array($0.bytes)) }, drops: step.drops,
                    path: step.path.map { ($0.place.location, $0.note) })
            },
            configuration: configuration.map { ($0.name, $0.value) }, failed: failed, confirmed: confirmed,
            observed: observed)
    }
}
