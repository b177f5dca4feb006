import CProcess
import Foundation
import MiddleboxIR
import PacketFormat

/// Feeds a capture to a middlebox on several cores: each has its own instance, and the packets of some flows. Whether the middlebox then does
/// what it does on one core is for those to know who choose the key.
///
/// Time is the same on all cores, and each runs all control operations. What a packet costs is measured in the middlebox, as on one core:
/// a round takes as long as the core that has most to do.
public struct ShardedReplay: MeasuredReplay {
    public static let mostCores = 64

    private let keyText: String
    private let rounds: ReplayRounds
    private let middleboxes: [NativeMiddlebox]
    private var replays: [CaptureReplay]

    /// - Parameters:
    ///   - middleboxes: one for each core, at least one and at most ``mostCores``, all alike.
    ///   - source: that will be played; it is read once.
    public init(
        middleboxes: [NativeMiddlebox], key: FlowKey, ports: [Program.Port], rounds: ReplayRounds,
        operations: [ScheduledOperation], source: PacketSource
    ) throws(CaptureReplay.Failure) {
        keyText = key.text(ports: ports.map { ($0.name, $0.number) })
        self.middleboxes = middleboxes
        self.rounds = rounds
        let assignment: ShardAssignment
        do { assignment = try ShardAssignment(source, key: key, count: middleboxes.count) } catch {
            throw CaptureReplay.Failure(error)
        }
        replays = []
        for (core, middlebox) in middleboxes.enumerated() {
            replays.append(
                try CaptureReplay(
                    middlebox: middlebox, ports: ports, rounds: rounds, operations: operations,
                    shard: Shard(assignment: assignment, core: UInt8(core))))
        }
    }

    /// Plays the next rounds on all cores at once. Within them, no core waits for another: many at a time measure better, as a core that
    /// has just begun to work is slow.
    public mutating func play(_ source: PacketSource, rounds: Int) throws(CaptureReplay.Failure) {
        let outcomes = NativeMiddlebox.session(of: middleboxes) { played(source, rounds) }
        for (core, outcome) in outcomes.enumerated() {
            switch outcome {
            case .success(let replay): replays[core] = replay
            case .failure(let failure): throw .core(core, failure)
            }
        }
    }

    private func played(
        _ source: PacketSource, _ rounds: Int
    ) -> [Result<CaptureReplay, CaptureReplay.Failure>] {
        let work = replays.indices.map { core in
            RoundsOnCore(
                number: core, replay: replays[core], middlebox: middleboxes[core],
                source: source.isInMemory ? source : source.another(), rounds: rounds)
        }
        let ended = DispatchSemaphore(value: 0)
        for part in work {
            let thread = Thread {
                part.play()
                ended.signal()
            }
            thread.stackSize = 8 << 20
            thread.start()
        }
        for _ in work { ended.wait() }
        return work.map(\.result)
    }

    /// What the measured rounds have shown, of all cores together: each took as long as the core that had most to do.
    public mutating func finish() throws(CaptureReplay.Failure) -> ReplayStatistics {
        var all: [ReplayStatistics] = []
        for core in replays.indices { all.append(try replays[core].finish()) }
        var latencies = PacketLatencies()
        for replay in replays { latencies.add(replay.latencies) }
        var total = all.dropFirst().reduce(into: all[0]) { $0.add($1) }
        total.nanosecondsPerPacket = ReplayStatistics.Latency(latencies)
        total.distribution = ReplayStatistics.Share.all(of: latencies)
        total.cores = ReplayStatistics.Cores(key: keyText, packets: all.map(\.packetsIn))
        if rounds.areCompared { total.rounds = ReplayStatistics.Rounds(rounds, costs: costs(all)) }
        return total
    }

    /// Of each measured round, in nanoseconds per packet.
    private func costs(_ all: [ReplayStatistics]) -> [Double] {
        let packets = all.reduce(0) { $0 + $1.packetsIn }
        return (0..<rounds.measured).compactMap { round in
            // A core that no packets go to has no cost.
            zip(replays, all).compactMap { replay, own in replay.costs[round].map { $0 * Double(own.packetsIn) } }
                .max().map { $0 / Double(packets) }
        }
    }
}

/// Rounds on one core, in a thread of its own. Whoever makes it hands it to the thread, and looks at it when that has ended: nobody else has
/// its middlebox and its replay, and a source that it shares is in memory, where nothing changes it.
private final class RoundsOnCore: @unchecked Sendable {
    private let number: Int
    private let middlebox: NativeMiddlebox
    private let source: PacketSource
    private let rounds: Int
    private(set) var result: Result<CaptureReplay, CaptureReplay.Failure>

    init(number: Int, replay: CaptureReplay, middlebox: NativeMiddlebox, source: PacketSource, rounds: Int) {
        self.rounds = rounds
        self.number = number
        self.middlebox = middlebox
        self.source = source
        result = .success(replay)
    }

    func play() {
        _ = stay_on_processor(UInt32(number))
        middlebox.enterThread()
        result = result.flatMap { replay in
            var replay = replay
            do throws(CaptureReplay.Failure) { try replay.play(source, rounds: rounds) } catch {
                return .failure(error)
            }
            return .success(replay)
        }
    }
}
