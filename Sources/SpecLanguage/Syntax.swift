import Diagnostics

/// A spec as it is written: every form has its place here, whether it can be proved yet or not.
public struct Spec: Sendable {
    public let file: SourceFile
    public let tokens: [Token]
    public let middlebox: Name
    public let ports: [Name]
    public let items: [Item]
    let layout: [LayoutMark]
}

/// A name and where it stands.
public struct Name: Hashable, Sendable {
    public let text: String
    public let span: SourceSpan
}

/// A part of a spec behind its head.
public enum Item: Sendable {
    case assumption(Expression)
    case definition(Definition)
    case property(PropertySyntax)
    case model(Model)
}

/// `let name(parameter, …) = expression`; without parameters, the parentheses are left out.
public struct Definition: Sendable {
    public let name: Name
    public let parameters: [Name]
    public let body: Expression
}

/// `property NAME` with its clauses, or `invariant NAME` with its formula.
public struct PropertySyntax: Sendable {
    public let name: Name
    public let kind: PropertyKind
    public let clauses: [Clause]
    /// All of it, the keyword included.
    public let tokens: Range<Int>
}

/// The forms of the language: each says what the property means on traces. See `docs/specification-language.md`.
public enum PropertyKind: String, CaseIterable, Sendable {
    case step, later, earlier, invariant, always, same, rate, refines
}

/// A small reference machine: `model NAME`, then rules, each as in a step property.
public struct Model: Sendable {
    public let name: Name
    public let rules: [[Clause]]
}

/// One clause of a property.
public struct Clause: Sendable {
    public enum Content: Sendable {
        case cites([String])
        /// What happens, in one step.
        case when([Event])
        case `where`(Expression)
        case then(Expression)
        /// Something like this has happened before.
        case thenEarlier([Event], where: Expression?)
        /// What happens in a later step.
        case later([Event], where: Expression?)
        /// How long after the first event.
        case within(Expression)
        /// Unless this happens in between.
        case unless([Event], where: Expression?)
        /// In both runs equal.
        case same([Expression])
        /// What may differ between the runs.
        case different([Difference])
        /// Summed over any interval: `rate q.length per p.ipv4.source <= config.burst + config.rate * elapsed`.
        case rate(RateSyntax)
        /// The model's name.
        case refines(Name)
        /// The formula of an invariant, or behind `always`.
        case always(Expression)
    }

    public let content: Content
    /// Of the keyword.
    public let span: SourceSpan
    /// All of it, the keyword included.
    public let tokens: Range<Int>
}

/// `VALUE per KEY <= BOUND`.
public struct RateSyntax: Sendable {
    public let value: Expression
    /// Nil where everything counts together.
    public let key: Expression?
    /// `<` or `<=`.
    public let comparison: ComparisonOperator
    public let bound: Expression
    public let span: SourceSpan
}

/// What may differ between two runs: `p.payload`, or state, but for the entries of some keys: `outbound except source(p)`.
public struct Difference: Sendable {
    public let value: Expression
    /// Behind `except`, joined by `and`.
    public let keys: [Expression]
}

/// `p enters inside`, `q leaves any`, `c runs remove_backend`.
public struct Event: Sendable {
    public enum Direction: Sendable { case enters, leaves, runs }

    /// What the packet, or the run of a control operation, is called.
    public let packet: Name
    public let direction: Direction
    /// Nil for `any`, and for a control operation.
    public let port: Name?
    /// The control operation that runs.
    public let operation: Name?
    public let span: SourceSpan
}

/// A term or formula as it is written.
public struct Expression: Sendable {
    public indirect enum Kind: Sendable {
        case number(UInt128)
        case address(UInt128, width: Int)
        case boolean(Bool)
        case name(String)
        /// Two parts or more.
        case tuple([Expression])
        /// `value.name`
        case member(Expression, Name)
        /// `map[key]`
        case index(Expression, Expression)
        /// `name(argument, …)`: a definition, `before` or `expiry`.
        case call(Name, [Expression])
        case arithmetic(ArithmeticOperator, Expression, Expression)
        case comparison(ComparisonOperator, Expression, Expression)
        case `in`(Expression, Expression)
        case not(Expression)
        case connective(Connective, Expression, Expression)
        /// `p has tcp`, `map has room`
        case has(Expression, Name)
        /// `pool has a free index from … to …`
        case hasFreeIndex(Expression, from: Expression, to: Expression)
        /// `p.ipv4.header_checksum is right`
        case isRight(Expression)
        /// `p is dropped`
        case isDropped(Expression)
        case leaves(Expression, Departure)
        /// `q == p except ipv4.source, …`: each field as header and name.
        case equalExcept(Expression, Expression, [(header: Name, field: Name)])
        /// `for a, b in map: formula`
        case quantified([Name], over: Domain, Expression)
        /// `for first i in array where formula: formula`
        case first(Name, over: Domain, where: Expression, Expression)
    }

    /// What `for` goes through.
    public indirect enum Domain: Sendable {
        /// `in MAP`
        case collection(Expression)
        /// `from 32 to 0`
        case range(from: Expression, to: Expression)

        fileprivate var parts: [Expression] {
            switch self {
            case .collection(let collection): [collection]
            case .range(let first, let last): [first, last]
            }
        }
    }

    public let kind: Kind
    /// To the end of the line at most.
    public let span: SourceSpan
    public let tokens: Range<Int>
    /// How deep expressions lie in one another, this one counted: who walks through it goes that deep.
    let height: Int

    init(kind: Kind, span: SourceSpan, tokens: Range<Int>) {
        self.kind = kind
        self.span = span
        self.tokens = tokens
        height = 1 + (kind.parts.map(\.height).max() ?? 0)
    }
}

extension Expression.Kind {
    /// The expressions that lie directly in one of this kind.
    fileprivate var parts: [Expression] {
        switch self {
        case .number, .address, .boolean, .name: []
        case .tuple(let parts), .call(_, let parts): parts
        case .member(let value, _), .not(let value), .has(let value, _), .isRight(let value), .isDropped(let value),
            .leaves(let value, _):
            [value]
        case .index(let a, let b), .arithmetic(_, let a, let b), .comparison(_, let a, let b), .in(let a, let b),
            .connective(_, let a, let b), .equalExcept(let a, let b, _):
            [a, b]
        case .quantified(_, let domain, let body): domain.parts + [body]
        case .first(_, let domain, let condition, let body): domain.parts + [condition, body]
        case .hasFreeIndex(let a, let b, let c): [a, b, c]
        }
    }
}

public enum ArithmeticOperator: String, CaseIterable, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case bitwiseAnd = "&"
    /// The first bits of an address, those behind them zero: `p.ipv4.source / 24`.
    case prefix = "/"
}

public enum ComparisonOperator: String, CaseIterable, Sendable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
}

public enum Connective: String, CaseIterable, Sendable {
    case and, or, implies
}

/// What follows `leaves` in a formula.
public enum Departure: Sendable {
    /// Nil for `any`.
    case port(Name?)
    /// `every other port`: every port but the one it came in by, and not that one.
    case everyOtherPort
    /// `at most once`
    case atMostOnce
    /// `once`
    case once
}

/// Everything that is wrong with a spec, in the order of the file; of a file that is no spec at all, the beginning of it.
public struct SpecError: Error, Sendable {
    public let diagnostics: [Diagnostic]

    /// More than anybody reads. A file of another kind has as many mistakes as characters.
    static let mostDiagnostics = 100

    public init(_ diagnostics: [Diagnostic]) {
        // A mistake in a definition is found at each of its uses.
        var seen: Set<Diagnostic> = []
        let sorted = diagnostics.filter { seen.insert(Diagnostic($0.message, at: $0.span)).inserted }.enumerated()
            .sorted { a, b in
                guard let x = a.element.span, let y = b.element.span, x != y else { return a.offset < b.offset }
                return x < y
            }.map(\.element)
        let further = sorted.count - Self.mostDiagnostics
        self.diagnostics =
            further > 1
            ? sorted.prefix(Self.mostDiagnostics) + [.further(further, at: sorted[Self.mostDiagnostics].span)] : sorted
    }
}

extension Diagnostic {
    fileprivate static func further(_ count: Int, at span: SourceSpan?) -> Diagnostic {
        Diagnostic("from here on, \(count) further mistakes are not shown", at: span)
    }
}
