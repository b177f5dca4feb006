import CNative
import MiddleboxIR
import Subprocess
import SystemPackage

/// Runs packets through a natively compiled middlebox in a process of its own: what confirms counterexamples.
///
/// Each call of `run` starts in the initial state. A crash, an endless loop or memory overwritten by the middlebox does no harm here. The
/// library is a strict one, in which clang's sanitizers stop what C leaves undefined. What they do not see, such as a read from one
/// entry of a map into the next, may go unnoticed: that the run ends well says nothing of it.
public struct NativeRun: Sendable {
    /// A packet to send in, or a control operation to run.
    public struct Step: Hashable, Sendable {
        /// In nanoseconds; must not be before that of the step before, and below 2^63.
        public let time: UInt64
        /// A value of the middlebox's `enum port`.
        public let port: UInt32
        public let bytes: [UInt8]
        /// The name of a control operation, whose argument the bytes are; nil for a packet.
        public let operation: String?

        public init(time: UInt64, port: UInt32, bytes: [UInt8]) {
            self.time = time
            self.port = port
            self.bytes = bytes
            operation = nil
        }

        /// - Parameter argument: laid out as in C; empty for an operation that is given nothing.
        public init(time: UInt64, operation: String, argument: [UInt8]) {
            self.time = time
            port = 0
            bytes = argument
            self.operation = operation
        }
    }

    /// How a run ended.
    public struct Result: Sendable {
        /// For each step that was begun, what became of it. That of the step at which the middlebox failed may be incomplete.
        public let outcomes: [NativeOutcome]
        /// Why not all steps were done.
        public let failure: NativeError?
        /// Where the middlebox's C code stood then, where that is known.
        public var place: NativePlace?
        /// Where that is in a header: the place in the middlebox's own file that led there.
        public var caller: NativePlace?
        /// Of the objects that were to be observed.
        public var states: NativeStateRecording
    }

    private let library: String
    private let program: String
    private let configuration: NativeConfiguration?
    private let ports: [UInt32]
    private let places: NativePlaces?
    private let recording: NativeStateRecording
    /// Where the areas to be observed are found: their object in the library, from the hash key on.
    private let offsets: [Int]

    /// Compiles the middlebox, or finds it compiled.
    ///
    /// - Parameters:
    ///   - ports: those that there are; none: the middlebox may emit on any.
    ///   - objects: whose state is to be told of, in a library that is `.observable`.
    /// - Throws: `unobservable` for an object that is not in the library, among others.
    public init(
        sources: [String], compiler: NativeCompiler, configuration: NativeConfiguration?, ports: [UInt32] = [],
        variant: NativeCompiler.Variant = .strict, observing objects: [StateObject] = []
    ) async throws(NativeError) {
        let library = try await compiler.library(of: sources, variant: variant)
        self.library = library
        program = try await compiler.childProgram(variant: variant)
        let symbols = objects.isEmpty ? nil : try SymbolTable(libraryPath: library)
        func symbol(_ name: String) throws(NativeError) -> SymbolTable.Symbol {
            guard let symbol = symbols?[name] else { throw .unobservable(name) }
            return symbol
        }
        recording = try NativeStateRecording(objects) { object throws(NativeError) in try symbol(object.name).size }
        var offsets: [Int] = []
        for area in recording.areas {
            let distance = Int(try symbol(objects[area.object].name).address)
            offsets.append(distance - Int(try symbol(GRAVEL_HASH_KEY_SYMBOL).address))
        }
        self.offsets = offsets
        self.configuration = configuration
        self.ports = ports
        places =
            switch variant {
            case .fast, .observable, .counting: nil
            case .strict, .initialised:
                NativePlaces(
                    library: library, runtimeDirectory: compiler.runtimeDirectory,
                    includeDirectories: compiler.includeDirectories)
            }
    }

    /// Runs the steps from the initial state.
    ///
    /// - Parameters:
    ///   - processorSeconds: what one packet may use; more, and it counts as endless.
    ///   - seconds: for all of it.
    /// - Throws: `timedOut` when the process does not end, and otherwise only when it could not be run.
    public func run(
        steps: [Step], processorSeconds: Double = 1, timeout seconds: Double = 60
    ) async throws(NativeError) -> Result {
        var (result, offsets) = try await outcomes(of: steps, processorSeconds: processorSeconds, timeout: seconds)
        if let places, !offsets.isEmpty { (result.place, result.caller) = await places.innermost(of: offsets) }
        return result
    }

    private func outcomes(
        of steps: [Step], processorSeconds: Double, timeout seconds: Double
    ) async throws(NativeError) -> (Result, [UInt64]) {
        for step in steps where step.bytes.count > NativeMiddlebox.longestPacket {
            throw .packetTooLong(bytes: step.bytes.count)
        }
        let input = encode(steps, milliseconds: UInt32(max(1, min(processorSeconds * 1000, 1e9))))
        do {
            return try await withThrowingTaskGroup(of: (Result, [UInt64]).self) { group in
                group.addTask { try await child(input, steps: steps.count) }
                group.addTask {
                    try await Task.sleep(for: .seconds(seconds))
                    throw NativeError.timedOut(seconds: seconds)
                }
                // Cancellation of the other task kills the process.
                defer { group.cancelAll() }
                guard let result = try await group.next() else { throw NativeError.childFailed("no answer") }
                return result
            }
        } catch let error as NativeError {
            throw error
        } catch {
            throw .childFailed("\(error)")
        }
    }

    private func child(_ input: [UInt8], steps: Int) async throws -> (Result, [UInt64]) {
        let result = try await Subprocess.run(
            .path(FilePath(program)), arguments: [library, configuration?.symbol ?? ""], input: .array(input),
            output: .bytes(limit: 1 << 30), error: .string(limit: 1 << 20))
        switch result.terminationStatus {
        case .exited(0): break
        case .exited, .signaled:
            throw NativeError.childFailed("\(result.terminationStatus): \(result.standardError)")
        }
        return try decode(result.standardOutput, steps: steps)
    }

    // The streams are described in Middleboxes/runtime/child.c.

    private func encode(_ steps: [Step], milliseconds: UInt32) -> [UInt8] {
        var input: [UInt8] = []
        func add(_ value: some FixedWidthInteger) {
            withUnsafeBytes(of: value.littleEndian) { input.append(contentsOf: $0) }
        }
        NativeHashKey.random().words.forEach { add($0) }
        add(milliseconds)
        add(UInt32(ports.count))
        ports.forEach { add($0) }
        add(UInt32(configuration?.bytes.count ?? 0))
        input += configuration?.bytes ?? []
        add(UInt32(recording.areas.count))
        for (area, offset) in zip(recording.areas, offsets) {
            add(Int64(offset))
            add(Int64(area.pointer ?? -1))
            add(UInt64(area.size))
        }
        for step in steps {
            add(step.time)
            add(step.port)
            let name = Array((step.operation ?? "").utf8)
            add(UInt32(name.count))
            add(UInt32(step.bytes.count))
            input += name
            input += step.bytes
        }
        return input
    }

    private func decode(_ output: [UInt8], steps: Int) throws(NativeError) -> (Result, [UInt64]) {
        var rest = output[...]
        func take(_ count: Int) throws(NativeError) -> ArraySlice<UInt8> {
            guard rest.count >= count else { throw .childFailed("its answer is cut off") }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }
        func word() throws(NativeError) -> UInt32 { try take(4).reversed().reduce(0) { $0 << 8 | UInt32($1) } }

        func long() throws(NativeError) -> UInt64 { try UInt64(word()) | UInt64(word()) << 32 }

        var states = recording
        func takeState() throws(NativeError) {
            var changes: [NativeStateRecording.Change] = []
            for _ in states.areas {
                let start = Int(clamping: try long())
                changes.append(.init(start: start, bytes: Array(try take(Int(clamping: try long())))))
            }
            states.changes.append(changes)
        }
        try takeState()
        var outcomes: [NativeOutcome] = []
        while !rest.isEmpty {
            let status = try word()
            let signal = Int32(bitPattern: try word())
            var places: [UInt64] = []
            for _ in 0..<(try word()) { places.append(try long()) }
            var outcome = NativeOutcome()
            for _ in 0..<(try word()) {
                let kind = gravel_ending_kind(try word())
                let port = try word()
                let bytes = Array(try take(Int(try word())))
                outcome.add(kind, port: port, bytes: bytes)
            }
            outcomes.append(outcome)
            if let failure = NativeError(status: status, signal: signal, completed: outcomes.count - 1) {
                return (Result(outcomes: outcomes, failure: failure, states: states), places)
            }
            try takeState()
        }
        guard outcomes.count == steps else { throw .childFailed("it answered \(outcomes.count) of \(steps) packets") }
        return (Result(outcomes: outcomes, failure: nil, states: states), [])
    }
}
