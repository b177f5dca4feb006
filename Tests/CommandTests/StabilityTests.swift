import Foundation
import Testing

/// `verify measure` and `verify explain`.
@Suite struct StabilityTests {
    @Test func seedsChangeWhatItCostsAndNoVerdict() async throws {
        let execution = try await Command("verify", "measure", "policer", "--seeds", "3", "--format", "json").run(
            atMost: 600)
        #expect(execution.status == 0, "\(execution.words)")
        let document = try JSONSerialization.jsonObject(with: Data(execution.output.utf8)) as? [String: Any]
        let box = try #require((document?["middleboxes"] as? [[String: Any]])?.first)
        #expect(box["seeds"] as? [Int] == [0, 1, 2])
        // Otherwise the seeds would not get through to the solver.
        #expect(Set(try #require(box["steps"] as? [Int])).count == 3)
        let properties = try #require(box["properties"] as? [[String: Any]])
        #expect(!properties.isEmpty)
        for property in properties { #expect(property["verdicts"] as? [String] == ["proved", "proved", "proved"]) }
    }

    @Test func aProofIsExplained() async throws {
        let execution = try await Command("verify", "explain", "bridge", "frames_follow_the_station").run()
        #expect(execution.status == 0, "\(execution.words)")
        for words in [
            "bridge.frames_follow_the_station: proved", "monitor that remembers", "expiry(stations, p.ethernet.source)",
            "for e in stations: stations[e].port <= 3", "packet_arrives, packet_flood", "path3",
        ] { #expect(execution.output.contains(words), "no '\(words)': \(execution.words)") }
    }

    @Test func aNearNameIsOffered() async throws {
        let execution = try await Command("verify", "explain", "bridge", "frames_folow_the_station").run()
        #expect(
            execution.status == 64 && execution.error.contains("is it 'frames_follow_the_station'?"),
            "\(execution.words)")
    }
}
