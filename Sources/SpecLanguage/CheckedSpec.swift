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
        case refinement(ReferenceModel)
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

/// A claim about every step: one packet in, what comes out, or two of what comes out; or one run of a control operation.
public struct StepProperty: Sendable {
    /// Whether it speaks of each packet that comes out, one at a time: its `when` has a `leaves`.
    public let concernsOutput: Bool
    /// The control operation that it is about; nil for packets.
    public let operation: String?
    /// Nil for any.
    let ingress: UInt32?
    /// Nil for any.
    let egress: UInt32?
    /// Whether it compares each packet that comes out with each other one: its `when` has two `leaves`.
    public let concernsPairs: Bool
    /// That of the other packet; nil for any.
    let otherEgress: UInt32?
    let premises: [CheckedFormula]
    /// Top-level conjunctions taken apart.
    let conclusions: [CheckedFormula]

    init(
        concernsOutput: Bool, operation: String? = nil, ingress: UInt32?, egress: UInt32?, concernsPairs: Bool = false,
        otherEgress: UInt32? = nil, premises: [CheckedFormula], conclusions: [CheckedFormula]
    ) {
        self.concernsPairs = concernsPairs
        self.otherEgress = otherEgress
        self.concernsOutput = concernsOutput
        self.operation = operation
        self.ingress = ingress
        self.egress = egress
        self.premises = premises
        self.conclusions = conclusions
    }

    /// Whether its premise is told by what comes in and the state before, whatever comes of it.
    public var isToldByEntry: Bool {
        !concernsOutput
            && premises.allSatisfy { premise in
                let mentions = premise.mentions
                return !mentions.outcome && !mentions.output
            }
    }
}

/// A claim about every reachable state.
public struct InvariantProperty: Sendable {
    /// A variable that runs over the present keys of a map, the allocated indices of a pool, or all indices of an array at file scope.
    public struct Variable: Hashable, Sendable {
        public enum Collection: Hashable, Sendable {
            case map(String)
            case pool(String)
            case array(String, count: Int)

            /// Whether it has members in every state.
            public var isNeverEmpty: Bool {
                if case .array(_, let count) = self { count > 0 } else { false }
            }

            /// Of the object.
            public var name: String {
                switch self {
                case .map(let name), .pool(let name), .array(let name, _): name
                }
            }
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
