import Diagnostics
import Verification

/// How the proof of one property goes, for people who want to know what a verdict rests on.
public struct Explanation: Sendable {
    private let property: PropertyReport
    private let middlebox: MiddleboxReport
    private let width: Int
    private let style: Style

    /// - Parameter middlebox: a report in which the property was judged without answers of earlier runs, whose cost nobody knows.
    public init(of property: PropertyReport, in middlebox: MiddleboxReport, width: Int = 100, usesColor: Bool = false) {
        self.property = property
        self.middlebox = middlebox
        self.width = max(width, 40)
        style = Style(usesColor: usesColor)
    }

    /// Ends with a newline.
    public var text: String {
        let verdict = style.paint(property.verdict.rawValue, style.color(of: property.verdict))
        var lines = ["\(style.paint("\(middlebox.name).\(property.name)", .bold)): \(verdict)"]
        if let statement = middlebox.outline?.statement(of: property)?.text {
            lines += [""] + statement.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }
        }
        lines += section("how it is proved", wrapped(property.kind.method))
        if property.verdict != .proved {
            let report = TextReport(width: width, usesColor: style.usesColor)
            lines +=
                [""]
                + report.story(of: property, in: middlebox).split(separator: "\n", omittingEmptySubsequences: false)
                .dropFirst().map(String.init)
        }
        lines += section("what is remembered of a step, and kept by every other", property.inferred.flatMap(wrapped))
        if property.kind != .builtin {
            lines += section("what is known of every state", middlebox.inferred.flatMap(wrapped))
        }
        lines += elements + obligations
        return lines.joined(separator: "\n") + "\n"
    }

    private func section(_ title: String, _ content: [String]) -> [String] {
        content.isEmpty ? [] : ["", style.paint(title, .bold)] + content
    }

    private func wrapped(_ text: String) -> [String] {
        let parts = text.wrapped(to: width - 4)
        return parts.indices.map { ($0 == 0 ? "  " : "    ") + parts[$0] }
    }

    // MARK: What was asked

    /// The queries about the property.
    private var queries: [QuestionReport] {
        let names = property.kind == .builtin ? [property.name, "checks"] : [property.name]
        return middlebox.times.queries.filter { query in
            names.contains { name in
                guard query.name.hasPrefix(name) else { return false }
                guard let next = query.name.dropFirst(name.count).first else { return true }
                return next == "," || next == ":" || next == " "
            }
        }
    }

    /// Those in which a way of these queries ends, and the others.
    private var elements: [String] {
        let files = Set(middlebox.sources.map(\.path))
        let lines = Set(queries.compactMap(\.location).filter { files.contains($0.file) }.map(\.line))
        let involved = middlebox.elements.filter { element in lines.contains(where: element.lines.contains) }
        let others = middlebox.elements.filter { element in !lines.contains(where: element.lines.contains) }
        func list(_ elements: [ElementReport]) -> String {
            elements.isEmpty ? "none" : elements.map(\.name).joined(separator: ", ")
        }
        return section(
            "elements",
            wrapped("a solver was asked about ways that end in: \(list(involved))")
                + wrapped("settled without one, or sliced away: \(list(others))"))
    }

    private static let mostQueries = 25

    private var obligations: [String] {
        let queries = self.queries.sorted { ($0.steps, $1.name) > ($1.steps, $0.name) }
        let counts = [
            (property.obligations, counted(property.obligations, "obligation")),
            (queries.count, counted(queries.reduce(0) { $0 + $1.queries }, "query", "queries")),
        ]
        let total = counts.filter { $0.0 > 0 }.map(\.1).joined(separator: ", ")
        if queries.isEmpty {
            return section(
                "what was asked",
                ["  all that it takes was clear without a solver" + (total.isEmpty ? "" : ": \(total)")])
        }
        let rows = queries.prefix(Self.mostQueries).map { query in
            [
                query.name, query.location.map { "\(last($0.file)):\($0.line)" } ?? "-",
                "\((query.steps + 500) / 1000)",
                HTMLReport.seconds(query.seconds),
            ]
        }
        let more = queries.count - rows.count
        return section("what was asked, most costly first (1000 solver steps)", ["  \(total)", ""])
            + columns([["query", "way ends at", "steps", "time"]] + rows, alignedRight: [2, 3])
            + (more > 0 ? ["  and \(more) more"] : [])
    }

    private func last(_ path: String) -> Substring { path.split(separator: "/").last ?? path[...] }
}

extension PropertyReport.Kind {
    /// How properties of this form are proved.
    fileprivate var method: String {
        switch self {
        case .builtin:
            "At each place in the code where it could fail, what is known there, on whatever way and from whatever state that satisfies the invariants, says that it does not."
        case .step:
            "Of one step, from any state that satisfies the invariants: on every way through the middlebox, the conclusion follows from the premise and from what is decided on that way."
        case .invariant, .always:
            "By induction: it is true of the initial state, and whatever is true of the state before a step, a control operation or the passing of time, together with the other invariants, makes it true after it."
        case .later:
            "With a monitor that remembers any one step that meets the first premise. What holds of it together with the state is found, proved by induction over all steps behind it, and implies the conclusion in each of them."
        case .earlier:
            "With a monitor that keeps whether such a step has been. What it says of the state is found and proved by induction; where the premise is met, it says that the step has been."
        case .same:
            "Of two runs that the property allows to differ: what they have in common is kept by every pair of steps, and says that the compared step is the same."
        case .rate:
            "With a monitor that adds up from any step on. A bound on the sum by what the state holds is found, and proved by induction over all steps and all times."
        case .refines:
            "Rule by rule: each rule of the model is a step property, and for everything that happens there is a rule."
        }
    }
}
