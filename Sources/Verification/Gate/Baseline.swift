import MiddleboxIR
import SpecLanguage

/// What was proved when the team last said so: the file that a gate compares with, committed beside the specs. See `docs/ci.md`.
///
/// It holds no times and no verdicts but `proved`, so that it changes only when the proofs do.
public struct Baseline: Hashable, Sendable, Codable {
    public static let schemaVersion = 1

    /// What all properties of a middlebox rest on.
    public struct Assumption: Hashable, Sendable, Codable {
        /// In canonical layout: for people.
        public var text: String
        /// Of its meaning, the definitions in it included.
        public var digest: String
    }

    /// One that was proved.
    public struct Property: Hashable, Sendable, Codable {
        public var name: String
        public var kind: PropertyReport.Kind
        public var cites: [String]
        /// Of what it says, without its name; nil of a check that comes with every middlebox.
        public var digest: String?
    }

    public struct Middlebox: Hashable, Sendable, Codable {
        public var name: String
        /// Those that packets were followed through.
        public var elements: [String]
        public var assumptions: [Assumption]
        public var properties: [Property]
    }

    public var schemaVersion = Baseline.schemaVersion
    /// By name.
    public var middleboxes: [Middlebox]

    public init(middleboxes: [Middlebox]) { self.middleboxes = middleboxes.sorted { $0.name < $1.name } }

    /// What a run has proved. What was not accepted is left out.
    public init(_ report: VerificationReport) {
        self.init(middleboxes: report.middleboxes.filter { !$0.elements.isEmpty }.map(Middlebox.init))
    }

    /// With the middleboxes of a later run in place of those of the same names.
    public func updated(with later: Baseline) -> Baseline {
        let new = Set(later.middleboxes.map(\.name))
        return Baseline(middleboxes: middleboxes.filter { !new.contains($0.name) } + later.middleboxes)
    }
}

extension Baseline.Middlebox {
    init(_ report: MiddleboxReport) {
        let outline = report.outline
        name = report.name
        elements = report.coveredElements
        assumptions = outline?.assumptions.map { Baseline.Assumption(text: $0.text, digest: $0.digest) } ?? []
        properties = report.properties.filter { $0.verdict == .proved }.map { property in
            Baseline.Property(
                name: property.name, kind: property.kind, cites: property.cites,
                digest: outline?.statement(of: property)?.digest)
        }
    }
}

extension MiddleboxReport {
    /// What its spec says; nil without one.
    public var outline: SpecOutline? {
        sources.first { $0.path.hasSuffix(".gravel") }.flatMap { try? SpecOutline($0) }
    }

    /// The names of the elements that packets were followed through.
    var coveredElements: [String] { elements.filter { $0.paths > 0 }.map(\.name) }
}

extension SpecOutline {
    /// What a property says; nil of a check that comes with every middlebox.
    public func statement(of property: PropertyReport) -> Statement? {
        property.kind == .builtin ? nil : properties.first { $0.name == property.name }?.statement
    }
}

extension SpecOutline.Statement {
    /// Of its meaning: two statements with one digest say the same.
    public var digest: String {
        var hasher = ContentHasher("statement of a spec")
        for part in meaning { hasher.add(part) }
        return hasher.finish().hexadecimal
    }
}
