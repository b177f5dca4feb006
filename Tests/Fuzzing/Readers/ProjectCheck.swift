import Diagnostics
import Project

/// What must hold of every text that is given to the reader of a project's `gravel.yml`:
///
/// - what is wrong with it has a place in it, and is shown with its line;
/// - what is accepted is within bounds, and no two middleboxes have the same name;
/// - its values, written down once more, are read as the same.
enum ProjectCheck {
    static func check(_ bytes: [UInt8]) throws(BrokenPromise) {
        // Files that are not UTF-8 are refused before they get here. Patterns that lead out of the folder may find the whole file system.
        guard let text = String(validating: bytes, as: UTF8.self), !text.contains("/*"), !text.contains("..") else {
            return
        }
        let file: ProjectFile
        do throws(ProjectFileError) {
            file = try read(text)
        } catch {
            return try checkPlace(of: error, in: text)
        }
        try promise(file.jobs.map { $0 >= 1 } ?? true, "no process at all")
        try promise(file.timeout.map { $0 > 0 && $0 < 1e6 } ?? true, "\(file.timeout ?? 0) seconds")
        let names = file.layout.middleboxes?.map(\.name) ?? []
        try promise(Set(names).count == names.count, "two middleboxes of a name: \(names)")
        let words = [file.cache, file.counterexamples, file.format, file.baseline].compactMap { $0 }
        try promise((words + file.property + file.outputs).allSatisfy { !$0.isEmpty }, "an empty value is accepted")

        let written = yaml(of: file)
        let again = try accepted(written) { () throws(ProjectFileError) in try read(written) }
        try promise(
            again.layout == file.layout && again.jobs == file.jobs && again.timeout == file.timeout
                && again.property == file.property && again.cache == file.cache
                && again.counterexamples == file.counterexamples && again.format == file.format
                && again.outputs == file.outputs && again.baseline == file.baseline,
            "the project is another after it has been written and read: \(written)")
    }

    /// Where the bundled middleboxes are.
    private static let folder = Corpus.folder.deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Middleboxes").path

    private static func read(_ text: String) throws(ProjectFileError) -> ProjectFile {
        try ProjectFile(path: folder + "/gravel.yml", text: text, workingDirectory: folder)
    }

    private static func checkPlace(of error: ProjectFileError, in text: String) throws(BrokenPromise) {
        try promise(!error.diagnostic.message.isEmpty, "refused without a reason")
        // YAML has more ends of lines than others: a carriage return alone, NEL, LS and PS.
        let lines = text.unicodeScalars.count { ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains($0) } + 1
        guard let span = error.diagnostic.span else { throw BrokenPromise("'\(error)' has no place") }
        try promise(
            (1...lines + 1).contains(span.start.line),
            "'\(error.diagnostic.message)' is in line \(span.start.line) of \(lines)")
        try promise(error.description.hasPrefix("gravel.yml:\(span.start.line)"), "not shown: \(error)")
    }

    /// In the plainest of forms.
    private static func yaml(of file: ProjectFile) -> String {
        var lines: [String] = []
        func add(_ key: ProjectFile.Key, _ value: String?) {
            if let value { lines.append("\(key.rawValue): \(value)") }
        }
        func add(_ key: ProjectFile.Key, list values: [String]) {
            if !values.isEmpty { add(key, "[\(values.joined(separator: ", "))]") }
        }
        add(
            .middleboxes,
            list: file.layout.middleboxes?.map { middlebox in
                let specification = middlebox.specification.map { ", spec: \(quoted($0))" } ?? ""
                return "{path: \(quoted(middlebox.folder))\(specification)}"
            } ?? [])
        add(.include, list: file.layout.includeDirectories.map(quoted))
        add(.jobs, file.jobs.map { "\($0)" })
        add(.timeout, file.timeout.map { "\($0)" })
        add(.property, list: file.property.map(quoted))
        add(.cache, file.cache.map(quoted))
        add(.counterexamples, file.counterexamples.map(quoted))
        add(.format, file.format.map(quoted))
        add(.outputs, list: file.outputs.map(quoted))
        add(.baseline, file.baseline.map(quoted))
        return lines.joined(separator: "\n")
    }

    /// Between quotation marks, whatever is in it.
    private static func quoted(_ text: String) -> String {
        "\""
            + text.unicodeScalars.map { scalar in
                let isPlain = scalar.isASCII && scalar.value >= 0x20 && !"\"\\".unicodeScalars.contains(scalar)
                let digits = String(scalar.value, radix: 16)
                return isPlain ? String(scalar) : "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
            }.joined() + "\""
    }
}
