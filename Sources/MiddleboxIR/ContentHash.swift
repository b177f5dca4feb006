internal import CLLVM

/// A BLAKE3 digest: 256 bits that stand for some bytes. Two inputs with one digest are not to be found.
public struct ContentHash: Hashable, Sendable {
    /// The digest's bytes, eight to a word, the first in the lowest bits.
    public let words: SIMD4<UInt64>

    public init(words: SIMD4<UInt64>) { self.words = words }

    /// The digest that these bytes are; nil for another number of bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        var words = SIMD4<UInt64>()
        for (index, byte) in bytes.enumerated() { words[index / 8] |= UInt64(byte) << UInt64(8 * (index % 8)) }
        self.words = words
    }

    public init(of bytes: some Sequence<UInt8>) {
        let words = bytes.withContiguousStorageIfAvailable { Self.words(of: UnsafeRawBufferPointer($0)) }
        self.words = words ?? Array(bytes).withUnsafeBytes { Self.words(of: $0) }
    }

    /// The digest as words: the hash function that term digests are made with.
    public static func words(of bytes: UnsafeRawBufferPointer) -> SIMD4<UInt64> {
        var hasher = llvm_blake3_hasher()
        llvm_blake3_hasher_init(&hasher)
        if let start = bytes.baseAddress { llvm_blake3_hasher_update(&hasher, start, bytes.count) }
        var digest = SIMD4<UInt64>()
        withUnsafeMutableBytes(of: &digest) { output in
            llvm_blake3_hasher_finalize(
                &hasher, output.baseAddress?.assumingMemoryBound(to: UInt8.self), min(output.count, byteCount))
        }
        return SIMD4(
            UInt64(littleEndian: digest[0]), UInt64(littleEndian: digest[1]), UInt64(littleEndian: digest[2]),
            UInt64(littleEndian: digest[3]))
    }

    public static let byteCount = 32

    public var bytes: [UInt8] {
        (0..<Self.byteCount).map { UInt8(truncatingIfNeeded: words[$0 / 8] >> UInt64(8 * ($0 % 8))) }
    }

    /// 64 digits.
    public var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(unsafeUninitializedCapacity: 2 * Self.byteCount) { text in
            for (index, byte) in bytes.enumerated() {
                text[2 * index] = digits[Int(byte >> 4)]
                text[2 * index + 1] = digits[Int(byte & 15)]
            }
            return 2 * Self.byteCount
        }
    }
}

extension ContentHash: Comparable {
    public static func < (a: ContentHash, b: ContentHash) -> Bool {
        for index in 0..<4 where a.words[index] != b.words[index] { return a.words[index] < b.words[index] }
        return false
    }
}

/// Takes up the parts of a key, one after the other. Each has its length before it, so that parts do not run into each other.
public struct ContentHasher: Sendable {
    private var bytes: [UInt8] = []

    /// - Parameter purpose: what the digest is of; digests made for different purposes differ.
    public init(_ purpose: String) { add(purpose) }

    public mutating func add(_ part: some Collection<UInt8>) {
        add(part.count)
        bytes.append(contentsOf: part)
    }

    public mutating func add(_ text: String) { add(text.utf8) }

    public mutating func add(_ number: Int) {
        withUnsafeBytes(of: Int64(number).littleEndian) { bytes.append(contentsOf: $0) }
    }

    public mutating func add(_ words: SIMD4<UInt64>) {
        for index in 0..<4 { withUnsafeBytes(of: words[index].littleEndian) { bytes.append(contentsOf: $0) } }
    }

    public mutating func add(_ hash: ContentHash) { add(hash.words) }

    public mutating func add(_ texts: [String]) {
        add(texts.count)
        for text in texts { add(text) }
    }

    public func finish() -> ContentHash { ContentHash(of: bytes) }
}
