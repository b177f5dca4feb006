import CNative

/// Functions of a native middlebox that are counted.
public struct FunctionCounters {
    let counters: [String: [UnsafePointer<gravel_counter>]]

    /// What a function has been through.
    public struct Count: Hashable, Sendable {
        public var entered = 0
        /// Packets that left nowhere, and were dropped in it or in functions below it that are not counted.
        public var dropped = 0

        public static let zero = Count()

        public static func - (left: Count, right: Count) -> Count {
            Count(entered: left.entered - right.entered, dropped: left.dropped - right.dropped)
        }

        public static func + (left: Count, right: Count) -> Count {
            Count(entered: left.entered + right.entered, dropped: left.dropped + right.dropped)
        }
    }

    /// Until now, by the functions' C names.
    public var counts: [String: Count] {
        counters.mapValues { counters in
            counters.reduce(.zero) {
                $0 + Count(entered: Int(clamping: $1.pointee.entered), dropped: Int(clamping: $1.pointee.dropped))
            }
        }
    }
}
