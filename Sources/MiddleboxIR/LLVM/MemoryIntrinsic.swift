internal import CLLVM

/// A call of llvm.memcpy, llvm.memmove or llvm.memset.
struct MemoryIntrinsic {
    enum Content {
        /// From this address.
        case copied(LLVMValueRef)
        case byte(LLVMValueRef)
    }

    let destination: LLVMValueRef
    let content: Content
    let length: LLVMValueRef
    let isVolatile: Bool

    init?(_ instruction: LLVMValueRef) {
        guard let name = calleeName(of: instruction) else { return nil }
        let isCopy = name.hasPrefix("llvm.memcpy.") || name.hasPrefix("llvm.memmove.")
        guard isCopy || name.hasPrefix("llvm.memset.") else { return nil }
        let operands = arguments(of: instruction)
        guard operands.count == 4 else { return nil }
        destination = operands[0]
        content = isCopy ? .copied(operands[1]) : .byte(operands[1])
        length = operands[2]
        isVolatile = LLVMConstIntGetZExtValue(operands[3]) != 0
    }
}
