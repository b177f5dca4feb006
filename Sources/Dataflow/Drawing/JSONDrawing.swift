import Diagnostics
import Foundation

/// The graph for programs: one object, keys in alphabetical order.
struct JSONDrawing {
    let graph: ElementGraph

    var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        // Strings, integers and lists only: there is nothing that JSON could not hold.
        guard let data = try? encoder.encode(Document(graph)) else { return "{}\n" }
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    private struct Document: Encodable {
        let schemaVersion = 1
        let name: String
        let entry: String
        let elements: [Element]
        /// The inputs that are control operations; absent where there are none.
        let operations: [String]?
        let edges: [Edge]

        init(_ graph: ElementGraph) {
            name = graph.name
            entry = graph.entry
            elements = graph.elements.map(Element.init)
            operations = graph.operations.isEmpty ? nil : graph.operations
            edges = graph.edges.map(Edge.init)
        }
    }

    private struct Element: Encodable {
        let name: String
        let inputs: [String]
        let state: [String]
        let reads: [String]
        let helpers: [String]
        let file: String?
        /// First and last.
        let lines: [Int]

        init(_ element: ElementGraph.Element) {
            name = element.name
            inputs = element.inputs
            state = element.ownedState
            reads = element.readState
            helpers = element.helpers
            file = element.file
            lines = [element.lines.lowerBound, element.lines.upperBound]
        }
    }

    private struct Edge: Encodable {
        struct Target: Encodable {
            let kind: String
            /// The function of an input, the name or number of a port; absent for a drop and for a port computed at run time.
            let name: String?
        }
        struct HandOff: Encodable {
            let file: String?
            let line: Int?
            let column: Int?
            let conditions: [String]
        }
        let from: String
        let to: Target
        let condition: String?
        /// That every packet on the edge has, and what holds of it; absent where that was not asked.
        let headers: [String]?
        let facts: [String]?
        let handOffs: [HandOff]

        init(_ edge: ElementGraph.Edge) {
            from = edge.from
            switch edge.to {
            case .input(let name): to = Target(kind: "input", name: name)
            case .emit(let port): to = Target(kind: "emit", name: port)
            case .drop: to = Target(kind: "drop", name: nil)
            }
            condition = edge.condition
            headers = edge.fact?.headers
            facts = edge.fact?.facts
            handOffs = edge.handOffs.map {
                HandOff(
                    file: $0.location?.file, line: $0.location?.line, column: $0.location?.column,
                    conditions: $0.conditions)
            }
        }
    }
}
