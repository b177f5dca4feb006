/// Reads what `ByteWriter` wrote. Whatever the bytes are, the worst that happens is an error.
public struct ByteReader {
    private let bytes: [UInt8]
    private var position = 0

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// How many bytes are still to be read.
    public var remaining: Int { bytes.count - position }

    public mutating func byte() throws(CodingError) -> UInt8 {
        guard position < bytes.count else { throw .endOfBytes(at: position) }
        defer { position += 1 }
        return bytes[position]
    }

    public mutating func number() throws(CodingError) -> UInt64 {
        let start = position
        var result: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let next = try byte()
            let part = UInt64(next & 0x7F)
            // The tenth byte has room for one bit.
            guard shift < 63 || part <= 1, shift <= 63 else { throw .tooLarge(at: start) }
            result |= part << shift
            if next & 0x80 == 0 { return result }
            shift += 7
        }
    }

    /// A number that has a place in an `Int`.
    public mutating func index() throws(CodingError) -> Int {
        let start = position
        guard let result = Int(exactly: try number()) else { throw .tooLarge(at: start) }
        return result
    }

    /// How many things follow, each of which takes at least one byte: damaged counts do not make anybody reserve room for them.
    public mutating func count() throws(CodingError) -> Int {
        let start = position
        let result = try index()
        guard result <= remaining else { throw .tooLarge(at: start) }
        return result
    }

    public mutating func signed() throws(CodingError) -> Int {
        let coded = try number()
        return Int(Int64(bitPattern: coded >> 1) ^ -Int64(bitPattern: coded & 1))
    }

    public mutating func wide() throws(CodingError) -> UInt128 {
        let low = try number()
        return UInt128(try number()) << 64 | UInt128(low)
    }

    public mutating func double() throws(CodingError) -> Double {
        var pattern: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 8) { pattern |= UInt64(try byte()) << shift }
        return Double(bitPattern: pattern)
    }

    public mutating func text() throws(CodingError) -> String {
        let start = position
        guard let result = String(validating: try block(), as: UTF8.self) else { throw .notText(at: start) }
        return result
    }

    public mutating func raw(_ count: Int) throws(CodingError) -> ArraySlice<UInt8> {
        guard count <= remaining else { throw .endOfBytes(at: position) }
        defer { position += count }
        return bytes[position..<position + count]
    }

    public mutating func block() throws(CodingError) -> [UInt8] {
        let count = try count()
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    /// What to throw of what was just read, when it is a number or text as it should be, and makes no sense.
    public func damaged(_ what: String) -> CodingError { .meaningless(what, before: position) }

    /// - Throws: when something is left over.
    public func finish() throws(CodingError) {
        guard remaining == 0 else { throw .leftOver(at: position) }
    }
}
