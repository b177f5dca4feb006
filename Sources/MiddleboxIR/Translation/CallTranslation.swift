internal import CLLVM
import Diagnostics

extension FunctionTranslator {
    func translateCall(_ call: LLVMValueRef) {
        let location = information.location(of: call)
        let type = ValueType(LLVMTypeOf(call))
        let values = arguments(of: call)
        let name = calleeName(of: call)
        func emit(_ operation: Operation) { self.emit(operation, type: type, to: register(of: call), at: location) }
        func unsupported() { emit(.unsupported(spelling(of: call))) }

        if let name, Self.isWithoutEffect(name) { return }
        if let name, name.hasPrefix("llvm.lifetime.") { return translateLifetime(call, location: location) }
        guard type.isUnderstood, values.allSatisfy({ ValueType(LLVMTypeOf($0)).isUnderstood }),
            LLVMGetNumOperandBundles(call) == 0, let callee = LLVMGetCalledValue(call)
        else { return unsupported() }
        switch name {
        case Marker.copy?: return emit(.call(.intrinsic(.copyMemory), values.map { operand($0) }))
        case Marker.fill?: return emit(.call(.intrinsic(.setMemory), values.map { operand($0) }))
        case Marker.assume?: return emit(.unsupported("__builtin_assume"))
        case nil: break
        case let name? where name.hasPrefix(Marker.load) || name.hasPrefix(Marker.store):
            return translateAccess(call, isLoad: name.hasPrefix(Marker.load), location: location)
        case let name?:
            if name.hasPrefix("llvm.") { return translateIntrinsic(call, name: name, location: location) }
            // A call by another type than the definition's, as old C allows.
            guard LLVMGlobalGetValueType(callee) == LLVMGetCalledFunctionType(call) else { return unsupported() }
            let isDeclaration = LLVMIsDeclaration(callee) != 0
            // The callee's copy of a by-value argument is made by a translated body only.
            if isDeclaration && passesMemoryByValue(call) { return unsupported() }
            return emit(.call(isDeclaration ? .external(name) : .function(name), values.map { operand($0) }))
        }
        if LLVMIsAInlineAsm(callee) != nil {
            return emit(.call(.assembly(spelling(of: callee)), values.map { operand($0) }))
        }
        emit(.call(.indirect(operand(callee)), values.map { operand($0) }))
    }

    /// Markers that have served, and intrinsics that only inform the optimiser.
    private static func isWithoutEffect(_ name: String) -> Bool {
        name == Marker.escape || name.hasPrefix(Marker.uninitialised) || name.hasPrefix(Marker.keep)
            || name.hasPrefix("llvm.dbg.") || name == "llvm.experimental.noalias.scope.decl" || name == "llvm.donothing"
    }

    private func passesMemoryByValue(_ call: LLVMValueRef) -> Bool {
        let kind = attributeKind("byval")
        return (0..<LLVMGetNumArgOperands(call)).contains { LLVMGetCallSiteEnumAttribute(call, $0 + 1, kind) != nil }
    }

    // MARK: Intrinsics

    private func translateIntrinsic(_ call: LLVMValueRef, name: String, location: SourceLocation?) {
        let type = ValueType(LLVMTypeOf(call))
        let values = arguments(of: call)
        let result = register(of: call)
        guard let (intrinsic, count, poison) = Intrinsic.named(name), values.count >= count else {
            return emit(.unsupported(spelling(of: call)), type: type, to: result, at: location)
        }
        let computation = Operation.call(.intrinsic(intrinsic), values.prefix(count).map { operand($0) })
        guard let poison, values.count > count, LLVMConstIntGetZExtValue(values[count]) != 0,
            case .integer(let bits) = type
        else { return emit(computation, type: type, to: result, at: location) }
        // The intrinsic says that it has no result for one value of its argument.
        let excluded: UInt128 = poison == .zero ? 0 : 1 << UInt128(bits - 1)
        let value = emitValue(computation, type: type, at: location)
        let isExcluded = emitValue(
            .compare(.equal, operand(values[0]), .integer(excluded, bits: bits)), type: .integer(bits: 1), at: location)
        emit(
            .select(condition: isExcluded, then: .undefined(type), otherwise: value), type: type, to: result,
            at: location)
    }

    // MARK: Lifetimes

    /// This is told only where it can be seen: where a start may be met a second time, and where something may still use
    /// memory after an end.
    private func translateLifetime(_ call: LLVMValueRef, location: SourceLocation?) {
        let values = arguments(of: call)
        guard values.count == 2, let block = LLVMGetInstructionParent(call) else {
            return emit(.unsupported(spelling(of: call)), type: .void, to: nil, at: location)
        }
        let isStart = calleeName(of: call)?.hasPrefix("llvm.lifetime.start") == true
        let matters = isStart ? reachability.isOnCycle(block) : reachability.mayUseMemory(after: call)
        guard matters else { return }
        var size = operand(values[0])
        if case .integer(let bytes, _) = size, bytes > UInt128(Int64.max) {
            // A size of -1 means the whole object.
            guard let local = LLVMGetAllocatedType(values[1]) else {
                return emit(.unsupported(spelling(of: call)), type: .void, to: nil, at: location)
            }
            size = .integer(UInt128(LLVMABISizeOfType(target, local)), bits: 64)
        }
        emit(
            .call(.intrinsic(isStart ? .startLifetime : .endLifetime), [operand(values[1]), size]),
            type: .void, to: nil, at: location)
    }
}
