import MiddleboxIR
import PacketFormat
import Verification

/// How packets are spread over cores.
struct Spread {
    let key: FlowKey
    /// State of which each core has a part.
    let objects: Set<String>

    /// By what the packets of a middlebox, and of another that is played the same, can be spread.
    ///
    /// - Throws: `UsageError` where there is nothing: why, and where in the C code.
    init(of built: BuiltMiddlebox, and other: BuiltMiddlebox?) async throws {
        let (keys, objects) = try await Self.keys(of: built)
        var common = keys
        if let other {
            let others = try await Self.keys(of: other).keys
            common.removeAll { !others.contains($0) }
        }
        guard let first = common.first else {
            throw UsageError(
                description:
                    "\(built.folder.name) and \(other?.folder.name ?? "") need their packets spread over cores "
                    + "in different ways")
        }
        key = first
        self.objects = objects
    }

    private static func keys(of built: BuiltMiddlebox) async throws -> (keys: [FlowKey], objects: Set<String>) {
        let name = built.folder.name
        note("finding out how \(name)'s packets can be spread over cores")
        switch try await built.sharding() {
        case .possible(let keys, let objects): return (keys, objects)
        case .impossible(let obstacle):
            throw UsageError(
                description: "\(name) cannot run on several cores: \(obstacle.text)"
                    + [obstacle.location, obstacle.other].compactMap { $0 }.map { "\n  at \($0)" }.joined())
        case .unknown(let reason, let location):
            throw UsageError(
                description: "whether \(name) can run on several cores cannot be told: \(reason)"
                    + (location.map { "\n  at \($0)" } ?? ""))
        }
    }
}
