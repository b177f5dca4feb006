import Foundation
import Subprocess
import SystemPackage
import Testing

/// The folder that has `Package.swift`. Commands run in it, as the README's do.
let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

/// Whether golden files are written anew instead of compared: `GRAVEL_RECORD=1 swift test`.
let isRecording = ProcessInfo.processInfo.environment["GRAVEL_RECORD"].map { !$0.isEmpty && $0 != "0" } ?? false

/// What a command did.
struct Execution: Sendable {
    var status: Int32
    var output: String
    var error: String

    /// Both streams, for a failure's message.
    var words: String { "exit status \(status)\n--- standard output\n\(output)\n--- standard error\n\(error)" }
}

/// Why a command has no exit status.
enum CommandError: Error, CustomStringConvertible {
    /// Not built, or not where `GRAVEL_BIN` says.
    case notFound(String, folders: [String])
    case timedOut(String, seconds: Int, error: String)
    /// A crash.
    case killed(String, signal: Int32, error: String)
    case notText(String)

    var description: String {
        switch self {
        case .notFound(let name, let folders):
            "'\(name)' is in none of \(folders.joined(separator: ", ")): build it first"
        case .timedOut(let line, let seconds, let error): "'\(line)' took more than \(seconds) s; it said:\n\(error)"
        case .killed(let line, let signal, let error): "'\(line)' was ended by signal \(signal); it said:\n\(error)"
        case .notText(let line): "what '\(line)' printed is not UTF-8"
        }
    }
}

/// A command line: one of the built executables, or a script or tool by its path.
struct Command: Sendable, CustomStringConvertible {
    var name: String
    var arguments: [String]

    init(_ name: String, _ arguments: String...) { self.init(name, arguments: arguments) }

    init(_ name: String, arguments: [String]) {
        self.name = name
        self.arguments = arguments
    }

    var description: String { ([name] + arguments).joined(separator: " ") }

    /// Whether it prints a report of `verify` as JSON: each is held against the schema.
    private var isReport: Bool {
        name == "verify" && !["elements", "measure"].contains(arguments.first)
            && zip(arguments, arguments.dropFirst()).contains { $0 == ("--format", "json") }
    }

    /// Runs it to its end, with no standard input.
    ///
    /// - Parameters:
    ///   - seconds: It is killed when it takes longer.
    ///   - words: It gets an interrupt as soon as these are on its standard error.
    ///   - path: its `PATH`, where that is not the test's.
    ///   - environment: more variables, or others.
    ///
    /// What it proves is kept nowhere where another command would find it, unless `--cache` says so.
    func run(
        in folder: String = repository, atMost seconds: Int = 120, interruptedAt words: String? = nil,
        path: String? = nil, environment: [Environment.Key: String] = [:]
    ) async throws -> Execution {
        await Command.slots.take()
        defer { Task { await Command.slots.give() } }
        let work = try TemporaryFolder()
        defer { work.remove() }
        let cache = try Command.cacheFolder(in: work)
        let outputPath = work.path + "/output"
        let errorPath = work.path + "/error"
        // Files, not pipes: nobody has to read while the command runs.
        func file(_ path: String) throws -> FileDescriptorOutput {
            .fileDescriptor(
                try .open(FilePath(path), .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite),
                closeAfterSpawningProcess: true)
        }
        let interruption = words.map { (words: $0, path: errorPath) }
        let start = ContinuousClock.now
        let result = try await Subprocess.run(
            .path(FilePath(try executablePath())), arguments: Arguments(arguments),
            // The same words on every machine: no colour, no terminal's width.
            environment: .inherit.updating(
                [
                    "NO_COLOR": "1", "LC_ALL": "C.UTF-8", "XDG_CACHE_HOME": cache,
                    "PATH": path ?? ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
                ].merging(environment.map { ($0.key, $0.value) }) { $1 }),
            workingDirectory: FilePath(folder), input: .none, output: try file(outputPath), error: try file(errorPath)
        ) { execution in
            let identifier = execution.processIdentifier.value
            let watchdog = Task {
                try await Task.sleep(for: .seconds(seconds))
                kill(identifier, SIGKILL)
            }
            let interrupter = interruption.map { interruption in
                Task {
                    while try !text(at: interruption.path).contains(interruption.words) {
                        try await Task.sleep(for: .milliseconds(10))
                    }
                    kill(identifier, SIGINT)
                }
            }
            return (watchdog, interrupter)
        }
        result.closureResult.0.cancel()
        result.closureResult.1?.cancel()

        let error = try text(at: errorPath)
        switch result.terminationStatus {
        case .exited(let status):
            guard let output = String(data: try Data(contentsOf: URL(fileURLWithPath: outputPath)), encoding: .utf8)
            else { throw CommandError.notText(description) }
            if isReport, !output.isEmpty {
                for violation in try JSONSchema(path: "docs/schemas/report.schema.json").violations(in: output) {
                    Issue.record("what '\(description)' printed is not as the schema has it: \(violation)")
                }
            }
            return Execution(status: status, output: output, error: error)
        case .signaled(SIGKILL) where ContinuousClock.now - start >= .seconds(seconds):
            throw CommandError.timedOut(description, seconds: seconds, error: error)
        case .signaled(let signal):
            throw CommandError.killed(description, signal: signal, error: error)
        }
    }

    /// An empty cache folder, but for compiled middleboxes: those are the same whoever compiles them, and take long.
    private static func cacheFolder(in work: TemporaryFolder) throws -> String {
        let files = FileManager.default
        let native = files.temporaryDirectory.path + "/gravel-tests-cache"
        let cache = work.path + "/cache"
        try files.createDirectory(atPath: native, withIntermediateDirectories: true)
        try files.createDirectory(atPath: cache + "/gravel", withIntermediateDirectories: true)
        try files.createSymbolicLink(atPath: cache + "/gravel/native", withDestinationPath: native)
        return cache
    }

    /// As many at once as there are processors: the tests all start together, and a time limit is about the command.
    private static let slots = Slots(count: max(2, ProcessInfo.processInfo.activeProcessorCount))

    private func text(at path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
    }

    func executablePath() throws -> String {
        if name.contains("/") { return name.hasPrefix("/") ? name : repository + "/" + name }
        let folders = Command.folders
        for folder in folders where FileManager.default.isExecutableFile(atPath: folder + "/" + name) {
            return folder + "/" + name
        }
        throw CommandError.notFound(name, folders: folders)
    }

    /// `GRAVEL_BIN` alone where it is set; otherwise beside the test bundle.
    private static let folders: [String] = {
        if let folder = ProcessInfo.processInfo.environment["GRAVEL_BIN"], !folder.isEmpty { return [folder] }
        let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path
        return [bundle, repository + "/.build/debug"]
    }()
}

/// What only so many may have at a time.
private actor Slots {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(count: Int) { free = count }

    func take() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func give() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}

/// A new folder, to be removed.
struct TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/gravel-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }
}

/// The names in a folder of the repository, sorted; none when there is no such folder.
func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: repository + "/" + folder)) ?? []).sorted()
}

func text(of path: String) throws -> String { try String(contentsOfFile: repository + "/" + path, encoding: .utf8) }
