/// What plays a capture to a middlebox, round after round, and measures.
public protocol MeasuredReplay {
    /// Plays the next rounds.
    mutating func play(_ source: PacketSource, rounds: Int) throws(CaptureReplay.Failure)
    /// What the measured rounds have shown.
    mutating func finish() throws(CaptureReplay.Failure) -> ReplayStatistics
}

extension CaptureReplay: MeasuredReplay {
    public mutating func play(_ source: PacketSource, rounds: Int) throws(Failure) {
        for _ in 0..<rounds { try play(source) }
    }
}
