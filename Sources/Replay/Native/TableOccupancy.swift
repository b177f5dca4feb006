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
}
