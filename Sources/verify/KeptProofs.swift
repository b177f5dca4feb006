import ArgumentParser
import Foundation
import MiddleboxIR
import Project
import Verification

/// The options of commands that use what earlier runs found out.
struct CacheOptions: ParsableArguments {
    @Flag(help: "Prove everything anew, and keep nothing.") var noCache = false

    @Option(
        help: ArgumentHelp(
            "Where proofs are kept between runs (default: gravel/proofs in the user's cache folder).", valueName: "dir"),
        completion: .directory)
    var cache: String?

    func validate() throws {
        if cache == "" { throw ValidationError("--cache needs a folder.") }
        if noCache, cache != nil { throw ValidationError("--no-cache and --cache exclude each other.") }
    }

    /// Nil when nothing is to be kept.
    ///
    /// - Parameter project: says where proofs are kept, where no flag does.
    func proofs(in project: ProjectFile?) -> KeptProofs? {
        noCache ? nil : KeptProofs(folder: cache ?? project?.cache)
    }
}

/// What earlier runs found out, as this process may use it.
struct KeptProofs: Sendable {
    let store: ProofStore
    let reports: ReportStore
    let tool: ToolIdentity

    /// - Parameter folder: nil: in the user's cache folder.
    /// - Returns: nil where this build of the tool cannot be told from others.
    init?(folder: String?) {
        guard let tool = ToolIdentity.ofThisProcess else { return nil }
        let working = FileManager.default.currentDirectoryPath
        let path = folder.map { $0.hasPrefix("/") ? $0 : "\(working)/\($0)" } ?? CacheFolder.proofs
        self.tool = tool
        store = ProofStore(folder: path)
        reports = ReportStore(store: store, tool: tool)
    }

    /// A report on a middlebox under these options; nil where the compiler is not to be found, and nothing can be kept.
    ///
    /// - Parameter options: what, besides the files and the compiler, a verdict may depend on.
    func request(for source: MiddleboxSource, options: [String]) -> ReportRequest? {
        let compiler = source.compiler
        guard let identity = CompilerIdentity.of(compiler.clang) else { return nil }
        return ReportRequest(
            source: source, workingDirectory: compiler.workingDirectory,
            compilation: compiler.fingerprint + identity, options: options)
    }

    /// Most lines about what is wrong with the store.
    private static let mostNotes = 3

    /// Tells what was wrong with the store.
    func printNotes() {
        let notes = store.takeNotes()
        for note in notes.prefix(Self.mostNotes) { StandardError.write("note: \(note)\n") }
        let more = notes.count - Self.mostNotes
        if more > 0 { StandardError.write("note: \(more) more like this in \(store.folder)\n") }
    }
}

/// Which compiler a name stands for, and what it takes from the environment.
private enum CompilerIdentity {
    private static let variables = [
        "CPATH", "C_INCLUDE_PATH", "COMPILER_PATH", "GCC_EXEC_PREFIX", "CCC_OVERRIDE_OPTIONS", "CCC_ADD_ARGS",
        "SOURCE_DATE_EPOCH", "SDKROOT",
    ]

    static func of(_ clang: String) -> [String]? {
        let environment = ProcessInfo.processInfo.environment
        let folders = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let candidates = clang.contains("/") ? [clang] : folders.map { "\($0)/\(clang)" }
        guard let path = candidates.first(where: FileManager.default.isExecutableFile) else { return nil }
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        let file = [
            path, "\(status.st_dev)", "\(status.st_ino)", "\(status.st_size)", "\(status.st_mtim.tv_sec)",
            "\(status.st_mtim.tv_nsec)",
        ]
        return file + variables.map { name in environment[name].map { "\(name)=\($0)" } ?? name }
    }
}

/// Where things are kept between runs.
enum CacheFolder {
    /// Compiled middleboxes.
    static var native: String { path + "/native" }
    /// Answers, summaries and reports.
    static var proofs: String { path + "/proofs" }
    /// Questions on which solvers disagree.
    static var disagreements: String { path + "/disagreements" }

    private static var path: String {
        let environment = ProcessInfo.processInfo.environment
        if let folder = environment["XDG_CACHE_HOME"], folder.hasPrefix("/") { return folder + "/gravel" }
        if let home = environment["HOME"], home.hasPrefix("/") { return home + "/.cache/gravel" }
        return "/tmp/gravel-\(getuid())"
    }
}
