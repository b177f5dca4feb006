import Diagnostics
import Foundation
import Reporting
import Testing
import Verification

@Suite struct SARIFReportTests {
    private func run(_ report: VerificationReport, _ paths: RepositoryPaths = RepositoryPaths()) throws -> [String: Any]
    {
        let text = try SARIFReport(paths: paths).text(of: report)
        let log = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(log["version"] as? String == "2.1.0")
        let runs = try #require(log["runs"] as? [[String: Any]])
        #expect(runs.count == 1)
        return try #require(runs.first)
    }

    /// What is found by keys and places, one after the other.
    private func at(_ value: Any?, _ path: Any...) -> Any? {
        path.reduce(value) { value, step in
            if let key = step as? String { return (value as? [String: Any])?[key] }
            guard let index = step as? Int, let list = value as? [Any], list.indices.contains(index) else { return nil }
            return list[index]
        }
    }

    @Test func aRulePerPropertyAndAResultPerProblem() throws {
        let run = try run(
            Sample.report([Sample.proved, Sample.refuted, Sample.inconclusive, Sample.vacuous, Sample.rejected]))
        let rules = try #require(at(run, "tool", "driver", "rules") as? [[String: Any]])
        #expect(
            rules.compactMap { $0["id"] as? String } == [
                "box.unchanged", "box.payload", "box.memory", "box.never", "box.accepted",
            ])
        #expect(at(rules, 0, "properties", "tags") as? [String] == ["step", "RFC 3022 section 4.1", "RFC 1624"])
        #expect(
            at(rules, 0, "shortDescription", "text") as? String == "unchanged of box: RFC 3022 section 4.1, RFC 1624")
        #expect(
            at(rules, 0, "fullDescription", "text") as? String
                == "property unchanged\n  when p enters any\n  then p is dropped")
        let results = try #require(run["results"] as? [[String: Any]])
        #expect(
            results.compactMap { $0["ruleId"] as? String } == [
                "box.payload", "box.accepted", "box.memory", "box.never",
            ])
        #expect(results.compactMap { $0["level"] as? String } == ["error", "error", "warning", "warning"])
        for result in results {
            let index = try #require(result["ruleIndex"] as? Int)
            #expect(rules[index]["id"] as? String == result["ruleId"] as? String)
            #expect(at(result, "locations", 0, "physicalLocation", "artifactLocation", "uri") as? String == "box.c")
        }
        #expect(at(run, "invocations", 0, "executionSuccessful") as? Bool == true)
    }

    @Test func theWayThroughTheCodeIsACodeFlow() throws {
        let run = try run(Sample.report([Sample.refuted]))
        let flow = at(run, "results", 0, "codeFlows", 0, "threadFlows", 0, "locations") as? [[String: Any]]
        let texts = try #require(flow).map { at($0, "location", "message", "text") as? String ?? "" }
        #expect(texts.count == 4)
        #expect(texts[0].hasPrefix("packet 1 in at inside, time 1.000000005 s: ethernet.destination 02:00:00:00:00:01"))
        #expect(texts[1] == "entered" && texts[2] == "two();")
        #expect(
            texts[3]
                == "out at outside: payload 4 bytes: 01 02 03 09 (was 4 bytes: 01 02 03 04); out at inside, unchanged")
        let lines = try #require(flow).map { at($0, "location", "physicalLocation", "region", "startLine") as? Int }
        #expect(lines == [1, 1, 2, 2])
        #expect(
            at(run, "results", 0, "codeFlows", 0, "message", "text") as? String
                == "To see it again: replay box out/box.pcap")
    }

    /// So that a service takes a problem for the one that it knows: wherever it has moved to, whatever it is that is wrong.
    @Test func fingerprintsAreStable() throws {
        var moved = Sample.inconclusive
        moved.location = SourceLocation(file: "box.c", line: 3, column: 1)
        moved.reason = "something else"
        let fingerprints = try [Sample.inconclusive, moved].map {
            at(try run(Sample.report([Sample.proved, $0])), "results", 0, "partialFingerprints") as? [String: String]
        }
        #expect(fingerprints[0] == ["gravelProperty/v1": "box.memory"])
        #expect(fingerprints[0] == fingerprints[1])
    }

    @Test func pathsAreURIs() throws {
        for (file, uri) in [
            ("a b/ü.c", "a%20b/%C3%BC.c"), ("x:y.c", "x%3Ay.c"), ("/tmp/a b.c", "file:///tmp/a%20b.c"),
            ("../c.c", "top/c.c"),
        ] {
            var property = Sample.inconclusive
            property.location = SourceLocation(file: file, line: 1, column: 0)
            let run = try run(
                Sample.report([property]), RepositoryPaths(workingDirectory: file.hasPrefix("..") ? "top/sub" : ""))
            let artifact = at(run, "results", 0, "locations", 0, "physicalLocation", "artifactLocation")
            #expect(at(artifact, "uri") as? String == uri)
            #expect((at(artifact, "uriBaseId") as? String == "SRCROOT") == !file.hasPrefix("/"))
        }
    }

    /// Clang counts bytes; the document says that it counts characters.
    @Test func columnsAreCharacters() throws {
        var report = Sample.report([])
        var property = Sample.inconclusive
        property.location = SourceLocation(file: "box.c", line: 1, column: 8)
        report.middleboxes[0].sources = [SourceFile(path: "box.c", text: "/*é字*/ x\n")]
        report.middleboxes[0].properties = [property]
        let run = try run(report)
        #expect(run["columnKind"] as? String == "unicodeCodePoints")
        #expect(at(run, "results", 0, "locations", 0, "physicalLocation", "region", "startColumn") as? Int == 5)
    }

    @Test func whatWasLostHasRules() throws {
        var report = Sample.report([Sample.proved])
        report.baseline = Sample.losses
        let run = try run(report)
        let rules = try #require(at(run, "tool", "driver", "rules") as? [[String: Any]]).compactMap {
            $0["id"] as? String
        }
        #expect(rules == ["box.unchanged", "box.leave.baseline", "box.baseline", "gone.baseline"])
        let results = try #require(run["results"] as? [[String: Any]])
        #expect(results.compactMap { $0["ruleIndex"] as? Int } == [0, 1, 2, 3])
    }

    @Test func anInterruptionIsNoSuccess() throws {
        let run = try run(Sample.report([Sample.proved], runState: .interrupted))
        #expect(at(run, "invocations", 0, "executionSuccessful") as? Bool == false)
        let words = at(run, "invocations", 0, "toolExecutionNotifications", 0, "message", "text") as? String
        #expect(words?.contains("interrupted") == true)
    }
}
