import Diagnostics
import Logic
import MiddleboxIR

/// The instructions, one by one.
extension Executor {
    func execute(
        _ path: PathState, _ instruction: Instruction, in frame: PathState.Frame
    ) throws(PathStop) -> [PathState] {
        let location = instruction.location
        var path = path
        func operand(_ operand: Operand) throws(PathStop) -> SymbolicValue {
            try value(operand, in: frame, location: location)
        }
        let result: SymbolicValue?
        switch instruction.operation {
        case .binary(let operation, let a, let b):
            result = try binary(operation, operand(a), operand(b), type: instruction.type, location: location)
        case .compare(let comparison, let a, let b):
            result = try compare(&path, comparison, operand(a), operand(b), location: location)
        case .cast(let operation, let a):
            result = try cast(operation, operand(a), to: instruction.type, location: location)
        case .select(let condition, let then, let otherwise):
            return try select(
                path, operand(condition), operand(then), operand(otherwise), instruction, location: location)
        case .allocate(let bytes, _):
            result = .pointer(.start(of: .stack(path.allocate(bytes: bytes))))
        case .load(let address, _):
            let size = try storageSize(instruction.type, location: location)
            let bytes = try loadBytes(&path, from: operand(address), count: size, location: location)
            result = try value(of: bytes, type: instruction.type, location: location)
        case .store(let stored, let type, let address, _):
            let bytes = try memoryBytes(of: operand(stored), type: type, location: location)
            try storeBytes(&path, bytes, to: operand(address), location: location)
            result = nil
        case .address(let base, let constant, let terms):
            var indices: [(Int, SymbolicValue)] = []
            for term in terms { indices.append((term.scale, try operand(term.index))) }
            let pointer = try address(operand(base), constant: constant, indices, location: location)
            return withConstantOffsets(path, pointer).map { branch, pointer in
                advanced(branch, result: pointer, register: instruction.result)
            }
        case .call(let callee, let operands):
            return try call(path, instruction, callee, operands, in: frame)
        case .extractValue(let aggregate, let index):
            switch try operand(aggregate) {
            case .aggregate(let parts) where parts.indices.contains(index): result = parts[index]
            case .undefined: result = .undefined(instruction.type)
            case .integer, .pointer, .aggregate:
                throw .unknown(reason: "a part of a value that has none", location: location)
            }
        case .insertValue(let aggregate, let part, let index):
            result = try insert(
                operand(part), into: operand(aggregate), at: index, type: instruction.type, location: location)
        case .freeze(let frozen):
            result = try freeze(operand(frozen), location: location)
        case .unsupported(let text):
            throw .unknown(reason: "'\(text)' has no model", location: location)
        }
        return [advanced(path, result: result, register: instruction.result)]
    }

    // MARK: Operands

    func value(
        _ operand: Operand, in frame: PathState.Frame, location: SourceLocation?
    ) throws(PathStop) -> SymbolicValue {
        switch operand {
        case .register(let register):
            guard let value = frame.registers[register.index] else {
                throw .unknown(reason: "a register is read before it is written", location: location)
            }
            return value
        case .parameter(let index): return frame.arguments[index]
        case .integer(let number, let bits):
            guard (1...128).contains(bits) else {
                throw .unknown(reason: "an integer of \(bits) bits", location: location)
            }
            return .integer(bits == 1 ? .boolean(number & 1 == 1) : .bitVector(number, width: bits))
        case .null: return .pointer(.null)
        case .global(let name): return .pointer(try pointer(toGlobal: name, location: location))
        case .function(let name):
            throw .unknown(reason: "the address of '\(name)' is taken", location: location)
        case .undefined(let type): return .undefined(type)
        case .offset(let base, let bytes):
            return try address(
                value(base, in: frame, location: location), constant: bytes, [], location: location)
        case .aggregate(let operands):
            var parts: [SymbolicValue] = []
            for part in operands { parts.append(try value(part, in: frame, location: location)) }
            return .aggregate(parts)
        case .unsupported(let text): throw .unknown(reason: "'\(text)' has no model", location: location)
        }
    }

    private func pointer(toGlobal name: String, location: SourceLocation?) throws(PathStop) -> Pointer {
        guard let global = program.global(name) else {
            throw .unknown(reason: "'\(name)' has no model", location: location)
        }
        return switch global.kind {
        case .map: .start(of: .map(name))
        case .pool: .start(of: .pool(name))
        case .configuration: .start(of: .configuration)
        case .plain: .start(of: .plain(name))
        }
    }

    // MARK: Arithmetic

    private func binary(
        _ operation: BinaryOperator, _ a: SymbolicValue, _ b: SymbolicValue, type: ValueType,
        location: SourceLocation?
    ) throws(PathStop) -> SymbolicValue {
        switch (a, b) {
        case (.integer(let x), .integer(let y)): return .integer(InstructionSemantics.binary(operation, x, y))
        case (.undefined, .integer), (.integer, .undefined), (.undefined, .undefined): return .undefined(type)
        default: throw .unknown(reason: "arithmetic on pointers", location: location)
        }
    }

    private func compare(
        _ path: inout PathState, _ comparison: Comparison, _ a: SymbolicValue, _ b: SymbolicValue,
        location: SourceLocation?
    ) throws(PathStop) -> SymbolicValue {
        switch (a, b) {
        case (.integer(let x), .integer(let y)): return .integer(InstructionSemantics.compare(comparison, x, y))
        case (.undefined, _), (_, .undefined): return .undefined(.integer(bits: 1))
        case (.pointer(let p), .pointer(let q)):
            return .integer(try comparePointers(&path, comparison, p, q, location: location))
        default: throw .unknown(reason: "a comparison of a pointer with a number", location: location)
        }
    }

    private func comparePointers(
        _ path: inout PathState, _ comparison: Comparison, _ p: Pointer, _ q: Pointer, location: SourceLocation?
    ) throws(PathStop) -> Term {
        switch (p, q) {
        case (.object(.nowhere, _), _), (_, .object(.nowhere, _)):
            throw .unknown(reason: "a null pointer to which something was added is compared", location: location)
        case (.null, .null):
            let zero = Term.bitVector(0, width: 64)
            return InstructionSemantics.compare(comparison, zero, zero)
        case (.null, .object), (.object, .null):
            switch comparison {
            case .equal: return .false
            case .notEqual: return .true
            default: throw .unknown(reason: "a null pointer is compared for order", location: location)
            }
        case (.object(let a, let x), .object(let b, let y)):
            if a == b {
                if comparison == .equal || comparison == .notEqual {
                    return InstructionSemantics.compare(comparison, x, y)
                }
                // Offsets are ordered as addresses are only where no pointer lies before the object's start.
                for offset in [x, y] {
                    try check(
                        &path, .noUndefinedBehaviour, .signedLessOrEqual(.bitVector(0, width: 64), offset),
                        "a pointer to before the start of \(a.description) is compared", location: location)
                }
                return InstructionSemantics.compare(comparison, x, y)
            }
            // Entries of one map under different keys, or found at different times, may be the same entry.
            if case .entry(let map, _, _) = a, case .entry(map, _, _) = b {
                throw .unknown(reason: "pointers to two entries of '\(map)' are compared", location: location)
            }
            if case .packetBytes = a, case .packetBytes = b {
                throw .unknown(
                    reason: "pointers into the packet from before and after it was resized are compared",
                    location: location)
            }
            switch comparison {
            case .equal: return .false
            case .notEqual: return .true
            default: throw .unknown(reason: "pointers to different objects are compared for order", location: location)
            }
        }
    }

    private func cast(
        _ operation: CastOperator, _ a: SymbolicValue, to type: ValueType, location: SourceLocation?
    ) throws(PathStop) -> SymbolicValue {
        if case .undefined = a { return .undefined(type) }
        guard case .integer(let term) = a, case .integer(let bits) = type, bits <= 128 else {
            throw .unknown(reason: "a conversion between pointers and numbers", location: location)
        }
        return switch operation {
        case .zeroExtend: .integer(InstructionSemantics.zeroExtend(term, to: bits))
        case .signExtend: .integer(InstructionSemantics.signExtend(term, to: bits))
        case .truncate: .integer(InstructionSemantics.truncate(term, to: bits))
        case .pointerToInteger, .integerToPointer:
            throw .unknown(reason: "a conversion between pointers and numbers", location: location)
        }
    }

    private func address(
        _ base: SymbolicValue, constant: Int, _ indices: [(scale: Int, index: SymbolicValue)],
        location: SourceLocation?
    ) throws(PathStop) -> SymbolicValue {
        var offset = Term.bitVector(constant, width: 64)
        for (scale, index) in indices {
            switch index {
            case .integer(let term):
                let wide =
                    term.sort == .boolean || term.width < 64
                    ? InstructionSemantics.signExtend(term, to: 64) : .extract(term, high: 63, low: 0)
                offset = .add(offset, .multiply(wide, .bitVector(scale, width: 64)))
            case .undefined: return .undefined(.pointer)
            case .pointer, .aggregate: throw .unknown(reason: "a pointer is used as an index", location: location)
            }
        }
        switch base {
        case .pointer(.object(let object, let start)): return .pointer(.object(object, offset: .add(start, offset)))
        case .pointer(.null):
            if offset.bitVectorValue == 0 { return base }
            return .pointer(.object(.nowhere, offset: offset))
        case .undefined: return .undefined(.pointer)
        case .integer, .aggregate: throw .unknown(reason: "a number is used as a pointer", location: location)
        }
    }

    /// How many offsets a pointer may have for each to become a path.
    private static let mostOffsets = 16

    /// Where a pointer into memory that is kept by constant offsets has a choice of a few, each becomes a path of its own. One that is
    /// left with a variable offset is stopped when it is used.
    private func withConstantOffsets(_ path: PathState, _ pointer: SymbolicValue) -> [(PathState, SymbolicValue)] {
        guard case .pointer(.object(let object, let offset)) = pointer, offset.bitVectorValue == nil else {
            return [(path, pointer)]
        }
        let size: Int
        switch object {
        case .packetBytes, .plain, .packet, .map, .pool, .nowhere: return [(path, pointer)]
        case .stack(let number): size = path.stack[number]?.count ?? 0
        case .configuration: size = model.configuration?.record.size ?? 0
        case .argument(let operation): size = model.operations[operation]?.argument?.size ?? 0
        case .entry(let map, _, _): size = model.maps[map]?.value.size ?? 0
        }
        var ways: [(PathState, SymbolicValue)] = []
        var rest = path
        // Also where forks are not asked about: most offsets would be left, and each would be a way.
        rest.asksAtForks = true
        for start in 0...size {
            let constant = Term.bitVector(start, width: 64)
            var other: PathState?
            for (branch, holds) in fork(rest, on: .equal(offset, constant)) {
                if holds {
                    var way = branch
                    way.asksAtForks = path.asksAtForks
                    ways.append((way, .pointer(.object(object, offset: constant))))
                } else {
                    other = branch
                }
            }
            guard let other else { return ways }
            rest = other
            if ways.count > Executor.mostOffsets { return [(path, pointer)] }
        }
        // Outside of the object.
        guard isFeasible(&rest) else { return ways }
        rest.asksAtForks = path.asksAtForks
        return ways + [(rest, pointer)]
    }

    private func select(
        _ path: PathState, _ condition: SymbolicValue, _ then: SymbolicValue, _ otherwise: SymbolicValue,
        _ instruction: Instruction, location: SourceLocation?
    ) throws(PathStop) -> [PathState] {
        var path = path
        guard case .integer(let term) = condition else {
            if case .undefined = condition {
                try fail(
                    &path, .noUninitialisedMemory, "a choice depends on an uninitialised value", location: location)
            }
            throw .unknown(reason: "a choice on a value of this type", location: location)
        }
        if case .integer(let a) = then, case .integer(let b) = otherwise {
            return [
                advanced(path, result: .integer(.ifThenElse(term, a, b)), register: instruction.result)
            ]
        }
        // Pointers and undefined values are not terms: each choice is a path of its own.
        return fork(path, on: term).map { branch, holds in
            advanced(branch, result: holds ? then : otherwise, register: instruction.result)
        }
    }

    // MARK: Aggregates, freeze, memory intrinsics

    private func insert(
        _ part: SymbolicValue, into aggregate: SymbolicValue, at index: Int, type: ValueType, location: SourceLocation?
    ) throws(PathStop) -> SymbolicValue {
        guard case .aggregate(let types) = type, types.indices.contains(index) else {
            throw .unknown(reason: "a part is put into a value that has none", location: location)
        }
        var parts: [SymbolicValue]
        switch aggregate {
        case .aggregate(let existing): parts = existing
        case .undefined: parts = types.map { .undefined($0) }
        case .integer, .pointer: throw .unknown(reason: "a part is put into a scalar", location: location)
        }
        parts[index] = part
        return .aggregate(parts)
    }

    private func freeze(_ value: SymbolicValue, location: SourceLocation?) throws(PathStop) -> SymbolicValue {
        switch value {
        case .integer, .pointer: return value
        case .undefined(.integer(let bits)):
            return .integer(fresh("frozen", bits == 1 ? .boolean : .bitVector(bits)))
        case .undefined, .aggregate: throw .unknown(reason: "a value of this type is frozen", location: location)
        }
    }

    func callIntrinsic(
        _ path: inout PathState, _ intrinsic: Intrinsic, _ arguments: [SymbolicValue], type: ValueType,
        location: SourceLocation?
    ) throws(PathStop) -> SymbolicValue? {
        if [.copyMemory, .setMemory].contains(intrinsic), arguments.count < 3 {
            throw .unknown(reason: "memory is copied or set with too few arguments", location: location)
        }
        switch intrinsic {
        case .copyMemory:
            let count = try constantLength(&path, arguments[2], location: location)
            if count == 0 { return nil }
            let bytes = try loadBytes(&path, from: arguments[1], count: count, location: location)
            try storeBytes(&path, bytes, to: arguments[0], location: location)
            return nil
        case .setMemory:
            let count = try constantLength(&path, arguments[2], location: location)
            if count == 0 { return nil }
            let byte = try memoryBytes(of: arguments[1], type: .integer(bits: 8), location: location)[0]
            try storeBytes(&path, Array(repeating: byte, count: count), to: arguments[0], location: location)
            return nil
        case .startLifetime, .endLifetime:
            guard case .pointer(.object(.stack(let number), let offset))? = arguments.first, offset.bitVectorValue == 0
            else { throw .unknown(reason: "the lifetime of something that is no local", location: location) }
            if intrinsic == .endLifetime {
                path.stack[number] = nil
            } else {
                let size = try constantLength(&path, arguments[1], location: location)
                path.stack[number] = Array(repeating: .undefined, count: size)
            }
            return nil
        case .byteSwap, .signedAddWithOverflow, .signedSubtractWithOverflow, .signedMultiplyWithOverflow,
            .unsignedAddWithOverflow, .unsignedSubtractWithOverflow, .unsignedMultiplyWithOverflow, .unsignedMinimum,
            .unsignedMaximum, .signedMinimum, .signedMaximum, .absolute, .unsignedSubtractSaturated,
            .unsignedAddSaturated, .funnelShiftLeft, .funnelShiftRight, .populationCount, .countLeadingZeros,
            .countTrailingZeros:
            var terms: [Term] = []
            for argument in arguments {
                switch argument {
                case .integer(let term): terms.append(term)
                case .undefined: return .undefined(type)
                case .pointer, .aggregate:
                    throw .unknown(reason: "an intrinsic is applied to a pointer", location: location)
                }
            }
            guard let results = InstructionSemantics.intrinsic(intrinsic, terms) else {
                throw .unknown(reason: "an intrinsic on values of this width has no model", location: location)
            }
            return results.count == 1 ? .integer(results[0]) : .aggregate(results.map(SymbolicValue.integer))
        }
    }

    private func constantLength(
        _ path: inout PathState, _ length: SymbolicValue, location: SourceLocation?
    ) throws(PathStop) -> Int {
        switch length {
        case .integer(let term):
            guard let value = term.bitVectorValue, value <= 65536 else {
                throw .unknown(reason: "memory is copied or set with a length that varies", location: location)
            }
            return Int(value)
        case .undefined:
            try fail(
                &path, .noUninitialisedMemory, "memory is copied or set with an uninitialised length",
                location: location)
        case .pointer, .aggregate:
            throw .unknown(reason: "memory is copied or set with a pointer for a length", location: location)
        }
    }

    private func storageSize(_ type: ValueType, location: SourceLocation?) throws(PathStop) -> Int {
        switch type {
        case .integer(let bits): return (bits + 7) / 8
        case .pointer: return 8
        case .void, .aggregate, .other:
            throw .unknown(reason: "a value of this type is loaded whole", location: location)
        }
    }
}
