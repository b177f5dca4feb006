internal import CLLVM

extension ValueType {
    /// Aggregates of more elements are not taken apart.
    private static let mostElements: UInt64 = 64

    init(_ type: LLVMTypeRef?) {
        guard let type else {
            self = .void
            return
        }
        switch LLVMGetTypeKind(type) {
        case LLVMVoidTypeKind: self = .void
        case LLVMIntegerTypeKind where LLVMGetIntTypeWidth(type) <= 128:
            self = .integer(bits: Int(LLVMGetIntTypeWidth(type)))
        case LLVMPointerTypeKind where LLVMGetPointerAddressSpace(type) == 0: self = .pointer
        case LLVMStructTypeKind where LLVMIsOpaqueStruct(type) == 0:
            self = .aggregate(
                (0..<LLVMCountStructElementTypes(type)).map { ValueType(LLVMStructGetTypeAtIndex(type, $0)) })
        case LLVMArrayTypeKind where LLVMGetArrayLength2(type) <= Self.mostElements:
            let element = ValueType(LLVMGetElementType(type))
            self = .aggregate(Array(repeating: element, count: Int(LLVMGetArrayLength2(type))))
        default: self = .other(takeText(LLVMPrintTypeToString(type)))
        }
    }

    /// Whether this IR can compute with such values.
    var isUnderstood: Bool {
        switch self {
        case .void, .integer, .pointer: true
        case .aggregate(let elements): elements.allSatisfy(\.isUnderstood)
        case .other: false
        }
    }

    /// The elements of an aggregate; empty for others.
    var elements: [ValueType] {
        if case .aggregate(let elements) = self { elements } else { [] }
    }
}

/// The value of a `ConstantInt` of up to 128 bits.
func integerValue(of constant: LLVMValueRef) -> UInt128? {
    let width = LLVMGetIntTypeWidth(LLVMTypeOf(constant))
    if width <= 64 { return UInt128(LLVMConstIntGetZExtValue(constant)) }
    guard width <= 128, let digits = takeText(LLVMPrintValueToString(constant)).split(separator: " ").last,
        let value = Int128(digits)
    else { return nil }
    let bits = UInt128(bitPattern: value)
    return width == 128 ? bits : bits & ((UInt128(1) << UInt128(width)) - 1)
}
