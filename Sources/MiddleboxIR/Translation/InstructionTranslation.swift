internal import CLLVM
import Diagnostics

extension FunctionTranslator {
    /// Emits what an instruction that is neither phi nor terminator stands for; one that this IR does not have as
    /// `unsupported`.
    func translate(_ instruction: LLVMValueRef) {
        let location = information.location(of: instruction)
        let type = ValueType(LLVMTypeOf(instruction))
        func emit(_ operation: Operation) {
            self.emit(operation, type: type, to: register(of: instruction), at: location)
        }
        func unsupported() { emit(.unsupported(spelling(of: instruction))) }

        if LLVMGetInstructionOpcode(instruction) == LLVMCall { return translateCall(instruction) }
        guard type.isUnderstood,
            operands(of: instruction).allSatisfy({ ValueType(LLVMTypeOf($0)).isUnderstood })
        else { return unsupported() }

        let opcode = LLVMGetInstructionOpcode(instruction)
        if let binary = BinaryOperator(opcode) {
            return emit(.binary(binary, operand(0, of: instruction), operand(1, of: instruction)))
        }
        if let cast = CastOperator(opcode) { return emit(.cast(cast, operand(0, of: instruction))) }
        switch opcode {
        case LLVMICmp:
            guard let comparison = Comparison(LLVMGetICmpPredicate(instruction)) else { return unsupported() }
            emit(.compare(comparison, operand(0, of: instruction), operand(1, of: instruction)))
        case LLVMSelect:
            emit(
                .select(
                    condition: operand(0, of: instruction), then: operand(1, of: instruction),
                    otherwise: operand(2, of: instruction)))
        case LLVMFreeze: emit(.freeze(operand(0, of: instruction)))
        case LLVMAlloca:
            guard let bytes = allocatedBytes(instruction) else { return unsupported() }
            emit(.allocate(bytes: bytes, name: variableName(of: instruction)))
        case LLVMGetElementPtr:
            guard let steps = AddressSteps(instruction, target: target) else { return unsupported() }
            let terms = steps.scaled.map { Operation.ScaledIndex(scale: $0.scale, index: operand($0.index)) }
            emit(.address(base: operand(0, of: instruction), constant: steps.constant, terms: terms))
        case LLVMExtractValue:
            guard let path = indices(of: instruction) else { return unsupported() }
            extract(path, of: instruction, type: type, location: location)
        case LLVMInsertValue:
            guard let path = indices(of: instruction), path.count == 1 else { return unsupported() }
            emit(.insertValue(operand(0, of: instruction), value: operand(1, of: instruction), index: path[0]))
        default: unsupported()
        }
    }

    // MARK: Memory

    /// A call of `Marker.load` or `Marker.store`.
    func translateAccess(_ call: LLVMValueRef, isLoad: Bool, location: SourceLocation?) {
        let values = arguments(of: call)
        let result = register(of: call)
        func unsupported() {
            emit(.unsupported(spelling(of: call)), type: ValueType(LLVMTypeOf(call)), to: result, at: location)
        }
        guard values.count == (isLoad ? 2 : 3), let last = values.last else { return unsupported() }
        let alignment = Int(LLVMConstIntGetZExtValue(last))
        let type = isLoad ? LLVMTypeOf(call) : LLVMTypeOf(values[0])
        guard isWholeBytes(ValueType(type)) else { return unsupported() }
        if isLoad {
            load(type, from: operand(values[0]), alignment: alignment, to: result ?? newRegister(), at: location)
        } else {
            store(operand(values[0]), type: type, to: operand(values[1]), alignment: alignment, at: location)
        }
    }

    /// Whether all scalars in it fill their bytes, so that memory holds nothing but them.
    private func isWholeBytes(_ type: ValueType) -> Bool {
        switch type {
        case .void, .other: false
        case .pointer: true
        case .integer(let bits): bits % 8 == 0
        case .aggregate(let elements): elements.allSatisfy(isWholeBytes)
        }
    }

    private func allocatedBytes(_ instruction: LLVMValueRef) -> Int? {
        guard let count = LLVMGetOperand(instruction, 0), LLVMGetValueKind(count) == LLVMConstantIntValueKind,
            let count = integerValue(of: count)
        else { return nil }
        let (bytes, overflow) = count.multipliedReportingOverflow(
            by: UInt128(LLVMABISizeOfType(target, LLVMGetAllocatedType(instruction))))
        return overflow ? nil : Int(exactly: bytes)
    }

    /// The C variable that a stack slot is for. clang's own slots have names with a dot, or one of a few words.
    private func variableName(of instruction: LLVMValueRef) -> String? {
        var name = name(of: instruction)
        if name.hasSuffix(".addr") { name.removeLast(5) }
        return name.isEmpty || name.contains(".") || ["retval", "tmp", "coerce"].contains(name) ? nil : name
    }

    /// Aggregates are loaded element by element, so that no one needs to know their layout.
    private func load(
        _ type: LLVMTypeRef?, from address: Operand, alignment: Int, to result: Register, at location: SourceLocation?
    ) {
        let valueType = ValueType(type)
        let elements = valueType.elements
        guard case .aggregate = valueType else {
            return emit(.load(address, alignment: alignment), type: valueType, to: result, at: location)
        }
        var whole = Operand.undefined(valueType)
        for index in elements.indices {
            let part = newRegister()
            load(
                elementType(of: type, index), from: element(index, of: type, at: address, location), alignment: 1,
                to: part,
                at: location)
            let next = index == elements.count - 1 ? result : newRegister()
            emit(.insertValue(whole, value: .register(part), index: index), type: valueType, to: next, at: location)
            whole = .register(next)
        }
        if elements.isEmpty { emit(.freeze(whole), type: valueType, to: result, at: location) }
    }

    private func store(
        _ value: Operand, type: LLVMTypeRef?, to address: Operand, alignment: Int, at location: SourceLocation?
    ) {
        let valueType = ValueType(type)
        guard case .aggregate(let elements) = valueType else {
            return emit(
                .store(value: value, type: valueType, to: address, alignment: alignment), type: .void, to: nil,
                at: location)
        }
        for index in elements.indices {
            let part = emitValue(.extractValue(value, index: index), type: elements[index], at: location)
            store(
                part, type: elementType(of: type, index), to: element(index, of: type, at: address, location),
                alignment: 1,
                at: location)
        }
    }

    private func elementType(of type: LLVMTypeRef?, _ index: Int) -> LLVMTypeRef? {
        LLVMGetTypeKind(type) == LLVMStructTypeKind
            ? LLVMStructGetTypeAtIndex(type, UInt32(index)) : LLVMGetElementType(type)
    }

    private func element(_ index: Int, of type: LLVMTypeRef?, at address: Operand, _ location: SourceLocation?)
        -> Operand
    {
        let offset =
            LLVMGetTypeKind(type) == LLVMStructTypeKind
            ? Int(LLVMOffsetOfElement(target, type, UInt32(index)))
            : index * Int(LLVMABISizeOfType(target, LLVMGetElementType(type)))
        return emitValue(.address(base: address, constant: offset, terms: []), type: .pointer, at: location)
    }

    // MARK: Aggregates

    private func indices(of instruction: LLVMValueRef) -> [Int]? {
        guard let indices = LLVMGetIndices(instruction) else { return nil }
        return (0..<Int(LLVMGetNumIndices(instruction))).map { Int(indices[$0]) }
    }

    private func extract(_ path: [Int], of instruction: LLVMValueRef, type: ValueType, location: SourceLocation?) {
        var value = operand(0, of: instruction)
        var valueType = ValueType(LLVMTypeOf(LLVMGetOperand(instruction, 0)))
        for (depth, index) in path.enumerated() {
            let isLast = depth == path.count - 1
            guard valueType.elements.indices.contains(index) else {
                return emit(
                    .unsupported(spelling(of: instruction)), type: type, to: register(of: instruction), at: location)
            }
            valueType = valueType.elements[index]
            if isLast {
                emit(.extractValue(value, index: index), type: valueType, to: register(of: instruction), at: location)
            } else {
                value = emitValue(.extractValue(value, index: index), type: valueType, at: location)
            }
        }
    }
}

extension BinaryOperator {
    init?(_ opcode: LLVMOpcode) {
        switch opcode {
        case LLVMAdd: self = .add
        case LLVMSub: self = .subtract
        case LLVMMul: self = .multiply
        case LLVMUDiv: self = .unsignedDivide
        case LLVMURem: self = .unsignedRemainder
        case LLVMSDiv: self = .signedDivide
        case LLVMSRem: self = .signedRemainder
        case LLVMAnd: self = .and
        case LLVMOr: self = .or
        case LLVMXor: self = .xor
        case LLVMShl: self = .shiftLeft
        case LLVMLShr: self = .logicalShiftRight
        case LLVMAShr: self = .arithmeticShiftRight
        default: return nil
        }
    }
}

extension CastOperator {
    init?(_ opcode: LLVMOpcode) {
        switch opcode {
        case LLVMZExt: self = .zeroExtend
        case LLVMSExt: self = .signExtend
        case LLVMTrunc: self = .truncate
        case LLVMPtrToInt: self = .pointerToInteger
        case LLVMIntToPtr: self = .integerToPointer
        default: return nil
        }
    }
}

extension Comparison {
    init?(_ predicate: LLVMIntPredicate) {
        switch predicate {
        case LLVMIntEQ: self = .equal
        case LLVMIntNE: self = .notEqual
        case LLVMIntULT: self = .unsignedLess
        case LLVMIntULE: self = .unsignedLessOrEqual
        case LLVMIntUGT: self = .unsignedGreater
        case LLVMIntUGE: self = .unsignedGreaterOrEqual
        case LLVMIntSLT: self = .signedLess
        case LLVMIntSLE: self = .signedLessOrEqual
        case LLVMIntSGT: self = .signedGreater
        case LLVMIntSGE: self = .signedGreaterOrEqual
        default: return nil
        }
    }
}
