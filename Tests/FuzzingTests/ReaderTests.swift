import Foundation
import ReaderFuzzing
import Testing

/// The readers of files, on inputs that were found to reach much of their code, and on mutations of these.
@Suite struct ReaderTests {
    /// All that libFuzzer found worth keeping, and all that once broke a reader.
    @Test(arguments: FuzzedReader.allCases)
    func corpusDoesNoHarm(_ reader: FuzzedReader) throws {
        let corpus = try Corpus(of: reader)
        #expect(corpus.entries.count >= 10)
        for entry in corpus.entries { check(reader, entry.bytes, "\(entry)") }
    }

    /// Other inputs than those of the corpus, the same in every run. What breaks here is shown, to be kept in the corpus under a telling name.
    @Test(arguments: FuzzedReader.allCases)
    func mutationsDoNoHarm(_ reader: FuzzedReader) throws {
        var mutator = Mutator(
            of: reader, corpus: try Corpus(of: reader), dictionary: try FuzzingDictionary(of: reader), seed: 1)
        let start = Self.processorTime
        var count = 0
        // The time is a limit for machines that are slow; others come to the end.
        while count < Self.mutations, Self.processorTime - start < 2, let bytes = mutator.next() {
            count += 1
            check(reader, bytes, "mutation \(count), in base 64: \(Data(bytes).base64EncodedString())")
        }
        #expect(count > 0)
    }

    private static let mutations = 1000

    /// That no input takes long is a promise, too. Far more than any takes: the debugging build, on a machine that has other things to do.
    private static let longest = 5.0

    private func check(_ reader: FuzzedReader, _ bytes: [UInt8], _ name: String) {
        let start = Self.processorTime
        do throws(BrokenPromise) {
            try reader.check(bytes)
        } catch {
            Issue.record("\(reader.rawValue), \(name): \(error)")
        }
        let seconds = Self.processorTime - start
        if seconds > Self.longest { Issue.record("\(reader.rawValue), \(name): it takes \(seconds) seconds") }
    }

    /// Of this thread, in seconds: other tests run at the same time.
    private static var processorTime: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
