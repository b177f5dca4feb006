import Foundation

/// A project outside of this repository, with a middlebox and a spec where it wants them, and a `gravel.yml` that says so.
struct OwnProject {
    private let root: TemporaryFolder

    var path: String { root.path }

    static let middlebox = "src/boxes/turnstile/turnstile.c"

    /// Two ports, and nothing gets back in: with headers of the project's own.
    private static let code = """
        #include <gravel/middlebox.h>

        #include "ports.h"

        void packet_arrives(struct packet *packet) {
            if (packet->port != WAY_IN) return packet_drop(packet);
            packet_emit(packet, outside);
        }
        """

    private static let spec = """
        middlebox turnstile
          ports inside, outside

        property out
          when p enters inside
          then p leaves outside

        property nothing_back
          when p enters outside
          then p is dropped
        """

    /// A bug: what comes in from outside goes inside.
    func breakMiddlebox() throws {
        try change(Self.middlebox, "return packet_drop(packet);", "return packet_emit(packet, inside);")
    }

    func mendMiddlebox() throws {
        try change(Self.middlebox, "return packet_emit(packet, inside);", "return packet_drop(packet);")
    }

    static let listed = """
        middleboxes:
          - path: src/boxes/turnstile
            spec: contracts/turnstile.gravel
        include: [src/headers]

        """

    /// - Parameters:
    ///   - settings: What stands in `gravel.yml` behind its middlebox.
    ///   - file: All of `gravel.yml`, in place of that.
    init(_ settings: String = "", replacing file: String? = nil) throws {
        root = try TemporaryFolder()
        try write(Self.middlebox, Self.code)
        try write("src/headers/ports.h", "enum port { inside, outside };\n#define WAY_IN inside\n")
        try write("contracts/turnstile.gravel", Self.spec)
        try write("gravel.yml", file ?? Self.listed + settings)
    }

    func write(_ file: String, _ text: String) throws {
        let path = path + "/" + file
        try FileManager.default.createDirectory(
            atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path, withIntermediateDirectories: true)
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    func change(_ file: String, _ old: String, _ new: String) throws {
        let text = try String(contentsOfFile: path + "/" + file, encoding: .utf8)
        guard text.contains(old) else { throw CommandError.notText("\(file) has no '\(old)'") }
        try write(file, text.replacingOccurrences(of: old, with: new))
    }

    func has(_ file: String) -> Bool { FileManager.default.fileExists(atPath: path + "/" + file) }

    /// Runs one of the built executables in it.
    func run(_ command: String, _ arguments: String..., in folder: String = ".") async throws -> Execution {
        try await Command(command, arguments: arguments).run(in: path + "/" + folder, atMost: 300)
    }

    func remove() { root.remove() }
}
