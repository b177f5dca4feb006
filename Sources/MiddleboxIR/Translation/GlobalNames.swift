internal import CLLVM

/// Constants as operands. Remembers which objects the code mentions.
final class GlobalNames {
    private let target: LLVMTargetDataRef?
    private let nameless: [LLVMValueRef: Int]
    /// The objects at file scope that translated code reads, writes or takes the address of.
    private(set) var mentioned: Set<LLVMValueRef> = []

    private static let mostElements = 64

    init(module: BitcodeModule) {
        target = LLVMGetModuleDataLayout(module.module)
        let without = globalVariables(of: module.module).filter { valueName(of: $0).isEmpty }
        nameless = Dictionary(uniqueKeysWithValues: without.enumerated().map { ($1, $0) })
    }

    func name(of global: LLVMValueRef) -> String {
        nameless[global].map { "@\($0)" } ?? valueName(of: global)
    }

    func constant(_ value: LLVMValueRef) -> Operand {
        let unsupported = Operand.unsupported(spelling(of: value))
        switch LLVMGetValueKind(value) {
        case LLVMConstantIntValueKind:
            guard let number = integerValue(of: value) else { return unsupported }
            return .integer(number, bits: Int(LLVMGetIntTypeWidth(LLVMTypeOf(value))))
        case LLVMConstantPointerNullValueKind: return .null
        case LLVMUndefValueValueKind, LLVMPoisonValueValueKind: return .undefined(ValueType(LLVMTypeOf(value)))
        case LLVMGlobalVariableValueKind:
            // An object of another program: nothing is known of it.
            guard LLVMIsDeclaration(value) == 0 else { return unsupported }
            mentioned.insert(value)
            return .global(name(of: value))
        case LLVMFunctionValueKind: return .function(valueName(of: value))
        case LLVMConstantExprValueKind:
            guard LLVMGetConstOpcode(value) == LLVMGetElementPtr, let base = LLVMGetOperand(value, 0),
                let offset = constantOffset(ofAddress: value, target: target)
            else { return unsupported }
            switch constant(base) {
            case .offset(let origin, let bytes): return .offset(origin, bytes: bytes + offset)
            case .unsupported: return unsupported
            case let origin: return .offset(origin, bytes: offset)
            }
        case LLVMConstantStructValueKind, LLVMConstantArrayValueKind, LLVMConstantDataArrayValueKind,
            LLVMConstantAggregateZeroValueKind:
            let count = ValueType(LLVMTypeOf(value)).elements.count
            guard count > 0, count <= Self.mostElements else { return unsupported }
            let elements = (0..<UInt32(count)).compactMap { LLVMGetAggregateElement(value, $0) }.map { constant($0) }
            return elements.count == count ? .aggregate(elements) : unsupported
        default: return unsupported
        }
    }
}

/// The free function of the same name, which the method above hides.
private func valueName(of value: LLVMValueRef) -> String { name(of: value) }
