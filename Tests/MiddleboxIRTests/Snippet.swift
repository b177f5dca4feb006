import Foundation
import Testing

@testable import MiddleboxIR

/// The top of this package's folder.
let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
let headers = repository + "/Middleboxes/include"

/// A folder that goes away with this object.
final class Folder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "ir-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, to name: String) throws {
        try text.write(toFile: path + "/" + name, atomically: true, encoding: .utf8)
    }
}

/// Compiles C from a string, as `snippet.c`.
func program(_ text: String, flags: [String] = [], clang: String = "clang-19") async throws -> Program {
    let folder = try Folder()
    try folder.write(text, to: "snippet.c")
    let compiler = Compiler(
        clang: clang, includeDirectories: [headers], extraFlags: flags, workingDirectory: folder.path)
    return try await compiler.compile(name: "snippet", sources: ["snippet.c"])
}

/// Compiles C that defines `f`, and returns it.
func function(_ text: String, flags: [String] = []) async throws -> Function {
    try #require(
        try await program("#include <stdint.h>\n#include <stddef.h>\n#line 1\n" + text, flags: flags).function("f"))
}

/// A middlebox of this repository.
func middlebox(_ name: String) async throws -> Program {
    let compiler = Compiler(includeDirectories: [headers], workingDirectory: repository)
    return try await compiler.compile(name: name, sources: ["Middleboxes/\(name)/\(name).c"])
}

extension Function {
    var instructions: [Instruction] { blocks.flatMap(\.instructions) }

    /// Kind and line of every sanitizer trap.
    var traps: [(kind: TrapKind, line: Int?)] {
        blocks.compactMap { block in
            if case .trap(let kind) = block.terminator { (kind, block.terminatorLocation?.line) } else { nil }
        }
    }

    /// The intrinsics that are called.
    var intrinsics: Set<Intrinsic> {
        Set(
            instructions.compactMap {
                if case .call(.intrinsic(let intrinsic), _) = $0.operation { intrinsic } else { nil }
            })
    }

    /// The spellings of what this IR does not have.
    var unsupported: [String] {
        instructions.compactMap { if case .unsupported(let text) = $0.operation { text } else { nil } }
            + blocks.compactMap { if case .unsupported(let text) = $0.terminator { text } else { nil } }
    }

    var text: String { Printer(withLocations: false).text(self) }
}
