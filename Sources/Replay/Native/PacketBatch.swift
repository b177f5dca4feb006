import CNative

/// Packets that go to a middlebox together, each in memory of its own, and what became of them.
final class PacketBatch {
    /// Room for headers that a middlebox puts before or behind a packet's bytes.
    static let room = gravel_least_headroom

    private let capacity: Int
    let longest: Int
    private let arrivals: UnsafeMutablePointer<gravel_arrival>
    private let durations: UnsafeMutablePointer<UInt64>
    private let endings: UnsafeMutablePointer<gravel_ending>
    private let endingsCapacity: Int
    /// The packets' memory: one slot of `slotSize` bytes each.
    private let memory: UnsafeMutableRawPointer
    private let kept: UnsafeMutablePointer<UInt8>
    private let keptCapacity: Int
    private let slotSize: Int
    private(set) var count = 0
    private(set) var outcome = gravel_outcome()

    /// Memory that is not used is not touched.
    ///
    /// - Parameters:
    ///   - capacity: in packets.
    ///   - ports: to which a packet may be copied.
    ///   - longest: of the packets, in bytes.
    init(capacity: Int, ports: Int = 0, longest: Int = NativeMiddlebox.longestPacket) {
        self.capacity = capacity
        self.longest = longest
        // Packets start at different cache lines of their pages; else all of them would compete for the same few sets of the cache.
        slotSize = ((Int(Self.room) + longest + Int(Self.room) + 63) / 64 | 1) * 64
        let endings = max(16, 2 * ports)
        endingsCapacity = capacity * endings
        keptCapacity = (capacity + endings) * (NativeMiddlebox.longestPacket + 1)
        arrivals = .allocate(capacity: capacity)
        durations = .allocate(capacity: capacity)
        durations.initialize(repeating: 0, count: capacity)
        self.endings = .allocate(capacity: endingsCapacity)
        memory = .allocate(byteCount: capacity * slotSize, alignment: 64)
        kept = .allocate(capacity: keptCapacity)
    }

    deinit {
        arrivals.deallocate()
        durations.deallocate()
        endings.deallocate()
        memory.deallocate()
        kept.deallocate()
    }

    var isEmpty: Bool { count == 0 }
    var isFull: Bool { count == capacity }

    func removeAll() { count = 0 }

    /// The packet must not be longer than the batch takes, nor the batch full.
    func append(_ bytes: UnsafeRawBufferPointer, port: UInt32, time: UInt64) {
        precondition(count < capacity && bytes.count <= longest)
        let data = memory + count * slotSize + Int(Self.room)
        data.copyMemory(from: bytes.baseAddress ?? UnsafeRawPointer(data), byteCount: bytes.count)
        arrivals[count] = gravel_arrival(
            data: data.assumingMemoryBound(to: UInt8.self), length: UInt32(bytes.count), port: port, time: time,
            headroom: UInt32(Self.room), tailroom: UInt32(Self.room), operation: nil)
        count += 1
    }

    func append(_ bytes: [UInt8], port: UInt32, time: UInt64) {
        bytes.withUnsafeBytes { append($0, port: port, time: time) }
    }

    /// Appends a control operation with its argument, which must fit like a packet.
    func append(_ operation: NativeLibrary.OperationFunction, argument: [UInt8], time: UInt64) {
        append(argument, port: 0, time: time)
        arrivals[count - 1].operation = operation
    }

    func time(ofArrival index: Int) -> UInt64 { arrivals[index].time }

    /// Of arrivals that were completed, in nanoseconds, where it was measured.
    func duration(ofArrival index: Int) -> UInt64 { durations[index] }

    /// Of the whole batch.
    var nanoseconds: UInt64 { outcome.nanoseconds }

    var endingsCount: Int { Int(outcome.endings_count) }

    func ending(_ index: Int) -> gravel_ending { endings[index] }

    /// The bytes of an ending that is no drop, when they were kept.
    func bytes(of ending: gravel_ending) -> [UInt8] {
        Array(UnsafeBufferPointer(start: kept + Int(ending.offset), count: Int(ending.length)))
    }

    /// The same, good until the next run.
    func withBytes<Result>(of ending: gravel_ending, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        body(UnsafeRawBufferPointer(start: kept + Int(ending.offset), count: Int(ending.length)))
    }

    /// Whether the time of each packet is measured; that of the batch is.
    var measuresPackets = true

    func run(with function: NativeLibrary.RunFunction, keepingBytes: Bool) {
        outcome = gravel_outcome()
        outcome.endings = endings
        outcome.endings_capacity = UInt64(endingsCapacity)
        outcome.bytes = keepingBytes ? kept : nil
        outcome.bytes_capacity = keepingBytes ? UInt64(keptCapacity) : 0
        outcome.durations = measuresPackets ? durations : nil
        function(arrivals, UInt32(count), &outcome)
    }
}
