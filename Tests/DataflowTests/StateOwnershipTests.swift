import Dataflow
import MiddleboxIR
import Testing

/// Which element owns which state.
@Suite struct StateOwnershipTests {
    /// `packet_arrives` hands to `a` or `b`; what these do is the case's.
    private func graph(
        a: [Instruction], b: [Instruction], helpers: [Function] = [], globals: [Global]
    ) throws -> ElementGraph {
        let entry = Build.function(
            "packet_arrives",
            [
                Build.block([], .branch(condition: .register(Register(0)), then: BlockID(1), otherwise: BlockID(2))),
                Build.block([Build.call(.function("a"))]),
                Build.block([Build.call(.function("b"))]),
            ])
        return try ElementGraph(
            decomposing: Build.program(
                helpers + [Build.function("a", a + [Build.drop()]), Build.function("b", b + [Build.drop()]), entry],
                globals: globals))
    }

    private func find(_ map: String) -> Instruction {
        Build.call(.external("gravel_map_find"), [.global(map), .parameter(0)], result: 1)
    }

    @Test func aSharedMapMakesOneElement() throws {
        let graph = try graph(a: [find("m")], b: [find("m")], globals: [Build.map("m")])
        #expect(graph.elements.map(\.name) == ["packet_arrives", "a+b"])
        #expect(graph.element(named: "a+b")?.inputs == ["a", "b"])
        #expect(graph.stateOwners == ["m": "a+b"])
        #expect(graph.element(ofInput: "b")?.name == "a+b")
    }

    @Test func mapsOfTheirOwnKeepElementsApart() throws {
        let graph = try graph(a: [find("m")], b: [find("n")], globals: [Build.map("m"), Build.map("n")])
        #expect(graph.elements.map(\.name).sorted() == ["a", "b", "packet_arrives"])
        #expect(graph.stateOwners == ["m": "a", "n": "b"])
    }

    @Test func whatNobodyWritesIsShared() throws {
        let read = [Build.load(.global("config"), into: 1), Build.load(.global("table"), into: 2)]
        let graph = try graph(a: read, b: read, globals: [Build.configuration("config"), Build.plain("table")])
        #expect(graph.elements.count == 3)
        #expect(graph.stateOwners.isEmpty)
        #expect(graph.element(named: "a")?.readState == ["config", "table"])
    }

    @Test func oneWriterMakesAllReadersItsPart() throws {
        let graph = try graph(
            a: [Build.load(.global("mode"), into: 1)],
            b: [Build.store(Build.number(1), to: .offset(.global("mode"), bytes: 2))],
            globals: [Build.plain("mode")])
        #expect(graph.stateOwners == ["mode": "a+b"])
    }

    @Test func helpersTouchStateForTheirCallers() throws {
        let bump = Build.function("bump", [], [Build.block([Build.store(Build.number(1), to: .global("count"))])])
        let graph = try graph(
            a: [Build.call(.function("bump"), [])], b: [Build.call(.function("bump"), [])], helpers: [bump],
            globals: [Build.plain("count")])
        #expect(graph.stateOwners == ["count": "a+b"])
    }

    /// The helper writes through its parameter: to the state of whoever calls it, and no other.
    @Test func aHelperGivenTwoElementsStateDoesNotJoinThem() throws {
        let bump = Build.function(
            "bump", [Build.pointer], [Build.block([Build.store(Build.number(1), to: .parameter(0))])])
        let graph = try graph(
            a: [Build.call(.function("bump"), [.global("x")])], b: [Build.call(.function("bump"), [.global("y")])],
            helpers: [bump], globals: [Build.plain("x"), Build.plain("y")])
        #expect(graph.stateOwners == ["x": "a", "y": "b"])
    }

    /// `a` looks an entry up and hands the pointer on; `b` writes through it without ever naming the map.
    @Test func aPointerHandedOnTakesItsStateAlong() throws {
        let b = Build.function(
            "b", [Build.packet, Build.pointer],
            [Build.block([Build.store(Build.number(1), to: .parameter(1)), Build.drop()])])
        let a = Build.function(
            "packet_arrives", [find("m"), Build.call(.function("b"), [.parameter(0), .register(Register(1))])])
        let graph = try ElementGraph(decomposing: Build.program([b, a], globals: [Build.map("m")]))
        #expect(graph.elements.map(\.name) == ["b+packet_arrives"])
    }

    /// The same through a pointer that is kept in memory on the way.
    @Test func aPointerInMemoryTakesItsStateAlong() throws {
        let slot = Instruction(
            result: Register(2), type: .pointer, operation: .allocate(bytes: 8, name: "slot"), location: nil)
        let b = Build.function(
            "b", [Build.packet, Build.pointer],
            [
                Build.block([
                    Build.load(.parameter(1), into: 0), Build.load(.register(Register(0)), into: 1), Build.drop(),
                ])
            ])
        let a = Build.function(
            "packet_arrives",
            [
                slot, Build.store(.global("count"), to: .register(Register(2))),
                Build.store(Build.number(1), to: .global("count")),
                Build.call(.function("b"), [.parameter(0), .register(Register(2))]),
            ])
        let graph = try ElementGraph(decomposing: Build.program([b, a], globals: [Build.plain("count")]))
        #expect(graph.stateOwners == ["count": "b+packet_arrives"])
    }

    /// Who knows what an unknown function does with an address that it is given.
    @Test func unknownFunctionsWriteWhatTheyAreGiven() throws {
        let graph = try graph(
            a: [Build.call(.external("mystery"), [.global("x")])], b: [Build.load(.global("x"), into: 1)],
            globals: [Build.plain("x")])
        #expect(graph.stateOwners == ["x": "a+b"])
    }

    @Test func aPointerFromNowhereMayPointAnywhere() throws {
        let wild = Instruction(
            result: Register(3), type: .pointer, operation: .cast(.integerToPointer, Build.number(4096)), location: nil)
        let graph = try graph(
            a: [wild, Build.store(Build.number(1), to: .register(Register(3)))], b: [Build.load(.global("x"), into: 1)],
            globals: [Build.plain("x")])
        #expect(graph.stateOwners == ["x": "a+b"])
    }

    @Test func unsupportedInstructionsTouchWhatTheyName() throws {
        let atomic = Instruction(
            result: nil, type: .void, operation: .unsupported("atomicrmw add @x, i32 1 seq_cst"), location: nil)
        let graph = try graph(
            a: [atomic], b: [Build.load(.global("x"), into: 1)], globals: [Build.plain("x"), Build.plain("y")])
        #expect(graph.stateOwners == ["x": "a+b"])
    }

    @Test("A control operation is an input of the element whose state it touches, or an element of its own")
    func controlOperations() throws {
        func operation(_ name: String, _ instructions: [Instruction]) -> Function {
            Function(
                name: name, parameters: [], returnType: .void, blocks: [Build.block(instructions)], location: nil,
                lines: nil, registerCount: 16, isControlOperation: true)
        }
        func set(_ global: String) -> Instruction {
            Build.call(.external("gravel_map_remove"), [.global(global), .global("key")], result: 1)
        }
        let entry = Build.function("packet_arrives", [find("m"), Build.drop()])
        let graph = try ElementGraph(
            decomposing: Build.program(
                [operation("change", [set("m")]), operation("apart", [set("n")]), entry],
                globals: [Build.map("m"), Build.map("n"), Build.plain("key", isConstant: true)]))
        #expect(graph.operations == ["change", "apart"])
        #expect(graph.element(ofInput: "change")?.inputs.sorted() == ["change", "packet_arrives"])
        #expect(graph.element(ofInput: "apart")?.ownedState == ["n"])
        #expect(graph.stateOwners["m"] == graph.element(ofInput: "packet_arrives")?.name)
        #expect(graph.edges(from: "change").isEmpty)
        #expect(graph.drawing(.text).contains("change, a control operation"))
    }
}
