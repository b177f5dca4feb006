import Foundation
import MiddleboxIR
import Synchronization

/// Keeps what was found out, between runs: entries under the digest of everything that they depend on, one file each.
///
/// Any number of processes may use one folder at the same time: an entry appears under its name only when it is complete. What is damaged, cut
/// short or not what its name says is never returned; it is noted, and written over when it is put anew. A folder that cannot be written to
/// is noted, too, and costs nothing else.
public final class ProofStore: Sendable {
    /// What an entry is.
    public enum Kind: UInt8, CaseIterable, Sendable {
        /// The answer to one query.
        case answer = 1
        /// The report on a middlebox.
        case report = 2
        /// The summary of an element's input.
        case summary = 3
    }

    /// Made when something is first put into it.
    public let folder: String
    private let cleaning: StoreCleaning
    private let state = Mutex(State())

    private struct State {
        var isBegun = false
        var isUnwritable = false
        var notes: [String] = []
        var temporaryFiles = 0
    }

    /// Costs nothing: the folder is not looked at before something is asked or put.
    public convenience init(folder: String) { self.init(folder: folder, cleaning: StoreCleaning()) }

    init(folder: String, cleaning: StoreCleaning) {
        self.folder = folder
        self.cleaning = cleaning
    }

    /// What was put under this key, if it is there and whole.
    public func entry(_ kind: Kind, _ key: ContentHash) -> [UInt8]? {
        beginIfNeeded()
        let path = path(of: kind, key)
        switch StoredFile.read(path) {
        case .absent: return nil
        case .failed(let reason):
            note("\(path) is ignored: \(reason)")
            return nil
        case .content(let bytes):
            do {
                return try StoreEntry.payload(of: bytes, kind: kind, key: key)
            } catch {
                note("\(path) is ignored: \(error)")
                return nil
            }
        }
    }

    /// Keeps a payload, whatever was there before.
    public func put(_ kind: Kind, _ key: ContentHash, _ payload: [UInt8]) {
        beginIfNeeded()
        let number = state.withLock { state -> Int? in
            if state.isUnwritable { return nil }
            state.temporaryFiles += 1
            return state.temporaryFiles
        }
        guard let number else { return }
        let path = path(of: kind, key)
        let temporary = "\(path).\(getpid())-\(number)-\(UInt64.random(in: .min ... .max))\(Self.temporarySuffix)"
        do {
            try StoredFile.write(
                StoreEntry.bytes(kind: kind, key: key, payload: payload), to: path, by: temporary)
        } catch {
            let isFirst = state.withLock { state in
                defer { state.isUnwritable = true }
                return !state.isUnwritable
            }
            if isFirst { note("nothing is kept in \(folder): \(error.reason)") }
        }
    }

    // MARK: Notes

    /// What was found to be wrong with the store so far, each thing once; they are handed out once.
    public func takeNotes() -> [String] {
        state.withLock { state in
            defer { state.notes = [] }
            return state.notes
        }
    }

    private static let mostNotes = 1000

    /// Something that a user may want to know, and that changes no verdict.
    func note(_ text: String) {
        state.withLock { state in
            if state.notes.count < Self.mostNotes, !state.notes.contains(text) { state.notes.append(text) }
        }
    }

    // MARK: Files

    static let temporarySuffix = ".new"

    /// `FOLDER/ab/cdef….kind`
    func path(of kind: Kind, _ key: ContentHash) -> String {
        let name = key.hexadecimal
        return "\(folder)/\(name.prefix(2))/\(name.dropFirst(2)).\(kind)"
    }

    private func beginIfNeeded() {
        let isFirst = state.withLock { state in
            defer { state.isBegun = true }
            return !state.isBegun
        }
        if isFirst { cleaning.cleanIfDue(folder) }
    }
}
