internal import CLLVM
import Diagnostics
import Foundation

/// Makes a `Program` of a module that clang wrote. Changes the module: to be used once.
struct ProgramTranslator {
    let module: BitcodeModule
    let paths: SourcePaths
    /// Without them each instruction is translated as it stands, also one that passes would make another of.
    var runsPasses = true

    /// Locals to registers, equal loads to one. Only here do loads disappear: those that an equal one precedes.
    private static let promotion = "function(sroa,early-cse<memssa>)"
    /// Fewer and simpler blocks and instructions; `&&` and `||` without a branch where both sides are cheap. Nothing
    /// that duplicates code, as jump threading and loop passes do, and no inlining: a function is a unit of the proof.
    private static let simplification = "function(simplifycfg,instcombine<no-verify-fixpoint>,early-cse,simplifycfg)"

    func program(name: String, sources: [String]) throws(CompilerError) -> Program {
        let information = DebugInformation(module: module, paths: paths)
        let names = GlobalNames(module: module)
        let bodies = definitions(in: module)
        // Before passes drop the code at a function's end.
        let lines = Dictionary(uniqueKeysWithValues: bodies.map { ($0, information.lines(ofFunction: $0)) })
        try optimise()

        let order = Dictionary(sources.enumerated().map { (paths.shown($1), $0) }, uniquingKeysWith: min)
        let translated = bodies.map { body in
            FunctionTranslator(function: body, module: module, information: information, globals: names)
                .translated(lines: lines[body] ?? nil)
        }.sorted { Self.place($0, order) < Self.place($1, order) }
        let globals = GlobalReader(module: module, information: information, names: names).globals()
        let enumerations = information.enumerations()
        let ports = try ports(enumerations.filter { $0.tag == "port" }.map(\.enumerators))
        let constants = Self.constants(enumerations.filter { $0.tag != "port" }.flatMap(\.enumerators))
        return Program(
            name: name, sources: sourceFiles(sources, others: information.filesSeen), functions: translated,
            globals: globals, ports: ports, constants: constants,
            digest: Digest.of(functions: translated, globals: globals, ports: ports))
    }

    private func optimise() throws(CompilerError) {
        let preparation = Preparation(module)
        preparation.beforePromotion()
        try module.verify()
        if runsPasses { try module.run(passes: Self.promotion) }
        preparation.afterPromotion()
        try module.verify()
        if runsPasses { try module.run(passes: Self.simplification) }
    }

    /// Those whose name means one number.
    private static func constants(_ enumerators: [CType.Enumerator]) -> [CType.Enumerator] {
        let meanings = Dictionary(grouping: Set(enumerators), by: \.name)
        return meanings.values.compactMap { $0.count == 1 ? $0.first : nil }.sorted { $0.name < $1.name }
    }

    /// The given files first, in their order; within a file by line.
    private static func place(_ function: Function, _ order: [String: Int]) -> (Int, String, Int, String) {
        let file = function.location?.file ?? ""
        return (order[file] ?? .max, file, function.location?.line ?? 0, function.name)
    }

    private func ports(_ enumerations: [[CType.Enumerator]]) throws(CompilerError) -> [Program.Port] {
        guard let first = enumerations.first else { return [] }
        for other in enumerations where other != first {
            let spelled = [first, other].map { $0.map { "\($0.name) = \($0.value)" }.joined(separator: ", ") }
            throw .conflictingPorts(spelled.joined(separator: " and "))
        }
        return first.map { Program.Port(name: $0.name, number: UInt32(truncatingIfNeeded: $0.value)) }
            .sorted { ($0.number, $0.name) < ($1.number, $1.name) }
    }

    /// The middlebox's files, then the headers that the code comes from, for snippets.
    private func sourceFiles(_ sources: [String], others: [String]) -> [SourceFile] {
        let given = sources.map { paths.shown($0) }
        return (given + others.filter { !given.contains($0) }).compactMap { path in
            guard let data = FileManager.default.contents(atPath: paths.absolute(path)) else { return nil }
            return SourceFile(path: path, text: String(decoding: data, as: UTF8.self))
        }
    }
}

/// The functions with a body.
private func definitions(in module: BitcodeModule) -> [LLVMValueRef] {
    functions(of: module.module).filter { LLVMIsDeclaration($0) == 0 }
}
