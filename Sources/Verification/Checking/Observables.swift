import Logic
import MiddleboxIR
import PacketFormat
import SpecLanguage
import SymbolicExecution

/// The terms that stand for what can be seen of a step. They are built once for steps that are alike, and have other values in each.
///
/// A packet is a variable. So is each thing that is looked up in the state, and each claim about all of something: its source says how its value is
/// found, from the values of other terms.
final class Observables {
    /// Steps that are alike.
    struct Shape: Hashable {
        /// Nil for packets.
        let operation: String?
        /// How many packets leave.
        let outputs: Int
    }

    /// Which run something is seen in, where a claim is about two of them. Others are about the first.
    enum Run: Hashable {
        case first, second

        /// In front of its variables' names.
        private var mark: String { self == .first ? "" : "second:" }

        var now: Term { .variable(mark + "now", .integer) }
        var ingress: Term { .variable(mark + "in:port", .bitVector(32)) }
        var input: (bytes: Term, length: Term) {
            (
                .variable(mark + "in:bytes", SymbolicPacket.bytesSort), .variable(mark + "in:length", .bitVector(16))
            )
        }

        func output(_ index: Int) -> (bytes: Term, length: Term, port: Term) {
            (
                .variable("\(mark)out\(index):bytes", SymbolicPacket.bytesSort),
                .variable("\(mark)out\(index):length", .bitVector(16)),
                .variable("\(mark)out\(index):port", .bitVector(32))
            )
        }
    }

    /// Which of the states.
    struct State: Hashable {
        let run: Run
        let moment: ObservedMoment
    }

    /// How the value of a variable is found.
    indirect enum Source: Hashable {
        case value(map: String, key: Term, State)
        case entryExpiry(map: String, key: Term, State)
        case indexExpiry(pool: String, index: Term, State)
        case hasRoom(map: String, State)
        case hasFreeIndex(pool: String, first: Term, last: Term, State)
        case byte(object: String, offset: Term, State)
        case wordSum(packet: Term, start: Term, end: Term)
        /// That the body holds of every index at which the packets differ.
        case everyByte(Span, Span, index: Term, body: Term)
        case everyMember([Member], body: Term)

        /// What else it hangs on.
        var terms: [Term] {
            switch self {
            case .value(_, let key, _), .entryExpiry(_, let key, _): [key]
            case .indexExpiry(_, let index, _): [index]
            case .hasRoom(_, let state): [state.run.now]
            case .hasFreeIndex(_, let first, let last, let state): [first, last, state.run.now]
            case .byte(_, let offset, _): [offset]
            case .wordSum(let packet, let start, let end): [packet, start, end]
            case .everyByte(let a, let b, _, let body): [a.packet, a.start, b.packet, b.start, body]
            case .everyMember(let members, let body): [body] + members.map(\.state.run.now)
            }
        }

        /// Variables of the body that stand for anything.
        var bound: [Term] {
            switch self {
            case .everyByte(_, _, let index, _): [index]
            case .everyMember(let members, _): members.map(\.term)
            case .value, .entryExpiry, .indexExpiry, .hasRoom, .hasFreeIndex, .byte, .wordSum: []
            }
        }

        /// The state object that it is read from.
        var object: String? {
            switch self {
            case .value(let name, _, _), .entryExpiry(let name, _, _), .indexExpiry(let name, _, _),
                .hasRoom(let name, _), .hasFreeIndex(let name, _, _, _), .byte(let name, _, _):
                name
            case .wordSum, .everyByte, .everyMember: nil
            }
        }
    }

    /// The bytes of a packet from somewhere on.
    struct Span: Hashable {
        let packet: Term
        let start: Term
    }

    /// What runs over the entries of a map, or the indices of a pool.
    struct Member: Hashable {
        let term: Term
        let collection: InvariantProperty.Variable.Collection
        let state: State
    }

    let model: StateModel
    private let configuration: [UInt8]
    private(set) var sources: [Term: Source] = [:]
    private var variables: [Source: Term] = [:]
    private var known: [Term: [Term]] = [:]
    private var roots: [Term: Set<Term>] = [:]
    /// All state objects that something is read from.
    private(set) var objects: Set<String> = []
    /// Those that were asked for when the program was running already: nobody knows what they were before.
    private(set) var unobserved: Set<String> = []
    /// To be set before the first step.
    var isRunning = false
    /// What the bytes are that a key which is absent has as its value; nil: what memory holds there.
    var absentByte: UInt8?
    /// Whether such a value was looked at.
    var hasReadAbsent = false
    private var boundCount = 0

    /// - Parameter configuration: the bytes of the C object.
    init(model: StateModel, configuration: [UInt8]) {
        self.model = model
        self.configuration = configuration
    }

    // MARK: Variables

    func variable(_ source: Source, _ sort: Sort) -> Term {
        if let known = variables[source] { return known }
        let variable = Term.variable("seen:\(sources.count)", sort)
        sources[variable] = source
        variables[source] = variable
        if let object = source.object { read(object) }
        if case .everyMember(let members, _) = source { for member in members { read(member.collection.name) } }
        return variable
    }

    /// Takes note that something is read from a state object.
    func read(_ object: String) {
        if objects.insert(object).inserted, isRunning { unobserved.insert(object) }
    }

    /// A variable that stands for anything of a sort.
    private func bound(_ sort: Sort) -> Term {
        boundCount += 1
        return .variable("any:\(boundCount)", sort)
    }

    /// The term, with variables for what the evaluator cannot compute.
    func prepared(_ term: Term) -> Term {
        var replacements: [Term: Term] = [:]
        term.forEachSubterm { part in
            guard part.operation == .apply(wordSumFunction) else { return }
            let parts = part.arguments
            replacements[part] = variable(.wordSum(packet: parts[0], start: parts[1], end: parts[2]), .integer)
        }
        if replacements.isEmpty { return term }
        var substitution = Substitution(replacements)
        return substitution.apply(term)
    }

    /// The variables in a term.
    func variables(in term: Term) -> [Term] {
        if let known = known[term] { return known }
        let variables = term.freeVariables
        known[term] = variables
        return variables
    }

    /// What the value of a term hangs on in the end: no variables with sources.
    func roots(of term: Term) -> Set<Term> {
        if let known = roots[term] { return known }
        var result: Set<Term> = []
        for variable in variables(in: term) {
            guard let source = sources[variable] else {
                result.insert(variable)
                continue
            }
            result.formUnion(source.terms.reduce(into: Set()) { $0.formUnion(roots(of: $1)) }.subtracting(source.bound))
        }
        roots[term] = result
        return result
    }

    /// All sources that the value of a term hangs on.
    func sources(behind term: Term) -> [Source] {
        variables(in: term).compactMap { sources[$0] }.flatMap { [$0] + $0.terms.flatMap(sources(behind:)) }
    }

    // MARK: Contexts

    /// What the words of a spec stand for in a step.
    func context(of shape: Shape, in run: Run = .first) -> LoweringContext {
        var context = context(
            before: State(run: run, moment: .before), after: State(run: run, moment: .after), now: run.now)
        context.outputs = (0..<shape.outputs).map { index in
            let output = run.output(index)
            return .init(egress: output.port, packet: SymbolicPacket(bytes: output.bytes, length: output.length))
        }
        guard let name = shape.operation else {
            context.input = SymbolicPacket(bytes: run.input.bytes, length: run.input.length)
            context.ingress = run.ingress
            return context
        }
        let operation = model.operations[name]
        context.operation = .init(name: name) { field in
            guard let operation, let leaf = operation.argument?.leaves.first(where: { $0.name == field }) else {
                preconditionFailure("the checker admits only fields of the argument")
            }
            return operation.variable(leaf)
        }
        return context
    }

    /// The same of one state.
    func context(of moment: ObservedMoment) -> LoweringContext {
        let state = State(run: .first, moment: moment)
        return context(before: state, after: state, now: state.run.now)
    }

    private func context(before: State, after: State, now: Term) -> LoweringContext {
        let known = model.configuration
        var context = LoweringContext(
            configuration: { [configuration] path in
                guard let known else { preconditionFailure("the checker admits only fields of the configuration") }
                return ConfigurationType(known.type).term(at: path[...]) { name in
                    guard let leaf = known.record.leaves.first(where: { $0.name == name }) else {
                        preconditionFailure("the type has the leaves of its record")
                    }
                    return leaf.constant(in: configuration)
                }
            },
            now: now, before: View(observables: self, state: before), after: View(observables: self, state: after),
            freshName: { $0 })
        context.claimsOfAll = ClaimsOfAll(
            bytes: { [unowned self] a, b, body in
                let index = bound(.bitVector(16))
                return variable(
                    .everyByte(
                        Span(packet: a.packet.bytes, start: a.start), Span(packet: b.packet.bytes, start: b.start),
                        index: index, body: prepared(body(index))), .boolean)
            },
            members: { [unowned self] members, body in
                let all = members.map { member in
                    Member(
                        term: bound(member.variable.sort),
                        collection: member.variable.collection, state: member.isAfter ? after : before)
                }
                return variable(.everyMember(all, body: prepared(body(all.map(\.term)))), .boolean)
            })
        return context
    }

    private struct View: StateView {
        unowned let observables: Observables
        let state: State

        func isPresent(map: String, key: Term) -> Term { .less(state.run.now, expiry(map: map, key: key)) }

        func value(map: String, key: Term) -> Term {
            guard let value = observables.model.maps[map]?.value else {
                preconditionFailure("the checker admits only maps of the middlebox")
            }
            return observables.variable(.value(map: map, key: key, state), value.sort)
        }

        func expiry(map: String, key: Term) -> Term {
            observables.variable(.entryExpiry(map: map, key: key, state), .integer)
        }

        func isAllocated(pool: String, index: Term) -> Term { .less(state.run.now, expiry(pool: pool, index: index)) }

        func expiry(pool: String, index: Term) -> Term {
            observables.variable(.indexExpiry(pool: pool, index: index, state), .integer)
        }

        func hasRoom(map: String) -> Term { observables.variable(.hasRoom(map: map, state), .boolean) }

        func hasFreeIndex(pool: String, from first: Term, through last: Term) -> Term {
            observables.variable(.hasFreeIndex(pool: pool, first: first, last: last, state), .boolean)
        }

        func variable(_ name: String, path: [PathComponent]) -> Term {
            guard let plain = observables.model.plain[name] else {
                preconditionFailure("the checker admits only objects of the middlebox")
            }
            return PlainObject(type: plain.type).scalar(at: path) { offset in
                observables.variable(.byte(object: name, offset: offset, state), .byte)
            }
        }
    }
}

extension Record.Leaf {
    /// The number that the record's bytes hold, as specs read it; 0 for bytes that are missing.
    func constant(in bytes: [UInt8]) -> Term {
        let number = number(in: bytes)
        return isSeconds
            ? .integer(Int(truncatingIfNeeded: number)) : .bitVector(number, width: 8 * size)
    }
}
