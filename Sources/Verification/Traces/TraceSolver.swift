import Logic
import PacketFormat
import SMT
import SymbolicExecution

/// The conditions on a trace.
struct TraceConditions {
    /// Bytes and length of each packet.
    var packets: [(bytes: Term, length: Term)] = []
    /// Some may speak of sums over packet words.
    var assertions: [Term] = []
    /// What the runtime's checksum functions computed, in order.
    var updates: [ChecksumUpdate] = []
}

/// Solves the conditions on a trace for its packets, its times and the configuration.
///
/// The solver sees no arrays. Bits and checksum arithmetic are slow company for each other: the packets are found without checksums
/// first; the bytes that nothing depended on so far and the checksums are then found as integers.
final class TraceSolver {
    private let discharger: Discharger
    private var elimination = ArrayElimination()
    /// Where checksums are found at all, it is with much less.
    private let completionLimit = 200_000
    private var hardArithmetic = HardArithmetic()

    init(discharger: Discharger) { self.discharger = discharger }

    /// Whether there is such a trace. The answer is kept between runs, so its model is not for reading: it may be empty.
    func existence(_ name: String, _ conditions: TraceConditions) -> Satisfiability {
        let computed = ChecksumUpdate.variables(of: conditions.updates)
        // What the checksum functions compute can be found for any packets where nothing depends on it.
        var isPlain = true
        Term.forEachSubterm(of: conditions.assertions) { term in
            if computed.contains(term) || term.operation == .apply(wordSumFunction) { isPlain = false }
        }
        // Where numbers are multiplied, choosing some of them is much quicker than to decide what any of them could be.
        if hardArithmetic.occurs(in: conditions.assertions) { isPlain = false }
        guard isPlain else { return solve(name, conditions, isForReading: false) }
        return discharger.satisfiability(of: conditions.assertions, subject: "search", place: name)
    }

    /// - Parameter isForReading: whether people will see the packets, so that short ones are looked for.
    func solve(_ name: String, _ conditions: TraceConditions, isForReading: Bool = true) -> Satisfiability {
        let computed = ChecksumUpdate.variables(of: conditions.updates)
        let parts = SumsInBits.rewritten(conditions.assertions, computed: computed).flatMap(\.conjuncts)
        if parts.contains(where: \.isFalse) { return .unsatisfiable }
        // With checksums that may be anything, at first.
        let sums = parts.filter(WordSumDefinitions.occur)
        let plain = parts.filter { !WordSumDefinitions.occur(in: $0) } + WordSumDefinitions.lengths(in: sums)
        // What else the parts about sums say, such as how long a segment is, each claim about a sum being what it may be.
        let guide = WordSumDefinitions.withoutSums(sums)
        let found = ask(name, plain + guide)
        guard case .satisfiable = found else { return found }
        // Words that are replaced by what they were already hide most of what can be wrong with sums.
        if !sums.isEmpty, !conditions.updates.isEmpty {
            let changing = guide + conditions.updates.map { !Term.equal($0.before, $0.after) }
            let answer = ask(name + ", words change", plain + changing)
            if case .satisfiable = answer,
                case .satisfiable(let model) = shortened(name, answer, conditions, plain, changing, sums, isForReading)
            {
                return .satisfiable(model)
            }
        }
        return shortened(name, found, conditions, plain, guide, sums, isForReading)
    }

    /// An answer with its checksums, of packets that are short if they are for reading.
    private func shortened(
        _ name: String, _ answer: Satisfiability, _ conditions: TraceConditions, _ plain: [Term], _ guide: [Term],
        _ sums: [Term], _ isForReading: Bool
    ) -> Satisfiability {
        var found = answer
        // Short packets are pleasant to read.
        for limit in isForReading ? [64, 128, 1514] : [] {
            let short = conditions.packets.map { Term.unsignedLessOrEqual($0.length, .bitVector(limit, width: 16)) }
            let answer = ask(name + ", short", plain + guide + short)
            if case .satisfiable = answer {
                found = answer
                break
            }
        }
        guard case .satisfiable(let model) = found else { return found }
        return completed(name, model, conditions, plain, guide, sums)
    }

    /// The model of `plain`, with the checksums that really come out, and with bytes that `plain` does not depend on so that the rest holds.
    private func completed(
        _ name: String, _ model: SMT.Model, _ conditions: TraceConditions, _ plain: [Term], _ guide: [Term],
        _ sums: [Term], rounds: Int = 2
    ) -> Satisfiability {
        var evaluator = model.evaluator
        guard let spelledOut = WordSumDefinitions.spelledOut(sums, in: &evaluator) else {
            return .unknown(reason: "the packets that the solver chose are too long to sum up")
        }
        let defined = Set(conditions.updates.flatMap(\.defined))
        let aboutChecksums = plain.filter { $0.freeVariables.contains(where: defined.contains) } + spelledOut
        // Most often what comes out is right as it is.
        if let complete = computing(conditions.updates, model, plain + aboutChecksums) { return .satisfiable(complete) }
        // Or it is wrong only of packets that come in as they should.
        if let sound = withRightChecksums(model, conditions.packets),
            let complete = computing(conditions.updates, sound, plain + aboutChecksums)
        {
            return .satisfiable(complete)
        }
        // The checksums that come in are what the rest cares least about: they are left open where all else that was chosen suits none.
        let checksums = conditions.updates.map(\.old)
        for open in checksums.isEmpty ? [[]] : [[], checksums] {
            if let packets = filling(name, model, conditions, chosen: plain + guide, aboutChecksums, open: open),
                let complete = computing(conditions.updates, packets, plain + aboutChecksums)
            {
                return .satisfiable(complete)
            }
        }
        // What else the packets hold may have to suit what comes out.
        if rounds > 0, let settled = settling(conditions.updates, model),
            case .satisfiable(let other) = ask(name + ", checksums settled", plain + guide + settled)
        {
            return completed(name, other, conditions, plain, guide, sums, rounds: rounds - 1)
        }
        return .unknown(reason: "no checksums were found for the packets that the solver chose")
    }

    /// The model, its packets filled so that what is said about checksums holds.
    ///
    /// - Parameters:
    ///   - chosen: what the model is of: the bytes that it reads stay as they are.
    ///   - open: terms whose bytes are chosen anew all the same.
    private func filling(
        _ name: String, _ model: SMT.Model, _ conditions: TraceConditions, chosen: [Term], _ aboutChecksums: [Term],
        open: [Term]
    ) -> SMT.Model? {
        var evaluator = model.evaluator
        let computed = ChecksumUpdate.variables(of: conditions.updates)
        var pins: [Term: Term] = [:]
        for variable in Term.and(chosen).freeVariables where !computed.contains(variable) {
            if let value = try? evaluator.evaluate(variable), let constant = Term.constant(value) {
                pins[variable] = constant
            }
        }
        for (bytes, _) in conditions.packets {
            let left = Set(readIndices(of: bytes, in: open, &evaluator, evenForIndices: false))
            pins[bytes] = readIndices(of: bytes, in: chosen, &evaluator).reduce(bytes) { pinned, index in
                if left.contains(index) { return pinned }
                let value = try? evaluator.evaluate(.select(bytes, index))
                return value.flatMap(Term.constant).map { .store(pinned, index, $0) } ?? pinned
            }
        }
        var substitution = Substitution(pins)
        let needed = ChecksumUpdate.needed(
            for: Set(aboutChecksums.flatMap(\.freeVariables)), among: conditions.updates)
        let asked = aboutChecksums + needed.flatMap { [$0.formula, $0.representative] } + (open.isEmpty ? [] : chosen)
        let numbers = NumbersOfBytes(asked.map { substitution.apply($0) })
        guard
            case .satisfiable(let completion) = ask(name + ", checksums", numbers.assertions, limit: completionLimit),
            let packets = packets(conditions.packets.map(\.bytes), pins, numbers, completion)
        else { return nil }
        var assignment = model.assignment
        for (bytes, value) in packets { assignment[bytes] = value }
        return SMT.Model(assignment: assignment)
    }

    /// That the runtime computes what it does of the words that the model has, whatever else the packets hold.
    private func settling(_ updates: [ChecksumUpdate], _ model: SMT.Model) -> [Term]? {
        guard let computed = computing(updates, model, []) else { return nil }
        var evaluator = computed.evaluator
        var result: [Term] = []
        for update in updates {
            // The bits of the words, as the rest speaks of bits.
            var bits = [update.high, update.low]
            Term.forEachSubterm(of: [update.old, update.before, update.after]) { term in
                if term.operation == .unsignedInteger { bits.append(term.arguments[0]) }
            }
            for term in bits + [update.rounds] {
                guard let value = try? evaluator.evaluate(term), let constant = Term.constant(value) else { return nil }
                result.append(.equal(term, constant))
            }
        }
        return result
    }

    /// The model with packets whose checksums are right as they come in; nil where one cannot be read.
    private func withRightChecksums(_ model: SMT.Model, _ packets: [(bytes: Term, length: Term)]) -> SMT.Model? {
        var assignment = model.assignment
        for (bytes, length) in packets {
            guard case .array(var content)? = try? model.value(of: bytes),
                case .bitVector(let count, let width)? = try? model.value(of: length)
            else { return nil }
            func index(_ offset: Int) -> Value { .bitVector(UInt128(offset), width: width) }
            let before = ConcretePacket(
                bytes: (0..<Int(count)).map { offset in
                    guard case .bitVector(let byte, _) = content[index(offset)] else { return 0 }
                    return UInt8(truncatingIfNeeded: byte)
                })
            let after = before.withRightChecksums
            for offset in after.bytes.indices where after.bytes[offset] != before.bytes[offset] {
                content = content.storing(.bitVector(UInt128(after.bytes[offset]), width: 8), at: index(offset))
            }
            assignment[bytes] = .array(content)
        }
        return SMT.Model(assignment: assignment, functions: model.functions)
    }

    /// The packets' bytes: what is pinned, and the numbers that were found.
    private func packets(
        _ packets: [Term], _ pins: [Term: Term], _ numbers: NumbersOfBytes, _ completion: SMT.Model
    ) -> [Term: Value]? {
        var stores: [Term: Term] = [:]
        for bytes in packets { stores[bytes] = pins[bytes] ?? bytes }
        for (bits, number) in numbers.variables {
            guard bits.operation == .select, let stored = stores[bits.arguments[0]],
                let value = completion.assignment[number]?.integer
            else { continue }
            let byte = Term.bitVector(UInt128(truncatingIfNeeded: value), width: bits.width)
            stores[bits.arguments[0]] = .store(stored, bits.arguments[1], byte)
        }
        let zeros = SMT.Model(assignment: [:])
        return try? stores.mapValues { try zeros.value(of: $0) }
    }

    /// The model with what the runtime computes, if it meets all conditions then.
    private func computing(
        _ updates: [ChecksumUpdate], _ model: SMT.Model, _ conditions: [Term]
    ) -> SMT.Model? {
        var assignment = model.assignment
        for update in updates {
            var evaluator = SMT.Model(assignment: assignment).evaluator
            guard let old = try? evaluator.evaluate(update.old).integer,
                let before = try? evaluator.evaluate(update.before).integer,
                let after = try? evaluator.evaluate(update.after).integer
            else { return nil }
            let sum = old + before - after
            let staysAllOnes = old == 65535 && before == 65535 && after == 0
            let result = staysAllOnes ? 65535 : ((sum % 65535) + 65535) % 65535
            assignment[update.high] = .bitVector(UInt128(result >> 8), width: 8)
            assignment[update.low] = .bitVector(UInt128(result & 0xFF), width: 8)
            assignment[update.rounds] = .integer((result - sum) / 65535)
        }
        let complete = SMT.Model(assignment: assignment)
        var check = complete.evaluator
        let all = conditions + updates.flatMap { [$0.formula, $0.representative] }
        return all.allSatisfy { (try? check.evaluate($0)) == .boolean(true) } ? complete : nil
    }

    /// The places at which the terms read a packet, under a model.
    ///
    /// - Parameter evenForIndices: whether those count where it is read only to know where to read.
    private func readIndices(
        of bytes: Term, in terms: [Term], _ evaluator: inout Evaluator, evenForIndices: Bool = true
    ) -> [Term] {
        var indices: Set<Term> = []
        Term.forEachSubterm(of: terms, descends: { evenForIndices || $0.operation != .select }) { term in
            guard term.operation == .select, term.arguments[0].base == bytes,
                let value = try? evaluator.evaluate(term.arguments[1]), let constant = Term.constant(value)
            else { return }
            indices.insert(constant)
        }
        return indices.sorted { ($0.bitVectorValue ?? 0) < ($1.bitVectorValue ?? 0) }
    }

    private func ask(_ name: String, _ assertions: [Term], limit: Int? = nil) -> Satisfiability {
        func query(_ assertions: [Term]) -> Discharger.Query {
            .init(subject: "search", place: name, assertions: assertions, resourceLimit: limit, readsModel: true)
        }
        var rewritten: [Term] = []
        for assertion in assertions {
            guard let term = elimination.eliminate(assertion) else {
                elimination = ArrayElimination()
                return discharger.ask(query(assertions))
            }
            rewritten.append(term)
        }
        let answer =
            hardArithmetic.occurs(in: rewritten)
            ? NumberSearch(discharger: discharger).solve(name, rewritten) : discharger.ask(query(rewritten))
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
