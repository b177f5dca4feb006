import Foundation
import Testing

@testable import MiddleboxIR

/// What a program is made of: for stores, which must notice every change.
@Suite struct DependencyTests {
    @Test func everyFileThatClangReads() async throws {
        let folder = try Folder()
        try FileManager.default.createDirectory(
            atPath: folder.path + "/my headers", withIntermediateDirectories: true)
        try folder.write("#define ANSWER 42\n", to: "my headers/answer#1.h")
        try folder.write(
            "#include <stdint.h>\n#include \"my headers/answer#1.h\"\nint f(void) { return ANSWER; }\n", to: "box.c")
        let program = try await Compiler(includeDirectories: [headers], workingDirectory: folder.path)
            .compile(name: "box", sources: ["box.c"])
        #expect(program.dependencies.first == folder.path + "/box.c")
        #expect(program.dependencies.contains(folder.path + "/my headers/answer#1.h"))
        #expect(program.dependencies.contains { $0.hasSuffix("/stdint.h") })
        #expect(program.dependencies.allSatisfy { FileManager.default.isReadableFile(atPath: $0) })
        #expect(Set(program.dependencies).count == program.dependencies.count)
    }

    @Test func dependencyFilesAreMakes() {
        #expect(
            DependencyFile.files(in: "-.o: a.c \\\n  b\\ c.h d\\#.h \\\n  $$e.h a.c\n") == [
                "a.c", "b c.h", "d#.h", "$e.h",
            ])
        #expect(DependencyFile.files(in: "") == nil)
        #expect(DependencyFile.files(in: "a.c b.c") == nil)
        #expect(DependencyFile.files(in: "a.o:") == nil)
    }

    /// BLAKE3's own test vectors: inputs are the bytes 0, 1, 2, … 250, 0, 1, …
    @Test(arguments: [
        (0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"),
        (1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"),
    ]) func hashIsBlake3(length: Int, expected: String) {
        let hash = ContentHash(of: (0..<length).map { UInt8($0 % 251) })
        #expect(hash.hexadecimal == expected)
        #expect(hash.bytes.count == ContentHash.byteCount)
    }

    @Test func partsDoNotRunIntoEachOther() {
        func hash(_ parts: String...) -> ContentHash {
            var hasher = ContentHasher("test")
            for part in parts { hasher.add(part) }
            return hasher.finish()
        }
        #expect(hash("ab", "c") != hash("a", "bc"))
        #expect(hash("ab") != hash("ab", ""))
        #expect(ContentHasher("a").finish() != ContentHasher("b").finish())
    }

    // MARK: Parts of programs

    private static let elements = """
        #include <stdint.h>
        struct limits { uint32_t low; uint32_t high; };
        static struct limits limits = { 3, 9 };
        static int counter;
        int unrelated(int x) { return x + 1; }
        int deeper(int x) { return x > (int)limits.low; }
        int helper(int x) { return deeper(x) + 1; }
        void next(int x) { counter += x & 1; }
        void f(int x) { next(helper(x)); }
        """

    /// Of `f`, which hands on to `next`.
    private func digest(_ text: String) async throws -> ContentHash {
        let program = try await program(text)
        let function = try #require(program.function("f"))
        return program.digest(ofFunction: "f") { block, instruction in
            if case .call(.function("next"), _) = function.blocks[block.index].instructions[instruction].operation {
                true
            } else {
                false
            }
        }
    }

    @Test(arguments: [
        ("x + 1; }\nint deeper", "x + 2; }\nint deeper"), ("counter += x & 1", "counter += x & 3"),
    ]) func whatIsNotPartOfItDoesNotMatter(old: String, new: String) async throws {
        #expect(Self.elements.contains(old))
        let changed = Self.elements.replacingOccurrences(of: old, with: new)
        #expect(try await digest(Self.elements) == digest(changed))
    }

    @Test(arguments: [
        // Itself, a helper, a helper's helper, what that reads, the types of that, and lines.
        ("next(helper(x))", "next(helper(x ^ 1))"), ("deeper(x) + 1", "deeper(x) + 2"), ("x > (int)", "x >= (int)"),
        ("{ 3, 9 }", "{ 4, 9 }"), ("uint32_t high", "int32_t high"), ("void f(", "\nvoid f("),
        ("int deeper(", "\nint deeper("),
    ]) func whatIsPartOfItMatters(old: String, new: String) async throws {
        #expect(Self.elements.contains(old))
        let changed = Self.elements.replacingOccurrences(of: old, with: new)
        #expect(try await digest(Self.elements) != digest(changed))
    }
}
