import ArgumentParser
import Foundation

/// When to write in colour.
enum ColorChoice: String, CaseIterable, ExpressibleByArgument {
    case auto, always, never
}

/// What the process is connected to, and what its environment asks for.
struct Terminal {
    enum Stream {
        case standardOutput, standardError

        fileprivate var descriptor: Int32 {
            switch self {
            case .standardOutput: STDOUT_FILENO
            case .standardError: STDERR_FILENO
            }
        }
    }

    private let environment: [String: String]

    init(environment: [String: String] = ProcessInfo.processInfo.environment) { self.environment = environment }

    func isTerminal(_ stream: Stream) -> Bool { isatty(stream.descriptor) == 1 }

    /// `TERM=dumb` cannot go back to the start of a line, nor show colours.
    private var isDumb: Bool { environment["TERM"] == "dumb" }

    /// `NO_COLOR` counts when it is not empty (no-color.org).
    func usesColor(_ choice: ColorChoice, on stream: Stream) -> Bool {
        switch choice {
        case .always: true
        case .never: false
        case .auto: isTerminal(stream) && !isDumb && (environment["NO_COLOR"] ?? "").isEmpty
        }
    }

    var canRewriteLines: Bool { isTerminal(.standardError) && !isDumb }

    /// In columns; nil where the stream is no terminal.
    func width(of stream: Stream) -> Int? {
        var size = winsize()
        guard isTerminal(stream), ioctl(stream.descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return nil
        }
        return Int(size.ws_col)
    }
}

/// Talk goes here, data to standard output.
enum StandardError {
    static func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

/// Where the data goes: standard output, or a file that is there completely or not at all.
struct Output {
    let path: String?

    /// - Throws: `UsageError` when the file's folder is not there.
    init(path: String?) throws {
        self.path = path
        guard let path else { return }
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
            throw UsageError(description: "cannot write '\(path)': there is no folder '\(folder)'")
        }
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
            throw UsageError(description: "cannot write '\(path)': it is a folder")
        }
    }

    func write(_ text: String) throws {
        guard let path else { return FileHandle.standardOutput.write(Data(text.utf8)) }
        try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    }
}
