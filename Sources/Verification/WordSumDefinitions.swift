import Logic
import PacketFormat

/// The sums over packet words that appear in goals about checksums, spelled out: exact for headers without options, and no other header
/// is admitted in the trace.
enum WordSumDefinitions {
    static let headerBytes = 20

    /// The assertions with each sum as a sum of bytes, and what is to hold for that.
    static func spelledOut(_ assertions: [Term]) -> (assertions: [Term], headerLengths: [Term]) {
        var lengths: [Term] = []
        var replacements: [Term: Term] = [:]
        Term.forEachSubterm(of: assertions) { term in
            guard case .apply(wordSumFunction) = term.operation else { return }
            let (bytes, start, end) = (term.arguments[0], term.arguments[1], term.arguments[2])
            lengths.append(.equal(.subtract(end, start), .bitVector(headerBytes, width: start.width)))
            replacements[term] = .sum(
                (0..<headerBytes).map { offset in
                    .product(
                        .integer(offset % 2 == 0 ? 256 : 1),
                        .unsignedInteger(.select(bytes, .add(start, .bitVector(offset, width: start.width)))))
                })
        }
        var substitution = Substitution(replacements)
        return (assertions.map { substitution.apply($0) }, lengths)
    }

    /// Whether a term speaks of sums over packet words.
    static func occur(in term: Term) -> Bool {
        var found = false
        term.forEachSubterm { if case .apply(wordSumFunction) = $0.operation { found = true } }
        return found
    }
}
