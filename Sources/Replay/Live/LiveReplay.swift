import CNative
import Glibc
import MiddleboxIR
import YAML

/// Runs a middlebox between interfaces.
public final class LiveReplay {
    /// A port of the middlebox, and the interface that it is.
    public struct Attachment {
        public let port: Program.Port
        public let interface: LiveInterface

        public init(port: Program.Port, interface: LiveInterface) {
            self.port = port
            self.interface = interface
        }
    }

    /// What who runs it should know.
    public enum Notice: Hashable, Sendable {
        /// Packets that come in have no checksums yet.
        case checksumsLeftOut(interface: String)
        /// A packet is longer than the interface takes.
        case tooLong(interface: String, bytes: Int)
        /// A line that is no control operation, or not one of the middlebox's.
        case controlIgnored(ConfigurationError)
        /// The system did not take a packet.
        case notSent(interface: String, reason: String)
        /// No packets come in by an interface, and none can be sent, until it is up again.
        case isDown(interface: String, reason: String)
        case isUpAgain(interface: String)
    }

    private static let burst = 64
    /// Of each interface, so many of the first packets are looked at for checksums.
    private static let inspected = 1000

    private let middlebox: NativeMiddlebox
    private let attachments: [Attachment]
    private let control: ControlInput?
    private let batch: PacketBatch
    private var statistics: LiveStatistics
    private var noticed: Set<Notice> = []
    private let notice: (Notice) -> Void
    /// From the clock that never steps to the time of day when it began.
    private let origin: UInt64
    private let start: UInt64

    /// - Parameters:
    ///   - control: where control operations come from.
    ///   - notice: is told of each thing once for each interface.
    public init(
        _ middlebox: NativeMiddlebox, _ attachments: [Attachment], control: ControlInput? = nil,
        notice: @escaping (Notice) -> Void
    ) {
        self.middlebox = middlebox
        self.attachments = attachments
        self.control = control
        self.notice = notice
        batch = PacketBatch(capacity: Self.burst, ports: attachments.count)
        batch.measuresPackets = false
        statistics = LiveStatistics(
            ports: attachments.map { LiveStatistics.Port(name: $0.port.name, interface: $0.interface.name) })
        start = Self.nanoseconds(CLOCK_MONOTONIC)
        origin = Self.nanoseconds(CLOCK_REALTIME) &- start
    }

    private static func nanoseconds(_ clock: clockid_t) -> UInt64 {
        var now = timespec()
        clock_gettime(clock, &now)
        return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
    }

    /// Until `stop` is readable. What has been taken by then is sent. An interface that goes down, or away, is waited for.
    ///
    /// - Parameters:
    ///   - stop: a file descriptor.
    ///   - each: is shown what went through so far, each second.
    public func run(until stop: Int32, eachSecond each: (LiveStatistics) -> Void) throws -> LiveStatistics {
        var descriptors = attachments.map { pollfd(fd: $0.interface.descriptor, events: Int16(POLLIN), revents: 0) }
        descriptors.append(pollfd(fd: control?.descriptor ?? -1, events: Int16(POLLIN), revents: 0))
        descriptors.append(pollfd(fd: stop, events: Int16(POLLIN), revents: 0))
        var nextTick = start + 1_000_000_000
        try middlebox.session {
            while descriptors.last?.revents == 0 {
                let now = Self.nanoseconds(CLOCK_MONOTONIC)
                let wait = now < nextTick ? Int32((nextTick - now) / 1_000_000 + 1) : 0
                if poll(&descriptors, nfds_t(descriptors.count), wait) < 0 {
                    guard errno == EINTR else {
                        throw LiveError.failed("poll", reason: String(cString: strerror(errno)))
                    }
                    // They are those of the time before.
                    for place in descriptors.indices { descriptors[place].revents = 0 }
                }
                for (place, attachment) in attachments.enumerated() where descriptors[place].revents != 0 {
                    try take(from: attachment, place)
                }
                if let control, descriptors[attachments.count].revents != 0 {
                    try operate(control)
                    descriptors[attachments.count].fd = control.descriptor
                }
                let then = Self.nanoseconds(CLOCK_MONOTONIC)
                if then >= nextTick {
                    nextTick = then + 1_000_000_000
                    reopen()
                    each(current(at: then))
                }
                for (place, attachment) in attachments.enumerated() {
                    descriptors[place].fd = attachment.interface.descriptor
                }
            }
        }
        return current(at: Self.nanoseconds(CLOCK_MONOTONIC))
    }

    private func current(at time: UInt64) -> LiveStatistics {
        for (place, attachment) in attachments.enumerated() { statistics.ports[place].lost = attachment.interface.lost }
        statistics.seconds = Double(time - start) / 1e9
        return statistics
    }

    /// Runs the operations that have come. A mistake is told, and changes nothing.
    private func operate(_ control: ControlInput) throws {
        for result in control.read() {
            switch result {
            case .success(let operation):
                let time = origin &+ Self.nanoseconds(CLOCK_MONOTONIC)
                do {
                    try middlebox.run(operation: operation.name, argument: operation.argument, time: time)
                } catch { throw CaptureReplay.Failure.operation(operation, error) }
                statistics.operations += 1
            case .failure(let mistake): notice(.controlIgnored(mistake))
            }
        }
    }

    /// Looks for interfaces that are up again.
    private func reopen() {
        for attachment in attachments where !attachment.interface.isUsable {
            if attachment.interface.reopen() { notice(.isUpAgain(interface: attachment.interface.name)) }
        }
    }

    private func giveUp(_ interface: LiveInterface, reason: String) {
        if !interface.isUsable { return }
        interface.close()
        notice(.isDown(interface: interface.name, reason: reason))
    }

    /// One burst.
    private func take(from attachment: Attachment, _ place: Int) throws {
        let time = origin &+ Self.nanoseconds(CLOCK_MONOTONIC)
        do throws(LiveError) {
            try receive(from: attachment, place, at: time)
        } catch {
            // What was taken before is handled all the same.
            giveUp(attachment.interface, reason: "\(error)")
        }
        guard !batch.isEmpty else { return }
        defer { batch.removeAll() }
        do { try middlebox.run(batch, keepingBytes: true) } catch {
            throw error.counting(from: statistics.ports.reduce(0) { $0 + $1.received } - batch.count)
        }
        var last: UInt32?
        var sent = 0
        for index in 0..<batch.endingsCount {
            let ending = batch.ending(index)
            guard ending.kind != gravel_dropped.rawValue else { continue }
            if ending.arrival != last { sent += 1 }
            last = ending.arrival
            try send(ending)
        }
        statistics.dropped += batch.count - sent
    }

    private func receive(from attachment: Attachment, _ place: Int, at time: UInt64) throws(LiveError) {
        _ = try attachment.interface.receive(atMost: Self.burst) { bytes, isCut in
            guard !isCut, bytes.count <= NativeMiddlebox.longestPacket else {
                statistics.oversized += 1
                return
            }
            statistics.ports[place].received += 1
            if statistics.ports[place].received <= Self.inspected, ChecksumOffload.leftOut(bytes) {
                tell(.checksumsLeftOut(interface: attachment.interface.name))
            }
            batch.append(bytes, port: attachment.port.number, time: time)
        }
    }

    private func send(_ ending: gravel_ending) throws {
        guard let place = attachments.firstIndex(where: { $0.port.number == ending.port }) else {
            throw CaptureReplay.Failure.unknownPort(ending.port)
        }
        let interface = attachments[place].interface
        switch batch.withBytes(of: ending, interface.send) {
        case .sent: statistics.ports[place].sent += 1
        case .tooLong:
            statistics.ports[place].tooLong += 1
            tell(.tooLong(interface: interface.name, bytes: Int(ending.length)))
        case .failed(ENETDOWN), .failed(ENXIO), .failed(ENODEV):
            statistics.ports[place].notSent += 1
            giveUp(interface, reason: "it is down")
        case .failed(let code):
            statistics.ports[place].notSent += 1
            tell(.notSent(interface: interface.name, reason: String(cString: strerror(code))))
        }
    }

    private func tell(_ what: Notice) {
        let isNew =
            switch what {
            case .tooLong(let name, _):
                !noticed.contains { if case .tooLong(name, _) = $0 { true } else { false } }
            case .checksumsLeftOut, .notSent, .controlIgnored, .isDown, .isUpAgain: !noticed.contains(what)
            }
        guard isNew else { return }
        noticed.insert(what)
        notice(what)
    }
}

extension LiveReplay.Notice: CustomStringConvertible {
    public var description: String {
        switch self {
        case .checksumsLeftOut(let interface):
            """
            \(interface): packets come in without checksums: who sends them leaves those to hardware that they never meet on their way. What leaves \
            here would have wrong ones. Where they are sent: ethtool -K INTERFACE tx off
            """
        case .tooLong(let interface, let bytes):
            """
            \(interface): a packet of \(bytes) bytes is longer than the interface takes, and was not sent. Frames that hardware or the kernel has \
            joined are: ethtool -K INTERFACE gro off lro off where they come in, tso off gso off where they are sent
            """
        case .controlIgnored(let mistake): "\(mistake)"
        case .isDown(let interface, let reason):
            "\(interface): no packets come in and none are sent until it is up again: \(reason)"
        case .isUpAgain(let interface): "\(interface): it is up again"
        case .notSent(let interface, let reason): "\(interface): packets are not sent: \(reason)"
        }
    }
}
