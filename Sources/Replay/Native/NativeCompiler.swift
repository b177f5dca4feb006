import Foundation
import MiddleboxIR
import Subprocess
import SystemPackage

/// Compiles a middlebox and the runtime natively, to a shared library, once: the result is kept under a digest of all that went into it.
///
/// Several processes may use one cache folder: a library appears under its name only when it is complete.
public struct NativeCompiler: Sendable {
    /// What the library is for.
    public enum Variant: String, Hashable, Sendable {
        /// As fast as it gets.
        case fast
        /// Undefined behaviour, memory that is not the middlebox's and broken contracts of the runtime stop the run, which then tells
        /// where: to confirm counterexamples.
        case strict
        /// What depends on a value that was never written stops the run.
        case initialised
        /// Functions count how often they are entered: see `NativeMiddlebox.counters`.
        case counting
        /// As fast, but every object at file scope is where the C code has it: see `NativeState`.
        case observable
    }

    /// A name to look up on the path, or a path.
    public let clang: String
    /// Where `gravel/middlebox.h` is found; more may follow.
    public let includeDirectories: [String]
    /// The folder of the runtime's C files: `Middleboxes/runtime`.
    public let runtimeDirectory: String
    /// Made when it is not there.
    public let cacheDirectory: String

    public init(
        clang: String = "clang-19", includeDirectories: [String], runtimeDirectory: String, cacheDirectory: String
    ) {
        self.clang = clang
        self.includeDirectories = includeDirectories
        self.runtimeDirectory = runtimeDirectory
        self.cacheDirectory = cacheDirectory
    }

    /// The parts of the runtime that belong to every library.
    static let runtimeFiles = ["map.c", "pool.c", "checksum.c", "packet.c", "memory.c", "run.c"]
    /// The program that `NativeRun` starts.
    static let childFile = "child.c"
    private static let countingFile = "count.c"

    // The same language and warnings as under `verify`. Packet headers are read through pointers of any alignment and type, so the
    // optimiser must not draw conclusions from types. -Bsymbolic: a middlebox's function may have the name of one of libc's.
    private static let languageFlags = [
        "-std=c17", "-Wall", "-Wextra", "-Werror", "-Wno-address-of-packed-member", "-fno-strict-aliasing",
    ]
    private static let runtimeFlags = ["-D_GNU_SOURCE"]
    private static let codeFlags = ["-fPIC", "-fno-semantic-interposition"]
    private static let linkerFlags = ["-shared", "-Wl,-Bsymbolic"]

    /// Without optimisation: every trap stands where its cause does, and no loop is taken for one that ends.
    private static let debuggingFlags = ["-O0", "-g", "-gdwarf-4", "-fno-omit-frame-pointer", "-fstrict-flex-arrays=3"]
    private static let trapFlags = [
        "-fsanitize-trap=undefined", "-fsanitize=" + Compiler.sanitizers.joined(separator: ","),
    ]

    private func codeGeneration(_ variant: Variant) -> [String] {
        switch variant {
        // Functions of any size are worth inlining: a middlebox is small, and a key that is handed on need not go through memory.
        case .fast: ["-O3", "-g0", "-flto", "-mllvm", "-inline-threshold=2000"]
        // Otherwise the optimiser may split what is static, keep it elsewhere, or do without.
        case .observable: ["-O3", "-g0", "-fkeep-persistent-storage-variables"]
        case .strict: Self.debuggingFlags + Self.trapFlags + Self.runtimeSanitizer(variant)
        case .initialised: Self.debuggingFlags + Self.runtimeSanitizer(variant)
        // Every function stays to be found by its name, and is counted also where it is inlined. Tables stay where C has them.
        case .counting: ["-O1", "-g0", "-finstrument-functions", "-fkeep-persistent-storage-variables"]
        }
    }

    /// What the middlebox's files are read with, for operations on its maps that are made for their keys and values.
    private func specialisation(_ variant: Variant) -> [String] {
        variant == .fast ? ["-include", runtimeDirectory + "/specialised.h"] : []
    }

    /// The sanitizer that needs a runtime of its own, which the program has that loads the library.
    private static func runtimeSanitizer(_ variant: Variant) -> [String] {
        switch variant {
        case .fast, .counting, .observable: []
        case .strict: ["-fsanitize=address"]
        // The runtime's own answer to a finding is inlined everywhere, however large a function is: see run.c. Functions of the C library
        // that MemorySanitizer would answer for are the runtime's own: see memory.c.
        case .initialised:
            ["-fsanitize=memory", "-mllvm", "-msan-instrumentation-with-call-threshold=-1", "-Dmemcmp=gravel_memcmp"]
        }
    }

    /// A sanitizer's functions are found only when the library is loaded.
    private static func linking(_ variant: Variant) -> [String] {
        switch variant {
        case .fast, .counting, .observable: linkerFlags + ["-Wl,-z,defs"]
        case .strict, .initialised: linkerFlags
        }
    }

    /// The path of the library of `sources`, the middlebox's C files.
    public func library(of sources: [String], variant: Variant = .fast) async throws(NativeError) -> String {
        let flags = flags(variant) + specialisation(variant)
        var digest = try digest(of: flags + Self.linking(variant))
        for source in sources {
            guard FileManager.default.isReadableFile(atPath: source) else {
                throw .unreadableSource(path: source, reason: String(cString: strerror(errno)))
            }
            // Everything that the file includes, and clang's version among its predefined macros. Where debug information matters, with the
            // lines and the files that they are from.
            let lines = Self.hasLines(variant) ? [] : ["-P"]
            digest.add(try await runClang(flags + ["-E", "-dD"] + lines + ["--", source]))
        }
        if Self.hasLines(variant) { digest.add(FileManager.default.currentDirectoryPath) }
        return try await build(name: digest.hexadecimal + ".so", arguments: flags + Self.linking(variant)) {
            () async throws(NativeError) in sources + [try await runtimeObject(variant)]
        }
    }

    /// What is compiled once for all middleboxes: the path of the runtime as one object file.
    private func runtimeObject(_ variant: Variant) async throws(NativeError) -> String {
        // Without what sanitizers need of their own, which comes with the middlebox. What is compiled together stays bitcode until then.
        let flags =
            flags(variant) + ["-r", "-nostdlib", "-fno-sanitize-link-runtime"]
            + (variant == .fast ? ["-Wl,-plugin-opt=emit-llvm"] : [])
        let runtime = Self.runtimeFiles + (variant == .counting ? [Self.countingFile] : [])
        var digest = try digest(of: flags)
        // Clang's version, as that of a library's sources has it.
        digest.add(try await runClang(["-E", "-dM", "-x", "c", "/dev/null"]))
        if Self.hasLines(variant) { digest.add(FileManager.default.currentDirectoryPath) }
        return try await build(name: digest.hexadecimal + ".runtime.o", arguments: flags) {
            runtime.map { runtimeDirectory + "/" + $0 }
        }
    }

    /// Whether its debug information tells where something happened.
    private static func hasLines(_ variant: Variant) -> Bool { variant == .strict || variant == .initialised }

    /// With which the middlebox and the runtime are compiled.
    private func flags(_ variant: Variant) -> [String] {
        Self.languageFlags + Self.runtimeFlags + codeGeneration(variant) + Self.codeFlags
            + (includeDirectories + [runtimeDirectory]).flatMap { ["-I", $0] }
    }

    /// The path of the program that runs one library of a variant in a process of its own.
    func childProgram(variant: Variant) async throws(NativeError) -> String {
        let flags = Self.languageFlags + ["-D_GNU_SOURCE", "-O1"] + Self.runtimeSanitizer(variant)
        let file = runtimeDirectory + "/" + Self.childFile
        return try await build(name: try digest(of: flags).hexadecimal + ".child", arguments: flags) { [file] }
    }

    /// Of the flags and of all C files of the runtime and the headers.
    private func digest(of flags: [String]) throws(NativeError) -> ContentDigest {
        var digest = ContentDigest()
        for flag in [clang] + flags { digest.add(flag) }
        for directory in includeDirectories + [runtimeDirectory] {
            let names = (FileManager.default.enumerator(atPath: directory)?.compactMap { $0 as? String } ?? [])
                .filter { $0.hasSuffix(".h") || $0.hasSuffix(".c") }
            if names.isEmpty { throw .unreadableSource(path: directory, reason: "no C files or headers are there") }
            for name in names.sorted() {
                guard let content = FileManager.default.contents(atPath: directory + "/" + name) else {
                    throw .unreadableSource(path: directory + "/" + name, reason: String(cString: strerror(errno)))
                }
                digest.add(name)
                digest.add(content)
            }
        }
        return digest
    }

    /// The path of what clang makes of the files, which are asked for only if it is not there yet.
    private func build(
        name: String, arguments: [String], of files: () async throws(NativeError) -> [String]
    ) async throws(NativeError) -> String {
        let path = cacheDirectory + "/" + name
        if access(path, R_OK) == 0 { return path }
        let files = try await files()
        do {
            try FileManager.default.createDirectory(atPath: cacheDirectory, withIntermediateDirectories: true)
        } catch {
            throw .cache(path: cacheDirectory, reason: error.localizedDescription)
        }
        let temporary = cacheDirectory + "/" + uniqueName(name)
        defer { unlink(temporary) }
        _ = try await runClang(arguments + ["-o", temporary, "--"] + files)
        guard rename(temporary, path) == 0 else {
            throw .cache(path: cacheDirectory, reason: String(cString: strerror(errno)))
        }
        return path
    }

    /// What clang writes to standard output.
    private func runClang(_ arguments: [String]) async throws(NativeError) -> [UInt8] {
        let executable: Executable = clang.contains("/") ? .path(FilePath(clang)) : .name(clang)
        do {
            let result = try await run(
                executable, arguments: Arguments(arguments), output: .bytes(limit: 256 << 20),
                error: .string(limit: 16 << 20))
            let messages = result.standardError
            switch result.terminationStatus {
            case .exited(0): return result.standardOutput
            case .exited(1): throw NativeError.clang(output: messages)
            case .exited(let status): throw NativeError.clangFailed("exit status \(status)\n\(messages)")
            case .signaled(let signal): throw NativeError.clangFailed("signal \(signal)\n\(messages)")
            }
        } catch let error as NativeError {
            throw error
        } catch let error as SubprocessError where error.code == .executableNotFound {
            throw .clangNotFound(clang)
        } catch {
            throw .clangFailed("\(error)")
        }
    }
}

/// A name that no other process or call makes at the same time.
func uniqueName(_ name: String) -> String { "\(getpid())-\(UInt64.random(in: .min ... .max)).\(name)" }
