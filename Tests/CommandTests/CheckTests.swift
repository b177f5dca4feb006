import Foundation
import Testing

/// `replay --check`: the spec, held against what the native middlebox does.
@Suite struct CheckTests {
    /// What the JSON report says of the check.
    private struct Report: Decodable {
        struct Check: Decodable {
            struct Property: Decodable {
                let name: String
                let kind: String
                let verdict: String
                let applied: Int
                let reason: String?
            }
            struct Violation: Decodable {
                let property: String
                let packet: Int
                let earlier: Earlier?
                let second: Earlier?
            }
            struct Earlier: Decodable {
                let name: String
            }
            let properties: [Property]
            let violations: [Violation]
        }
        let check: Check

        func verdict(_ name: String) -> String? { check.properties.first { $0.name == name }?.verdict }
    }

    private func check(_ arguments: String...) async throws -> (Execution, Report) { try await check(arguments) }

    private func check(_ arguments: [String]) async throws -> (Execution, Report) {
        let execution = try await Command("replay", arguments: arguments + ["--check", "--format", "json"]).run()
        let report = try? JSONDecoder().decode(Report.self, from: Data(execution.output.utf8))
        return (execution, try #require(report, "\(execution.words)"))
    }

    @Test(
        "What is proved is not violated by recorded traffic",
        arguments: ["nat", "firewall", "proxy", "bridge", "router", "loadbalancer"])
    func recordedTraffic(middlebox: String) async throws {
        let operations = "Tests/Traffic/\(middlebox)-operations.yml"
        let hasOperations = FileManager.default.fileExists(atPath: repository + "/" + operations)
        let (execution, report) = try await check(
            [middlebox, "Tests/Traffic/\(middlebox)-in.pcap"] + (hasOperations ? ["--operations", operations] : []))
        #expect(execution.status == 0, "\(execution.words)")
        #expect(report.check.violations.isEmpty)
        #expect(report.check.properties.contains { $0.verdict == "held" && $0.applied > 0 })
        for property in report.check.properties {
            switch property.verdict {
            case "held": #expect(property.applied > 0, "\(property.name)")
            case "never_applied": #expect(property.applied == 0, "\(property.name)")
            default: #expect(property.kind == "same" && property.reason != nil, "\(property.name)")
            }
        }
    }

    /// A middlebox with a bug, the property that it breaks, and what the counterexample's files begin with.
    private func refuted(
        _ middlebox: String, _ bug: String
    ) async throws -> (copy: MiddleboxCopy, property: String, stem: String) {
        let bug = SeededBug(middlebox: middlebox, name: bug)
        let copy = try await bug.patchedCopy()
        let property = try bug.expectedProperty()
        _ = try await copy.verify(property: property)
        return (copy, property, "\(copy.counterexamples)/\(middlebox).\(property)")
    }

    /// One for each form that a single run can show.
    @Test(
        "A counterexample shows the same violation",
        arguments: [
            ("nat", "payload_byte_touched"), ("nat", "wrong_key_field"), ("nat", "filtering_of_replies"),
            ("nat", "default_host"), ("nat", "port_free_too_early"), ("policer", "nothing_charged"),
            ("policer", "refill_not_capped"), ("bridge", "forwarded_back"), ("bridge", "group_learnt"),
        ])
    func counterexample(middlebox: String, bug: String) async throws {
        let (copy, property, stem) = try await refuted(middlebox, bug)
        defer { copy.remove() }
        let advice = try String(contentsOfFile: stem + ".yml", encoding: .utf8).prefix { $0 != "\n" }
        #expect(advice.hasSuffix("To see it again: replay \(middlebox) \(stem).pcap --check"), "\(advice)")
        let (execution, report) = try await check(copy.folder, stem + ".pcap", "--config", stem + ".yml")
        #expect(execution.status == 1, "\(execution.words)")
        #expect(report.check.violations.contains { $0.property == property }, "\(execution.words)")
        #expect(report.verdict(property) == "violated")
    }

    /// Two runs that do not differ but where they may, and do not do the same.
    @Test(
        "A counterexample of two runs shows the same violation",
        arguments: [("nat", "flows_share_a_limit"), ("loadbalancer", "key_without_port")])
    func counterexampleOfTwoRuns(middlebox: String, bug: String) async throws {
        let (copy, property, stem) = try await refuted(middlebox, bug)
        defer { copy.remove() }
        func arguments(_ first: String, _ second: String) -> [String] {
            func operations(_ run: String, _ option: String) -> [String] {
                let path = stem + run + ".operations.yml"
                return FileManager.default.fileExists(atPath: path) ? [option, path] : []
            }
            return [stem + first + ".pcap"] + operations(first, "--operations") + ["--check"]
                + ["--second", stem + second + ".pcap"] + operations(second, "--second-operations")
        }
        for (first, second) in [("", ".second"), (".second", "")] {
            // What the file says, is what is typed.
            let advice = try String(contentsOfFile: stem + first + ".yml", encoding: .utf8).prefix { $0 != "\n" }
            let command = arguments(first, second).joined(separator: " ")
            #expect(advice.hasSuffix("To see it again: replay \(middlebox) \(command)"), "\(advice)")
        }
        func compared(_ first: String, _ second: String) async throws -> (Execution, Report) {
            try await check([copy.folder] + arguments(first, second).filter { $0 != "--check" })
        }
        let (execution, report) = try await compared("", ".second")
        #expect(execution.status == 1, "\(execution.words)")
        #expect(report.check.violations.map(\.property) == [property], "\(execution.words)")
        #expect(report.check.violations.first?.second != nil)

        // A run beside itself does the same; beside one that is another, nothing is said; alone, neither.
        let same = try await compared("", "")
        #expect(same.0.status == 0 && same.1.verdict(property) == "held", "\(same.0.words)")
        let other = try await check(
            [copy.folder, stem + ".pcap", "--second", "Tests/Traffic/edge/no-packets.pcap"])
        #expect(other.0.status == 0, "\(other.0.words)")
        let alone = try await check(copy.folder, stem + ".pcap")
        #expect(alone.1.verdict(property) == "not_checked", "\(alone.0.words)")
    }

    @Test(
        "Two runs are for --check alone",
        arguments: [
            ["--second", "Tests/Traffic/nat-in.pcap"],
            ["--check", "--second-operations", "Tests/Traffic/router-operations.yml"],
            ["--check", "--second", "-"], ["--check", "--second", "Tests/Traffic/nat-in.pcap", "--repeat", "2"],
        ])
    func wrongUsageOfTwoRuns(arguments: [String]) async throws {
        let execution = try await Command("replay", arguments: ["nat", "Tests/Traffic/nat-in.pcap"] + arguments).run()
        #expect(execution.status == 64 && execution.error.contains("second"), "\(execution.words)")
    }

    @Test("A state object that cannot be told by its name leaves what is sent")
    func twoObjectsOfAName() async throws {
        let box = "Tests/Golden/errors/check_two_objects_of_a_name"
        let execution = try await Command("verify", box, "--property", "stays").run()
        #expect(execution.status == 1, "\(execution.words)")
        #expect(execution.output.contains("confirmed: the native program does the same"), "\(execution.words)")
    }

    @Test("Control operations are steps: with 'unless' named otherwise, the middlebox is to blame")
    func operations() async throws {
        let box = "Tests/Golden/errors/spec_unless_of_another_operation"
        let work = try TemporaryFolder()
        defer { work.remove() }
        let folder = work.path + "/counterexamples"
        _ = try await Command(
            "verify", box, "--counterexamples", folder, "--property", "stays", "--cache", work.path + "/cache"
        ).run()
        let stem = folder + "/spec_unless_of_another_operation.stays"
        let (execution, report) = try await check(
            box, stem + ".pcap", "--config", stem + ".yml", "--operations", stem + ".operations.yml")
        #expect(execution.status == 1, "\(execution.words)")
        #expect(report.check.violations.map(\.property) == ["stays"])
        #expect(report.check.violations.first?.earlier?.name == "packet 1")
        #expect(report.check.violations.first?.packet == 2)
        // Nothing passes without them, so there is no first step.
        let (without, none) = try await check(box, stem + ".pcap", "--config", stem + ".yml")
        #expect(without.status == 0, "\(without.words)")
        #expect(none.verdict("stays") == "never_applied")
    }

    @Test("A violation is shown in the spec, with the packet")
    func words() async throws {
        let execution = try await Command(
            "replay", "Tests/Golden/boxes/web", "Tests/Traffic/nat-in.pcap", "--check"
        ).run()
        #expect(execution.status == 1, "\(execution.words)")
        let expected = [
            "Tests/Golden/boxes/web/web.gravel:7:19: error: property 'nothing_of_the_web' is violated: "
                + "it does not hold that not q.tcp.destination_port == 80\n",
            "   7 |   then q == p and not q.tcp.destination_port == 80  // it is sent there all the same\n",
            "     |                   ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n",
            "  cites RFC 9110\n", "      tcp.destination_port       80\n", "  out at outside, ", ", unchanged\n",
            "  alike               same  0        not checked: it compares two runs, and this is one\n",
        ]
        for words in expected { #expect(execution.output.contains(words), "\(words) in \(execution.words)") }
        #expect(execution.output.contains(/\n  violated by packet [0-9]+, time [0-9]+\.[0-9]{9} s\n/))
        #expect(execution.output.contains(/\n3 properties: 1 held, 1 violated, 1 not checked\n/), "\(execution.words)")
    }
}
