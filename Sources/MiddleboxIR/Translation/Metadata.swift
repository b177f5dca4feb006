internal import CLLVM
import Foundation

/// A node of the debug information, and the fields that LLVM's C API has no function for.
///
/// Fields are reached by their position among the node's operands, which is part of the bitcode's layout in LLVM 19;
/// scalars that are not operands (an enumerator's value, an integer's encoding) from LLVM's spelling of the node.
struct Metadata: Hashable {
    let reference: LLVMMetadataRef
    let context: LLVMContextRef

    init(_ reference: LLVMMetadataRef, in context: LLVMContextRef) {
        self.reference = reference
        self.context = context
    }

    private var value: LLVMValueRef? { LLVMMetadataAsValue(context, reference) }

    var kind: UInt32 { LLVMGetMetadataKind(reference) }

    /// The DWARF tag, such as 0x13 for a struct.
    var tag: UInt16 { LLVMGetDINodeTag(reference) }

    private var operands: [LLVMValueRef?] {
        let count = Int(LLVMGetMDNodeNumOperands(value))
        guard count > 0 else { return [] }
        return Array(
            unsafeUninitializedCapacity: count,
            initializingWith: { buffer, initialised in
                buffer.initialize(repeating: nil)
                LLVMGetMDNodeOperands(value, buffer.baseAddress)
                initialised = count
            })
    }

    /// All operands that are metadata nodes.
    var nodes: [Metadata] { operands.indices.compactMap { node($0) } }

    /// All operands, nil where there is none (as `void` in a list of types).
    var elements: [Metadata?] { operands.indices.map { node($0) } }

    func node(_ index: Int) -> Metadata? {
        let all = operands
        guard all.indices.contains(index), let operand = all[index],
            LLVMGetValueKind(operand) == LLVMMetadataAsValueValueKind, let reference = LLVMValueAsMetadata(operand)
        else { return nil }
        return Metadata(reference, in: context)
    }

    func integer(_ index: Int) -> Int? {
        let all = operands
        guard all.indices.contains(index), let operand = all[index],
            LLVMGetValueKind(operand) == LLVMConstantIntValueKind
        else { return nil }
        return Int(LLVMConstIntGetSExtValue(operand))
    }

    func string(_ index: Int) -> String? {
        let all = operands
        guard all.indices.contains(index), let operand = all[index] else { return nil }
        var length: UInt32 = 0
        guard let text = LLVMGetMDString(operand, &length) else { return nil }
        return String(decoding: UnsafeRawBufferPointer(start: text, count: Int(length)), as: UTF8.self)
    }

    /// The value of `field: …` in LLVM's spelling, for fields that are numbers or keywords.
    func spelled(_ field: String) -> String? {
        let text = takeText(LLVMPrintValueToString(value))
        guard let start = text.range(of: " \(field): ") ?? text.range(of: "(\(field): ") else { return nil }
        return String(text[start.upperBound...].prefix { $0 != "," && $0 != ")" })
    }
}

extension Metadata {
    /// The name of a type; empty when it has none.
    var typeName: String {
        var length = 0
        guard let text = LLVMDITypeGetName(reference, &length) else { return "" }
        return String(decoding: UnsafeRawBufferPointer(start: text, count: length), as: UTF8.self)
    }

    /// In bytes, of a type.
    var bytes: Int { Int(LLVMDITypeGetSizeInBits(reference) / 8) }

    /// The path of a `DIFile` and the directory it is relative to.
    var file: (path: String, directory: String) {
        var length: UInt32 = 0
        let path = LLVMDIFileGetFilename(reference, &length).map {
            String(decoding: UnsafeRawBufferPointer(start: $0, count: Int(length)), as: UTF8.self)
        }
        let directory = LLVMDIFileGetDirectory(reference, &length).map {
            String(decoding: UnsafeRawBufferPointer(start: $0, count: Int(length)), as: UTF8.self)
        }
        return (path ?? "", directory ?? "")
    }
}
