import Testing

@testable import Verification

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
