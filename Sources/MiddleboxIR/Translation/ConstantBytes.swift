internal import CLLVM

/// The bytes of an initialiser, and where there are addresses in it.
struct ConstantBytes {
    private(set) var bytes: [UInt8]
    /// Offsets of addresses, and the globals or functions that they are in. Their bytes are left zero.
    private(set) var addresses: [(offset: Int, target: LLVMValueRef?)] = []
    /// Whether some part has no bytes in this IR.
    private(set) var isIncomplete = false
    private let target: LLVMTargetDataRef?

    init(_ constant: LLVMValueRef, target: LLVMTargetDataRef?) {
        self.target = target
        bytes = Array(repeating: 0, count: Int(LLVMABISizeOfType(target, LLVMTypeOf(constant))))
        add(constant, at: 0)
    }

    /// Whether `bytes` is all there is to know.
    var isPlain: Bool { addresses.isEmpty && !isIncomplete }

    /// The little-endian number of `count` bytes at an offset.
    func integer(at offset: Int, bytes count: Int) -> Int? {
        guard offset >= 0, count > 0, count < 8, offset + count <= bytes.count else { return nil }
        return bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    private mutating func add(_ constant: LLVMValueRef, at offset: Int) {
        let type = LLVMTypeOf(constant)
        switch LLVMGetValueKind(constant) {
        // Zero bytes are there already. Only padding is undefined, and memory at file scope starts zeroed.
        case LLVMConstantAggregateZeroValueKind, LLVMConstantPointerNullValueKind, LLVMUndefValueValueKind: break
        case LLVMConstantIntValueKind: addInteger(constant, at: offset)
        case LLVMConstantStructValueKind:
            for index in 0..<LLVMCountStructElementTypes(type) {
                guard let element = LLVMGetAggregateElement(constant, index) else { return isIncomplete = true }
                add(element, at: offset + Int(LLVMOffsetOfElement(target, type, index)))
            }
        case LLVMConstantArrayValueKind, LLVMConstantDataArrayValueKind:
            let size = Int(LLVMABISizeOfType(target, LLVMGetElementType(type)))
            for index in 0..<UInt32(LLVMGetArrayLength2(type)) {
                guard let element = LLVMGetAggregateElement(constant, index) else { return isIncomplete = true }
                add(element, at: offset + Int(index) * size)
            }
        case LLVMGlobalVariableValueKind, LLVMFunctionValueKind: addresses.append((offset, constant))
        case LLVMConstantExprValueKind: addresses.append((offset, LLVMGetOperand(constant, 0)))
        default: isIncomplete = true
        }
    }

    private mutating func addInteger(_ constant: LLVMValueRef, at offset: Int) {
        guard let value = integerValue(of: constant) else { return isIncomplete = true }
        let size = Int(LLVMStoreSizeOfType(target, LLVMTypeOf(constant)))
        for index in 0..<size { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt128(8 * index)) }
    }
}
