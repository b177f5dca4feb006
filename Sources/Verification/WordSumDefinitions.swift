import Logic
import PacketFormat

/// The sums over packet words that appear in goals about checksums, spelled out: exact for headers without options and for a few bytes behind a
/// transport header, and nothing else is admitted in the trace.
enum WordSumDefinitions {
    static let headerBytes = 20
    /// Most bytes behind the fixed part of a transport header, options and payload.
    static let segmentBytes = 4

    /// The assertions with each sum as a sum of bytes, and what is to hold for that.
    static func spelledOut(_ assertions: [Term]) -> (assertions: [Term], lengths: [Term]) {
        var lengths: [Term] = []
        var replacements: [Term: Term] = [:]
        Term.forEachSubterm(of: assertions) { term in
            guard case .apply(wordSumFunction) = term.operation else { return }
            let (bytes, start, end) = (term.arguments[0], term.arguments[1], term.arguments[2])
            func constant(_ value: Int) -> Term { .bitVector(value, width: start.width) }
            let length = Term.subtract(end, start)
            let isHeader = Term.equal(length, constant(headerBytes))
            lengths.append(isHeader || .unsignedLessOrEqual(length, constant(segmentBytes)))
            let words = (0..<headerBytes).map { offset in
                Term.product(
                    .integer(offset % 2 == 0 ? 256 : 1),
                    .unsignedInteger(.select(bytes, .add(start, constant(offset)))))
            }
            let short = words.prefix(segmentBytes).enumerated().map { offset, word in
                Term.ifThenElse(.unsignedLess(constant(offset), length), word, .integer(0))
            }
            replacements[term] = .ifThenElse(isHeader, .sum(words), .sum(short))
        }
        var substitution = Substitution(replacements)
        return (assertions.map { substitution.apply($0) }, lengths)
    }

    /// The assertions with a truth value that nothing is known of in the place of each claim about sums.
    static func withoutSums(_ assertions: [Term]) -> [Term] {
        var replacements: [Term: Term] = [:]
        Term.forEachSubterm(of: assertions) { term in
            guard term.operation == .equal, term.arguments[0].sort == .integer, occur(in: term) else { return }
            replacements[term] = .variable("sum is right \(replacements.count)", .boolean)
        }
        var substitution = Substitution(replacements)
        return assertions.map { substitution.apply($0) }
    }

    /// Whether a term speaks of sums over packet words.
    static func occur(in term: Term) -> Bool {
        var found = false
        term.forEachSubterm { if case .apply(wordSumFunction) = $0.operation { found = true } }
        return found
    }
}
