import Diagnostics
import MiddleboxIR

/// What a function has decided on every path to one of its blocks, in the words of the C source.
struct PathConditions {
    private let function: Function
    private let sources: [String: ConditionSource]
    private let dominators: Dominators
    private let definitions: [Register: Instruction]

    init(_ function: Function, sources: [String: ConditionSource]) {
        self.function = function
        self.sources = sources
        dominators = Dominators(function)
        definitions = Dictionary(
            function.blocks.flatMap(\.instructions).compactMap { instruction in
                instruction.result.map { ($0, instruction) }
            },
            uniquingKeysWith: { first, _ in first })
    }

    /// From the function's entry to the block, outermost first, without repetition.
    func conditions(of block: BlockID) -> [String] {
        var texts: [String] = []
        for target in dominators.chain(to: block.index) {
            // A block with one predecessor is entered by exactly one decision.
            guard dominators.predecessors[target].count == 1, let source = dominators.predecessors[target].first else {
                continue
            }
            for text in decision(from: source, to: BlockID(target)) where !texts.contains(text) { texts.append(text) }
        }
        return texts
    }

    private func decision(from source: Int, to target: BlockID) -> [String] {
        let block = function.blocks[source]
        switch block.terminator {
        case .branch(let condition, let then, let otherwise):
            let other = then == target ? otherwise : then
            guard then != otherwise, !isTrap(other) else { return [] }
            return texts(condition, isTrue: then == target)
        case .switch(_, let cases, let fallback):
            guard let location = block.terminatorLocation,
                let value = sources[location.file]?.parenthesised(after: location)
            else { return [] }
            let values = cases.filter { $0.target == target }.map(\.value)
            if fallback == target {
                return values.isEmpty
                    ? ["\(value) not in {\(cases.map { "\($0.value)" }.joined(separator: ", "))}"] : []
            }
            let names = labels(of: target, count: values.count) ?? values.map { "\($0)" }
            return [names.count == 1 ? "\(value) == \(names[0])" : "\(value) in {\(names.joined(separator: ", "))}"]
        case .return, .jump, .trap, .unreachable, .unsupported:
            return []
        }
    }

    /// A sanitizer's guard: that it did not fire tells a reader nothing.
    private func isTrap(_ block: BlockID) -> Bool {
        if case .trap = function.blocks[block.index].terminator { true } else { false }
    }

    /// The `case` labels in front of a switch's target, if there are as many as it has values.
    private func labels(of target: BlockID, count: Int) -> [String]? {
        let block = function.blocks[target.index]
        guard let location = block.instructions.compactMap(\.location).first ?? block.terminatorLocation,
            let labels = sources[location.file]?.caseLabels(before: location)
        else { return nil }
        return labels.count == count ? labels : nil
    }

    /// What is known when a one-bit value is true or false. Empty where the source does not say it plainly.
    func texts(_ condition: Operand, isTrue: Bool) -> [String] {
        guard case .register(let register) = condition, let instruction = definitions[register] else { return [] }
        let isBit = instruction.type == .integer(bits: 1)
        switch instruction.operation {
        case .compare(let comparison, let left, let right):
            return comparisonText(comparison, left, right, at: instruction.location, isTrue: isTrue)
        case .binary(.xor, let value, .integer(1, bits: 1)):
            return texts(value, isTrue: !isTrue)
        case .binary(.and, let a, let b) where isBit && isTrue, .binary(.or, let a, let b) where isBit && !isTrue:
            return texts(a, isTrue: isTrue) + texts(b, isTrue: isTrue)
        case .select(let a, let b, .integer(0, bits: 1)) where isTrue,
            .select(let a, .integer(1, bits: 1), let b) where !isTrue:
            return texts(a, isTrue: isTrue) + texts(b, isTrue: isTrue)
        case .cast(.truncate, let value), .cast(.zeroExtend, let value), .freeze(let value):
            return texts(value, isTrue: isTrue)
        case .call, .load:
            guard let location = instruction.location, let leaf = sources[location.file]?.leaf(at: location),
                leaf.comparison == nil
            else { return [] }
            return [leaf.text(isTrue: isTrue)]
        case .binary, .select, .cast, .allocate, .store, .address, .extractValue, .insertValue, .unsupported:
            return []
        }
    }

    /// Quotes the comparison, if the one in the source is the one in the IR or its opposite.
    private func comparisonText(
        _ comparison: Comparison, _ left: Operand, _ right: Operand, at location: SourceLocation?, isTrue: Bool
    ) -> [String] {
        guard let location, let leaf = sources[location.file]?.leaf(at: location) else { return [] }
        let relation = ConditionSource.Leaf.Relation(comparison)
        guard let written = leaf.comparison?.relation else {
            let isZeroTest = right == .null || { if case .integer(0, _) = right { true } else { false } }()
            switch relation {
            case .notEqual where isZeroTest: return [leaf.text(isTrue: isTrue)]
            case .equal where isZeroTest: return [leaf.text(isTrue: !isTrue)]
            case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: return []
            }
        }
        // LLVM may have turned `7 >= x` into `x < 8`: then the sides are not where they were, and the relation proves nothing.
        if written != .equal, written != .notEqual, leaf.left.allSatisfy({ $0.isUppercase || $0.isNumber || $0 == "_" })
        {
            return []
        }
        if relation == written { return [leaf.text(isTrue: isTrue)] }
        if relation == written.inverse { return [leaf.text(isTrue: !isTrue)] }
        return []
    }
}

extension ConditionSource.Leaf.Relation {
    init(_ comparison: Comparison) {
        switch comparison {
        case .equal: self = .equal
        case .notEqual: self = .notEqual
        case .unsignedLess, .signedLess: self = .less
        case .unsignedLessOrEqual, .signedLessOrEqual: self = .lessOrEqual
        case .unsignedGreater, .signedGreater: self = .greater
        case .unsignedGreaterOrEqual, .signedGreaterOrEqual: self = .greaterOrEqual
        }
    }
}

/// The values that an operand of a function can take, where they are plain to see: constants, and choices between constants.
struct ConstantChoices {
    struct Choice {
        let value: UInt128
        /// Decided on the way to this value, beyond what the place itself knows.
        let conditions: [String]
    }

    private let definitions: [Register: Instruction]
    private let phis: [Register: Block.Phi]
    private let conditions: PathConditions

    init(_ function: Function, conditions: PathConditions) {
        self.conditions = conditions
        definitions = Dictionary(
            function.blocks.flatMap(\.instructions).compactMap { instruction in
                instruction.result.map { ($0, instruction) }
            },
            uniquingKeysWith: { first, _ in first })
        phis = Dictionary(
            function.blocks.flatMap(\.phis).map { ($0.result, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Nil where some value is computed at run time.
    func choices(of operand: Operand, visited: Set<Register> = []) -> [Choice]? {
        if case .integer(let value, _) = operand { return [Choice(value: value, conditions: [])] }
        guard case .register(let register) = operand, !visited.contains(register) else { return nil }
        let visited = visited.union([register])
        if let phi = phis[register] {
            let all = phi.incoming.map { choices(of: $0.value, visited: visited) }
            return all.contains { $0 == nil } ? nil : all.flatMap { $0 ?? [] }
        }
        guard let instruction = definitions[register] else { return nil }
        switch instruction.operation {
        case .select(let condition, let then, let otherwise):
            guard let a = choices(of: then, visited: visited), let b = choices(of: otherwise, visited: visited) else {
                return nil
            }
            return under(condition, true, a) + under(condition, false, b)
        case .cast(.zeroExtend, let value):
            return choices(of: value, visited: visited)
        case .compare where instruction.type == .integer(bits: 1):
            let isTrue = [Choice(value: 1, conditions: [])], isFalse = [Choice(value: 0, conditions: [])]
            return under(operand, true, isTrue) + under(operand, false, isFalse)
        case .freeze(let value):
            return choices(of: value, visited: visited)
        case .compare, .binary, .cast, .allocate, .load, .store, .address, .call, .extractValue, .insertValue,
            .unsupported:
            return nil
        }
    }

    private func under(_ condition: Operand, _ isTrue: Bool, _ choices: [Choice]) -> [Choice] {
        let texts = conditions.texts(condition, isTrue: isTrue)
        return choices.map { Choice(value: $0.value, conditions: texts + $0.conditions) }
    }
}
