import Diagnostics
import Foundation
import Subprocess
import SystemPackage

/// Compiles the C files of a middlebox to a `Program`: clang with sanitizer traps, LLVM's own passes, translation.
///
/// See `docs/decisions/0002-llvm-through-the-c-api.md` for why these flags and passes.
public struct Compiler: Sendable {
    /// A name to look up on the path, or a path.
    public let clang: String
    public let includeDirectories: [String]
    /// `NAME` or `NAME=value`, as after `-D`.
    public let definitions: [String]
    public let extraFlags: [String]
    /// Absolute. Relative source paths start here, and the locations of a `Program` are relative to it.
    public let workingDirectory: String
    /// Tests that hold single instructions to their meaning do without LLVM's passes.
    var runsPasses = true

    public init(
        clang: String = "clang-19", includeDirectories: [String], definitions: [String] = [], extraFlags: [String] = [],
        workingDirectory: String = FileManager.default.currentDirectoryPath
    ) {
        self.clang = clang
        self.includeDirectories = includeDirectories
        self.definitions = definitions
        self.extraFlags = extraFlags
        self.workingDirectory = workingDirectory
    }

    /// Compiles `sources`, the middlebox's own file first, to one program.
    public func compile(name: String, sources: [String]) async throws(CompilerError) -> Program {
        guard !sources.isEmpty else { throw .noSources }
        var modules: [[UInt8]] = []
        var dependencies: [String] = []
        for source in sources {
            let (bitcode, files) = try await bitcode(of: source)
            modules.append(bitcode)
            dependencies += files.filter { !dependencies.contains($0) }
        }
        let paths = SourcePaths(workingDirectory: workingDirectory)
        let module = try BitcodeModule(bitcode: modules)
        let translator = ProgramTranslator(module: module, paths: paths, runsPasses: runsPasses)
        var program = try translator.program(name: name, sources: sources)
        program.dependencies = dependencies
        return program
    }

    /// All that a compilation depends on but the files' content and clang itself.
    public var fingerprint: [String] { [clang, workingDirectory] + arguments }

    /// The behaviour that clang turns into traps: what C leaves undefined and clang can see in an expression.
    ///
    /// Not `pointer-overflow`, `alignment`, `object-size`: the executor checks every access itself, and packet headers
    /// are read through misaligned pointers on purpose.
    public static let sanitizers = [
        "signed-integer-overflow", "shift", "integer-divide-by-zero", "bounds", "null", "unreachable", "return", "bool",
        "vla-bound", "builtin", "nonnull-attribute", "returns-nonnull-attribute",
    ]

    /// All of clang's arguments but the source file.
    var arguments: [String] {
        ["-std=c17", "-O1", "-Xclang", "-disable-llvm-passes", "-g", "-emit-llvm", "-c", "-o", "-"]
            // Parameters and locals keep their C names, and `enum port` is there even when nothing uses it.
            + ["-fno-discard-value-names", "-fno-eliminate-unused-debug-types"]
            // Only `[]` is a flexible array: indices into an array at a struct's end are checked like others. And the contract of
            // `memcmp` is known here, where LLVM would make accesses of it that nobody has checked.
            + ["-fstrict-flex-arrays=3", "-fno-builtin-memcmp"]
            + ["-Wall", "-Wextra", "-Werror", "-Wno-address-of-packed-member"]
            + ["-fsanitize=" + Self.sanitizers.joined(separator: ","), "-fsanitize-trap=all"]
            + includeDirectories.flatMap { ["-I", $0] } + definitions.map { "-D" + $0 } + extraFlags
    }

    /// The bitcode, and the absolute paths of all files that it is made of, as far as clang says.
    private func bitcode(
        of source: String
    ) async throws(CompilerError) -> (bitcode: [UInt8], dependencies: [String]) {
        let absolute = SourcePaths(workingDirectory: workingDirectory).absolute(source)
        guard FileManager.default.isReadableFile(atPath: absolute) else { throw .unreadableSource(path: source) }
        let executable: Executable = clang.contains("/") ? .path(FilePath(clang)) : .name(clang)
        let list = FileManager.default.temporaryDirectory.appending(path: "gravel-\(UUID().uuidString).d").path
        defer { unlink(list) }
        do {
            let result = try await run(
                executable, arguments: Arguments(arguments + ["-MD", "-MF", list, "--", source]),
                workingDirectory: FilePath(workingDirectory),
                output: .bytes(limit: 256 << 20), error: .string(limit: 16 << 20))
            let messages = result.standardError
            switch result.terminationStatus {
            case .exited(0):
                let content = FileManager.default.contents(atPath: list) ?? Data()
                let files = DependencyFile.files(in: String(decoding: content, as: UTF8.self)) ?? []
                return (result.standardOutput, files.map { $0.hasPrefix("/") ? $0 : "\(workingDirectory)/\($0)" })
            case .exited(1): throw CompilerError.clang(output: messages)
            case .exited(let status): throw CompilerError.clangFailed("exit status \(status)\n\(messages)")
            case .signaled(let signal): throw CompilerError.clangFailed("signal \(signal)\n\(messages)")
            }
        } catch let error as CompilerError {
            throw error
        } catch let error as SubprocessError where error.code == .executableNotFound {
            throw .clangNotFound(clang)
        } catch {
            throw .clangFailed("\(error)")
        }
    }
}
