import Verification

/// A run as a Markdown table, for the summary page of a CI job: verdict by verdict what is not proved, then all properties, folded away.
public struct MarkdownSummary: Sendable {
    public init() {}

    /// Ends with a newline.
    public func text(of report: VerificationReport) -> String {
        var lines = ["## \(heading(of: report))", ""]
        if report.runState == .interrupted { lines += ["**Interrupted**: not every property was judged.", ""] }
        let findings = report.findings
        if !findings.isEmpty {
            lines += ["| | what | why | where |", "|---|---|---|---|"]
            lines += findings.map { finding in
                let place = finding.location?.description ?? ""
                return row([finding.severity == .error ? "❌" : "⚠️", finding.title, finding.message, place])
            }
            lines.append("")
        }
        for middlebox in report.middleboxes {
            let proved = middlebox.properties.count { $0.verdict == .proved }
            lines += [
                "<details><summary>\(Self.escaped(middlebox.name)): \(proved) of \(counted(middlebox.properties.count, "property", "properties")) proved</summary>",
                "", "| property | kind | verdict | cites |", "|---|---|---|---|",
            ]
            lines += middlebox.properties.map {
                row([$0.name, $0.kind.rawValue, $0.verdict.rawValue, $0.cites.joined(separator: ", ")])
            }
            lines += ["", "</details>", ""]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func heading(of report: VerificationReport) -> String {
        "\(report.isGreen ? "✅" : "❌") gravel: \(report.counts())"
    }

    private func row(_ cells: [String]) -> String { "| \(cells.map(Self.escaped).joined(separator: " | ")) |" }

    /// What ends a cell, or is markup to Markdown.
    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("|", with: "\\|").replacing("<", with: "&lt;")
            .replacing("\r", with: "").replacing("\n", with: "<br>").replacing("*", with: "\\*").replacing(
                "_", with: "\\_")
    }
}
