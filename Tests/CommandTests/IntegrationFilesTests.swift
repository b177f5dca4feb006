import Foundation
import Testing

/// The files with which others call `verify`: the action, the hooks, the examples of workflows.
@Suite struct IntegrationFilesTests {
    private static let tools = repository + "/.build/tools/bin/"

    /// A file, and what it is checked with.
    struct Check: Sendable, CustomTestStringConvertible {
        let file: String
        let tool: String
        let arguments: [String]
        /// What makes the file wrong, in place of the first.
        let mistake: (right: String, wrong: String)

        var testDescription: String { file }

        func command(_ path: String) -> Command {
            Command(IntegrationFilesTests.tools + tool, arguments: arguments + [path])
        }
    }

    static let checks = [
        Check(
            file: "action.yml", tool: "check-jsonschema", arguments: ["--builtin-schema", "vendor.github-actions"],
            mistake: ("using: composite", "using: compsite")),
        Check(
            file: "docs/examples/github-workflow.yml", tool: "check-jsonschema",
            arguments: ["--builtin-schema", "vendor.github-workflows"], mistake: ("runs-on:", "run-on:")),
        Check(
            file: "docs/examples/gitlab-ci.yml", tool: "check-jsonschema",
            arguments: ["--builtin-schema", "vendor.gitlab-ci"], mistake: ("when: always", "when: ever")),
        Check(
            file: ".pre-commit-hooks.yaml", tool: "pre-commit", arguments: ["validate-manifest"],
            mistake: ("language: system", "langage: system")),
    ]

    @Test("They are as their readers want them, and mistakes in them would be told", arguments: checks)
    func valid(_ check: Check) async throws {
        let right = try await check.command(check.file).run()
        #expect(right.status == 0, "\(right.words)")
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let text = try text(of: check.file)
        try #require(text.contains(check.mistake.right))
        let path = folder.path + "/" + (check.file as NSString).lastPathComponent
        try text.replacingOccurrences(of: check.mistake.right, with: check.mistake.wrong)
            .write(toFile: path, atomically: true, encoding: .utf8)
        let wrong = try await check.command(path).run()
        #expect(wrong.status != 0, "\(wrong.words)")
    }

    /// Runs a step of the action with a `verify` that writes down its arguments, and a report where one is asked for.
    private func action(
        _ step: String, status: Int = 0, writesReport: Bool = true, inputs: [String: String] = [:]
    ) async throws -> (execution: Execution, arguments: String?, output: String) {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let bin = folder.path + "/bin"
        try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
        let script = """
            #!/bin/sh
            printf '<%s>' "$@" > arguments
            \(writesReport ? "echo '{}' > gravel.sarif" : "")
            exit \(status)
            """
        try script.write(toFile: bin + "/verify", atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: bin + "/verify")
        try "an earlier one".write(toFile: folder.path + "/gravel.sarif", atomically: true, encoding: .utf8)
        let variables = inputs.map { "\($0.key)=\($0.value)" } + ["GITHUB_OUTPUT=\(folder.path)/output"]
        let execution = try await Command(
            "/usr/bin/env", arguments: variables + ["\(repository)/Scripts/action.sh", step]
        ).run(in: folder.path, path: "\(bin):/usr/bin:/bin")
        func contents(_ name: String) -> String? {
            try? String(contentsOfFile: "\(folder.path)/\(name)", encoding: .utf8)
        }
        return (execution, contents("arguments"), contents("output") ?? "")
    }

    @Test("The action gives verify what it is given, and ends as verify does")
    func action() async throws {
        let plain = try await action("verify")
        #expect(plain.execution.status == 0 && plain.arguments == "<>", "\(plain)")
        #expect(plain.output == "status=0\n")
        let all = try await action(
            "verify", status: 1,
            inputs: [
                "GRAVEL_MIDDLEBOXES": "nat  'nop'", "GRAVEL_ARGUMENTS": "--property out*\n--jobs 2",
                "GRAVEL_BASELINE": "a b.json", "GRAVEL_SARIF": "gravel.sarif",
            ])
        #expect(
            all.arguments
                == "<nat><'nop'><--property><out*><--jobs><2><--output><sarif=gravel.sarif><--baseline><a b.json>")
        #expect(all.execution.status == 1, "\(all.execution.words)")
        #expect(all.output == "status=1\nsarif=gravel.sarif\n")
    }

    @Test("A report of an earlier step is not taken for this one's")
    func actionWithoutReport() async throws {
        let none = try await action("verify", status: 65, writesReport: false, inputs: ["GRAVEL_SARIF": "gravel.sarif"])
        #expect(none.execution.status == 65)
        #expect(none.output == "status=65\n")
    }

    @Test("The action uses the verify that is there")
    func actionSetup() async throws {
        let setup = try await action("setup")
        #expect(setup.execution.status == 0 && setup.execution.output.hasPrefix("Using /"), "\(setup.execution.words)")
    }
}
