import Diagnostics
import Verification

/// Something that stands against a green gate: a property that is not proved, a proof that was lost, an interruption.
///
/// The formats that know problems only, and no properties, show these.
struct Finding {
    enum Severity: Int, Comparable {
        case error, warning

        static func < (a: Severity, b: Severity) -> Bool { a.rawValue < b.rawValue }
    }

    let severity: Severity
    /// `nat.payload_unchanged`: the same in every run.
    let rule: String
    /// A few words: `nat.payload_unchanged is refuted`.
    let title: String
    /// Without a full stop.
    let message: String
    let location: SourceLocation?
    /// Of a property that was judged.
    var judged: (property: PropertyReport, middlebox: MiddleboxReport)?
}

extension VerificationReport {
    static let interruption = "the run was interrupted: not every property was judged"

    /// `2 middleboxes, 40 properties: 39 proved, 1 refuted; 1 loss since the baseline`.
    func counts(_ style: Style = Style(usesColor: false)) -> String {
        let counts = Verdict.allCases.map { ($0, count(of: $0)) }.filter { $0.1 > 0 }
        let boxes = counted(middleboxes.count, "middlebox", "middleboxes")
        guard !counts.isEmpty else { return "\(boxes), no properties" }
        let total = counts.reduce(0) { $0 + $1.1 }
        let until = runState == .interrupted ? " until the interruption" : ""
        let parts = counts.map { style.paint("\($1) \($0.rawValue)", style.color(of: $0)) }
        let losses = baseline?.lost.count ?? 0
        let lost = losses > 0 ? "; \(style.paint("\(counted(losses, "loss", "losses")) since the baseline", .red))" : ""
        return "\(boxes), \(counted(total, "property", "properties"))\(until): \(parts.joined(separator: ", "))\(lost)"
    }

    /// Whether a gate may open.
    var isGreen: Bool {
        runState == .complete && findings.isEmpty && middleboxes.contains { !$0.properties.isEmpty }
    }

    /// Worst first, otherwise in the order of the report. An interruption is not among them.
    var findings: [Finding] {
        var findings: [Finding] = []
        for middlebox in middleboxes {
            for property in middlebox.properties where property.verdict != .proved {
                findings.append(Finding(property, of: middlebox))
            }
        }
        // What is not proved any more is told of once.
        let told = Set(findings.map(\.rule))
        for lost in baseline?.lost ?? [] where !told.contains(lost.rule) {
            findings.append(
                Finding(
                    severity: .error, rule: lost.rule, title: "\(lost.name): lost since the baseline",
                    message: lost.message, location: lost.location))
        }
        let order = findings.indices.sorted {
            (findings[$0].rank, $0) < (findings[$1].rank, $1)
        }
        return order.map { findings[$0] }
    }
}

extension Finding {
    fileprivate init(_ property: PropertyReport, of middlebox: MiddleboxReport) {
        severity =
            switch property.verdict {
            case .refuted, .error: .error
            case .proved, .inconclusive, .vacuous: .warning
            }
        rule = "\(middlebox.name).\(property.name)"
        title =
            property.verdict == .error
            ? "\(middlebox.name) is not accepted" : "\(rule) is \(property.verdict.rawValue)"
        message = property.sentence
        // What is refuted without a place of its own is at fault where the property stands.
        location =
            property.location ?? middlebox.sources.first.map { SourceLocation(file: $0.path, line: 1, column: 0) }
        judged = (property, middlebox)
    }

    /// Refuted properties first, then what is not accepted, what was lost, and the undecided.
    fileprivate var rank: Int {
        switch judged?.property.verdict {
        case .refuted: 0
        case .error: 1
        case nil: 2
        case .inconclusive: 3
        case .vacuous: 4
        case .proved: 5
        }
    }
}

extension LostProof {
    /// Of the property where it is about one, otherwise of a rule of its own.
    var rule: String {
        switch subject {
        case .property: name
        case .middlebox, .element, .assumption: "\(name).baseline"
        }
    }
}

extension PropertyReport {
    /// Why it is not proved, without a full stop.
    var sentence: String {
        let broken = counterexample.map { counterexample in
            verdict == .refuted
                ? "broken: \(counterexample.failed)"
                    + (counterexample.confirmed ? ", confirmed by the native program" : "")
                : "not proved: \(counterexample.failed)"
        }
        let parts = [reason, (reason ?? "").contains(counterexample?.failed ?? "\u{0}") ? nil : broken].compactMap(
            \.self)
        return parts.isEmpty ? "no reason is known" : parts.joined(separator: "; ")
    }
}
