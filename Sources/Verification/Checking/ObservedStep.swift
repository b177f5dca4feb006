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
