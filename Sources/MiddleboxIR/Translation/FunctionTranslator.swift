internal import CLLVM
import Diagnostics

/// Translates one function with a body.
final class FunctionTranslator {
    let function: LLVMValueRef
    let target: LLVMTargetDataRef?
    let context: LLVMContextRef
    let information: DebugInformation
    let globals: GlobalNames

    private var blockIndices: [LLVMBasicBlockRef: Int] = [:]
    private var registers: [LLVMValueRef: Register] = [:]
    private var registerCount = 0
    /// Parameters that are passed by value in memory: the callee's own copy.
    private var copies: [LLVMValueRef: Register] = [:]
    private var parameterIndices: [LLVMValueRef: Int] = [:]
    /// What the current block has so far.
    private var emitted: [Instruction] = []
    let reachability = Reachability()

    init(function: LLVMValueRef, module: BitcodeModule, information: DebugInformation, globals: GlobalNames) {
        self.function = function
        self.target = LLVMGetModuleDataLayout(module.module)
        self.context = module.context
        self.information = information
        self.globals = globals
    }

    func translated(lines: ClosedRange<Int>?) -> Function {
        let all = blocks(of: function)
        for (index, block) in all.enumerated() { blockIndices[block] = index }
        for index in 0..<LLVMCountParams(function) {
            if let parameter = LLVMGetParam(function, index) { parameterIndices[parameter] = Int(index) }
        }
        for block in all {
            for instruction in instructions(of: block) where hasRegister(instruction) {
                registers[instruction] = newRegister()
            }
        }
        for parameter in parameterIndices.keys where byValueType(ofParameter: parameter) != nil {
            copies[parameter] = newRegister()
        }
        let translatedBlocks = all.enumerated().map { block($1, isEntry: $0 == 0) }
        return Function(
            name: name(of: function), parameters: ParameterReader(information).parameters(of: function),
            returnType: ValueType(LLVMGetReturnType(LLVMGlobalGetValueType(function))), blocks: translatedBlocks,
            location: information.location(ofFunction: function), lines: lines, registerCount: registerCount,
            isControlOperation: isControlOperation)
    }

    /// `CONTROL_OPERATION` in `gravel/control.h` puts functions into a section of their own.
    private var isControlOperation: Bool {
        LLVMGetSection(function).map { String(cString: $0) == "gravel_operations" } ?? false
    }

    // MARK: Registers

    func newRegister() -> Register {
        defer { registerCount += 1 }
        return Register(registerCount)
    }

    /// The register that an instruction's result is in.
    func register(of instruction: LLVMValueRef) -> Register? { registers[instruction] }

    func blockID(_ block: LLVMBasicBlockRef?) -> BlockID? { block.flatMap { blockIndices[$0] }.map(BlockID.init) }

    private func hasRegister(_ instruction: LLVMValueRef) -> Bool {
        if ValueType(LLVMTypeOf(instruction)) == .void { return false }
        return calleeName(of: instruction)?.hasPrefix(Marker.uninitialised) != true
    }

    // MARK: Operands

    func operand(_ value: LLVMValueRef?) -> Operand {
        guard let value else { return .unsupported("a missing operand") }
        switch LLVMGetValueKind(value) {
        case LLVMArgumentValueKind:
            if let copy = copies[value] { return .register(copy) }
            return parameterIndices[value].map(Operand.parameter) ?? .unsupported(spelling(of: value))
        case LLVMInstructionValueKind:
            if calleeName(of: value)?.hasPrefix(Marker.uninitialised) == true {
                return .undefined(ValueType(LLVMTypeOf(value)))
            }
            return registers[value].map(Operand.register) ?? .unsupported(spelling(of: value))
        default: return globals.constant(value)
        }
    }

    func operand(_ index: UInt32, of instruction: LLVMValueRef) -> Operand {
        operand(LLVMGetOperand(instruction, index))
    }

    // MARK: Blocks

    func emit(_ operation: Operation, type: ValueType, to register: Register?, at location: SourceLocation?) {
        emitted.append(Instruction(result: register, type: type, operation: operation, location: location))
    }

    /// Emits an operation of which only this translation knows, and returns its result.
    func emitValue(_ operation: Operation, type: ValueType, at location: SourceLocation?) -> Operand {
        let register = newRegister()
        emit(operation, type: type, to: register, at: location)
        return .register(register)
    }

    private func block(_ block: LLVMBasicBlockRef, isEntry: Bool) -> Block {
        emitted = []
        if isEntry { copyByValueParameters() }
        var phis: [Block.Phi] = []
        for instruction in instructions(of: block) {
            if LLVMIsATerminatorInst(instruction) != nil {
                return Block(
                    phis: phis, instructions: emitted, terminator: terminator(instruction),
                    terminatorLocation: information.location(of: instruction))
            }
            if LLVMGetInstructionOpcode(instruction) == LLVMPHI {
                phis.append(phi(instruction))
            } else if let kind = trapKind(of: instruction) {
                return Block(
                    phis: phis, instructions: emitted, terminator: .trap(kind),
                    terminatorLocation: information.location(of: instruction) ?? branchLocation(to: block))
            } else {
                translate(instruction)
            }
        }
        return Block(
            phis: phis, instructions: emitted, terminator: .unsupported("a block without a terminator"),
            terminatorLocation: nil)
    }

    private func phi(_ instruction: LLVMValueRef) -> Block.Phi {
        var incoming: [(from: BlockID, value: Operand)] = []
        for index in 0..<LLVMCountIncoming(instruction) {
            // A switch may lead here by several cases: the value is the same for all.
            guard let from = blockID(LLVMGetIncomingBlock(instruction, index)),
                !incoming.contains(where: { $0.from == from })
            else { continue }
            incoming.append((from, operand(LLVMGetIncomingValue(instruction, index))))
        }
        return Block.Phi(
            result: registers[instruction] ?? newRegister(), type: ValueType(LLVMTypeOf(instruction)),
            incoming: incoming)
    }

    private func trapKind(of instruction: LLVMValueRef) -> TrapKind? {
        switch calleeName(of: instruction) {
        case "llvm.ubsantrap":
            LLVMGetOperand(instruction, 0).map { TrapKind(handler: Int(LLVMConstIntGetZExtValue($0))) }
        case "llvm.trap": .explicit
        default: nil
        }
    }

    private func branchLocation(to block: LLVMBasicBlockRef) -> SourceLocation? {
        users(of: LLVMBasicBlockAsValue(block)).lazy.compactMap { self.information.location(of: $0) }.first
    }

    private func terminator(_ instruction: LLVMValueRef) -> Terminator {
        let unsupported = Terminator.unsupported(spelling(of: instruction))
        switch LLVMGetInstructionOpcode(instruction) {
        case LLVMRet:
            guard let value = LLVMGetNumOperands(instruction) == 1 ? LLVMGetOperand(instruction, 0) : nil else {
                return .return(nil)
            }
            return ValueType(LLVMTypeOf(value)).isUnderstood ? .return(operand(value)) : unsupported
        case LLVMBr:
            guard let then = blockID(LLVMGetSuccessor(instruction, 0)) else { return unsupported }
            guard LLVMIsConditional(instruction) != 0 else { return .jump(then) }
            guard let otherwise = blockID(LLVMGetSuccessor(instruction, 1)) else { return unsupported }
            return .branch(condition: operand(LLVMGetCondition(instruction)), then: then, otherwise: otherwise)
        case LLVMSwitch:
            guard ValueType(LLVMTypeOf(LLVMGetOperand(instruction, 0))).isUnderstood,
                let fallback = blockID(LLVMGetSwitchDefaultDest(instruction))
            else { return unsupported }
            var cases: [(value: UInt128, target: BlockID)] = []
            for index in 1..<LLVMGetNumSuccessors(instruction) {
                // Operands: the value, the default, then a constant and a block a case.
                guard let value = LLVMGetOperand(instruction, 2 * index).flatMap(integerValue(of:)),
                    let target = blockID(LLVMGetSuccessor(instruction, index))
                else { return unsupported }
                cases.append((value, target))
            }
            return .switch(value: operand(0, of: instruction), cases: cases, fallback: fallback)
        case LLVMUnreachable: return .unreachable
        default: return unsupported
        }
    }

    // MARK: Parameters passed by value in memory

    private func byValueType(ofParameter parameter: LLVMValueRef) -> LLVMTypeRef? {
        guard let index = parameterIndices[parameter] else { return nil }
        let attribute = LLVMGetEnumAttributeAtIndex(
            function, UInt32(index) + 1, attributeKind("byval"))
        return attribute.flatMap { LLVMGetTypeAttributeValue($0) }
    }

    /// A `byval` pointer stands for a copy that the callee may change: the copy is made here.
    private func copyByValueParameters() {
        for (parameter, copy) in copies.sorted(by: { $0.value.index < $1.value.index }) {
            guard let type = byValueType(ofParameter: parameter), let index = parameterIndices[parameter] else {
                continue
            }
            let bytes = LLVMABISizeOfType(target, type)
            emit(.allocate(bytes: Int(bytes), name: name(of: parameter)), type: .pointer, to: copy, at: nil)
            emit(
                .call(
                    .intrinsic(.copyMemory), [.register(copy), .parameter(index), .integer(UInt128(bytes), bits: 64)]),
                type: .void, to: nil, at: nil)
        }
    }
}
