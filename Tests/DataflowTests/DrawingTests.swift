import Dataflow
import Foundation
import MiddleboxIR
import Testing

@Suite struct DrawingTests {
    /// `packet_arrives` → `left`, `right` (which share `count`), and back from `left` to `right`; names that need escapes do not occur in C.
    private func graph() throws -> ElementGraph {
        let count = Build.store(Build.number(1), to: .global("count"))
        return try ElementGraph(
            decomposing: Build.program(
                [
                    Build.function(
                        "right", lines: 1...3, [Build.block([count, Build.emit(Build.number(1), line: 2)])]),
                    Build.function(
                        "left", lines: 4...6, [Build.block([count, Build.call(.function("right"), line: 5)])]),
                    Build.function(
                        "packet_arrives", lines: 7...12,
                        [
                            Build.block(
                                [], .branch(condition: .register(Register(0)), then: BlockID(1), otherwise: BlockID(2))),
                            Build.block([Build.call(.function("left"), line: 9)]), Build.block([Build.drop(line: 11)]),
                        ]),
                ], globals: [Build.plain("count")]))
    }

    @Test func text() throws {
        #expect(
            try graph().drawing(.text) == """
                box: 2 elements, packets enter at packet_arrives

                  element         lines  owns   reads
                  packet_arrives  7-12   -      -
                  right+left      1-6    count  -

                packet_arrives  box.c:7
                  → left  line 9
                  ✗ drop  line 11

                right+left  box.c:1
                  right
                    → port outside  line 2
                  left
                    → right  line 5

                """)
    }

    @Test func dot() throws {
        let text = try graph().drawing(.dot)
        #expect(text.contains("\"element packet_arrives\" -> \"element right+left\" [label=\"to left\"];"))
        #expect(text.contains("\"element right+left\" -> \"element right+left\" [label=\"left → right\"];"))
        #expect(text.hasPrefix("digraph \"box\" {") && text.hasSuffix("}\n"))
    }

    @Test func mermaid() throws {
        let lines = try graph().drawing(.mermaid).split(separator: "\n")
        #expect(lines.first == "flowchart TD")
        #expect(lines.contains("    n1 -->|\"to left\"| n2"))
    }

    @Test func json() throws {
        let data = Data(try graph().drawing(.json).utf8)
        let document = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let elements = try #require(document["elements"] as? [[String: Any]])
        #expect(elements.map { $0["name"] as? String } == ["packet_arrives", "right+left"])
        #expect(elements[1]["state"] as? [String] == ["count"])
        #expect(elements[1]["lines"] as? [Int] == [1, 6])
        #expect((document["edges"] as? [Any])?.count == 4)
    }

    @Test func svgIsWellFormed() throws {
        let parser = XMLWellFormedness(try graph().drawing(.svg))
        #expect(parser.problem == nil)
        #expect(parser.texts.isSuperset(of: ["packet_arrives", "right", "left", "outside"]))
    }

    @Test(arguments: [DrawingFormat.dot, .mermaid, .svg, .text]) func factsStandOnTheEdges(_ format: DrawingFormat)
        throws
    {
        let known = ElementGraph.EdgeFact(
            from: "packet_arrives", to: "left", headers: ["ethernet", "ipv4"], facts: ["ipv4.protocol == 6"])
        let drawing = try graph().with(facts: [known]).drawing(format)
        #expect(drawing.contains("all are ipv4"))
        // Mermaid has no place for what is shown on request.
        #expect(drawing.contains("all are ipv4; ipv4.protocol == 6") == (format != .mermaid))
        // What every packet is that arrives need not be said again.
        let again = ElementGraph.EdgeFact(from: "left", to: "right", headers: ["ethernet", "ipv4"], facts: [])
        let both = try graph().with(facts: [known, again]).drawing(format)
        if format == .mermaid { #expect(both.components(separatedBy: "all are").count == 2) }
    }

    @Test func drawingsAreDeterministic() throws {
        for format in DrawingFormat.allCases { #expect(try graph().drawing(format) == graph().drawing(format)) }
    }
}

/// Tags balanced, attributes quoted, no bare `&`: enough of XML for pictures that this project writes.
private struct XMLWellFormedness {
    private(set) var problem: String?
    private(set) var texts: Set<String> = []

    init(_ xml: String) {
        var open: [Substring] = []
        var rest = xml[...]
        while let start = rest.firstIndex(of: "<") {
            let text = rest[..<start]
            if !text.allSatisfy(\.isWhitespace) { texts.insert(String(text)) }
            for piece in text.split(separator: "&", omittingEmptySubsequences: false).dropFirst()
            where !["lt;", "gt;", "amp;", "quot;"].contains(where: { piece.hasPrefix($0) }) {
                problem = "bare & in \(text)"
            }
            guard let end = rest[start...].firstIndex(of: ">") else {
                problem = "open tag"
                return
            }
            let tag = rest[rest.index(after: start)..<end]
            if tag.hasPrefix("/") {
                if open.popLast() != tag.dropFirst() { problem = "unexpected </\(tag.dropFirst())>" }
            } else if !tag.hasSuffix("/") {
                open.append(tag.prefix { !$0.isWhitespace })
            }
            if !tag.count(where: { $0 == "\"" }).isMultiple(of: 2) { problem = "quotes in <\(tag)>" }
            rest = rest[rest.index(after: end)...]
        }
        if !open.isEmpty { problem = "not closed: \(open)" }
    }
}
