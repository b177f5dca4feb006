import Glibc

/// Why a middlebox cannot be compiled natively or run.
public enum NativeError: Error, Hashable, Sendable {
    case clangNotFound(String)
    /// The C code is not accepted: clang's or the linker's own words.
    case clang(output: String)
    /// clang could not be run to its end.
    case clangFailed(String)
    case unreadableSource(path: String, reason: String)
    /// The folder of compiled libraries cannot be used.
    case cache(path: String, reason: String)
    case notLoadable(String)
    /// The library lacks a symbol, such as a configuration that is `static`.
    case missingSymbol(String)
    /// A state object cannot be read from memory: it is not there as it is declared, or several have its name.
    case unobservable(String)
    case packetTooLong(bytes: Int)
    /// A signal stopped the middlebox while it worked on this packet, counted from 0.
    case crashed(packet: Int, signal: Int32)
    /// One packet was emitted more often than there is room for.
    case tooManyOutputs(packet: Int)
    /// The middlebox emitted bytes that are not the packet's.
    case outsidePacket(packet: Int)
    case timedOut(seconds: Double)
    /// A strict library stopped the middlebox while it worked on this packet.
    case caught(packet: Int, NativeFinding)
    /// The process that runs the middlebox did not answer as it should.
    case childFailed(String)
}

/// What a strict library watches for.
public enum NativeFinding: Hashable, Sendable, CustomStringConvertible {
    /// The packet used up its processor time.
    case endless
    /// Memory was read or written that is not the middlebox's, or no longer.
    case memoryError
    /// The packet was read or written after it had been emitted or dropped.
    case touchedAfterEnd
    /// Something depends on a value that was never written.
    case uninitialised
    /// A function of the runtime was called as its contract does not allow.
    case brokenContract
    case unknownPort

    /// A clause without its subject, the middlebox.
    public var description: String {
        switch self {
        case .endless: "did not end"
        case .memoryError: "touched memory that is not its own"
        case .touchedAfterEnd: "touched the packet after handing it on"
        case .uninitialised: "used a value that was never written"
        case .brokenContract: "called a function of the runtime against its contract"
        case .unknownPort: "emitted on a port that does not exist"
        }
    }
}

extension NativeError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .clangNotFound(let name):
            "'\(name)' was not found. Install clang 19 (Debian: apt-get install clang-19)."
        case .clang(let output): output
        case .clangFailed(let reason): "clang did not finish: \(reason)"
        case .unreadableSource(let path, let reason): "\(path): cannot be read: \(reason)"
        case .cache(let path, let reason): "\(path): the folder of compiled middleboxes cannot be used: \(reason)"
        case .notLoadable(let reason): "the compiled middlebox cannot be loaded: \(reason)"
        case .missingSymbol(let name): "the compiled middlebox has no '\(name)'; is it declared static?"
        case .unobservable(let name):
            "the state object '\(name)' cannot be read from the compiled middlebox: it is not there as it is declared, or there are several, "
                + "as where two files have a static object of that name"
        case .packetTooLong(let bytes):
            "a packet of \(bytes) bytes is too long; a middlebox takes at most \(NativeMiddlebox.longestPacket)"
        case .crashed(let packet, let signal):
            "the middlebox crashed (\(String(cString: strsignal(signal)))) at packet \(packet + 1)"
        case .tooManyOutputs(let packet): "the middlebox emitted packet \(packet + 1) without end"
        case .outsidePacket(let packet):
            "the middlebox emitted bytes outside of the packet's memory at packet \(packet + 1)"
        case .timedOut(let seconds): "the middlebox did not end within \(seconds) s"
        case .caught(let packet, let finding): "the middlebox \(finding) at packet \(packet + 1)"
        case .childFailed(let reason): "the process that runs the middlebox failed: \(reason)"
        }
    }
}

extension NativeError {
    /// The same of a control operation: a clause about it.
    var ofOperation: String {
        switch self {
        case .crashed(_, let signal): "crashed (\(String(cString: strsignal(signal))))"
        case .caught(_, let finding): finding.description
        case .outsidePacket, .tooManyOutputs: "handed on a packet, and has none"
        case .clangNotFound, .clang, .clangFailed, .unreadableSource, .cache, .notLoadable, .missingSymbol,
            .unobservable,
            .packetTooLong, .timedOut, .childFailed:
            "could not be run: \(self)"
        }
    }
}

extension NativeError {
    /// The same with the packet counted over all batches.
    func counting(from first: Int) -> NativeError {
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
