import Logic
import SMT

/// The conditions on a trace.
struct TraceConditions {
    /// Bytes and length of each packet.
    var packets: [(bytes: Term, length: Term)] = []
    /// Some may speak of sums over packet words.
    var assertions: [Term] = []
    /// What the runtime's checksum functions computed: linear arithmetic over the numbers of bytes.
    var arithmetic: [Term] = []
    /// The variables that the arithmetic decides.
    var computed: Set<Term> = []
}

/// Solves the conditions on a trace for its packets, its times and the configuration.
///
/// The solver sees no arrays. Bits and checksum arithmetic are slow company for each other: the packets are found without checksums
/// first; the bytes that nothing depended on so far and the checksums are then found as integers.
final class TraceSolver {
    private let discharger: Discharger
    private var elimination = ArrayElimination()

    init(discharger: Discharger) { self.discharger = discharger }

    func solve(_ name: String, _ conditions: TraceConditions) -> Satisfiability {
        let parts = conditions.assertions.flatMap(\.conjuncts)
        if parts.contains(where: \.isFalse) { return .unsatisfiable }
        var plain: [Term] = []
        var late: [Term] = []
        for part in parts {
            let isLate = WordSumDefinitions.occur(in: part) || part.freeVariables.contains(where: conditions.computed.contains)
            if isLate { late.append(part) } else { plain.append(part) }
        }
        let sums = WordSumDefinitions.spelledOut(late)
        plain += sums.headerLengths
        let rest = sums.assertions + conditions.arithmetic
        // Short packets are pleasant to read.
        for limit in [64, 128, 1514, Int(UInt16.max)] {
            let short = conditions.packets.map { Term.unsignedLessOrEqual($0.length, .bitVector(limit, width: 16)) }
            switch ask(name, plain + short) {
            case .satisfiable(let model):
                if rest.isEmpty { return .satisfiable(model) }
                return completed(name, model, plain, rest, conditions.packets.map(\.bytes))
            case .unsatisfiable: continue
            case .unknown(let reason): return .unknown(reason: reason)
            }
        }
        return .unsatisfiable
    }

    /// The model of `plain`, extended where `plain` did not look, so that the rest holds as well.
    private func completed(
        _ name: String, _ model: SMT.Model, _ plain: [Term], _ rest: [Term], _ packets: [Term]
    ) -> Satisfiability {
        let failed = Satisfiability.unknown(reason: "no checksums were found for the packets that the solver chose")
        var evaluator = model.evaluator
        var pins: [Term: Term] = [:]
        for variable in Term.and(plain).freeVariables {
            if let value = try? evaluator.evaluate(variable), let constant = Term.constant(value) {
                pins[variable] = constant
            }
        }
        for bytes in packets {
            pins[bytes] = readIndices(of: bytes, in: plain, &evaluator).reduce(bytes) { pinned, index in
                let value = try? evaluator.evaluate(.select(bytes, index))
                return value.flatMap(Term.constant).map { .store(pinned, index, $0) } ?? pinned
            }
        }
        var substitution = Substitution(pins)
        let numbers = NumbersOfBytes(rest.map { substitution.apply($0) })
        guard case .satisfiable(let completion) = ask(name + ", checksums", numbers.assertions) else { return failed }

        var assignment = model.assignment
        var stores: [Term: Term] = pins.filter { packets.contains($0.key) }
        for (bits, number) in numbers.variables {
            guard let value = completion.assignment[number]?.integer else { continue }
            let constant = Term.bitVector(UInt128(truncatingIfNeeded: value), width: bits.width)
            if bits.operation == .select, let pinned = stores[bits.arguments[0]] {
                stores[bits.arguments[0]] = .store(pinned, bits.arguments[1], constant)
            } else if bits.variableName != nil {
                assignment[bits] = .bitVector(UInt128(truncatingIfNeeded: value), width: bits.width)
            } else {
                return failed
            }
        }
        for (variable, value) in completion.assignment where assignment[variable] == nil { assignment[variable] = value }
        for (bytes, stored) in stores {
            guard let value = try? evaluator.evaluate(stored) else { return failed }
            assignment[bytes] = value
        }
        let complete = SMT.Model(assignment: assignment)
        var check = complete.evaluator
        for term in plain + rest where (try? check.evaluate(term)) != .boolean(true) { return failed }
        return .satisfiable(complete)
    }

    /// The places at which the terms read a packet, under a model.
    private func readIndices(of bytes: Term, in terms: [Term], _ evaluator: inout Evaluator) -> [Term] {
        var indices: Set<Term> = []
        Term.forEachSubterm(of: terms) { term in
            guard term.operation == .select, term.arguments[0].base == bytes,
                let value = try? evaluator.evaluate(term.arguments[1]), let constant = Term.constant(value)
            else { return }
            indices.insert(constant)
        }
        return indices.sorted { ($0.bitVectorValue ?? 0) < ($1.bitVectorValue ?? 0) }
    }

    private func ask(_ name: String, _ assertions: [Term]) -> Satisfiability {
        var rewritten: [Term] = []
        for assertion in assertions {
            guard let term = elimination.eliminate(assertion) else {
                elimination = ArrayElimination()
                return discharger.solve([.init(name: "search \(name)", assertions: assertions)])[0]
            }
            rewritten.append(term)
        }
        let answer = discharger.solve([.init(name: "search \(name)", assertions: rewritten)])[0]
        debugDump(name, answer, rewritten)
        guard case .satisfiable(let model) = answer else { return answer }
        var assignment: [Term: Value] = [:]
        Term.forEachSubterm(of: assertions) { term in
            guard term.variableName != nil else { return }
            assignment[term] = ArrayElimination.restored(
                term, assignment: model.assignment, functions: model.functions)
        }
        return .satisfiable(SMT.Model(assignment: assignment, functions: model.functions))
    }
}

/// Assertions about the numbers that bytes and other bits stand for, with an integer variable for each.
private struct NumbersOfBytes {
    private(set) var assertions: [Term] = []
    /// From bits to the variable.
    private(set) var variables: [(bits: Term, number: Term)] = []

    init(_ terms: [Term]) {
        // Comparisons of bits with constants are about numbers, too.
        var comparisons: [Term: Term] = [:]
        Term.forEachSubterm(of: terms) { term in
            guard term.operation == .equal, case .bitVector(let width) = term.arguments[0].sort, width <= 32,
                term.arguments.contains(where: { $0.bitVectorValue != nil })
            else { return }
            comparisons[term] = .equal(.unsignedInteger(term.arguments[0]), .unsignedInteger(term.arguments[1]))
        }
        var comparison = Substitution(comparisons)
        let compared = terms.map { comparison.apply($0) }
        var numbers: [Term: Term] = [:]
        var ranges: [Term] = []
        var found: [(bits: Term, number: Term)] = []
        Term.forEachSubterm(of: compared) { term in
            guard term.operation == .unsignedInteger, case .bitVector(let width) = term.arguments[0].sort, width <= 32
            else { return }
            let number = Term.variable("number.\(numbers.count)", .integer)
            numbers[term] = number
            found.append((term.arguments[0], number))
            ranges += [.lessOrEqual(.integer(0), number), .less(number, .integer(1 << width))]
        }
        var substitution = Substitution(numbers)
        assertions = compared.map { substitution.apply($0) } + ranges
        variables = found
    }
}

extension Term {
    /// The array that stores were made to.
    fileprivate var base: Term {
        var current = self
        while current.operation == .store { current = current.arguments[0] }
        return current
    }

    /// The term that always has the value; nil for arrays, tuples and very large integers.
    fileprivate static func constant(_ value: Value) -> Term? {
        switch value {
        case .boolean(let value): .boolean(value)
        case .integer(let value): Int(exactly: value).map { .integer($0) }
        case .bitVector(let value, let width): .bitVector(value, width: width)
        case .tuple, .array: nil
        }
    }
}

import Foundation
nonisolated(unsafe) var debugNumber = 0
func debugDump(_ name: String, _ answer: Satisfiability, _ terms: [Term]) {
    debugNumber += 1
    var w = "sat"
    if case .unsatisfiable = answer { w = "unsat" }
    if case .unknown(let r) = answer {
        w = "unknown \(r)"
        try? SMTLIBPrinter.script(terms, name: "q").write(toFile: "/tmp/q\(debugNumber).smt2", atomically: true, encoding: .utf8)
    }
    FileHandle.standardError.write("Q\(debugNumber) \(name): \(w)\n".data(using: .utf8)!)
}
