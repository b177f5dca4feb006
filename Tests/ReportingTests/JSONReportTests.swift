import Foundation
import Reporting
import Testing
import Verification

@Suite struct JSONReportTests {
    private func document(_ report: VerificationReport) throws -> [String: Any] {
        let text = try JSONReport().text(of: report)
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test func theWholeDocument() throws {
        let document = try document(Sample.report([Sample.proved, Sample.refuted, Sample.inconclusive]))
        #expect(Set(document.keys) == ["schema_version", "run_state", "tool", "middleboxes", "summary"])
        #expect(document["schema_version"] as? Int == 1)
        #expect(document["run_state"] as? String == "complete")
        #expect(document["tool"] as? [String: String] == ["gravel": "1.2.3", "llvm": "19.1.7"])
        #expect(
            document["summary"] as? [String: Int]
                == ["proved": 1, "refuted": 1, "inconclusive": 1, "vacuous": 0, "error": 0])

        let box = try #require((document["middleboxes"] as? [[String: Any]])?.first)
        #expect(box["name"] as? String == "box")
        let elements = try #require(box["elements"] as? [[String: Any]])
        #expect(elements[1]["name"] as? String == "leave")
        #expect(elements[1]["paths"] as? Int == 12)
        #expect(elements[1]["lines"] as? [Int] == [3, 9])
        #expect(elements[1]["state"] as? [String] == ["map", "pool"])
    }

    @Test func everyPropertyHasAllKeys() throws {
        let document = try document(Sample.report([Sample.proved, Sample.refuted, Sample.inconclusive]))
        let box = try #require((document["middleboxes"] as? [[String: Any]])?.first)
        let properties = try #require(box["properties"] as? [[String: Any]])
        let contract: Set = ["name", "kind", "cites", "verdict", "reason", "seconds", "cached", "counterexample"]
        for property in properties { #expect(contract.isSubset(of: Set(property.keys))) }

        #expect(properties[0]["reason"] is NSNull)
        #expect(properties[0]["counterexample"] is NSNull)
        #expect(properties[0]["cites"] as? [String] == ["RFC 3022 section 4.1", "RFC 1624"])
        #expect(properties[0]["seconds"] as? Double == 0.123)
        #expect(properties[0]["cached"] as? Bool == false)
        let counterexample = try #require(properties[1]["counterexample"] as? [String: Any])
        #expect(counterexample["capture"] as? String == "out/box.pcap")
        #expect(counterexample["confirmed"] as? Bool == true)
        #expect(properties[2]["verdict"] as? String == "inconclusive")
        #expect(properties[2]["reason"] as? String == "the loop at box.c:2 may run more than 64 times")
    }

    @Test func aCrossCheckIsCounted() throws {
        var report = Sample.report([Sample.proved])
        report.crossCheck = Sample.crossCheck
        let check = try #require(try document(report)["cross_check"] as? [String: Any])
        #expect(check["solver"] as? String == "cvc5" && check["version"] as? String == "1.0.3")
        let counts = ["agreed", "disagreed", "unknown", "failed", "not_asked"].compactMap { check[$0] as? Int }
        #expect(counts == [90, 0, 6, 3, 1])
        #expect(check["answers"] as? Int == counts.reduce(0, +))
        #expect(check["late"] as? Int == 2 && check["whole"] as? Int == 40 && check["simplified"] as? Int == 5)
        #expect(check["settled_by_builders"] as? Int == 7)
        #expect(check["failure"] as? String == "it said 'no'")
    }

    @Test func aRunThatIsCutShortSaysSo() throws {
        let document = try document(Sample.report([], runState: .interrupted))
        #expect(document["run_state"] as? String == "interrupted")
    }

    @Test func theSameReportGivesTheSameText() throws {
        let report = Sample.report([Sample.proved, Sample.refuted])
        #expect(try JSONReport().text(of: report) == JSONReport().text(of: report))
        #expect(try JSONReport().text(of: report).hasSuffix("}\n"))
    }
}
