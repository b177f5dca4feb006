import Dataflow
import Logic
import SMT

@testable import MiddleboxIR
@testable import SymbolicExecution

/// What running a row once came to, in whatever way.
enum RowOutcome: Hashable, Sendable {
    case value(UInt128, bits: Int)
    /// Undefined behaviour: a check fails, the program traps.
    case undefined
    /// Execution does not know the code.
    case noModel
    /// No path is the operands', or several are, or the solver does not say: never right.
    case broken(String)
}

extension RowOutcome: CustomStringConvertible {
    var description: String {
        switch self {
        case .value(let value, let bits): RowOutcome.hexadecimal(value, bits: bits)
        case .undefined: "undefined"
        case .noModel: "no model"
        case .broken(let reason): "broken: \(reason)"
        }
    }

    static func hexadecimal(_ value: UInt128, bits: Int) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return "0x" + String(repeating: "0", count: max((bits + 3) / 4 - digits.count, 0)) + digits
    }
}

/// What execution says of a row's function, as terms.
struct RowMeaning {
    /// When a check fails.
    let failure: Term
    /// When execution gave up.
    let unknown: Term
    /// The ways to the end: when each is taken, and the result.
    let results: [(condition: Term, value: Term)]

    init(_ summary: ElementSummary, result: RowType) {
        func conditions(_ knowledge: Knowledge) -> Term { .and(knowledge.conditions) }
        failure = .or(summary.checks.map { conditions($0.knowledge) && !$0.claim })
        var unknown: [Term] = []
        var results: [(Term, Term)] = []
        for path in summary.paths {
            switch path.end {
            case .finished:
                let array = path.state.plain["result"] ?? InputVariables.bytes
                let bytes = (0..<result.bytes).map { Term.select(array, .bitVector($0, width: 32)) }
                results.append((conditions(path.knowledge), .concatenate(bytes.reversed())))
            case .unknown, .handOff: unknown.append(conditions(path.knowledge))
            case .failedCheck: break
            }
        }
        self.unknown = .or(unknown)
        self.results = results
    }

    private init(failure: Term, unknown: Term, results: [(condition: Term, value: Term)]) {
        self.failure = failure
        self.unknown = unknown
        self.results = results
    }

    /// The same with terms in place of variables.
    func replacing(_ replacements: [Term: Term]) -> RowMeaning {
        var substitution = Substitution(replacements)
        return RowMeaning(
            failure: substitution.apply(failure), unknown: substitution.apply(unknown),
            results: results.map { (substitution.apply($0.condition), substitution.apply($0.value)) })
    }

    /// That the row comes to this.
    func comes(to outcome: RowOutcome) -> Term {
        switch outcome {
        // Where a check fails, what follows does not matter.
        case .undefined: failure
        case .noModel: unknown && !failure
        case .value(let value, _):
            .and([!failure, !unknown])
                && .or(results.map { $0.condition && .equal($0.value, .bitVector(value, width: $0.value.width)) })
        case .broken: .false
        }
    }

    /// That some way is taken: what is assumed of the variables that execution made.
    var isPossible: Term { .or([failure, unknown] + results.map(\.condition)) }

    /// Computed under values of the variables.
    func evaluated(_ values: [Term: Value], bits: Int) -> RowOutcome {
        var evaluator = Evaluator(assignment: values)
        do {
            if try evaluator.evaluate(failure) == .boolean(true) { return .undefined }
            if try evaluator.evaluate(unknown) == .boolean(true) { return .noModel }
            var found: [RowOutcome] = []
            for (condition, value) in results where try evaluator.evaluate(condition) == .boolean(true) {
                found.append(.value(try evaluator.evaluate(value).bits ?? 0, bits: bits))
            }
            return found.count == 1 ? found[0] : .broken("\(found.count) paths")
        } catch {
            return .broken("\(error)")
        }
    }

    /// Computed by the solver from the values.
    func solved(_ values: [Term: Value], bits: Int, solver: Z3Solver) throws -> RowOutcome {
        let outcome = Term.variable("outcome", results.first?.value.sort ?? .bitVector(8))
        let facts = values.compactMap { variable, value in
            Term.constant(value, sort: variable.sort).map { Term.equal(variable, $0) }
        }
        for (claim, result) in [(failure, RowOutcome.undefined), (unknown, .noModel)] {
            if case .unsatisfiable = try solver.check(facts + [claim], name: "row") { continue }
            return result
        }
        let equalities = Term.or(results.map { $0.condition && .equal(outcome, $0.value) })
        guard case .satisfiable(let model) = try solver.check(facts + [equalities], name: "row") else {
            return .broken("no path")
        }
        return .value(try model.value(of: outcome).bits ?? 0, bits: bits)
    }
}

/// Executes rows of a program symbolically.
struct RowExecution {
    let program: Program
    private let model: StateModel
    private let executor: Executor
    /// What holds before each run.
    private let surroundings: [Term: Value]

    init(_ program: Program) throws {
        self.program = program
        model = try StateModel(program)
        // Without a solver: that a path cannot be is left to its conditions.
        executor = Executor(program: program, graph: try ElementGraph(decomposing: program), model: model) {
            $0.map { _ in true }
        }
        var values: [Term: Value] = [:]
        var evaluator = Evaluator(assignment: [:])
        let initial = StateTerms.initial(model).terms
        for (variable, term) in zip(StateTerms.symbolic(model).terms, initial) where variable.variableName != nil {
            values[variable] = try evaluator.evaluate(term)
        }
        var bytes: [Value: Value] = [:]
        for (offset, byte) in RowProgram.packetBytes.enumerated() {
            bytes[.bitVector(UInt128(offset), width: 16)] = .bitVector(UInt128(byte), width: 8)
        }
        values[InputVariables.bytes] = .array(
            ArrayValue(indexSort: .bitVector(16), defaultElement: .bitVector(0xA5, width: 8), entries: bytes))
        values[InputVariables.length] = .bitVector(UInt128(RowProgram.packetBytes.count), width: 16)
        values[InputVariables.port] = .bitVector(0, width: 32)
        values[InputVariables.now] = .integer(0)
        surroundings = values
    }

    /// Whether the variable has one value in a run: what is frozen may be anything.
    func isGiven(_ variable: Term) -> Bool {
        surroundings[variable] != nil || variable.variableName?.contains("argument") == true
    }

    /// What is frozen may be anything, and what a comparison of memory gives anything but zero.
    private static func any(of sort: Sort) -> Value {
        switch sort {
        case .boolean: .boolean(true)
        case .bitVector(let width): .bitVector(1, width: width)
        case .integer, .tuple, .array: .zero(of: sort)
        }
    }

    /// The row's function that a packet comes to.
    func function(_ index: Int) throws -> Function {
        guard let function = program.function(RowProgram.operation(index)) else {
            throw NativeRowsFailed(reason: "row \(index) is not in the program")
        }
        return function
    }

    /// The code of a row, in the IR's spelling.
    func text(_ index: Int) -> String {
        let printer = Printer(withLocations: false)
        return [RowProgram.operation(index), RowProgram.row(index)].compactMap(program.function).map(printer.text)
            .joined(separator: "\n")
    }

    private func shapes(_ row: InstructionRow) -> [ArgumentShape] {
        [.packet] + row.operands.map { .integer(bits: $0.type.bits) }
    }

    /// The operands as variables.
    func variables(_ row: InstructionRow, _ index: Int) -> [Term] {
        row.operands.enumerated().map {
            InputVariables.argument($0 + 1, of: RowProgram.operation(index), bits: $1.type.bits)
        }
    }

    /// Over operands that are variables.
    func meaning(_ row: InstructionRow, _ index: Int) throws -> RowMeaning {
        RowMeaning(executor.summary(of: try function(index), shapes: shapes(row)), result: row.result)
    }

    /// Over operands that are constants, where the builders of terms compute.
    func folded(_ row: InstructionRow, _ index: Int, _ operands: [UInt128]) throws -> RowOutcome {
        let arguments = zip(row.operands, operands).map { operand, value in
            SymbolicValue.integer(
                operand.type.bits == 1 ? .boolean(value & 1 == 1) : .bitVector(value, width: operand.type.bits))
        }
        let summary = executor.summary(
            of: try function(index), shapes: shapes(row), arguments: [.pointer(.start(of: .packet))] + arguments)
        var values = surroundings
        for variable in summary.freshVariables { values[variable] = Self.any(of: variable.sort) }
        return RowMeaning(summary, result: row.result).evaluated(values, bits: row.result.bits)
    }

    /// Values for all variables of the meaning: the operands', and those that do not differ from run to run.
    func values(_ row: InstructionRow, _ index: Int, _ operands: [UInt128], _ meaning: RowMeaning) -> [Term: Value] {
        var values = surroundings
        for (variable, operand) in zip(variables(row, index), operands) {
            values[variable] =
                variable.sort == .boolean ? .boolean(operand & 1 == 1) : .bitVector(operand, width: variable.width)
        }
        for variable in meaning.freeVariables where values[variable] == nil {
            values[variable] = Self.any(of: variable.sort)
        }
        return values
    }
}

extension RowMeaning {
    var freeVariables: Set<Term> {
        var variables: Set<Term> = []
        Term.forEachSubterm(of: [failure, unknown] + results.flatMap { [$0.condition, $0.value] }) {
            if $0.variableName != nil { variables.insert($0) }
        }
        return variables
    }
}
