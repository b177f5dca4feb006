import Diagnostics

/// A table of the elements, then every way out of each of them.
struct TextDrawing {
    let graph: ElementGraph
    let width: Int

    var text: String {
        let count = graph.elements.count
        let heading = "\(graph.name): \(count) element\(count == 1 ? "" : "s"), packets enter at \(graph.entry)"
        return ([heading, ""] + table + graph.elements.flatMap { [""] + ways(outOf: $0) }).joined(separator: "\n")
            + "\n"
    }

    private var table: [String] {
        let rows =
            [["element", "lines", "owns", "reads"]]
            + graph.elements.map { element in
                let names = [element.ownedState, element.readState]
                return ["\(element.name)", element.lineText]
                    + names.map { $0.isEmpty ? "-" : $0.joined(separator: ", ") }
            }
        let widths = rows[0].indices.dropLast().map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.flatMap { row in
            let columns = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            let before = "  " + columns.joined(separator: "  ") + "  "
            return wrapped(row[row.count - 1], before: before, separator: ", ")
        }
    }

    private func ways(outOf element: ElementGraph.Element) -> [String] {
        let place = element.file.map { "  \($0):\(element.lines.lowerBound)" } ?? ""
        let helpers = element.helpers.joined(separator: ", ")
        return ["\(element.name)\(place)"]
            + (helpers.isEmpty ? [] : wrapped(helpers, before: "  helpers ", separator: ", "))
            + element.inputs.flatMap { input in
                let edges = graph.edges(from: input)
                let indent = element.inputs.count > 1 ? "    " : "  "
                let names = edges.map { name(of: $0.to) }
                let longest = names.map(\.count).max() ?? 0
                // No packet comes to a control operation.
                let isOperation = graph.operations.contains(input)
                let heading = isOperation ? "  \(input), a control operation" : "  \(input)"
                return (element.inputs.count > 1 || isOperation ? [heading] : [])
                    + zip(edges, names).flatMap { edge, name in
                        let padded = name + String(repeating: " ", count: longest - name.count)
                        let places = lines(of: edge)
                        let before = "\(indent)\(edge.to == .drop ? "✗" : "→") \(padded)  \(places)"
                        let condition =
                            edge.condition.map { wrapped($0, before: before + "  if ", separator: " && ") } ?? [before]
                        guard let fact = edge.fact, !fact.text.isEmpty else { return condition }
                        let margin = String(repeating: " ", count: indent.count + longest + 4)
                        return condition + wrapped(fact.text, before: margin + "all are ", separator: "; ")
                    }
            }
    }

    private func name(of destination: ElementGraph.Destination) -> String {
        switch destination {
        case .input(let name): name
        case .emit(let port): port.map { "port \($0)" } ?? "a port computed at run time"
        case .drop: "drop"
        }
    }

    /// `118` or `117, 121`; of another file with its name.
    private func lines(of edge: ElementGraph.Edge) -> String {
        let file = graph.element(ofInput: edge.from)?.file
        let places = edge.locations.map { $0.file == file ? "\($0.line)" : "\($0.file):\($0.line)" }
        let unique = places.indices.filter { !places[..<$0].contains(places[$0]) }.map { places[$0] }
        return unique.isEmpty ? "" : "line\(unique.count == 1 ? "" : "s") \(unique.joined(separator: ", "))"
    }

    /// Breaks a list behind its separators where it would go over the width; further lines start below the first item.
    private func wrapped(_ list: String, before: String, separator: String) -> [String] {
        let indent = String(repeating: " ", count: before.count)
        // A margin that leaves hardly any room is worse than a long line.
        let room = max(width - before.count, 30)
        var lines: [String] = []
        var line = ""
        for item in items(of: list, separator: separator) {
            if !line.isEmpty, line.count + item.trimmingSpaces.count > room {
                lines.append(line)
                line = ""
            }
            line += item
        }
        lines.append(line)
        return lines.enumerated().map { index, line in ((index == 0 ? before : indent) + line).trimmingSpaces }
    }

    /// With their separators behind them.
    private func items(of list: String, separator: String) -> [String] {
        var parts: [String] = []
        var rest = list[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.upperBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}

extension String {
    /// Without spaces at the end.
    fileprivate var trimmingSpaces: String {
        var text = self[...]
        while text.last == " " { text = text.dropLast() }
        return String(text)
    }
}
