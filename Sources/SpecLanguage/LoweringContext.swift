import Logic
import PacketFormat

/// A step on the way to a scalar in an object of the C code.
public enum PathComponent: Hashable, Sendable {
    case field(String)
    /// 32 bits wide. Formulas say themselves that it is in range.
    case index(Term)
}

/// One state of the middlebox, as terms.
public protocol StateView {
    /// Whether an entry of the key is present.
    ///
    /// - Parameter key: of the map's key sort.
    func isPresent(map: String, key: Term) -> Term
    /// The value under a key, of the map's value sort; anything where the key is absent.
    func value(map: String, key: Term) -> Term
    /// When the entry expires, in nanoseconds (Int); anything where the key is absent.
    func expiry(map: String, key: Term) -> Term
    /// Whether an index is allocated.
    ///
    /// - Parameter index: 32 bits wide.
    func isAllocated(pool: String, index: Term) -> Term
    /// When the index becomes free, in nanoseconds (Int).
    func expiry(pool: String, index: Term) -> Term
    /// Whether there are fewer entries than the map can hold.
    func hasRoom(map: String) -> Term
    /// Whether an index of the range is free.
    ///
    /// - Parameters:
    ///   - first: 32 bits wide, as is `last`; both belong to the range.
    func hasFreeIndex(pool: String, from first: Term, through last: Term) -> Term
    /// The scalar at the end of a path in an object at file scope.
    func variable(_ name: String, path: [PathComponent]) -> Term
}

/// How claims about everything are made where no variable can stand for anything: where terms have values.
public struct ClaimsOfAll {
    /// Bytes of a packet that leaves or enters, from an offset (16 bits) on.
    public struct Bytes {
        public let packet: SymbolicPacket
        public let start: Term
    }

    /// A variable, and the state in which it is a key of the map or an index of the pool.
    public struct Member {
        public let variable: InvariantProperty.Variable
        public let isAfter: Bool
    }

    /// That the body holds of every index, 16 bits wide. It does where both have the same byte at the index, and behind the end of both.
    public let bytes: (_ a: Bytes, _ b: Bytes, _ body: (Term) -> Term) -> Term
    /// That the body holds of all members. It does of all that are none.
    public let members: (_ members: [Member], _ body: ([Term]) -> Term) -> Term

    public init(
        bytes: @escaping (_ a: Bytes, _ b: Bytes, _ body: (Term) -> Term) -> Term,
        members: @escaping (_ members: [Member], _ body: ([Term]) -> Term) -> Term
    ) {
        self.bytes = bytes
        self.members = members
    }
}

/// What the words of a spec stand for in one step, or in one state.
public struct LoweringContext {
    /// A packet that leaves.
    public struct Output {
        /// 32 bits wide.
        public let egress: Term
        public let packet: SymbolicPacket

        public init(egress: Term, packet: SymbolicPacket) {
            self.egress = egress
            self.packet = packet
        }
    }

    /// A run of a control operation.
    public struct Operation {
        public let name: String
        /// The scalar in a field of its argument: a bit-vector (big-endian ones as numbers), for seconds Int.
        public let argument: (String) -> Term

        public init(name: String, argument: @escaping (String) -> Term) {
            self.name = name
            self.argument = argument
        }
    }

    /// The scalar at the end of a path in the configuration, the first component of which is a field of it. Numbers are bit-vectors
    /// (big-endian ones as numbers), seconds are Int, truth values Bool.
    public var configuration: ([PathComponent]) -> Term
    /// In nanoseconds (Int).
    public var now: Term
    public var before: any StateView
    /// For a formula about one state, the same as `before`.
    public var after: any StateView
    /// Nil for a formula about one state, and for a run of a control operation.
    public var input: SymbolicPacket?
    /// 32 bits wide. Nil where there is no such packet.
    public var ingress: Term?
    /// Nil for packets, and for a formula about one state.
    public var operation: Operation?
    public var outputs: [Output]
    /// A name that no other variable has, from what it stands for.
    public var freshName: (String) -> String
    /// What is remembered of another step. Nil for formulas about one.
    public var remembered: Remembered?
    /// Nil: a variable with a fresh name stands for anything.
    public var claimsOfAll: ClaimsOfAll?

    public init(
        configuration: @escaping ([PathComponent]) -> Term, now: Term, before: any StateView, after: any StateView,
        input: SymbolicPacket? = nil, ingress: Term? = nil, operation: Operation? = nil, outputs: [Output] = [],
        freshName: @escaping (String) -> String
    ) {
        self.configuration = configuration
        self.now = now
        self.before = before
        self.after = after
        self.input = input
        self.ingress = ingress
        self.operation = operation
        self.outputs = outputs
        self.freshName = freshName
    }
}

extension Assumption {
    /// Reads the configuration only.
    public func lower(_ context: LoweringContext) -> Term {
        Lowering(context).formula(formula)
    }
}

extension StepProperty {
    /// What must be the case for the property to say anything about a step.
    ///
    /// - Parameter output: the index of the packet that leaves, which the property needs exactly if `concernsOutput`.
    public func premise(_ context: LoweringContext, output: Int?) -> Term {
        guard isAbout(context) else { return .false }
        let lowering = Lowering(context, output: output)
        var conditions: [Term] = []
        if let ingress { conditions.append(.equal(lowering.port(of: .input), .bitVector(UInt128(ingress), width: 32))) }
        if let egress { conditions.append(.equal(lowering.port(of: .output), .bitVector(UInt128(egress), width: 32))) }
        conditions += premises.filter { !$0.mentions.other }.map(lowering.formula)
        if concernsPairs {
            conditions.append(.or(others(context, output).map { pairPremise(context, output: output, other: $0) }))
        }
        return .and(conditions)
    }

    /// What leaves besides.
    private func others(_ context: LoweringContext, _ output: Int?) -> [Int] {
        context.outputs.indices.filter { $0 != output }
    }

    /// What must be the case of another packet that leaves.
    private func pairPremise(_ context: LoweringContext, output: Int?, other: Int) -> Term {
        let lowering = Lowering(context, output: output, other: other)
        let egress = otherEgress.map { Term.equal(context.outputs[other].egress, .bitVector(UInt128($0), width: 32)) }
        return .and([egress ?? .true] + premises.filter(\.mentions.other).map(lowering.formula))
    }

    /// What the property says of a step that fits its premise, the premise not included. Variables with fresh names stand for anything: a
    /// conjunct holds if its formula is valid.
    public func conclusions(_ context: LoweringContext, output: Int?) -> [Conjunct] {
        guard isAbout(context) else { return [] }
        let lowering = Lowering(context, output: output)
        return conclusions.map { conclusion in
            var formula: Term {
                guard conclusion.mentions.other else { return lowering.formula(conclusion) }
                return .and(
                    others(context, output).map { other in
                        .implies(
                            pairPremise(context, output: output, other: other),
                            Lowering(context, output: output, other: other).formula(conclusion))
                    })
            }
            return Conjunct(text: conclusion.source.text, location: conclusion.source.location, formula: formula)
        }
    }
}

extension InvariantProperty {
    /// Whether each binding is a present key of its map, or an allocated index of its pool, in the state `after`.
    ///
    /// - Parameter bindings: one per variable, of its sort.
    public func membership(_ context: LoweringContext, bindings: [Term]) -> Term {
        precondition(bindings.count == variables.count, "\(bindings.count) bindings of \(variables.count) variables")
        var lowering = Lowering(context)
        lowering.bind(checkedVariables, to: bindings)
        return .and(checkedVariables.map(lowering.membership))
    }

    /// The parts of the body, each under the condition that the bindings are members.
    public func conjuncts(_ context: LoweringContext, bindings: [Term]) -> [Conjunct] {
        let membership = membership(context, bindings: bindings)
        var lowering = Lowering(context)
        lowering.bind(checkedVariables, to: bindings)
        return conjuncts.map {
            Conjunct(
                text: $0.source.text, location: $0.source.location,
                formula: .implies(membership, lowering.formula($0)))
        }
    }

    /// The parts of the body, whether the bindings are members or not.
    public func claims(_ context: LoweringContext, bindings: [Term]) -> [Conjunct] {
        precondition(bindings.count == variables.count, "\(bindings.count) bindings of \(variables.count) variables")
        var lowering = Lowering(context)
        lowering.bind(checkedVariables, to: bindings)
        return conjuncts.map {
            Conjunct(text: $0.source.text, location: $0.source.location, formula: lowering.formula($0))
        }
    }

    /// All of it for one choice of the variables. State is read through `context.after` alone, so that a view that records what it is
    /// asked for sees every key that the body reads.
    public func body(_ context: LoweringContext, bindings: [Term]) -> Term {
        .and(conjuncts(context, bindings: bindings).map(\.formula))
    }
}
