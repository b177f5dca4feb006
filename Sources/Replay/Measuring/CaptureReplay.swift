import CNative
import MiddleboxIR

/// A packet that was given to a middlebox, or a control operation that was run, and what came of it.
public struct ReplayedStep: Sendable {
    /// The packet's number in the capture, from 1; that of the last one before it for an operation, 0 before the first.
    public let packet: Int
    /// From 1.
    public let round: Int
    /// In nanoseconds.
    public let time: UInt64
    /// The port's number and the bytes; empty for an operation.
    public let ingress: UInt32
    public let bytes: [UInt8]
    /// Nil for a packet.
    public let operation: ScheduledOperation?
    public let outputs: [NativeOutput]
}

/// How often a capture is played.
public struct ReplayRounds: Hashable, Sendable {
    /// Before anything is counted or measured.
    public let warmup: Int
    public let measured: Int

    public init(warmup: Int = 0, measured: Int = 1) {
        self.warmup = warmup
        self.measured = measured
    }

    public var total: Int { warmup + measured }
    /// Whether what a packet costs is measured over whole rounds. In a single one, each packet's time is.
    var areCompared: Bool { measured > 1 }
}

/// Feeds a capture to a native middlebox.
public struct CaptureReplay {
    /// More would only cost memory; fewer would measure the change from one side to the other.
    private static let batchSize = 64
    /// Of many rounds, one in so many batches has the time of each of its packets measured, which costs as much as some packets do. The
    /// time of the others is measured as a whole.
    private static let sampledBatch = 16

    private let middlebox: NativeMiddlebox
    private let ports: [Program.Port]
    private let rounds: ReplayRounds
    /// Those that have not run yet, in their order.
    private var operations: ArraySlice<ScheduledOperation>
    private var batch: PacketBatch
    private var writer: CaptureWriter?
    private var statistics: ReplayStatistics
    private(set) var latencies = PacketLatencies()
    private var nanoseconds: UInt64 = 0
    /// Of the round: what was measured as a whole.
    private var throughput = (packets: 0, nanoseconds: UInt64(0))
    /// Of each measured round, in nanoseconds per packet; nil where nothing was measured as a whole.
    private(set) var costs: [Double?] = []
    /// Which of the packets the middlebox is given; nil: all.
    private let shard: Shard?
    /// That were measured.
    private var batches = 0
    private var packetsBefore = 0
    private var latest: UInt64 = 0
    /// Looks at each step, and says whether to go on. Then packets run one by one.
    private let observer: ((ReplayedStep) -> Bool)?
    /// The packet in the batch, where they run one by one.
    private var current: (number: Int, bytes: [UInt8], port: UInt32)?
    private var place = (packet: 0, round: 0)
    private var isStopped = false

    /// What stops a replay.
    public enum Failure: Error, Sendable {
        case capture(CaptureError)
        case native(NativeError)
        /// A packet was emitted on a port that `enum port` does not have.
        case unknownPort(UInt32)
        /// An operation that the middlebox did not survive.
        case operation(ScheduledOperation, NativeError)
        /// On one of several cores, whose packets alone are counted.
        indirect case core(Int, Failure)
        /// The repetitions would lead behind the year 2262, where time ends.
        case timeOutOfRange
    }

    /// - Parameters:
    ///   - ports: the middlebox's `enum port`.
    ///   - operations: control operations to run, in their order.
    ///   - output: where to write what the middlebox emits in the rounds that are measured.
    ///   - observer: is shown each step before the next one, and says whether to go on.
    public init(
        middlebox: NativeMiddlebox, ports: [Program.Port], rounds: ReplayRounds = ReplayRounds(),
        operations: [ScheduledOperation] = [], output: String? = nil,
        observer: ((ReplayedStep) -> Bool)? = nil
    ) throws(Failure) {
        try self.init(
            middlebox: middlebox, ports: ports, rounds: rounds, operations: operations, output: output,
            observer: observer, shard: nil)
    }

    /// - Parameter shard: which of the packets the middlebox is given; for all others, only time goes on. Nil: all.
    init(
        middlebox: NativeMiddlebox, ports: [Program.Port], rounds: ReplayRounds, operations: [ScheduledOperation],
        output: String? = nil, observer: ((ReplayedStep) -> Bool)? = nil, shard: Shard?
    ) throws(Failure) {
        self.observer = observer
        self.shard = shard
        self.middlebox = middlebox
        self.ports = ports
        self.rounds = rounds
        self.operations = operations[...]
        batch = PacketBatch(capacity: Self.batchSize, ports: ports.count)
        statistics = ReplayStatistics(ports: ports, output: output)
        if !operations.isEmpty { statistics.operations = 0 }
        if rounds.total > 1 {
            do { try middlebox.useLargePages() } catch { throw .native(error) }
        }
        do { writer = try output.map { path throws(CaptureError) in try CaptureWriter(path: path) } } catch {
            throw .capture(error)
        }
    }

    /// Plays all rounds, one after the other: the middlebox keeps its state, time goes on.
    public mutating func run(_ source: PacketSource) throws(Failure) -> ReplayStatistics {
        for _ in 0..<rounds.total { try play(source) }
        return try finish()
    }

    /// Plays the next round.
    public mutating func play(_ source: PacketSource) throws(Failure) {
        guard !isStopped else { return }
        do {
            // An observer may want to run others meanwhile.
            if observer == nil, shard == nil {
                try middlebox.session { try playRound(source) }
            } else {
                try playRound(source)
            }
        } catch { throw Failure(error) }
    }

    /// What the measured rounds have shown.
    public mutating func finish() throws(Failure) -> ReplayStatistics {
        do { try writer?.finish() } catch { throw .capture(error) }
        statistics.seconds = Double(nanoseconds) / 1e9
        statistics.nanosecondsPerPacket = ReplayStatistics.Latency(latencies)
        statistics.distribution = ReplayStatistics.Share.all(of: latencies)
        if rounds.areCompared { statistics.rounds = ReplayStatistics.Rounds(rounds, costs: costs.compactMap(\.self)) }
        return statistics
    }

    private var isWarmup: Bool { place.round <= rounds.warmup }

    private mutating func playRound(_ source: PacketSource) throws {
        // In later rounds, the first packet comes one nanosecond after the last of the round before.
        let start = latest + 1
        var shift: UInt64?
        var index = 0
        place = (0, place.round + 1)
        throughput = (0, 0)
        if let longest = source.longest, batch.longest != longest {
            batch = PacketBatch(capacity: Self.batchSize, ports: ports.count, longest: longest)
        }
        try source.play { packet, bytes in
            if shift == nil { shift = place.round == 1 || start <= packet.time ? 0 : start - packet.time }
            try runOperations { operation in
                operation.packetsBefore.map { $0 <= index } ?? (operation.time <= packet.time)
            }
            if isStopped { return false }
            try take(packet, bytes, at: index, shift: shift ?? 0)
            index += 1
            place.packet = index
            return !isStopped
        }
        try flush()
        try runOperations { _ in true }
        if !isWarmup {
            costs.append(throughput.packets > 0 ? Double(throughput.nanoseconds) / Double(throughput.packets) : nil)
        }
    }

    /// Runs the next operations as long as they are due.
    private mutating func runOperations(while isDue: (ScheduledOperation) -> Bool) throws {
        while !isStopped, let operation = operations.first, isDue(operation) {
            operations.removeFirst()
            try flush()
            latest = max(latest, operation.time)
            do {
                try middlebox.run(operation: operation.name, argument: operation.argument, time: latest)
            } catch { throw Failure.operation(operation, error) }
            statistics.operations = (statistics.operations ?? 0) + 1
            show(
                ReplayedStep(
                    packet: place.packet, round: place.round, time: latest, ingress: 0, bytes: [],
                    operation: operation, outputs: []))
        }
    }

    /// - Parameter index: in the capture.
    private mutating func take(
        _ packet: PacketSource.Packet, _ bytes: UnsafeRawBufferPointer, at index: Int, shift: UInt64
    ) throws {
        let (time, overflow) = packet.time.addingReportingOverflow(shift)
        guard !overflow, time <= UInt64(Int64.max) else { throw Failure.timeOutOfRange }
        let isOwn = shard?.has(packetAt: index) ?? true
        switch packet.fate {
        case .cut where isOwn: count { $0.skipped.cut += 1 }
        case .oversized where isOwn: count { $0.skipped.oversized += 1 }
        case .unmatched where isOwn: count { $0.skipped.unmatched += 1 }
        case .cut, .oversized, .unmatched: break
        case .arrives:
            if isOwn, time < latest { count { $0.reordered += 1 } }
            latest = max(latest, time)
            if !isOwn { return }
            batch.append(bytes, port: packet.port, time: latest)
            if observer != nil { current = (index + 1, Array(bytes), packet.port) }
            if batch.isFull || observer != nil { try flush() }
        }
    }

    /// Nothing of the warm-up counts.
    private mutating func count(_ change: (inout ReplayStatistics) -> Void) {
        if !isWarmup { change(&statistics) }
    }

    /// Runs what is in the batch.
    private mutating func flush() throws {
        guard !batch.isEmpty else { return }
        batch.measuresPackets = !rounds.areCompared || batches % Self.sampledBatch == 0
        if !isWarmup { batches += 1 }
        do {
            try middlebox.run(batch, keepingBytes: observer != nil || (writer != nil && !isWarmup))
        } catch {
            throw error.counting(from: packetsBefore)
        }
        packetsBefore += batch.count
        if !isWarmup {
            measure()
            try countEndings()
        }
        if let current {
            var outcome = NativeOutcome()
            for index in 0..<batch.endingsCount {
                let ending = batch.ending(index)
                outcome.add(gravel_ending_kind(ending.kind), port: ending.port, bytes: batch.bytes(of: ending))
            }
            show(
                ReplayedStep(
                    packet: current.number, round: place.round, time: latest, ingress: current.port,
                    bytes: current.bytes, operation: nil, outputs: outcome.outputs))
        }
        current = nil
        batch.removeAll()
    }

    private mutating func measure() {
        nanoseconds += batch.nanoseconds
        guard batch.measuresPackets else {
            throughput.packets += batch.count
            throughput.nanoseconds += batch.nanoseconds
            return
        }
        for index in 0..<batch.count { latencies.record(batch.duration(ofArrival: index)) }
    }

    private mutating func countEndings() throws {
        statistics.packetsIn += batch.count
        var hasLeft = [Bool](repeating: false, count: batch.count)
        for index in 0..<batch.endingsCount {
            let ending = batch.ending(index)
            guard ending.kind != gravel_dropped.rawValue else { continue }
            guard let port = statistics.packetsOut.firstIndex(where: { $0.number == ending.port }) else {
                throw Failure.unknownPort(ending.port)
            }
            statistics.packetsOut[port].count += 1
            hasLeft[Int(ending.arrival)] = true
            try writer?.write(batch.bytes(of: ending), time: batch.time(ofArrival: Int(ending.arrival)))
        }
        statistics.dropped += hasLeft.count { !$0 }
    }

    private mutating func show(_ step: ReplayedStep) {
        if let observer, !observer(step) { isStopped = true }
    }
}

extension CaptureReplay.Failure {
    init(_ error: any Error) {
        switch error {
        case let error as CaptureReplay.Failure: self = error
        case let error as CaptureError: self = .capture(error)
        case let error as NativeError: self = .native(error)
        default: self = .native(.childFailed("\(error)"))
        }
    }
}

extension CaptureReplay.Failure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .capture(let error): "\(error)"
        case .native(let error): "\(error)"
        case .operation(let operation, let error):
            "\(operation.location): error: '\(operation.name)' \(error.ofOperation)"
        case .unknownPort(let number): "the middlebox emitted a packet on port \(number), which enum port does not have"
        case .core(let number, let failure): "on core \(number), of the packets that go there: \(failure)"
        case .timeOutOfRange: "the packets' times lead too far into the future"
        }
    }
}
