import MiddleboxIR

/// How full a map or a pool is.
public struct TableOccupancy: Hashable, Sendable, Encodable {
    /// The C name.
    public let name: String
    /// Present entries, or allocated indices.
    public let used: Int
    public let capacity: Int

    /// Nil for an object that is neither, or is not as it is declared.
    ///
    /// - Parameters:
    ///   - memory: of the object.
    ///   - time: in nanoseconds.
    init?(_ table: StateObject, in memory: UnsafeRawBufferPointer, at time: UInt64) {
        name = table.name
        switch table.layout {
        case .map(let keySize, let valueSize, let capacity):
            guard let map = NativeMapMemory(memory, keySize: keySize, valueSize: valueSize, capacity: capacity) else {
                return nil
            }
            self.capacity = capacity
            used = map.liveEntries.count { map.deadline(of: $0) > time }
        case .pool(let capacity):
            guard let deadlines = NativePool.deadlines(memory, capacity: capacity) else { return nil }
            self.capacity = capacity
            used = deadlines.count { $0 > time }
        case .bytes: return nil
        }
    }

    private init(name: String, used: Int, capacity: Int) {
        self.name = name
        self.used = used
        self.capacity = capacity
    }

    /// Those of several instances of one middlebox as if they were of one.
    ///
    /// - Parameter divided: tables of which each instance has a part; all others are the same in each.
    public static func together(_ instances: [[TableOccupancy]], divided: Set<String>) -> [TableOccupancy] {
        guard let first = instances.first else { return [] }
        return first.indices.map { index in
            if !divided.contains(first[index].name) { return first[index] }
            return TableOccupancy(
                name: first[index].name, used: instances.reduce(0) { $0 + $1[index].used },
                capacity: instances.reduce(0) { $0 + $1[index].capacity })
        }
    }
}
