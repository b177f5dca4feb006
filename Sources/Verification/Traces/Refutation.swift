import Diagnostics
import Logic
import MiddleboxIR
import SpecLanguage
import SymbolicExecution

/// From a failed obligation to a verdict: a real trace that the native program confirms, or an admission that there is none.
struct Refutation {
    enum Outcome {
        /// The native program does the same.
        case confirmed(Counterexample)
        /// The verifier's trace is not what the program does.
        case disagreement(Counterexample, difference: String)
        case notFound
    }

    let verification: MiddleboxVerification

    /// Searches for a trace that ends in a step which breaks its goal.
    func ofSteps(_ targets: [TraceSearch.Target], of property: Property, failed: String) -> Outcome {
        guard let (_, found) = verification.traceSearch.search(targets) else { return .notFound }
        return ofOutputs(found, of: property, failed: failed)
    }

    /// Searches for a trace that ends in one of the pairs of steps.
    func ofHistory(
        _ targets: TraceSearch.HistoryTargets, of property: Property, failed: String
    ) -> Outcome {
        guard let found = verification.traceSearch.search(targets) else { return .notFound }
        return ofOutputs(found, of: property, failed: failed)
    }

    /// A trace that was found already, of which what leaves shows to be right.
    func ofInterval(_ found: TraceSearch.Found, of property: Property, failed: String) -> Outcome {
        let outcome = ofOutputs(found, of: property, failed: failed)
        guard case .confirmed(var counterexample) = outcome else { return outcome }
        // It makes one claim, and what failed says in which packets.
        counterexample.failed = failed
        counterexample.failedLocation = nil
        return .confirmed(counterexample)
    }

    /// A trace that was looked for because of the way that its last step takes.
    func ofPath(_ found: TraceSearch.Found) -> Outcome { ofOutputs(found, of: nil, failed: "") }

    /// Searches for two traces that end in one of the pairs of steps.
    func ofRuns(
        _ targets: [TraceSearch.RunsTarget], of property: IndependenceProperty, failed: String
    ) -> Outcome {
        guard let found = verification.traceSearch.search(targets) else { return .notFound }
        var seen: [(trace: ConcreteTrace, result: Confirmation.Result)] = []
        let outcomes = [found.first, found.second].map { run in
            confirm(
                run, failed: failed, watch: .nothing,
                observing: { trace in
                    NativeRunsCheck(property, [trace], model: verification.model).observables.stateObjects
                }
            ) { trace, result in
                if let difference = differenceOfOutputs(trace, result) { return .disagrees(difference) }
                seen.append((trace, result))
                return .agrees(nil, nil)
            }
        }
        switch (outcomes[0], outcomes[1]) {
        case (.confirmed(var both), .confirmed(let other)):
            both.secondRun = other.steps
            // Each does what was predicted. That the two break the claim is seen in what came out and in what the program remembers.
            if let difference = settle(&both, seen, property) {
                both.confirmed = false
                both.observed = difference
                return .disagreement(both, difference: difference)
            }
            return .confirmed(both)
        case (.disagreement(var both, let difference), .confirmed(let other)),
            (.confirmed(var both), .disagreement(let other, let difference)),
            (.disagreement(var both, let difference), .disagreement(let other, _)):
            both.secondRun = other.steps
            both.confirmed = false
            both.observed = difference
            return .disagreement(both, difference: difference)
        case (.notFound, _), (_, .notFound): return .notFound
        }
    }

    /// Holds the claim against both runs.
    ///
    /// - Returns: why it is not what the program does; nil where it is, or where that cannot be told.
    private func settle(
        _ counterexample: inout Counterexample, _ runs: [(trace: ConcreteTrace, result: Confirmation.Result)],
        _ property: IndependenceProperty
    ) -> String? {
        switch NativeVerdict(of: property, runs, model: verification.model) {
        case .violated(let violation):
            counterexample.tell(violation)
            counterexample.isSeenInReplay = true
            return nil
        case .violatedUnseen(let violation):
            counterexample.tell(violation)
            return nil
        case .unknown: return nil
        case .holds:
            return "what leaves is as predicted, but with what the program has in memory, it holds of the two runs"
        case .notConcerned(let why):
            return "with what the program has in memory, it does not speak of the two runs: \(why)"
        }
    }

    /// A trace that what leaves shows to be right, and the program's state, where one run tells.
    ///
    /// - Parameter property: nil where the trace is all there is to it.
    private func ofOutputs(_ found: TraceSearch.Found, of property: Property?, failed: String) -> Outcome {
        confirm(
            found, failed: failed, watch: .nothing,
            observing: { trace in
                property.map { NativeCheck($0, trace, model: verification.model).observables.stateObjects } ?? []
            }
        ) { trace, result in
            // The verifier's outputs break the property; the program's are the same.
            if let difference = differenceOfOutputs(trace, result) { return .disagrees(difference) }
            // So it is, too, in the terms of the spec: of what came out, and of what the program remembers.
            guard let property, !trace.happenings.isEmpty else { return .agrees(nil, nil) }
            switch NativeVerdict(of: property, trace, model: verification.model, result) {
            case .violated(let violation): return .agreesInReplay(violation)
            case .violatedUnseen(let violation): return .agrees(nil, violation)
            case .unknown, .notConcerned: return .agrees(nil, nil)
            case .holds:
                return .disagrees("what leaves is as predicted, but with what the program has in memory, it holds")
            }
        }
    }

    /// Searches for a trace that reaches a failing check.
    func ofChecks(_ targets: [TraceSearch.Target], kind: CheckKind, failed: String) -> Outcome {
        guard let (_, found) = verification.traceSearch.search(targets) else { return .notFound }
        return confirm(found, failed: failed, watch: Confirmation.Watch(for: kind)) { trace, result in
            let location = trace.steps.last?.trace.last.flatMap { $0.note == failed ? $0.location : nil }
            if let seen = result.violation(of: kind, at: location, steps: trace.happenings.count) {
                return .agrees(seen, nil)
            }
            return .disagrees(result.failure.map { "it \($0.clause)" } ?? "nothing of the kind was seen in it")
        }
    }

    /// What the native run says of the verifier's trace.
    private enum Observation {
        /// The program does the same: a clause about it, where there is more to say.
        ///
        /// A property of several claims has the one with it that does not hold, if that is known.
        case agrees(String?, MonitorFinding.Violation?)
        /// And whoever holds the spec against it sees the same.
        case agreesInReplay(MonitorFinding.Violation)
        case disagrees(String)
    }

    /// Where the program's run is another than the verifier's: what leaves, and that it comes to the end.
    private func differenceOfOutputs(_ trace: ConcreteTrace, _ result: Confirmation.Result) -> String? {
        if let failure = result.failure { return "it \(failure.clause)" }
        guard result.outcomes.count == trace.happenings.count else { return "it stopped early" }
        for (predicted, outcome) in zip(trace.outputs, result.outcomes) {
            if let predicted, let difference = difference(predicted, outcome) { return difference }
        }
        return nil
    }

    private func difference(
        _ expected: [(port: UInt32, bytes: [UInt8])], _ actual: Confirmation.Outcome
    ) -> String? {
        guard expected.count == actual.outputs.count else {
            return "it sent \(actual.outputs.count) packets where \(expected.count) were predicted"
        }
        if expected.isEmpty, actual.drops == 0 { return "it neither emitted nor dropped the packet" }
        for (predicted, sent) in zip(expected, actual.outputs) {
            if predicted.port != sent.port { return "it sent on port \(sent.port), not \(predicted.port)" }
            if predicted.bytes.count != sent.bytes.count { return "it sent a packet of another length" }
            if let offset = predicted.bytes.indices.first(where: { predicted.bytes[$0] != sent.bytes[$0] }) {
                return
                    "byte \(offset) of what it sent is \(sent.bytes[offset]), not \(predicted.bytes[offset])"
            }
        }
        return nil
    }

    /// Runs the trace natively.
    ///
    /// - Parameter observing: the state objects that are observed.
    private func confirm(
        _ found: TraceSearch.Found, failed: String, watch: Confirmation.Watch,
        observing: (ConcreteTrace) -> [StateObject] = { _ in [] },
        observe: (ConcreteTrace, Confirmation.Result) -> Observation
    ) -> Outcome {
        let trace: ConcreteTrace
        do {
            trace = try ConcreteTrace(found, model: verification.model)
        } catch {
            return .disagreement(
                Counterexample(steps: [], configuration: [], failed: failed),
                difference: "the solver's model has no value for a part of it: \(error)")
        }
        guard let confirmation = verification.confirmation else {
            return .disagreement(counterexample(trace, nil, failed: failed), difference: "it could not be run")
        }
        do {
            let result = try confirmation.run(
                trace.configurationBytes, trace.happenings, watch, observing(trace))
            var counterexample = counterexample(trace, result, failed: failed)
            switch observe(trace, result) {
            case .disagrees(let difference):
                counterexample.observed = difference
                return .disagreement(counterexample, difference: difference)
            case .agreesInReplay(let violation):
                counterexample.tell(violation)
                counterexample.confirmed = true
                counterexample.isSeenInReplay = true
                return .confirmed(counterexample)
            case .agrees(let seen, let violation):
                if let violation { counterexample.tell(violation) }
                counterexample.observed = seen
                counterexample.confirmed = true
                return .confirmed(counterexample)
            }
        } catch {
            return .disagreement(
                counterexample(trace, nil, failed: failed), difference: "it could not be run: \(error)")
        }
    }

    func counterexample(
        _ trace: ConcreteTrace, _ result: Confirmation.Result?, failed: String
    ) -> Counterexample {
        func portName(_ number: UInt32) -> String {
            verification.model.ports.first { $0.number == number }?.name ?? "port \(number)"
        }
        let steps = trace.happenings.enumerated().map { index, step in
            let path = trace.steps[index].trace.map { ($0.location, $0.note) }
            switch step {
            case .packet(let packet):
                let outcome = result.flatMap { $0.outcomes.indices.contains(index) ? $0.outcomes[index] : nil }
                let outputs = outcome?.outputs ?? trace.outputs[index] ?? []
                return Counterexample.Step(
                    time: Int(packet.time), ingress: portName(packet.ingress), packet: packet.bytes,
                    outputs: outputs.map { (portName($0.port), $0.bytes) }, drops: outcome?.drops, path: path)
            case .operation(let operation):
                return Counterexample.Step(
                    time: Int(operation.time),
                    operation: .init(name: operation.name, argument: trace.arguments[index]), path: path)
            }
        }
        return Counterexample(steps: steps, configuration: trace.configuration, failed: failed)
    }
}

extension Counterexample {
    /// The claim that does not hold, which need not be the one that could not be proved first.
    fileprivate mutating func tell(_ violation: MonitorFinding.Violation) {
        failed = violation.text
        failedLocation = violation.location
    }
}
