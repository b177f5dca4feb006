import CProcess
import Foundation
import MiddleboxIR
import PacketFormat

/// Which core each packet of a capture goes to.
struct ShardAssignment: Sendable {
    /// By the packets' numbers in the capture, from 0. Those that do not arrive are counted at the first core.
    let cores: [UInt8]

    /// Reads the capture.
    init(_ source: PacketSource, key: FlowKey, count: Int) throws {
        var cores: [UInt8] = []
        try source.play { packet, bytes in
            guard packet.fate == .arrives else {
                cores.append(0)
                return true
            }
            let hash = key.hash(of: ConcretePacket(bytes: Array(bytes)), port: packet.port)
            cores.append(UInt8(hash.multipliedFullWidth(by: UInt64(count)).high))
            return true
        }
        self.cores = cores
    }
}

/// The packets of a capture that go to one core.
struct Shard: Sendable {
    let assignment: ShardAssignment
    let core: UInt8

    /// - Parameter index: from 0. A packet that came to the capture since is no core's.
    func has(packetAt index: Int) -> Bool {
        assignment.cores.indices.contains(index) && assignment.cores[index] == core
    }
}

/// What plays a capture to a middlebox, round after round, and measures.
public protocol MeasuredReplay {
    /// Plays the next rounds.
    mutating func play(_ source: PacketSource, rounds: Int) throws(CaptureReplay.Failure)
    /// What the measured rounds have shown.
    mutating func finish() throws(CaptureReplay.Failure) -> ReplayStatistics
}

extension CaptureReplay: MeasuredReplay {
    public mutating func play(_ source: PacketSource, rounds: Int) throws(Failure) {
        for _ in 0..<rounds { try play(source) }
    }
}

/// Feeds a capture to a middlebox on several cores: each has its own instance, and the packets of some flows. Whether the middlebox then does
/// what it does on one core is for those to know who choose the key.
///
/// Time is the same on all cores, and each runs all control operations. What a packet costs is measured in the middlebox, as on one core:
/// a round takes as long as the core that has most to do.
public struct ShardedReplay: MeasuredReplay {
    public static let mostCores = 64

    private let keyText: String
    private let middleboxes: [NativeMiddlebox]
    private var replays: [CaptureReplay]

    /// - Parameters:
    ///   - middleboxes: one for each core, at most ``mostCores``, all alike.
    ///   - source: that will be played; it is read once.
    public init(
        middleboxes: [NativeMiddlebox], key: FlowKey, ports: [Program.Port], rounds: ReplayRounds,
        operations: [ScheduledOperation], source: PacketSource
    ) throws(CaptureReplay.Failure) {
        keyText = key.text(ports: ports.map { ($0.name, $0.number) })
        self.middleboxes = middleboxes
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

    /// What the measured rounds have shown, of all cores together.
    public mutating func finish() throws(CaptureReplay.Failure) -> ReplayStatistics {
        try CaptureReplay.together(&replays, key: keyText)
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
        // Where there are fewer processors, some share one.
        _ = stay_on_processor(Int32(number) % max(1, usable_processors()))
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
