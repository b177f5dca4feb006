import Foundation
import Testing

/// A folder `Tests/Golden/<topic>/<case>`: what a person types, and what comes of it.
///
/// | file | content | written by |
/// |---|---|---|
/// | `command` | the command line, run in the repository's folder | hand |
/// | `expected-status` | the exit status | hand |
/// | `expected-words` | regular expressions, one a line, each of which is found in what it prints | hand |
/// | `output`, `error` | all that it prints on the two streams, but for times | `GRAVEL_RECORD=1` |
///
/// The hand-written files say what is wanted; a recording can never change that. The recorded ones show every other change in review.
struct GoldenCase: Sendable, CustomTestStringConvertible {
    var path: String

    /// The cases of a topic, by name.
    static func all(_ topic: String) -> [GoldenCase] {
        names(in: "Tests/Golden/\(topic)")
            .map { GoldenCase(path: "Tests/Golden/\(topic)/\($0)") }
            .filter { FileManager.default.fileExists(atPath: "\(repository)/\($0.path)/command") }
    }

    var testDescription: String { String(path.dropFirst("Tests/Golden/".count)) }

    func command() throws -> Command {
        let words = try text(of: path + "/command").split(whereSeparator: \.isWhitespace).map(String.init)
        guard let name = words.first else { throw GoldenCaseError.noCommand(path) }
        return Command(name, arguments: Array(words.dropFirst()))
    }

    func expectedStatus() throws -> Int32 {
        let words = try text(of: path + "/expected-status")
        guard let status = Int32(words.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw GoldenCaseError.noStatus(path)
        }
        return status
    }

    func expectedWords() throws -> [String] {
        let words = try text(of: path + "/expected-words").split(separator: "\n").map(String.init)
        guard !words.isEmpty else { throw GoldenCaseError.noWords(path) }
        return words
    }

    /// What is the same on every run and every machine of what a command prints: without times, the widths of columns that have times,
    /// and the progress on standard error, whose order is that in which the proofs happen to end.
    static func lasting(_ printed: String) -> String {
        printed
            .replacingOccurrences(of: repository, with: "‹repository›")
            .replacing(/[0-9]+(\.[0-9]+)? ?(ms|s)\b/, with: "‹time›")
            .replacing(/"seconds" ?: ?[0-9.e-]+/, with: "\"seconds\": ‹time›")
            .split(separator: "\n", omittingEmptySubsequences: false)
            .filter { $0.wholeMatch(of: /[a-z0-9_]+\.[a-z0-9_]+: [a-z]+ \(‹time›\)/) == nil }
            .map { line in
                line.contains("‹time›") || line.contains("  verdict  ")
                    ? String(line.replacing(/\ \ +/, with: "  ")) : String(line)
            }
            .joined(separator: "\n")
    }
}

/// A case that is not written as it must be.
enum GoldenCaseError: Error {
    case noCommand(String)
    case noStatus(String)
    case noWords(String)
}
