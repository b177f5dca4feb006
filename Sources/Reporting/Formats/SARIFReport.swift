import Diagnostics
import Foundation
import PacketFormat
import Verification

/// A run as SARIF 2.1.0 (OASIS Standard, 27 March 2020), the form in which code-scanning services take results.
///
/// A rule is a property, with the clauses that it cites; a result is one that is not proved: refuted is an error, inconclusive and vacuous are
/// warnings. A counterexample is a code flow, packet by packet. What is proved is a rule without a result: services show results of whatever
/// kind as problems.
public struct SARIFReport: Sendable {
    private let paths: RepositoryPaths

    public init(paths: RepositoryPaths = RepositoryPaths()) { self.paths = paths }

    /// Ends with a newline.
    ///
    /// - Throws: `EncodingError`: never, as there are no numbers in it that cannot be written.
    public func text(of report: VerificationReport) throws -> String {
        try JSONEncoder.document(Log(runs: [run(of: report)]), usesSnakeCase: false)
    }

    private func run(of report: VerificationReport) -> Log.Run {
        let findings = report.findings
        var rules = report.middleboxes.flatMap { middlebox in
            let outline = middlebox.outline
            return middlebox.properties.map { property in
                Log.Rule(property, of: middlebox, says: outline?.statement(of: property)?.text)
            }
        }
        let known = Set(rules.map(\.id))
        var more: [String] = []
        for finding in findings where !known.contains(finding.rule) && !more.contains(finding.rule) {
            more.append(finding.rule)
        }
        rules += more.map(Log.Rule.init(lost:))
        let indices = Dictionary(rules.indices.map { (rules[$0].id, $0) }, uniquingKeysWith: { first, _ in first })
        let isComplete = report.runState == .complete
        return Log.Run(
            tool: .init(
                driver: .init(
                    version: report.tools.first { $0.name == "gravel" }?.version ?? "", rules: rules)),
            invocations: [
                .init(
                    executionSuccessful: isComplete,
                    toolExecutionNotifications: isComplete
                        ? [] : [.init(level: "error", message: .init(text: VerificationReport.interruption))])
            ],
            originalUriBaseIds: [
                Log.sourceRoot: .init(description: .init(text: "The folder at the top of the repository."))
            ],
            results: findings.map { Log.Result($0, index: indices[$0.rule] ?? 0, paths) },
            properties: [
                "tools": Dictionary(
                    report.tools.map { ($0.name, $0.version) }, uniquingKeysWith: { first, _ in first }),
                "verdicts": Dictionary(
                    uniqueKeysWithValues: Verdict.allCases.map { ($0.rawValue, "\(report.count(of: $0))") }),
            ])
    }
}

/// The parts of SARIF that are used; the names are the standard's.
private struct Log: Encodable {
    static let sourceRoot = "SRCROOT"

    let version = "2.1.0"
    let schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
    let runs: [Run]

    enum CodingKeys: String, CodingKey {
        case version, runs
        case schema = "$schema"
    }

    struct Message: Encodable { let text: String }

    struct Run: Encodable {
        let tool: Tool
        let invocations: [Invocation]
        let originalUriBaseIds: [String: ArtifactLocation]
        let results: [Result]
        /// Columns are characters, not UTF-16.
        let columnKind = "unicodeCodePoints"
        let properties: [String: [String: String]]
    }

    struct Tool: Encodable { let driver: Driver }

    struct Driver: Encodable {
        let name = "gravel"
        let version: String
        let rules: [Rule]
    }

    struct Rule: Encodable {
        struct Configuration: Encodable { let level = "error" }
        struct Properties: Encodable { let tags: [String] }

        let id: String
        let shortDescription: Message
        let fullDescription: Message
        let defaultConfiguration = Configuration()
        let properties: Properties

        /// - Parameter says: the property's text; nil of a check that comes with every middlebox.
        init(_ property: PropertyReport, of middlebox: MiddleboxReport, says: String?) {
            id = "\(middlebox.name).\(property.name)"
            let cited = property.cites.isEmpty ? "" : ": \(property.cites.joined(separator: ", "))"
            shortDescription = Message(text: "\(property.name) of \(middlebox.name)\(cited)")
            fullDescription = Message(text: says ?? "A check that comes with every middlebox.")
            properties = Properties(tags: [property.kind.rawValue] + property.cites)
        }

        /// Of something that is not a property, or not one any more.
        init(lost id: String) {
            self.id = id
            shortDescription = Message(text: "\(id): in the baseline")
            fullDescription = Message(text: "What the baseline of proofs has is still there.")
            properties = Properties(tags: ["baseline"])
        }
    }

    struct Invocation: Encodable {
        let executionSuccessful: Bool
        let toolExecutionNotifications: [Notification]
    }

    struct Notification: Encodable {
        let level: String
        let message: Message
    }

    struct Result: Encodable {
        let ruleId: String
        let ruleIndex: Int
        let level: String
        let message: Message
        let locations: [Location]
        let codeFlows: [CodeFlow]?
        /// The same from run to run, wherever in its file a property or its fault lies.
        let partialFingerprints: [String: String]

        init(_ finding: Finding, index: Int, _ paths: RepositoryPaths) {
            let places = Places(sources: finding.judged?.middlebox.sources ?? [], paths: paths)
            ruleId = finding.rule
            ruleIndex = index
            level = finding.severity == .error ? "error" : "warning"
            let hint = finding.judged?.property.hint.map { ". Hint: \($0)" } ?? ""
            message = Message(text: "\(finding.title): \(finding.message)\(hint)")
            locations = finding.location.map { [Location($0, places)] } ?? []
            codeFlows = finding.judged.flatMap { judged in
                judged.property.counterexample.map { [CodeFlow($0, of: judged.middlebox, places)] }
            }
            partialFingerprints = ["gravelProperty/v1": finding.rule]
        }
    }

    struct ArtifactLocation: Encodable {
        var uri: String?
        var uriBaseId: String?
        var description: Message?
    }

    struct Region: Encodable {
        let startLine: Int
        let startColumn: Int?
    }

    struct PhysicalLocation: Encodable {
        let artifactLocation: ArtifactLocation
        let region: Region?
    }

    struct Location: Encodable {
        var physicalLocation: PhysicalLocation?
        var message: Message?

        init(_ location: SourceLocation, _ places: Places, note: String? = nil) {
            physicalLocation = PhysicalLocation(
                artifactLocation: places.artifact(location.file),
                region: location.line > 0
                    ? Region(startLine: location.line, startColumn: places.column(of: location)) : nil)
            message = note.map(Message.init)
        }

        init(note: String) { message = Message(text: note) }
    }

    struct CodeFlow: Encodable {
        let message: Message?
        let threadFlows: [ThreadFlow]

        init(_ counterexample: Counterexample, of middlebox: MiddleboxReport, _ places: Places) {
            let command = counterexample.replayArguments().map { "replay \(middlebox.argument) \($0)" }
            message = command.map { Message(text: "To see it again: \($0)") }
            threadFlows = [counterexample.steps, counterexample.secondRun].filter { !$0.isEmpty }.map {
                ThreadFlow($0, places)
            }
        }
    }

    struct ThreadFlow: Encodable {
        let locations: [ThreadFlowLocation]

        init(_ steps: [Counterexample.Step], _ places: Places) {
            var number = 0
            locations = steps.flatMap { step -> [ThreadFlowLocation] in
                if step.operation == nil { number += 1 }
                return StepFlow(step, number: number, in: places.sources).notes.map { place, text in
                    ThreadFlowLocation(
                        location: place.map { Location($0, places, note: text) } ?? Location(note: text))
                }
            }
        }
    }

    struct ThreadFlowLocation: Encodable { let location: Location }

    // MARK: Places

    /// How places in files are written.
    struct Places {
        let sources: [SourceFile]
        let paths: RepositoryPaths

        /// Its URI as RFC 3986 wants it.
        func artifact(_ file: String) -> ArtifactLocation {
            let path = paths.path(of: file)
            var allowed = CharacterSet.urlPathAllowed
            allowed.remove(charactersIn: ":;")
            let escaped = path.addingPercentEncoding(withAllowedCharacters: allowed) ?? path
            return path.hasPrefix("/")
                ? ArtifactLocation(uri: "file://\(escaped)") : ArtifactLocation(uri: escaped, uriBaseId: Log.sourceRoot)
        }

        /// In characters, from 1; nil where it is not known.
        func column(of location: SourceLocation) -> Int? {
            guard location.column > 0 else { return nil }
            guard let line = sources.line(at: location) else { return location.column }
            return String(decoding: line.utf8.prefix(location.column - 1), as: UTF8.self).unicodeScalars.count + 1
        }
    }
}
