import Diagnostics
import Logic
import SpecLanguage
import SymbolicExecution

/// A bound on sums over intervals: the middlebox together with a monitor that adds up, from any step on, what counts for any one key.
///
/// What connects the sum with the state is looked for among candidates: those that no step breaks, nor the passing of time, are kept (Houdini).
/// With them, and the invariants of every state, the bound must follow after every step that counts.
struct RateProof {
    let verification: MiddleboxVerification
    let invariants: [InvariantProperty]
    let name: String
    let rate: RateProperty

    private let before = RateMonitor.before
    private var key: [Term] { RateMonitor.key(rate.keyWidths) }
    private var bound: RateProperty.Bound { rate.bound(verification.stateBefore) }

    // MARK: Steps

    /// A step as the monitor sees it.
    private struct Way {
        let place: String
        let step: MiddleboxVerification.Step
        let after: RateMonitor
        let fact: Term
        /// Whether it counts, so that the bound must hold behind it.
        let isCounted: Bool
    }

    private func ways(_ steps: [MiddleboxVerification.Step]) -> [Way] {
        steps.enumerated().flatMap { number, step -> [Way] in
            let count = RateCount(rate.contributions(step.context), key: key)
            let isCounted = step.facts.decide(count.isCounted)
            var result: [Way] = []
            if isCounted != true {
                result.append(
                    Way(
                        place: "path\(number)", step: step, after: before,
                        fact: isCounted == false ? .true : !count.isCounted, isCounted: false))
            }
            if isCounted != false {
                for isFirst in [false, true] {
                    result.append(
                        Way(
                            place: "path\(number), \(isFirst ? "begins" : "counts")", step: step,
                            after: before.counting(count.value, at: InputVariables.now, isFirst: isFirst),
                            fact: count.isCounted && (isFirst ? .true : before.isRunning), isCounted: true))
                }
            }
            return result
        }
    }

    // MARK: Candidates

    private func candidates(isSecondAttempt: Bool) -> [RateCandidate] {
        let stated = (
            constant: RateCandidates.Quantity(text: "bound(0)", term: bound.constant),
            slope: RateCandidates.Quantity(text: "slope", term: bound.slope)
        )
        let named = (constant: named(stated.constant), slope: named(stated.slope))
        let reserves = RateReserve.all(verification.model, key: key, keyTexts: rate.keyTexts)
        guard isSecondAttempt else {
            return RateCandidates(reserves: reserves, bounds: [named], scales: NumberScale.amounts).all()
        }
        // The code may keep to less than what is claimed, or count in other units.
        let numbers = configurationNumbers
        let constants = [named.constant] + numbers.filter { $0.term != bound.constant }
        let slopes = [named.slope] + numbers.filter { $0.term != bound.slope }
        let bounds = constants.flatMap { constant in slopes.map { (constant: constant, slope: $0) } }
            .filter { $0.constant.term != $0.slope.term }
        return RateCandidates(
            reserves: reserves, bounds: bounds, scales: NumberScale.amounts + NumberScale.furtherAmounts
        ).all()
    }

    private var configurationNumbers: [RateCandidates.Quantity] {
        guard let configuration = verification.model.configuration else { return [] }
        return configuration.record.leaves.filter { !$0.isBoolean && !$0.isSeconds && !$0.isBigEndian }.map {
            RateCandidates.Quantity(
                text: "\(configuration.name).\($0.name)", term: .unsignedInteger(configuration.variable($0)))
        }
    }

    private func named(_ quantity: RateCandidates.Quantity) -> RateCandidates.Quantity {
        if let value = quantity.term.integerValue { return .init(text: "\(value)", term: quantity.term) }
        return configurationNumbers.first { $0.term == quantity.term } ?? quantity
    }

    /// What is known before a step.
    private func known(_ standing: [RateCandidate], at now: Term) -> [Term] {
        let past = verification.context(of: verification.before, now: now)
        return standing.map { $0.formula(past, before) } + before.facts(at: now)
    }

    private func sites(_ standing: [RateCandidate], _ ways: [Way]) -> [InductionSite] {
        let now = InputVariables.now
        let earlier = Term.variable("earlier", .integer)
        let held = verification.context(of: verification.before, now: now)
        var sites: [InductionSite] = []
        func add(
            _ place: String, _ facts: [Term], _ after: LoweringContext, _ monitor: RateMonitor, isTelling: Bool,
            at location: SourceLocation? = nil, before: LoweringContext
        ) {
            let claims = standing.enumerated().compactMap { number, candidate -> InductionSite.Claim? in
                let goal = candidate.formula(after, monitor)
                return goal.isTrue ? nil : .init(candidate: number, goal: goal, conjunct: nil)
            }
            if claims.isEmpty { return }
            let plain = verification.facts + facts
            let assumptions =
                plain
                + Instantiation(keys: verification.occurringKeys).instances(
                    of: invariants, in: before, seeds: plain + claims.map(\.goal))
            var site = InductionSite(place: place, claims: claims) { claims in
                var obligation = Obligation(
                    subject: "\(name): sum", place: place, assumptions: assumptions, goal: .and(claims.map(\.goal)))
                obligation.isGuess = true
                obligation.isArithmetic = true
                obligation.location = location
                return obligation
            }
            site.isTelling = isTelling
            sites.append(site)
        }
        // At the start no interval runs, and of none anything is claimed.
        add(
            "over time",
            [.lessOrEqual(.integer(0), earlier), .lessOrEqual(earlier, now)] + known(standing, at: earlier), held,
            before,
            isTelling: false, before: verification.context(of: verification.before, now: earlier))
        for way in ways {
            if !way.isCounted, way.step.path.state == verification.before { continue }
            let context = verification.context(of: way.step.path.state, now: now)
            add(
                way.place, way.step.path.knowledge.conditions + [way.fact] + known(standing, at: now), context,
                way.after, isTelling: way.isCounted, at: way.step.path.lastLocation, before: verification.stateBefore)
        }
        return sites
    }

    // MARK: The proof

    /// - Parameter isSecondAttempt: whether what the code may keep instead of what is claimed is looked at, too, which is much.
    func run(isSecondAttempt: Bool) -> MonitorResult {
        var objects = verification.objects(of: rate.event)
        let held = verification.stateBefore
        objects.formUnion(
            verification.objects(in: candidates(isSecondAttempt: false).map { $0.formula(held, before) }))
        let steps = verification.steps(about: objects)
        // Control operations count for nothing, but may change what limits the sum.
        var result = run(ways(steps.all + verification.operationSteps), isSecondAttempt: isSecondAttempt)
        if !result.failures.isEmpty, !steps.isExact, verification.exactComposition != nil {
            result = run(ways(verification.singleHappenings), isSecondAttempt: isSecondAttempt)
        }
        result.witness = Witness(
            hasTrace: result.failures.isEmpty && verification.traceSearch.hasWitness(witnesses()),
            isSatisfiable: isReachable)
        return result
    }

    private func run(_ ways: [Way], isSecondAttempt: Bool) -> MonitorResult {
        var result = MonitorResult()
        let standing = result.keepInductive(
            candidates(isSecondAttempt: isSecondAttempt), \.text, verification.discharger, else: nil,
            at: { sites($0, ways) })
        result.inferred = standing.map(\.text)
        let now = InputVariables.now
        let counted = ways.filter(\.isCounted)
        let obligations = counted.map { way -> Obligation in
            var obligation = Obligation(
                subject: name, place: way.place,
                assumptions: verification.facts + way.step.path.knowledge.conditions + [way.fact]
                    + known(standing, at: now),
                goal: bound.admits(way.after.sum, over: now - way.after.start, isStrict: rate.isStrict))
            obligation.isArithmetic = true
            obligation.location = way.step.path.lastLocation
            return verification.strengthened(obligation, by: invariants)
        }
        result.obligations += obligations.count
        let outcomes = verification.discharger.discharge(obligations)
        for (way, (obligation, outcome)) in zip(counted, zip(obligations, outcomes)) where !outcome.isProved {
            let (reason, isUnknown) =
                if case .unknown(let reason) = outcome { ("the solver gave up (\(reason))", true) } else {
                    ("what was found of the state does not limit the sum", false)
                }
            result.failures.append(
                MonitorResult.Failure(
                    conjunct: rate.conjunct(obligation.goal), reason: reason, isUnknown: isUnknown, path: way.step.path,
                    obligation: obligation))
        }
        return result
    }

    // MARK: Premises

    private func counts(_ step: MiddleboxVerification.Step) -> Term {
        .or(rate.contributions(step.context).map(\.isCounted))
    }

    /// Steps that count.
    private func witnesses() -> [TraceSearch.Target] {
        verification.singleSteps.all.compactMap { step in
            let counts = counts(step)
            if step.facts.decide(counts) == false { return nil }
            return TraceSearch.Target(
                name: name, knowledge: step.path.knowledge, outputs: step.path.outputs, state: step.path.state,
                trace: step.path.trace, goal: !counts)
        }
    }

    private func isReachable() -> Bool? {
        let steps = verification.singleSteps
        let possible = steps.all.lazy.compactMap { step -> [Term]? in
            let counts = counts(step)
            return step.facts.decide(counts) == false ? nil : step.path.knowledge.conditions + [counts]
        }
        let answer = verification.canHappen(possible, given: invariants, for: name)
        return answer == false && !verification.hasAllSingleWays ? nil : answer
    }
}
