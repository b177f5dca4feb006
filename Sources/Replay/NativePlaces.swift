import Foundation
import Subprocess
import SystemPackage

/// A place in a middlebox's C code, as its debug information has it.
public struct NativePlace: Hashable, Sendable {
    /// Absolute.
    public let file: String
    public let line: Int
    /// From 1; 0 when it is not known.
    public let column: Int
}

/// From instructions of a library to the C code that they were made of, by means of LLVM's symbolizer.
struct NativePlaces {
    let library: String
    /// Its functions are not the middlebox's: who called them is.
    let runtimeDirectory: String
    var symbolizer = "llvm-symbolizer-19"

    /// The place of the innermost function that is not the runtime's, or nil when it cannot be told.
    ///
    /// - Parameter offsets: instructions in the library, that of the innermost function first.
    func innermost(of offsets: [UInt64]) async -> NativePlace? {
        let addresses = offsets.map { "0x" + String($0, radix: 16) }
        let arguments = ["--obj=" + library, "--no-demangle", "--output-style=LLVM"] + addresses
        guard
            let result = try? await run(
                .name(symbolizer), arguments: Arguments(arguments), output: .string(limit: 1 << 20), error: .discarded),
            case .exited(0) = result.terminationStatus
        else { return nil }
        return places(in: result.standardOutput).first { !isOfRuntime($0) }
    }

    /// The answer has, for each function at an address, two lines: its name and `file:line:column`.
    private func places(in text: String) -> [NativePlace] {
        text.split(separator: "\n").compactMap { line in
            guard let match = line.wholeMatch(of: /(\/.*):([0-9]+):([0-9]+)/), let number = Int(match.2), number > 0
            else { return nil }
            return NativePlace(
                file: URL(fileURLWithPath: String(match.1)).standardizedFileURL.path, line: number,
                column: Int(match.3) ?? 0)
        }
    }

    private func isOfRuntime(_ place: NativePlace) -> Bool {
        place.file.hasPrefix(URL(fileURLWithPath: runtimeDirectory).standardizedFileURL.path + "/")
    }
}
