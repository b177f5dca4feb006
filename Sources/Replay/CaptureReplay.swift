import CNative
import Histogram
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

/// Feeds a capture to a native middlebox.
public struct CaptureReplay {
    /// More would only cost memory; fewer would measure the change from one side to the other.
    private static let batchSize = 64

    private let middlebox: NativeMiddlebox
    private let ports: [Program.Port]
    private let rules: IngressRules
    /// Those that have not run yet, in their order.
    private var operations: ArraySlice<ScheduledOperation>
    private let batch: PacketBatch
    private var writer: CaptureWriter?
    private var statistics: ReplayStatistics
    private var histogram = Histogram<UInt64>(numberOfSignificantValueDigits: .three)
    private var longest: UInt64 = 0
    private var nanoseconds: UInt64 = 0
    private var latest: UInt64 = 0
    /// Looks at each step, and says whether to go on. Then packets run one by one.
    private let observer: ((ReplayedStep) -> Bool)?
    /// The packet in the batch, where they run one by one.
    private var current: (number: Int, bytes: [UInt8], port: UInt32)?
    private var place = (packet: 0, round: 1)
    private var isStopped = false

    /// What stops a replay.
    public enum Failure: Error, Sendable {
        case capture(CaptureError)
        case native(NativeError)
        /// A packet was emitted on a port that `enum port` does not have.
        case unknownPort(UInt32)
        /// An operation that the middlebox did not survive.
        case operation(ScheduledOperation, NativeError)
        /// The repetitions would lead behind the year 2262, where time ends.
        case timeOutOfRange
    }

    /// - Parameters:
    ///   - ports: the middlebox's `enum port`.
    ///   - operations: control operations to run, in their order.
    ///   - output: where to write what the middlebox emits.
    ///   - observer: is shown each step before the next one, and says whether to go on.
    public init(
        middlebox: NativeMiddlebox, ports: [Program.Port], rules: IngressRules,
        operations: [ScheduledOperation] = [], output: String? = nil,
        observer: ((ReplayedStep) -> Bool)? = nil
    ) throws(Failure) {
        self.observer = observer
        self.middlebox = middlebox
        self.ports = ports
        self.rules = rules
        self.operations = operations[...]
        batch = PacketBatch(capacity: Self.batchSize, ports: ports.count)
        statistics = ReplayStatistics(
            packetsOut: ports.map { ReplayStatistics.PortCount(name: $0.name, number: $0.number, count: 0) },
            output: output)
        if !operations.isEmpty { statistics.operations = 0 }
        do { writer = try output.map { path throws(CaptureError) in try CaptureWriter(path: path) } } catch {
            throw .capture(error)
        }
    }

    /// Replays the capture `repetitions` times, one after the other: the middlebox keeps its state, time goes on.
    public mutating func run(capture: String, repetitions: Int = 1) throws(Failure) -> ReplayStatistics {
        do {
            for round in 0..<repetitions where !isStopped { try replay(capture, round: round) }
            try writer?.finish()
        } catch let error as CaptureError {
            throw .capture(error)
        } catch let error as NativeError {
            throw .native(error)
        } catch let error as Failure {
            throw error
        } catch {
            throw .native(.childFailed("\(error)"))
        }
        statistics.seconds = Double(nanoseconds) / 1e9
        statistics.nanosecondsPerPacket = ReplayStatistics.Latency(histogram, longest: longest)
        return statistics
    }

    private mutating func replay(_ capture: String, round: Int) throws {
        let reader = try CaptureReader(path: capture)
        // In later rounds, the first packet comes one nanosecond after the last of the round before.
        let start = latest + 1
        var shift: UInt64?
        var index = 0
        place = (0, round + 1)
        while !isStopped, let packet = try reader.next() {
            if shift == nil { shift = round == 0 || start <= packet.time ? 0 : start - packet.time }
            try runOperations { operation in
                operation.packetsBefore.map { $0 <= index } ?? (operation.time <= packet.time)
            }
            if isStopped { break }
            try take(packet, at: index, shift: shift ?? 0)
            index += 1
            place.packet = index
        }
        try flush()
        try runOperations { _ in true }
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
    private mutating func take(_ packet: CapturedPacket, at index: Int, shift: UInt64) throws {
        let time = packet.time + shift
        guard time <= UInt64(Int64.max) else { throw Failure.timeOutOfRange }
        if packet.isCut {
            statistics.skipped.cut += 1
        } else if packet.bytes.count > NativeMiddlebox.longestPacket {
            statistics.skipped.oversized += 1
        } else if let port = rules.port(of: packet.bytes, at: index) {
            if time < latest { statistics.reordered += 1 }
            latest = max(latest, time)
            batch.append(packet.bytes, port: port, time: latest)
            if observer != nil { current = (index + 1, packet.bytes, port) }
            if batch.isFull || observer != nil { try flush() }
        } else {
            statistics.skipped.unmatched += 1
        }
    }

    /// Runs what is in the batch.
    private mutating func flush() throws {
        guard !batch.isEmpty else { return }
        do { try middlebox.run(batch, keepingBytes: writer != nil || observer != nil) } catch {
            throw error.counting(from: statistics.packetsIn)
        }
        statistics.packetsIn += batch.count
        for index in 0..<batch.count {
            let duration = batch.duration(ofArrival: index)
            histogram.record(duration)
            nanoseconds += duration
            longest = max(longest, duration)
        }
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

    private mutating func show(_ step: ReplayedStep) {
        if let observer, !observer(step) { isStopped = true }
    }
}

extension NativeError {
    /// The same with the packet counted over all batches.
    fileprivate func counting(from first: Int) -> NativeError {
        switch self {
        case .crashed(let packet, let signal): .crashed(packet: first + packet, signal: signal)
        case .tooManyOutputs(let packet): .tooManyOutputs(packet: first + packet)
        case .outsidePacket(let packet): .outsidePacket(packet: first + packet)
        case .caught(let packet, let finding): .caught(packet: first + packet, finding)
        case .clangNotFound, .clang, .clangFailed, .unreadableSource, .cache, .notLoadable, .missingSymbol,
            .unobservable,
            .packetTooLong, .timedOut, .childFailed:
            self
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
        case .timeOutOfRange: "the packets' times lead too far into the future"
        }
    }
}
