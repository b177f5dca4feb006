import Foundation
import ReaderFuzzing

// What libFuzzer calls: its driver has the `main` of this program, and hands on what it makes of its corpus.

/// Which reader is fuzzed: the environment says so, since libFuzzer starts this program again with its own arguments alone.
private let reader: FuzzedReader = {
    let name = ProcessInfo.processInfo.environment["GRAVEL_FUZZED_READER"] ?? ""
    guard let reader = FuzzedReader(rawValue: name) else {
        let known = FuzzedReader.allCases.map(\.rawValue).joined(separator: ", ")
        say("GRAVEL_FUZZED_READER must name a reader: \(known)")
        exit(64)
    }
    return reader
}()

private func say(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }

/// - Returns: 0: the bytes may become a part of the corpus.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do throws(BrokenPromise) {
        try reader.check(Array(UnsafeBufferPointer(start: start, count: count)))
    } catch {
        // libFuzzer keeps the bytes of a run that ends the process.
        say("\(reader.rawValue): \(error)")
        abort()
    }
    return 0
}

/// libFuzzer's own changes, with the words of its dictionary.
@_silgen_name("LLVMFuzzerMutate")
private func libFuzzerMutation(_ start: UnsafeMutablePointer<UInt8>?, _ count: Int, _ capacity: Int) -> Int

private let dictionary = (try? FuzzingDictionary(of: reader)) ?? FuzzingDictionary()

/// Every other change is one of `Mutator`'s, which knows words and lines.
///
/// - Returns: how many bytes there are now.
@_cdecl("LLVMFuzzerCustomMutator")
public func changeInput(
    _ start: UnsafeMutablePointer<UInt8>?, _ count: Int, _ capacity: Int, _ seed: CUnsignedInt
) -> Int {
    guard let start, seed % 2 == 0 else { return libFuzzerMutation(start, count, capacity) }
    var bytes = Array(UnsafeBufferPointer(start: start, count: count))
    var mutator = Mutator(of: reader, corpus: Corpus(), dictionary: dictionary, seed: UInt64(seed))
    mutator.change(&bytes)
    let result = bytes.prefix(capacity)
    UnsafeMutableRawBufferPointer(start: start, count: capacity).copyBytes(from: result)
    return result.count
}
