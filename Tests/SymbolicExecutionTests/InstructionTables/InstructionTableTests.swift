import SMT
import Testing

@testable import MiddleboxIR

/// Every instruction of the IR, run symbolically, by the concrete evaluator and natively. One test at a time, and with a pause behind each row:
/// others wait for native programs meanwhile, whose time is limited.
@Suite(.serialized) struct InstructionTableTests {
    private static let table = RowProgram(rows: IntegerRows.all + MemoryRows.all + ConstructRows.all)
    private static let native = Task { try table.runNatively() }
    private static let asWritten = Task { try await table.program(runsPasses: false) }
    private static let afterPasses = Task { try await table.program(runsPasses: true) }

    @Test("All ways agree on each instruction as it is written")
    func agreeAsWritten() async throws {
        let comparison = RowComparison(
            table: Self.table, native: try await Self.native.value,
            execution: try RowExecution(try await Self.asWritten.value), runsPasses: false)
        let solver = try Z3Solver(timeoutMilliseconds: 20_000)
        for index in Self.table.rows.indices {
            for difference in try comparison.differences(in: index, solver: solver) { Issue.record("\(difference)") }
            await Task.yield()
        }
    }

    @Test("All ways agree on what LLVM's passes make of it")
    func agreeAfterPasses() async throws {
        let comparison = RowComparison(
            table: Self.table, native: try await Self.native.value,
            execution: try RowExecution(try await Self.afterPasses.value), runsPasses: true)
        let written = try RowExecution(try await Self.asWritten.value)
        let solver = try Z3Solver(timeoutMilliseconds: 20_000)
        let changed = Self.table.rows.indices.filter { written.text($0) != comparison.execution.text($0) }
        #expect(changed.count > 100)
        for index in changed {
            for difference in try comparison.differences(in: index, solver: solver) { Issue.record("\(difference)") }
            await Task.yield()
        }
    }

    @Test("Nothing that execution knows is without a row")
    func complete() async throws {
        var missing = InstructionKind.all.subtracting(PrimitiveRows.all.map { .primitive($0.primitive) })
        for program in [try await Self.asWritten.value, try await Self.afterPasses.value] {
            for function in program.functions { missing.subtract(function.kinds) }
        }
        #expect(missing.map { "\($0)" }.sorted() == [])
    }

    @Test("Rows have names of their own")
    func names() {
        let names = Self.table.rows.map(\.name)
        #expect(Set(names).count == names.count)
    }

    // MARK: Wrong meanings

    /// A few rows, executed as if each instruction were another.
    private func differences(
        _ names: Set<String>, replacing change: @escaping (Operation) -> Operation
    ) async throws -> [String] {
        let table = RowProgram(rows: Self.table.rows.filter { names.contains($0.name) })
        #expect(table.rows.count == names.count)
        let program = try await table.program(runsPasses: false)
        let comparison = RowComparison(
            table: table, native: try table.runNatively(), execution: try RowExecution(program.replacing(change)),
            runsPasses: false)
        let solver = try Z3Solver(timeoutMilliseconds: 20_000)
        return try table.rows.indices.flatMap { try comparison.differences(in: $0, solver: solver).map(\.description) }
    }

    @Test("A wrong meaning is told, with operands and all results")
    func tellsWrongMeanings() async throws {
        let differences = try await differences(["add i8", "icmp slt i24", "mul i16"]) { operation in
            switch operation {
            case .binary(.add, let a, let b): .binary(.or, a, b)
            case .compare(.signedLess, let a, let b): .compare(.unsignedLess, a, b)
            default: operation
            }
        }
        #expect(
            differences.contains("add i8, a = 0x01, b = 0x01: Z3 0x01, evaluator 0x01, constants 0x01, native 0x02"))
        #expect(
            differences.contains(
                "icmp slt i24, a = 0xFFFFFF, b = 0x000000: Z3 0x0, evaluator 0x0, constants 0x0, native 0x1"))
        // Where both mean the same there is no difference, and none in the row that was left alone.
        #expect(!differences.contains { $0.hasPrefix("add i8, a = 0x00") || $0.hasPrefix("mul") })
    }

    @Test("Undefined behaviour that execution does not see is told")
    func tellsMissedTraps() async throws {
        let differences = try await differences(["C + int32_t"]) { operation in
            switch operation {
            case .call(.intrinsic(.signedAddWithOverflow), let operands):
                .call(.intrinsic(.unsignedAddWithOverflow), operands)
            default: operation
            }
        }
        #expect(
            differences.contains(
                "C + int32_t, a = 0x7FFFFFFF, b = 0x00000001: "
                    + "Z3 0x80000000, evaluator 0x80000000, constants 0x80000000, native undefined"))
        #expect(
            differences.contains(
                "C + int32_t, a = 0xFFFFFFFF, b = 0x00000001: "
                    + "Z3 undefined, evaluator undefined, constants undefined, native 0x00000000"))
    }

    @Test("One way that errs is told", arguments: [RowComparison.Way.evaluator, .constants, .native])
    func tellsOneWay(_ way: RowComparison.Way) async throws {
        let table = RowProgram(rows: Self.table.rows.filter { $0.name == "sub i8" })
        var comparison = RowComparison(
            table: table, native: try table.runNatively(),
            execution: try RowExecution(try await table.program(runsPasses: false)), runsPasses: false)
        comparison.change = { $0 == way && $1 == .value(1, bits: 8) ? .undefined : $1 }
        let differences = try comparison.differences(in: 0, solver: try Z3Solver())
        func result(_ other: RowComparison.Way) -> String { way == other ? "undefined" : "0x01" }
        #expect(
            differences.first?.description
                == "sub i8, a = 0x00, b = 0xFF: Z3 0x01, evaluator \(result(.evaluator)), "
                + "constants \(result(.constants)), native \(result(.native))")
    }
}

extension Program {
    /// The same with other operations.
    fileprivate func replacing(_ change: (Operation) -> Operation) -> Program {
        Program(
            name: name, sources: sources,
            functions: functions.map { function in
                Function(
                    name: function.name, parameters: function.parameters, returnType: function.returnType,
                    blocks: function.blocks.map { block in
                        Block(
                            phis: block.phis,
                            instructions: block.instructions.map {
                                Instruction(
                                    result: $0.result, type: $0.type, operation: change($0.operation),
                                    location: $0.location)
                            }, terminator: block.terminator, terminatorLocation: block.terminatorLocation)
                    }, location: function.location, lines: function.lines, registerCount: function.registerCount,
                    isControlOperation: function.isControlOperation)
            }, globals: globals, ports: ports, constants: constants, digest: digest)
    }
}
