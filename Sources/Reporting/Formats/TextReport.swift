import Diagnostics
import Verification

/// A run as a person reads it: per middlebox its elements, a line per property, and for what is not proved the story; at the end the counts.
public struct TextReport: Sendable {
    /// In columns.
    public let width: Int
    /// Whether to tell of every element and of where the time went.
    public let isVerbose: Bool
    let style: Style

    public init(width: Int = 100, usesColor: Bool = false, isVerbose: Bool = false) {
        self.width = max(width, 40)
        self.isVerbose = isVerbose
        style = Style(usesColor: usesColor)
    }

    /// Ends with a newline.
    public func text(of report: VerificationReport) -> String {
        var lines: [String] = []
        if report.runState == .interrupted {
            lines += [style.paint("Interrupted: not every property was judged.", .yellow), ""]
        }
        for middlebox in report.middleboxes {
            lines += heading(of: middlebox) + [""] + table(of: middlebox) + [""]
            for properties in alike(middlebox.properties.filter { $0.verdict != .proved }) {
                lines += story(of: properties, in: middlebox) + [""]
            }
            if isVerbose { lines += inferred(of: middlebox) + times(of: middlebox) }
        }
        if let baseline = report.baseline { lines += self.lines(of: baseline, in: report) }
        lines.append(report.counts(style))
        if let crossCheck = report.crossCheck { lines += self.lines(of: crossCheck) }
        let hasNoCapture = report.middleboxes.contains { middlebox in
            middlebox.properties.contains {
                $0.verdict == .refuted && $0.counterexample.map { $0.capture == nil } ?? false
            }
        }
        if hasNoCapture { lines.append("--counterexamples DIR writes the packets down, for replay.") }
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: Overview

    private func heading(of middlebox: MiddleboxReport) -> [String] {
        let paths = middlebox.elements.reduce(0) { $0 + $1.paths }
        let name = style.paint(middlebox.name, .bold)
        let properties = counted(middlebox.properties.count, "property", "properties")
        // Not accepted, or interrupted: nothing is known of its elements.
        guard !middlebox.elements.isEmpty else { return ["\(name): \(properties)"] }
        let first = "\(name): \(counted(middlebox.elements.count, "element")), \(counted(paths, "path")), \(properties)"
        let rows =
            [["element", "paths", "lines", "state"]]
            + middlebox.elements.map { element in
                [
                    element.name, "\(element.paths)", lines(element.lines),
                    element.state.isEmpty ? "-" : element.state.joined(separator: ", "),
                ]
            }
        return [first, ""] + columns(rows, alignedRight: [1])
    }

    private func table(of middlebox: MiddleboxReport) -> [String] {
        guard !middlebox.properties.isEmpty else { return ["  no properties"] }
        let names = max(8, middlebox.properties.map(\.name.count).max() ?? 0)
        let kinds = max(4, middlebox.properties.map(\.kind.rawValue.count).max() ?? 0)
        let verdicts = max(7, middlebox.properties.map(\.verdict.rawValue.count).max() ?? 0)
        let heading =
            "  " + "property".padded(to: names) + "  " + "kind".padded(to: kinds) + "  "
            + "verdict".padded(to: verdicts)
            + "  " + "time".aligned(to: 8) + "  cites"
        let margin = 2 + names + 2 + kinds + 2 + verdicts + 2 + 8 + 2
        return [style.paint(heading.trimmingSpaces, .dim)]
            + middlebox.properties.flatMap { property in
                let verdict = property.verdict.rawValue.padded(to: verdicts)
                let time = property.cached ? "cached" : seconds(property.seconds)
                let before =
                    "  \(property.name.padded(to: names))  \(property.kind.rawValue.padded(to: kinds))  "
                    + style.paint(verdict, style.color(of: property.verdict)) + "  \(time.aligned(to: 8))"
                let cites = property.cites.isEmpty ? [] : wrappedList(property.cites, to: width - margin)
                guard let first = cites.first else { return [before] }
                return ["\(before)  \(first)"] + cites.dropFirst().map { String(repeating: " ", count: margin) + $0 }
            }
    }

    private func lines(_ range: ClosedRange<Int>) -> String {
        range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
    }

    /// What was found to hold of the state, and while steps are remembered.
    private func inferred(of middlebox: MiddleboxReport) -> [String] {
        func list(_ title: String, _ facts: [String]) -> [String] {
            if facts.isEmpty { return [] }
            return ["  \(title)"]
                + facts.flatMap { fact in
                    let parts = fact.wrapped(to: width - 6)
                    return parts.indices.map { ($0 == 0 ? "    " : "      ") + parts[$0] }
                }
        }
        let lines =
            list("of every state", middlebox.inferred)
            + middlebox.properties.flatMap { list($0.name, $0.inferred) }
        return lines.isEmpty ? [] : ["inferred invariants of \(middlebox.name)"] + lines + [""]
    }

    private func times(of middlebox: MiddleboxReport) -> [String] {
        let times = middlebox.times
        func list(_ title: String, _ rows: [(name: String, seconds: Double)]) -> [String] {
            if rows.isEmpty { return [] }
            return [title] + columns(rows.map { [$0.name, seconds($0.seconds)] }, alignedRight: [1]) + [""]
        }
        let queries = times.questions.reduce(0) { $0 + $1.queries }
        let steps = times.questions.reduce(0) { $0 + $1.steps }
        return list("time of \(middlebox.name) by phase", times.phases)
            + list("execution by element input", times.elements)
            + questions(times.questions, queries: queries, steps: steps)
            + list("slowest queries", times.slowestQueries)
            + [
                "queries: \(queries) asked, \(times.stored) answered before; "
                    + "obligations: \(times.obligations) put to solvers; "
                    + "summaries: \(times.elements.count - times.storedSummaries) executed, "
                    + "\(times.storedSummaries) from the store", "",
            ]
    }

    /// Most costly questions.
    private func questions(_ questions: [QuestionReport], queries: Int, steps: Int) -> [String] {
        if questions.isEmpty { return [] }
        func row(_ name: String, _ queries: Int, _ steps: Int, _ time: Double) -> [String] {
            [name, "\(queries)", "\((steps + 500) / 1000)", seconds(time)]
        }
        let rows = questions.prefix(30).map { row($0.name, $0.queries, $0.steps, $0.seconds) }
        let rest = questions.dropFirst(30)
        let others =
            rest.isEmpty
            ? []
            : [
                row(
                    "\(rest.count) others", rest.reduce(0) { $0 + $1.queries }, rest.reduce(0) { $0 + $1.steps },
                    rest.reduce(0) { $0 + $1.seconds })
            ]
        let total = row("all", queries, steps, questions.reduce(0) { $0 + $1.seconds })
        return ["solver work, most costly first (1000 steps; solvers work at the same time)"]
            + columns([["question", "queries", "steps", "time"]] + rows + others + [total], alignedRight: [1, 2, 3]) + [
                ""
            ]
    }

    /// What was lost since the baseline, and what else is to be known of it.
    private func lines(of comparison: BaselineComparison, in report: VerificationReport) -> [String] {
        var lines: [String] = []
        for lost in comparison.lost {
            let sources = report.middleboxes.first { $0.name == lost.middlebox }?.sources ?? []
            lines += ["\(style.paint(lost.name, .bold)): \(style.paint("lost", .red)) since \(comparison.path)"]
            lines += lost.message.wrapped(to: width - 2).map { "  \($0)" }
            if let location = lost.location { lines += snippet(at: location, sources: sources) }
            lines.append("")
        }
        func list(_ title: String, _ names: [String]) {
            if names.isEmpty { return }
            lines.append(title)
            lines += wrappedList(names, to: width - 2).map { "  \($0)" } + [""]
        }
        list("proved, but saying something else than in \(comparison.path):", comparison.changed)
        list("proved, and not in \(comparison.path):", comparison.added)
        if !comparison.lost.isEmpty || !comparison.changed.isEmpty || !comparison.added.isEmpty {
            lines += ["If that is as it should be: verify --write-baseline \(comparison.path)", ""]
        }
        return lines
    }

    private func lines(of report: CrossCheckReport) -> [String] {
        let parts = [
            (report.agreed, "agreed", Style.Color.green), (report.disagreements.count, "disagreed", .red),
            (report.unknown, report.late > 0 ? "unknown (\(report.late) at the time limit)" : "unknown", .yellow),
            (report.failed, "failed", .red),
            (report.notAsked, "not asked", .yellow),
        ].filter { $0.0 > 0 }.map { style.paint("\($0.0) \($0.1)", $0.2) }
        let whole =
            report.whole > 0 ? " (\(report.whole) to obligations as they stood before they were encoded)" : ""
        let counts = parts.isEmpty ? "" : ": \(parts.joined(separator: ", "))"
        var lines = [
            "cross-check by \(report.solver) \(report.version): \(counted(report.answers, "answer"))\(whole)\(counts)"
        ]
        if let failure = report.failure {
            lines += "where it gave no answer, the first reason was: \(failure)".wrapped(to: width - 2).map {
                "  \($0)"
            }
        }
        return lines
    }

    // MARK: What is not proved

    /// Properties that one and the same thing keeps from being proved, together: in the order of the first of each.
    private func alike(_ properties: [PropertyReport]) -> [[PropertyReport]] {
        var groups: [[PropertyReport]] = []
        for property in properties {
            let index = groups.firstIndex { group in
                group.allSatisfy { other in
                    other.counterexample == nil && property.counterexample == nil && other.verdict == property.verdict
                        && other.reason == property.reason && other.location == property.location
                        && other.hint == property.hint
                }
            }
            if let index { groups[index].append(property) } else { groups.append([property]) }
        }
        return groups
    }

    /// What is to be told of one property that is not proved.
    func story(of property: PropertyReport, in middlebox: MiddleboxReport) -> String {
        story(of: [property], in: middlebox).joined(separator: "\n")
    }

    /// Of properties that are alike.
    private func story(of properties: [PropertyReport], in middlebox: MiddleboxReport) -> [String] {
        guard let property = properties.first else { return [] }
        let verdict = style.paint(property.verdict.rawValue, style.color(of: property.verdict))
        var lines: [String]
        if properties.count == 1 {
            lines = ["\(style.paint("\(middlebox.name).\(property.name)", .bold)): \(verdict)"]
        } else {
            lines = [
                "\(style.paint(middlebox.name, .bold)): \(counted(properties.count, "property", "properties")) \(verdict)"
            ]
            lines += wrappedList(properties.map(\.name), to: width - 2).map { "  \($0)" }
        }
        if let reason = property.reason {
            lines += reason.wrapped(to: width - 2).map { "  \($0)" }
        } else if property.counterexample == nil {
            lines.append("  no reason is known")
        }
        if let location = property.location { lines += snippet(at: location, sources: middlebox.sources) }
        if let hint = property.hint {
            let parts = hint.wrapped(to: width - 8)
            lines += parts.indices.map { ($0 == 0 ? "  hint: " : "        ") + parts[$0] }
        }
        if let counterexample = property.counterexample {
            lines += TraceText(width: width, style: style, sources: middlebox.sources).lines(
                of: counterexample, isRefutation: property.verdict == .refuted, saidBefore: property.reason,
                middlebox: middlebox.argument)
        }
        return lines
    }

    /// The place, its line and a caret.
    private func snippet(at location: SourceLocation, sources: [SourceFile]) -> [String] {
        let place = Diagnostic("", severity: .note, at: SourceSpan(start: location, endColumn: location.column))
        let text = DiagnosticRenderer(sources: sources, usesColor: style.usesColor).render(place)
        return ["  at \(location)"] + text.split(separator: "\n").dropFirst().map { "  \($0)" }
    }

    // MARK: Layout

    private func seconds(_ seconds: Double) -> String {
        guard seconds.isFinite else { return "-" }
        let hundredths = Int((min(max(seconds, 0), 1e9) * 100).rounded())
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction) s"
    }

    /// Items separated by commas; none is broken.
    private func wrappedList(_ items: [String], to width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for (index, item) in items.enumerated() {
            let text = index == items.count - 1 ? item : item + ","
            if !line.isEmpty, line.count + 1 + text.count > width {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + text
        }
        return lines + [line]
    }
}
