import Foundation

/// What an earlier replay measured: the JSON that it printed.
public struct PerformanceBaseline: Sendable {
    /// What a packet costs, now and before.
    public struct Comparison: Hashable, Sendable {
        public enum Measure: String, Hashable, Sendable, Encodable {
            /// The other middlebox's cost in the same run, which tells less of the machine.
            case ratio
            case nanosecondsPerPacket = "nanoseconds_per_packet"
        }

        public let baseline: String
        public let measure: Measure
        public let before: Double
        public let now: Double
        /// 0.05: it may cost 5 % more.
        public let mostChange: Double

        /// 0.05: it costs 5 % more.
        public var change: Double { before > 0 ? now / before - 1 : 0 }
        public var isRegression: Bool { change > mostChange }
    }

    /// Why a file is no baseline.
    public enum Failure: Error, Hashable, Sendable {
        case unreadable(path: String, reason: String)
        case notStatistics(path: String, reason: String)
        case playedOnce(path: String)
        case nothingMeasured
        /// It ran on another number of cores.
        case otherCores(path: String, before: Int, now: Int)
    }

    private struct Content: Decodable {
        struct Rounds: Decodable {
            let median: Double
        }

        struct Reference: Decodable {
            let name: String
            let ratio: Double
        }

        struct Cores: Decodable {
            let packets: [Int]
        }

        let packetsIn: Int
        let rounds: Rounds?
        let reference: Reference?
        let cores: Cores?

        enum CodingKeys: String, CodingKey {
            case packetsIn = "packets_in"
            case rounds, cores
            case reference = "against"
        }
    }

    private let path: String
    private let content: Content

    /// - Parameter path: a file that `replay … --format json` wrote.
    public init(path: String) throws(Failure) {
        self.path = path
        guard access(path, R_OK) == 0 else {
            throw .unreadable(path: path, reason: String(cString: strerror(errno)))
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .unreadable(path: path, reason: "it is no file with content")
        }
        do { content = try JSONDecoder().decode(Content.self, from: data) } catch DecodingError.keyNotFound(let key, _)
        {
            throw .notStatistics(path: path, reason: "there is no '\(key.stringValue)' in it")
        } catch {
            throw .notStatistics(path: path, reason: "it is not JSON, or of another form")
        }
        if content.rounds == nil { throw .playedOnce(path: path) }
    }

    /// Of the ratios to another middlebox, where both were measured beside the same one.
    public func comparison(with statistics: ReplayStatistics, mostChange: Double) throws(Failure) -> Comparison {
        guard let before = content.rounds, let now = statistics.rounds else { throw .nothingMeasured }
        let cores = (before: content.cores?.packets.count ?? 1, now: statistics.cores?.packets.count ?? 1)
        if cores.before != cores.now { throw .otherCores(path: path, before: cores.before, now: cores.now) }
        if let reference = content.reference, let other = statistics.reference, reference.name == other.name {
            return Comparison(
                baseline: path, measure: .ratio, before: reference.ratio, now: other.ratio, mostChange: mostChange)
        }
        return Comparison(
            baseline: path, measure: .nanosecondsPerPacket, before: before.median, now: now.median,
            mostChange: mostChange)
    }
}

extension PerformanceBaseline.Failure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
        case .notStatistics(let path, let reason):
            "\(path): not the statistics of a replay: \(reason); 'replay … --repeat 20 --format json' prints them"
        case .playedOnce(let path):
            "\(path): the capture was played once, which is no measurement; write the baseline with --repeat, too"
        case .otherCores(let path, let before, let now):
            "\(path): was measured with --cores \(before), and this is --cores \(now): what a packet costs does not compare"
        case .nothingMeasured: "there is nothing to compare: no packet reached the middlebox"
        }
    }
}

extension PerformanceBaseline.Comparison: CustomStringConvertible {
    public var description: String {
        let unit = measure == .ratio ? "times as much as the other" : "ns per packet"
        let percent = abs(change * 100)
        return String(format: "%.2f %@, before %.2f: %.1f %% ", now, unit, before, percent)
            + (change >= 0 ? "more" : "less") + String(format: " (at most %g %% more)", mostChange * 100)
    }
}

extension PerformanceBaseline.Comparison: Encodable {
    private enum CodingKeys: String, CodingKey {
        case baseline, measure, before, now, change, regressed
        case mostChange = "max_regression"
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(baseline, forKey: .baseline)
        try container.encode(measure, forKey: .measure)
        try container.encode(before, forKey: .before)
        try container.encode(now, forKey: .now)
        try container.encode(change, forKey: .change)
        try container.encode(mostChange, forKey: .mostChange)
        try container.encode(isRegression, forKey: .regressed)
    }
}
