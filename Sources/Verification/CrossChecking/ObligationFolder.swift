import Foundation
import MiddleboxIR
import Synchronization

/// Writes questions down as SMT-LIB files, one each: `folder/MIDDLEBOX/SUBJECT.DIGEST.smt2`.
///
/// The digest is of what is in the file, so that a question has the same name in every run, and nothing is ever written over: a file of that
/// name is either the same or somebody else's.
public final class ObligationFolder: AnswerObserver {
    private struct State {
        var folders: Set<String> = []
        var count = 0
        var failure: ObligationFolderError?
    }

    public let path: String
    private let state = Mutex(State())

    /// - Parameter path: made, with all above it, when there is something to write.
    public init(path: String) { self.path = path }

    /// How many questions are in it by now, those of earlier runs not counted.
    public var count: Int { state.withLock { $0.count } }

    /// The first thing that went wrong. Nothing is written after it.
    public var failure: ObligationFolderError? { state.withLock { $0.failure } }

    public func note(_ question: AnsweredQuestion) {
        guard failure == nil else { return }
        do {
            _ = try write(question)
            state.withLock { $0.count += 1 }
        } catch {
            state.withLock { $0.failure = $0.failure ?? error }
        }
    }

    public func noteSettledByBuilders() {}

    /// - Returns: the file's path.
    public func write(_ question: AnsweredQuestion) throws(ObligationFolderError) -> String {
        let content = Array(question.script.utf8)
        let folder = "\(path)/\(Self.fileName(question.middlebox))"
        try make(folder)
        let digest = ContentHash(of: content).hexadecimal.prefix(12)
        let file = "\(folder)/\(Self.fileName(question.subject)).\(digest).smt2"
        // Whole or not at all, and never in the place of another: an interrupted run leaves nothing that looks like a question.
        let part = "\(folder)/.\(digest).\(getpid()).part"
        defer { unlink(part) }
        do {
            try Data(content).write(to: URL(fileURLWithPath: part))
        } catch {
            throw .notWritable(path: part, reason: "\(error.localizedDescription)")
        }
        if link(part, file) == 0 { return file }
        guard errno == EEXIST else { throw .notWritable(path: file, reason: String(cString: strerror(errno))) }
        guard FileManager.default.contents(atPath: file).map(Array.init) == content else { throw .taken(path: file) }
        return file
    }

    private func make(_ folder: String) throws(ObligationFolderError) {
        if state.withLock({ $0.folders.contains(folder) }) { return }
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw .notWritable(path: folder, reason: "\(error.localizedDescription)")
        }
        state.withLock { _ = $0.folders.insert(folder) }
    }

    /// Without what shells and file systems take amiss.
    private static func fileName(_ text: String) -> String {
        let words = text.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-")) }
        return words.isEmpty ? "unnamed" : String(words.joined(separator: "_").prefix(100))
    }
}

/// Why a question could not be written down.
public enum ObligationFolderError: Error, Hashable, Sendable {
    case notWritable(path: String, reason: String)
    /// There is another file under the question's name.
    case taken(path: String)
}

extension ObligationFolderError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notWritable(let path, let reason): "cannot write '\(path)': \(reason)"
        case .taken(let path): "cannot write '\(path)': there is another file of this name, which is left as it is"
        }
    }
}
