import Diagnostics
import MiddleboxIR
import YAML
import Yams

/// A project's `gravel.yml`: which middleboxes it has, and what is usual in it. See `docs/ci.md`.
///
/// Paths in it are relative to its folder; here they are absolute, or relative to the working directory where they lie below that.
public struct ProjectFile: Sendable {
    public static let name = "gravel.yml"

    /// What can stand in it.
    public enum Key: String, CaseIterable, Sendable {
        case middleboxes, include, jobs, timeout, property, cache, counterexamples, format, outputs, baseline
    }

    /// As it is shown.
    public let path: String
    /// Its middleboxes, with the folders of further headers.
    public let layout: ProjectLayout
    /// How many solver processes work at the same time.
    public let jobs: Int?
    /// Of one query, in seconds.
    public let timeout: Double?
    /// Patterns of the names of properties; none: all.
    public let property: [String]
    /// The folder of what earlier runs found out.
    public let cache: String?
    /// The folder of captures.
    public let counterexamples: String?
    /// Of the report on standard output.
    public let format: String?
    /// `[FORMAT=]FILE`, as `--output` takes them.
    public let outputs: [String]
    /// The file of an earlier report. It need not be there: see `existingBaseline`.
    public let baseline: String?

    private let text: String
    private let workingDirectory: String
    /// Where the values stand.
    private let places: [Key: SourceLocation]

    /// The file in the working directory or in the nearest folder above it; nil where there is none.
    public static func nearest(to workingDirectory: String) throws(ProjectFileError) -> ProjectFile? {
        let tree = SourceTree(workingDirectory: workingDirectory)
        let paths = SourceTree.ancestors(of: tree.workingDirectory).map { "\($0)/\(name)" }
        guard let path = paths.first(where: SourceTree.isFile) else { return nil }
        return try ProjectFile(path: path, workingDirectory: workingDirectory)
    }

    /// - Parameter path: absolute.
    public init(path: String, workingDirectory: String) throws(ProjectFileError) {
        let shown = SourceTree(workingDirectory: workingDirectory).shown(path)
        let file: YAMLFile
        do {
            file = try YAMLFile(path: path, shownAs: shown)
        } catch {
            throw ProjectFileError(error, text: (try? String(contentsOfFile: path, encoding: .utf8)) ?? "")
        }
        try self.init(file, path: path, workingDirectory: workingDirectory)
    }

    /// - Parameters:
    ///   - path: absolute; there need be no file.
    ///   - text: of the file.
    public init(path: String, text: String, workingDirectory: String) throws(ProjectFileError) {
        let shown = SourceTree(workingDirectory: workingDirectory).shown(path)
        let file: YAMLFile
        do { file = try YAMLFile(path: shown, text: text) } catch { throw ProjectFileError(error, text: text) }
        try self.init(file, path: path, workingDirectory: workingDirectory)
    }

    private init(_ file: YAMLFile, path: String, workingDirectory: String) throws(ProjectFileError) {
        do {
            try self.init(
                file, folder: SourceTree.parent(of: path), SourceTree(workingDirectory: workingDirectory))
        } catch {
            throw ProjectFileError(error, text: file.text)
        }
    }

    private init(_ file: YAMLFile, folder: String, _ tree: SourceTree) throws(ConfigurationError) {
        let reader = file.reader
        var values: [Key: Node] = [:]
        let entries = try reader.isNothing(file.root) ? [] : reader.mapping(file.root, of: "the project")
        for entry in entries {
            guard let key = Key(rawValue: entry.key) else {
                throw reader.unknownKey(entry.key, at: entry.keyNode, known: Key.allCases.map(\.rawValue))
            }
            values[key] = entry.value
        }
        let value = ProjectValues(reader: reader, folder: folder, tree: tree)

        path = file.path
        text = file.text
        workingDirectory = tree.workingDirectory
        places = values.mapValues { reader.error($0, "").location }
        layout = ProjectLayout(
            folder: folder,
            middleboxes: try values[.middleboxes].map { node throws(ConfigurationError) in try value.middleboxes(node)
            },
            includeDirectories: try value.list(values[.include], of: "include", value.headerFolder))
        jobs = try value.optional(values[.jobs], value.jobs)
        timeout = try value.optional(values[.timeout], value.seconds)
        property = try value.list(values[.property], of: "property") { node throws(ConfigurationError) in
            try value.word(node, expected: "a property's name or a pattern")
        }
        cache = try value.optional(values[.cache], value.newPath)
        counterexamples = try value.optional(values[.counterexamples], value.newPath)
        format = try value.optional(values[.format]) { node throws(ConfigurationError) in
            try value.word(node, expected: "a format")
        }
        outputs = try value.list(values[.outputs], of: "outputs", value.output)
        baseline = try value.optional(values[.baseline], value.newPath)
    }

    /// The baseline, for a run that compares with it; other runs may be about to write it.
    ///
    /// - Throws: where there is no such file.
    public func existingBaseline() throws(ProjectFileError) -> String? {
        guard let baseline else { return nil }
        guard SourceTree.isFile(baseline.hasPrefix("/") ? baseline : "\(workingDirectory)/\(baseline)") else {
            throw rejected(.baseline, "there is no file '\(baseline)'")
        }
        return baseline
    }

    /// Why a value is not accepted that only the command can judge, such as the name of a format.
    public func rejected(_ key: Key, _ message: String) -> ProjectFileError {
        let place = places[key] ?? SourceLocation(file: path, line: 1, column: 0)
        return ProjectFileError(ConfigurationError(location: place, message: message), text: text)
    }
}

/// What is wrong with a project's file, with its text to show it in.
public struct ProjectFileError: Error, Hashable, Sendable {
    public let diagnostic: Diagnostic
    public let source: SourceFile

    init(_ error: ConfigurationError, text: String) {
        diagnostic = error.diagnostic(in: text)
        source = SourceFile(path: error.location.file, text: text)
    }
}

extension ProjectFileError: CustomStringConvertible {
    public var description: String { DiagnosticRenderer(sources: [source]).render(diagnostic) }
}

extension NodeReader {
    func unknownKey(_ key: String, at node: Node, known: [String]) -> ConfigurationError {
        error(
            node,
            "there is no key '\(key)'\(suggestion(for: key, among: known)) (the keys are \(known.joined(separator: ", ")))"
        )
    }
}
