/// The native middlebox, as the verification asks it to confirm a trace. The executables connect it to `Replay`.
public struct Confirmation: Sendable {
    public struct Packet: Sendable {
        /// In nanoseconds.
        public let time: UInt64
        /// The port's number.
        public let ingress: UInt32
        public let bytes: [UInt8]
    }

    /// What the program did with one packet.
    public struct Outcome: Sendable {
        public let outputs: [(port: UInt32, bytes: [UInt8])]
        public let drops: Int

        public init(outputs: [(port: UInt32, bytes: [UInt8])], drops: Int) {
            self.outputs = outputs
            self.drops = drops
        }
    }

    public struct Result: Sendable {
        /// Of the packets that the program got through.
        public let outcomes: [Outcome]
        /// Why it stopped early: a signal, a sanitizer's trap, time.
        public let failure: String?

        public init(outcomes: [Outcome], failure: String?) {
            self.outcomes = outcomes
            self.failure = failure
        }
    }

    /// Runs the program from its initial state: the bytes of its configuration struct, then the packets. With `isChecked`, undefined
    /// behaviour traps and the packet's memory ends where the packet does.
    public let run: @Sendable (_ configuration: [UInt8], _ packets: [Packet], _ isChecked: Bool) throws -> Result

    public init(
        run: @escaping @Sendable (_ configuration: [UInt8], _ packets: [Packet], _ isChecked: Bool) throws -> Result
    ) {
        self.run = run
    }
}
