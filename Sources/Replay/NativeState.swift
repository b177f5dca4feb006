import Glibc
import MiddleboxIR

/// The state objects of a native middlebox, read from its memory, as they are and as they were before the last step.
///
/// Of a library that was compiled as `.observable`, and for one thread: nobody runs packets while it is read.
public final class NativeState {
    private var maps: [String: NativeMap] = [:]
    private var pools: [String: (memory: UnsafeRawPointer, before: [UInt64], after: [UInt64])] = [:]
    private var plain: [String: (memory: UnsafeRawBufferPointer, before: [UInt8], after: [UInt8])] = [:]

    /// - Throws: `missingSymbol` for an object that is not there, or not as it is declared.
    init(
        _ objects: [StateObject], address: (String) throws(NativeError) -> UnsafeRawBufferPointer
    ) throws(NativeError) {
        for object in objects {
            let name = object.name
            let memory = try address(name)
            guard let start = memory.baseAddress else { throw .missingSymbol(name) }
            switch object.layout {
            case .map(let keySize, let valueSize, let capacity):
                guard let map = NativeMap(memory, keySize: keySize, valueSize: valueSize, capacity: capacity) else {
                    throw .missingSymbol(name)
                }
                maps[name] = map
            case .pool(let capacity):
                // struct pool of <gravel/pool.h>: u32 capacity, u32 last, pointer to the deadlines.
                guard memory.count >= 16, start.load(as: UInt32.self) == capacity,
                    let deadlines = start.load(fromByteOffset: 8, as: UnsafeRawPointer?.self)
                else { throw .missingSymbol(name) }
                let now = Self.words(deadlines, capacity)
                pools[name] = (deadlines, now, now)
            case .bytes(let count):
                guard memory.count >= count else { throw .missingSymbol(name) }
                let part = UnsafeRawBufferPointer(rebasing: memory[..<count])
                plain[name] = (part, Array(part), Array(part))
            }
        }
    }

    private static func words(_ memory: UnsafeRawPointer, _ count: Int) -> [UInt64] {
        Array(UnsafeBufferPointer(start: memory.assumingMemoryBound(to: UInt64.self), count: count))
    }

    /// Reads what a step has left behind; what was read last is what was before it.
    public func update() {
        for map in maps.values { map.update() }
        for (name, pool) in pools {
            let isSame = pool.after.withUnsafeBytes {
                memcmp($0.baseAddress ?? pool.memory, pool.memory, $0.count) == 0
            }
            pools[name] = (pool.memory, pool.after, isSame ? pool.after : Self.words(pool.memory, pool.after.count))
        }
        for (name, object) in plain { plain[name] = (object.memory, object.after, Array(object.memory)) }
    }
}

extension NativeState: ObservedState {
    public func entry(
        of map: String, key: [UInt8], at moment: ObservedMoment
    ) -> (deadline: UInt64, value: [UInt8])? {
        maps[map]?.entry(key, at: moment).map { ($0.deadline, $0.value) }
    }

    public func keys(of map: String, presentAt time: UInt64, at moment: ObservedMoment) -> [[UInt8]] {
        maps[map]?.keys(presentAt: time, at: moment) ?? []
    }

    public func changedKeys(of map: String) -> [[UInt8]] { maps[map].map { Array($0.previous.keys) } ?? [] }

    public func deadlines(of pool: String, at moment: ObservedMoment) -> [UInt64] {
        pools[pool].map { moment == .before ? $0.before : $0.after } ?? []
    }

    public func bytes(of object: String, at moment: ObservedMoment) -> [UInt8] {
        plain[object].map { moment == .before ? $0.before : $0.after } ?? []
    }
}

/// A map's entries, told apart from those that were reclaimed by its index. See `struct map` of <gravel/map.h> and the runtime's map.c.
final class NativeMap {
    struct Entry: Hashable {
        let deadline: UInt64
        let value: [UInt8]
    }

    private let keySize: Int
    private let valueSize: Int
    private let capacity: Int
    private let index: UnsafeBufferPointer<UInt32>
    private let entries: UnsafeRawPointer
    private let entrySize: Int
    /// The memory as it was read last, and which entries are in the index.
    private var seenIndex: [UInt32]
    private var seen: [UInt8]
    private var isLive: [Bool]
    private var now: [[UInt8]: Entry] = [:]
    /// What was there before the last step, of the keys that it wrote; nil: nothing.
    private(set) var previous: [[UInt8]: Entry?] = [:]

    /// In bytes: MAP_ENTRY_SIZE.
    static func entrySize(keySize: Int, valueSize: Int) -> Int {
        func roundedUp(_ size: Int) -> Int { (size + 7) & ~7 }
        return 8 + roundedUp(keySize) + roundedUp(valueSize)
    }

    /// In slots: MAP_INDEX_SIZE.
    static func indexSize(capacity: Int) -> Int {
        var size = 1
        while size < 2 * capacity { size *= 2 }
        return size
    }

    /// Nil where the memory does not hold such a map.
    init?(_ memory: UnsafeRawBufferPointer, keySize: Int, valueSize: Int, capacity: Int) {
        // u32 key_size, value_size, capacity, index_size, pointers to index and entries, …
        guard memory.count >= 48, let start = memory.baseAddress,
            (0..<4).map({ Int(start.load(fromByteOffset: 4 * $0, as: UInt32.self)) }) == [
                keySize, valueSize, capacity, Self.indexSize(capacity: capacity),
            ],
            let index = start.load(fromByteOffset: 16, as: UnsafePointer<UInt32>?.self),
            let entries = start.load(fromByteOffset: 24, as: UnsafeRawPointer?.self)
        else { return nil }
        self.keySize = keySize
        self.valueSize = valueSize
        self.capacity = capacity
        self.index = UnsafeBufferPointer(start: index, count: Self.indexSize(capacity: capacity))
        self.entries = entries
        entrySize = Self.entrySize(keySize: keySize, valueSize: valueSize)
        seenIndex = [UInt32](repeating: 0, count: self.index.count)
        seen = [UInt8](repeating: 0, count: capacity * entrySize)
        isLive = [Bool](repeating: false, count: capacity)
        update()
        previous = [:]
    }

    func entry(_ key: [UInt8], at moment: ObservedMoment) -> Entry? {
        if moment == .before, let old = previous[key] { return old }
        return now[key]
    }

    func keys(presentAt time: UInt64, at moment: ObservedMoment) -> [[UInt8]] {
        let isBefore = moment == .before
        var keys = now.filter { $0.value.deadline > time && (!isBefore || previous[$0.key] == nil) }.map(\.key)
        if isBefore { for case (let key, let old?) in previous where old.deadline > time { keys.append(key) } }
        return keys
    }

    func update() {
        previous = [:]
        let size = capacity * entrySize
        guard let start = index.baseAddress else { return }
        let isSameIndex = seenIndex.withUnsafeBytes { memcmp($0.baseAddress ?? entries, start, $0.count) == 0 }
        let isSame = seen.withUnsafeBytes { memcmp($0.baseAddress ?? entries, entries, size) == 0 }
        if isSameIndex, isSame { return }
        var live = isLive
        if !isSameIndex {
            live = [Bool](repeating: false, count: capacity)
            let mask = UInt32(index.count - 1)
            for slot in index where slot != 0 {
                let number = Int((slot & mask) &- 1)
                if live.indices.contains(number) { live[number] = true }
            }
            seenIndex = Array(index)
        }
        // What went first, so that an entry that came back elsewhere counts as there.
        var come: [Int] = []
        for number in 0..<capacity {
            let start = number * entrySize
            let isTouched = seen.withUnsafeBytes { old in
                old.baseAddress.map { memcmp($0 + start, entries + start, entrySize) != 0 } ?? true
            }
            guard isTouched || live[number] != isLive[number] else { continue }
            if isLive[number] { replace(key(in: seen, at: start), by: nil) }
            if isTouched {
                seen.withUnsafeMutableBytes { old in
                    if let base = old.baseAddress { memcpy(base + start, entries + start, entrySize) }
                }
            }
            if live[number] { come.append(start) }
        }
        for start in come {
            let valueStart = start + entrySize - ((valueSize + 7) & ~7)
            let deadline = (entries + start).load(as: UInt64.self)
            replace(
                key(in: seen, at: start),
                by: Entry(deadline: deadline, value: Array(seen[valueStart..<valueStart + valueSize])))
        }
        isLive = live
        previous = previous.filter { now[$0.key] != $0.value }
    }

    private func key(in memory: [UInt8], at start: Int) -> [UInt8] { Array(memory[start + 8..<start + 8 + keySize]) }

    private func replace(_ key: [UInt8], by entry: Entry?) {
        if previous[key] == nil { previous[key] = .some(now[key]) }
        now[key] = entry
    }
}
