import Diagnostics
import SpecLanguage

/// Something that the baseline had and the run has not.
public struct LostProof: Hashable, Sendable {
    public enum Subject: Hashable, Sendable {
        case middlebox
        case element(String)
        case property(String)
        /// Not in the baseline: all that is proved is proved of less.
        case assumption
    }

    public var middlebox: String
    public var subject: Subject
    /// One sentence without its end.
    public var message: String
    /// Where to look, if there is something to look at.
    public var location: SourceLocation?

    public init(middlebox: String, subject: Subject, message: String, location: SourceLocation? = nil) {
        self.middlebox = middlebox
        self.subject = subject
        self.message = message
        self.location = location
    }

    /// `nat`, `nat.payload_unchanged`.
    public var name: String {
        switch subject {
        case .middlebox, .assumption: middlebox
        case .element(let name), .property(let name): "\(middlebox).\(name)"
        }
    }
}

/// A run held against a baseline.
public struct BaselineComparison: Hashable, Sendable {
    /// The baseline's file.
    public var path: String
    /// Middlebox by middlebox, in the order of the baseline.
    public var lost: [LostProof] = []
    /// Properties that are proved as before, but say something else: `nat.payload_unchanged`.
    public var changed: [String] = []
    /// Those that are proved now and were not.
    public var added: [String] = []

    /// - Parameters:
    ///   - selected: the names of the middleboxes that the run was about; nil: all that there are.
    ///   - isSelected: whether the run was about a property.
    public init(
        of report: VerificationReport, with baseline: Baseline, at path: String, selected: Set<String>?,
        isSelected: (String) -> Bool = { _ in true }
    ) {
        self.path = path
        for expected in baseline.middleboxes where selected?.contains(expected.name) ?? true {
            guard let middlebox = report.middleboxes.first(where: { $0.name == expected.name }) else {
                lost.append(
                    LostProof(
                        middlebox: expected.name, subject: .middlebox,
                        message:
                            "the middlebox is not there any more; the baseline has \(Self.counted(expected.properties.count)) of it"
                    ))
                continue
            }
            compare(middlebox, with: expected, isSelected)
        }
        for middlebox in report.middleboxes {
            let known = baseline.middleboxes.first { $0.name == middlebox.name }?.properties.map(\.name) ?? []
            added += middlebox.properties.filter { $0.verdict == .proved && !known.contains($0.name) }
                .map { "\(middlebox.name).\($0.name)" }
        }
    }

    private static func counted(_ count: Int) -> String { "\(count) proved propert\(count == 1 ? "y" : "ies")" }

    private mutating func compare(
        _ report: MiddleboxReport, with expected: Baseline.Middlebox, _ isSelected: (String) -> Bool
    ) {
        func lose(_ subject: LostProof.Subject, _ message: String, at location: SourceLocation? = nil) {
            lost.append(
                LostProof(middlebox: report.name, subject: subject, message: message, location: location))
        }
        let outline = report.outline
        // What was not accepted has one property, which says so.
        if let rejected = report.properties.first(where: { $0.verdict == .error }), report.elements.isEmpty {
            let reason = rejected.reason.map { ": \($0)" } ?? ""
            return lose(
                .middlebox,
                "it is not accepted\(reason); the baseline has \(Self.counted(expected.properties.count)) of it",
                at: rejected.location)
        }
        let known = Set(expected.assumptions.map(\.digest))
        for assumption in outline?.assumptions ?? [] where !known.contains(assumption.digest) {
            lose(
                .assumption, "all proofs rest on what the baseline does not: \(assumption.text)",
                at: assumption.location)
        }
        for wanted in expected.properties where isSelected(wanted.name) {
            // A property of the spec may be called like a check that comes with every middlebox.
            let property = report.properties.first {
                $0.name == wanted.name && ($0.kind == .builtin) == (wanted.kind == .builtin)
            }
            guard let property else {
                lose(.property(wanted.name), missing(wanted, in: report, outline, among: expected))
                continue
            }
            // Why, the report says.
            if property.verdict != .proved {
                lose(.property(wanted.name), "it was proved and is \(property.verdict.rawValue) now")
            }
            let uncited = wanted.cites.filter { !property.cites.contains($0) }
            if !uncited.isEmpty {
                lose(
                    .property(wanted.name), "it does not cite \(uncited.joined(separator: ", ")) any more",
                    at: property.location)
            }
            if property.verdict == .proved, outline?.statement(of: property)?.digest != wanted.digest {
                changed.append("\(report.name).\(wanted.name)")
            }
        }
        let covered = Set(report.coveredElements)
        for element in expected.elements where !covered.contains(element) {
            let isThere = report.elements.contains { $0.name == element }
            lose(
                .element(element),
                isThere
                    ? "no packet is followed through the element any more"
                    : "the element is not there any more")
        }
    }

    /// Of a property that the report does not have.
    private func missing(
        _ wanted: Baseline.Property, in report: MiddleboxReport, _ outline: SpecOutline?,
        among expected: Baseline.Middlebox
    ) -> String {
        let known = Set(expected.properties.map(\.name))
        let others = report.properties.filter { !known.contains($0.name) }
        let same = others.first { wanted.digest != nil && outline?.statement(of: $0)?.digest == wanted.digest }
        if let same { return "the property is called \(same.name) now" }
        let near = nearestName(to: wanted.name, in: others.map(\.name))
        return "the property is not there any more" + (near.map { "; is it \($0) now?" } ?? "")
    }
}
