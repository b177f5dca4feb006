import Diagnostics
import Foundation
import PacketFormat
import Verification

/// A run as one page to look at: verdicts at a glance, what is not proved with its packets, clause by clause what stands for it, the elements,
/// and where the time went. It needs nothing from elsewhere, and no script.
public struct HTMLReport: Sendable {
    /// Pictures of the elements, by the middlebox's name: SVG.
    private let pictures: [String: String]

    public init(pictures: [String: String] = [:]) { self.pictures = pictures }

    /// Ends with a newline.
    public func text(of report: VerificationReport) -> String {
        var page = HTMLText()
        page.open("html", [("lang", "en")])
        page.open("head")
        page.empty("meta", [("charset", "utf-8")])
        page.empty("meta", [("name", "viewport"), ("content", "width=device-width, initial-scale=1")])
        page.empty("meta", [("name", "color-scheme"), ("content", "light dark")])
        page.leaf("title", "gravel: \(report.counts())")
        page.raw("<style>\(HTMLStyle.sheet)</style>")
        page.close("head")
        page.open("body", [("class", report.isGreen ? "green" : "red")])
        head(of: report, &page)
        page.open("main")
        matrix(of: report, &page)
        losses(of: report, &page)
        for middlebox in report.middleboxes { section(of: middlebox, &page) }
        clauses(of: report, &page)
        times(of: report, &page)
        page.close("main")
        foot(of: report, &page)
        page.close("body")
        page.close("html")
        return page.text
    }

    // MARK: Overview

    private func head(of report: VerificationReport, _ page: inout HTMLText) {
        page.open("header")
        page.leaf("h1", report.isGreen ? "All proved" : "Not all proved")
        page.leaf("p", report.counts())
        if report.runState == .interrupted {
            page.leaf("p", "Interrupted: not every property was judged.", [("class", "warning")])
        }
        page.close("header")
    }

    /// A square per property.
    private func matrix(of report: VerificationReport, _ page: inout HTMLText) {
        page.open("section")
        page.leaf("h2", "Verdicts")
        page.open("table", [("class", "matrix")])
        for middlebox in report.middleboxes {
            page.open("tr")
            page.open("th", [("scope", "row")])
            page.leaf("a", middlebox.name, [("href", "#\(Self.anchor(middlebox.name))")])
            page.close("th")
            page.open("td")
            for property in middlebox.properties {
                let words = "\(property.name): \(property.verdict.rawValue)"
                page.leaf(
                    "a", Self.sign(of: property.verdict),
                    [
                        ("class", "square \(property.verdict.rawValue)"), ("title", words), ("aria-label", words),
                        ("href", "#\(Self.anchor(middlebox.name, property.name))"),
                    ])
            }
            page.close("td")
            let proved = middlebox.properties.count { $0.verdict == .proved }
            page.leaf("td", "\(proved) of \(middlebox.properties.count)", [("class", "number")])
            page.close("tr")
        }
        page.close("table")
        page.open("p", [("class", "legend")])
        for verdict in Verdict.allCases where report.count(of: verdict) > 0 || verdict == .proved {
            page.leaf("span", Self.sign(of: verdict), [("class", "square \(verdict.rawValue)")])
            page.leaf("span", "\(report.count(of: verdict)) \(verdict.rawValue)")
        }
        page.close("p")
        page.close("section")
    }

    private func losses(of report: VerificationReport, _ page: inout HTMLText) {
        guard let baseline = report.baseline else { return }
        page.open("section")
        page.leaf("h2", "Since the baseline")
        if baseline.lost.isEmpty { page.leaf("p", "Nothing that \(baseline.path) has was lost.") }
        if !baseline.lost.isEmpty {
            page.open("ul")
            for lost in baseline.lost {
                page.open("li")
                page.leaf("strong", lost.name)
                page.words(": \(lost.message)" + (lost.location.map { ", \($0)" } ?? ""))
                page.close("li")
            }
            page.close("ul")
        }
        for (title, names) in [("Saying something else", baseline.changed), ("Proved, and not in it", baseline.added)]
        where !names.isEmpty { page.leaf("p", "\(title): \(names.joined(separator: ", "))") }
        page.close("section")
    }

    // MARK: A middlebox

    private func section(of middlebox: MiddleboxReport, _ page: inout HTMLText) {
        page.open("section", [("id", Self.anchor(middlebox.name))])
        page.leaf("h2", middlebox.name)
        if !middlebox.elements.isEmpty {
            let paths = middlebox.elements.reduce(0) { $0 + $1.paths }
            page.leaf(
                "p",
                "\(counted(middlebox.elements.count, "element")), \(counted(paths, "path")), \(counted(middlebox.properties.count, "property", "properties"))."
            )
        }
        for property in middlebox.properties where property.verdict != .proved {
            story(of: property, in: middlebox, &page)
        }
        if let picture = pictures[middlebox.name] {
            page.open("details", [("class", "picture")])
            page.leaf("summary", "Elements, their state, and what is known of the packets between them")
            page.open("div", [("class", "wide")])
            page.raw(picture)
            page.close("div")
            page.close("details")
        }
        properties(of: middlebox, &page)
        page.close("section")
    }

    private func properties(of middlebox: MiddleboxReport, _ page: inout HTMLText) {
        let outline = middlebox.outline
        page.open("div", [("class", "wide")])
        page.open("table")
        page.row(
            [("property", ""), ("kind", "aside"), ("verdict", ""), ("time", "number aside"), ("cites", "aside")],
            cell: "th")
        for property in middlebox.properties {
            let isTold = property.verdict != .proved
            page.open("tr", isTold ? [] : [("id", Self.anchor(middlebox.name, property.name))])
            page.open("td")
            if let statement = outline?.statement(of: property)?.text {
                page.open("details")
                page.leaf("summary", property.name)
                page.leaf("pre", statement)
                page.close("details")
            } else {
                page.leaf("span", property.name)
            }
            page.close("td")
            page.leaf("td", property.kind.rawValue, [("class", "aside")])
            page.open("td", [("class", "verdict")])
            verdict(property.verdict, &page)
            page.close("td")
            page.leaf(
                "td", property.cached ? "cached" : Self.seconds(property.seconds), [("class", "number aside")])
            page.leaf("td", property.cites.joined(separator: ", "), [("class", "aside")])
            page.close("tr")
        }
        page.close("table")
        page.close("div")
    }

    private func verdict(_ verdict: Verdict, _ page: inout HTMLText) {
        page.leaf("span", Self.sign(of: verdict), [("class", "square \(verdict.rawValue)"), ("aria-hidden", "true")])
        page.words(verdict.rawValue)
    }

    private func story(of property: PropertyReport, in middlebox: MiddleboxReport, _ page: inout HTMLText) {
        page.open(
            "article", [("id", Self.anchor(middlebox.name, property.name)), ("class", property.verdict.rawValue)])
        page.open("h3")
        page.words("\(property.name) ")
        verdict(property.verdict, &page)
        page.close("h3")
        page.leaf("p", property.sentence)
        if let location = property.location { code(at: location, middlebox.sources, &page) }
        if let hint = property.hint { page.leaf("p", "Hint: \(hint).", [("class", "hint")]) }
        if let counterexample = property.counterexample {
            HTMLTrace(counterexample, of: middlebox, isRefutation: property.verdict == .refuted).write(to: &page)
        }
        page.close("article")
    }

    private func code(at location: SourceLocation, _ sources: [SourceFile], _ page: inout HTMLText) {
        page.open("p", [("class", "code")])
        page.leaf("span", "\(location)", [("class", "place")])
        if let line = sources.line(at: location) { page.leaf("code", line.trimmingLeadingBlanks) }
        page.close("p")
    }

    // MARK: Clauses and times

    /// Clause by clause in the order of their numbers.
    private func clauses(of report: VerificationReport, _ page: inout HTMLText) {
        var standing: [String: [(middlebox: String, property: PropertyReport)]] = [:]
        for middlebox in report.middleboxes {
            for property in middlebox.properties {
                for clause in property.cites { standing[clause, default: []].append((middlebox.name, property)) }
            }
        }
        if standing.isEmpty { return }
        page.open("section")
        page.leaf("h2", "Clause by clause")
        page.open("div", [("class", "wide")])
        page.open("table")
        page.row([("clause", ""), ("what stands for it", "")], cell: "th")
        for clause in standing.keys.sorted(by: { $0.compare($1, options: .numeric) == .orderedAscending }) {
            page.open("tr")
            page.leaf("td", clause)
            page.open("td")
            for (middlebox, property) in standing[clause] ?? [] {
                page.open("div")
                page.leaf(
                    "span", Self.sign(of: property.verdict),
                    [("class", "square \(property.verdict.rawValue)"), ("title", property.verdict.rawValue)])
                page.leaf(
                    "a", " \(middlebox).\(property.name)", [("href", "#\(Self.anchor(middlebox, property.name))")])
                page.close("div")
            }
            page.close("td")
            page.close("tr")
        }
        page.close("table")
        page.close("div")
        page.close("section")
    }

    /// A bar per middlebox, divided by phase, and the properties that took longest.
    private func times(of report: VerificationReport, _ page: inout HTMLText) {
        let totals = report.middleboxes.map { middlebox in
            middlebox.times.phases.reduce(0) { $0 + max($1.seconds, 0) }
        }
        guard let longest = totals.max(), longest >= 0.005 else { return }
        page.open("section")
        page.leaf("h2", "Where the time went")
        page.open("table", [("class", "times")])
        for (middlebox, total) in zip(report.middleboxes, totals) {
            page.open("tr")
            page.leaf("th", middlebox.name, [("scope", "row")])
            page.open("td", [("class", "track")])
            for (index, phase) in middlebox.times.phases.enumerated() where phase.seconds > 0 {
                let share = String(format: "%.2f", 100 * phase.seconds / longest)
                let words = "\(phase.name): \(Self.seconds(phase.seconds))"
                page.leaf(
                    "span", "", [("class", "bar phase\(index % 6)"), ("style", "width:\(share)%"), ("title", words)])
            }
            page.close("td")
            page.leaf("td", Self.seconds(total), [("class", "number")])
            page.close("tr")
        }
        page.close("table")
        let names = report.middleboxes.map { $0.times.phases.map(\.name) }.max { $0.count < $1.count } ?? []
        page.open("p", [("class", "legend")])
        for (index, name) in names.enumerated() {
            page.leaf("span", "", [("class", "swatch phase\(index % 6)")])
            page.leaf("span", name)
        }
        page.close("p")
        slowest(of: report, &page)
        page.close("section")
    }

    private static let mostSlow = 10

    private func slowest(of report: VerificationReport, _ page: inout HTMLText) {
        let judged = report.middleboxes.flatMap { middlebox in
            middlebox.properties.filter { !$0.cached }.map { (name: "\(middlebox.name).\($0.name)", property: $0) }
        }
        let slow = judged.sorted { $0.property.seconds > $1.property.seconds }.prefix(Self.mostSlow)
        guard let longest = slow.first?.property.seconds, longest >= 0.005 else { return }
        page.leaf("h3", "Properties that took longest")
        page.open("table", [("class", "times")])
        for (name, property) in slow {
            page.open("tr")
            page.leaf("th", name, [("scope", "row")])
            page.open("td", [("class", "track")])
            let share = String(format: "%.2f", 100 * property.seconds / longest)
            page.leaf("span", "", [("class", "bar phase0"), ("style", "width:\(share)%")])
            page.close("td")
            page.leaf("td", Self.seconds(property.seconds), [("class", "number")])
            page.close("tr")
        }
        page.close("table")
    }

    private func foot(of report: VerificationReport, _ page: inout HTMLText) {
        page.leaf("footer", report.tools.map { "\($0.name) \($0.version)" }.joined(separator: ", "))
    }

    // MARK: Words

    static func seconds(_ seconds: Double) -> String {
        seconds.isFinite ? String(format: "%.2f s", max(seconds, 0)) : "-"
    }

    /// Verdicts differ without their colours, too.
    private static func sign(of verdict: Verdict) -> String {
        switch verdict {
        case .proved: "✓"
        case .refuted: "✗"
        case .inconclusive: "?"
        case .vacuous: "∅"
        case .error: "!"
        }
    }

    private static func anchor(_ parts: String...) -> String {
        parts.joined(separator: ".").filter { $0.isLetter || $0.isNumber || "._-".contains($0) }
    }
}
