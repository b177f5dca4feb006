import Replay
import Testing

@testable import SymbolicExecution

/// Runs the same packets through the summaries and through the compiled program, from the initial state on. They must agree packet by
/// packet, up to the first one that fails a check.
///
/// - Returns: what the summaries said.
@discardableResult
func compare(
    _ box: Box, _ arrivals: [Arrival], configuration: [UInt8]? = nil, sourceLocation: SourceLocation = #_sourceLocation
) async throws -> [Reaction] {
    let strict = try await box.native(arrivals, configuration: configuration, variant: .strict)
    let fast =
        strict.failure == nil ? try await box.native(arrivals, configuration: configuration, variant: .fast) : strict
    var machine = try Machine(box, configuration: configuration)
    var reactions: [Reaction] = []
    for (index, arrival) in arrivals.enumerated() {
        let reaction = try machine.receive(arrival)
        reactions.append(reaction)
        switch reaction {
        case .handled(let predicted):
            guard strict.outcomes.indices.contains(index),
                index < strict.outcomes.count - (strict.failure == nil ? 0 : 1)
            else {
                Issue.record(
                    "packet \(index) \(arrival): no check fails, but natively: \(strict.failure.map { "\($0)" } ?? "nothing")",
                    sourceLocation: sourceLocation)
                return reactions
            }
            for (name, actual) in [("strict", strict.outcomes[index]), ("fast", fast.outcomes[index])] {
                guard actual == predicted else {
                    Issue.record(
                        "packet \(index) \(arrival): predicted \(predicted), \(name) program: \(actual)",
                        sourceLocation: sourceLocation)
                    return reactions
                }
            }
        case .failed: return reactions
        case .unknown: return reactions
        case .paths(let count):
            Issue.record(
                "packet \(index) \(arrival): \(count) paths are taken; natively \(strict.outcomes[index])",
                sourceLocation: sourceLocation)
            return reactions
        }
    }
    return reactions
}

/// Each of these must run through without a failed check and without giving up.
func agree(
    _ box: Box, _ arrivals: [Arrival], configuration: [UInt8]? = nil, sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    #expect(box.unknown.isEmpty, sourceLocation: sourceLocation)
    let reactions = try await compare(box, arrivals, configuration: configuration, sourceLocation: sourceLocation)
    for (reaction, arrival) in zip(reactions, arrivals) {
        if case .handled = reaction { continue }
        Issue.record("\(arrival): \(reaction)", sourceLocation: sourceLocation)
    }
}

/// Random numbers that are the same in each run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    /// Packets whose bytes are often the ones at which things change. Time goes on, or stands still.
    mutating func arrivals(_ count: Int, length: ClosedRange<Int>, step: UInt64 = 2_000_000_000) -> [Arrival] {
        let interesting: [UInt8] = [0, 1, 2, 3, 4, 5, 0x7F, 0x80, 0x81, 0xFE, 0xFF]
        var time: UInt64 = 0
        return (0..<count).map { _ in
            time += UInt64.random(in: 0...1, using: &self) * UInt64.random(in: 0...step, using: &self)
            let bytes = (0..<Int.random(in: length, using: &self)).map { _ in
                Bool.random(using: &self)
                    ? interesting.randomElement(using: &self) ?? 0 : UInt8.random(in: 0...255, using: &self)
            }
            return Arrival(bytes: bytes, port: UInt32.random(in: 0...1, using: &self), time: time)
        }
    }
}
