internal import CLLVM
import Foundation

// Lists of what a module contains. Taken at once, so that the module may be changed while they are walked.

func functions(of module: LLVMModuleRef) -> [LLVMValueRef] {
    chain(LLVMGetFirstFunction(module), LLVMGetNextFunction)
}

func globalVariables(of module: LLVMModuleRef) -> [LLVMValueRef] {
    chain(LLVMGetFirstGlobal(module), LLVMGetNextGlobal)
}

func blocks(of function: LLVMValueRef) -> [LLVMBasicBlockRef] {
    chain(LLVMGetFirstBasicBlock(function), LLVMGetNextBasicBlock)
}

func instructions(of block: LLVMBasicBlockRef) -> [LLVMValueRef] {
    chain(LLVMGetFirstInstruction(block), LLVMGetNextInstruction)
}

/// All instructions of a function.
func instructions(in function: LLVMValueRef) -> [LLVMValueRef] {
    blocks(of: function).flatMap { instructions(of: $0) }
}

func users(of value: LLVMValueRef) -> [LLVMValueRef] {
    chain(LLVMGetFirstUse(value), LLVMGetNextUse).compactMap { LLVMGetUser($0) }
}

func operands(of user: LLVMValueRef) -> [LLVMValueRef] {
    (0..<UInt32(max(0, LLVMGetNumOperands(user)))).compactMap { LLVMGetOperand(user, $0) }
}

/// The arguments of a call, without the callee.
func arguments(of call: LLVMValueRef) -> [LLVMValueRef] {
    (0..<LLVMGetNumArgOperands(call)).compactMap { LLVMGetOperand(call, $0) }
}

func successors(of block: LLVMBasicBlockRef) -> [LLVMBasicBlockRef] {
    guard let terminator = LLVMGetBasicBlockTerminator(block) else { return [] }
    return (0..<LLVMGetNumSuccessors(terminator)).compactMap { LLVMGetSuccessor(terminator, $0) }
}

func name(of value: LLVMValueRef) -> String {
    var length = 0
    guard let text = LLVMGetValueName2(value, &length) else { return "" }
    return String(decoding: UnsafeRawBufferPointer(start: text, count: length), as: UTF8.self)
}

/// The name of the function that a call calls by name.
func calleeName(of instruction: LLVMValueRef) -> String? {
    guard LLVMGetInstructionOpcode(instruction) == LLVMCall, let callee = LLVMGetCalledValue(instruction),
        LLVMGetValueKind(callee) == LLVMFunctionValueKind
    else { return nil }
    return name(of: callee)
}

/// LLVM's number of an attribute of functions or parameters.
func attributeKind(_ name: String) -> UInt32 { LLVMGetEnumAttributeKindForName(name, name.utf8.count) }

/// A string that LLVM allocated, and which is freed here.
func takeText(_ text: UnsafeMutablePointer<CChar>?) -> String {
    guard let text else { return "" }
    defer { LLVMDisposeMessage(text) }
    return String(cString: text)
}

/// LLVM's spelling of a value, without the metadata at its end.
func spelling(of value: LLVMValueRef) -> String {
    let text = takeText(LLVMPrintValueToString(value)).drop { $0 == " " }
    let withoutMetadata = text.components(separatedBy: ", !").first ?? String(text)
    return withoutMetadata.trimmingCharacters(in: .whitespacesAndNewlines)
}

private func chain(_ first: OpaquePointer?, _ next: (OpaquePointer?) -> OpaquePointer?) -> [OpaquePointer] {
    var result: [OpaquePointer] = []
    var current = first
    while let element = current {
        result.append(element)
        current = next(element)
    }
    return result
}
