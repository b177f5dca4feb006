import Glibc
import MiddleboxIR

/// A map's entries, told apart from those that were reclaimed by its index. See `struct map` of <gravel/map.h> and the runtime's map.c.
final class NativeMap {
    struct Entry: Hashable {
        let deadline: UInt64
        let value: [UInt8]
    }

    private let keySize: Int
    private let valueSize: Int
    private let capacity: Int
    /// The object itself.
    private let map: UnsafeRawPointer
    /// All of it, whether the map uses it already or not.
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

    /// The object: u32 key_size, value_size, capacity, index_size, pointers to index and entries, and what else is in it, in bytes.
    private static let size = 48
    private static let indexSizeOffset = 12
    /// Where in it the pointers are.
    static let indexPointer = 16
    static let entriesPointer = 24

    /// In bytes: MAP_ENTRY_SIZE.
    static func entrySize(keySize: Int, valueSize: Int) -> Int {
        func roundedUp(_ size: Int) -> Int { (size + 7) & ~7 }
        return 8 + roundedUp(keySize) + roundedUp(valueSize)
    }

    /// In slots, when it is as large as it gets: MAP_INDEX_SIZE.
    static func indexSize(capacity: Int) -> Int {
        var size = 1
        while size < 2 * capacity { size *= 2 }
        return size
    }

    /// Nil where the memory does not hold such a map.
    init?(_ memory: UnsafeRawBufferPointer, keySize: Int, valueSize: Int, capacity: Int) {
        guard memory.count >= Self.size, let start = memory.baseAddress,
            (0..<3).map({ Int(start.load(fromByteOffset: 4 * $0, as: UInt32.self)) }) == [
                keySize, valueSize, capacity,
            ],
            let index = start.load(fromByteOffset: Self.indexPointer, as: UnsafePointer<UInt32>?.self),
            let entries = start.load(fromByteOffset: Self.entriesPointer, as: UnsafeRawPointer?.self)
        else { return nil }
        self.keySize = keySize
        self.valueSize = valueSize
        self.capacity = capacity
        map = start
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
            let size = map.load(fromByteOffset: Self.indexSizeOffset, as: UInt32.self)
            let mask = size &- 1
            for slot in index.prefix(Int(size)) where slot != 0 {
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

/// `struct pool` of <gravel/pool.h>: u32 capacity, u32 last, pointer to the deadlines.
enum NativePool {
    static let size = 16
    static let deadlinesPointer = 8
}

extension StateObject.Layout {
    /// What the object points to: where in it the pointer is, and the size of what is there, in bytes.
    var pointees: [(pointer: Int, size: Int)] {
        switch self {
        case .map(let keySize, let valueSize, let capacity):
            [
                (NativeMap.indexPointer, 4 * NativeMap.indexSize(capacity: capacity)),
                (NativeMap.entriesPointer, capacity * NativeMap.entrySize(keySize: keySize, valueSize: valueSize)),
            ]
        case .pool(let capacity): [(NativePool.deadlinesPointer, 8 * capacity)]
        case .bytes: []
        }
    }
}
