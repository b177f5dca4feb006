import ArgumentParser
import Diagnostics
import SpecLanguage
import Verification

/// `verify list`: the properties of the specs, with the clauses that they stand for.
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists properties, the clauses they cite, and their last verdicts.",
        discussion:
            "The last verdict is that of the files as they are now; '-' where they have not been judged, or not for sure."
    )

    @Argument(
        help: "A name under Middleboxes, a folder or a spec; all middleboxes without it.",
        completion: middleboxCompletion)
    var name: String?

    @OptionGroup var caching: CacheOptions

    func run() throws {
        let kept = caching.proofs
        let selected = try MiddleboxCatalog.current().select(name.map { [$0] } ?? [])
        var rows = [["property", "kind", "last verdict", "cites"]]
        for source in selected {
            guard let file = try source.readSpecification() else {
                StandardError.write(
                    "\(source.name) has no spec: only the checks that come with every middlebox are made.\n")
                continue
            }
            let verdicts = verdicts(on: source, kept)
            do {
                rows += try SpecLanguage.parse(file).items.compactMap { item -> [String]? in
                    switch item {
                    case .property(let property): row(of: property, in: source.name, verdicts)
                    case .assumption, .definition, .model: nil
                    }
                }
            } catch {
                throw RejectedInput(error.diagnostics, sources: [file])
            }
        }
        kept?.printNotes()
        let widths = (0..<3).map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            print((cells + [row[3]]).joined(separator: "  "))
        }
    }

    /// By name, as far as they are known of the files as they are.
    private func verdicts(on source: MiddleboxSource, _ kept: KeptProofs?) -> [String: Verdict] {
        guard let kept, let request = kept.request(for: source, options: []),
            let report = kept.reports.latestReport(for: request)
        else { return [:] }
        return Dictionary(report.properties.map { ($0.name, $0.verdict) }, uniquingKeysWith: { first, _ in first })
    }

    private func row(of property: PropertySyntax, in middlebox: String, _ verdicts: [String: Verdict]) -> [String] {
        let cites = property.clauses.flatMap { clause -> [String] in
            if case .cites(let clauses) = clause.content { clauses } else { [] }
        }
        return [
            "\(middlebox).\(property.name.text)", property.kind.rawValue, verdicts[property.name.text]?.rawValue ?? "-",
            cites.isEmpty ? "-" : cites.joined(separator: ", "),
        ]
    }
}
