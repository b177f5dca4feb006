import MiddleboxIR

/// `struct map` of <gravel/map.h> in memory. Its entries are told apart from those that were reclaimed by its index: see the runtime's
/// map_operations.h.
struct NativeMapMemory {
    let keySize: Int
    let valueSize: Int
    let capacity: Int
    /// The object itself.
    private let map: UnsafeRawPointer
    /// All of it, whether the map uses it already or not.
    let index: UnsafeBufferPointer<UInt32>
    let entries: UnsafeRawPointer
    /// In bytes.
    let entrySize: Int

    /// The object: u32 key_size, value_size, capacity, index_size, pointers to index and entries, and what else is in it, in bytes.
    private static let size = 48
    private static let indexSizeOffset = 12
    /// Where in it the pointers are.
    static let indexPointer = 16
    static let entriesPointer = 24
    /// In an entry, in bytes. Its deadline is at its start.
    static let keyOffset = 8
    var valueOffset: Int { entrySize - Self.roundedUp(valueSize) }

    private static func roundedUp(_ size: Int) -> Int { (size + 7) & ~7 }

    /// In bytes: MAP_ENTRY_SIZE.
    static func entrySize(keySize: Int, valueSize: Int) -> Int { keyOffset + roundedUp(keySize) + roundedUp(valueSize) }

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
    }

    /// The numbers of those that were not reclaimed, past their deadline or not.
    var liveEntries: [Int] {
        let size = map.load(fromByteOffset: Self.indexSizeOffset, as: UInt32.self)
        return index.prefix(Int(size)).compactMap { slot in
            let number = Int((slot & (size &- 1)) &- 1)
            return slot != 0 && number < capacity ? number : nil
        }
    }

    /// Of an entry, in nanoseconds.
    func deadline(of number: Int) -> UInt64 { (entries + number * entrySize).load(as: UInt64.self) }
}

/// `struct pool` of <gravel/pool.h>: u32 capacity, u32 last, pointer to the deadlines.
enum NativePool {
    private static let size = 16
    static let deadlinesPointer = 8

    /// Nil where the memory does not hold such a pool.
    static func deadlines(_ memory: UnsafeRawBufferPointer, capacity: Int) -> UnsafeBufferPointer<UInt64>? {
        guard memory.count >= size, let start = memory.baseAddress, start.load(as: UInt32.self) == capacity,
            let deadlines = start.load(fromByteOffset: deadlinesPointer, as: UnsafePointer<UInt64>?.self)
        else { return nil }
        return UnsafeBufferPointer(start: deadlines, count: capacity)
    }
}

extension StateObject.Layout {
    /// What the object points to: where in it the pointer is, and the size of what is there, in bytes.
    var pointees: [(pointer: Int, size: Int)] {
        switch self {
        case .map(let keySize, let valueSize, let capacity):
            [
                (NativeMapMemory.indexPointer, 4 * NativeMapMemory.indexSize(capacity: capacity)),
                (
                    NativeMapMemory.entriesPointer,
                    capacity * NativeMapMemory.entrySize(keySize: keySize, valueSize: valueSize)
                ),
            ]
        case .pool(let capacity): [(NativePool.deadlinesPointer, 8 * capacity)]
        case .bytes: []
        }
    }
}
