/// Something that was done to the native program, and what came of it.
public struct ObservedStep: Sendable {
    public enum Event: Sendable {
        /// By the port's number.
        case packet(ingress: UInt32, bytes: [UInt8])
        /// With an argument that is laid out as in C.
        case operation(name: String, argument: [UInt8])
    }

    public let event: Event
    /// In nanoseconds; not before that of the step before.
    public let time: UInt64
    /// What left, in its order.
    public let outputs: [(port: UInt32, bytes: [UInt8])]
    /// What people know it by: `packet 7`.
    public let name: String

    public init(event: Event, time: UInt64, outputs: [(port: UInt32, bytes: [UInt8])], name: String) {
        self.event = event
        self.time = time
        self.outputs = outputs
        self.name = name
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
    /// All keys of such entries that are present at a time.
    func keys(of map: String, presentAt time: UInt64, at moment: ObservedMoment) -> [[UInt8]]
    /// Those whose entries the last step wrote.
    func changedKeys(of map: String) -> [[UInt8]]
    /// Of a pool: by its indices.
    func deadlines(of pool: String, at moment: ObservedMoment) -> [UInt64]
    /// Of an object at file scope.
    func bytes(of object: String, at moment: ObservedMoment) -> [UInt8]
}
