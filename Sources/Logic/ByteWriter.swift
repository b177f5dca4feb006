/// Writes numbers and texts as bytes: small numbers in one byte (LEB128), texts behind their length.
public struct ByteWriter {
    public private(set) var bytes: [UInt8] = []

    public init() {}

    /// What another wrote, as it is.
    public mutating func append(_ other: ByteWriter) { bytes.append(contentsOf: other.bytes) }

    public mutating func write(byte: UInt8) { bytes.append(byte) }

    /// LEB128: seven bits a byte, the lowest first.
    public mutating func write(number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// The same for a count or an index.
    ///
    /// - Precondition: not negative.
    public mutating func write(count: Int) { write(number: UInt64(count)) }

    /// A number of either sign: zigzag, so that those near zero are short.
    public mutating func write(signed number: Int) {
        write(number: UInt64(bitPattern: Int64((number << 1) ^ (number >> 63))))
    }

    /// The low half, then the high one.
    public mutating func write(wide number: UInt128) {
        write(number: UInt64(truncatingIfNeeded: number))
        write(number: UInt64(truncatingIfNeeded: number >> 64))
    }

    /// Eight bytes, the lowest first.
    public mutating func write(double: Double) {
        withUnsafeBytes(of: double.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// UTF-8, behind its length.
    public mutating func write(text: String) { write(block: Array(text.utf8)) }

    /// Bytes whose number the reader knows.
    public mutating func write(raw content: some Collection<UInt8>) { bytes.append(contentsOf: content) }

    /// Bytes, behind their number.
    public mutating func write(block: [UInt8]) {
        write(count: block.count)
        bytes.append(contentsOf: block)
    }
}
