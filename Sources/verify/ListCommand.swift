import ArgumentParser
import Diagnostics
import Foundation
import Project
import SpecLanguage
import Verification

/// `verify list`: the clauses that the specs cite, each with the properties that stand for it and their verdicts.
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the clauses that are cited, the properties that stand for them, and their last verdicts.",
        discussion: """
            A property stands beside each clause that it cites; those that cite none come last. The last verdict is that of the files as they \
            are now; '-' where they have not been judged, or not for sure.
            """
    )

    @Argument(
        help: "A middlebox's name, its folder or its spec; all middleboxes without it.",
        completion: middleboxCompletion)
    var name: String?

    @OptionGroup var caching: CacheOptions

    func run() throws {
        let project = try ProjectFile.current()
        let kept = caching.proofs(in: project)
        let selected = try MiddleboxCatalog.current(project).select(name.map { [$0] } ?? [])
        var rows = [["clause", "property", "kind", "last verdict"]]
        for source in selected {
            guard let file = try source.readSpecification() else {
                StandardError.write(
                    "\(source.name) has no spec: only the checks that come with every middlebox are made.\n")
                continue
            }
            let verdicts = verdicts(on: source, kept)
            do {
                let properties = try SpecLanguage.parse(file).items.compactMap { item -> PropertySyntax? in
                    switch item {
                    case .property(let property): property
                    case .assumption, .definition, .model: nil
                    }
                }
                rows += table(of: properties, in: source.name, verdicts)
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

    /// Clause by clause, in the order of their numbers.
    private func table(
        of properties: [PropertySyntax], in middlebox: String, _ verdicts: [String: Verdict]
    ) -> [[String]] {
        var clauses: [String] = []
        for clause in properties.flatMap(\.citedClauses) where !clauses.contains(clause) { clauses.append(clause) }
        clauses.sort { $0.compare($1, options: .numeric) == .orderedAscending }
        let cited = clauses.map { clause in (clause, properties.filter { $0.citedClauses.contains(clause) }) }
        return (cited + [("-", properties.filter(\.citedClauses.isEmpty))]).flatMap { clause, properties in
            properties.map { property in
                [
                    clause, "\(middlebox).\(property.name.text)", property.kind.rawValue,
                    verdicts[property.name.text]?.rawValue ?? "-",
                ]
            }
        }
    }

    /// By name, as far as they are known of the files as they are.
    private func verdicts(on source: MiddleboxSource, _ kept: KeptProofs?) -> [String: Verdict] {
        guard let kept, let request = kept.request(for: source, options: []),
            let report = kept.reports.latestReport(for: request)
        else { return [:] }
        return Dictionary(report.properties.map { ($0.name, $0.verdict) }, uniquingKeysWith: { first, _ in first })
    }
}

extension PropertySyntax {
    fileprivate var citedClauses: [String] {
        clauses.flatMap { clause -> [String] in
            if case .cites(let cited) = clause.content { cited } else { [] }
        }
    }
}
