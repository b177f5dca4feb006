import MiddleboxIR

/// What one file of the proof store holds: what it is, then the payload, then a checksum over all of it.
///
/// | bytes | content |
/// |---|---|
/// | 8 | `gravelPS` |
/// | 4 | version of this format, little-endian |
/// | 1 | kind |
/// | 32 | key |
/// | 8 | length of the payload, little-endian |
/// | … | payload |
/// | 32 | BLAKE3 of everything before |
enum StoreEntry {
    /// Why the bytes under a name are not the entry that should be there.
    enum Damage: Error {
        case isNoEntry
        case hasOtherVersion
        case isCutShort
        case isChanged
        /// A whole entry under the name of another one.
        case isForeign
    }

    private static let magic = Array("gravelPS".utf8)
    private static let version: UInt32 = 1
    private static let headerLength = 8 + 4 + 1 + ContentHash.byteCount + 8

    static func bytes(kind: ProofStore.Kind, key: ContentHash, payload: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(headerLength + payload.count + ContentHash.byteCount)
        bytes += magic
        withUnsafeBytes(of: version.littleEndian) { bytes += $0 }
        bytes.append(kind.rawValue)
        bytes += key.bytes
        withUnsafeBytes(of: UInt64(payload.count).littleEndian) { bytes += $0 }
        bytes += payload
        bytes += ContentHash(of: bytes).bytes
        return bytes
    }

    static func payload(
        of bytes: [UInt8], kind: ProofStore.Kind, key: ContentHash
    ) throws(Damage) -> [UInt8] {
        guard bytes.starts(with: magic) else { throw .isNoEntry }
        guard bytes.count >= headerLength + ContentHash.byteCount else { throw .isCutShort }
        guard number(bytes[8..<12]) == UInt64(version) else { throw .hasOtherVersion }
        let end = bytes.count - ContentHash.byteCount
        guard number(bytes[(headerLength - 8)..<headerLength]) == UInt64(end - headerLength) else { throw .isCutShort }
        guard ContentHash(of: bytes[..<end]).bytes.elementsEqual(bytes[end...]) else { throw .isChanged }
        guard bytes[12] == kind.rawValue, key.bytes.elementsEqual(bytes[13..<(13 + ContentHash.byteCount)]) else {
            throw .isForeign
        }
        return Array(bytes[headerLength..<end])
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension StoreEntry.Damage: CustomStringConvertible {
    var description: String {
        switch self {
        case .isNoEntry: "it is no entry of a proof store"
        case .hasOtherVersion: "it has another format"
        case .isCutShort: "it is not of the length that it says"
        case .isChanged: "its checksum is wrong"
        case .isForeign: "it is the entry of something else"
        }
    }
}
