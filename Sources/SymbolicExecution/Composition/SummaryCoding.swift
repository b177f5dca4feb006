import Diagnostics
import Logic

/// Summaries as bytes, for later runs: the terms together, so that what they share is there once; then what traces are made of; then the
/// summary in numbers of these.
///
/// Of the state, only what the element changes is there: the rest is as in any state of the model that the summary is read for.
public enum SummaryCoding {
    public static func encode(_ summary: ElementSummary, model: StateModel) -> [UInt8] {
        var writer = SummaryWriter(before: .symbolic(model))
        writer.write(summary)
        return writer.bytes
    }

    /// - Throws: when the bytes are not those of a summary, or of one that does not fit the model.
    public static func decode(_ bytes: [UInt8], model: StateModel) throws(CodingError) -> ElementSummary {
        var reader = try SummaryReader(bytes, before: .symbolic(model))
        return try reader.summary()
    }
}

// MARK: - Writing

private struct SummaryWriter {
    let before: StateTerms
    private var body = ByteWriter()
    private var terms: [Term] = []
    private var places: [Term: Int] = [:]
    private var entries: [TraceEntry] = []
    private var entryPlaces: [TraceEntry: Int] = [:]

    init(before: StateTerms) { self.before = before }

    var bytes: [UInt8] {
        var writer = ByteWriter()
        TermCoding.write(terms, to: &writer)
        writer.write(count: entries.count)
        for entry in entries {
            writer.write(text: entry.location.file)
            writer.write(count: entry.location.line)
            writer.write(count: entry.location.column)
            writer.write(text: entry.note)
        }
        writer.append(body)
        return writer.bytes
    }

    mutating func write(_ summary: ElementSummary) {
        body.write(text: summary.function)
        write(summary.shapes)
        body.write(count: summary.paths.count)
        for path in summary.paths { write(path) }
        body.write(count: summary.checks.count)
        for check in summary.checks { write(check) }
        write(summary.freshVariables)
        write(summary.includesOtherInputs)
    }

    private mutating func write(_ path: ElementPath) {
        write(path.knowledge)
        write(path.end)
        body.write(count: path.outputs.count)
        for output in path.outputs { write([output.bytes, output.length, output.port]) }
        write(path.isDropped)
        for term in path.packet.terms { write(term) }
        write(path.state)
        body.write(count: path.conditionsAtLastStateChange)
        write(path.trace)
    }

    private mutating func write(_ check: Check) {
        body.write(text: check.kind.rawValue)
        write(check.location)
        body.write(text: check.message)
        write(check.knowledge)
        write(check.claim)
        write(check.trace)
    }

    private mutating func write(_ knowledge: Knowledge) {
        write(knowledge.conditions)
        body.write(count: knowledge.arithmetic.count)
        for update in knowledge.arithmetic {
            for term in [update.old, update.before, update.after, update.high, update.low, update.rounds] {
                write(term)
            }
        }
        body.write(count: knowledge.exact.count)
        for fact in knowledge.exact {
            switch fact {
            case .firstFree(let deadline, let last, let first, let count, let result, let now):
                body.write(byte: 0)
                for term in [deadline, last, first, count, result, now] { write(term) }
            case .allAllocated(let deadline, let first, let count, let now):
                body.write(byte: 1)
                for term in [deadline, first, count, now] { write(term) }
            case .full(let deadline, let capacity, let now):
                body.write(byte: 2)
                for term in [deadline, now] { write(term) }
                body.write(count: capacity)
            case .hasRoom(let deadline, let key, let now):
                body.write(byte: 4)
                for term in [deadline, key, now] { write(term) }
            case .formula(let term):
                body.write(byte: 3)
                write(term)
            }
        }
    }

    private mutating func write(_ end: PathEnd) {
        switch end {
        case .finished: body.write(byte: 0)
        case .handOff(let function, let shapes, let arguments):
            body.write(byte: 1)
            body.write(text: function)
            write(shapes)
            body.write(count: arguments.count)
            for argument in arguments {
                write(argument != nil)
                if let argument { write(argument) }
            }
        case .unknown(let reason, let location):
            body.write(byte: 2)
            body.write(text: reason)
            write(location)
        case .failedCheck: body.write(byte: 3)
        }
    }

    private mutating func write(_ state: StateTerms) {
        let maps = state.maps.filter { $0.value != before.maps[$0.key] }
        body.write(count: maps.count)
        for (name, map) in maps {
            body.write(text: name)
            write(map.deadline)
            write(map.value)
        }
        let pools = state.pools.filter { $0.value != before.pools[$0.key] }
        body.write(count: pools.count)
        for (name, pool) in pools {
            body.write(text: name)
            write(pool.deadline)
            write(pool.last)
        }
        let plain = state.plain.filter { $0.value != before.plain[$0.key] }
        body.write(count: plain.count)
        for (name, bytes) in plain {
            body.write(text: name)
            write(bytes)
        }
    }

    private mutating func write(_ shapes: [ArgumentShape]) {
        body.write(count: shapes.count)
        for shape in shapes {
            switch shape {
            case .packet: body.write(byte: 0)
            case .integer(let bits):
                body.write(byte: 1)
                body.write(count: bits)
            case .packetPointer: body.write(byte: 2)
            case .null: body.write(byte: 3)
            case .operationArgument: body.write(byte: 4)
            }
        }
    }

    private mutating func write(_ trace: [TraceEntry]) {
        body.write(count: trace.count)
        for entry in trace {
            let place = entryPlaces[entry] ?? entries.count
            if place == entries.count {
                entries.append(entry)
                entryPlaces[entry] = place
            }
            body.write(count: place)
        }
    }

    private mutating func write(_ location: SourceLocation?) {
        write(location != nil)
        guard let location else { return }
        body.write(text: location.file)
        body.write(count: location.line)
        body.write(count: location.column)
    }

    private mutating func write(_ value: Bool) { body.write(byte: value ? 1 : 0) }

    private mutating func write(_ terms: [Term]) {
        body.write(count: terms.count)
        for term in terms { write(term) }
    }

    private mutating func write(_ term: Term) {
        let place = places[term] ?? terms.count
        if place == terms.count {
            terms.append(term)
            places[term] = place
        }
        body.write(count: place)
    }
}

// MARK: - Reading

private struct SummaryReader {
    private let before: StateTerms
    private var reader: ByteReader
    private let terms: [Term]
    private var entries: [TraceEntry] = []

    init(_ bytes: [UInt8], before: StateTerms) throws(CodingError) {
        self.before = before
        reader = ByteReader(bytes)
        terms = try TermCoding.read(&reader)
        for _ in 0..<(try reader.count()) {
            let location = SourceLocation(file: try reader.text(), line: try reader.index(), column: try reader.index())
            entries.append(TraceEntry(location: location, note: try reader.text()))
        }
    }

    mutating func summary() throws(CodingError) -> ElementSummary {
        let function = try reader.text()
        let shapes = try shapes()
        let paths = try list { (reader) throws(CodingError) in try reader.path() }
        let checks = try list { (reader) throws(CodingError) in try reader.check() }
        let fresh = try list { (reader) throws(CodingError) in try reader.term() }
        let includesOtherInputs = try flag()
        guard fresh.allSatisfy({ $0.variableName != nil }) else { throw reader.damaged("a variable that is none") }
        try reader.finish()
        return ElementSummary(
            function: function, shapes: shapes, paths: paths, checks: checks, freshVariables: fresh,
            includesOtherInputs: includesOtherInputs)
    }

    private mutating func path() throws(CodingError) -> ElementPath {
        ElementPath(
            knowledge: try knowledge(), end: try end(),
            outputs: try list { (reader) throws(CodingError) in try reader.output() }, isDropped: try flag(),
            packet: PacketTerms(
                bytes: try term(InputVariables.bytes.sort), length: try term(InputVariables.length.sort),
                headroom: try term(InputVariables.headroom.sort)), state: try state(),
            conditionsAtLastStateChange: try reader.index(),
            trace: try trace())
    }

    private mutating func output() throws(CodingError) -> Output {
        guard try reader.count() == 3 else { throw reader.damaged("an output that is not of three terms") }
        return Output(
            bytes: try term(InputVariables.bytes.sort), length: try term(InputVariables.length.sort),
            port: try term(InputVariables.port.sort))
    }

    private mutating func check() throws(CodingError) -> Check {
        let name = try reader.text()
        guard let kind = CheckKind(rawValue: name) else { throw reader.damaged("no check is '\(name)'") }
        return Check(
            kind: kind, location: try location(), message: try reader.text(), knowledge: try knowledge(),
            claim: try term(.boolean), trace: try trace())
    }

    private mutating func knowledge() throws(CodingError) -> Knowledge {
        Knowledge(
            conditions: try list { (reader) throws(CodingError) in try reader.term(.boolean) },
            arithmetic: try list { (reader) throws(CodingError) in
                ChecksumUpdate(
                    old: try reader.term(.integer), before: try reader.term(.integer), after: try reader.term(.integer),
                    high: try reader.term(.byte), low: try reader.term(.byte), rounds: try reader.term(.integer))
            },
            exact: try list { (reader) throws(CodingError) in try reader.fact() })
    }

    private mutating func fact() throws(CodingError) -> ExactFact {
        let code = try reader.byte()
        switch code {
        case 0:
            return .firstFree(
                deadline: try term(), last: try term(), first: try term(), count: try term(), result: try term(),
                now: try term())
        case 1: return .allAllocated(deadline: try term(), first: try term(), count: try term(), now: try term())
        case 2:
            let (deadline, now) = (try term(), try term())
            return .full(deadline: deadline, capacity: try reader.index(), now: now)
        case 3: return .formula(try term(.boolean))
        case 4: return .hasRoom(deadline: try term(), key: try term(), now: try term())
        default: throw reader.damaged("no fact has code \(code)")
        }
    }

    private mutating func end() throws(CodingError) -> PathEnd {
        let code = try reader.byte()
        switch code {
        case 0: return .finished
        case 1:
            return .handOff(
                function: try reader.text(), shapes: try shapes(),
                arguments: try list { (reader) throws(CodingError) in try reader.flag() ? try reader.term() : nil })
        case 2: return .unknown(reason: try reader.text(), location: try location())
        case 3: return .failedCheck
        default: throw reader.damaged("no path ends by code \(code)")
        }
    }

    private mutating func state() throws(CodingError) -> StateTerms {
        var state = before
        for _ in 0..<(try reader.count()) {
            let name = try reader.text()
            guard let map = before.maps[name] else { throw reader.damaged("there is no map '\(name)'") }
            state.maps[name] = .init(deadline: try term(map.deadline.sort), value: try term(map.value.sort))
        }
        for _ in 0..<(try reader.count()) {
            let name = try reader.text()
            guard let pool = before.pools[name] else { throw reader.damaged("there is no pool '\(name)'") }
            state.pools[name] = .init(deadline: try term(pool.deadline.sort), last: try term(pool.last.sort))
        }
        for _ in 0..<(try reader.count()) {
            let name = try reader.text()
            guard let bytes = before.plain[name] else { throw reader.damaged("there is no object '\(name)'") }
            state.plain[name] = try term(bytes.sort)
        }
        return state
    }

    private mutating func shapes() throws(CodingError) -> [ArgumentShape] {
        try list { (reader) throws(CodingError) in
            let code = try reader.reader.byte()
            switch code {
            case 0: return .packet
            case 1: return .integer(bits: try reader.reader.index())
            case 2: return .packetPointer
            case 3: return .null
            case 4: return .operationArgument
            default: throw reader.reader.damaged("no shape has code \(code)")
            }
        }
    }

    private mutating func trace() throws(CodingError) -> [TraceEntry] {
        try list { (reader) throws(CodingError) in
            let place = try reader.reader.index()
            guard reader.entries.indices.contains(place) else {
                throw reader.reader.damaged("entry \(place) of \(reader.entries.count)")
            }
            return reader.entries[place]
        }
    }

    private mutating func location() throws(CodingError) -> SourceLocation? {
        guard try flag() else { return nil }
        return SourceLocation(file: try reader.text(), line: try reader.index(), column: try reader.index())
    }

    private mutating func flag() throws(CodingError) -> Bool {
        let byte = try reader.byte()
        guard byte <= 1 else { throw reader.damaged("neither yes nor no") }
        return byte == 1
    }

    /// - Parameter sort: what it must be of; nil: any.
    private mutating func term(_ sort: Sort? = nil) throws(CodingError) -> Term {
        let place = try reader.index()
        guard terms.indices.contains(place) else { throw reader.damaged("term \(place) of \(terms.count)") }
        let term = terms[place]
        if let sort, term.sort != sort { throw reader.damaged("a term of \(term.sort), not \(sort)") }
        return term
    }

    private mutating func list<Element>(
        _ element: (inout SummaryReader) throws(CodingError) -> Element
    ) throws(CodingError) -> [Element] {
        var result: [Element] = []
        for _ in 0..<(try reader.count()) { result.append(try element(&self)) }
        return result
    }
}
