internal import CLLVM

/// What can be executed after what, in one function.
final class Reachability {
    private var reachable: [LLVMBasicBlockRef: Set<LLVMBasicBlockRef>] = [:]

    /// The blocks that may be executed after the end of this one.
    private func after(_ block: LLVMBasicBlockRef) -> Set<LLVMBasicBlockRef> {
        if let known = reachable[block] { return known }
        var seen: Set<LLVMBasicBlockRef> = []
        var open = successors(of: block)
        while let next = open.popLast() {
            if seen.insert(next).inserted { open += successors(of: next) }
        }
        reachable[block] = seen
        return seen
    }

    func isOnCycle(_ block: LLVMBasicBlockRef) -> Bool { after(block).contains(block) }

    /// Whether a load, a store or a call may be executed after this instruction.
    func mayUseMemory(after instruction: LLVMValueRef) -> Bool {
        guard let block = LLVMGetInstructionParent(instruction) else { return true }
        let rest = instructions(of: block).drop { $0 != instruction }.dropFirst()
        return rest.contains(where: Self.mayUseMemory)
            || after(block).contains { instructions(of: $0).contains(where: Self.mayUseMemory) }
    }

    private static func mayUseMemory(_ instruction: LLVMValueRef) -> Bool {
        switch LLVMGetInstructionOpcode(instruction) {
        case LLVMLoad, LLVMStore: true
        case LLVMCall:
            calleeName(of: instruction).map { !$0.hasPrefix("llvm.lifetime.") && !$0.hasPrefix("llvm.ubsantrap") }
                ?? true
        case LLVMInvoke, LLVMCallBr, LLVMAtomicCmpXchg, LLVMAtomicRMW, LLVMVAArg: true
        default: false
        }
    }
}
