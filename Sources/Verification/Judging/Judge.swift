import Diagnostics
import Logic
import SpecLanguage
import SymbolicExecution

/// From proofs and searches to one verdict per property.
struct Judge {
    let verification: MiddleboxVerification
    let options: Verifier.Options

    /// Something that keeps a proof from covering every behaviour of the C code.
    struct Gap {
        let path: ProgramPath
        let reason: String
        let location: SourceLocation?
    }

    /// What is found out once for all properties.
    private final class Basis {
        /// Nil when the solver gave up.
        let assumptionsHold: Bool?
        let invariants: InvariantProof.Result
        let proved: [InvariantProperty]
        /// For each of the invariants that the spec states.
        let secondsPerInvariant: Double
        let gaps: [Gap]
        /// The first of the built-in checks that is not proved.
        let failedCheck: PropertyReport?
        /// Whether the built-in checks hold from any state at all, as far as execution can follow.
        private(set) lazy var checksHoldAnywhere = checkAnywhere()
        private let checkAnywhere: () -> Bool

        init(
            assumptionsHold: Bool?, invariants: InvariantSet, secondsPerInvariant: Double, gaps: [Gap],
            failedCheck: PropertyReport?, checkAnywhere: @escaping () -> Bool
        ) {
            self.assumptionsHold = assumptionsHold
            self.invariants = invariants.result
            proved = invariants.proved
            self.secondsPerInvariant = secondsPerInvariant
            self.gaps = gaps
            self.failedCheck = failedCheck
            self.checkAnywhere = checkAnywhere
        }
    }

    /// How many properties are judged at a time: while one waits for a solver, another prepares its questions.
    private static let propertiesAtOnce = 8

    /// - Parameter finished: told of each report, in their order.
    func judge(finished: (PropertyReport) -> Void) -> [PropertyReport] {
        var reports: [PropertyReport] = []
        func add(_ report: PropertyReport) {
            reports.append(report)
            finished(report)
        }
        let basis = basis(add)
        let properties = (verification.spec?.properties ?? []).filter { options.selects($0.name) }
        var judged = [PropertyReport?](repeating: nil, count: properties.count)
        var told = 0
        // Who is told of questions is told of one property after the other.
        let atOnce = options.observers.isEmpty ? Self.propertiesAtOnce : 1
        verification.discharger.threads.run(properties.count, atOnce: atOnce) { index in
            judged[index] = judge(properties[index], basis)
            while told < judged.count, let report = judged[told] {
                told += 1
                add(report)
            }
        }
        return reports
    }

    /// - Parameter add: told of the built-in checks' reports, in their order.
    private func basis(_ add: (PropertyReport) -> Void) -> Basis {
        var lap = ContinuousClock.now
        func seconds() -> Double {
            let now = ContinuousClock.now
            defer { lap = now }
            return (now - lap).seconds
        }
        let assumptionsHold = assumptionsAreSatisfiable()
        let invariants = verification.invariants
        verification.discharger.beginQuestions(for: "invariants")
        let proved = invariants.proved
        let stated = (verification.spec?.properties ?? []).count {
            if case .invariant = $0.form { true } else { false }
        }
        let invariantSeconds = seconds()

        verification.discharger.beginQuestions(for: "built-in checks")
        let checkResult = checkProof(proved)
        let gaps = gaps(proved)
        let checkSeconds = seconds()
        var failedCheck: PropertyReport?
        for kind in CheckKind.allCases {
            verification.discharger.beginQuestions(for: kind.rawValue)
            var report = judge(kind, checkResult, proved, gaps)
            report.seconds = checkSeconds / Double(CheckKind.allCases.count) + seconds()
            if report.verdict != .proved, failedCheck == nil { failedCheck = report }
            if options.selects(report.name) { add(report) }
        }
        return Basis(
            assumptionsHold: assumptionsHold, invariants: invariants,
            secondsPerInvariant: invariantSeconds / Double(max(1, stated)), gaps: gaps, failedCheck: failedCheck
        ) { [self] in checkProof([]).failures.isEmpty }
    }

    private func judge(_ property: Property, _ basis: Basis) -> PropertyReport {
        let threads = verification.discharger.threads
        let start = (time: ContinuousClock.now, idle: threads.idleTime)
        verification.discharger.beginQuestions(for: property.name, at: property.location)
        let gaps = basis.gaps
        let proved = basis.proved
        var report: PropertyReport
        // No packet that it speaks of gets where execution cannot follow.
        var isApart = false
        var seconds = 0.0
        switch property.form {
        case .invariant(let invariant):
            report = judge(property, invariant, basis.invariants, gaps)
            seconds = basis.secondsPerInvariant
        case .step(let step):
            // What is done where execution cannot follow may leave any state behind.
            let reached = gaps.isEmpty ? [] : gaps.filter { canReach($0, step) }
            report = judge(property, step, gaps.isEmpty ? proved : [], reached)
            isApart = !gaps.isEmpty && reached.isEmpty && basis.checksHoldAnywhere
        case .history(let history):
            report = judge(property, history, gaps.isEmpty ? proved : [], gaps)
        case .independence(let independence):
            let reached = gaps.isEmpty ? [] : gaps.filter { canReach($0, independence.step) }
            report = judge(property, independence, gaps.isEmpty ? proved : [], reached)
            isApart = !gaps.isEmpty && reached.isEmpty && basis.checksHoldAnywhere
        case .refinement(let model):
            report = judge(property, model, gaps.isEmpty ? proved : [], gaps)
        case .rate(let rate):
            report = judge(property, rate, gaps.isEmpty ? proved : [], gaps)
        case .notYetSupported(let form):
            report = PropertyReport(property, obligations: 0)
            report.verdict = .inconclusive
            report.reason = "the form '\(form)' is not supported yet"
            report.hint = Hint.otherForm
        }
        report.cites = property.cites
        report.seconds = seconds + (ContinuousClock.now - start.time - (threads.idleTime - start.idle)).seconds
        limit(&report, basis, isApart: isApart)
        return report
    }

    /// What is said of a property is not said where it rests on what does not hold.
    private func limit(_ report: inout PropertyReport, _ basis: Basis, isApart: Bool) {
        if report.verdict == .vacuous, let failedCheck = basis.failedCheck, !isApart {
            report.verdict = .inconclusive
            report.reason =
                "no packet meets its premise as far as the checks hold, and '\(failedCheck.name)' is \(failedCheck.verdict.rawValue)"
            report.location = failedCheck.location
            report.hint = Hint.first(failedCheck.name)
        }
        guard report.verdict == .proved else { return }
        if basis.assumptionsHold == nil {
            report.verdict = .inconclusive
            report.reason = "whether any configuration meets the assumptions was not found within the budget"
            report.hint = Hint.simplerAssumptions
        } else if basis.assumptionsHold == false {
            report.verdict = .vacuous
            report.reason = "the assumptions contradict each other: no configuration meets them all"
            report.hint = Hint.contradiction
        } else if let failedCheck = basis.failedCheck, !isApart {
            // Behind undefined behaviour anything can happen.
            report.verdict = .inconclusive
            report.reason =
                "it holds as far as the checks do, and '\(failedCheck.name)' is \(failedCheck.verdict.rawValue)"
            report.location = failedCheck.location
            report.hint = Hint.first(failedCheck.name)
        }
    }

    /// Nil when the solver gave up.
    private func assumptionsAreSatisfiable() -> Bool? {
        switch verification.discharger.satisfiability(of: verification.facts, subject: "assumptions", place: "") {
        case .satisfiable: true
        case .unsatisfiable: false
        case .unknown: nil
        }
    }

    /// Ways on which execution gave up and that a packet or a control operation may take.
    private func gaps(_ invariants: [InvariantProperty]) -> [Gap] {
        verification.unknownPaths.compactMap { path, reason, location in
            let assertions = verification.facts + path.knowledge.conditions
            let all = assertions + verification.instances(of: invariants, for: assertions)
            guard verification.discharger.isFeasible(all) else { return nil }
            return Gap(path: path, reason: reason, location: location)
        }
    }

    /// Whether a packet or an operation that the property may speak of gets there, from whatever state.
    private func canReach(_ gap: Gap, _ property: some StepClaim) -> Bool {
        guard property.operation == gap.path.operation else { return false }
        let context = verification.context(ofUnfinished: gap.path)
        let assertions = verification.facts + gap.path.knowledge.conditions + [property.entryPremise(context)]
        return verification.discharger.isFeasible(assertions)
    }

    func close(_ report: inout PropertyReport, _ gaps: [Gap]) {
        guard report.verdict == .proved, let gap = gaps.first else { return }
        report.verdict = .inconclusive
        report.reason = "execution cannot follow the code: \(gap.reason)"
        report.location = gap.location
        report.hint = Hint.unfollowed
    }

    /// The step along a path that a proof could not do without, if one is found.
    func stumblingStep(
        _ name: String, along path: ProgramPath, breaking goal: Term, failed: String,
        _ invariants: [InvariantProperty]
    ) -> Counterexample? {
        let assertions = verification.facts + path.knowledge.conditions + [!goal]
        return InductionCounterexample(verification: verification).step(
            name, assertions + verification.instances(of: invariants, for: assertions), path: path, state: path.state,
            failed: failed)
    }

    /// What is proved of nothing is not proved.
    func settle(_ report: inout PropertyReport, _ witness: Witness, vacuous: String) {
        switch witness {
        case .found: break
        case .impossible:
            report.verdict = .vacuous
            report.reason = vacuous
            report.hint = Hint.vacuous
        case .unknown(let reason):
            report.verdict = .inconclusive
            report.reason = "it holds wherever its premise is met, but \(reason)"
            report.hint = Hint.noWitness
        }
    }

    /// Puts the outcome of a search into the report.
    ///
    /// - Parameters:
    ///   - isGivenUp: whether the proof failed because the solver gave up.
    ///   - step: what to show where no trace was found.
    func settle(
        _ report: inout PropertyReport, _ outcome: Refutation.Outcome, reason: String, location: SourceLocation?,
        isGivenUp: Bool = false, step: () -> Counterexample? = { nil }
    ) {
        switch outcome {
        case .confirmed(let counterexample):
            report.verdict = .refuted
            let told = counterexample.failedLocation
            report.reason = told == nil ? reason : "it does not hold that \(counterexample.failed)"
            report.location = told ?? location
            report.counterexample = counterexample
        case .disagreement(let counterexample, let difference):
            report.verdict = .inconclusive
            report.reason =
                "the verifier and the program disagree, please report this: \(reason), but the program shows otherwise (\(difference))"
            report.location = location
            report.counterexample = counterexample
            report.hint = Hint.disagreement
        case .notFound:
            report.verdict = .inconclusive
            report.reason = "\(reason), but no trace from the initial state was found within the budget"
            report.hint = isGivenUp ? Hint.gaveUp : Hint.stateNotRuledOut
            report.location = location
            report.counterexample = step()
        }
    }
}
