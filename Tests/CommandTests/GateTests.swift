import Foundation
import FoundationXML
import Testing

/// What a team that puts `verify` before its merges relies on.
@Suite struct GateTests {
    /// Forwards, but for long packets.
    private static func broken() throws -> MiddleboxCopy {
        let copy = try MiddleboxCopy("nop")
        try edit(
            copy.folder + "/nop.c", "void packet_arrives(struct packet *packet) {",
            "void packet_arrives(struct packet *packet) {\n    if (packet->length > 99) return packet_drop(packet);\n   "
        )
        return copy
    }

    private static func edit(_ path: String, _ old: String, _ new: String) throws {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try #require(text.contains(old), "\(path) has no '\(old)'")
        try text.replacing(old, with: new).write(toFile: path, atomically: true, encoding: .utf8)
    }

    private func content(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    // MARK: Formats

    @Test func allFormatsSayTheSame() async throws {
        let copy = try Self.broken()
        defer { copy.remove() }
        func path(_ name: String) -> String { "\(copy.folder)/\(name)" }
        let outputs = ["sarif", "junit", "json", "html", "github"].flatMap {
            ["--output", "\($0)=\(path("report.\($0)"))"]
        }
        let execution = try await Command("verify", arguments: [copy.folder, "--quiet"] + outputs).run()
        #expect(execution.status == 1, "\(execution.words)")
        #expect(execution.error.isEmpty, "it was to be quiet: \(execution.error)")
        #expect(execution.output.contains("nop.forwarded: refuted"))

        let json = try content(path("report.json"))
        #expect(try JSONSchema(path: "docs/schemas/report.schema.json").violations(in: json).isEmpty)
        let document = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let boxes = try #require(document["middleboxes"] as? [[String: Any]])
        let properties = try #require(boxes.first?["properties"] as? [[String: Any]])
        let verdicts = properties.map { ($0["name"] as? String ?? "", $0["verdict"] as? String ?? "") }
        #expect(verdicts.count == 8 && verdicts.count { $0.1 == "refuted" } == 2)

        let junit = try XMLDocument(xmlString: try content(path("report.junit")))
        let cases = try junit.nodes(forXPath: "/testsuites/testsuite/testcase").compactMap { $0 as? XMLElement }
        let outcomes = cases.map { test in
            (
                test.attribute(forName: "name")?.stringValue ?? "",
                test.elements(forName: "failure").isEmpty ? "proved" : "refuted"
            )
        }
        #expect(outcomes.map(\.0) == verdicts.map(\.0) && outcomes.map(\.1) == verdicts.map(\.1))

        let sarif =
            try JSONSerialization.jsonObject(with: Data(try content(path("report.sarif")).utf8)) as? [String: Any]
        let run = try #require((sarif?["runs"] as? [[String: Any]])?.first)
        let results = try #require(run["results"] as? [[String: Any]])
        #expect(
            results.compactMap { $0["ruleId"] as? String }
                == verdicts.filter { $0.1 == "refuted" }.map { "nop.\($0.0)" })

        // As a public tool has it, which tells of mistakes.
        for (old, new) in [
            ("", ""), ("\"ruleId\"", "\"ruleID\""), ("\"error\"", "\"eror\""), ("\"startLine\"", "\"start\""),
        ] {
            let text = try content(path("report.sarif"))
            let copy = path("copy.sarif")
            try (old.isEmpty ? text : text.replacing(old, with: new)).write(
                toFile: copy, atomically: true, encoding: .utf8)
            let tool = Command(
                "\(repository)/.build/tools/bin/python", "\(repository)/Tests/Formats/check-sarif.py", copy)
            let check = try await tool.run()
            #expect((check.status == 0) == old.isEmpty, "\(new): \(check.words)")
        }

        let github = try content(path("report.github")).split(separator: "\n")
        #expect(github.count { $0.hasPrefix("::error file=") } == 2)

        let html = try content(path("report.html"))
        for (name, verdict) in verdicts { #expect(html.contains("title=\"\(name): \(verdict)\"")) }
        #expect(html.contains("<svg") && html.contains("Not all proved"))
        // Nothing is fetched, and nothing runs.
        for part in ["<script", "src=", "@import", "url(", "<link"] { #expect(!html.contains(part), "it has \(part)") }
    }

    /// With a file that names no format, nothing is printed.
    @Test func aFileInsteadOfStandardOutput() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = folder.path + "/report"
        let execution = try await Command("verify", "nop", "--format", "github", "--output", path).run()
        #expect(execution.status == 0 && execution.output.isEmpty, "\(execution.words)")
        #expect(try content(path) == "1 middlebox, 8 properties: 8 proved\n")
    }

    @Test func theStepSummaryIsAddedTo() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = folder.path + "/summary.md"
        try "# Another step's\n".write(toFile: path, atomically: true, encoding: .utf8)
        for format in ["github", "text"] {
            let execution = try await Command("verify", "nop", "--format", format).run(
                environment: ["GITHUB_STEP_SUMMARY": path])
            #expect(execution.status == 0, "\(execution.words)")
        }
        let lines = try content(path).split(separator: "\n")
        #expect(lines[0] == "# Another step's")
        #expect(lines.count { $0 == "## ✅ gravel: 1 middlebox, 8 properties: 8 proved" } == 1)
    }

    @Test("A step summary that cannot be written is told before anything is proved")
    func stepSummaryThatCannotBeWritten() async throws {
        let execution = try await Command("verify", "nop", "--format", "github").run(
            environment: ["GITHUB_STEP_SUMMARY": "/nowhere/summary.md"])
        #expect(execution.status == 64 && execution.output.isEmpty, "\(execution.words)")
        #expect(
            execution.error.contains(
                "GITHUB_STEP_SUMMARY is '/nowhere/summary.md', which cannot be written: No such file or directory"),
            "\(execution.words)")
    }

    // MARK: Lost proofs

    /// A change after which `verify --baseline` must fail, and what it must say.
    struct Loss: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var file: String
        var old: String
        var new: String
        var status: Int32 = 2
        var words: [String]
    }

    static let losses = [
        Loss(
            testDescription: "a property is gone", file: "web.gravel", old: "property redirected",
            new: "property another",
            words: ["web.redirected: lost since", "the property is called another now"]),
        Loss(
            testDescription: "a clause is not cited", file: "web.gravel", old: "  cites RFC 791\n", new: "",
            words: ["web.redirected: lost since", "it does not cite RFC 791 any more"]),
        Loss(
            testDescription: "an assumption more", file: "web.gravel", old: "  ports inside, outside\n",
            new: "  ports inside, outside\n  assume config.limit < 1000\n",
            words: ["web: lost since", "all proofs rest on what the baseline does not: assume config.limit < 1000"]),
        Loss(
            testDescription: "not proved", file: "web.c", old: "packet_emit(packet, outside);",
            new: "packet_emit(packet, inside);", status: 1,
            words: ["web.redirected: lost since", "it was proved and is refuted now"]),
        Loss(
            testDescription: "not accepted", file: "web.c", old: "packet_emit(packet, outside);", new: "packet_emit();",
            status: 65, words: ["web: lost since", "it is not accepted"]),
        Loss(
            testDescription: "an element is gone", file: "web.c", old: "send_on", new: "pass_on",
            words: ["web.send_on: lost since", "the element is not there any more"]),
    ]

    private static let files = [
        "web.c": """
        #include <gravel/middlebox.h>

        enum port { inside, outside };

        struct configuration {
            uint32_t limit;
        };
        CONFIGURATION(config);

        static void send_on(struct packet *packet) {
            packet_emit(packet, outside);
        }

        void packet_arrives(struct packet *packet) {
            if (packet->port != inside || packet->length > config.limit) return packet_drop(packet);
            send_on(packet);
        }

        """,
        "web.gravel": """
        middlebox web
          ports inside, outside

        property redirected
          cites RFC 791
          when p enters inside, q leaves any
          then q.port == outside

        """,
    ]

    @Test(arguments: losses) func whatIsLostIsTold(loss: Loss) async throws {
        let copy = try MiddleboxCopy("web", files: Self.files)
        defer { copy.remove() }
        let baseline = copy.folder + "/proofs.json"
        let written = try await Command("verify", copy.folder, "--write-baseline", baseline).run()
        #expect(written.status == 0, "\(written.words)")
        let same = try await Command("verify", copy.folder, "--baseline", baseline).run()
        #expect(same.status == 0 && !same.output.contains("baseline"), "\(same.words)")

        for file in ["web.c", "web.gravel"] where file == loss.file {
            try Self.edit("\(copy.folder)/\(file)", loss.old, loss.new)
        }
        let execution = try await Command("verify", copy.folder, "--baseline", baseline).run()
        #expect(execution.status == loss.status, "\(execution.words)")
        for words in loss.words { #expect(execution.output.contains(words), "no '\(words)': \(execution.words)") }
        let json = try await Command("verify", copy.folder, "--baseline", baseline, "--format", "json").run()
        #expect(json.status == loss.status && json.output.contains("\"lost\" : [\n"), "\(json.words)")
        // What was said once more is a green gate again.
        if loss.status == 2 {
            _ = try await Command("verify", copy.folder, "--write-baseline", baseline).run()
            #expect(try await Command("verify", copy.folder, "--baseline", baseline).run().status == 0)
        }
    }

    @Test func twoOfOneNameAreNotMistakenForEachOther() async throws {
        let copies = try [MiddleboxCopy("web", files: Self.files), MiddleboxCopy("web", files: Self.files)]
        defer { for copy in copies { copy.remove() } }
        let baseline = copies[0].folder + "/proofs.json"
        let arguments = copies.map(\.folder) + ["--write-baseline", baseline]
        let execution = try await Command("verify", arguments: arguments).run()
        #expect(
            execution.status == 64 && execution.error.contains("two middleboxes are called 'web'"), "\(execution.words)"
        )
    }

    /// Only of what the run is about.
    @Test func othersAreNotLost() async throws {
        let copy = try MiddleboxCopy("web", files: Self.files)
        defer { copy.remove() }
        let baseline = copy.folder + "/proofs.json"
        for box in ["nop", copy.folder] {
            #expect(try await Command("verify", box, "--write-baseline", baseline).run().status == 0)
        }
        let text = try content(baseline)
        #expect(text.contains("\"name\" : \"nop\"") && text.contains("\"name\" : \"web\""))
        for arguments in [["nop"], [copy.folder], [copy.folder, "--property", "memory_*"]] {
            let execution = try await Command("verify", arguments: arguments + ["--baseline", baseline]).run()
            #expect(execution.status == 0, "\(execution.words)")
        }
    }
}

/// The reader of schemas itself.
@Suite struct JSONSchemaTests {
    private let good = """
        {"schema_version": 1, "run_state": "complete", "tool": {"gravel": "1", "llvm": "2", "z3": "3"}, "middleboxes": [],
         "summary": {"proved": 0, "refuted": 0, "inconclusive": 0, "vacuous": 0, "error": 0}}
        """

    @Test func whatIsAsItMustBeIsAccepted() throws {
        #expect(try JSONSchema(path: "docs/schemas/report.schema.json").violations(in: good).isEmpty)
    }

    @Test(arguments: [
        ("\"schema_version\": 1", "\"schema_version\": 2"), ("\"schema_version\": 1", "\"schema_version\": true"),
        ("\"complete\"", "\"done\""), ("\"z3\": \"3\"", "\"z3\": 3"), (", \"z3\": \"3\"", ""),
        ("\"proved\": 0", "\"proved\": -1"), ("\"proved\": 0", "\"proved\": 0.5"),
        ("\"proved\": 0", "\"proved\": 0, \"new\": 0"),
        ("\"middleboxes\": []", "\"middleboxes\": {}"), ("\"middleboxes\": []", "\"middleboxes\": [{\"name\": \"x\"}]"),
        ("\"middleboxes\": []", "\"middleboxes\": null"),
    ]) func whatIsNotIsFound(old: String, new: String) throws {
        #expect(good.contains(old))
        let violations = try JSONSchema(path: "docs/schemas/report.schema.json").violations(
            in: good.replacing(old, with: new))
        #expect(!violations.isEmpty, "\(new)")
    }
}
