import Foundation
import Testing

/// What is told of how far things are.
@Suite struct ProgressTests {
    /// Runs a command as in a terminal of its own, and prints all that it writes there.
    private static let inTerminal = """
        import os, pty, sys
        written = b""
        def read(file):
            global written
            data = os.read(file, 4096)
            written += data
            return b"." if data else data
        sys.stdout.flush()
        silence = os.open("/dev/null", os.O_WRONLY)
        saved = os.dup(1)
        os.dup2(silence, 1)
        status = os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:], read))
        os.dup2(saved, 1)
        sys.stdout.buffer.write(written)
        sys.exit(status)
        """

    private func run(_ terminal: String, _ arguments: String...) async throws -> Execution {
        let verify = try Command("verify").executablePath()
        return try await Command("/usr/bin/python3", arguments: ["-c", Self.inTerminal, verify] + arguments)
            .run(environment: ["TERM": terminal])
    }

    @Test func aTerminalHasOneLiveLine() async throws {
        let execution = try await run("xterm", "nop", "--no-cache")
        #expect(execution.status == 0, "\(execution.words)")
        let lines = execution.output.components(separatedBy: "\r\u{1B}[K")
        #expect(lines.contains("[0/8] nop: compiling") && lines.contains("[0/8] nop: proving"), "\(execution.words)")
        for count in 1...8 { #expect(lines.contains { $0.hasPrefix("[\(count)/8] nop: proving") }) }
        // It is gone when the report comes.
        #expect(lines.last?.contains("1 element, 1 path, 8 properties") == true)
        #expect(lines.dropLast().allSatisfy { !$0.contains("\n") }, "\(execution.words)")
    }

    @Test func elsewhereThereIsALineForEachProperty() async throws {
        for execution in [
            try await run("dumb", "nop", "--no-cache"), try await Command("verify", "nop", "--no-cache").run(),
        ] {
            let lines = (execution.output + execution.error).split(whereSeparator: \.isNewline)
            #expect(
                lines.count { $0.wholeMatch(of: /nop\.\w+: proved \(\d+\.\d\d s\)/) != nil } == 8, "\(execution.words)")
            #expect(!lines.contains { $0.contains("\u{1B}[K") })
        }
    }

    @Test func quietIsQuiet() async throws {
        let execution = try await Command("verify", "nop", "-q").run()
        #expect(execution.status == 0 && execution.error.isEmpty, "\(execution.words)")
        let both = try await Command("verify", "nop", "-q", "-v").run()
        #expect(both.status == 64)
    }
}
