import PacketFormat

/// Which core each packet of a capture goes to.
struct ShardAssignment: Sendable {
    /// By the packets' numbers in the capture, from 0. Those that do not arrive are counted at the first core.
    let cores: [UInt8]

    /// Reads the capture.
    init(_ source: PacketSource, key: FlowKey, count: Int) throws {
        var cores: [UInt8] = []
        try source.play { packet, bytes in
            guard packet.fate == .arrives else {
                cores.append(0)
                return true
            }
            let hash = key.hash(of: ConcretePacket(bytes: Array(bytes)), port: packet.port)
            cores.append(UInt8(hash.multipliedFullWidth(by: UInt64(count)).high))
            return true
        }
        self.cores = cores
    }
}

/// The packets of a capture that go to one core.
struct Shard: Sendable {
    let assignment: ShardAssignment
    let core: UInt8

    /// - Parameter index: from 0. A packet that came to the capture since is no core's.
    func has(packetAt index: Int) -> Bool {
        assignment.cores.indices.contains(index) && assignment.cores[index] == core
    }
}
