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
        let there = WholeProgramTests.middleboxes.sorted().joined(separator: ", ")
        #expect(benchmark.error.contains("there is no middlebox nosuchbox; there are \(there)"), "\(benchmark.words)")
    }

    /// In small: what is compared with what, and where it is written.
    @Test func decompositionIsMeasured() async throws {
        let docs = try TemporaryFolder()
        defer { docs.remove() }
        let page = "# Page\n\n<!-- generated: chains -->\nWhat was there.\n<!-- end: chains -->\n\nMore.\n"
        try page.write(toFile: docs.path + "/decomposition.md", atomically: true, encoding: .utf8)
        let benchmark = try await Command(
            "Scripts/benchmark-decomposition.py", arguments: ["--largest", "2", "--output", docs.path]
        ).run(atMost: 600)
        try #require(benchmark.status == 0, "\(benchmark.words)")
        for row in ["cold", "nothing changed", "a line of classify_icmp"] {
            #expect(benchmark.output.contains(row), "\(row) is missing:\n\(benchmark.output)")
        }
        let written = try String(contentsOfFile: docs.path + "/decomposition.md", encoding: .utf8)
        #expect(written.hasPrefix("# Page\n") && written.contains("More.") && !written.contains("What was there."))
        #expect(written.contains("| 2 |") && written.contains("| cold |"))
        let figure = try String(contentsOfFile: docs.path + "/figures/decomposition.svg", encoding: .utf8)
        #expect(figure.contains("whole program") && figure.contains("</svg>"))
        // Counted, not timed: an element that has not changed is not executed again, and most of what was proved is not proved again.
        let changed = try #require(benchmark.output.split(separator: "\n").first { $0.contains("classify_icmp") })
        let cold = try #require(
            benchmark.output.split(separator: "\n").first { $0.contains("  cold") || $0.hasPrefix("cold") })
        func numbers(_ row: Substring) -> [Int] { row.split(separator: " ").suffix(5).compactMap { Int($0) } }
        try #require(numbers(changed).count == 5 && numbers(cold).count == 5)
        #expect(numbers(changed)[0] == 1)
        #expect(numbers(changed)[1] * 4 <= numbers(cold)[1])
        // Megabytes, over all processes.
        #expect(numbers(cold)[4] < 300)
    }

    /// In small: every middlebox has traffic that it passes, and a row.
    @Test func packetsAreMeasured() async throws {
        let docs = try TemporaryFolder()
        defer { docs.remove() }
        let benchmark = try await Command(
            "Scripts/benchmark-replay.py", arguments: ["--flows", "300", "--rounds", "20", "--output", docs.path]
        ).run(atMost: 600)
        try #require(benchmark.status == 0, "\(benchmark.words)")
        let written = try String(contentsOfFile: docs.path + "/performance.md", encoding: .utf8)
        for name in ["nop", "nat", "firewall", "loadbalancer", "bridge", "policer", "router"] {
            #expect(written.contains("| \(name) | 300 | "), "\(written)")
        }
        #expect(written.contains(/One dependent cache miss, in the same run: [0-9.]+ ns\./))
    }
}
