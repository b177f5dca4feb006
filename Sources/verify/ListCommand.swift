import ArgumentParser
import Diagnostics
import SpecLanguage
import Verification

/// `verify list`: the properties of the specs, with the clauses that they stand for.
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists properties, the clauses they cite, and their last verdicts.",
        discussion: "Verdicts are not kept between runs yet: the last verdict is 'unknown'.")

    @Argument(
        help: "A name under Middleboxes, a folder or a spec; all middleboxes without it.",
        completion: middleboxCompletion)
    var name: String?

    func run() throws {
        let selected = try MiddleboxCatalog.current().select(name.map { [$0] } ?? [])
        var rows = [["property", "kind", "last verdict", "cites"]]
        for source in selected {
            guard let file = try source.readSpecification() else {
                StandardError.write(
                    "\(source.name) has no spec: only the checks that come with every middlebox are made.\n")
                continue
            }
            do {
                rows += try SpecLanguage.parse(file).items.compactMap { item -> [String]? in
                    switch item {
                    case .property(let property): row(of: property, in: source.name)
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

    private func row(of property: PropertySyntax, in middlebox: String) -> [String] {
        let cites = property.clauses.flatMap { clause -> [String] in
            if case .cites(let clauses) = clause.content { clauses } else { [] }
        }
        return [
            "\(middlebox).\(property.name.text)", property.kind.rawValue, "unknown",
            cites.isEmpty ? "-" : cites.joined(separator: ", "),
        ]
    }
}
