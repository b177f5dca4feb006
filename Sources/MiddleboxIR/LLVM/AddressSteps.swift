internal import CLLVM

/// What `getelementptr`, as an instruction or a constant, adds to its base, in bytes.
struct AddressSteps {
    private(set) var constant = 0
    private(set) var scaled: [(scale: Int, index: LLVMValueRef)] = []

    /// Nil for what this IR does not have: vectors of addresses, indices of more than 64 bits, offsets beyond 63 bits.
    init?(_ address: LLVMValueRef, target: LLVMTargetDataRef?) {
        guard LLVMGetTypeKind(LLVMTypeOf(address)) == LLVMPointerTypeKind else { return nil }
        var type = LLVMGetGEPSourceElementType(address)
        for (position, index) in operands(of: address).dropFirst().enumerated() {
            guard LLVMGetTypeKind(LLVMTypeOf(index)) == LLVMIntegerTypeKind,
                LLVMGetIntTypeWidth(LLVMTypeOf(index)) <= 64
            else { return nil }
            if position == 0 {
                guard add(index, scale: LLVMABISizeOfType(target, type)) else { return nil }
                continue
            }
            guard let container = type else { return nil }
            switch LLVMGetTypeKind(container) {
            case LLVMStructTypeKind:
                let field = UInt32(truncatingIfNeeded: LLVMConstIntGetZExtValue(index))
                guard add(LLVMOffsetOfElement(target, container, field)) else { return nil }
                type = LLVMStructGetTypeAtIndex(container, field)
            case LLVMArrayTypeKind:
                type = LLVMGetElementType(container)
                guard add(index, scale: LLVMABISizeOfType(target, type)) else { return nil }
            default: return nil
            }
        }
    }

    private mutating func add(_ bytes: UInt64) -> Bool {
        guard let bytes = Int(exactly: bytes) else { return false }
        let (sum, overflow) = constant.addingReportingOverflow(bytes)
        constant = sum
        return !overflow
    }

    private mutating func add(_ index: LLVMValueRef, scale: UInt64) -> Bool {
        guard let scale = Int(exactly: scale) else { return false }
        guard LLVMGetValueKind(index) == LLVMConstantIntValueKind else {
            if LLVMIsConstant(index) != 0 { return false }
            scaled.append((scale, index))
            return true
        }
        let (product, tooLarge) = Int(LLVMConstIntGetSExtValue(index)).multipliedReportingOverflow(by: scale)
        let (sum, overflow) = constant.addingReportingOverflow(product)
        constant = sum
        return !tooLarge && !overflow
    }
}
