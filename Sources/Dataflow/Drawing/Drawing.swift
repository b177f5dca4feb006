import Diagnostics

/// A form in which an element graph can be written. All are deterministic.
public enum DrawingFormat: String, CaseIterable, Sendable {
    /// Tables and arrows for a terminal.
    case text
    /// Graphviz.
    case dot
    case mermaid
    /// For programs: everything that the graph knows.
    case json
    /// Laid out here; needs no other tool.
    case svg
}

extension ElementGraph {
    /// Ends with a newline.
    ///
    /// - Parameter width: in columns; only `text` is wrapped.
    public func drawing(_ format: DrawingFormat, width: Int = 100) -> String {
        switch format {
        case .text: TextDrawing(graph: self, width: width).text
        case .dot: DotDrawing(graph: self).text
        case .mermaid: MermaidDrawing(graph: self).text
        case .json: JSONDrawing(graph: self).text
        case .svg: SVGDrawing(graph: self).text
        }
    }
}

/// What a diagram shows: a node per element, per port and for the arrival; an arrow per pair of nodes, input and condition.
struct Diagram {
    enum Node: Hashable {
        case arrival
        case element(Int)
        /// Nil: a port that is computed at run time.
        case port(String?)
        case drop
    }

    struct Arrow: Hashable {
        let from: Node
        let to: Node
        /// Which of several inputs it leaves or enters, and under which condition. Empty when there is nothing to tell.
        let label: [String]
        /// The whole condition, and all that holds of the packets.
        let detail: String?
    }

    let graph: ElementGraph
    /// The arrival, the elements, the ports in order of first use, the drop.
    let nodes: [Node]
    let arrows: [Arrow]

    init(_ graph: ElementGraph) {
        self.graph = graph
        var positions: [String: Int] = [:]
        for (index, element) in graph.elements.enumerated() {
            for input in element.inputs { positions[input] = index }
        }
        var nodes: [Node] = [.arrival] + graph.elements.indices.map(Node.element)
        var arrows: [Arrow] = []
        if let entry = positions[graph.entry] {
            arrows.append(Arrow(from: .arrival, to: .element(entry), label: [], detail: nil))
        }
        for edge in graph.edges.sorted(by: { (positions[$0.from] ?? 0) < (positions[$1.from] ?? 0) }) {
            guard let from = positions[edge.from] else { continue }
            var label: [String] = []
            if graph.elements[from].inputs.count > 1 { label.append("from \(edge.from)") }
            let to: Node
            switch edge.to {
            case .input(let input):
                guard let position = positions[input] else { continue }
                to = .element(position)
                if position == from {
                    label = ["\(edge.from) → \(input)"]
                } else if graph.elements[position].inputs.count > 1 {
                    label.append("to \(input)")
                }
            case .emit(let port): to = .port(port)
            case .drop:
                to = .drop
                label = []
            }
            if !nodes.contains(to) { nodes.append(to) }
            if edge.to != .drop { label += Diagram.distinguishing(edge, in: graph) }
            if let header = Diagram.newHeader(of: edge, in: graph) { label.append("all are \(header)") }
            let detail = [edge.condition.map { "if \($0)" }, edge.fact.map { "all are \($0.text)" }].compactMap(\.self)
            let arrow = Arrow(
                from: .element(from), to: to, label: label,
                detail: detail.isEmpty ? nil : detail.joined(separator: "\n"))
            if edge.to != .drop || !arrows.contains(where: { $0.from == arrow.from && $0.to == .drop }) {
                arrows.append(arrow)
            }
        }
        // The drop last, whoever drops first.
        if let drop = nodes.firstIndex(of: .drop) { nodes.append(nodes.remove(at: drop)) }
        self.nodes = nodes
        self.arrows = arrows
    }

    /// The conditions that tell an edge from the other ways on. What all ways have in common is a guard, and would only fill the picture.
    private static func distinguishing(_ edge: ElementGraph.Edge, in graph: ElementGraph) -> [String] {
        func common(_ edge: ElementGraph.Edge) -> [String] {
            guard let first = edge.handOffs.first else { return [] }
            return first.conditions.filter { text in edge.handOffs.allSatisfy { $0.conditions.contains(text) } }
        }
        let others = graph.edges(from: edge.from).filter { $0.to != .drop && $0.to != edge.to }
        return common(edge).filter { text in others.contains { !common($0).contains(text) } }
    }

    /// The innermost header that all packets on the edge are known to have, if that is not known of them before.
    private static func newHeader(of edge: ElementGraph.Edge, in graph: ElementGraph) -> String? {
        guard let header = edge.fact?.headers.last else { return nil }
        let arriving = graph.edges.filter { $0.to == .input(edge.from) }
        let isKnown = !arriving.isEmpty && arriving.allSatisfy { $0.fact?.headers.contains(header) == true }
        return isKnown ? nil : header
    }

    static func lines(of element: ElementGraph.Element) -> String {
        element.lines.count == 1
            ? "line \(element.lines.lowerBound)" : "lines \(element.lines.lowerBound)–\(element.lines.upperBound)"
    }

    /// The lines of an element's boxes below its name.
    func facts(about element: ElementGraph.Element) -> [String] {
        var facts = [Diagram.lines(of: element)]
        if !element.ownedState.isEmpty { facts.append("owns \(element.ownedState.joined(separator: ", "))") }
        if !element.readState.isEmpty { facts.append("reads \(element.readState.joined(separator: ", "))") }
        return facts
    }

    func name(of port: String?) -> String { port ?? "any port" }
}
