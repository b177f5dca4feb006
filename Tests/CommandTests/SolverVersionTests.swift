import Foundation
import Subprocess
import Testing

/// Verdicts do not hang on which Z3 is there.
@Suite struct SolverVersionTests {
    /// All that `proofs.json` has is proved with the libz3 that PyPI's wheel brings, years younger than Debian's.
    @Test func aCurrentSolverProvesTheSame() async throws {
        let packages = try FileManager.default.contentsOfDirectory(atPath: repository + "/.build/tools/lib")
        let python = try #require(packages.first { $0.hasPrefix("python3") })
        let library = "\(repository)/.build/tools/lib/\(python)/site-packages/z3/lib/libz3.so"
        try #require(FileManager.default.fileExists(atPath: library), "Scripts/setup.sh --tests installs it")
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/libz3.so.4", withDestinationPath: library)

        func version(_ environment: [Environment.Key: String]) async throws -> String {
            let report = try await Command("verify", "nop", "--no-cache", "--format", "json").run(
                environment: environment)
            let document = try JSONSerialization.jsonObject(with: Data(report.output.utf8)) as? [String: Any]
            return try #require((document?["tool"] as? [String: Any])?["z3"] as? String)
        }
        let current: [Environment.Key: String] = ["LD_LIBRARY_PATH": folder.path]
        let (usual, younger) = (try await version([:]), try await version(current))
        try #require(usual.compare(younger, options: .numeric) == .orderedAscending, "\(usual), \(younger)")

        // Everything there is, while other tests run.
        let execution = try await Command("verify", "--baseline", "proofs.json", "--no-cache").run(
            atMost: 1800, environment: current)
        #expect(execution.status == 0, "\(execution.words)")
    }
}
