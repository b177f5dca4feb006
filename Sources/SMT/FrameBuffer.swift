/// Messages in a stream of bytes: each behind its length.
public struct FrameBuffer {
    /// Eight bytes of length, the lowest first.
    private static let headerSize = 8
    /// More than any message has that is meant.
    private static let sizeLimit: UInt64 = 1 << 31

    private var bytes: [UInt8] = []
    private var start = 0

    public init() {}

    /// The message with its length before it.
    public static func frame(_ message: [UInt8]) -> [UInt8] {
        let length = UInt64(message.count)
        return (0..<UInt64(headerSize)).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) } + message
    }

    /// What came out of the stream.
    public mutating func append(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

    /// Whether there is nothing, not even a part of a message.
    public var isEmpty: Bool { start == bytes.count }

    /// The next message, nil as long as some of it is missing.
    ///
    /// - Throws: when the length makes no sense.
    public mutating func next() throws(FrameError) -> [UInt8]? {
        let body = start + Self.headerSize
        guard body <= bytes.count else { return nil }
        let length = bytes[start..<body].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= Self.sizeLimit else { throw FrameError(length: length) }
        let end = body + Int(length)
        guard end <= bytes.count else { return nil }
        let message = Array(bytes[body..<end])
        start = end
        if isEmpty {
            bytes.removeAll(keepingCapacity: bytes.count < 1 << 20)
            start = 0
        }
        return message
    }
}

/// A message that claims to be longer than any is.
public struct FrameError: Error, Hashable, Sendable, CustomStringConvertible {
    public let length: UInt64

    public var description: String { "a message of \(length) bytes" }
}
