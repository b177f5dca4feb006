import Testing

@testable import Replay

/// The contract of `<gravel/map.h>`, as plainly as it can be said.
private struct ReferenceMap {
    let capacity: Int
    var now: UInt64 = 0
    private var entries: [[UInt8]: (value: UInt64, deadline: UInt64)] = [:]

    init(capacity: Int) { self.capacity = capacity }

    var presentCount: Int { entries.values.count { now < $0.deadline } }

    func find(_ key: [UInt8]) -> UInt64? { entries[key].flatMap { now < $0.deadline ? $0.value : nil } }

    mutating func insert(_ key: [UInt8], _ value: UInt64, seconds: UInt32) -> Bool {
        if find(key) == nil, presentCount == capacity { return false }
        entries[key] = (value, now + UInt64(seconds) * 1_000_000_000)
        return true
    }

    mutating func refresh(_ key: [UInt8], seconds: UInt32) -> Bool {
        guard let value = find(key) else { return false }
        entries[key] = (value, now + UInt64(seconds) * 1_000_000_000)
        return true
    }

    mutating func remove(_ key: [UInt8]) -> Bool {
        let wasPresent = find(key) != nil
        entries[key] = nil
        return wasPresent
    }
}

/// The C code, called directly.
private struct NativeMap {
    private let library: NativeMiddlebox
    private let now: UnsafeMutablePointer<UInt64>
    private let findFunction: @convention(c) (UnsafePointer<UInt8>) -> UnsafeMutablePointer<UInt64>?
    private let insertFunction: @convention(c) (UnsafePointer<UInt8>, UnsafePointer<UInt64>, UInt32) -> Bool
    private let refreshFunction: @convention(c) (UnsafePointer<UInt8>, UInt32) -> Bool
    private let removeFunction: @convention(c) (UnsafePointer<UInt8>) -> Bool

    static func source(keySize: Int, capacity: Int) -> String {
        """
        struct key { uint8_t bytes[\(keySize)]; };
        MAP(table, struct key, uint64_t, \(capacity));
        uint64_t *table_find(const struct key *key) { return map_find(&table, key); }
        bool table_insert(const struct key *key, const uint64_t *value, seconds lifetime) {
            return map_insert(&table, key, value, lifetime);
        }
        bool table_refresh(const struct key *key, seconds lifetime) { return map_refresh(&table, key, lifetime); }
        bool table_remove(const struct key *key) { return map_remove(&table, key); }
        void packet_arrives(struct packet *packet) { packet_drop(packet); }
        """
    }

    init(_ library: NativeMiddlebox) throws {
        self.library = library
        now = try #require(library.address(of: "gravel_now")).assumingMemoryBound(to: UInt64.self)
        findFunction = unsafeBitCast(try #require(library.address(of: "table_find")), to: type(of: findFunction))
        insertFunction = unsafeBitCast(try #require(library.address(of: "table_insert")), to: type(of: insertFunction))
        refreshFunction = unsafeBitCast(
            try #require(library.address(of: "table_refresh")), to: type(of: refreshFunction))
        removeFunction = unsafeBitCast(try #require(library.address(of: "table_remove")), to: type(of: removeFunction))
    }

    func setNow(_ time: UInt64) { now.pointee = time }
    func find(_ key: [UInt8]) -> UnsafeMutablePointer<UInt64>? { findFunction(key) }
    func insert(_ key: [UInt8], _ value: UInt64, seconds: UInt32) -> Bool {
        withUnsafePointer(to: value) { insertFunction(key, $0, seconds) }
    }
    func refresh(_ key: [UInt8], seconds: UInt32) -> Bool { refreshFunction(key, seconds) }
    func remove(_ key: [UInt8]) -> Bool { removeFunction(key) }
}

@Suite struct MapTests {
    struct Case: CustomTestStringConvertible {
        let keySize: Int
        /// In the others, the operations are not made for the map's keys.
        var variant = NativeCompiler.Variant.fast
        let capacity: Int
        /// Zeros make all keys collide that are 0 in every second word, as theirs are then.
        let hashKey: [UInt64]
        let longestLifetime: UInt32
        var testDescription: String {
            "\(variant), \(keySize)-byte keys, capacity \(capacity), hash key \(hashKey), to \(longestLifetime) s"
        }
    }

    static let cases: [Case] = [
        Case(keySize: 8, capacity: 1, hashKey: [7, 11], longestLifetime: 3),
        Case(keySize: 8, capacity: 3, hashKey: [7, 11], longestLifetime: 40),
        Case(keySize: 1, capacity: 16, hashKey: [0], longestLifetime: 20),
        Case(keySize: 12, capacity: 17, hashKey: [0xDEAD_BEEF, 0x1234_5677], longestLifetime: 30),
        Case(keySize: 8, capacity: 64, hashKey: [0], longestLifetime: 100),
        Case(keySize: 8, variant: .observable, capacity: 64, hashKey: [0], longestLifetime: 100),
        Case(keySize: 7, variant: .observable, capacity: 40, hashKey: [3, 5, 9], longestLifetime: 100),
        // Longer than a block of the hash function.
        Case(keySize: 131, capacity: 40, hashKey: [0x9E37_79B9_7F4A_7C15, 77, 0xDEAD_BEEF_0123], longestLifetime: 100),
        Case(keySize: 300, variant: .observable, capacity: 40, hashKey: [0xDEAD_BEEF_0123, 5], longestLifetime: 100),
        Case(keySize: 21, capacity: 100, hashKey: [0xDEAD_BEEF, 0x1234_5677], longestLifetime: 500),
        // Hardly ever below capacity: entries outlive the run.
        Case(keySize: 4, capacity: 50, hashKey: [5, 9], longestLifetime: 100_000),
    ]

    @Test("Random operations do what the contract says", arguments: cases)
    func randomOperations(_ test: Case) async throws {
        let fixture = try NativeFixture(NativeMap.source(keySize: test.keySize, capacity: test.capacity))
        let native = try NativeMap(try await fixture.load(variant: test.variant, hashKey: test.hashKey))
        var reference = ReferenceMap(capacity: test.capacity)
        var random = SeededGenerator(state: UInt64(test.capacity))
        // Addresses of values that have been present ever since.
        var addresses: [[UInt8]: UnsafeMutablePointer<UInt64>] = [:]
        let keys = (0..<min(200, test.capacity * 2 + 2)).map { number in
            (0..<test.keySize).map { (place: Int) -> UInt8 in
                if test.hashKey == [0], place % 8 >= 4 { return 0 }
                return UInt8(truncatingIfNeeded: place == 0 ? number : number &* place >> 3)
            }
        }
        var failedInsertions = 0
        for step in 0..<20_000 {
            if Int.random(in: 0..<4, using: &random) == 0 {
                // Whole seconds often, so that deadlines are met exactly.
                reference.now += [1, 999_999_999, 1_000_000_000, 3_000_000_000].randomElement(using: &random) ?? 0
                native.setNow(reference.now)
                addresses = addresses.filter { reference.find($0.key) != nil }
            }
            let key = keys[Int.random(in: 0..<keys.count, using: &random)]
            let lifetime = UInt32.random(in: 0...test.longestLifetime, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let value = random.next()
                let expected = reference.insert(key, value, seconds: lifetime)
                failedInsertions += expected ? 0 : 1
                #expect(native.insert(key, value, seconds: lifetime) == expected, "insert at step \(step)")
            case 5, 6:
                let expected = reference.refresh(key, seconds: lifetime)
                #expect(native.refresh(key, seconds: lifetime) == expected, "refresh at step \(step)")
            case 7:
                #expect(native.remove(key) == reference.remove(key), "remove at step \(step)")
            default:
                // Written through the pointer.
                if let value = native.find(key), let old = reference.find(key) {
                    let new = random.next()
                    #expect(value.pointee == old)
                    // No change of the deadline: the same value, found again under its deadline.
                    value.pointee = new
                    #expect(native.find(key)?.pointee == new)
                    value.pointee = old
                }
            }
            if reference.find(key) == nil { addresses[key] = nil }
            for key in step % 50 == 0 ? keys : [key] {
                let found = native.find(key)
                #expect(found?.pointee == reference.find(key), "find at step \(step)")
                if let found {
                    #expect(addresses[key].map { $0 == found } ?? true, "moved at step \(step)")
                    addresses[key] = found
                }
            }
        }
        #expect(failedInsertions > 0)
    }

    @Test("Exactly the capacity fits, and all of it fits again when lifetimes have passed")
    func capacity() async throws {
        let fixture = try NativeFixture(NativeMap.source(keySize: 8, capacity: 1000))
        let native = try NativeMap(try await fixture.load())
        func key(_ number: Int) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
        for round in 0..<5 {
            let base = round * 10_000
            native.setNow(UInt64(round) * 10_000_000_000)
            for number in 0..<1000 { #expect(native.insert(key(base + number), 1, seconds: 10)) }
            #expect(!native.insert(key(base + 1000), 1, seconds: 10))
            #expect(native.insert(key(base), 2, seconds: 10), "a present key needs no room")
            native.setNow(UInt64(round) * 10_000_000_000 + 9_999_999_999)
            #expect(!native.insert(key(base + 1000), 1, seconds: 10))
            #expect(native.find(key(base + 999)) != nil)
        }
    }

    /// The index of a large map is small at first.
    @Test(
        "All that was there is found when the index has grown", arguments: [NativeCompiler.Variant.fast, .observable])
    func growth(_ variant: NativeCompiler.Variant) async throws {
        let capacity = 40_000
        let fixture = try NativeFixture(NativeMap.source(keySize: 8, capacity: capacity))
        let native = try NativeMap(try await fixture.load(variant: variant, hashKey: NativeHashKey.random().words))
        func key(_ number: Int) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
        for number in 0..<capacity {
            #expect(native.insert(key(number), UInt64(number), seconds: 10))
            // One in four is gone again, and its memory is used by the next.
            if number % 4 == 3 { #expect(native.remove(key(number))) }
        }
        for number in 0..<capacity {
            let found = native.find(key(number))?.pointee
            #expect(found == (number % 4 == 3 ? nil : UInt64(number)))
        }
        for number in capacity..<capacity + capacity / 4 { #expect(native.insert(key(number), 1, seconds: 10)) }
        #expect(!native.insert(key(2 * capacity), 1, seconds: 10))
    }

    /// Of keys as packets have them: numbers that count up, in every word or in one. That hashes of two keys are independent is not enough for
    /// that: those of keys that follow one another can follow one another, and make one long chain.
    @Test("Hashes are spread", arguments: [4, 8, 12, 16, 37])
    func spread(_ keySize: Int) async throws {
        let capacity = 10_000
        let source =
            NativeMap.source(keySize: keySize, capacity: capacity) + """

                #include <map_operations.h>
                // How many slots of the index are looked at for all keys, once they are in it.
                uint32_t steps(bool in_every_word) {
                    struct map *map = &table.map;
                    struct gravel_shape shape = {map->key_size, map->value_size};
                    uint64_t value = 0;
                    for (uint32_t number = 0; number < \(capacity); number++) {
                        struct key key = {{0}};
                        for (uint32_t i = 0; i < sizeof key; i++)
                            if (i < 4 || in_every_word) key.bytes[i] = (uint8_t)(number >> 8 * (i % 4));
                        map_insert(&table, &key, &value, 10);
                    }
                    uint32_t sum = 0;
                    for (uint32_t number = 0; number < map->used; number++) {
                        const uint8_t *key = gravel_key_of(gravel_entry_at(map, shape, number));
                        uint32_t hash = gravel_hash(shape, key), home = gravel_home_of(map, hash);
                        sum += ((gravel_place_of_key(map, shape, key, hash) - home) & gravel_slot_mask(map)) + 1;
                    }
                    return sum;
                }
                """
        let fixture = try NativeFixture(source)
        for round in 0..<40 {
            let library = try await fixture.load(hashKey: NativeHashKey.random().words)
            let steps = unsafeBitCast(
                try #require(library.address(of: "steps")), to: (@convention(c) (Bool) -> UInt32).self)
            // At a load of 10,000 of 32,768, random places take 1.22 steps (Knuth, section 6.4, theorem K).
            #expect(Double(steps(round % 2 == 0)) / Double(capacity) < 1.4)
        }
    }
}
