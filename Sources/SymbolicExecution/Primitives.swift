import Diagnostics
import Logic
import MiddleboxIR
import PacketFormat

/// The functions of the runtime, by their contracts in `Middleboxes/include/gravel`, and those of the C library that middleboxes use.
extension Executor {
    static let nanosecondsPerSecond = 1_000_000_000

    /// The functions that this file knows.
    public static let primitives: Set<String> = [
        "packet_emit", "packet_emit_copy", "packet_drop", "packet_push", "packet_pull", "gravel_map_find",
        "gravel_map_insert", "gravel_map_refresh",
        "gravel_map_remove",
        "pool_allocate", "pool_refresh", "pool_release", "checksum_of", "checksum_replace_16", "memcmp", "bcmp",
    ]

    /// Executes a call of a declared-only function: the ways on from it, each with its result.
    func callPrimitive(
        _ path: PathState, _ name: String, _ arguments: [SymbolicValue], location: SourceLocation?
    ) throws(PathStop) -> [(PathState, SymbolicValue?)] {
        var path = path
        switch name {
        case "packet_emit", "packet_emit_copy":
            let isCopy = name == "packet_emit_copy"
            try requirePacket(arguments, 0, of: name, location: location)
            let port = try integer(&path, arguments, 1, of: name, location: location)
            if path.isHandedOn {
                let message =
                    isCopy ? "the packet is copied after it was handed on" : "the packet is emitted a second time"
                try fail(&path, .handedOnExactlyOnce, message, location: location)
            }
            let declared = model.ports.map { Term.equal(port, .bitVector(Int($0.number), width: 32)) }
            try check(
                &path, .noUndefinedBehaviour, .or(declared), "the packet is emitted on a port that does not exist",
                location: location)
            path.outputs.append(Output(bytes: path.packet.bytes, length: path.packet.length, port: port))
            if !isCopy { path.isEmitted = true }
            path.note(location, isCopy ? "a copy emitted" : "emitted")
            return [(path, nil)]
        case "packet_drop":
            try requirePacket(arguments, 0, of: name, location: location)
            if path.isHandedOn {
                try fail(
                    &path, .handedOnExactlyOnce, "the packet is dropped after it was handed on", location: location)
            }
            path.isDropped = true
            path.note(location, "dropped")
            return [(path, nil)]
        case "packet_push": return try pushOntoPacket(&path, arguments, location: location)
        case "packet_pull": return try pullFromPacket(&path, arguments, location: location)
        case "gravel_map_find": return try findInMap(&path, arguments, location: location)
        case "gravel_map_insert": return try insertIntoMap(&path, arguments, location: location)
        case "gravel_map_refresh":
            let (map, key) = try mapAndKey(&path, arguments, of: name, location: location)
            let lifetime = try integer(&path, arguments, 2, of: name, location: location)
            guard let terms = path.state.maps[map.name] else {
                throw .unknown(reason: "'\(map.name)' has no model", location: location)
            }
            let old = Term.select(terms.deadline, key)
            let present = Term.less(InputVariables.now, old)
            path.changeState {
                $0.maps[map.name]?.deadline = .store(
                    terms.deadline, key, .ifThenElse(present, deadline(after: lifetime), old))
            }
            path.note(location, "refreshes '\(map.name)'")
            return [(path, .integer(present))]
        case "gravel_map_remove":
            let (map, key) = try mapAndKey(&path, arguments, of: name, location: location)
            guard let terms = path.state.maps[map.name] else {
                throw .unknown(reason: "'\(map.name)' has no model", location: location)
            }
            let present = Term.less(InputVariables.now, .select(terms.deadline, key))
            path.changeState { $0.maps[map.name]?.deadline = .store(terms.deadline, key, .integer(0)) }
            path.note(location, "removes from '\(map.name)'")
            return [(path, .integer(present))]
        case "pool_allocate": return try allocateFromPool(&path, arguments, location: location)
        case "pool_refresh", "pool_release":
            let pool = try pool(arguments, of: name, location: location)
            let index = try integer(&path, arguments, 1, of: name, location: location)
            try check(
                &path, .noUndefinedBehaviour, .unsignedLess(index, .bitVector(pool.capacity, width: 32)),
                "\(name) is called with an index beyond the capacity of '\(pool.name)'", location: location)
            guard let terms = path.state.pools[pool.name] else {
                throw .unknown(reason: "'\(pool.name)' has no model", location: location)
            }
            let old = Term.select(terms.deadline, index)
            let allocated = Term.less(InputVariables.now, old)
            var new = Term.integer(0)
            if name == "pool_refresh" {
                let lifetime = try integer(&path, arguments, 2, of: name, location: location)
                new = .ifThenElse(allocated, deadline(after: lifetime), old)
            }
            path.changeState { $0.pools[pool.name]?.deadline = .store(terms.deadline, index, new) }
            path.note(location, name == "pool_refresh" ? "refreshes '\(pool.name)'" : "releases to '\(pool.name)'")
            return [(path, .integer(allocated))]
        case "checksum_of": return try computeChecksum(&path, arguments, location: location)
        case "checksum_replace_16": return try replaceInChecksum(&path, arguments, location: location)
        case "memcmp", "bcmp": return try compareMemory(&path, arguments, hasSign: name == "memcmp", location: location)
        default:
            throw .unknown(
                reason: "'\(name)' is called, which has no body here and is not a function of the runtime",
                location: location)
        }
    }

    /// A function of the runtime, as middleboxes call it, whose name looks like `name`.
    public static func nearPrimitive(to name: String) -> String? {
        nearestName(to: name, in: primitives.sorted().map(nameInC))
    }

    /// As middleboxes call it: some functions are behind macros.
    private static func nameInC(_ primitive: String) -> String {
        primitive.hasPrefix("gravel_") ? String(primitive.dropFirst("gravel_".count)) : primitive
    }

    // MARK: Resizing

    private func pushOntoPacket(
        _ path: inout PathState, _ arguments: [SymbolicValue], location: SourceLocation?
    ) throws(PathStop) -> [(PathState, SymbolicValue?)] {
        let size = try resizing(&path, arguments, of: "packet_push", location: location)
        guard let value = size.bitVectorValue else {
            throw .unknown(reason: "packet_push of a variable number of bytes has no model", location: location)
        }
        guard value <= PacketTerms.longest else { return [(path, .integer(.false))] }
        let count = Int(value)
        let fits =
            Term.unsignedLessOrEqual(size, path.packet.headroom)
            && .unsignedLessOrEqual(path.packet.length, .bitVector(PacketTerms.longest - count, width: 16))
        return fork(path, on: fits).map { branch, fits in
            var branch = branch
            branch.note(location, fits ? "\(count) bytes put in front" : "no room for \(count) bytes in front")
            if fits {
                branch.resize { packet in
                    packet.bytes = .rotate(packet.bytes, by: .bitVector(-count, width: 16))
                    for index in 0..<count {
                        packet.bytes = .store(
                            packet.bytes, .bitVector(index, width: 16), .bitVector(0, width: 8))
                    }
                    packet.length = .add(packet.length, .bitVector(count, width: 16))
                    packet.headroom = .subtract(packet.headroom, size)
                }
            }
            return (branch, .integer(.boolean(fits)))
        }
    }

    private func pullFromPacket(
        _ path: inout PathState, _ arguments: [SymbolicValue], location: SourceLocation?
    ) throws(PathStop) -> [(PathState, SymbolicValue?)] {
        let size = try resizing(&path, arguments, of: "packet_pull", location: location)
        let isThere = Term.unsignedLessOrEqual(size, .zeroExtend(path.packet.length, by: 16))
        return fork(path, on: isThere).map { branch, isThere in
            var branch = branch
            let bytes = size.bitVectorValue.map { "\($0) bytes" } ?? "bytes"
            branch.note(location, isThere ? "\(bytes) taken from the front" : "shorter than \(bytes)")
            if isThere {
                let count = Term.extract(size, high: 15, low: 0)
                branch.resize { packet in
                    packet.bytes = .rotate(packet.bytes, by: count)
                    packet.length = .subtract(packet.length, count)
                    packet.headroom = .add(packet.headroom, size)
                }
            }
            return (branch, .integer(.boolean(isThere)))
        }
    }

    /// By how many bytes; 32 bits.
    private func resizing(
        _ path: inout PathState, _ arguments: [SymbolicValue], of name: String, location: SourceLocation?
    ) throws(PathStop) -> Term {
        try requirePacket(arguments, 0, of: name, location: location)
        if path.isHandedOn {
            try fail(
                &path, .handedOnExactlyOnce, "the packet is resized after it was handed on", location: location)
        }
        return try integer(&path, arguments, 1, of: name, location: location)
    }

    // MARK: Maps

    private func findInMap(
        _ path: inout PathState, _ arguments: [SymbolicValue], location: SourceLocation?
    ) throws(PathStop) -> [(PathState, SymbolicValue?)] {
        let (map, key) = try mapAndKey(&path, arguments, of: "map_find", location: location)
        guard let terms = path.state.maps[map.name] else {
            throw .unknown(reason: "'\(map.name)' has no model", location: location)
        }
        let present = Term.less(InputVariables.now, .select(terms.deadline, key))
        return fork(path, on: present).map { branch, isPresent in
            var branch = branch
            branch.note(location, isPresent ? "found in '\(map.name)'" : "not in '\(map.name)'")
            let entry = Pointer.start(
                of: .entry(map: map.name, key: key, insertions: branch.insertions[map.name]?.count ?? 0))
            return (branch, .pointer(isPresent ? entry : .null))
        }
    }

    private func insertIntoMap(
        _ path: inout PathState, _ arguments: [SymbolicValue], location: SourceLocation?
    ) throws(PathStop) -> [(PathState, SymbolicValue?)] {
        let (map, key) = try mapAndKey(&path, arguments, of: "map_insert", location: location)
        guard arguments.count > 2 else {
            throw .unknown(reason: "map_insert is called with too few arguments", location: location)
        }
        let valueBytes = try loadBytes(&path, from: arguments[2], count: map.value.size, location: location)
        let value = try tuple(&path, map.value, valueBytes, what: "into '\(map.name)'", location: location)
        let lifetime = try integer(&path, arguments, 3, of: "map_insert", location: location)
        guard let terms = path.state.maps[map.name] else {
            throw .unknown(reason: "'\(map.name)' has no model", location: location)
        }
        // Full: possible only where the key is not present, and only with as many present entries as the capacity.
        var full = path
        full.assume(!Term.less(InputVariables.now, .select(terms.deadline, key)))
        full.assume(
            .lessOrEqual(.integer(map.capacity), .number(above: InputVariables.now, in: terms.deadline)))
        full.knowledge.exact.append(
            .full(deadline: terms.deadline, capacity: map.capacity, now: InputVariables.now))
        full.note(location, "'\(map.name)' is full")
        path.knowledge.exact.append(.hasRoom(deadline: terms.deadline, key: key, now: InputVariables.now))
        path.changeState {
            $0.maps[map.name] = .init(
                deadline: .store(terms.deadline, key, deadline(after: lifetime)),
                value: .store(terms.value, key, value))
        }
        path.insertions[map.name, default: []].append(key)
        path.note(location, "inserted into '\(map.name)'")
        var ways: [(PathState, SymbolicValue?)] = [(path, .integer(.true))]
        if isFeasible(&full) { ways.append((full, .integer(.false))) }
        return ways
    }

    private func mapAndKey(
        _ path: inout PathState, _ arguments: [SymbolicValue], of name: String, location: SourceLocation?
    ) throws(PathStop) -> (StateModel.Map, Term) {
        guard case .pointer(.object(.map(let mapName), let offset))? = arguments.first, offset.bitVectorValue == 0,
            let map = model.maps[mapName], arguments.count > 1
        else { throw .unknown(reason: "\(name) is called on something that is not one MAP", location: location) }
        let bytes = try loadBytes(&path, from: arguments[1], count: map.key.size, location: location)
        return (map, try tuple(&path, map.key, bytes, what: "into a key of '\(mapName)'", location: location))
    }

    /// The tuple that a record's bytes make. Padding may be undefined.
    private func tuple(
        _ path: inout PathState, _ record: Record, _ bytes: [MemoryByte], what: String, location: SourceLocation?
    ) throws(PathStop) -> Term {
        var numbers: [Term] = []
        for leaf in record.leaves {
            let terms = try definedTerms(
                &path, Array(bytes[leaf.offset..<leaf.offset + leaf.size]), what: what, location: location)
            numbers.append(Record.number(of: leaf) { terms[$0 - leaf.offset] })
        }
        return .tuple(numbers, sort: record.sort)
    }

    // MARK: Pools

    private func pool(
        _ arguments: [SymbolicValue], of name: String, location: SourceLocation?
    ) throws(PathStop) -> StateModel.Pool {
        guard case .pointer(.object(.pool(let poolName), let offset))? = arguments.first, offset.bitVectorValue == 0,
            let pool = model.pools[poolName]
        else { throw .unknown(reason: "\(name) is called on something that is not one POOL", location: location) }
        return pool
    }

    private func allocateFromPool(
        _ path: inout PathState, _ arguments: [SymbolicValue], location: SourceLocation?
    ) throws(PathStop) -> [(PathState, SymbolicValue?)] {
        let pool = try pool(arguments, of: "pool_allocate", location: location)
        let first = try integer(&path, arguments, 1, of: "pool_allocate", location: location)
        let count = try integer(&path, arguments, 2, of: "pool_allocate", location: location)
        let lifetime = try integer(&path, arguments, 3, of: "pool_allocate", location: location)
        let end = Term.add(.zeroExtend(first, by: 1), .zeroExtend(count, by: 1))
        try check(
            &path, .noUndefinedBehaviour, .unsignedLessOrEqual(end, .bitVector(pool.capacity, width: 33)),
            "pool_allocate is called with a range beyond the capacity of '\(pool.name)'", location: location)
        guard let terms = path.state.pools[pool.name] else {
            throw .unknown(reason: "'\(pool.name)' has no model", location: location)
        }
        let now = InputVariables.now

        var exhausted = path
        let (index, last) = chooseIndex(&path, first: first, count: count)
        exhausted.assume(
            .equal(count, .bitVector(0, width: 32))
                || .lessOrEqual(
                    .number(notAbove: now, in: terms.deadline, from: first, through: last), .integer(0))
        )
        exhausted.knowledge.exact.append(
            .allAllocated(deadline: terms.deadline, first: first, count: count, now: now))
        exhausted.note(location, "'\(pool.name)' is exhausted")

        path.assume(.lessOrEqual(.select(terms.deadline, index), now))
        path.knowledge.exact.append(
            .firstFree(
                deadline: terms.deadline, last: terms.last, first: first, count: count, result: index, now: now))
        path.changeState {
            $0.pools[pool.name] = .init(
                deadline: .store(terms.deadline, index, deadline(after: lifetime)), last: index)
        }
        path.note(location, "allocated from '\(pool.name)'")
        let sentinel = Term.bitVector(Int(UInt32.max), width: 32)
        var ways: [(PathState, SymbolicValue?)] = [(exhausted, .integer(sentinel))]
        if isFeasible(&path) { ways.insert((path, .integer(index)), at: 0) }
        return ways
    }

    /// Any index of a range, and the last one, which means nothing where the range is empty.
    ///
    /// A range whose indices agree in their upper halves, as when the lower half is a port, gets an index of which only the lower half is
    /// new: then code that takes the index apart or puts it together again meets the same terms.
    private func chooseIndex(_ path: inout PathState, first: Term, count: Term) -> (index: Term, last: Term) {
        let last = Term.add(.add(first, count), .bitVector(-1, width: 32))
        path.assume(.notEqual(count, .bitVector(0, width: 32)))
        let upper = Term.extract(first, high: 31, low: 16)
        var straddling = path
        straddling.assume(.notEqual(upper, .extract(last, high: 31, low: 16)))
        if isFeasible(&straddling) {
            let index = fresh("index", .bitVector(32))
            path.assume(.unsignedLessOrEqual(first, index))
            path.assume(.unsignedLessOrEqual(index, last))
            return (index, last)
        }
        let lower = fresh("index.lower", .bitVector(16))
        let lastLower = Term.extract(last, high: 15, low: 0)
        path.assume(.unsignedLessOrEqual(.extract(first, high: 15, low: 0), lower))
        path.assume(.unsignedLessOrEqual(lower, lastLower))
        return (.concatenate(upper, lower), .concatenate(upper, lastLower))
    }

    /// When something ends whose clock starts now.
    private func deadline(after lifetime: Term) -> Term {
        InputVariables.now + Term.product(.integer(Executor.nanosecondsPerSecond), .unsignedInteger(lifetime))
    }

    // MARK: Checksums

    /// RFC 1071: the checksum of nothing, in which each word replaces a zero.
    private func computeChecksum(
        _ path: inout PathState, _ arguments: [SymbolicValue], location: SourceLocation?
    ) throws(PathStop) -> [(PathState, SymbolicValue?)] {
        let size = try integer(&path, arguments, 1, of: "checksum_of", location: location)
        let count = try byteCount(size, of: "checksum_of", location: location)
        var sum = Term.integer(0)
        if count > 0 {
            let bytes = try loadBytes(&path, from: arguments[0], count: count, location: location)
            let terms = try definedTerms(&path, bytes, what: "into a checksum", location: location)
            sum = sumOfWords(terms)
        }
        let result = checksum(&path, of: .integer(65535), before: .integer(65535), after: sum)
        return [(path, result)]
    }

    /// RFC 1624 equation 3 as arithmetic modulo 65535: see docs/decisions for why not as bits.
    private func replaceInChecksum(
        _ path: inout PathState, _ arguments: [SymbolicValue], location: SourceLocation?
    ) throws(PathStop) -> [(PathState, SymbolicValue?)] {
        var numbers: [Term] = []
        for index in 0..<3 {
            let raw = try integer(&path, arguments, index, of: "checksum_replace_16", location: location)
            // The first byte in memory is the low one here.
            numbers.append(sumOfWords([.extract(raw, high: 7, low: 0), .extract(raw, high: 15, low: 8)]))
        }
        let result = checksum(&path, of: numbers[0], before: numbers[1], after: numbers[2])
        return [(path, result)]
    }

    /// A checksum of which one part has been replaced, as it lies in memory.
    private func checksum(
        _ path: inout PathState, of old: Term, before: Term, after: Term
    ) -> SymbolicValue {
        let high = fresh("checksum.high", .byte)
        let low = fresh("checksum.low", .byte)
        let rounds = fresh("checksum.rounds", .integer)
        path.knowledge.arithmetic.append(
            ChecksumUpdate(old: old, before: before, after: after, high: high, low: low, rounds: rounds))
        return .integer(.concatenate(low, high))
    }

    // MARK: The C library

    /// C17 7.24.4.1: 0 if the bytes are equal, else a number with the sign of the first difference, about which nothing else is known.
    /// Where only equality matters, LLVM calls `bcmp` instead, whose sign means nothing.
    private func compareMemory(
        _ path: inout PathState, _ arguments: [SymbolicValue], hasSign: Bool, location: SourceLocation?
    ) throws(PathStop) -> [(PathState, SymbolicValue?)] {
        let size = try integer(&path, arguments, 2, of: "memcmp", location: location)
        let count = try byteCount(size, of: "memcmp", location: location)
        if count == 0 { return [(path, .integer(.bitVector(0, width: 32)))] }
        var sides: [Term] = []
        for argument in arguments.prefix(2) {
            let bytes = try loadBytes(&path, from: argument, count: count, location: location)
            sides.append(
                .concatenate(try definedTerms(&path, bytes, what: "into a comparison", location: location)))
        }
        return fork(path, on: .equal(sides[0], sides[1])).map { branch, isEqual in
            if isEqual { return (branch, .integer(.bitVector(0, width: 32))) }
            var branch = branch
            let amount = fresh("memcmp", .bitVector(hasSign ? 31 : 32))
            branch.assume(.notEqual(amount, .bitVector(0, width: amount.width)))
            if !hasSign { return (branch, .integer(amount)) }
            let sign = Term.ifThenElse(
                .unsignedLess(sides[0], sides[1]), .bitVector(1, width: 1), .bitVector(0, width: 1))
            return (branch, .integer(.concatenate(sign, amount)))
        }
    }

    // MARK: Arguments

    private func requirePacket(
        _ arguments: [SymbolicValue], _ index: Int, of name: String, location: SourceLocation?
    ) throws(PathStop) {
        guard arguments.indices.contains(index), arguments[index] == .pointer(.start(of: .packet)) else {
            throw .unknown(reason: "\(name) is called with something that is not the packet", location: location)
        }
    }

    private static let mostBytes = 1024

    /// How many bytes a function takes, one by one.
    private func byteCount(_ size: Term, of name: String, location: SourceLocation?) throws(PathStop) -> Int {
        guard let count = size.bitVectorValue.flatMap({ Int(exactly: $0) }), count <= Self.mostBytes else {
            throw .unknown(
                reason: "\(name) of a variable number of bytes, or of more than \(Self.mostBytes), has no model",
                location: location)
        }
        return count
    }

    private func integer(
        _ path: inout PathState, _ arguments: [SymbolicValue], _ index: Int, of name: String, location: SourceLocation?
    ) throws(PathStop) -> Term {
        guard arguments.indices.contains(index) else {
            throw .unknown(reason: "\(name) is called with too few arguments", location: location)
        }
        switch arguments[index] {
        case .integer(let term): return InstructionSemantics.asBits(term)
        case .undefined:
            try fail(
                &path, .noUninitialisedMemory, "\(name) is called with an uninitialised argument", location: location)
        case .pointer, .aggregate:
            throw .unknown(reason: "\(name) is called with an argument of another type", location: location)
        }
    }
}
