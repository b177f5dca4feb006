import Logic

/// One call of the runtime's `checksum_replace_16` (RFC 1624 equation 3), as arithmetic modulo 65535; or of `checksum_of`, as the checksum of
/// nothing, in which zeros are replaced by what is summed up.
public struct ChecksumUpdate: Hashable, Sendable {
    /// The checksum, the word that leaves and the one that comes, as the integers that they stand for in network order. Of `checksum_of`, the
    /// words that come are a sum.
    public let old: Term
    public let before: Term
    public let after: Term
    /// The bytes of the result: variables.
    public let high: Term
    public let low: Term
    /// How often 65535 was added: an integer variable.
    public let rounds: Term

    /// The variables that say what the result is.
    public var defined: [Term] { [high, low] }

    /// One of them, and what it equals.
    public var term: Term { .unsignedInteger(low) }
    public var value: Term {
        .sum([
            old, before, .product(.integer(-1), after), .product(.integer(65535), rounds),
            .product(.integer(-256), .unsignedInteger(high)),
        ])
    }

    /// The result up to a multiple of 65535.
    public var formula: Term { .equal(term, value) }

    /// Which of the two results that are equal modulo 65535 it is.
    public var representative: Term {
        .equal(
            .equal(.unsignedInteger(.concatenate(high, low)), .integer(65535)),
            .and([.equal(old, .integer(65535)), .equal(before, .integer(65535)), .equal(after, .integer(0))]))
    }

    public func mapTerms(_ transform: (Term) -> Term) -> ChecksumUpdate {
        ChecksumUpdate(
            old: transform(old), before: transform(before), after: transform(after), high: transform(high),
            low: transform(low), rounds: transform(rounds))
    }

    /// The variables for what some updates compute, and how.
    public static func variables(of updates: [ChecksumUpdate]) -> Set<Term> {
        Set(updates.flatMap { $0.defined + [$0.rounds] })
    }

    /// The updates that some variables depend on, through each other.
    public static func needed(for variables: Set<Term>, among updates: [ChecksumUpdate]) -> [ChecksumUpdate] {
        var reached = variables
        var kept: [ChecksumUpdate] = []
        // An update uses only what was computed before it.
        for update in updates.reversed() where update.defined.contains(where: reached.contains) {
            kept.append(update)
            reached.formUnion(update.formula.freeVariables)
        }
        return kept.reversed()
    }
}
