import Foundation
import MiddleboxIR

/// What a replay measured.
public struct ReplayStatistics: Hashable, Sendable {
    /// Packets that the middlebox was given.
    public var packetsIn = 0
    /// Per port, in the order of `enum port`. A packet that was emitted more than once counts as often.
    public var packetsOut: [PortCount]
    /// Control operations that were run; nil where none were asked for.
    public var operations: Int?
    /// Packets that left on no port.
    public var dropped = 0
    /// Packets of the capture that the middlebox was not given.
    public var skipped = Skipped()
    /// Packets whose time in the capture lay before that of one before them; they arrived at the latest time so far.
    public var reordered = 0
    /// In the middlebox.
    public var seconds = 0.0
    public var nanosecondsPerPacket = Latency()
    /// How long packets took, from all of them to the slowest one; for plots.
    public var distribution: [Share] = []
    /// Nil where one round was measured.
    public var rounds: Rounds?
    /// Nil where it was played to no other middlebox.
    public var reference: Reference?
    /// Nil where it ran on one core.
    public var cores: Cores?
    /// For each element, in the order in which packets meet them; nil where they were not counted.
    public var elements: [ElementCount]?
    /// Maps and pools, at the end; nil where they were not looked at.
    public var tables: [TableOccupancy]?
    /// The capture that was written.
    public var output: String?
    /// With an earlier replay; nil where none was asked for.
    public var comparison: PerformanceBaseline.Comparison?

    public struct PortCount: Hashable, Sendable {
        public let name: String
        public let number: UInt32
        public var count: Int
    }

    /// How often the capture was played, and what a packet costs: by the time of whole batches, no clock read between their packets.
    public struct Rounds: Hashable, Sendable {
        public let warmup: Int
        public let measured: Int
        /// Of each measured round, in nanoseconds per packet; at least one.
        public let costs: [Double]

        /// - Parameter costs: nil where there is none, as nothing arrived.
        init?(_ rounds: ReplayRounds, costs: [Double]) {
            guard !costs.isEmpty else { return nil }
            warmup = rounds.warmup
            measured = rounds.measured
            self.costs = costs
        }

        /// In nanoseconds per packet.
        public var best: Double { costs.min() ?? 0 }
        public var median: Double { costs.median }
        public var worst: Double { costs.max() ?? 0 }
    }

    /// What another middlebox took for the same packets, in rounds between those of the first. The two are compared in the quarter of the
    /// rounds in which the other was fastest: what else the machine does slows down both, and not by the same time.
    public struct Reference: Hashable, Sendable, Encodable {
        public let name: String
        public let rounds: Rounds
        public let distribution: [Share]
        /// How much more the first takes, in nanoseconds per packet: the median over those rounds.
        public let above: Double
        /// How many times as much.
        public let ratio: Double

        private enum CodingKeys: String, CodingKey { case name, rounds, above, ratio }

        /// Nil where nothing was measured.
        public init?(name: String, _ other: ReplayStatistics, of first: ReplayStatistics) {
            guard let rounds = other.rounds, let first = first.rounds else { return nil }
            self.name = name
            self.rounds = rounds
            distribution = other.distribution
            let pairs = zip(first.costs, rounds.costs).sorted { $0.1 < $1.1 }.prefix((rounds.costs.count + 3) / 4)
            above = pairs.map { $0 - $1 }.median
            ratio = pairs.map { $1 > 0 ? $0 / $1 : 0 }.median
        }
    }

    /// How the packets were spread over cores.
    public struct Cores: Hashable, Sendable, Encodable {
        /// What packets of one core have in common with no packet of another.
        public let key: String
        /// Of each core, those that were measured.
        public let packets: [Int]

        private enum CodingKeys: String, CodingKey { case key = "by", packets }
    }

    /// How often packets were handed to an element, and what it dropped.
    public struct ElementCount: Hashable, Sendable, Encodable {
        public let name: String
        /// A packet that passes two inputs of the element counts twice.
        public let packets: Int
        /// Those that the element dropped, and that had left nowhere.
        public let dropped: Int

        public init(name: String, packets: Int, dropped: Int) {
            self.name = name
            self.packets = packets
            self.dropped = dropped
        }
    }

    public struct Skipped: Hashable, Sendable, Encodable {
        /// The capture has only a part of them, by its snapshot length: they are not the packets that were on the wire.
        public var cut = 0
        /// No rule told their ingress port.
        public var unmatched = 0
        /// Longer than 65535 bytes.
        public var oversized = 0

        public var total: Int { cut + unmatched + oversized }
    }

    /// So many of the packets took at most so long.
    public struct Share: Hashable, Sendable {
        /// Of all packets: 0 to 1.
        public let share: Double
        /// One reading of the clock included.
        public let nanoseconds: UInt64
    }

    /// One reading of the clock included. To three digits, but for `max`.
    public struct Latency: Hashable, Sendable, Encodable {
        public var p50: UInt64 = 0
        public var p90: UInt64 = 0
        public var p99: UInt64 = 0
        public var p999: UInt64 = 0
        public var max: UInt64 = 0
    }

    public var packetsPerSecond: Double {
        if let rounds { return rounds.median > 0 ? 1e9 / rounds.median : 0 }
        return seconds > 0 ? Double(packetsIn) / seconds : 0
    }
}

extension ReplayStatistics {
    /// Adds what was counted at the same time on another core; operations run on all.
    mutating func add(_ other: ReplayStatistics) {
        packetsIn += other.packetsIn
        for index in packetsOut.indices { packetsOut[index].count += other.packetsOut[index].count }
        dropped += other.dropped
        skipped.cut += other.skipped.cut
        skipped.unmatched += other.skipped.unmatched
        skipped.oversized += other.skipped.oversized
        reordered += other.reordered
        seconds = max(seconds, other.seconds)
    }

    init(ports: [Program.Port], output: String?) {
        packetsOut = ports.map { PortCount(name: $0.name, number: $0.number, count: 0) }
        self.output = output
    }
}

extension [Double] {
    /// 0 of none.
    fileprivate var median: Double {
        guard !isEmpty else { return 0 }
        let sorted = sorted()
        return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
    }
}

extension ReplayStatistics.Share {
    /// From the fastest on: ten for each nine in the share.
    static func all(of latencies: PacketLatencies) -> [Self] {
        guard latencies.count > 0 else { return [] }
        let steps = Int((10 * log10(Double(latencies.count))).rounded(.down))
        let shares = (0...max(steps, 0)).map { 1 - pow(10, -Double($0) / 10) }
        return shares.map { Self(share: $0, nanoseconds: latencies.percentile($0 * 100)) }
    }
}

extension ReplayStatistics.Latency {
    init(_ latencies: PacketLatencies) {
        self.init(
            p50: latencies.percentile(50), p90: latencies.percentile(90), p99: latencies.percentile(99),
            p999: latencies.percentile(99.9), max: latencies.longest)
    }
}
