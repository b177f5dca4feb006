internal import CLLVM

/// BLAKE3 of what a program means: its code, types and initial state, without places in the source.
enum Digest {
    static func of(functions: [Function], globals: [Global], ports: [Program.Port]) -> String {
        let printer = Printer(withLocations: false)
        return of(printer.text(functions: functions, globals: globals, ports: ports))
    }

    static func of(_ text: String) -> String {
        var hasher = llvm_blake3_hasher()
        llvm_blake3_hasher_init(&hasher)
        let bytes = Array(text.utf8)
        bytes.withUnsafeBytes { llvm_blake3_hasher_update(&hasher, $0.baseAddress, $0.count) }
        var digest = [UInt8](repeating: 0, count: Int(LLVM_BLAKE3_OUT_LEN))
        llvm_blake3_hasher_finalize(&hasher, &digest, digest.count)
        return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
