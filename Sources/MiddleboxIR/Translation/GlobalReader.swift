internal import CLLVM
import Diagnostics

/// Reads the objects at file scope.
struct GlobalReader {
    let module: BitcodeModule
    let information: DebugInformation
    let names: GlobalNames

    /// The objects of the program: those that C declares or the code mentions, without the storage that only a map or
    /// pool points to.
    func globals() -> [Global] {
        var storage: Set<LLVMValueRef> = []
        var found: [(value: LLVMValueRef, global: Global)] = []
        for value in globalVariables(of: module.module) where LLVMIsDeclaration(value) == 0 {
            let variable = information.variable(ofGlobal: value)
            // Without a declaration it is a string literal, an initialiser's copy, or a sanitizer's table.
            if variable == nil && !names.mentioned.contains(value) { continue }
            let bytes = LLVMGetInitializer(value).map { ConstantBytes($0, target: target) }
            let global = global(value, variable: variable, bytes: bytes)
            switch global.kind {
            case .map, .pool: storage.formUnion((bytes?.addresses ?? []).compactMap(\.target))
            case .configuration, .plain: break
            }
            found.append((value, global))
        }
        return found.filter { !storage.contains($0.value) || names.mentioned.contains($0.value) }.map(\.global)
            .sorted { ($0.location?.line ?? .max, $0.name) < ($1.location?.line ?? .max, $1.name) }
    }

    private var target: LLVMTargetDataRef? { LLVMGetModuleDataLayout(module.module) }

    private func global(
        _ value: LLVMValueRef, variable: (type: CType, location: SourceLocation?)?, bytes: ConstantBytes?
    ) -> Global {
        let size = Int(LLVMABISizeOfType(target, LLVMGlobalGetValueType(value)))
        let type =
            variable?.type ?? .array(element: .integer(name: "unsigned char", bytes: 1, isSigned: false), count: size)
        let kind = Self.kind(of: type, bytes: bytes, isConstant: LLVMIsGlobalConstant(value) != 0)
        var initialBytes: [UInt8]?
        if case .plain = kind, let bytes, bytes.isPlain { initialBytes = bytes.bytes }
        return Global(
            name: names.name(of: value), kind: kind, type: type, size: size, initialBytes: initialBytes,
            location: variable?.location)
    }

    /// Maps and pools are known by the shape that the macros of `gravel/map.h` and `gravel/pool.h` give them.
    private static func kind(of type: CType, bytes: ConstantBytes?, isConstant: Bool) -> Global.Kind {
        guard case .structure(let structure) = type.underlying else { return .plain(isConstant: isConstant) }
        if structure.name == "configuration" { return .configuration }
        if structure.name == "pool", let capacity = capacity(in: structure, at: 0, bytes) {
            return .pool(capacity: capacity)
        }
        guard structure.fields.count == 3, structure.fields.map(\.name) == ["map", "key", "value"],
            case .structure(let map) = structure.fields[0].type.underlying, map.name == "map",
            case .array(let key, _) = structure.fields[1].type.underlying,
            case .array(let value, _) = structure.fields[2].type.underlying,
            let capacity = capacity(in: map, at: structure.fields[0].bitOffset / 8, bytes)
        else { return .plain(isConstant: isConstant) }
        return .map(key: key, value: value, capacity: capacity)
    }

    private static func capacity(in structure: CType.Structure, at offset: Int, _ bytes: ConstantBytes?) -> Int? {
        structure.fields.first { $0.name == "capacity" }.flatMap { field in
            bytes?.integer(at: offset + field.bitOffset / 8, bytes: field.type.size)
        }
    }
}
