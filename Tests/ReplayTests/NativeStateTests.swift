import MiddleboxIR
import Testing

@testable import Replay

/// What the native program remembers, read from its memory.
@Suite struct NativeStateTests {
    /// A packet's first byte says what is done with the key that is its second one.
    private static let source = """
        struct value { uint16_t n; uint32_t m; };
        MAP(entries, uint8_t, struct value, 3);
        POOL(numbers, 5);
        static uint32_t count = 7;
        void packet_arrives(struct packet *packet) {
            uint8_t what = packet->data[0], key = packet->data[1];
            struct value value = {count, key};
            count++;
            if (what == 'i') map_insert(&entries, &key, &value, 10);
            if (what == 'r') map_remove(&entries, &key);
            if (what == 'a') pool_allocate(&numbers, key, 1, 10);
            if (what == 'f') pool_release(&numbers, key);
            packet_drop(packet);
        }
        """

    private static let objects = [
        StateObject(name: "entries", layout: .map(keySize: 1, valueSize: 8, capacity: 3)),
        StateObject(name: "numbers", layout: .pool(capacity: 5)), StateObject(name: "count", layout: .bytes(4)),
    ]

    private static let second: UInt64 = 1_000_000_000

    /// Time and bytes. The fourth key goes where an entry was that has expired.
    private static let packets: [(UInt64, String)] = [
        (1 * second, "ix"), (2 * second, "iy"), (2 * second, "a\u{3}"), (3 * second, "ix"), (4 * second, "rx"),
        (5 * second, "rx"), (6 * second, "iz"), (7 * second, "f\u{3}"), (8 * second, "a\u{1}"), (13 * second, "iw"),
        (14 * second, "iv"), (20 * second, "iu"),
    ]

    /// What can be asked of a state, before and after the step.
    private static func text(_ state: any ObservedState, at time: UInt64) -> [String] {
        [ObservedMoment.before, .after].map { moment in
            let keys = state.keys(of: "entries", presentAt: time, at: moment).flatMap { $0 }.sorted()
            let entries = keys.map { key -> String in
                guard let entry = state.entry(of: "entries", key: [key], at: moment) else { return "nothing" }
                let letter = Character(Unicode.Scalar(key))
                return "\(letter): \(entry.value[0]) \(entry.value[4]) until \(entry.deadline / second)"
            }
            let deadlines = state.deadlines(of: "numbers", at: moment).map { "\($0 / second)" }
            return
                "\(entries.joined(separator: ", ")); \(deadlines.joined(separator: " ")); \(state.bytes(of: "count", at: moment)[0])"
        }
    }

    private func recorded() async throws -> [[String]] {
        let fixture = try NativeFixture(Self.source)
        let run = try await NativeRun(
            sources: [fixture.source], compiler: fixture.compiler, configuration: nil, variant: .observable,
            observing: Self.objects)
        let result = try await run.run(
            steps: Self.packets.map { NativeRun.Step(time: $0.0, port: 0, bytes: Array($0.1.utf8)) })
        #expect(result.failure == nil)
        let states = try RecordedStates(result.states)
        let seen = try Self.packets.map { packet in
            Self.text(try #require(try states.next()), at: packet.0)
        }
        #expect(try states.next() == nil, "there are as many states as steps")
        return seen
    }

    @Test func aRecordingTellsOfEveryStep() async throws {
        let seen = try await recorded()
        // x and y are at 120 and 121; x is overwritten, removed, and removed once more.
        #expect(seen[0] == ["; 0 0 0 0 0; 7", "x: 7 120 until 11; 0 0 0 0 0; 8"])
        #expect(seen[2][1] == "x: 7 120 until 11, y: 8 121 until 12; 0 0 0 12 0; 10")
        #expect(seen[3][1] == "x: 10 120 until 13, y: 8 121 until 12; 0 0 0 12 0; 11")
        #expect(seen[4][1] == "y: 8 121 until 12; 0 0 0 12 0; 12")
        #expect(seen[5] == ["y: 8 121 until 12; 0 0 0 12 0; 12", "y: 8 121 until 12; 0 0 0 12 0; 13"])
        #expect(seen[8][1] == "y: 8 121 until 12, z: 13 122 until 16; 0 18 0 0 0; 16")
        #expect(seen[9][1] == "w: 16 119 until 23, z: 13 122 until 16; 0 18 0 0 0; 17")
        #expect(seen[11][0] == "v: 17 118 until 24, w: 16 119 until 23; 0 18 0 0 0; 18")
        #expect(seen[11][1] == "u: 18 117 until 30, v: 17 118 until 24, w: 16 119 until 23; 0 18 0 0 0; 19")
    }

    /// The same memory, read where it is and told of by another process.
    @Test func inThisProcessItIsTheSame() async throws {
        let fixture = try NativeFixture(Self.source)
        let middlebox = try NativeMiddlebox(
            libraryPath: try await fixture.compiler.library(of: [fixture.source], variant: .observable),
            configuration: nil, scratchDirectory: fixture.folder.path)
        let state = try middlebox.state(of: Self.objects)
        var seen: [[String]] = []
        for (time, bytes) in Self.packets {
            _ = try middlebox.process(Array(bytes.utf8), port: 0, time: time)
            state.update()
            seen.append(Self.text(state, at: time))
        }
        #expect(try await recorded() == seen)
    }

    @Test func whatIsDeclaredOtherwiseIsRefused() async throws {
        let fixture = try NativeFixture(Self.source)
        func observe(_ object: StateObject) async throws {
            let run = try await NativeRun(
                sources: [fixture.source], compiler: fixture.compiler, configuration: nil, variant: .observable,
                observing: [object])
            let result = try await run.run(steps: [NativeRun.Step(time: 1, port: 0, bytes: [105, 120])])
            _ = try RecordedStates(result.states)
        }
        for object in [
            StateObject(name: "nothing", layout: .bytes(4)), StateObject(name: "count", layout: .bytes(400)),
            StateObject(name: "entries", layout: .map(keySize: 1, valueSize: 8, capacity: 2)),
            StateObject(name: "numbers", layout: .pool(capacity: 4)),
        ] { await #expect(throws: NativeError.self) { try await observe(object) } }
    }
}
