internal import CLLVM

/// Decides which locals of one function may live in registers, and makes their initial content visible.
///
/// A local that is only read and written directly, in bounds, may be promoted; at the place where its lifetime starts,
/// it is set to a value that passes know nothing about. (Left alone, they would choose a convenient value for an
/// uninitialised variable.) Every other local stays in memory, where the executor checks each access.
struct LocalVariables {
    let function: LLVMValueRef
    let preparation: Preparation

    /// Locals of more parts than this stay in memory.
    private static let mostParts = 64

    /// Returns the locals that may be promoted.
    func prepare() -> Set<LLVMValueRef> {
        let locals = instructions(in: function).filter { LLVMGetInstructionOpcode($0) == LLVMAlloca }
        guard let entry = LLVMGetEntryBasicBlock(function) else { return [] }
        let afterLocals = instructions(of: entry).first { LLVMGetInstructionOpcode($0) != LLVMAlloca }
        guard let afterLocals else { return [] }
        var promotable: Set<LLVMValueRef> = []
        for local in locals {
            if LLVMIsConstant(LLVMGetOperand(local, 0)) != 0, LLVMGetInstructionParent(local) == entry,
                let parts = parts(of: LLVMGetAllocatedType(local)),
                isDirect(local, size: size(of: LLVMGetAllocatedType(local)))
            {
                initialise(local, parts: parts, afterLocals: afterLocals)
                promotable.insert(local)
            } else {
                keepInMemory(
                    local,
                    before: LLVMGetInstructionParent(local) == entry ? afterLocals : LLVMGetNextInstruction(local))
            }
        }
        return promotable
    }

    private func size(of type: LLVMTypeRef?) -> Int { Int(LLVMABISizeOfType(preparation.target, type)) }

    private func keepInMemory(_ local: LLVMValueRef, before next: LLVMValueRef?) {
        guard let next else { return }
        preparation.call(
            preparation.marker(Marker.escape, result: nil, parameters: [LLVMTypeOf(local)]), [local], before: next)
        for instruction in users(of: local) { preparation.replaceMemoryIntrinsic(instruction) }
    }

    // MARK: Which ones

    /// Whether every use of the address is an access to the `size` bytes from it on, or the start or end of the
    /// lifetime.
    private func isDirect(_ address: LLVMValueRef, size limit: Int) -> Bool {
        users(of: address).allSatisfy { user in
            switch LLVMGetInstructionOpcode(user) {
            case LLVMLoad: size(of: LLVMTypeOf(user)) <= limit
            case LLVMStore:
                LLVMGetOperand(user, 0) != address && size(of: LLVMTypeOf(LLVMGetOperand(user, 0))) <= limit
            case LLVMGetElementPtr:
                switch constantOffset(ofAddress: user, target: preparation.target) {
                case let offset? where offset >= 0 && offset <= limit: isDirect(user, size: limit - offset)
                default: false
                }
            case LLVMCall: isDirectCall(user, of: address, limit: limit)
            default: false
            }
        }
    }

    private func isDirectCall(_ call: LLVMValueRef, of address: LLVMValueRef, limit: Int) -> Bool {
        if let access = MemoryIntrinsic(call) {
            guard !access.isVolatile, LLVMIsConstant(access.length) != 0,
                LLVMConstIntGetZExtValue(access.length) <= limit
            else { return false }
            switch access.content {
            // Both sides are looked at, each as a local of its own; another object must be seen to be read or written
            // whole.
            case .copied(let source):
                let length = LLVMConstIntGetZExtValue(access.length)
                return [access.destination, source].allSatisfy { $0 == address || isLocalOrConstant($0, bytes: length) }
            case .byte: return true
            }
        }
        let name = calleeName(of: call) ?? ""
        return name.hasPrefix("llvm.lifetime.")
    }

    private func isLocalOrConstant(_ address: LLVMValueRef, bytes: UInt64) -> Bool {
        switch LLVMGetValueKind(address) {
        case LLVMGlobalVariableValueKind:
            LLVMIsGlobalConstant(address) != 0 && bytes <= size(of: LLVMGlobalGetValueType(address))
        case LLVMInstructionValueKind: LLVMGetInstructionOpcode(address) == LLVMAlloca
        default: false
        }
    }

    /// The scalars that a type consists of with their offsets; nil when there are too many or some are not understood.
    private func parts(of type: LLVMTypeRef?, at offset: Int = 0) -> [(offset: Int, type: LLVMTypeRef)]? {
        guard let type else { return nil }
        switch LLVMGetTypeKind(type) {
        case LLVMStructTypeKind:
            var all: [(offset: Int, type: LLVMTypeRef)] = []
            for index in 0..<LLVMCountStructElementTypes(type) {
                let place = offset + Int(LLVMOffsetOfElement(preparation.target, type, index))
                guard let parts = parts(of: LLVMStructGetTypeAtIndex(type, index), at: place) else { return nil }
                all += parts
                if all.count > Self.mostParts { return nil }
            }
            return all
        case LLVMArrayTypeKind:
            guard let element = LLVMGetElementType(type), LLVMGetArrayLength2(type) <= Self.mostParts else {
                return nil
            }
            var all: [(offset: Int, type: LLVMTypeRef)] = []
            for index in 0..<Int(LLVMGetArrayLength2(type)) {
                guard let parts = parts(of: element, at: offset + index * size(of: element)) else { return nil }
                all += parts
                if all.count > Self.mostParts { return nil }
            }
            return all
        case LLVMVoidTypeKind, LLVMFunctionTypeKind, LLVMLabelTypeKind, LLVMMetadataTypeKind, LLVMTokenTypeKind:
            return nil
        default: return [(offset, type)]
        }
    }

    // MARK: Initial content

    private func initialise(
        _ local: LLVMValueRef, parts: [(offset: Int, type: LLVMTypeRef)], afterLocals: LLVMValueRef
    ) {
        let starts = users(of: local).filter { calleeName(of: $0)?.hasPrefix("llvm.lifetime.start") == true }
            .compactMap { LLVMGetNextInstruction($0) }
        let places = starts.isEmpty ? [afterLocals] : starts
        let builder = LLVMCreateBuilderInContext(preparation.context)
        defer { LLVMDisposeBuilder(builder) }
        for part in parts {
            let spelling = takeText(LLVMPrintTypeToString(part.type))
            let unknown = preparation.call(
                preparation.marker(Marker.uninitialised + spelling, result: part.type, parameters: []), [],
                before: afterLocals)
            for place in places {
                // The marker itself was put before `afterLocals`, so that it comes before every store of it.
                LLVMPositionBuilderBefore(builder, place)
                var offset = LLVMConstInt(LLVMInt64TypeInContext(preparation.context), UInt64(part.offset), 0)
                let address = LLVMBuildGEP2(builder, LLVMInt8TypeInContext(preparation.context), local, &offset, 1, "")
                LLVMSetAlignment(LLVMBuildStore(builder, unknown, address), 1)
            }
        }
    }
}

/// The distance in bytes between the result of an address computation and its base, if it is constant.
func constantOffset(ofAddress address: LLVMValueRef, target: LLVMTargetDataRef?) -> Int? {
    guard let steps = AddressSteps(address, target: target), steps.scaled.isEmpty else { return nil }
    return steps.constant
}
