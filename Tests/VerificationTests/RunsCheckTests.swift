import MiddleboxIR
import Testing
import Verification

/// Claims about two runs, held against two: only where they begin as alike as the claim says, and both meet the premise.
@Suite struct RunsCheckTests {
    /// What a program could have in memory, before and after a step.
    private final class Memory: ObservedState {
        /// Of the map `m`, by key: present until.
        var entries: [UInt32: (deadline: UInt64, value: UInt32)] = [:]
        /// Of the pool `free`.
        var deadlines: [UInt64] = [0, 0]
        /// Of `count`.
        var count: UInt8 = 0

        private static func bytes(_ number: UInt32) -> [UInt8] { (0..<4).map { UInt8(number >> (8 * $0) & 0xFF) } }

        func entry(of map: String, key: [UInt8], at moment: ObservedMoment) -> (deadline: UInt64, value: [UInt8])? {
            entries.first { Self.bytes($0.key) == key }.map { ($0.value.deadline, Self.bytes($0.value.value)) }
        }

        func keys(of map: String, presentAt time: UInt64, at moment: ObservedMoment) -> [[UInt8]] {
            entries.filter { $0.value.deadline > time }.map { Self.bytes($0.key) }
        }

        func changedKeys(of map: String) -> [[UInt8]] { [] }
        func deadlines(of pool: String, at moment: ObservedMoment) -> [UInt64] { deadlines }
        func bytes(of object: String, at moment: ObservedMoment) -> [UInt8] { [count, 0, 0, 0] }
    }

    /// A run, by its last step.
    private struct Run {
        var ingress: UInt32 = 0
        var bytes = [UInt8](repeating: 0, count: 60)
        var time: UInt64 = 1000
        var outputs: [(port: UInt32, bytes: [UInt8])] = []
        let memory = Memory()

        init(_ change: (inout Run) -> Void = { _ in }) { change(&self) }

        var end: (step: ObservedStep, state: any ObservedState) {
            (
                ObservedStep(
                    event: .packet(ingress: ingress, bytes: bytes), time: time, outputs: outputs, name: "packet 1"),
                memory
            )
        }
    }

    private static let spec = """
        property of_station
          when p enters any
          different p.ethernet.source
          same p is dropped
        property of_payload
          when p enters any
          different p.payload
          same p is dropped
        property of_time
          when p enters any
          different now
          same p is dropped
        property of_length
          when p enters any
          different p.length
          same p is dropped
        property of_port
          when p enters any
          different p.port
          same p is dropped
        property of_map
          when p enters any
          different m except p.length
          same p is dropped
        property of_pool
          when p enters any
          different free
          same p is dropped
        property of_state
          when p enters any
          different state
          same p is dropped
        property of_what_comes_in_inside
          when p enters inside
          different p.port, state
          same p is dropped
        property of_map_and_pool
          when p enters any
          different p.payload
          same m, free
        """

    /// For each property, a word about the verdict.
    private func verdicts(_ first: Run, _ second: Run) async throws -> [String: String] {
        let box = try Box(
            """
            MAP(m, uint32_t, uint32_t, 8);
            POOL(free, 2);
            static uint32_t count;
            void packet_arrives(struct packet *packet) {
                uint32_t key = packet->length;
                if (map_find(&m, &key) != NULL) count += pool_allocate(&free, 0, 1, 60);
                packet_drop(packet);
            }
            """, spec: Self.spec)
        let check = try await box.specCheck(hasTwoRuns: true)
        check.look(at: first.end, and: second.end)
        let words = check.results.map { result in
            switch result.verdict {
            case .holds: (result.name, "holds")
            case .violated: (result.name, "violated")
            case .neverApplied: (result.name, "never")
            case .notChecked(let reason): (result.name, reason)
            }
        }
        return Dictionary(uniqueKeysWithValues: words)
    }

    private static let out: [(port: UInt32, bytes: [UInt8])] = [(1, [UInt8](repeating: 0, count: 60))]

    private struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let change: @Sendable (inout Run) -> Void
        /// The properties that admit the difference.
        let admitted: Set<String>
        /// What the others say.
        let reason: String

        init(
            _ description: String, _ reason: String, admittedBy admitted: Set<String>,
            _ change: @escaping @Sendable (inout Run) -> Void
        ) {
            testDescription = description
            self.reason = reason
            self.admitted = admitted
            self.change = change
        }
    }

    private static let state: Set<String> = ["of_state", "of_what_comes_in_inside"]

    private static let cases = [
        Case("the station", "byte 7", admittedBy: ["of_station"]) { $0.bytes[7] = 9 },
        Case("another station", "byte 2", admittedBy: []) { $0.bytes[2] = 9 },
        Case("the payload", "byte 59", admittedBy: ["of_payload", "of_map_and_pool"]) { $0.bytes[59] = 1 },
        Case("the time", "at different times", admittedBy: ["of_time"]) { $0.time = 1001 },
        Case("the length", "in length", admittedBy: ["of_length"]) { $0.bytes.removeLast() },
        Case("the port", "at different ports", admittedBy: ["of_port", "of_what_comes_in_inside"]) { $0.ingress = 1 },
        Case("an entry", "another 'm'", admittedBy: state.union(["of_map"])) { $0.memory.entries[7] = (2000, 1) },
        Case("the entry that is excepted", "another 'm'", admittedBy: state) { $0.memory.entries[60] = (2000, 1) },
        Case("an index", "another 'free'", admittedBy: state.union(["of_pool"])) { $0.memory.deadlines[1] = 2000 },
        Case("a variable", "another 'count'", admittedBy: state) { $0.memory.count = 1 },
    ]

    /// The second run does something else in each, which is a violation only where it may begin otherwise.
    @Test(arguments: cases) private func differencesAreLookedAt(_ difference: Case) async throws {
        let second = Run {
            difference.change(&$0)
            $0.outputs = Self.out
        }
        for (name, verdict) in try await verdicts(Run(), second) {
            if name == "of_what_comes_in_inside", second.ingress == 1 {
                #expect(verdict.contains("the second run does not meet the premise"), "\(verdict)")
            } else if difference.admitted.contains(name), name != "of_map_and_pool" {
                #expect(verdict == "violated", "\(name): \(verdict)")
            } else if difference.admitted.contains(name) {
                #expect(verdict == "holds", "\(name): \(verdict)")
            } else {
                #expect(verdict.contains(difference.reason), "\(name): \(verdict)")
            }
        }
    }

    /// Entries that have expired, each at its run's own time, are there in neither; and two runs that are one agree.
    @Test func whatIsNotThereIsTheSame() async throws {
        let expired = Run {
            $0.memory.entries[7] = (999, 1)
            $0.memory.deadlines[1] = 1000
        }
        for second in [Run(), expired] {
            for (name, verdict) in try await verdicts(Run(), second) {
                #expect(verdict == "holds", "\(name): \(verdict)")
            }
        }
    }
}
