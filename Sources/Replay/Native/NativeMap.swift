import Glibc
import MiddleboxIR

/// A map's entries, and what the last step changed of them.
final class NativeMap {
    struct Entry: Hashable {
        let deadline: UInt64
        let value: [UInt8]
    }

    private let memory: NativeMapMemory
    /// The memory as it was read last, and which entries are in the index.
    private var seenIndex: [UInt32]
    private var seen: [UInt8]
    private var isLive: [Bool]
    private var now: [[UInt8]: Entry] = [:]
    /// What was there before the last step, of the keys that it wrote; nil: nothing.
    private(set) var previous: [[UInt8]: Entry?] = [:]

    init(_ memory: NativeMapMemory) {
        self.memory = memory
        seenIndex = [UInt32](repeating: 0, count: memory.index.count)
        seen = [UInt8](repeating: 0, count: memory.capacity * memory.entrySize)
        isLive = [Bool](repeating: false, count: memory.capacity)
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
        let (entries, entrySize, capacity) = (memory.entries, memory.entrySize, memory.capacity)
        let size = capacity * entrySize
        guard let start = memory.index.baseAddress else { return }
        let isSameIndex = seenIndex.withUnsafeBytes { memcmp($0.baseAddress ?? entries, start, $0.count) == 0 }
        let isSame = seen.withUnsafeBytes { memcmp($0.baseAddress ?? entries, entries, size) == 0 }
        if isSameIndex, isSame { return }
        var live = isLive
        if !isSameIndex {
            live = [Bool](repeating: false, count: capacity)
            for number in memory.liveEntries { live[number] = true }
            seenIndex = Array(memory.index)
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
            let valueStart = start + memory.valueOffset
            let deadline = (entries + start).load(as: UInt64.self)
            replace(
                key(in: seen, at: start),
                by: Entry(deadline: deadline, value: Array(seen[valueStart..<valueStart + memory.valueSize])))
        }
        isLive = live
        previous = previous.filter { now[$0.key] != $0.value }
    }

    private func key(in bytes: [UInt8], at start: Int) -> [UInt8] {
        Array(bytes[start + NativeMapMemory.keyOffset..<start + NativeMapMemory.keyOffset + memory.keySize])
    }

    private func replace(_ key: [UInt8], by entry: Entry?) {
        if previous[key] == nil { previous[key] = .some(now[key]) }
        now[key] = entry
    }
}
