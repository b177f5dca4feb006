import Diagnostics
import Logic
import MiddleboxIR

/// Why a path stops in the middle.
enum PathStop: Error {
    /// Execution does not know this construct.
    case unknown(reason: String, location: SourceLocation?)
    /// A check that fails on every way that reaches it; it has been recorded.
    case failedCheck
}

/// Loads and stores, byte by byte, with the checks that go with them.
extension Executor {
    /// The offset of a pointer into an object of `size` bytes, checked to leave room for `count` bytes.
    func checkBounds(
        _ path: inout PathState, offset: Term, count: Term, size: Term, object: MemoryObject, action: String,
        location: SourceLocation?
    ) throws(PathStop) {
        // Without wrap-around: offset <= size and count <= size - offset.
        let claim: Term
        if let constant = count.bitVectorValue, offset.operation != .add || offset.arguments[1].bitVectorValue == nil,
            let limit = size.bitVectorValue
        {
            claim = constant <= limit ? .unsignedLessOrEqual(offset, .bitVector(limit - constant, width: 64)) : .false
        } else {
            claim = .unsignedLessOrEqual(offset, size) && .unsignedLessOrEqual(count, .subtract(size, offset))
        }
        let amount = count.bitVectorValue.map { $0 == 1 ? "1 byte" : "\($0) bytes" } ?? "bytes"
        try check(
            &path, .memorySafe, claim, "\(action) \(amount) outside of \(object.description)", location: location)
    }

    /// The bytes that a load of `count` bytes sees.
    func loadBytes(
        _ path: inout PathState, from address: SymbolicValue, count: Int, location: SourceLocation?
    ) throws(PathStop) -> [MemoryByte] {
        let (object, offset) = try dereference(&path, address, action: "reads", location: location)
        let countTerm = Term.bitVector(count, width: 64)
        func bounds(_ size: Term) throws(PathStop) {
            try checkBounds(
                &path, offset: offset, count: countTerm, size: size, object: object, action: "reads",
                location: location)
        }
        switch object {
        case .packet:
            return try descriptorBytes(path, offset: offset, count: count, location: location)
        case .packetBytes(let generation):
            try checkNotHandedOn(&path, "reads the packet after handing it on", location: location)
            try checkCurrent(&path, generation, action: "reads", location: location)
            try bounds(path.packet.size)
            let start = Term.extract(offset, high: 15, low: 0)
            // Past the stores that the path knows to be elsewhere.
            return (0..<count).map { index in
                .term(.select(path.packet.bytes, .add(start, .bitVector(index, width: 16)), decide: path.facts.decide))
            }
        case .stack(let number):
            let memory = try local(&path, number, action: "reads", location: location)
            try bounds(.bitVector(memory.count, width: 64))
            let start = try constantOffset(offset, of: object, location: location)
            return Array(memory[start..<start + count])
        case .plain(let name):
            guard let plain = model.plain[name], let bytes = path.state.plain[name] else {
                throw .unknown(reason: "'\(name)' has no model", location: location)
            }
            try bounds(.bitVector(plain.size, width: 64))
            let start = Term.extract(offset, high: 31, low: 0)
            return (0..<count).map { .term(.select(bytes, .add(start, .bitVector($0, width: 32)))) }
        case .configuration:
            guard let configuration = model.configuration else {
                throw .unknown(reason: "there is no configuration", location: location)
            }
            try bounds(.bitVector(configuration.record.size, width: 64))
            let start = try constantOffset(offset, of: object, location: location)
            return (start..<start + count).map { position in
                guard let (_, leaf) = configuration.record.leaf(at: position) else { return .undefined }
                return .term(Record.byte(position - leaf.offset, of: leaf, number: configuration.bits(leaf)))
            }
        case .argument(let name):
            guard let operation = model.operations[name], let record = operation.argument else {
                throw .unknown(reason: "'\(name)' has no argument", location: location)
            }
            try bounds(.bitVector(record.size, width: 64))
            let start = try constantOffset(offset, of: object, location: location)
            return (start..<start + count).map { position in
                guard let (_, leaf) = record.leaf(at: position) else {
                    return .term(operation.padding(at: position))
                }
                return .term(Record.byte(position - leaf.offset, of: leaf, number: operation.bits(leaf)))
            }
        case .entry(let map, let key, let insertions):
            guard let modelMap = model.maps[map], let terms = path.state.maps[map] else {
                throw .unknown(reason: "'\(map)' has no model", location: location)
            }
            try checkPresent(&path, map: map, key: key, insertions: insertions, location: location)
            try bounds(.bitVector(modelMap.value.size, width: 64))
            let start = try constantOffset(offset, of: object, location: location)
            let value = Term.select(terms.value, key)
            return (start..<start + count).map { position in
                modelMap.value.byte(at: position, of: value).map(MemoryByte.term) ?? .undefined
            }
        case .nowhere: try fail(&path, .memorySafe, "reads through a null pointer", location: location)
        case .map(let name), .pool(let name):
            throw .unknown(
                reason: "'\(name)' is read directly; only the functions of the runtime know its layout",
                location: location)
        }
    }

    func storeBytes(
        _ path: inout PathState, _ bytes: [MemoryByte], to address: SymbolicValue, location: SourceLocation?
    ) throws(PathStop) {
        let (object, offset) = try dereference(&path, address, action: "writes", location: location)
        let count = Term.bitVector(bytes.count, width: 64)
        func bounds(_ size: Term) throws(PathStop) {
            try checkBounds(
                &path, offset: offset, count: count, size: size, object: object, action: "writes", location: location)
        }
        switch object {
        case .packetBytes(let generation):
            try checkNotHandedOn(&path, "writes to the packet after handing it on", location: location)
            try checkCurrent(&path, generation, action: "writes", location: location)
            try bounds(path.packet.size)
            let start = Term.extract(offset, high: 15, low: 0)
            let terms = try definedTerms(&path, bytes, what: "to the packet", location: location)
            for (index, byte) in terms.enumerated() {
                path.packet.bytes = .store(path.packet.bytes, .add(start, .bitVector(index, width: 16)), byte)
            }
        case .stack(let number):
            var memory = try local(&path, number, action: "writes", location: location)
            try bounds(.bitVector(memory.count, width: 64))
            let start = try constantOffset(offset, of: object, location: location)
            memory.replaceSubrange(start..<start + bytes.count, with: bytes)
            path.stack[number] = memory
        case .plain(let name):
            guard let plain = model.plain[name], path.state.plain[name] != nil else {
                throw .unknown(reason: "'\(name)' has no model", location: location)
            }
            try bounds(.bitVector(plain.size, width: 64))
            if plain.isConstant {
                try fail(&path, .noUndefinedBehaviour, "writes to constant '\(name)'", location: location)
            }
            let start = Term.extract(offset, high: 31, low: 0)
            let terms = try definedTerms(&path, bytes, what: "to '\(name)'", location: location)
            path.changeState { state in
                for (index, byte) in terms.enumerated() {
                    let old = state.plain[name] ?? byte
                    state.plain[name] = .store(old, .add(start, .bitVector(index, width: 32)), byte)
                }
            }
        case .entry(let map, let key, let insertions):
            guard let modelMap = model.maps[map], let old = path.state.maps[map] else {
                throw .unknown(reason: "'\(map)' has no model", location: location)
            }
            try checkPresent(&path, map: map, key: key, insertions: insertions, location: location)
            try bounds(.bitVector(modelMap.value.size, width: 64))
            let start = try constantOffset(offset, of: object, location: location)
            // Padding of a value may hold anything.
            var replaced: [Int: Term] = [:]
            for (index, byte) in bytes.enumerated() where modelMap.value.leaf(at: start + index) != nil {
                replaced[start + index] = try definedTerms(
                    &path, [byte], what: "to an entry of '\(map)'", location: location)[0]
            }
            let value = modelMap.value.tuple(.select(old.value, key), replacing: replaced)
            path.changeState { $0.maps[map]?.value = .store(old.value, key, value) }
        case .configuration:
            try fail(&path, .memorySafe, "writes to the configuration, which is read-only", location: location)
        case .argument(let name):
            // Natively it is memory like any other, so that nothing would be seen there.
            throw .unknown(
                reason: "the argument of '\(name)' is written, and is read-only; declare it const", location: location)
        case .packet:
            throw .unknown(reason: "the packet's descriptor is written", location: location)
        case .nowhere: try fail(&path, .memorySafe, "writes through a null pointer", location: location)
        case .map(let name), .pool(let name):
            throw .unknown(
                reason: "'\(name)' is written directly; only the functions of the runtime know its layout",
                location: location)
        }
    }

    /// The object and offset of a pointer that is about to be used.
    private func dereference(
        _ path: inout PathState, _ value: SymbolicValue, action: String, location: SourceLocation?
    ) throws(PathStop) -> (MemoryObject, Term) {
        switch value {
        case .pointer(.object(let object, let offset)): return (object, offset)
        case .pointer(.null):
            try fail(&path, .memorySafe, "\(action) through a null pointer", location: location)
        case .undefined:
            try fail(&path, .noUninitialisedMemory, "\(action) through an uninitialised pointer", location: location)
        case .integer:
            throw .unknown(reason: "an integer is used as a pointer", location: location)
        case .aggregate:
            throw .unknown(reason: "an aggregate is used as a pointer", location: location)
        }
    }

    private func constantOffset(
        _ offset: Term, of object: MemoryObject, location: SourceLocation?
    ) throws(PathStop) -> Int {
        guard let value = offset.bitVectorValue, let result = Int(exactly: value) else {
            throw .unknown(reason: "a variable index into \(object.description) has no model", location: location)
        }
        return result
    }

    /// Where a packet begins changes when it is resized, and so do the places of all its bytes.
    private func checkCurrent(
        _ path: inout PathState, _ generation: Int, action: String, location: SourceLocation?
    ) throws(PathStop) {
        if generation == path.generation { return }
        try fail(
            &path, .memorySafe, "\(action) the packet through a pointer from before it was resized", location: location)
    }

    private func checkNotHandedOn(
        _ path: inout PathState, _ message: String, location: SourceLocation?
    ) throws(PathStop) {
        if path.isHandedOn { try fail(&path, .handedOnExactlyOnce, message, location: location) }
    }

    private func local(
        _ path: inout PathState, _ number: Int, action: String, location: SourceLocation?
    ) throws(PathStop) -> [MemoryByte] {
        if let memory = path.stack[number] { return memory }
        try fail(
            &path, .memorySafe, "\(action) a local variable of a function that has returned", location: location)
    }

    /// An entry that was removed or replaced since the pointer to it was handed out must not be used.
    ///
    /// - Parameter insertions: how many the map had seen on the path when the pointer was handed out.
    private func checkPresent(
        _ path: inout PathState, map: String, key: Term, insertions: Int, location: SourceLocation?
    ) throws(PathStop) {
        guard let terms = path.state.maps[map] else { return }
        let present = Term.less(InputVariables.now, .select(terms.deadline, key))
        try check(
            &path, .memorySafe, present, "uses the value of an entry of '\(map)' that is no longer present",
            location: location)
        // A key that was removed and inserted again is present, but perhaps in another place.
        for inserted in (path.insertions[map] ?? []).dropFirst(insertions) {
            try check(
                &path, .memorySafe, .notEqual(key, inserted),
                "uses the value of an entry of '\(map)' that was replaced since it was found", location: location)
        }
    }

    /// Bytes that are about to leave the function's own variables.
    func definedTerms(
        _ path: inout PathState, _ bytes: [MemoryByte], what: String, location: SourceLocation?
    ) throws(PathStop) -> [Term] {
        var terms: [Term] = []
        for byte in bytes {
            switch byte {
            case .term(let term): terms.append(term)
            case .undefined:
                try fail(
                    &path, .noUninitialisedMemory, "an uninitialised byte goes \(what)", location: location)
            case .pointer:
                throw .unknown(reason: "a pointer is stored \(what)", location: location)
            }
        }
        return terms
    }

    /// The members of `struct packet`.
    private func descriptorBytes(
        _ path: PathState, offset: Term, count: Int, location: SourceLocation?
    ) throws(PathStop) -> [MemoryByte] {
        let start = try constantOffset(offset, of: .packet, location: location)
        let members: [(offset: Int, bytes: [MemoryByte])] = [
            (0, (0..<8).map { .pointer(.start(of: .packetBytes(generation: path.generation)), index: $0) }),
            (8, Executor.littleEndian(.zeroExtend(path.packet.length, by: 16))),
            (12, Executor.littleEndian(InputVariables.port)),
            (16, Executor.littleEndian(.bitVector(ofInteger: InputVariables.now, width: 64))),
        ]
        for member in members where start >= member.offset && start + count <= member.offset + member.bytes.count {
            return Array(member.bytes[(start - member.offset)..<(start - member.offset + count)])
        }
        throw .unknown(reason: "the packet's descriptor is read across its members", location: location)
    }

    /// A number's bytes in memory.
    static func littleEndian(_ term: Term) -> [MemoryByte] {
        stride(from: 0, to: term.width, by: 8).map { .term(.extract(term, high: $0 + 7, low: $0)) }
    }

    // MARK: Between bytes and values

    func value(
        of bytes: [MemoryByte], type: ValueType, location: SourceLocation?
    ) throws(PathStop) -> SymbolicValue {
        switch type {
        case .integer(let bits):
            var terms: [Term] = []
            for byte in bytes {
                switch byte {
                case .term(let term): terms.append(term)
                // One undefined byte makes the whole value undefined: stricter than C, never more lenient.
                case .undefined: return .undefined(type)
                case .pointer: throw .unknown(reason: "the bytes of a pointer are read as a number", location: location)
                }
            }
            let whole = Term.concatenate(terms.reversed())
            if bits == 8 * bytes.count { return .integer(whole) }
            return .integer(InstructionSemantics.truncate(whole, to: bits))
        case .pointer:
            guard case .pointer(let pointer, 0)? = bytes.first else {
                if bytes.allSatisfy({ $0 == .undefined }) { return .undefined(type) }
                if bytes.allSatisfy({ $0 == .term(.bitVector(0, width: 8)) }) { return .pointer(.null) }
                throw .unknown(reason: "a number is read as a pointer", location: location)
            }
            guard bytes == (0..<8).map({ .pointer(pointer, index: $0) }) else {
                throw .unknown(reason: "parts of pointers are read as a pointer", location: location)
            }
            return .pointer(pointer)
        case .void, .aggregate, .other:
            throw .unknown(reason: "a value of this type is loaded whole", location: location)
        }
    }

    func memoryBytes(
        of value: SymbolicValue, type: ValueType, location: SourceLocation?
    ) throws(PathStop) -> [MemoryByte] {
        switch (value, type) {
        case (.integer(let term), .integer(let bits)):
            let size = (bits + 7) / 8
            return Executor.littleEndian(
                8 * size == bits ? term : InstructionSemantics.zeroExtend(term, to: 8 * size))
        case (.pointer(.null), _): return Array(repeating: .term(.bitVector(0, width: 8)), count: 8)
        case (.pointer(let pointer), _): return (0..<8).map { .pointer(pointer, index: $0) }
        case (.undefined, .integer(let bits)): return Array(repeating: .undefined, count: (bits + 7) / 8)
        case (.undefined, .pointer): return Array(repeating: .undefined, count: 8)
        default: throw .unknown(reason: "a value of this type is stored whole", location: location)
        }
    }
}

extension PacketTerms {
    /// The packet's length in 64 bits.
    fileprivate var size: Term { .zeroExtend(length, by: 48) }
}
