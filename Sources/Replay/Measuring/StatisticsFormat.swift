import Foundation

extension ReplayStatistics: Encodable {
    private enum CodingKeys: String, CodingKey {
        case packetsIn = "packets_in"
        case packetsOut = "packets_out"
        case dropped, skipped, reordered, seconds
        case packetsPerSecond = "packets_per_second"
        case nanosecondsPerPacket = "nanoseconds_per_packet"
        case elements, tables, operations, output, rounds, comparison
        case reference = "against"
        case cores
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(packetsIn, forKey: .packetsIn)
        let counts = Dictionary(packetsOut.map { ($0.name, $0.count) }, uniquingKeysWith: +)
        try container.encode(counts, forKey: .packetsOut)
        try container.encodeIfPresent(operations, forKey: .operations)
        try container.encode(dropped, forKey: .dropped)
        try container.encode(skipped, forKey: .skipped)
        try container.encode(reordered, forKey: .reordered)
        try container.encode(seconds, forKey: .seconds)
        try container.encode(packetsPerSecond, forKey: .packetsPerSecond)
        try container.encode(nanosecondsPerPacket, forKey: .nanosecondsPerPacket)
        try container.encodeIfPresent(rounds, forKey: .rounds)
        try container.encodeIfPresent(reference, forKey: .reference)
        try container.encodeIfPresent(cores, forKey: .cores)
        try container.encodeIfPresent(comparison, forKey: .comparison)
        try container.encode(elements, forKey: .elements)
        try container.encodeIfPresent(tables, forKey: .tables)
        try container.encode(output, forKey: .output)
    }

    /// A table for people; only what there is something to say about.
    public func text() -> String {
        var rows = [("packets in", "\(packetsIn)")]
        rows += packetsOut.map { ("packets out \($0.name)", "\($0.count)") }
        rows.append(("dropped", "\(dropped)"))
        if let operations { rows.append(("control operations", "\(operations)")) }
        if skipped.cut > 0 { rows.append(("skipped: cut by the capture", "\(skipped.cut)")) }
        if skipped.unmatched > 0 { rows.append(("skipped: no ingress port", "\(skipped.unmatched)")) }
        if skipped.oversized > 0 { rows.append(("skipped: too long", "\(skipped.oversized)")) }
        if reordered > 0 { rows.append(("out of order in time", "\(reordered)")) }
        if let cores {
            rows.append(
                ("cores", "\(cores.packets.count): packets \(cores.packets.map(String.init).joined(separator: ", "))"))
            rows.append(("  spread by", cores.key))
        }
        rows.append(("seconds", String(format: "%.6f", seconds)))
        rows.append(("packets per second", String(format: "%.0f", packetsPerSecond)))
        if let rounds {
            rows.append(
                ("rounds", "\(rounds.measured)" + (rounds.warmup > 0 ? " after \(rounds.warmup) to warm up" : "")))
            rows.append(("nanoseconds per packet", rounds.text))
        }
        if let reference {
            rows.append(("  of \(reference.name)", reference.rounds.text))
            rows.append(
                (
                    "  above \(reference.name)",
                    String(format: "%.1f, %.2f times as much", reference.above, reference.ratio)
                ))
        }
        if let comparison { rows.append(("compared", "\(comparison)")) }
        let latency = nanosecondsPerPacket
        rows.append(
            (
                rounds == nil ? "nanoseconds per packet" : "  timed one by one",
                "p50 \(latency.p50)  p90 \(latency.p90)  p99 \(latency.p99)  p999 \(latency.p999)  max \(latency.max)"
            ))
        if let output { rows.append(("written to", output)) }
        let width = rows.map(\.0.count).max() ?? 0
        let elementRows = (elements ?? []).map { [$0.name, "\($0.packets)", "\($0.dropped)"] }
        let tableRows = (tables ?? []).map { [$0.name, "\($0.used)", "\($0.capacity)"] }
        return
            (rows.map { $0.0.padding(toLength: width + 2, withPad: " ", startingAt: 0) + $0.1 }
            + Self.table(["element", "packets", "dropped"], elementRows)
            + Self.table(["table", "used", "capacity"], tableRows))
            .joined(separator: "\n")
    }

    /// Nothing where it has no rows.
    private static func table(_ head: [String], _ rows: [[String]]) -> [String] {
        rows.isEmpty ? [] : [""] + TextTable.lines(head, rows).map { "  " + $0 }
    }
}

extension ReplayStatistics.Rounds: Encodable {
    private enum CodingKeys: String, CodingKey { case warmup, measured, best, median, worst }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(warmup, forKey: .warmup)
        try container.encode(measured, forKey: .measured)
        try container.encode(best, forKey: .best)
        try container.encode(median, forKey: .median)
        try container.encode(worst, forKey: .worst)
    }

    fileprivate var text: String { String(format: "%.1f (%.1f to %.1f)", median, best, worst) }
}

extension Encodable {
    /// One JSON object, keys in alphabetical order.
    package func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
