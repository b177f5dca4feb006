/// The graph as a Mermaid flowchart, for Markdown pages.
struct MermaidDrawing {
    let graph: ElementGraph

    var text: String {
        let diagram = Diagram(graph)
        var lines = ["flowchart TD"]
        var identifiers: [Diagram.Node: String] = [:]
        for (index, node) in diagram.nodes.enumerated() {
            let identifier = "n\(index)"
            identifiers[node] = identifier
            switch node {
            case .arrival: lines.append("    \(identifier)([\"packets\"])")
            case .element(let position):
                let element = graph.elements[position]
                let label =
                    (element.inputs.map { "<b>\(escaped($0))</b>" } + diagram.facts(about: element).map(escaped))
                    .joined(separator: "<br/>")
                lines.append("    \(identifier)[\"\(label)\"]")
            case .port(let port): lines.append("    \(identifier)([\"\(escaped(diagram.name(of: port)))\"])")
            case .drop: lines.append("    \(identifier)([\"drop\"])")
            }
        }
        for arrow in diagram.arrows {
            guard let from = identifiers[arrow.from], let to = identifiers[arrow.to] else { continue }
            let line = arrow.to == .drop ? "-.->" : "-->"
            let label = arrow.label.isEmpty ? "" : "|\"\(arrow.label.map(escaped).joined(separator: "<br/>"))\"|"
            lines.append("    \(from) \(line)\(label) \(to)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Mermaid's entity codes, for what HTML or its own syntax would take for markup.
    private func escaped(_ text: String) -> String {
        text.map { character in
            switch character {
            case "&": "#amp;"
            case "<": "#lt;"
            case ">": "#gt;"
            case "\"": "#quot;"
            case "#": "#35;"
            case "|": "#124;"
            case "`": "#96;"
            default: String(character)
            }
        }.joined()
    }
}
