internal import CLLVM

/// Makes a module safe to optimise for a verifier.
///
/// LLVM's passes may assume that undefined behaviour does not happen and may remove it; a verifier must still see it.
/// So before they run, every licence to assume is taken away: no wrap, bounds and exactness flags, parameter
/// attributes, aliasing metadata. What passes may drop when unused (loads), or choose freely (uninitialised variables),
/// is held fast by calls to unknown functions, see `Marker`. What is left for the passes is arithmetic, control flow
/// and direct accesses to locals.
struct Preparation {
    let context: LLVMContextRef
    let module: LLVMModuleRef
    let target: LLVMTargetDataRef

    init(_ bitcode: BitcodeModule) {
        context = bitcode.context
        module = bitcode.module
        target = LLVMGetModuleDataLayout(bitcode.module)
    }

    private var bodies: [LLVMValueRef] {
        functions(of: module).filter { LLVMIsDeclaration($0) == 0 }
    }

    /// To be called on what clang made, before any pass.
    func beforePromotion() {
        for function in functions(of: module) where LLVMGetIntrinsicID(function) == 0 { removeAttributes(of: function) }
        for function in bodies {
            for instruction in instructions(in: function) {
                removeAssumptions(of: instruction)
                replaceAnnotation(instruction)
            }
            splitTraps(of: function)
            let promotable = LocalVariables(function: function, preparation: self).prepare()
            keepLoads(of: function, butOf: promotable)
        }
    }

    /// To be called when locals are promoted and equal loads are merged: fixes the accesses that remain, so that each
    /// is one `load` or `store` of the program.
    func afterPromotion() {
        for function in bodies {
            for instruction in instructions(in: function) {
                if calleeName(of: instruction)?.hasPrefix(Marker.keep) == true {
                    LLVMInstructionEraseFromParent(instruction)
                } else {
                    pin(instruction)
                    replaceMemoryIntrinsic(instruction)
                }
            }
        }
    }

    // MARK: Assumptions

    private static let assumptions: [UInt32] = [
        "noundef", "nonnull", "dereferenceable", "dereferenceable_or_null", "align", "noalias", "nocapture", "readonly",
        "readnone", "writeonly", "returned", "range", "writable", "nofree", "memory", "willreturn", "nosync",
        "mustprogress", "speculatable", "norecurse",
        "optnone",  // not an assumption, but the passes are to run on every function
    ].map(attributeKind)

    /// Of the function as a whole, its result, its parameters.
    private static func attributeIndices(parameters: UInt32) -> [LLVMAttributeIndex] {
        [LLVMAttributeIndex.max] + Array(0...parameters)
    }

    private func removeAttributes(of function: LLVMValueRef) {
        for index in Self.attributeIndices(parameters: LLVMCountParams(function)) {
            for kind in Self.assumptions { LLVMRemoveEnumAttributeAtIndex(function, index, kind) }
        }
    }

    func attribute(_ name: String, _ value: UInt64) -> LLVMAttributeRef? {
        LLVMCreateEnumAttribute(context, attributeKind(name), value)
    }

    private func removeAssumptions(of instruction: LLVMValueRef) {
        switch LLVMGetInstructionOpcode(instruction) {
        case LLVMAdd, LLVMSub, LLVMMul, LLVMShl:
            LLVMSetNUW(instruction, 0)
            LLVMSetNSW(instruction, 0)
        case LLVMUDiv, LLVMSDiv, LLVMLShr, LLVMAShr: LLVMSetExact(instruction, 0)
        // A constant distance, as to a field, is left in bounds: all that this tells is that the null check of a field
        // is that of its struct.
        case LLVMGetElementPtr where operands(of: instruction).dropFirst().contains { LLVMIsConstant($0) == 0 }:
            LLVMSetIsInBounds(instruction, 0)
        case LLVMCall where calleeName(of: instruction)?.hasPrefix("llvm.") != true:
            for index in Self.attributeIndices(parameters: LLVMGetNumArgOperands(instruction)) {
                for kind in Self.assumptions { LLVMRemoveCallSiteEnumAttribute(instruction, index, kind) }
            }
        default: break
        }
        var count = 0
        let entries = LLVMInstructionGetAllMetadataOtherThanDebugLoc(instruction, &count)
        defer { LLVMDisposeValueMetadataEntries(entries) }
        for index in 0..<UInt32(count) {
            let kind = LLVMValueMetadataEntriesGetKind(entries, index)
            // The list has the location in it, whatever the function's name says.
            if kind != LLVMGetMDKindIDInContext(context, "dbg", 3) { LLVMSetMetadata(instruction, kind, nil) }
        }
    }

    /// `__builtin_expect` is its argument; `__builtin_assume` becomes a call that nobody believes.
    private func replaceAnnotation(_ instruction: LLVMValueRef) {
        guard let name = calleeName(of: instruction), let value = LLVMGetOperand(instruction, 0) else { return }
        if name.hasPrefix("llvm.expect.") {
            LLVMReplaceAllUsesWith(instruction, value)
        } else if name == "llvm.assume" {
            call(marker(Marker.assume, result: nil, parameters: [LLVMTypeOf(value)]), [value], before: instruction)
        } else {
            return
        }
        LLVMInstructionEraseFromParent(instruction)
    }

    // MARK: Traps

    /// Gives each check a trap of its own: clang merges those of a kind, and with them their lines.
    private func splitTraps(of function: LLVMValueRef) {
        let builder = LLVMCreateBuilderInContext(context)
        defer { LLVMDisposeBuilder(builder) }
        for block in blocks(of: function) {
            guard let branch = LLVMGetBasicBlockTerminator(block), LLVMGetInstructionOpcode(branch) == LLVMBr else {
                continue
            }
            for index in 0..<LLVMGetNumSuccessors(branch) {
                guard let successor = LLVMGetSuccessor(branch, index), let trap = Self.trap(in: successor),
                    let copy = LLVMInstructionClone(trap)
                else { continue }
                let own = LLVMAppendBasicBlockInContext(context, function, "trap")
                LLVMPositionBuilderAtEnd(builder, own)
                LLVMInsertIntoBuilder(builder, copy)
                LLVMInstructionSetDebugLoc(copy, LLVMInstructionGetDebugLoc(branch))
                LLVMAddCallSiteAttribute(copy, .max, attribute("nomerge", 0))
                LLVMInstructionSetDebugLoc(LLVMBuildUnreachable(builder), LLVMInstructionGetDebugLoc(branch))
                LLVMSetSuccessor(branch, index, own)
            }
        }
    }

    /// The sanitizer trap that a block consists of.
    private static func trap(in block: LLVMBasicBlockRef) -> LLVMValueRef? {
        guard let first = LLVMGetFirstInstruction(block), calleeName(of: first) == "llvm.ubsantrap",
            let last = LLVMGetBasicBlockTerminator(block), LLVMGetInstructionOpcode(last) == LLVMUnreachable
        else { return nil }
        return first
    }

    // MARK: Accesses

    /// A load of which nothing is used is still an access.
    private func keepLoads(of function: LLVMValueRef, butOf promotable: Set<LLVMValueRef>) {
        for load in instructions(in: function) where LLVMGetInstructionOpcode(load) == LLVMLoad {
            guard LLVMGetVolatile(load) == 0, LLVMGetOrdering(load) == LLVMAtomicOrderingNotAtomic,
                let address = LLVMGetOperand(load, 0), !promotable.contains(base(of: address)),
                let type = LLVMTypeOf(load),
                [LLVMIntegerTypeKind, LLVMPointerTypeKind].contains(LLVMGetTypeKind(type)),
                let next = LLVMGetNextInstruction(load)
            else { continue }
            let keep = marker(Marker.keep + takeText(LLVMPrintTypeToString(type)), result: nil, parameters: [type])
            // It reads and writes memory that the program cannot see (two bits per kind of memory, the second kind):
            // nothing else waits for it.
            LLVMAddAttributeAtIndex(keep, .max, attribute("memory", 0b1100))
            LLVMAddAttributeAtIndex(keep, .max, attribute("nounwind", 0))
            LLVMAddAttributeAtIndex(keep, .max, attribute("willreturn", 0))
            call(keep, [load], before: next)
        }
    }

    /// What an address is computed from.
    private func base(of address: LLVMValueRef) -> LLVMValueRef {
        guard LLVMGetValueKind(address) == LLVMInstructionValueKind,
            LLVMGetInstructionOpcode(address) == LLVMGetElementPtr, let base = LLVMGetOperand(address, 0)
        else { return address }
        return self.base(of: base)
    }

    /// Turns a load or store that is neither volatile nor atomic into a call that passes leave alone.
    private func pin(_ access: LLVMValueRef) {
        let opcode = LLVMGetInstructionOpcode(access)
        guard opcode == LLVMLoad || opcode == LLVMStore, LLVMGetVolatile(access) == 0,
            LLVMGetOrdering(access) == LLVMAtomicOrderingNotAtomic
        else { return }
        let alignmentType = LLVMInt32TypeInContext(context)
        let alignment = LLVMConstInt(alignmentType, UInt64(LLVMGetAlignment(access)), 0)
        let address = LLVMGetOperand(access, opcode == LLVMLoad ? 0 : 1)
        if opcode == LLVMLoad, let type = LLVMTypeOf(access) {
            let load = marker(
                Marker.load + takeText(LLVMPrintTypeToString(type)), result: type,
                parameters: [LLVMTypeOf(address), alignmentType])
            LLVMReplaceAllUsesWith(access, call(load, [address, alignment], before: access))
        } else if let value = LLVMGetOperand(access, 0), let type = LLVMTypeOf(value) {
            let store = marker(
                Marker.store + takeText(LLVMPrintTypeToString(type)), result: nil,
                parameters: [type, LLVMTypeOf(address), alignmentType])
            call(store, [value, address, alignment], before: access)
        }
        LLVMInstructionEraseFromParent(access)
    }

    /// Turns a memcpy, memmove or memset that is not volatile into a call that passes leave alone.
    func replaceMemoryIntrinsic(_ instruction: LLVMValueRef) {
        guard let access = MemoryIntrinsic(instruction), !access.isVolatile else { return }
        let pointer = LLVMPointerTypeInContext(context, 0)
        let length = LLVMInt64TypeInContext(context)
        guard LLVMTypeOf(access.length) == length, LLVMTypeOf(access.destination) == pointer else { return }
        switch access.content {
        case .copied(let source):
            guard LLVMTypeOf(source) == pointer else { return }
            let copy = marker(Marker.copy, result: nil, parameters: [pointer, pointer, length])
            call(copy, [access.destination, source, access.length], before: instruction)
        case .byte(let byte):
            let fill = marker(Marker.fill, result: nil, parameters: [pointer, LLVMInt8TypeInContext(context), length])
            call(fill, [access.destination, byte, access.length], before: instruction)
        }
        LLVMInstructionEraseFromParent(instruction)
    }

    // MARK: Marker calls

    func marker(_ name: String, result: LLVMTypeRef?, parameters: [LLVMTypeRef?]) -> LLVMValueRef? {
        if let known = LLVMGetNamedFunction(module, name) { return known }
        var parameters = parameters
        let type = LLVMFunctionType(result ?? LLVMVoidTypeInContext(context), &parameters, UInt32(parameters.count), 0)
        return LLVMAddFunction(module, name, type)
    }

    @discardableResult
    func call(_ function: LLVMValueRef?, _ arguments: [LLVMValueRef?], before next: LLVMValueRef) -> LLVMValueRef? {
        let builder = LLVMCreateBuilderInContext(context)
        defer { LLVMDisposeBuilder(builder) }
        LLVMPositionBuilderBefore(builder, next)
        var arguments = arguments
        let call = LLVMBuildCall2(
            builder, LLVMGlobalGetValueType(function), function, &arguments, UInt32(arguments.count), "")
        LLVMInstructionSetDebugLoc(call, LLVMInstructionGetDebugLoc(next))
        return call
    }
}
