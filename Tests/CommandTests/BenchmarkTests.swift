import Testing

@Suite struct BenchmarkTests {
    /// What it measures differs from run to run; that it measures does not.
    @Test func tellsWhereTheTimeGoes() async throws {
        let benchmark = try await Command("Scripts/benchmark.py", "--rounds", "1", "nop").run()
        try #require(benchmark.status == 0, "\(benchmark.words)")
        for heading in ["time of nop by phase", "execution by element input", "solver work", "middlebox "] {
            #expect(benchmark.output.contains(heading), "\(heading) is missing:\n\(benchmark.output)")
        }
        let row = try #require(benchmark.output.split(separator: "\n").last { $0.hasPrefix("nop ") })
        let ratio = try #require(row.split(separator: " ").last.flatMap { Double($0) })
        #expect(ratio > 0)
    }

    @Test func knowsItsMiddleboxes() async throws {
        let benchmark = try await Command("Scripts/benchmark.py", "nosuchbox").run()
        #expect(benchmark.status == 2)
        #expect(benchmark.error.contains("there is no middlebox nosuchbox; there are nat, nop"))
    }
}
