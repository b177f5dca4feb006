import Logic
import Replay
import SMT
import Testing

@testable import SymbolicExecution

/// Every function of the runtime, run symbolically, by the concrete evaluator and natively.
@Suite(.serialized) struct PrimitiveTableTests {
    @Test("All ways agree")
    func agree() async throws {
        let solver = try Z3Solver(timeoutMilliseconds: 2_000)
        let box = try await Box(PrimitiveRows.source)
        #expect(box.unknown.isEmpty)
        for calls in PrimitiveRows.sequences {
            for difference in try await PrimitiveComparison(box, calls).differences(solver: solver) {
                Issue.record("\(difference)")
            }
        }
    }

    @Test("No function of the runtime is without a row")
    func complete() {
        let comparingMemory: Set<String> = ["memcmp", "bcmp"]
        #expect(Set(PrimitiveRows.all.map(\.primitive)).union(comparingMemory) == Executor.primitives)
    }

    @Test("A native program that does something else is told")
    func tellsDifferences() async throws {
        let calls = [
            PrimitiveCall(primitive: "gravel_map_insert", operands: [5, 1, 9]),
            PrimitiveCall(primitive: "gravel_map_find", operands: [5]),
        ]
        var comparison = PrimitiveComparison(try await Box(PrimitiveRows.source), calls)
        // As if the entry were not found.
        comparison.changeNative = { index, outcome in
            guard index == 1, var bytes = outcome.outputs.first?.bytes else { return outcome }
            bytes[8] = 0
            return NativeOutcome(outputs: [NativeOutput(port: 1, bytes: bytes)])
        }
        let differences = try await comparison.differences(solver: try Z3Solver())
        #expect(
            differences.map(\.description)
                == [
                    "gravel_map_find, key = 0x05, time = 0: "
                        + "Z3 port 1 01050000000000000109090000000000, evaluator port 1 01050000000000000109090000000000, "
                        + "constants port 1 01050000000000000109090000000000, native port 1 01050000000000000009090000000000"
                ].map { $0.replacing("01050000", with: "00050000") })
    }
}

/// Runs a sequence of calls three ways, and says where they differ.
struct PrimitiveComparison {
    let box: Box
    let calls: [PrimitiveCall]
    /// What the native program is taken to have done instead.
    var changeNative: (Int, NativeOutcome) -> NativeOutcome = { $1 }

    init(_ box: Box, _ calls: [PrimitiveCall]) {
        self.box = box
        self.calls = calls
    }

    private func arrival(_ call: PrimitiveCall) -> Arrival {
        let row = PrimitiveRows.all.firstIndex { $0.primitive == call.primitive } ?? 0xFF
        var bytes = [UInt8(row)] + call.operands
        bytes += Array(repeating: 0, count: 16 - bytes.count)
        return Arrival(bytes: bytes, time: call.time)
    }

    func differences(solver: Z3Solver) async throws -> [RowDifference] {
        let native = try await box.native(calls.map(arrival), configuration: nil, variant: .strict)
        var machine = try Machine(box)
        var differences: [RowDifference] = []
        for (index, call) in calls.enumerated() {
            let reaction = try machine.receive(arrival(call))
            let hasFailed = native.failure != nil && index >= native.outcomes.count - 1
            var outcome = hasFailed ? nil : changeNative(index, native.outcomes[index])
            // The runtime takes any number for a port; which ones there are is known to who reads what came out.
            let ports = Set(box.model.ports.map(\.number))
            if let sent = outcome?.outputs, !sent.allSatisfy({ ports.contains($0.port) }) { outcome = nil }
            var ways: [(String, String)]
            switch reaction {
            case .handled(let predicted):
                let (solved, folded) = try solve(machine, predicted, outcome, solver)
                ways = [("Z3", solved), ("evaluator", text(predicted)), ("constants", folded)]
            // What fails is the same for Z3 and the evaluator only where both are asked: see `Box.failingChecks`.
            case .failed: ways = [("evaluator", "undefined")]
            case .unknown(let reason): ways = [("evaluator", "no model: \(reason)")]
            case .paths(let count): ways = [("evaluator", "broken: \(count) paths")]
            }
            ways.append(("native", outcome.map(text) ?? "undefined"))
            if Set(ways.map(\.1)).count > 1 { differences.append(difference(call, ways)) }
            if outcome == nil { break }
            if case .handled = reaction { continue }
            break
        }
        return differences
    }

    private func difference(_ call: PrimitiveCall, _ ways: [(String, String)]) -> RowDifference {
        let names = PrimitiveRows.all.first { $0.primitive == call.primitive }?.operands ?? []
        let operands = zip(names, call.operands).map { ($0, RowOutcome.hexadecimal(UInt128($1), bits: 8)) }
        return RowDifference(row: call.primitive, operands: operands + [("time", "\(call.time)")], outcomes: ways)
    }

    private func text(_ outcome: NativeOutcome) -> String {
        let sent = outcome.outputs.map { output in
            "port \(output.port) "
                + output.bytes.map { RowOutcome.hexadecimal(UInt128($0), bits: 8).dropFirst(2) }.joined()
        }
        return (sent + Array(repeating: "dropped", count: outcome.drops)).joined(separator: " and ")
    }

    /// What Z3 says of the path that was taken, under its inputs, and what the builders make of its terms over constants: the predicted
    /// outcome, where they agree with it.
    private func solve(
        _ machine: Machine, _ predicted: NativeOutcome, _ native: NativeOutcome?, _ solver: Z3Solver
    ) throws -> (solved: String, folded: String) {
        guard let (path, values) = machine.lastPath else { return ("broken: no path", "broken: no path") }
        var constants: [Term: Term] = [:]
        for (variable, value) in values { constants[variable] = Term.constant(value, sort: variable.sort) }
        let facts = constants.map { Term.equal($0.key, $0.value) } + path.knowledge.conditions
        for update in path.knowledge.arithmetic where try !isOnlyResult(of: update, constants, solver) {
            return ("broken: another checksum is possible, or none", text(predicted))
        }
        func sent(_ outcome: NativeOutcome) -> Term {
            guard outcome.outputs.count == path.outputs.count else { return .false }
            return .and(
                zip(path.outputs, outcome.outputs).flatMap { output, native in
                    [
                        Term.equal(output.port, .bitVector(Int(native.port), width: 32)),
                        .equal(output.length, .bitVector(native.bytes.count, width: 16)),
                    ]
                        + native.bytes.enumerated().map { offset, byte in
                            .equal(
                                .select(output.bytes, .bitVector(offset, width: 16)), .bitVector(Int(byte), width: 8))
                        }
                })
        }
        let expected = native ?? predicted
        var solved = text(expected)
        if case .unsatisfiable = try solver.check(facts + [!sent(expected)], name: "primitive") {
            if case .unsatisfiable = try solver.check(facts, name: "primitive") { solved = "broken: no path" }
        } else {
            solved = "broken: not decided"
            if case .unsatisfiable = try solver.check(facts + [!sent(predicted)], name: "primitive") {
                solved = text(predicted)
            }
        }
        var substitution = Substitution(constants)
        var evaluator = Evaluator(assignment: [:])
        let agrees = try evaluator.evaluate(substitution.apply(sent(predicted))) == .boolean(true)
        return (solved, agrees ? text(predicted) : "something else")
    }

    /// Whether a checksum's formula has the result that it was given, and no other. In integers: bits do not yield.
    private func isOnlyResult(of update: ChecksumUpdate, _ constants: [Term: Term], _ solver: Z3Solver) throws -> Bool {
        let (high, low) = (Term.variable("high", .integer), Term.variable("low", .integer))
        var inputs = constants
        for variable in update.defined + [update.rounds] { inputs[variable] = nil }
        var substitution = Substitution(inputs)
        var integers = Substitution([
            .unsignedInteger(update.high): high, .unsignedInteger(update.low): low,
            .unsignedInteger(.concatenate(update.high, update.low)): .sum([.product(.integer(256), high), low]),
        ])
        let bytes = [high, low].flatMap { [Term.lessOrEqual(.integer(0), $0), .lessOrEqual($0, .integer(255))] }
        let facts = bytes + [update.formula, update.representative].map { integers.apply(substitution.apply($0)) }
        let isGiven = Term.and(
            zip(update.defined, [high, low]).map { variable, integer in
                .equal(integer, .unsignedInteger(constants[variable] ?? variable))
            })
        guard case .satisfiable = try solver.check(facts + [isGiven], name: "checksum"),
            case .unsatisfiable = try solver.check(facts + [!isGiven], name: "checksum")
        else { return false }
        return true
    }
}
