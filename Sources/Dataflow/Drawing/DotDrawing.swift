/// The graph in Graphviz's language.
struct DotDrawing {
    let graph: ElementGraph

    var text: String {
        let diagram = Diagram(graph)
        var lines = [
            "digraph \(quoted(graph.name)) {",
            "    rankdir=TB;",
            "    node [shape=box, style=rounded, fontname=\"monospace\", fontsize=11];",
            "    edge [fontname=\"monospace\", fontsize=9];",
        ]
        for node in diagram.nodes { lines.append("    \(identifier(node)) [\(attributes(of: node, in: diagram))];") }
        for arrow in diagram.arrows {
            var attributes: [String] = []
            if !arrow.label.isEmpty { attributes.append("label=\(quoted(arrow.label.joined(separator: "\n")))") }
            if let detail = arrow.detail {
                attributes += ["edgetooltip", "labeltooltip"].map { "\($0)=\(quoted(detail))" }
            }
            if arrow.to == .drop { attributes.append("style=dotted") }
            let suffix = attributes.isEmpty ? "" : " [\(attributes.joined(separator: ", "))]"
            lines.append("    \(identifier(arrow.from)) -> \(identifier(arrow.to))\(suffix);")
        }
        return (lines + ["}"]).joined(separator: "\n") + "\n"
    }

    private func identifier(_ node: Diagram.Node) -> String {
        switch node {
        case .arrival: quoted("in")
        case .element(let index): quoted("element \(graph.elements[index].name)")
        case .port(let port): quoted("port \(port ?? "*")")
        case .drop: quoted("drop")
        }
    }

    private func attributes(of node: Diagram.Node, in diagram: Diagram) -> String {
        switch node {
        case .arrival: return "label=\"packets\", shape=plaintext"
        case .element(let index):
            let element = graph.elements[index]
            let label = (element.inputs + diagram.facts(about: element)).joined(separator: "\n")
            return "label=\(quoted(label))"
        case .port(let port): return "label=\(quoted(diagram.name(of: port))), shape=cds, style=solid"
        case .drop: return "label=\"drop\", shape=plaintext"
        }
    }

    private func quoted(_ text: String) -> String {
        let escaped = text.map { character in
            switch character {
            case "\"": "\\\""
            case "\\": "\\\\"
            case "\n": "\\n"
            default: String(character)
            }
        }
        return "\"\(escaped.joined())\""
    }
}
