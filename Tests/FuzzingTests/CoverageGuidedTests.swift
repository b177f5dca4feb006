import Foundation
import ReaderFuzzing
import Testing

/// A short run of the coverage-guided fuzzer for each reader, where it is built: `make fuzzer` does that, if the toolchain has libFuzzer.
@Suite struct CoverageGuidedTests {
    @Test(
        .enabled(if: isBuilt, "the fuzzer is not built: 'make fuzzer' builds it"),
        .disabled(if: isStale, "the fuzzer is older than the sources: 'make fuzzer' builds it anew"),
        arguments: [
            (FuzzedReader.specs, 3_000), (.captures, 3_000), (.configurations, 10_000), (.operations, 10_000),
            (.projects, 10_000), (.terms, 20_000),
        ])
    func shortRunFindsNothing(_ reader: FuzzedReader, runs: Int) throws {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "gravel-fuzzed-\(reader)-\(UUID())")
        let found = scratch.appending(path: "found")
        try FileManager.default.createDirectory(at: found, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        let log = scratch.appending(path: "log")
        guard FileManager.default.createFile(atPath: log.path, contents: nil) else {
            throw CocoaError(.fileWriteUnknown)
        }
        let output = try FileHandle(forWritingTo: log)

        let process = Process()
        process.executableURL = Self.fuzzer
        process.arguments = [
            "-seed=1", "-runs=\(runs)", "-timeout=20", "-rss_limit_mb=4000", "-max_total_time=60",
            "-artifact_prefix=\(scratch.path)/",
            // What it finds goes to the first folder.
            found.path, Corpus.folder.appending(path: "corpus/\(reader)").path,
        ]
        process.environment = ProcessInfo.processInfo.environment.merging([
            "GRAVEL_FUZZED_READER": reader.rawValue, "SWIFT_BACKTRACE": "enable=no",
        ]) { $1 }
        process.standardOutput = output
        process.standardError = output
        try process.run()
        process.waitUntilExit()

        let told = String(decoding: try Data(contentsOf: log), as: UTF8.self)
        // libFuzzer prints what broke the reader, when it is short, in base 64.
        #expect(process.terminationStatus == 0, "\(told.suffix(4_000))")
        #expect(told.contains("Done "), "\(told.suffix(1_000))")
    }

    /// Where `Scripts/fuzz.sh` leaves it.
    private static let fuzzer = repository.appending(path: ".build/fuzzing/release/fuzz-readers")

    private static let repository = Corpus.folder.deletingLastPathComponent().deletingLastPathComponent()

    private static let isBuilt = FileManager.default.isExecutableFile(atPath: fuzzer.path)

    /// Whether something that it is made of has changed since: what it finds would be of another program.
    private static let isStale: Bool = {
        guard let built = date(of: fuzzer) else { return false }
        return ["Sources", "Tests/Fuzzing/Readers", "Tests/Fuzzing/Fuzzer"].contains { folder in
            let place = repository.appending(path: folder)
            let names = FileManager.default.enumerator(atPath: place.path)?.compactMap { $0 as? String } ?? []
            return names.contains { name in
                name.hasSuffix(".swift") && (date(of: place.appending(path: name)).map { $0 > built } ?? false)
            }
        }
    }()

    private static func date(of file: URL) -> Date? {
        (try? FileManager.default.attributesOfItem(atPath: file.path))?[.modificationDate] as? Date
    }
}
