import PacketFormat

/// What a formula or value speaks of.
struct Mentions {
    /// An entry that something is read from.
    enum Entry {
        case map(SpecEnvironment.Map, CheckedValue, Moment)
        case pool(String, CheckedNumber, Moment)
    }

    /// The packet that leaves, or another one that does.
    private(set) var output = false
    private(set) var other = false
    /// Fields of the packet that enters.
    private(set) var fields: [FieldReference] = []
    /// The bytes of the packet that enters, as a whole or behind its headers.
    private(set) var bytes = false
    /// Its length, or whether headers are there, which the length tells.
    private(set) var length = false
    /// Where it enters.
    private(set) var port = false
    private(set) var time = false
    /// What becomes of it.
    private(set) var outcome = false
    private(set) var entries: [Entry] = []

    mutating func look(at formula: CheckedFormula) {
        switch formula.node {
        case .constant: break
        case .connective(_, let a, let b), .sameTruth(let a, let b, _):
            look(at: a)
            look(at: b)
        case .not(let inner), .quantified(_, let inner): look(at: inner)
        case .numbers(_, let a, let b):
            look(at: a)
            look(at: b)
        case .equal(let a, let b, _):
            look(at: a)
            look(at: b)
        case .isPresent(_, let key, _):
            look(at: key)
            time = true
        case .isAllocated(_, let index, _):
            look(at: index)
            time = true
        case .content(let content): look(at: content)
        case .has(let role, _):
            look(at: role)
            length = length || role == .input
        case .checksumIsRight(let role, _):
            look(at: role)
            bytes = bytes || role == .input
            length = length || role == .input
        case .hasRoom: time = true
        case .hasFreeIndex(_, let first, let last, _):
            look(at: first)
            look(at: last)
            time = true
        case .isDropped, .leaves, .leavesOnce: outcome = true
        case .leavesEveryOtherPort:
            outcome = true
            port = true
        case .outputLeaves: output = true
        case .payloadsEqual(let a, let b):
            look(at: .payload(a))
            look(at: .payload(b))
        case .packetsEqual(let a, let b, _):
            look(at: .packet(a))
            look(at: .packet(b))
        }
    }

    mutating func look(at value: CheckedValue) {
        switch value {
        case .number(let number): look(at: number)
        case .formula(let formula): look(at: formula)
        case .truth(let content), .structure(let content, _), .array(let content, _, _): look(at: content)
        case .tuple(let parts): for part in parts { look(at: part) }
        case .payload(let payload):
            look(at: payload.role)
            bytes = bytes || payload.role == .input
        case .packet(let role), .header(let role, _):
            look(at: role)
            bytes = bytes || role == .input
        case .map, .pool: time = true
        case .opaque, .configuration, .operation: break
        }
    }

    mutating func look(at number: CheckedNumber) {
        switch number.node {
        case .literal, .rememberedTime, .elapsed: break
        case .field(let role, let reference):
            look(at: role)
            if role == .input { fields.append(reference) }
        case .length(let role):
            look(at: role)
            length = length || role == .input
        case .port(let role):
            look(at: role)
            port = port || role == .input
        case .now: time = true
        case .content(let content): look(at: content)
        case .entryExpiry(let map, let key, let moment):
            look(at: key)
            entries.append(.map(map, key, moment))
        case .indexExpiry(let pool, let index, let moment):
            look(at: index)
            entries.append(.pool(pool, index, moment))
        case .arithmetic(_, let a, let b):
            look(at: a)
            look(at: b)
        }
    }

    private mutating func look(at content: CheckedContent) {
        switch content {
        case .variable, .argument: break
        case .lookup(let map, let key, let moment):
            look(at: key)
            entries.append(.map(map, key, moment))
        case .field(let base, _): look(at: base)
        case .configuration(let path), .object(_, let path, _):
            for component in path { if case .index(let number, _) = component { look(at: number) } }
        }
    }

    private mutating func look(at role: PacketRole) {
        output = output || role.isOutput
        other = other || role == .otherOutput
    }
}

extension CheckedFormula {
    var mentions: Mentions {
        var mentions = Mentions()
        mentions.look(at: self)
        return mentions
    }
}

extension CheckedValue {
    var mentions: Mentions {
        var mentions = Mentions()
        mentions.look(at: self)
        return mentions
    }
}
