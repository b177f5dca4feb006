import ArgumentParser
import Diagnostics
import Foundation
import Verification

/// The options that hold a run against what was proved before.
struct BaselineOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Fail where something is lost that this file, which --write-baseline wrote, says was proved.",
            valueName: "file"),
        completion: .file(extensions: ["json"]))
    var baseline: String?

    @Option(
        help: ArgumentHelp("Write down what is proved, for --baseline.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var writeBaseline: String?

    var isUsed: Bool { baseline != nil || writeBaseline != nil }

    func validate() throws {
        if baseline == "" { throw ValidationError("--baseline needs a file.") }
        if writeBaseline == "" { throw ValidationError("--write-baseline needs a file.") }
        if baseline != nil, writeBaseline != nil {
            throw ValidationError("--baseline and --write-baseline exclude each other: look at what is lost first.")
        }
    }
}

/// A file with a baseline in it.
struct BaselineFile {
    let path: String

    /// - Throws: `RejectedInput` where there is none, or none in it.
    func read() throws -> Baseline {
        guard let content = FileManager.default.contents(atPath: path) else {
            throw rejected("'\(path)' cannot be read", hint: "verify --write-baseline \(path) writes it")
        }
        do {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            let baseline = try decoder.decode(Baseline.self, from: content)
            guard baseline.schemaVersion == Baseline.schemaVersion else {
                throw rejected(
                    "'\(path)' is a baseline of version \(baseline.schemaVersion), and this tool reads version \(Baseline.schemaVersion)",
                    hint: "verify --write-baseline \(path) writes it anew")
            }
            return baseline
        } catch let error as DecodingError {
            throw rejected(
                "'\(path)' is not a baseline: \(Self.words(of: error))", hint: "verify --write-baseline writes one")
        }
    }

    /// Whole or not at all.
    func write(_ baseline: Baseline) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        try Output(path: path).write(String(decoding: try encoder.encode(baseline), as: UTF8.self) + "\n")
    }

    private func rejected(_ message: String, hint: String) -> RejectedInput {
        RejectedInput([Diagnostic(message, at: nil, hints: [hint])], sources: [])
    }

    private static func words(of error: DecodingError) -> String {
        func place(_ path: [any CodingKey], _ last: (any CodingKey)? = nil) -> String {
            let keys = (path + [last].compactMap(\.self)).map { key in
                key.intValue.map { "\($0 + 1)" } ?? key.stringValue
            }
            return keys.isEmpty ? "the document" : keys.joined(separator: " → ")
        }
        switch error {
        case .keyNotFound(let key, let context): return "\(place(context.codingPath, key)) is not there"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return "\(place(context.codingPath)) is not what it must be"
        case .dataCorrupted(let context):
            return context.codingPath.isEmpty ? "it is not JSON" : "\(place(context.codingPath)) is not what it must be"
        @unknown default: return "it cannot be read"
        }
    }
}
