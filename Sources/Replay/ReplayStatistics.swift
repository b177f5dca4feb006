import Histogram

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
    /// For each element, in the order in which packets meet them; nil where they were not counted.
    public var elements: [ElementCount]?
    /// The capture that was written.
    public var output: String?

    public struct PortCount: Hashable, Sendable {
        public let name: String
        public let number: UInt32
        public var count: Int
    }

    /// How often packets were handed to an element.
    public struct ElementCount: Hashable, Sendable, Encodable {
        public let name: String
        /// A packet that passes two inputs of the element counts twice.
        public let packets: Int

        public init(name: String, packets: Int) {
            self.name = name
            self.packets = packets
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

    /// One reading of the clock included. To three digits, but for `max`.
    public struct Latency: Hashable, Sendable, Encodable {
        public var p50: UInt64 = 0
        public var p90: UInt64 = 0
        public var p99: UInt64 = 0
        public var p999: UInt64 = 0
        public var max: UInt64 = 0
    }

    public var packetsPerSecond: Double { seconds > 0 ? Double(packetsIn) / seconds : 0 }
}

extension ReplayStatistics.Latency {
    init(_ histogram: Histogram<UInt64>, longest: UInt64) {
        // A bucket's upper end may lie above the longest that was seen.
        func percentile(_ value: Double) -> UInt64 { min(histogram.valueAtPercentile(value), longest) }
        self.init(
            p50: percentile(50), p90: percentile(90), p99: percentile(99), p999: percentile(99.9), max: longest)
    }
}
