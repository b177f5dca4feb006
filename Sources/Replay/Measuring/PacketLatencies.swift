import Histogram

/// How long packets took, one by one, to three digits, but for the longest.
struct PacketLatencies {
    private var histogram = Histogram<UInt64>(numberOfSignificantValueDigits: .three)
    /// In nanoseconds.
    private(set) var longest: UInt64 = 0

    var count: UInt64 { histogram.totalCount }

    mutating func record(_ nanoseconds: UInt64) {
        histogram.record(nanoseconds)
        longest = max(longest, nanoseconds)
    }

    /// Adds what others were.
    mutating func add(_ other: PacketLatencies) {
        histogram.add(other.histogram)
        longest = max(longest, other.longest)
    }

    /// In nanoseconds. A bucket's upper end may lie above the longest that was seen.
    func percentile(_ value: Double) -> UInt64 { min(histogram.valueAtPercentile(value), longest) }
}
