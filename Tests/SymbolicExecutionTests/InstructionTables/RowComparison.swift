import Logic
import MiddleboxIR
import SMT

/// A row on operands, where the ways do not agree.
struct RowDifference: Hashable, Sendable {
    let row: String
    let operands: [(name: String, value: String)]
    let outcomes: [(way: String, outcome: String)]

    static func == (a: RowDifference, b: RowDifference) -> Bool { a.description == b.description }
    func hash(into hasher: inout Hasher) { hasher.combine(description) }
}

extension RowDifference: CustomStringConvertible {
    /// `add i8, a = 0x01, b = 0xFF: Z3 0x00, evaluator 0x00, constants 0x00, native 0x02`.
    var description: String {
        let values = operands.map { ", \($0.name) = \($0.value)" }.joined()
        return "\(row)\(values): " + outcomes.map { "\($0.way) \($0.outcome)" }.joined(separator: ", ")
    }
}

/// Runs rows three ways, and says where they differ.
struct RowComparison {
    let table: RowProgram
    let native: [[RowProgram.NativeOutcome]]
    let execution: RowExecution
    /// Whether LLVM's passes ran on what is executed.
    let runsPasses: Bool
    /// What a way is taken to have come to instead.
    var change: (Way, RowOutcome) -> RowOutcome = { $1 }

    enum Way { case evaluator, constants, native }

    /// The differences in one row.
    func differences(in index: Int, solver: Z3Solver) throws -> [RowDifference] {
        let row = table.rows[index]
        let meaning = try execution.meaning(row, index)
        let variables = meaning.freeVariables
        // Variables that execution made have no value here: the result must be right for any.
        let hasMade = !variables.allSatisfy(execution.isGiven)
        var questions: [Term] = []
        var facts: [Term] = []
        var differing: Set<Int> = []
        var kept: [(values: [Term: Value], evaluated: RowOutcome, folded: RowOutcome, native: RowOutcome?)] = []
        for (place, operands) in row.cases.enumerated() {
            let values = execution.values(row, index, operands, meaning)
            let evaluated = change(.evaluator, meaning.evaluated(values, bits: row.result.bits))
            // Once is enough.
            let folded = runsPasses ? evaluated : change(.constants, try execution.folded(row, index, operands))
            let native = nativeOutcome(index, place, evaluated)
            let expected = native ?? evaluated
            if evaluated != expected || folded != expected { differing.insert(place) }
            // One question for all runs of a row, so each has variables of its own.
            var names: [Term: Term] = [:]
            for variable in variables {
                guard let value = values[variable], let constant = Term.constant(value, sort: variable.sort) else {
                    continue
                }
                let own = Term.variable("\(place)#\(variable.variableName ?? "")", variable.sort)
                names[variable] = own
                if execution.isGiven(variable) { facts.append(.equal(own, constant)) }
            }
            let own = meaning.replacing(names)
            if hasMade { facts.append(own.isPossible) }
            questions.append(!own.comes(to: expected))
            kept.append((values, evaluated, folded, native))
        }
        if case .unsatisfiable = try solver.check(facts + [.or(questions)], name: row.name) {
        } else {
            // Which runs they are is asked one by one.
            for (place, run) in kept.enumerated() {
                let solved = try meaning.solved(run.values, bits: row.result.bits, solver: solver)
                if solved != run.native ?? run.evaluated { differing.insert(place) }
            }
            // Two paths may be one run's.
            if differing.isEmpty {
                return [
                    RowDifference(row: row.name, operands: [], outcomes: [("Z3", "broken: not decided as a whole")])
                ]
            }
        }
        return try differing.sorted().map { place in
            let run = kept[place]
            let solved = try meaning.solved(run.values, bits: row.result.bits, solver: solver)
            var outcomes = [("Z3", solved), ("evaluator", run.evaluated)]
            if !runsPasses { outcomes.append(("constants", run.folded)) }
            if let native = run.native { outcomes.append(("native", native)) }
            return RowDifference(
                row: row.name,
                operands: zip(row.operands, row.cases[place]).map { operand, value in
                    (operand.name, RowOutcome.hexadecimal(value, bits: operand.type.bits))
                }, outcomes: outcomes.map { ($0, "\($1)") })
        }
    }

    /// What the row did natively, or is to come to instead; nil where there is nothing to compare with.
    private func nativeOutcome(_ index: Int, _ place: Int, _ evaluated: RowOutcome) -> RowOutcome? {
        let row = table.rows[index]
        // LLVM's passes may make something else of it that execution does know.
        if !row.isModelled, !runsPasses || evaluated == .noModel { return .noModel }
        guard row.isDefined(row.cases[place]) else { return nil }
        return switch native[index][place] {
        case .value(let value): change(.native, .value(value, bits: row.result.bits))
        case .trap: change(.native, .undefined)
        }
    }
}
