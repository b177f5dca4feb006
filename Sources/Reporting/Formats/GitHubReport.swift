import Diagnostics
import Verification

/// A run as GitHub's workflow commands: annotations in the code, at most ten, worst first, and how many more there are. GitHub itself shows no
/// more than ten of a kind and step.
public struct GitHubReport: Sendable {
    public static let mostAnnotations = 10

    private let paths: RepositoryPaths

    public init(paths: RepositoryPaths = RepositoryPaths()) { self.paths = paths }

    /// Ends with a newline.
    public func text(of report: VerificationReport) -> String {
        var lines: [String] = []
        if report.runState == .interrupted {
            lines.append(Self.command("error", [("title", "gravel")], VerificationReport.interruption))
        }
        let findings = report.findings
        let room = Self.mostAnnotations - lines.count
        for finding in findings.prefix(room) {
            var properties: [(String, String)] = []
            if let location = finding.location {
                properties = [("file", paths.path(of: location.file)), ("line", "\(location.line)")]
                if location.column > 0 { properties.append(("col", "\(location.column)")) }
            }
            properties.append(("title", finding.title))
            let again = finding.judged.flatMap { judged in
                judged.property.counterexample?.replayArguments().map { "\nreplay \(judged.middlebox.argument) \($0)" }
            }
            let hint = finding.judged?.property.hint.map { "\nHint: \($0)" }
            lines.append(
                Self.command(
                    finding.severity == .error ? "error" : "warning", properties,
                    finding.message + (hint ?? "") + (again ?? "")))
        }
        // Not an annotation, of which there are enough: the log's reader sees it.
        if findings.count > room { lines.append("and \(findings.count - room) more") }
        lines.append(report.counts())
        return lines.joined(separator: "\n") + "\n"
    }

    /// `::error file=…,line=…::message`, where what has a meaning there is escaped.
    private static func command(_ name: String, _ properties: [(String, String)], _ message: String) -> String {
        let list = properties.map { "\($0)=\(escaped($1, isProperty: true))" }.joined(separator: ",")
        return "::\(name)\(list.isEmpty ? "" : " \(list)")::\(escaped(message))"
    }

    private static func escaped(_ text: String, isProperty: Bool = false) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "%": result += "%25"
            case "\r": result += "%0D"
            case "\n": result += "%0A"
            case ":" where isProperty: result += "%3A"
            case "," where isProperty: result += "%2C"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
