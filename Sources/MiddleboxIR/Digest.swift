internal import CLLVM

/// BLAKE3, as LLVM has it: 256 bits that stand for a content.
public struct ContentDigest: Hashable, Sendable {
    /// 32 of them.
    public let bytes: [UInt8]

    /// Of bytes.
    public init(of content: some Sequence<UInt8>) {
        let content = Array(content)
        self = content.withUnsafeBytes { ContentDigest(of: $0) }
    }

    /// Of memory.
    public init(of content: UnsafeRawBufferPointer) {
        var hasher = llvm_blake3_hasher()
        llvm_blake3_hasher_init(&hasher)
        llvm_blake3_hasher_update(&hasher, content.baseAddress, content.count)
        var digest = [UInt8](repeating: 0, count: Int(LLVM_BLAKE3_OUT_LEN))
        llvm_blake3_hasher_finalize(&hasher, &digest, digest.count)
        bytes = digest
    }

    /// Of several parts, each with its length, so that they do not run into each other.
    public init(ofParts parts: [[UInt8]]) {
        var content: [UInt8] = []
        for part in parts {
            withUnsafeBytes(of: UInt64(part.count).littleEndian) { content.append(contentsOf: $0) }
            content += part
        }
        self.init(of: content)
    }

    /// 64 digits.
    public var hexadecimal: String { bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}

/// Of what a program means: its code, types and initial state, without places in the source.
enum Digest {
    static func of(functions: [Function], globals: [Global], ports: [Program.Port]) -> String {
        let printer = Printer(withLocations: false)
        return ContentDigest(of: printer.text(functions: functions, globals: globals, ports: ports).utf8).hexadecimal
    }
}
