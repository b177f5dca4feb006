import Diagnostics
import Foundation
import MiddleboxIR

/// Everything that a report depends on, but the content of files.
public struct ReportRequest: Sendable {
    public let source: MiddleboxSource
    /// Absolute. Paths in reports are relative to it.
    public let workingDirectory: String
    /// The compiler and all that it was told; which compiler that is, beyond its name; what it takes from the environment.
    public let compilation: [String]
    /// Which properties were asked for, limits, and whatever else may change a verdict.
    public let options: [String]

    public init(source: MiddleboxSource, workingDirectory: String, compilation: [String], options: [String]) {
        self.source = source
        self.workingDirectory = workingDirectory
        self.compilation = compilation
        self.options = options
    }

    func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(workingDirectory)/\(path)" }
}

/// The files that a report is about, as they were when it was begun.
public struct ReportInputs: Sendable {
    let manifest: FileManifest
    let start: FileTime
}

/// Whole reports, between runs: a middlebox of which no file has changed is not even compiled.
///
/// A report is found by what was asked for; with it are kept all files that took part, headers of the system included, by their content.
/// It is given out only if every one of them is what it was.
public struct ReportStore: Sendable {
    private struct Entry: Codable {
        let inputs: FileManifest
        let report: StoredReport
    }

    /// Where clang looks for headers, whether there are any or not.
    private static let systemFolders = ["/usr/local/include", "/usr/include"]

    private let store: ProofStore
    private let tool: ToolIdentity

    public init(store: ProofStore, tool: ToolIdentity) {
        self.store = store
        self.tool = tool
    }

    /// The report on files that are what they were, each property marked as cached.
    public func report(for request: ReportRequest) -> MiddleboxReport? { report(at: key(of: request), for: request) }

    /// What is known of the files as they are, whatever was asked for and under whichever limits: each property as it was judged last.
    public func latestReport(for request: ReportRequest) -> MiddleboxReport? {
        report(at: latestKey(of: request), for: request)
    }

    private func report(at key: ContentHash, for request: ReportRequest) -> MiddleboxReport? {
        guard let bytes = store.entry(.report, key),
            let entry = try? JSONDecoder().decode(Entry.self, from: Data(bytes)),
            let contents = entry.inputs.unchangedContent()
        else { return nil }
        var sources: [SourceFile] = []
        for path in entry.report.sources {
            guard let content = contents[request.absolute(path)] else { return nil }
            sources.append(SourceFile(path: path, text: String(decoding: content, as: UTF8.self)))
        }
        return entry.report.restored(sources: sources)
    }

    /// What a program was compiled from, with its spec: to be asked for right after that.
    ///
    /// - Parameters:
    ///   - otherFiles: what else takes part, such as the runtime that counterexamples are confirmed with.
    ///   - start: when nothing had been read yet.
    /// - Returns: nil when that cannot be told for sure: a file that was changed meanwhile.
    public func inputs(
        of program: Program, for request: ReportRequest, otherFiles: [String], since start: FileTime
    ) -> ReportInputs? {
        let sources = request.source.cSources.map(request.absolute)
        guard !program.dependencies.isEmpty, sources.allSatisfy(program.dependencies.contains) else { return nil }
        let shown = program.sources.map { request.absolute($0.path) }
        let specification = request.source.specification.map(request.absolute)
        let manifest = FileManifest(
            included: program.dependencies,
            others: shown + [specification].compactMap { $0 } + otherFiles.map(request.absolute),
            searchFolders: request.source.includeDirectories.map(request.absolute) + Self.systemFolders,
            unchangedSince: start)
        return manifest.map { ReportInputs(manifest: $0, start: start) }
    }

    /// Keeps a report, unless another run might come to another verdict, or a file was changed while this one was under way.
    ///
    /// - Parameter isComplete: whether all properties were asked for.
    public func remember(
        _ report: MiddleboxReport, for request: ReportRequest, inputs: ReportInputs, isComplete: Bool
    ) {
        let paths = Set(inputs.manifest.files.map(\.path))
        guard report.sources.allSatisfy({ paths.contains(request.absolute($0.path)) }),
            inputs.manifest.isUnchanged(since: inputs.start)
        else { return }
        if !report.properties.isEmpty, report.properties.allSatisfy(\.mayBeKept) {
            put(report, at: key(of: request), inputs)
        }
        // What is not sure takes the place of what was said before, as something that is not known.
        var latest = report
        if !isComplete, let before = latestReport(for: request) {
            let judged = Set(report.properties.map(\.name))
            latest.properties += before.properties.filter { !judged.contains($0.name) }
        }
        latest.properties.removeAll { !$0.mayBeKept }
        put(latest, at: latestKey(of: request), inputs)
    }

    private func put(_ report: MiddleboxReport, at key: ContentHash, _ inputs: ReportInputs) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // What cannot be written down, such as a time that is no number, is not kept.
        guard let entry = try? encoder.encode(Entry(inputs: inputs.manifest, report: StoredReport(report))) else {
            return
        }
        store.put(.report, key, Array(entry))
    }

    private func key(of request: ReportRequest) -> ContentHash {
        var hasher = hasher("report", request)
        hasher.add(request.options)
        return hasher.finish()
    }

    private func latestKey(of request: ReportRequest) -> ContentHash { hasher("latest report", request).finish() }

    private func hasher(_ purpose: String, _ request: ReportRequest) -> ContentHasher {
        var hasher = ContentHasher(purpose)
        hasher.add(tool.hash)
        hasher.add(request.workingDirectory)
        hasher.add(request.source.name)
        hasher.add(request.source.cSources.map(request.absolute))
        hasher.add([request.source.specification].compactMap { $0 }.map(request.absolute))
        hasher.add(request.source.includeDirectories.map(request.absolute))
        hasher.add(request.compilation)
        return hasher
    }
}
