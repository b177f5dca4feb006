import Dataflow
import Diagnostics
import MiddleboxIR
import Testing

@Suite struct DecompositionErrorTests {
    private func error(_ program: Program) throws -> DecompositionError {
        try #require(throws: DecompositionError.self) { try ElementGraph(decomposing: program) }
    }

    @Test func aMisspeltEntryIsNamed() throws {
        let error = try error(
            Build.program([Build.function("packet_arives", lines: 9...11, [Build.block([Build.drop()])])]))
        guard case .noEntryPoint(near: "packet_arives", location: Build.at(9)) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(error.description.hasPrefix("box.c:9:5: error: there is no entry point"))
    }

    @Test func theEntryTakesThePacketAlone() throws {
        let error = try error(
            Build.program([
                Build.function(
                    "packet_arrives", [Build.packet, Build.pointer], returns: .integer(bits: 32),
                    [Build.block([Build.drop()], .return(Build.number(0)))])
            ]))
        #expect(error.message.contains("int32_t packet_arrives(struct packet *packet, void *pointer)"))
    }

    @Test func portsMustBeDeclared() throws {
        let error = try error(Build.program([Build.function("packet_arrives", [Build.drop()])], ports: []))
        guard case .noPorts = error else {
            Issue.record("\(error)")
            return
        }
    }

    @Test func elementsMustNotGoInCircles() throws {
        func either(_ name: String, _ next: String, line: Int) -> Function {
            Build.function(
                name,
                [
                    Build.block(
                        [], .branch(condition: .register(Register(0)), then: BlockID(1), otherwise: BlockID(2))),
                    Build.block([Build.call(.function(next), line: line)]),
                    Build.block([Build.drop()]),
                ])
        }
        let error = try error(
            Build.program([
                either("a", "b", line: 3), either("b", "a", line: 6),
                Build.function("packet_arrives", [Build.call(.function("a"))]),
            ]))
        guard case .recursion(let calls) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(calls.map(\.function) == ["a", "b"])
        #expect(calls.map(\.location?.line) == [3, 6])
        #expect(error.message.hasSuffix("a → b → a"))
        #expect(error.diagnostic.notes.count == 1)
    }

    /// Helpers that call themselves are the executor's to judge.
    @Test(.timeLimit(.minutes(1))) func recursiveHelpersAreKept() throws {
        let helper = Build.function("walk", [Build.pointer], [Build.block([Build.call(.function("walk"))])])
        let graph = try ElementGraph(
            decomposing: Build.program([
                helper, Build.function("packet_arrives", [Build.call(.function("walk")), Build.drop()]),
            ]))
        #expect(graph.elements.first?.helpers == ["walk"])
    }
}
