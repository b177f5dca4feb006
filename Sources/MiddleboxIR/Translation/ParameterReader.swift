internal import CLLVM

/// Matches the parameters of an LLVM function with those that C declares.
///
/// They differ where the calling convention has its say: a struct that is returned in memory is a first, hidden
/// parameter; a small struct arrives as one or two integers named `x.coerce`, or `x.coerce0` and `x.coerce1`; an empty
/// struct does not arrive at all.
struct ParameterReader {
    private let information: DebugInformation

    init(_ information: DebugInformation) { self.information = information }

    func parameters(of function: LLVMValueRef) -> [Function.Parameter] {
        let values = (0..<LLVMCountParams(function)).compactMap { LLVMGetParam(function, $0) }
        let types = cTypes(of: values, in: function)
        return values.enumerated().map { index, value in
            Function.Parameter(
                name: Self.nameInC(of: value), type: ValueType(LLVMTypeOf(value)), cType: types.map { $0[index] } ?? nil
            )
        }
    }

    /// Nil when the two lists do not fit together.
    private func cTypes(of values: [LLVMValueRef], in function: LLVMValueRef) -> [CType?]? {
        guard let signature = information.signature(ofFunction: function) else { return nil }
        var declared = signature.parameters.filter { $0.size > 0 }[...]
        var types: [CType?] = []
        var coerced: (name: String, type: CType)?
        for (index, value) in values.enumerated() {
            if LLVMGetEnumAttributeAtIndex(function, UInt32(index) + 1, Self.returnedInMemory) != nil {
                types.append(.pointer(signature.result))
                continue
            }
            let isCoerced = name(of: value).contains(".coerce")
            if isCoerced, let known = coerced, known.name == Self.nameInC(of: value) {
                types.append(known.type)
                continue
            }
            guard let type = declared.popFirst() else { return nil }
            coerced = isCoerced ? (Self.nameInC(of: value), type) : nil
            types.append(type)
        }
        return declared.isEmpty ? types : nil
    }

    private static let returnedInMemory = attributeKind("sret")

    private static func nameInC(of value: LLVMValueRef) -> String {
        String(name(of: value).prefix { $0 != "." })
    }
}
