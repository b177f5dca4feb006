import ArgumentParser
import Diagnostics
import Foundation
import Reporting
import SystemPackage
import Verification

/// The forms of the report.
enum ReportFormat: String, CaseIterable {
    case text, json, sarif, junit, github, html

    /// - Throws: `UsageError`, with the name that was meant.
    init(named name: String) throws {
        guard let format = ReportFormat(rawValue: name) else {
            let near = nearestName(to: name, in: Self.allCases.map(\.rawValue)).map { "; is it '\($0)'?" } ?? "."
            throw UsageError(description: "there is no format '\(name)'\(near) There are \(Self.list).")
        }
        self = format
    }

    /// `text, json and github`.
    static var list: String {
        let names = allCases.map(\.rawValue)
        return "\(names.dropLast().joined(separator: ", ")) and \(names.last ?? "")"
    }
}

/// The options that say how a run is reported.
struct ReportOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How to write the report: \(ReportFormat.list) (default: text).", valueName: "format"),
        completion: .list(ReportFormat.allCases.map(\.rawValue)))
    var format: String?

    @Option(
        help: ArgumentHelp(
            "Write the report to a file: FILE instead of standard output, FORMAT=FILE besides it. Repeatable.",
            valueName: "[format=]file"),
        completion: .file())
    var output: [String] = []

    @Option(help: "When to write in colour: auto, always or never.") var color = ColorChoice.auto

    @Flag(name: .shortAndLong, help: "Tell more: phases on standard error, times in the report.") var verbose = false

    @Flag(name: .shortAndLong, help: "Tell nothing on standard error of how far things are.") var quiet = false

    func validate() throws {
        if quiet, verbose { throw ValidationError("--quiet and --verbose exclude each other.") }
        if let format { _ = try Self.checked { try ReportFormat(named: format) } }
        _ = try Self.checked { try ReportOutputs.parse(output, otherwise: .text) }
    }

    private static func checked<Value>(_ work: () throws -> Value) throws -> Value {
        do { return try work() } catch let error as UsageError { throw ValidationError(error.description) }
    }

    /// - Throws: `UsageError`.
    func outputs(_ terminal: Terminal) throws -> ReportOutputs {
        try ReportOutputs(
            format: try format.map(ReportFormat.init(named:)) ?? .text, arguments: output, options: self,
            terminal: terminal)
    }
}

/// Where the report of a run goes, in which forms.
struct ReportOutputs {
    private let parts: [(format: ReportFormat, output: Output)]
    private let options: ReportOptions
    private let terminal: Terminal

    /// Whether a report is among them that shows the elements.
    var showsPictures: Bool { parts.contains { $0.format == .html } }

    /// - Parameters:
    ///   - format: of what goes to standard output, or to a file that names none.
    ///   - arguments: as `--output` has them.
    /// - Throws: `UsageError` for a file that cannot be.
    init(format: ReportFormat, arguments: [String], options: ReportOptions, terminal: Terminal) throws {
        parts = try Self.parse(arguments, otherwise: format).map { ($0.format, try Output(path: $0.path)) }
        self.options = options
        self.terminal = terminal
        if parts.contains(where: { $0.format == .github }) { try stepSummary()?.close() }
    }

    /// Standard output last, if anything goes there.
    static func parse(_ arguments: [String], otherwise format: ReportFormat) throws -> [(
        format: ReportFormat, path: String?
    )] {
        var parts: [(format: ReportFormat, path: String?)] = []
        var printsReport = true
        for argument in arguments {
            let sides = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            // What is before the sign is a format, unless it is part of a path.
            if sides.count == 2, !sides[0].isEmpty, sides[0].allSatisfy(\.isLetter) {
                parts.append((try ReportFormat(named: sides[0]), sides[1]))
            } else {
                parts.append((format, argument))
                printsReport = false
            }
        }
        let paths = parts.compactMap(\.path)
        if paths.contains("") { throw UsageError(description: "--output needs a file.") }
        if let twice = paths.first(where: { path in paths.count { $0 == path } > 1 }) {
            throw UsageError(description: "'\(twice)' is named by two --output: one would replace the other.")
        }
        if printsReport { parts.append((format, nil)) }
        return parts
    }

    /// Each file is there whole or as it was before. Should one not be written, the others are.
    ///
    /// - Parameter pictures: of the elements, by the middlebox's name: SVG.
    /// - Throws: the first thing that went wrong.
    func write(_ report: VerificationReport, pictures: [String: String] = [:]) throws {
        var failure: (any Error)?
        for (format, output) in parts {
            do {
                try output.write(try text(of: report, as: format, isFile: output.path != nil, pictures))
            } catch {
                failure = failure ?? error
            }
        }
        if parts.contains(where: { $0.format == .github }) {
            do { try writeStepSummary(of: report) } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
    }

    private func text(
        of report: VerificationReport, as format: ReportFormat, isFile: Bool, _ pictures: [String: String]
    ) throws -> String {
        switch format {
        case .json: return try JSONReport().text(of: report)
        case .sarif: return try SARIFReport(paths: Self.repositoryPaths).text(of: report)
        case .junit: return JUnitReport().text(of: report)
        case .html: return HTMLReport(pictures: pictures).text(of: report)
        case .github: return GitHubReport(paths: Self.repositoryPaths).text(of: report)
        case .text:
            return TextReport(
                width: isFile ? 100 : terminal.width(of: .standardOutput) ?? 100,
                usesColor: isFile
                    ? options.color == .always : terminal.usesColor(options.color, on: .standardOutput),
                isVerbose: options.verbose
            ).text(of: report)
        }
    }

    private func writeStepSummary(of report: VerificationReport) throws {
        guard let file = try stepSummary() else { return }
        try file.writeAll(MarkdownSummary().text(of: report).utf8)
        try file.close()
    }

    /// GitHub names a file for what the job's page is to show: other steps may have written to it. Nil where it names none.
    ///
    /// - Throws: `UsageError` where it cannot be written to.
    private func stepSummary() throws -> FileDescriptor? {
        guard let path = ProcessInfo.processInfo.environment["GITHUB_STEP_SUMMARY"], !path.isEmpty else { return nil }
        do {
            return try FileDescriptor.open(
                FilePath(path), .writeOnly, options: [.create, .append],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
        } catch let error as Errno {
            throw UsageError(description: "GITHUB_STEP_SUMMARY is '\(path)', which cannot be written: \(error)")
        }
    }

    /// CI servers know files from the top of the repository that the run was started in.
    private static var repositoryPaths: RepositoryPaths {
        let working = FileManager.default.currentDirectoryPath
        var folder = URL(fileURLWithPath: working)
        while folder.path != "/" {
            if FileManager.default.fileExists(atPath: folder.path + "/.git") {
                return RepositoryPaths(workingDirectory: String(working.dropFirst(folder.path.count + 1)))
            }
            folder.deleteLastPathComponent()
        }
        return RepositoryPaths()
    }
}
