import Foundation
import Testing

@testable import MiddleboxIR

/// What goes in and what goes wrong.
@Suite struct CompilerTests {
    @Test func cErrorsAreClangsOwnWords() async throws {
        do {
            _ = try await program("int f(void) {\n    return missing;\n}\n")
            Issue.record("accepted")
        } catch CompilerError.clang(let output) {
            #expect(output.contains("snippet.c:2:12: error: use of undeclared identifier 'missing'"), "\(output)")
            #expect(output.contains("    2 |     return missing;\n      |            ^"), "\(output)")
        }
    }

    @Test func warningsAreErrors() async throws {
        do {
            _ = try await program("int f(void) { int unused = 1; return 0; }\n")
            Issue.record("accepted")
        } catch CompilerError.clang(let output) {
            #expect(output.contains("[-Werror,-Wunused-variable]"), "\(output)")
        }
    }

    @Test(arguments: ["clang-of-the-future", "/nowhere/clang-19"]) func clangThatIsNotThere(name: String) async throws {
        await #expect(throws: CompilerError.clangNotFound(name)) { try await program("", clang: name) }
        #expect("\(CompilerError.clangNotFound(name))".contains("apt-get install clang-19"))
    }

    @Test func compilerThatWritesSomethingElse() async throws {
        let folder = try Folder()
        try folder.write("#!/bin/sh\necho hello\n", to: "clang")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path + "/clang")
        do {
            _ = try await program("", clang: folder.path + "/clang")
            Issue.record("accepted")
        } catch CompilerError.invalidBitcode(let reason) {
            #expect(!reason.isEmpty)
        }
    }

    @Test func compilerThatDies() async throws {
        let folder = try Folder()
        try folder.write("#!/bin/sh\nkill -SEGV $$\n", to: "clang")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path + "/clang")
        do {
            _ = try await program("", clang: folder.path + "/clang")
            Issue.record("accepted")
        } catch CompilerError.clangFailed(let reason) {
            #expect(reason.contains("signal 11"), "\(reason)")
        }
    }

    @Test func sourceThatIsNotThere() async throws {
        let compiler = Compiler(includeDirectories: [])
        await #expect(throws: CompilerError.unreadableSource(path: "nowhere.c")) {
            try await compiler.compile(name: "x", sources: ["nowhere.c"])
        }
        await #expect(throws: CompilerError.noSources) { try await compiler.compile(name: "x", sources: []) }
    }

    @Test func severalFilesAreOneProgram() async throws {
        let folder = try Folder()
        try folder.write(
            "int g(int);\nstatic int h(int a) { return a; }\nint f(int a) { return g(h(a)); }\n", to: "one.c")
        try folder.write("static int h(int a) { return a ^ 1; }\nint g(int a) { return h(a); }\n", to: "two.c")
        let program = try await Compiler(includeDirectories: [], workingDirectory: folder.path)
            .compile(name: "both", sources: ["one.c", "two.c"])
        #expect(program.functions.map { String($0.name.prefix(1)) } == ["h", "f", "h", "g"])
        #expect(program.functions.map { $0.location?.file } == ["one.c", "one.c", "two.c", "two.c"])
        #expect(try #require(program.function("f")).text.contains("call g("))
        #expect(program.sources.map(\.path) == ["one.c", "two.c"])
    }

    @Test func filesThatDoNotFit() async throws {
        let folder = try Folder()
        try folder.write("int f(void) { return 1; }\n", to: "one.c")
        try folder.write("int f(void) { return 2; }\n", to: "two.c")
        do {
            _ = try await Compiler(includeDirectories: [], workingDirectory: folder.path)
                .compile(name: "both", sources: ["one.c", "two.c"])
            Issue.record("accepted")
        } catch CompilerError.link(let reason) {
            #expect(reason.contains("'f'") || reason.contains("symbol"), "\(reason)")
        }
    }

    @Test func portsThatDiffer() async throws {
        let folder = try Folder()
        try folder.write("enum port { a };\nint f(void) { return 1; }\n", to: "one.c")
        try folder.write("enum port { b };\nint g(void) { return 2; }\n", to: "two.c")
        do {
            _ = try await Compiler(includeDirectories: [], workingDirectory: folder.path)
                .compile(name: "both", sources: ["one.c", "two.c"])
            Issue.record("accepted")
        } catch CompilerError.conflictingPorts(let detail) {
            #expect(detail == "a = 0 and b = 0")
        }
    }

    @Test func definitionsReachTheCode() async throws {
        let folder = try Folder()
        try folder.write("int f(void) { return NUMBER; }\n", to: "snippet.c")
        let program = try await Compiler(
            includeDirectories: [], definitions: ["NUMBER=42"], workingDirectory: folder.path
        ).compile(name: "x", sources: ["snippet.c"])
        #expect(try #require(program.function("f")).text.contains("return 42:i32"))
    }

    @Test func pathsAreShownRelativeToTheWorkingDirectory() {
        let paths = SourcePaths(workingDirectory: "/a/b/")
        #expect(paths.shown("/a/b/c/d.c") == "c/d.c")
        #expect(paths.shown("./c/../e.c", directory: "/a/b/c") == "c/e.c")
        #expect(paths.shown("/a/bc/d.c") == "/a/bc/d.c")
        #expect(paths.absolute("../x.c") == "/a/x.c")
    }

    @Test func manyCompilationsAtOnce() async throws {
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<8 { group.addTask { try await middlebox("nop").digest } }
            var digests: Set<String> = []
            for try await digest in group { digests.insert(digest) }
            #expect(digests.count == 1)
        }
    }
}
