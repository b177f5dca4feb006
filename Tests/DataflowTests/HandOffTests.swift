import Dataflow
import MiddleboxIR
import Testing

/// Which functions become inputs, which helpers, and which calls are hand-offs.
@Suite struct HandOffTests {
    @Test func tailCallsMakeElements() throws {
        let graph = try ElementGraph(
            decomposing: Build.program([
                Build.function("forward", [Build.emit(Build.number(1), line: 3)]),
                Build.function("packet_arrives", [Build.call(.function("forward"), line: 7)]),
            ]))
        #expect(graph.elements.map(\.name) == ["packet_arrives", "forward"])
        #expect(graph.inputsInFlowOrder == ["packet_arrives", "forward"])
        #expect(graph.edges(from: "packet_arrives").map(\.to) == [.input("forward")])
        #expect(graph.edges(from: "forward").map(\.to) == [.emit(port: "outside")])
        #expect(graph.edges(from: "forward").flatMap(\.locations) == [Build.at(3)])
        #expect(graph.isTailHandOff(function: "packet_arrives", block: BlockID(0), instruction: 0))
        #expect(graph.tailHandOff(function: "packet_arrives", block: BlockID(0), instruction: 0) == .input("forward"))
    }

    @Test func jumpsToTheReturnAreTail() throws {
        let function = Build.function(
            "packet_arrives",
            [
                Build.block([], .branch(condition: .register(Register(0)), then: BlockID(1), otherwise: BlockID(2))),
                Build.block([Build.drop(line: 2)], .jump(BlockID(3))),
                Build.block([Build.emit(Build.number(0), line: 3)], .jump(BlockID(3))),
                Build.block([], .jump(BlockID(4))),
                Build.block([]),
            ])
        let graph = try ElementGraph(decomposing: Build.program([function]))
        #expect(graph.isTailHandOff(function: "packet_arrives", block: BlockID(1), instruction: 0))
        #expect(graph.isTailHandOff(function: "packet_arrives", block: BlockID(2), instruction: 0))
        #expect(graph.edges.map(\.to) == [.drop, .emit(port: "inside")])
    }

    /// After the call to `forward`, something more is done: it runs inside its caller.
    @Test func callsBeforeTheEndAreInlined() throws {
        let graph = try ElementGraph(
            decomposing: Build.program(
                [
                    Build.function("forward", [Build.emit(Build.number(1), line: 3)]),
                    Build.function(
                        "packet_arrives",
                        [Build.call(.function("forward"), line: 7), Build.store(Build.number(1), to: .global("count"))]),
                ], globals: [Build.plain("count")]))
        #expect(graph.elements.map(\.name) == ["packet_arrives"])
        #expect(graph.elements.first?.helpers == ["forward"])
        #expect(!graph.isTailHandOff(function: "packet_arrives", block: BlockID(0), instruction: 0))
        // The emit inside the helper is the element's.
        #expect(graph.edges(from: "packet_arrives").map(\.to) == [.emit(port: "outside")])
    }

    @Test func aFunctionCanBeInputAndHelper() throws {
        let graph = try ElementGraph(
            decomposing: Build.program([
                Build.function("forward", [Build.emit(Build.number(1))]),
                Build.function("packet_arrives", [Build.call(.function("forward")), Build.call(.function("forward"))]),
            ]))
        #expect(graph.elements.map(\.name) == ["packet_arrives", "forward"])
        #expect(graph.elements.first?.helpers == ["forward"])
        #expect(!graph.isTailHandOff(function: "packet_arrives", block: BlockID(0), instruction: 0))
        #expect(graph.isTailHandOff(function: "packet_arrives", block: BlockID(0), instruction: 1))
        #expect(Set(graph.edges(from: "packet_arrives").map(\.to)) == [.emit(port: "outside"), .input("forward")])
    }

    /// Emitted twice: the first is not a hand-off, but has its edge; the executor finds the error.
    @Test func emitsBeforeTheEndHaveEdges() throws {
        let graph = try ElementGraph(
            decomposing: Build.program([
                Build.function(
                    "packet_arrives", [Build.emit(Build.number(0), line: 4), Build.emit(Build.number(1), line: 5)])
            ]))
        #expect(graph.edges.map(\.to) == [.emit(port: "inside"), .emit(port: "outside")])
        #expect(!graph.isTailHandOff(function: "packet_arrives", block: BlockID(0), instruction: 0))
    }

    @Test func functionsThatReturnValuesAreHelpers() throws {
        let check = Build.function(
            "check", returns: .integer(bits: 1), [Build.block([Build.drop()], .return(.integer(1, bits: 1)))])
        let graph = try ElementGraph(
            decomposing: Build.program([
                check, Build.function("packet_arrives", [Build.call(.function("check"), result: 0), Build.drop()]),
            ]))
        #expect(graph.elements.map(\.name) == ["packet_arrives"])
        #expect(graph.elements.first?.helpers == ["check"])
    }

    /// A callee that is given something else than the caller's packet is no next element.
    @Test func onlyTheOwnPacketIsHandedOn() throws {
        let graph = try ElementGraph(
            decomposing: Build.program([
                Build.function("forward", [Build.emit(Build.number(1))]),
                Build.function(
                    "packet_arrives",
                    [Build.load(.parameter(0), into: 0), Build.call(.function("forward"), [.register(Register(0))])]),
            ]))
        #expect(graph.elements.map(\.name) == ["packet_arrives"])
        #expect(!graph.isTailHandOff(function: "packet_arrives", block: BlockID(0), instruction: 1))
    }

    @Test func functionsThatPacketsCannotReachAreLeftOut() throws {
        let graph = try ElementGraph(
            decomposing: Build.program([
                Build.function("unused", [Build.drop()]), Build.function("packet_arrives", [Build.drop()]),
            ]))
        #expect(graph.elements.map(\.name) == ["packet_arrives"])
    }

    @Test func portsThatAreComputedHaveNoName() throws {
        let emits = [Build.load(.parameter(0), into: 0), Build.emit(.register(Register(0)))]
        let graph = try ElementGraph(decomposing: Build.program([Build.function("packet_arrives", emits)]))
        #expect(graph.edges.map(\.to) == [.emit(port: nil)])
    }

    @Test func numbersWithoutANameAreShownAsNumbers() throws {
        let graph = try ElementGraph(
            decomposing: Build.program([Build.function("packet_arrives", [Build.emit(Build.number(7))])]))
        #expect(graph.edges.map(\.to) == [.emit(port: "7")])
    }
}
