import Diagnostics
import Foundation
import MiddleboxIR
import Project
import Replay
import Verification

/// What is wrong with the arguments, once the middlebox is known.
struct UsageError: Error, CustomStringConvertible {
    let description: String
}

/// A middlebox, found by its name and read, and what it takes to run it natively.
struct BuiltMiddlebox {
    let folder: MiddleboxFolder
    let program: Program
    private let compiler: NativeCompiler

    init(_ name: String) async throws {
        let workingDirectory = FileManager.default.currentDirectoryPath
        folder = try MiddleboxFolder(
            name, workingDirectory: workingDirectory, otherRoots: [Self.executableDirectory].compactMap { $0 },
            project: try ProjectFile.nearest(to: workingDirectory)?.layout)
        program = try await Compiler(includeDirectories: folder.includeDirectories)
            .compile(name: folder.name, sources: folder.sources)
        compiler = NativeCompiler(
            includeDirectories: folder.includeDirectories, runtimeDirectory: folder.runtimeDirectory,
            cacheDirectory: Self.cacheDirectory)
    }

    /// In its initial state.
    func instance(
        _ configuration: NativeConfiguration?, _ variant: NativeCompiler.Variant = .fast
    ) async throws -> NativeMiddlebox {
        try NativeMiddlebox(
            libraryPath: try await compiler.library(of: folder.sources, variant: variant),
            configuration: configuration, scratchDirectory: Self.cacheDirectory)
    }

    /// The spec; nil where there is none.
    func specification() throws -> SourceFile? {
        try folder.specificationPath.map { path in
            SourceFile(path: path, text: try String(contentsOfFile: path, encoding: .utf8))
        }
    }

    /// What a file has of it, which the spec, if there is one, must admit; nil where the middlebox has no configuration.
    func configuration(_ file: ConfigurationFile, readFrom path: String) throws -> NativeConfiguration? {
        let object = try configurationObject()
        let bytes = try file.configuration(as: object?.type)
        try checkAssumptions(bytes, readFrom: path)
        return object.map { NativeConfiguration(symbol: $0.name, bytes: bytes) }
    }

    /// Of the file beside the C code, if one is needed.
    func usualConfiguration(hint: String = "") throws -> NativeConfiguration? {
        guard try needsConfiguration() else { return nil }
        let path = folder.configurationPath
        guard FileManager.default.fileExists(atPath: path) else { throw missingConfiguration(hint) }
        return try configuration(try ConfigurationFile(path: path), readFrom: path)
    }

    func needsConfiguration() throws -> Bool { try configurationObject() != nil }

    /// - Parameter hint: what to do.
    func missingConfiguration(_ hint: String) -> UsageError {
        UsageError(description: "\(folder.name) needs a configuration: there is no \(folder.configurationPath)" + hint)
    }

    /// Refuses a configuration that the spec, if there is one, does not admit.
    private func checkAssumptions(_ configuration: [UInt8], readFrom path: String) throws {
        guard let specification = try specification() else { return }
        let assumptions = try ConfigurationAssumptions(specification: specification, program: program)
        try assumptions?.require(configuration, readFrom: path)
    }

    /// What `CONFIGURATION` declares; nil when the middlebox has no configuration.
    private func configurationObject() throws -> Global? {
        let objects = program.globals.filter { if case .configuration = $0.kind { true } else { false } }
        guard objects.count <= 1 else {
            throw CompilerError.link(
                "CONFIGURATION is there more than once: " + objects.map(\.name).joined(separator: ", "))
        }
        return objects.first
    }

    func port(_ name: String) throws -> UInt32 {
        guard let port = program.ports.first(where: { $0.name == name }) else {
            throw UsageError(
                description: "there is no port '\(name)'; the ports are "
                    + program.ports.map(\.name).joined(separator: ", "))
        }
        return port.number
    }

    /// The maps and pools.
    var tables: [StateObject] {
        program.globals.compactMap { global in
            switch global.kind {
            case .map(let key, let value, let capacity):
                StateObject(
                    name: global.name,
                    layout: .map(keySize: key.size, valueSize: value.size, capacity: capacity))
            case .pool(let capacity): StateObject(name: global.name, layout: .pool(capacity: capacity))
            case .configuration, .plain: nil
            }
        }
    }

    /// Where the project may be found from when it is not above the working directory.
    private static var executableDirectory: String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe").split(separator: "/").dropLast()
            .reduce("") { $0 + "/" + $1 }
    }

    /// Shared with `verify`.
    private static var cacheDirectory: String { cacheFolder + "/native" }

    private static var cacheFolder: String {
        let environment = ProcessInfo.processInfo.environment
        if let directory = environment["XDG_CACHE_HOME"], directory.hasPrefix("/") { return directory + "/gravel" }
        if let home = environment["HOME"], home.hasPrefix("/") { return home + "/.cache/gravel" }
        return "/tmp/gravel-\(getuid())"
    }

    /// By what its packets can be spread over cores. What is found out on the way is kept for the next time.
    func sharding() async throws -> Sharding {
        let specification = try specification()
        var options = Verifier.Options()
        options.tool = ToolIdentity.ofThisProcess
        options.store = ProofStore(folder: Self.cacheFolder + "/proofs")
        let verifier = Verifier(options: options)
        return try await DedicatedThread.run { [program] in
            try verifier.sharding(of: program, spec: specification)
        }
    }
}
