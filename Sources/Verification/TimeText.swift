/// Times in nanoseconds as people read them.
public enum TimeText {
    /// In seconds, with nine decimals: `1.500000000`. What is before the beginning is shown as the beginning.
    public static func seconds(_ nanoseconds: some BinaryInteger) -> String {
        let (seconds, rest) = max(0, nanoseconds).quotientAndRemainder(dividingBy: 1_000_000_000)
        let digits = String(rest)
        return "\(seconds).\(String(repeating: "0", count: 9 - digits.count))\(digits)"
    }
}
