import Testing

@testable import Replay

/// The contract of `<gravel/pool.h>`.
private struct ReferencePool {
    var now: UInt64 = 0
    var deadlines: [UInt64]
    var last: Int?

    init(capacity: Int) { deadlines = Array(repeating: 0, count: capacity) }

    mutating func allocate(_ first: Int, _ count: Int, seconds: UInt32) -> UInt32 {
        let range = first..<first + count
        let start = last.flatMap { range.contains($0) ? $0 : nil } ?? first
        let order = Array(start..<range.upperBound) + Array(first..<start)
        guard let index = order.first(where: { now >= deadlines[$0] }) else { return .max }
        deadlines[index] = now + UInt64(seconds) * 1_000_000_000
        last = index
        return UInt32(index)
    }

    mutating func refresh(_ index: Int, seconds: UInt32) -> Bool {
        guard now < deadlines[index] else { return false }
        deadlines[index] = now + UInt64(seconds) * 1_000_000_000
        return true
    }

    mutating func release(_ index: Int) -> Bool {
        defer { deadlines[index] = 0 }
        return now < deadlines[index]
    }
}

private struct NativePool {
    private let library: NativeMiddlebox
    private let now: UnsafeMutablePointer<UInt64>
    private let allocateFunction: @convention(c) (UInt32, UInt32, UInt32) -> UInt32
    private let refreshFunction: @convention(c) (UInt32, UInt32) -> Bool
    private let releaseFunction: @convention(c) (UInt32) -> Bool

    static func source(capacity: Int) -> String {
        """
        POOL(numbers, \(capacity));
        uint32_t numbers_allocate(uint32_t first, uint32_t count, seconds lifetime) {
            return pool_allocate(&numbers, first, count, lifetime);
        }
        bool numbers_refresh(uint32_t index, seconds lifetime) { return pool_refresh(&numbers, index, lifetime); }
        bool numbers_release(uint32_t index) { return pool_release(&numbers, index); }
        void packet_arrives(struct packet *packet) { packet_drop(packet); }
        """
    }

    init(_ library: NativeMiddlebox) throws {
        self.library = library
        now = try #require(library.address(of: "gravel_now")).assumingMemoryBound(to: UInt64.self)
        allocateFunction = unsafeBitCast(
            try #require(library.address(of: "numbers_allocate")), to: type(of: allocateFunction))
        refreshFunction = unsafeBitCast(
            try #require(library.address(of: "numbers_refresh")), to: type(of: refreshFunction))
        releaseFunction = unsafeBitCast(
            try #require(library.address(of: "numbers_release")), to: type(of: releaseFunction))
    }

    func setNow(_ time: UInt64) { now.pointee = time }
    func allocate(_ first: Int, _ count: Int, seconds: UInt32) -> UInt32 {
        allocateFunction(UInt32(first), UInt32(count), seconds)
    }
    func refresh(_ index: Int, seconds: UInt32) -> Bool { refreshFunction(UInt32(index), seconds) }
    func release(_ index: Int) -> Bool { releaseFunction(UInt32(index)) }
}

@Suite struct PoolTests {
    @Test("Random operations do what the contract says", arguments: [1, 2, 7, 40])
    func randomOperations(capacity: Int) async throws {
        let fixture = try NativeFixture(NativePool.source(capacity: capacity))
        let native = try NativePool(try await fixture.load())
        var reference = ReferencePool(capacity: capacity)
        var random = SeededGenerator(state: UInt64(capacity))
        var exhausted = 0
        for step in 0..<20_000 {
            if Int.random(in: 0..<5, using: &random) == 0 {
                reference.now += [1, 999_999_999, 1_000_000_000].randomElement(using: &random) ?? 0
                native.setNow(reference.now)
            }
            let lifetime = UInt32.random(in: 0...30, using: &random)
            let index = Int.random(in: 0..<capacity, using: &random)
            switch Int.random(in: 0..<8, using: &random) {
            case 0..<5:
                // Few different ranges, so that they fill.
                let first = [0, capacity / 3, capacity / 2].randomElement(using: &random) ?? 0
                let count = [capacity - first, (capacity - first) / 2, 0].randomElement(using: &random) ?? 0
                let expected = reference.allocate(first, count, seconds: lifetime)
                exhausted += expected == .max ? 1 : 0
                #expect(native.allocate(first, count, seconds: lifetime) == expected, "allocate at step \(step)")
            case 5:
                let expected = reference.refresh(index, seconds: lifetime)
                #expect(native.refresh(index, seconds: lifetime) == expected, "refresh at step \(step)")
            default:
                #expect(native.release(index) == reference.release(index), "release at step \(step)")
            }
        }
        #expect(exhausted > 0)
    }

    @Test("A fresh pool counts up from the range's first index and is exhausted behind its last")
    func freshStart() async throws {
        let fixture = try NativeFixture(NativePool.source(capacity: 100))
        let native = try NativePool(try await fixture.load())
        let indices = (0..<11).map { _ in native.allocate(50, 10, seconds: 5) }
        #expect(indices == Array(50..<60) + [.max])
        #expect(native.allocate(20, 10, seconds: 5) == 20, "another range starts at its own first index")
    }
}
