import Foundation
import Verification

/// What a middlebox's proofs hang on: the same proofs under different seeds and orders, verdict by verdict and query by query.
public struct StabilityReport: Sendable {
    /// One query in all runs.
    public struct Query: Hashable, Sendable {
        public let name: String
        /// The solver's steps, one for each run in which it was asked.
        public let steps: [Int]

        public var most: Int { steps.max() ?? 0 }
        public var least: Int { steps.min() ?? 0 }
        /// How many times as much the most is as the least, where it is worth looking at.
        public var spread: Double { Double(most) / Double(max(least, 1)) }
    }

    public let middlebox: String
    public let seeds: [Int]
    /// Of each property, the verdicts in the order of the seeds.
    public let verdicts: [(property: String, verdicts: [Verdict])]
    public let queries: [Query]
    /// Steps of the whole middlebox, in the order of the seeds.
    public let totals: [Int]

    /// A query that takes less is not worth looking at.
    public static let notable = 10_000

    /// - Parameter runs: each under its seed.
    public init(of runs: [(seed: Int, report: MiddleboxReport)]) {
        middlebox = runs.first?.report.name ?? ""
        seeds = runs.map(\.seed)
        let names = runs.first?.report.properties.map(\.name) ?? []
        verdicts = names.map { name in
            (name, runs.compactMap { run in run.report.properties.first { $0.name == name }?.verdict })
        }
        var steps: [String: [Int]] = [:]
        for run in runs { for query in run.report.times.queries { steps[query.name, default: []].append(query.steps) } }
        queries = steps.map { Query(name: $0.key, steps: $0.value) }.sorted { ($0.most, $1.name) > ($1.most, $0.name) }
        totals = runs.map { $0.report.times.queries.reduce(0) { $0 + $1.steps } }
    }

    /// Properties whose verdict hangs on the seed.
    public var unstable: [String] { verdicts.filter { Set($0.verdicts).count > 1 }.map(\.property) }

    /// The most costly queries, most costly first.
    public var slowest: [Query] { Array(queries.filter { $0.most >= Self.notable }.prefix(10)) }

    /// The queries whose cost hangs most on the seed, of those that cost something.
    public var mostUnstable: [Query] {
        let notable = queries.filter { $0.most >= Self.notable && $0.steps.count > 1 }
        return Array(notable.sorted { ($0.spread, $1.name) > ($1.spread, $0.name) }.prefix(10))
    }

    /// For people; ends with a newline.
    public var text: String {
        var lines = [
            "\(middlebox): \(counted(seeds.count, "seed")), \(counted(verdicts.count, "property", "properties")), \(counted(queries.count, "query", "queries"))",
            "",
        ]
        if unstable.isEmpty {
            lines.append("Every verdict is the same under every seed.")
        } else {
            lines.append("The verdict hangs on the seed:")
            lines += unstable.map { name in
                let all = verdicts.first { $0.property == name }?.verdicts ?? []
                let counts = Verdict.allCases.filter(all.contains).map { verdict in
                    "\(verdict.rawValue) \(all.count { $0 == verdict }) of \(all.count)"
                }
                return "  \(name): \(counts.joined(separator: ", "))"
            }
        }
        lines += ["", "all queries together: \(Self.range(totals)) thousand steps", ""]
        func list(_ title: String, _ queries: [Query]) {
            if queries.isEmpty { return }
            lines.append("\(title) (1000 solver steps)")
            let rows = queries.map { query in
                [
                    query.name, Self.thousands(query.least), Self.thousands(query.median), Self.thousands(query.most),
                    Self.times(query.spread), "\(query.steps.count)",
                ]
            }
            lines +=
                columns(
                    [["query", "least", "median", "most", "spread", "runs"]] + rows, alignedRight: [1, 2, 3, 4, 5]) + [
                    ""
                ]
        }
        list("slowest queries", slowest)
        list("most unstable queries", mostUnstable)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func thousands(_ steps: Int) -> String { "\((steps + 500) / 1000)" }

    private static func times(_ factor: Double) -> String { factor >= 100 ? ">100x" : String(format: "%.1fx", factor) }

    private static func range(_ steps: [Int]) -> String {
        "\(thousands(steps.min() ?? 0)) to \(thousands(steps.max() ?? 0))"
    }
}

extension StabilityReport.Query {
    public var median: Int {
        let sorted = steps.sorted()
        return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
    }
}

extension [StabilityReport] {
    /// As JSON, for programs; ends with a newline.
    public func json() throws -> String {
        try JSONEncoder.document(StabilityDocument(middleboxes: map(StabilityDocument.Middlebox.init)))
    }
}

private struct StabilityDocument: Encodable {
    struct Property: Encodable {
        let name: String
        let verdicts: [String]
        let stable: Bool
    }

    struct Query: Encodable {
        let name: String
        let steps: [Int]
    }

    struct Middlebox: Encodable {
        let name: String
        let seeds: [Int]
        let steps: [Int]
        let properties: [Property]
        let queries: [Query]

        init(_ report: StabilityReport) {
            name = report.middlebox
            seeds = report.seeds
            steps = report.totals
            properties = report.verdicts.map {
                Property(name: $0.property, verdicts: $0.verdicts.map(\.rawValue), stable: Set($0.verdicts).count <= 1)
            }
            queries = report.queries.map { Query(name: $0.name, steps: $0.steps) }
        }
    }

    let schemaVersion = 1
    let middleboxes: [Middlebox]
}
