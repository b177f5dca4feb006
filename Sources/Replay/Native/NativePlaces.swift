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
    /// The project's headers: who called an inline function of theirs is worth telling.
    let includeDirectories: [String]
    var symbolizer = "llvm-symbolizer-19"

    /// The place of the innermost function that is not the runtime's, and, where that is an inline function of a header, the place in the
    /// middlebox's own file that led there. Nil when it cannot be told.
    ///
    /// - Parameter offsets: instructions in the library, that of the innermost function first.
    func innermost(of offsets: [UInt64]) async -> (place: NativePlace?, caller: NativePlace?) {
        let addresses = offsets.map { "0x" + String($0, radix: 16) }
        let arguments = ["--obj=" + library, "--no-demangle", "--output-style=LLVM"] + addresses
        guard
            let result = try? await run(
                .name(symbolizer), arguments: Arguments(arguments), output: .string(limit: 1 << 20), error: .discarded),
            case .exited(0) = result.terminationStatus
        else { return (nil, nil) }
        let places = places(in: result.standardOutput).drop { isOfRuntime($0) }
        guard let place = places.first, isOfHeader(place) else { return (places.first, nil) }
        return (place, places.first { !isOfHeader($0) && !isOfRuntime($0) })
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

    private func isOfRuntime(_ place: NativePlace) -> Bool { lies(place, in: runtimeDirectory) }

    private func isOfHeader(_ place: NativePlace) -> Bool { includeDirectories.contains { lies(place, in: $0) } }

    private func lies(_ place: NativePlace, in directory: String) -> Bool {
        place.file.hasPrefix(URL(fileURLWithPath: directory).standardizedFileURL.path + "/")
    }
}
