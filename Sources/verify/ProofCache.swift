import Foundation
import MiddleboxIR
import Verification

/// The proof store of this run, as the command line and the environment say.
struct ProofCache: Sendable {
    let store: ProofStore
    /// What answers hang on besides the question: this very executable, and the libraries that it uses.
    let tools: ContentDigest

    /// - Parameters:
    ///   - folder: of `--cache`. Otherwise that of `GRAVEL_CACHE`, or one in the user's folder for such things.
    ///   - isOff: of `--no-cache`.
    /// - Returns: nil where nothing is to be kept: asked for, or with an empty `GRAVEL_CACHE`.
    init?(folder: String?, isOff: Bool) {
        if isOff { return nil }
        let named = folder ?? ProcessInfo.processInfo.environment["GRAVEL_CACHE"]
        if named == "" { return nil }
        guard let executable = FileManager.default.contents(atPath: "/proc/self/exe") else { return nil }
        store = ProofStore(folder: named ?? CacheFolder.path + "/proofs")
        let versions = ToolVersions.all.map { Array("\($0.name) \($0.version)".utf8) }
        tools = ContentDigest(ofParts: [ContentDigest(of: executable).bytes] + versions)
    }

    var reports: ReportStore { ReportStore(store: store, tools: tools) }

    /// Tells what was noticed in the store.
    func tellNotes() {
        let notes = store.notes
        for note in notes.prefix(3) { StandardError.write("note: \(note)\n") }
        if notes.count > 3 { StandardError.write("note: and \(notes.count - 3) more of this kind\n") }
    }
}
