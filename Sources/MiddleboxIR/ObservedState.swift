/// A state object, and how C has it in memory: what must be known to read it from there.
public struct StateObject: Hashable, Sendable {
    public enum Layout: Hashable, Sendable {
        /// In bytes and entries, as the C code declares it.
        case map(keySize: Int, valueSize: Int, capacity: Int)
        case pool(capacity: Int)
        /// An object at file scope.
        case bytes(Int)
    }

    public let name: String
    public let layout: Layout

    public init(name: String, layout: Layout) {
        self.name = name
        self.layout = layout
    }
}

/// Which of two states.
public enum ObservedMoment: Hashable, Sendable {
    /// Before the last step, and after it.
    case before, after
}

/// What the memory of the native program holds, before and after the last step. Only of objects that were asked for before the first one.
public protocol ObservedState: AnyObject {
    /// The entry that the map keeps under a key, past its deadline or not; both laid out as in C.
    func entry(of map: String, key: [UInt8], at moment: ObservedMoment) -> (deadline: UInt64, value: [UInt8])?
    /// All keys of such entries that are present at a time, in no order.
    func keys(of map: String, presentAt time: UInt64, at moment: ObservedMoment) -> [[UInt8]]
    /// Those whose entries the last step wrote, made or removed.
    func changedKeys(of map: String) -> [[UInt8]]
    /// Of a pool, in nanoseconds: by its indices.
    func deadlines(of pool: String, at moment: ObservedMoment) -> [UInt64]
    /// What an object at file scope holds.
    func bytes(of object: String, at moment: ObservedMoment) -> [UInt8]
}

/// The states of a run, one after the other.
public protocol ObservedStates: AnyObject {
    /// Goes on to the next step.
    ///
    /// - Returns: the state before it and after it, until the next call. Nil behind the last one.
    func next() throws -> (any ObservedState)?
}
