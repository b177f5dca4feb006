import Diagnostics

/// The graph as a picture: a box per element with its state and lines, a pill per port, arrows with the conditions that tell them apart.
///
/// Colours follow the reader's light or dark scheme; nothing is painted behind the picture. Drops are told in the boxes: arrows for them
/// would hide the rest.
struct SVGDrawing {
    let graph: ElementGraph

    private struct Line {
        enum Style: String { case name, fact, label }
        let text: String
        let style: Style

        /// Of the monospaced fonts in use, in pixels.
        var width: Double { Double(text.count) * (style == .name ? 7.9 : 6.7) }
        var height: Double { style == .name ? 18 : 15 }
    }

    private static let longestLabel = 46
    private let margin = 14.0

    var text: String {
        let diagram = Diagram(graph)
        let nodes = diagram.nodes.filter { $0 != .drop }
        let contents = nodes.map { lines(of: $0, in: diagram) }
        let arrows = diagram.arrows.filter { $0.to != .drop && $0.from != $0.to }
        let labels = arrows.map { $0.label.flatMap(SVGDrawing.broken).map { Line(text: $0, style: .label) } }
        let layout = LayeredLayout(
            nodes: zip(nodes, contents).map { SVGDrawing.box(around: $1, padding: padding(of: $0)) },
            edges: zip(arrows, labels).map { arrow, label in
                LayeredLayout.Edge(
                    from: nodes.firstIndex(of: arrow.from) ?? 0, to: nodes.firstIndex(of: arrow.to) ?? 0,
                    label: label.isEmpty ? .init(width: 0, height: 0) : SVGDrawing.box(around: label, padding: (4, 2)))
            },
            lowest: Set(nodes.indices.filter { if case .port = nodes[$0] { true } else { false } }))

        var parts = [header(layout.size)]
        for (index, route) in layout.routes.enumerated() {
            parts.append(drawn(route, label: labels[index], detail: arrows[index].detail))
        }
        for (index, node) in nodes.enumerated() {
            parts.append(drawn(node, lines: contents[index], center: layout.centers[index]))
        }
        return (parts + ["</svg>"]).joined(separator: "\n") + "\n"
    }

    // MARK: Contents

    private func lines(of node: Diagram.Node, in diagram: Diagram) -> [Line] {
        switch node {
        case .arrival: return [Line(text: "packets", style: .fact)]
        case .port(let port): return [Line(text: diagram.name(of: port), style: .name)]
        case .drop: return []
        case .element(let index):
            let element = graph.elements[index]
            let drops = element.inputs.flatMap { graph.edges(from: $0) }.filter { $0.to == .drop }
            let places = Set(drops.flatMap(\.locations).map(\.line)).sorted()
            var facts = diagram.facts(about: element)
            if !drops.isEmpty {
                let shown = places.prefix(6).map(String.init) + (places.count > 6 ? ["…"] : [])
                facts.append(places.isEmpty ? "drops" : "drops at \(shown.joined(separator: ", "))")
            }
            let inner = diagram.arrows.filter { $0.from == node && $0.to == node }.flatMap(\.label).flatMap(
                SVGDrawing.broken)
            return element.inputs.map { Line(text: $0, style: .name) } + facts.map { Line(text: $0, style: .fact) }
                + inner.map { Line(text: $0, style: .label) }
        }
    }

    /// Long conditions go over several lines, broken at spaces.
    private static func broken(_ text: String) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > longestLabel {
                lines.append(line)
                line = "  "
            }
            line += line.isEmpty || line == "  " ? String(word) : " \(word)"
        }
        return lines + [line]
    }

    private func padding(of node: Diagram.Node) -> (x: Double, y: Double) {
        switch node {
        case .element: (12, 8)
        case .arrival, .port, .drop: (16, 5)
        }
    }

    private static func box(around lines: [Line], padding: (x: Double, y: Double)) -> LayeredLayout.Size {
        LayeredLayout.Size(
            width: (lines.map(\.width).max() ?? 0) + 2 * padding.x,
            height: lines.reduce(0) { $0 + $1.height } + 2 * padding.y)
    }

    // MARK: Drawing

    private func header(_ size: LayeredLayout.Size) -> String {
        let (width, height) = (number(size.width + 2 * margin), number(size.height + 2 * margin))
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)" role="img">
            <title>Elements of \(escaped(graph.name))</title>
            <style>
            svg { color: #1f2933; }
            @media (prefers-color-scheme: dark) { svg { color: #dde3ea; } }
            text { fill: currentColor; font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 11px; }
            text.name { font-size: 13px; font-weight: bold; }
            text.label { font-style: italic; }
            rect { fill: currentColor; fill-opacity: 0.06; stroke: currentColor; stroke-width: 1.2; }
            path { fill: none; stroke: currentColor; stroke-width: 1.2; stroke-opacity: 0.75; }
            path.head { fill: currentColor; stroke: none; fill-opacity: 0.85; }
            </style>
            """
    }

    private func drawn(_ node: Diagram.Node, lines: [Line], center: (x: Double, y: Double)) -> String {
        let size = SVGDrawing.box(around: lines, padding: padding(of: node))
        let (left, top) = (center.x - size.width / 2 + margin, center.y - size.height / 2 + margin)
        let radius: Double
        let title: String
        switch node {
        case .element(let index):
            radius = 6
            let helpers = graph.elements[index].helpers
            title = helpers.isEmpty ? "" : "<title>helpers: \(escaped(helpers.joined(separator: ", ")))</title>"
        case .arrival, .port, .drop:
            radius = size.height / 2
            title = ""
        }
        let box =
            "<rect x=\"\(number(left))\" y=\"\(number(top))\" width=\"\(number(size.width))\" height=\"\(number(size.height))\" rx=\"\(number(radius))\">\(title)</rect>"
        return ([box] + drawn(lines, center: (center.x, center.y))).joined(separator: "\n")
    }

    private func drawn(_ lines: [Line], center: (x: Double, y: Double)) -> [String] {
        var y = center.y - lines.reduce(0) { $0 + $1.height } / 2 + margin
        return lines.map { line in
            defer { y += line.height }
            let baseline = number(y + line.height * 0.75)
            return
                "<text class=\"\(line.style.rawValue)\" x=\"\(number(center.x + margin))\" y=\"\(baseline)\" text-anchor=\"middle\">\(escaped(line.text))</text>"
        }
    }

    /// The line stops above a label and goes on below it, so that the label needs no background.
    private func drawn(_ route: LayeredLayout.Route, label: [Line], detail: String?) -> String {
        var pieces: [[(x: Double, y: Double)]] = [[]]
        let isUpwards = (route.points.first?.y ?? 0) > (route.points.last?.y ?? 0)
        for (index, point) in route.points.enumerated() {
            if index == route.label {
                let half = label.reduce(0) { $0 + $1.height } / 2 + 1
                pieces[pieces.count - 1].append((point.x, point.y - (isUpwards ? -half : half)))
                pieces.append([(point.x, point.y + (isUpwards ? -half : half))])
            } else {
                pieces[pieces.count - 1].append(point)
            }
        }
        let title = detail.map { "<title>\(escaped($0))</title>" } ?? ""
        var parts = pieces.map { "<path d=\"\(curve(through: $0))\">\(title)</path>" }
        if let end = route.points.last {
            let (x, y, back) = (end.x + margin, end.y + margin, isUpwards ? 8.0 : -8.0)
            parts.append(
                "<path class=\"head\" d=\"M\(number(x)),\(number(y)) L\(number(x - 4)),\(number(y + back)) L\(number(x + 4)),\(number(y + back)) Z\"/>"
            )
        }
        if let index = route.label { parts += drawn(label, center: route.points[index]) }
        return parts.joined(separator: "\n")
    }

    /// Vertical at every point.
    private func curve(through points: [(x: Double, y: Double)]) -> String {
        guard let first = points.first else { return "" }
        var text = "M\(number(first.x + margin)),\(number(first.y + margin))"
        for (from, to) in zip(points, points.dropFirst()) {
            let middle = number((from.y + to.y) / 2 + margin)
            text +=
                " C\(number(from.x + margin)),\(middle) \(number(to.x + margin)),\(middle) \(number(to.x + margin)),\(number(to.y + margin))"
        }
        return text
    }

    /// With one decimal: the same on every machine.
    private func number(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths.isMultiple(of: 10)
            ? "\(tenths / 10)" : "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }

    private func escaped(_ text: String) -> String {
        text.map { character in
            switch character {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "\"": "&quot;"
            default: String(character)
            }
        }.joined()
    }
}
