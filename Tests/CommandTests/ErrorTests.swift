import Foundation
import Testing

/// Bad input gets a clear error and the right exit status, never a crash.
@Suite struct ErrorTests {
    static let cases = GoldenCase.all("errors")

    @Test func thereAreCases() { #expect(Self.cases.count >= 60) }

    @Test(arguments: cases) func golden(_ golden: GoldenCase) async throws {
        let execution = try await golden.command().run()
        #expect(execution.status == (try golden.expectedStatus()), "\(execution.words)")
        for words in try golden.expectedWords() {
            let expression = try Regex(words)
            #expect(
                execution.output.contains(expression) || execution.error.contains(expression),
                "nothing in it is like '\(words)': \(execution.words)")
        }
        // The two streams have their jobs: what is wrong with the input is not data.
        if execution.status == 64 || execution.status == 65 {
            #expect(!execution.error.isEmpty, "no word on standard error")
        }

        for (file, printed) in [("output", execution.output), ("error", execution.error)] {
            let path = "\(repository)/\(golden.path)/\(file)"
            let lasting = GoldenCase.lasting(printed)
            if isRecording { try lasting.write(toFile: path, atomically: true, encoding: .utf8) }
            #expect(try String(contentsOfFile: path, encoding: .utf8) == lasting, "standard \(file)")
        }
    }
}
