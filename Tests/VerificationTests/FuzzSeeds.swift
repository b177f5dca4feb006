import Foundation

/// Which random middleboxes, and how many: `GRAVEL_FUZZ_SEED` and `GRAVEL_FUZZ_COUNT`.
struct FuzzSeeds {
    private static func environment(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap(Int.init)
    }

    let count: Int
    private let first: Int

    /// - Parameter count: where the environment says nothing.
    init(first: Int = 1, count: Int) {
        self.first = Self.environment("GRAVEL_FUZZ_SEED") ?? first
        self.count = Self.environment("GRAVEL_FUZZ_COUNT") ?? count
    }

    private init(first: Int, exactly count: Int) { (self.first, self.count) = (first, count) }

    /// Fewer, for what takes longer; one at least.
    func part(_ divisor: Int) -> FuzzSeeds { FuzzSeeds(first: first, exactly: max(1, count / divisor)) }

    /// - Parameter base: of one test, so that no two have the same.
    func tally(
        from base: Int, _ name: String, check: (_ seed: UInt64, _ tally: inout FuzzTally) async throws -> Void
    ) async throws -> FuzzTally {
        var tally = FuzzTally()
        for number in 0..<count {
            try await check(UInt64(base + first + number), &tally)
            let isTime = number == count - 1 || number % 20 == 19
            if isTime, Self.environment("GRAVEL_FUZZ_COUNT") != nil { print("fuzz of \(name): \(tally)") }
        }
        return tally
    }
}
