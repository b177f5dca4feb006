import Diagnostics
import SpecLanguage

/// What must hold of every text that is given to the readers of specs:
///
/// - what is wrong with it has a place in it, and is shown with the line;
/// - formatting keeps its tokens and comments, and formatting twice changes nothing more;
/// - the formatted text means the same: the same properties in the same words, or the same mistakes;
/// - what the checker accepts becomes terms.
enum SpecCheck {
    static func check(_ bytes: [UInt8]) throws(BrokenPromise) {
        // Files that are not UTF-8 are refused before they get here.
        guard let text = String(validating: bytes, as: UTF8.self) else { return }
        let file = SourceFile(path: "fuzzed.gravel", text: text)
        let spec: Spec
        do throws(SpecError) {
            spec = try parse(file)
        } catch {
            return try check(error, in: file)
        }
        let formatted = SourceFile(path: file.path, text: Formatter.format(spec))
        let again: Spec
        do throws(SpecError) {
            again = try parse(formatted)
        } catch {
            throw BrokenPromise(
                "the formatted text is not accepted:\n\(DiagnosticRenderer(sources: [formatted]).render(error.diagnostics))"
            )
        }
        try promise(
            spec.tokens.map(\.text) == again.tokens.map(\.text) && spec.tokens.map(\.kind) == again.tokens.map(\.kind),
            "formatting changes the tokens:\n\(formatted.text)")
        try promise(comments(of: spec) == comments(of: again), "formatting changes the comments:\n\(formatted.text)")
        let twice = Formatter.format(again)
        try promise(twice == formatted.text, "formatting twice:\n\(formatted.text)\nis not formatting once:\n\(twice)")
        for environment in SpecEnvironment.fuzzed { try check(spec, again, against: environment) }
    }

    private static func comments(of spec: Spec) -> [String] { spec.tokens.flatMap { $0.comments.map(\.text) } }

    /// Every mistake is shown as it should be.
    private static func check(_ error: SpecError, in file: SourceFile) throws(BrokenPromise) {
        try promise(!error.diagnostics.isEmpty, "refused without a reason")
        let lines = file.text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let renderer = DiagnosticRenderer(sources: [file])
        for diagnostic in error.diagnostics {
            guard let span = diagnostic.span else { throw BrokenPromise("'\(diagnostic.message)' has no place") }
            let (line, column) = (span.start.line, span.start.column)
            try promise(
                lines.indices.contains(line - 1), "'\(diagnostic.message)' is in line \(line) of \(lines.count)")
            try promise(
                column >= 1 && span.endColumn <= lines[line - 1].count + 1,
                "'\(diagnostic.message)' is at \(column) to \(span.endColumn) of \(lines[line - 1].count) columns")
            let shown = renderer.render(diagnostic)
            try promise(
                shown.contains("^") || lines[line - 1].count > DiagnosticRenderer.longestLine,
                "'\(diagnostic.message)' is shown without its line")
        }
    }

    /// Checks both, the one as it was written and the other as it was formatted.
    private static func check(
        _ spec: Spec, _ again: Spec, against environment: SpecEnvironment
    ) throws(BrokenPromise) {
        let first = outcome(spec, environment)
        let second = outcome(again, environment)
        switch (first, second) {
        case (.failure(let error), .failure(let other)):
            try check(error, in: spec.file)
            try check(other, in: again.file)
            // Two mistakes in one place stand in the order of the file, which is the same.
            try promise(
                error.diagnostics.map(\.message) == other.diagnostics.map(\.message),
                "other mistakes in the formatted text: \(error.diagnostics.map(\.message)), \(other.diagnostics.map(\.message))"
            )
        case (.success(let checked), .success(let other)):
            try promise(
                checked.assumptions.map(\.text) == other.assumptions.map(\.text)
                    && checked.properties.map(\.text) == other.properties.map(\.text),
                "the formatted text has other properties")
            SpecLowering.lower(checked)
        case (.success, .failure(let error)):
            throw BrokenPromise("the formatted text is refused: \(error.diagnostics.map(\.message))")
        case (.failure(let error), .success):
            throw BrokenPromise(
                "only the formatted text is accepted, the other is refused: \(error.diagnostics.map(\.message))")
        }
    }

    private static func outcome(_ spec: Spec, _ environment: SpecEnvironment) -> Result<CheckedSpec, SpecError> {
        Result { () throws(SpecError) in try SpecLanguage.check(spec, against: environment) }
    }
}
