internal import CLLVM
import Diagnostics
import Foundation

/// Names, C types and places in the source of what is in a module.
final class DebugInformation {
    let context: LLVMContextRef
    let paths: SourcePaths
    let types = CTypeReader()
    private let module: LLVMModuleRef
    private var files: [LLVMMetadataRef: String] = [:]
    private var definitionEnds: [String: DefinitionEnd] = [:]

    init(module: BitcodeModule, paths: SourcePaths) {
        context = module.context
        self.module = module.module
        self.paths = paths
    }

    // MARK: Places

    /// Every file that a location was made in.
    var filesSeen: [String] { Set(files.values).sorted() }

    private func path(ofFile file: LLVMMetadataRef) -> String {
        if let path = files[file] { return path }
        let (path, directory) = Metadata(file, in: context).file
        let shown = paths.shown(path, directory: directory)
        files[file] = shown
        return shown
    }

    /// Nil where LLVM knows no line.
    func location(of instruction: LLVMValueRef) -> SourceLocation? {
        guard let place = LLVMInstructionGetDebugLoc(instruction), LLVMDILocationGetLine(place) > 0,
            let scope = LLVMDILocationGetScope(place), let file = LLVMDIScopeGetFile(scope)
        else { return nil }
        return SourceLocation(
            file: path(ofFile: file), line: Int(LLVMDILocationGetLine(place)),
            column: Int(LLVMDILocationGetColumn(place)))
    }

    /// Where a function is defined.
    func location(ofFunction function: LLVMValueRef) -> SourceLocation? {
        guard let subprogram = LLVMGetSubprogram(function), let file = LLVMDIScopeGetFile(subprogram) else {
            return nil
        }
        return SourceLocation(file: path(ofFile: file), line: Int(LLVMDISubprogramGetLine(subprogram)), column: 0)
    }

    /// From the definition's first line to its closing brace, where that is found, else to the last line of its code in
    /// the same file: to be asked before passes drop code.
    func lines(ofFunction function: LLVMValueRef) -> ClosedRange<Int>? {
        guard let start = location(ofFunction: function) else { return nil }
        let code = instructions(in: function).compactMap { location(of: $0) }.filter { $0.file == start.file }.map(
            \.line)
        let last = max(start.line, code.max() ?? start.line)
        guard let end = definitionEnd(in: start.file).line(ofDefinitionAt: start.line), end >= last else {
            return start.line...last
        }
        return start.line...end
    }

    private func definitionEnd(in file: String) -> DefinitionEnd {
        if let known = definitionEnds[file] { return known }
        let data = FileManager.default.contents(atPath: paths.absolute(file)) ?? Data()
        let end = DefinitionEnd(source: String(decoding: data, as: UTF8.self))
        definitionEnds[file] = end
        return end
    }

    // MARK: Types

    /// The C types of a function's result and parameters, as C declares them.
    func signature(ofFunction function: LLVMValueRef) -> (result: CType, parameters: [CType])? {
        guard let subprogram = LLVMGetSubprogram(function).map({ Metadata($0, in: context) }),
            let type = subprogram.nodes.first(where: { $0.kind == UInt32(LLVMDISubroutineTypeMetadataKind) }),
            let list = type.node(CTypeReader.baseTypeOperand)?.elements, let result = list.first
        else { return nil }
        return (types.type(result), list.dropFirst().map { types.type($0) })
    }

    /// The C type of a global and the place of its declaration.
    func variable(ofGlobal global: LLVMValueRef) -> (type: CType, location: SourceLocation?)? {
        var count = 0
        guard let entries = LLVMGlobalCopyAllMetadata(global, &count) else { return nil }
        defer { LLVMDisposeValueMetadataEntries(entries) }
        for index in 0..<UInt32(count) {
            guard let expression = LLVMValueMetadataEntriesGetMetadata(entries, index),
                LLVMGetMetadataKind(expression) == LLVMDIGlobalVariableExpressionMetadataKind,
                let variable = LLVMDIGlobalVariableExpressionGetVariable(expression)
            else { continue }
            var location: SourceLocation?
            if let file = LLVMDIVariableGetFile(variable) {
                location = SourceLocation(
                    file: path(ofFile: file), line: Int(LLVMDIVariableGetLine(variable)), column: 0)
            }
            return (types.type(Metadata(variable, in: context).node(3)), location)
        }
        return nil
    }

    /// All enumerations, unit by unit; the tag of one without is empty.
    func enumerations() -> [(tag: String, enumerators: [CType.Enumerator])] {
        let count = LLVMGetNamedMetadataNumOperands(module, "llvm.dbg.cu")
        var units = [LLVMValueRef?](repeating: nil, count: Int(count))
        LLVMGetNamedMetadataOperands(module, "llvm.dbg.cu", &units)
        var result: [(tag: String, enumerators: [CType.Enumerator])] = []
        for metadata in units.compactMap({ $0.flatMap(LLVMValueAsMetadata) }) {
            let unit = Metadata(metadata, in: context)
            // The unit's lists of enumerations and of retained types.
            for node in (unit.node(4)?.nodes ?? []) + (unit.node(5)?.nodes ?? []) {
                if case .enumeration(let tag, _, let enumerators) = types.type(node) {
                    result.append((tag, enumerators))
                }
            }
        }
        return result
    }
}
