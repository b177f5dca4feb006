import Foundation
import Testing

@testable import MiddleboxIR

/// The whole IR of the bundled middleboxes, as text. `GRAVEL_RECORD=1 swift test --filter GoldenTests` writes it anew.
@Suite struct GoldenTests {
    @Test(arguments: ["nop", "nat"]) func middleboxAsText(name: String) async throws {
        let text = try await middlebox(name).description
        let path = repository + "/Tests/Golden/ir/\(name).txt"
        if ProcessInfo.processInfo.environment["GRAVEL_RECORD"] != nil {
            try FileManager.default.createDirectory(
                atPath: repository + "/Tests/Golden/ir", withIntermediateDirectories: true)
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
    }
}
