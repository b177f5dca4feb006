import Foundation

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

    /// Runs it to its end, with no standard input.
    ///
    /// - Parameters:
    ///   - seconds: It is killed when it takes longer.
    ///   - words: It gets an interrupt as soon as these are on its standard error.
    func run(
        in folder: String = repository, atMost seconds: Int = 120, interruptedAt words: String? = nil
    ) async throws -> Execution {
        let work = try TemporaryFolder()
        defer { work.remove() }
        let outputPath = work.path + "/output"
        let errorPath = work.path + "/error"
        for path in [outputPath, errorPath] { try Data().write(to: URL(fileURLWithPath: path)) }

        let process = Process()
        process.executableURL = URL(fileURLWithPath: try executablePath())
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        // The same words on every machine: no colour, no terminal's width.
        process.environment = ProcessInfo.processInfo.environment.merging(["NO_COLOR": "1", "LC_ALL": "C.UTF-8"]) { $1 }
        process.standardInput = FileHandle.nullDevice
        // Files, not pipes: nobody has to read while the command runs.
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: outputPath))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errorPath))

        let ended = AsyncStream<Void>.makeStream()
        process.terminationHandler = { _ in ended.continuation.finish() }
        try process.run()
        let identifier = process.processIdentifier
        let watchdog = Task {
            try await Task.sleep(for: .seconds(seconds))
            kill(identifier, SIGKILL)
        }
        let interrupter = words.map { words in
            Task {
                while try !String(decoding: Data(contentsOf: URL(fileURLWithPath: errorPath)), as: UTF8.self).contains(
                    words)
                {
                    try await Task.sleep(for: .milliseconds(10))
                }
                kill(identifier, SIGINT)
            }
        }
        let start = ContinuousClock.now
        for await _ in ended.stream {}
        watchdog.cancel()
        interrupter?.cancel()
        process.waitUntilExit()

        let error = String(decoding: try Data(contentsOf: URL(fileURLWithPath: errorPath)), as: UTF8.self)
        if process.terminationReason == .uncaughtSignal {
            if process.terminationStatus == SIGKILL, ContinuousClock.now - start >= .seconds(seconds) {
                throw CommandError.timedOut(description, seconds: seconds, error: error)
            }
            throw CommandError.killed(description, signal: process.terminationStatus, error: error)
        }
        guard let output = String(data: try Data(contentsOf: URL(fileURLWithPath: outputPath)), encoding: .utf8) else {
            throw CommandError.notText(description)
        }
        return Execution(status: process.terminationStatus, output: output, error: error)
    }

    private func executablePath() throws -> String {
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
