import Foundation
import Testing

@testable import Replay

/// The project's folder.
let projectRoot = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

/// A folder of its own that goes away with it.
final class TemporaryFolder {
    let path = NSTemporaryDirectory() + "gravel-tests-" + UUID().uuidString

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, to name: String) throws -> String {
        try write(Array(text.utf8), to: name)
    }

    func write(_ bytes: [UInt8], to name: String) throws -> String {
        let file = path + "/" + name
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return file
    }

    var contents: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }
}

/// Compiles C text as a middlebox.
final class NativeFixture {
    let folder: TemporaryFolder
    let compiler: NativeCompiler
    let source: String

    /// One for all tests and runs, as many of them compile the same.
    private static let sharedCache = NSTemporaryDirectory() + "gravel-tests-cache"

    /// - Parameter ownCache: `cache` in `folder`.
    init(_ text: String, ownCache: Bool = false) throws {
        folder = try TemporaryFolder()
        source = try folder.write(Self.text(text), to: "box.c")
        compiler = NativeFixture.compiler(cache: ownCache ? folder.path + "/cache" : Self.sharedCache)
    }

    /// What is in the file.
    static func text(_ text: String) -> String { "#include <gravel/middlebox.h>\n" + text }

    static func compiler(cache: String) -> NativeCompiler {
        NativeCompiler(
            includeDirectories: [projectRoot + "/Middleboxes/include"],
            runtimeDirectory: projectRoot + "/Middleboxes/runtime", cacheDirectory: cache)
    }

    func load(
        variant: NativeCompiler.Variant = .fast, hashKey: [UInt64] = [1, 3]
    ) async throws -> NativeMiddlebox {
        try NativeMiddlebox(
            libraryPath: try await compiler.library(of: [source], variant: variant), configuration: nil,
            scratchDirectory: folder.path,
            hashKey: NativeHashKey(repeating: hashKey))
    }
}

/// Random numbers that are the same in each run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
