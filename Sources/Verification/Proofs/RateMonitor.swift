import Logic
import SpecLanguage

/// What a rate's monitor remembers: an interval that began at some step, any one, and what has counted since, for one key, any one.
///
/// Key and beginning are arbitrary, so what is proved of them holds of every key and every interval.
struct RateMonitor {
    /// Whether an interval has begun.
    let isRunning: Term
    /// When it began (Int, nanoseconds).
    let start: Term
    /// What has counted since, the first step included (Int).
    let sum: Term

    static let before = RateMonitor(
        isRunning: .variable("rate.running", .boolean), start: .variable("rate.start", .integer),
        sum: .variable("rate.sum", .integer))

    /// The parts of the key, of these widths: they never change.
    static func key(_ widths: [Int]) -> [Term] {
        widths.enumerated().map { .variable("rate.key\($0)", .bitVector($1)) }
    }

    /// What holds of it at any time: nothing counts for less than 0, and time has passed.
    func facts(at now: Term) -> [Term] {
        [.lessOrEqual(.integer(0), sum), .lessOrEqual(.integer(0), start), .lessOrEqual(start, now)]
    }

    /// After a step that counts, which may be the first of the interval.
    func counting(_ value: Term, at now: Term, isFirst: Bool) -> RateMonitor {
        isFirst
            ? RateMonitor(isRunning: .true, start: now, sum: value)
            : RateMonitor(isRunning: .true, start: start, sum: sum + value)
    }
}

/// What a step adds for one key.
struct RateCount {
    /// Whether anything counts.
    let isCounted: Term
    /// How much (Int); 0 where nothing does.
    let value: Term

    /// - Parameter key: the one that is looked at.
    init(_ contributions: [RateProperty.Contribution], key: [Term]) {
        let parts = contributions.map { contribution in
            (
                matches: contribution.isCounted && .and(zip(contribution.key, key).map { Term.equal($0, $1) }),
                value: contribution.value
            )
        }
        isCounted = .or(parts.map(\.matches))
        // Where one thing counts, it is known to.
        value =
            parts.count == 1
            ? parts[0].value : .sum(parts.map { Term.ifThenElse($0.matches, $0.value, .integer(0)) } + [.integer(0)])
    }
}

extension RateProperty.Bound {
    /// That a sum keeps the bound over so many nanoseconds: both sides times 10^9, so that nothing is divided.
    func admits(_ sum: Term, over elapsed: Term, isStrict: Bool) -> Term {
        let most = Term.product(.integer(NumberScale.nanoseconds), constant) + .product(slope, elapsed)
        let scaled = Term.product(.integer(NumberScale.nanoseconds), sum)
        return isStrict ? .less(scaled, most) : .lessOrEqual(scaled, most)
    }
}

/// How many of a small unit make a large one.
enum NumberScale {
    static let nanoseconds = 1_000_000_000
    /// In what code may count, of what a bound counts: the same, thousandths, …
    static let amounts = [nanoseconds, 1]
    static let furtherAmounts = [1_000_000, 1_000]
}
