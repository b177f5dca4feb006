import Foundation
import SymbolicExecution
import Testing

@testable import Verification

/// What verification made of the ways through a middlebox.
struct Decomposition: Sendable {
    /// That own state.
    var elements: Int
    var ways: Int
    /// Those of them that came through an input where ways were joined that differ: in arguments, in bytes or in state.
    var joined: Int
    /// Whether each way is one of its own, with all that was decided on it.
    var isExact: Bool

    init(_ verification: MiddleboxVerification) {
        let paths = verification.composition.paths
        elements = verification.graph.elements.count { !$0.ownedState.isEmpty }
        ways = paths.count
        joined = paths.count { path in
            (path.knowledge.conditions + path.state.terms + path.outputs.flatMap(\.terms)).contains { term in
                term.freeVariables.contains { variable in
                    // An argument that has no value is that of several ways.
                    variable.variableName.map { $0.contains("joined") || $0.contains(":argument") } ?? false
                }
            }
        }
        isExact = verification.composition.isExact
    }
}

/// Counts what random tests came to: one that meets nothing tests nothing.
struct FuzzTally: CustomStringConvertible {
    private(set) var verdicts: [Verdict: Int] = [:]
    private var middleboxes = 0
    /// Those in which several elements own state.
    private(set) var withElements = 0
    /// Those of which a composition says less than is known.
    private(set) var inexact = 0
    private var ways = 0
    private(set) var joinedWays = 0

    mutating func count(_ verdict: Verdict) { verdicts[verdict, default: 0] += 1 }

    mutating func count(_ decomposition: Decomposition) {
        middleboxes += 1
        if decomposition.elements > 1 { withElements += 1 }
        if !decomposition.isExact { inexact += 1 }
        ways += decomposition.ways
        joinedWays += decomposition.joined
    }

    var description: String {
        let verdicts = verdicts.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.value) \($0.key.rawValue)" }
        return verdicts.joined(separator: ", ")
            + "; of \(middleboxes) middleboxes \(withElements) have several elements, \(inexact) are inexact; "
            + "of \(ways) ways \(joinedWays) were joined"
    }

    /// - Parameters:
    ///   - proved: so many at least.
    ///   - refuted: so many at least.
    ///   - isJoined: whether ways were to be joined.
    func expect(
        proved: Int, refuted: Int, isJoined: Bool = false, sourceLocation: Testing.SourceLocation = #_sourceLocation
    ) {
        // A verifier that says nothing would be right all the time.
        #expect(verdicts[.proved, default: 0] >= proved, "\(self)", sourceLocation: sourceLocation)
        #expect(verdicts[.refuted, default: 0] >= refuted, "\(self)", sourceLocation: sourceLocation)
        if isJoined { #expect(inexact == middleboxes, "\(self)", sourceLocation: sourceLocation) }
        // A few may happen to be simple.
        if middleboxes < 10 { return }
        #expect(withElements * 3 >= middleboxes, "\(self)", sourceLocation: sourceLocation)
        guard isJoined else { return }
        #expect(joinedWays * 20 >= ways, "\(self)", sourceLocation: sourceLocation)
    }
}

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

extension Composer.Limits {
    /// Ways to an input are joined where there are more than so many, and no way is told apart.
    static func joining(arrivals: Int) -> Self {
        var limits = Self()
        limits.arrivals = arrivals
        limits.ways = 0
        limits.isAlwaysInexact = true
        return limits
    }
}
