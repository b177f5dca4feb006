import Diagnostics
import Logic

/// A spec whose names and types agree with the C code.
public struct CheckedSpec: Sendable {
    /// The middlebox's name.
    public let name: String
    public let ports: [String]
    /// In the order of the file.
    public let assumptions: [Assumption]
    /// In the order of the file.
    public let properties: [Property]
}

/// `assume FORMULA`: the configurations that properties are about.
public struct Assumption: Sendable {
    public let span: SourceSpan
    /// As the spec writes it.
    public let text: String
    let formula: CheckedFormula
}

/// A property or invariant.
public struct Property: Sendable {
    public enum Form: Sendable {
        case step(StepProperty)
        case invariant(InvariantProperty)
        case history(HistoryProperty)
        case independence(IndependenceProperty)
        case rate(RateProperty)
        /// Understood, but there is no proof method for it yet. The text names the form.
        case notYetSupported(String)
    }

    public let name: String
    public let kind: PropertyKind
    /// As the spec writes them, one per clause cited.
    public let cites: [String]
    /// Of its name.
    public let location: SourceLocation
    /// As the spec writes it, in canonical layout.
    public let text: String
    public let form: Form
}

/// A claim about every step: one packet in, what comes out.
public struct StepProperty: Sendable {
    /// Whether it speaks of each packet that comes out, one at a time: its `when` has a `leaves`.
    public let concernsOutput: Bool
    /// Nil for any.
    let ingress: UInt32?
    /// Nil for any.
    let egress: UInt32?
    let premises: [CheckedFormula]
    /// Top-level conjunctions taken apart.
    let conclusions: [CheckedFormula]
}

/// A claim about every reachable state.
public struct InvariantProperty: Sendable {
    /// A variable that runs over the present keys of a map or the allocated indices of a pool.
    public struct Variable: Hashable, Sendable {
        public enum Collection: Hashable, Sendable {
            case map(String)
            case pool(String)
        }

        public let name: String
        public let collection: Collection
        /// Of the terms that stand for it.
        public let sort: Sort
    }

    /// From the outside in.
    public let variables: [Variable]
    let checkedVariables: [CheckedVariable]
    /// Top-level conjunctions taken apart.
    let conjuncts: [CheckedFormula]
    /// As the spec writes it. Within one spec, invariants of the same text mean the same.
    public let text: String
}

/// One of the things that a property claims, proved and reported on its own.
public struct Conjunct: Sendable {
    /// As the spec writes it.
    public let text: String
    public let location: SourceLocation
    public let formula: Term
}
