import ArgumentParser
import Diagnostics
import SpecLanguage
import Verification

/// `verify list`: the properties of the specs, with the clauses that they stand for.
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists properties, the clauses they cite, and their last verdicts.",
        discussion: "The last verdict is that of the proof store for the files as they are; '-' where it has none.")

    @Argument(
        help: "A name under Middleboxes, a folder or a spec; all middleboxes without it.",
        completion: middleboxCompletion)
    var name: String?

    @Option(
        help: ArgumentHelp("The proof store (default: GRAVEL_CACHE, or ~/.cache/gravel/proofs).", valueName: "dir"),
        completion: .directory)
    var cache: String?

    func run() throws {
        let proofs = ProofCache(folder: cache, isOff: false)
        let selected = try MiddleboxCatalog.current().select(name.map { [$0] } ?? [])
        var rows = [["property", "kind", "last verdict", "cites"]]
        for source in selected {
            guard let file = try source.readSpecification() else {
                StandardError.write(
                    "\(source.name) has no spec: only the checks that come with every middlebox are made.\n")
                continue
            }
            let report = proofs?.reports.report(.init(source: source, patterns: [], wholeProgram: false))
            let verdicts = Dictionary(
                (report?.properties ?? []).map { ($0.name, $0.verdict.rawValue) }, uniquingKeysWith: { first, _ in first })
            do {
                rows += try SpecLanguage.parse(file).items.compactMap { item -> [String]? in
                    switch item {
                    case .property(let property): row(of: property, in: source.name, verdicts[property.name.text])
                    case .assumption, .definition, .model: nil
                    }
                }
            } catch {
                throw RejectedInput(error.diagnostics, sources: [file])
            }
        }
        let widths = (0..<3).map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            print((cells + [row[3]]).joined(separator: "  "))
        }
    }

    private func row(of property: PropertySyntax, in middlebox: String, _ verdict: String?) -> [String] {
        let cites = property.clauses.flatMap { clause -> [String] in
            if case .cites(let clauses) = clause.content { clauses } else { [] }
        }
        return [
            "\(middlebox).\(property.name.text)", property.kind.rawValue, verdict ?? "-",
            cites.isEmpty ? "-" : cites.joined(separator: ", "),
        ]
    }
}
