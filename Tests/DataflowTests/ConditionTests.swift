import Dataflow
import Diagnostics
import MiddleboxIR
import Testing

/// Conditions in the words of the source.
@Suite struct ConditionTests {
    /// Branches on a comparison that stands at `1️⃣` in the C line; the true side drops, the false side emits.
    private func conditions(_ marked: String, _ comparison: Comparison, right: Operand = Build.number(5)) throws
        -> [String?]
    {
        let (text, column) = try unmarked(marked)
        let compare = Instruction(
            result: Register(0), type: .integer(bits: 1), operation: .compare(comparison, .parameter(0), right),
            location: Build.at(1, column))
        let function = Build.function(
            "packet_arrives",
            [
                Build.block(
                    [compare], .branch(condition: .register(Register(0)), then: BlockID(1), otherwise: BlockID(2))),
                Build.block([Build.drop(line: 2)]),
                Build.block([Build.emit(Build.number(0), line: 3)]),
            ])
        let graph = try ElementGraph(decomposing: Build.program([function], source: text))
        return graph.edges.map(\.condition)
    }

    private func unmarked(_ text: String) throws -> (text: String, column: Int) {
        let mark = try #require(text.range(of: "1️⃣"))
        return (text.replacing("1️⃣", with: ""), text[..<mark.lowerBound].utf8.count + 1)
    }

    @Test(arguments: [
        ("if (ttl 1️⃣< 5) return;", Comparison.unsignedLess, "ttl < 5", "ttl >= 5"),
        ("if (!(a 1️⃣== f(b, c)) && d) return;", .equal, "a == f(b, c)", "a != f(b, c)"),
        // clang's branch is on the opposite.
        ("if (p->x 1️⃣>= limits[i]) return;", .unsignedLess, "p->x < limits[i]", "p->x >= limits[i]"),
        ("while (x || y /* ; */ 1️⃣!=\n    5 // (\n ) {", .notEqual, "y != 5", "y == 5"),
    ]) func comparisons(source: String, comparison: Comparison, whenTrue: String, whenFalse: String) throws {
        #expect(try conditions(source, comparison) == [whenTrue, whenFalse])
    }

    @Test func zeroTestsAreTruth() throws {
        #expect(try conditions("if (1️⃣pointer) x();", .notEqual, right: .null) == ["pointer", "!pointer"])
        #expect(try conditions("if (!1️⃣pointer) x();", .equal, right: .null) == ["!pointer", "pointer"])
        #expect(
            try conditions("if (flags 1️⃣& 4) x();", .notEqual, right: Build.number(0)) == ["flags & 4", "!(flags & 4)"])
    }

    /// What LLVM has turned round is not quoted: `7 >= x` may have become `x < 8`.
    @Test func turnedComparisonsAreLeftOut() throws {
        #expect(try conditions("if (7 1️⃣>= x) return;", .unsignedLess) == [nil, nil])
        #expect(try conditions("if (x 1️⃣<= 7) return;", .unsignedLess) == [nil, nil])
    }

    @Test func placesOutsideTheSourceAreLeftOut() throws {
        let compare = Instruction(
            result: Register(0), type: .integer(bits: 1), operation: .compare(.equal, .parameter(0), .null),
            location: Build.at(99, 99))
        let function = Build.function(
            "packet_arrives",
            [
                Build.block(
                    [compare], .branch(condition: .register(Register(0)), then: BlockID(1), otherwise: BlockID(2))),
                Build.block([Build.drop()]), Build.block([Build.drop()]),
            ])
        let graph = try ElementGraph(decomposing: Build.program([function], source: "short"))
        #expect(graph.edges.map(\.condition) == [nil])
    }

    /// `packet_emit(packet, port == inside ? outside : inside)` is two edges.
    @Test func aChoiceOfPortsIsTwoEdges() throws {
        let (source, column) = try unmarked("packet_emit(packet, packet->port 1️⃣== inside ? outside : inside);")
        let compare = Instruction(
            result: Register(0), type: .integer(bits: 1), operation: .compare(.equal, .parameter(0), Build.number(0)),
            location: Build.at(1, column))
        let choice = Instruction(
            result: Register(1), type: .integer(bits: 32),
            operation: .select(condition: .register(Register(0)), then: Build.number(1), otherwise: Build.number(0)),
            location: nil)
        let graph = try ElementGraph(
            decomposing: Build.program(
                [Build.function("packet_arrives", [compare, choice, Build.emit(.register(Register(1)))])],
                source: source))
        #expect(graph.edges.map(\.to) == [.emit(port: "outside"), .emit(port: "inside")])
        #expect(graph.edges.map(\.condition) == ["packet->port == inside", "packet->port != inside"])
    }

    @Test func casesAreNamedByTheirLabels() throws {
        let source = """
            switch (ipv4->protocol) {
            case TCP:
            case UDP: return packet_drop(packet);
            default: return packet_emit(packet, inside);
            }
            """
        let cases: [(value: UInt128, target: BlockID)] = [(6, BlockID(1)), (17, BlockID(1))]
        let drop = Instruction(
            result: nil, type: .void, operation: .call(.external("packet_drop"), [.parameter(0)]),
            location: Build.at(3, 18))
        let function = Build.function(
            "packet_arrives",
            [
                Build.block([], .switch(value: .register(Register(0)), cases: cases, fallback: BlockID(2))),
                Build.block([drop]),
                Build.block([Build.emit(Build.number(0), line: 4)]),
            ])
        let graph = try ElementGraph(decomposing: Build.program([function], source: source))
        #expect(graph.edges.map(\.condition) == ["ipv4->protocol in {TCP, UDP}", "ipv4->protocol not in {6, 17}"])
    }

    /// A guard of the sanitizer is no condition that anyone wrote.
    @Test func trapsAreNoConditions() throws {
        let (source, column) = try unmarked("x = a 1️⃣== b;")
        let compare = Instruction(
            result: Register(0), type: .integer(bits: 1), operation: .compare(.equal, .parameter(0), Build.number(5)),
            location: Build.at(1, column))
        let function = Build.function(
            "packet_arrives",
            [
                Build.block(
                    [compare], .branch(condition: .register(Register(0)), then: BlockID(1), otherwise: BlockID(2))),
                Build.block([], .trap(.outOfBounds)), Build.block([Build.drop()]),
            ])
        let graph = try ElementGraph(decomposing: Build.program([function], source: source))
        #expect(graph.edges.map(\.condition) == [nil])
    }
}
