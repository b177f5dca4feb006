import CNative
import MiddleboxIR

/// A packet that left a middlebox.
public struct NativeOutput: Hashable, Sendable {
    /// A value of the middlebox's `enum port`.
    public let port: UInt32
    public let bytes: [UInt8]
    /// Whether it was a copy, after which the packet itself had yet to be emitted or dropped.
    public let isCopy: Bool

    public init(port: UInt32, bytes: [UInt8], isCopy: Bool = false) {
        self.port = port
        self.bytes = bytes
        self.isCopy = isCopy
    }
}

/// What became of one packet. A right middlebox emits it or drops it, once.
public struct NativeOutcome: Hashable, Sendable {
    /// In the order of the calls of `packet_emit` and `packet_emit_copy`.
    public var outputs: [NativeOutput]
    /// How often `packet_drop` was called.
    public var drops: Int

    public init(outputs: [NativeOutput] = [], drops: Int = 0) {
        self.outputs = outputs
        self.drops = drops
    }

    /// - Parameter bytes: of what was sent.
    mutating func add(_ kind: gravel_ending_kind, port: UInt32, bytes: @autoclosure () -> [UInt8]) {
        if kind == gravel_dropped {
            drops += 1
        } else {
            outputs.append(NativeOutput(port: port, bytes: bytes(), isCopy: kind == gravel_copied))
        }
    }
}

/// The object that `CONFIGURATION` declares, and what it holds.
public struct NativeConfiguration: Hashable, Sendable {
    /// The C name: `config`.
    public let symbol: String
    /// Laid out as in C; see `ConfigurationLayout`.
    public let bytes: [UInt8]

    public init(symbol: String, bytes: [UInt8]) {
        self.symbol = symbol
        self.bytes = bytes
    }
}

/// A natively compiled middlebox, in this process. It begins in its initial state and keeps its state from packet to packet.
///
/// A crash of the middlebox is caught and thrown, but what it may have overwritten before is this process's memory, and an endless loop in it is an
/// endless loop here. `NativeRun` is for middleboxes that are suspected of either.
public final class NativeMiddlebox {
    /// In bytes. What is longer is not taken.
    public static let longestPacket = gravel_longest_packet

    private let library: NativeLibrary
    private let libraryPath: String
    private lazy var single = PacketBatch(capacity: 1, ports: Int(gravel_most_ports))
    private var latest: UInt64 = 0
    private var hasFailed: NativeError?

    /// - Parameters:
    ///   - libraryPath: from `NativeCompiler`.
    ///   - scratchDirectory: a folder that may be written to.
    ///   - hashKey: no result depends on it; random, so that nobody can choose keys that collide in the maps.
    public init(
        libraryPath: String, configuration: NativeConfiguration?, scratchDirectory: String,
        hashKey: NativeHashKey = .random()
    ) throws(NativeError) {
        self.libraryPath = libraryPath
        library = try NativeLibrary(path: libraryPath, scratchDirectory: scratchDirectory, hashKey: hashKey)
        if let configuration { try library.store(configuration.bytes, to: configuration.symbol) }
    }

    /// Runs one packet. `time` is in nanoseconds; as time never runs backwards, one before the latest counts as the latest.
    public func process(_ bytes: [UInt8], port: UInt32, time: UInt64) throws(NativeError) -> NativeOutcome {
        guard bytes.count <= Self.longestPacket else { throw .packetTooLong(bytes: bytes.count) }
        latest = max(latest, time)
        single.removeAll()
        single.append(bytes, port: port, time: latest)
        try run(single, keepingBytes: true)
        var outcome = NativeOutcome()
        for index in 0..<single.endingsCount {
            let ending = single.ending(index)
            outcome.add(gravel_ending_kind(ending.kind), port: ending.port, bytes: single.bytes(of: ending))
        }
        return outcome
    }

    /// Runs a control operation. `argument` is laid out as in C, empty where the operation is given nothing; `time` is like a packet's.
    public func run(operation: String, argument: [UInt8], time: UInt64) throws(NativeError) {
        guard argument.count <= Self.longestPacket else { throw .packetTooLong(bytes: argument.count) }
        latest = max(latest, time)
        single.removeAll()
        single.append(try library.operation(operation), argument: argument, time: latest)
        try run(single, keepingBytes: false)
    }

    /// Runs a batch, whose times must not run backwards. Once it has thrown, it throws the same for ever.
    func run(_ batch: PacketBatch, keepingBytes: Bool) throws(NativeError) {
        if let hasFailed { throw hasFailed }
        library.run(batch, keepingBytes: keepingBytes)
        guard let failure = NativeError(batch.outcome) else { return }
        hasFailed = failure
        throw failure
    }

    /// Batches that run in here take no calls of the system. No other middlebox of this process runs until it is over.
    func session<Result>(_ body: () throws -> Result) rethrows -> Result { try library.session(body) }

    /// The same for several, each of which one thread may run that calls ``enterThread()`` before; all have ended when the body has.
    static func session<Result>(of middleboxes: [NativeMiddlebox], _ body: () throws -> Result) rethrows -> Result {
        try NativeLibrary.session(of: middleboxes.map(\.library), body)
    }

    /// In a session: batches of this middlebox run in this thread from now on.
    func enterThread() { library.enterThread() }

    /// For its tables, which makes them faster and the first packets slow. Before the first packet.
    func useLargePages() throws(NativeError) { try library.useLargePages() }

    /// What goes on in functions of the middlebox from now on. Of a library that was compiled for `.counting`; what is counted must not be read
    /// any more when this middlebox is gone.
    ///
    /// - Throws: `missingSymbol` for other libraries, and for a function that is not there.
    public func counters(of functions: [String]) throws(NativeError) -> FunctionCounters {
        let symbols = try SymbolTable(libraryPath: libraryPath)
        var counters: [String: [UnsafePointer<gravel_counter>]] = [:]
        for function in functions { counters[function] = try library.count(function, symbols) }
        return FunctionCounters(counters: counters)
    }

    /// How full maps and pools are, at the time of the last packet. Of a library that was compiled for `.counting`, or as `.observable`.
    public func occupancy(of tables: [StateObject]) throws(NativeError) -> [TableOccupancy] {
        let symbols = try SymbolTable(libraryPath: libraryPath)
        guard let now = library.address(of: GRAVEL_NOW_SYMBOL) else { throw .missingSymbol(GRAVEL_NOW_SYMBOL) }
        let time = now.load(as: UInt64.self)
        var all: [TableOccupancy] = []
        for table in tables {
            guard let occupancy = TableOccupancy(table, in: try library.memory(of: table.name, symbols), at: time)
            else {
                throw .unobservable(table.name)
            }
            all.append(occupancy)
        }
        return all
    }

    /// The state objects of these names, in a library that was compiled as `.observable`; they must not be read any more when this middlebox is gone.
    public func state(of objects: [StateObject]) throws(NativeError) -> NativeState {
        let symbols = try SymbolTable(libraryPath: libraryPath)
        return try NativeState(objects) { [library] name throws(NativeError) in try library.memory(of: name, symbols) }
    }

    /// For tests of the runtime.
    func address(of symbol: String) -> UnsafeMutableRawPointer? { library.address(of: symbol) }
}

extension NativeError {
    /// Nil when the batch ran to its end.
    init?(_ outcome: gravel_outcome) {
        self.init(status: outcome.status, signal: outcome.signal, completed: Int(outcome.completed))
    }

    /// - Parameter completed: the packets that the middlebox returned from.
    init?(status: UInt32, signal: Int32, completed: Int) {
        switch gravel_status(status) {
        case gravel_ran: return nil
        case gravel_crashed: self = .crashed(packet: completed, signal: signal)
        case gravel_too_many_endings: self = .tooManyOutputs(packet: completed)
        case gravel_outside_packet: self = .outsidePacket(packet: completed)
        case gravel_endless: self = .caught(packet: completed, .endless)
        case gravel_memory_error: self = .caught(packet: completed, .memoryError)
        case gravel_touched_after_end: self = .caught(packet: completed, .touchedAfterEnd)
        case gravel_uninitialised: self = .caught(packet: completed, .uninitialised)
        case gravel_broke_contract: self = .caught(packet: completed, .brokenContract)
        case gravel_unknown_port: self = .caught(packet: completed, .unknownPort)
        default: self = .childFailed("unknown status \(status)")
        }
    }
}
