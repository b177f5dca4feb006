import Logic
import PacketFormat

/// A claim about two steps, one after the other: `later`, `earlier`.
///
/// It is proved with a monitor that remembers one step, any one: what the claim compares of that step's packets (its observations) are
/// constants that may have any value, and the monitor knows whether a step with these values has happened, and when it last did.
public struct HistoryProperty: Sendable {
    /// Which of the two steps must be there for the property to say anything.
    public enum Direction: Sendable {
        /// The first; the property is about the second.
        case later
        /// The second; the property claims that there was a first.
        case earlier
    }

    public let direction: Direction
    /// The first step. It claims nothing.
    public let event: StepProperty
    /// Forgets the first step when it happens after it; claims nothing.
    public let unless: StepProperty?
    /// The second step. For `earlier` it claims nothing but the first.
    public let check: StepProperty
    /// What `earlier` claims.
    let claim: SourceText
    /// That the deadline is not reached; nil when there is none.
    let isFresh: CheckedFormula?
    /// What is compared of the remembered step.
    private(set) var observations: [Observation]
    /// What the first step's conditions say of what is remembered of it. Only for `later`.
    let known: [CheckedFormula]
    /// What may hold of the state while a step is remembered, or only if one is.
    public private(set) var candidates: [HistoryCandidate]
    /// Which steps are remembered, and for how long, as the spec writes it: claims for which this is the same can share a monitor.
    public let memory: [String]

    init(
        direction: Direction, event: StepProperty, unless: StepProperty?, check: StepProperty, claim: SourceText,
        isFresh: CheckedFormula?, observations: [Observation], known: [CheckedFormula], candidates: [HistoryCandidate],
        memory: [String]
    ) {
        self.direction = direction
        self.event = event
        self.unless = unless
        self.check = check
        self.claim = claim
        self.isFresh = isFresh
        self.observations = observations
        self.known = known
        self.candidates = candidates
        self.memory = memory
    }

    /// The claim, with a monitor that remembers what others need as well.
    ///
    /// - Precondition: they remember the same steps for the same time.
    public func sharingMonitor(with others: [HistoryProperty]) -> HistoryProperty {
        precondition(others.allSatisfy { $0.memory == memory }, "claims about different steps share no monitor")
        var result = self
        result.observations = []
        result.candidates = []
        var texts: Set<String> = []
        for other in others {
            for observation in other.observations where !result.observations.contains(observation) {
                result.observations.append(observation)
            }
            for candidate in other.candidates where texts.insert(candidate.text).inserted {
                result.candidates.append(candidate)
            }
        }
        return result
    }
}

/// A formula that may be an invariant of the middlebox together with the monitor.
public struct HistoryCandidate: Sendable {
    /// In the specification language, where `remembered` says that the first step has happened, and not too long ago.
    public let text: String
    /// Any keys.
    public let variables: [InvariantProperty.Variable]
    let checkedVariables: [CheckedVariable]
    let body: CheckedFormula

    /// The formula in the state `after`.
    public func body(_ context: LoweringContext, bindings: [Term]) -> Term {
        var lowering = Lowering(context)
        lowering.bind(checkedVariables, to: bindings)
        return .and(checkedVariables.map(lowering.membership) + [lowering.formula(body)])
    }
}

/// Something of a packet of the remembered step.
enum Observation: Hashable, Sendable {
    case field(Int, FieldReference)
    case length(Int)
    case port(Int)
    case has(Int, String)
    case checksumIsRight(Int, String)
    /// A field of what a control operation was given.
    case argument(String, SpecType)
}

/// The constants that stand for what is remembered of a step: they may have any value, but never change.
public struct Remembered: Sendable {
    /// Begins their names.
    let name: String
    /// When it last happened (Int, nanoseconds).
    public let time: Term

    public init(name: String, time: Term) {
        self.name = name
        self.time = time
    }

    private func variable(_ number: Int, _ what: String, _ sort: Sort) -> Term {
        .variable("\(name).remembered\(number).\(what)", sort)
    }

    func field(_ reference: FieldReference, _ number: Int) -> Term {
        variable(number, reference.name, .bitVector(reference.bitWidth))
    }

    /// Of a header, or of the header that a field is in.
    func presence(of name: String, _ number: Int) -> Term { variable(number, "has \(name)", .boolean) }
    func length(_ number: Int) -> Term { variable(number, "length", .bitVector(16)) }
    func port(_ number: Int) -> Term { variable(number, "port", .bitVector(32)) }
    /// Of a control operation: with the sort that the field itself has.
    func argument(_ field: String, _ type: SpecType) -> Term {
        let sort: Sort =
            switch type {
            case .bits(let width): .bitVector(width)
            case .seconds, .integer: .integer
            case .nanoseconds: .bitVector(64)
            case .boolean: .bitVector(8)
            case .structure, .array, .opaque: preconditionFailure("arguments are told by their scalars")
            }
        return variable(0, "argument \(field)", sort)
    }

    func checksumIsRight(of header: String, _ number: Int) -> Term {
        variable(number, "checksum of \(header) is right", .boolean)
    }
}

extension HistoryProperty {
    /// That the step's packets are those that are remembered, as far as that matters. Said of the first step for `later`, and of the second
    /// for `earlier`.
    ///
    /// - Parameter context: with what is remembered.
    public func observed(_ context: LoweringContext, output: Int?) -> Term {
        .and(
            observation(context, output: output).map { part in
                part.value.map { .implies(part.isThere, .equal(part.remembered, $0)) } ?? .false
            })
    }

    /// What a remembered constant is of the step.
    public struct ObservedPart {
        public let remembered: Term
        /// Nil where the step has nothing of the kind.
        public let value: Term?
        /// Whether the value matters: otherwise the constant is anything.
        public let isThere: Term
    }

    /// What is remembered of the step, part by part.
    ///
    /// - Parameter context: with what is remembered.
    public func observation(_ context: LoweringContext, output: Int?) -> [ObservedPart] {
        let lowering = Lowering(context, output: output)
        let remembered = lowering.remembered
        func role(_ number: Int) -> PacketRole { number == 0 ? .input : .output }
        func part(_ remembered: Term, _ value: Term?, if isThere: Term = .true) -> ObservedPart {
            ObservedPart(remembered: remembered, value: value, isThere: isThere)
        }
        return observations.flatMap { observation -> [ObservedPart] in
            switch observation {
            case .field(let number, let reference):
                let packet = lowering.packet(role(number))
                let presence = packet.presence(of: reference)
                return [
                    part(remembered.presence(of: reference.name, number), presence),
                    part(remembered.field(reference, number), packet.field(reference), if: presence),
                ]
            case .length(let number): return [part(remembered.length(number), lowering.packet(role(number)).length)]
            case .port(let number): return [part(remembered.port(number), lowering.port(of: role(number)))]
            case .has(let number, let header):
                return [
                    part(
                        remembered.presence(of: header, number),
                        lowering.presence(of: header, in: lowering.packet(role(number))))
                ]
            case .argument(let field, let type):
                return [part(remembered.argument(field, type), context.operation?.argument(field))]
            case .checksumIsRight(let number, let header):
                return [
                    part(
                        remembered.checksumIsRight(of: header, number),
                        lowering.checksumIsRight(of: header, in: lowering.packet(role(number))))
                ]
            }
        }
    }

    /// What holds of what is remembered, if it has happened.
    public func known(_ context: LoweringContext) -> [Term] {
        guard direction == .later else { return [] }
        let lowering = Lowering(context)
        return known.map(lowering.formula) + consistency(lowering.remembered)
    }

    /// What the header table says of any packet: a transport header is there only behind IPv4 with its protocol.
    private func consistency(_ remembered: Remembered) -> [Term] {
        guard let protocolField = FieldReference(header: "ipv4", field: "protocol") else { return [] }
        return observations.compactMap { observation in
            guard case .has(let number, let name) = observation, let value = Survey.transports[name],
                observations.contains(.field(number, protocolField))
            else { return nil }
            return .implies(
                remembered.presence(of: name, number),
                remembered.presence(of: protocolField.name, number)
                    && .equal(remembered.field(protocolField, number), .bitVector(value, width: 8)))
        }
    }

    /// What is remembered, in words, where the packets that came in and left are `p` and `q`.
    public func words(of remembered: Remembered) -> [(text: String, term: Term)] {
        func packet(_ number: Int) -> String { number == 0 ? "p" : "q" }
        return observations.map { observation in
            switch observation {
            case .field(let number, let field): ("\(packet(number)).\(field.name)", remembered.field(field, number))
            case .length(let number): ("\(packet(number)).length", remembered.length(number))
            case .port(let number): ("\(packet(number)).port", remembered.port(number))
            case .has(let number, let header):
                ("\(packet(number)) has \(header)", remembered.presence(of: header, number))
            case .argument(let field, let type): ("c.\(field)", remembered.argument(field, type))
            case .checksumIsRight(let number, let header):
                ("the \(header) checksum of \(packet(number)) is right", remembered.checksumIsRight(of: header, number))
            }
        } + [("time", remembered.time)]
    }

    /// That the deadline is not reached, counted from the time that is remembered.
    public func isFresh(_ context: LoweringContext) -> Term { isFresh.map(Lowering(context).formula) ?? .true }

    /// What `earlier` claims: that the first step has happened.
    public func conclusion(hasHappened: Term) -> Conjunct {
        Conjunct(text: claim.text, location: claim.location, formula: hasHappened)
    }
}
