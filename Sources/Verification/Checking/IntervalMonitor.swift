import Logic
import SpecLanguage

/// A rate: for each key the interval that leaves the least room, from whatever step on.
///
/// The bound is linear, so that which of two beginnings leaves less is the same at every later time: one is enough.
final class IntervalMonitor: PropertyMonitor {
    private struct Terms {
        let isCounted: Term
        let value: Term
        let key: [Term]
    }

    /// The beginning of an interval, and what has counted since, the first step included.
    private struct Interval {
        var start: MonitorFinding.Moment
        var sum: Int128
    }

    private let observables: Observables
    private let rate: RateProperty
    private var terms: [Observables.Shape: [Terms]] = [:]
    private var intervals: [[Value]: Interval] = [:]
    /// Intervals are looked through when there are twice as many as were left the last time.
    private var limit = 1024

    private static let sum = Term.variable("rate:sum", .integer)
    private static let elapsed = Term.variable("rate:elapsed", .integer)
    private let admits: Term
    private let constant: Term
    private let slope: Term

    init(_ rate: RateProperty, _ observables: Observables) {
        self.rate = rate
        self.observables = observables
        let bound = rate.bound(observables.context(of: .after))
        constant = bound.constant
        slope = bound.slope
        admits = bound.admits(Self.sum, over: Self.elapsed, isStrict: rate.isStrict)
    }

    func prepare(for shape: Observables.Shape) { _ = terms(of: shape) }

    private func terms(of shape: Observables.Shape) -> [Terms] {
        if let known = terms[shape] { return known }
        let made = rate.contributions(observables.context(of: shape)).map { part in
            Terms(
                isCounted: observables.prepared(part.isCounted), value: observables.prepared(part.value),
                key: part.key.map(observables.prepared))
        }
        terms[shape] = made
        return made
    }

    func look(at step: Observation) throws -> MonitorFinding {
        var counted: [[Value]: Int128] = [:]
        for terms in terms(of: step.shape) where try step.holds(terms.isCounted) {
            let key = try terms.key.map(step.value)
            counted[key, default: 0] = try total(counted[key] ?? 0, integer(terms.value, step))
        }
        var finding = MonitorFinding(applies: !counted.isEmpty)
        if counted.isEmpty { return finding }
        let (constant, slope) = (try integer(constant, step), try integer(slope, step))
        for (key, amount) in counted {
            var interval = Interval(start: step.moment, sum: amount)
            if let running = intervals[key] {
                let sum = try total(running.sum, amount)
                // A new beginning leaves less room only if the old one has more left than nothing.
                if try !room(running, slope, at: step.step.time).isPositive {
                    interval = Interval(start: running.start, sum: sum)
                }
            }
            intervals[key] = interval
            let elapsed = Int128(step.step.time - interval.start.time)
            let isKept = try step.binding([Self.sum: .integer(interval.sum), Self.elapsed: .integer(elapsed)])
                .holds(admits)
            if isKept { continue }
            let bound = Self.text(constant, slope, elapsed)
            finding.violation = MonitorFinding.Violation(
                rate.conjunct(.false),
                detail: "\(interval.sum) in \(TimeText.seconds(elapsed)) s, where \(bound) are the most",
                earlier: interval.start.name == step.step.name ? nil : interval.start)
        }
        if intervals.count > limit {
            for (key, interval) in intervals where try room(interval, slope, at: step.step.time).isPositive {
                intervals[key] = nil
            }
            limit = max(1024, 2 * intervals.count)
        }
        return finding
    }

    /// What the passing of time has given back, less what has counted, in billionths: where that is more than nothing, an interval that
    /// begins now leaves less room than this one.
    private func room(_ interval: Interval, _ slope: Int128, at time: UInt64) throws -> Int128 {
        let (given, first) = slope.multipliedReportingOverflow(by: Int128(time - interval.start.time))
        let (used, second) = interval.sum.multipliedReportingOverflow(by: Int128(NumberScale.nanoseconds))
        let (room, third) = given.subtractingReportingOverflow(used)
        if first || second || third { throw EvaluationError.integerOverflow }
        return room
    }

    private func total(_ a: Int128, _ b: Int128) throws -> Int128 {
        let (sum, overflows) = a.addingReportingOverflow(b)
        if overflows { throw EvaluationError.integerOverflow }
        return sum
    }

    private func integer(_ term: Term, _ step: Observation) throws -> Int128 {
        guard let integer = try step.value(of: term).integer else {
            throw Observation.Failure.unreadable("a number")
        }
        return integer
    }

    /// The bound, rounded down.
    private static func text(_ constant: Int128, _ slope: Int128, _ elapsed: Int128) -> String {
        let (product, overflows) = slope.multipliedReportingOverflow(by: elapsed)
        return overflows ? "fewer" : "\(constant + product / Int128(NumberScale.nanoseconds))"
    }
}

extension Int128 {
    fileprivate var isPositive: Bool { self > 0 }
}
