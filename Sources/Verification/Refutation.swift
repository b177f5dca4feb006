import Diagnostics
import Logic
import SpecLanguage
import SymbolicExecution

/// From a failed obligation to a verdict: a real trace that the native program confirms, or an admission that there is none.
struct Refutation {
    enum Outcome {
        case refuted(Counterexample)
        /// The verifier's trace is not what the program does.
        case disagreement(Counterexample, difference: String)
        case notFound
    }

    let verification: MiddleboxVerification

    /// Searches for a trace that ends in a step which breaks its goal.
    func ofSteps(_ targets: [TraceSearch.Target], failed: String) -> Outcome {
        guard let (_, found) = verification.traceSearch.search(targets) else { return .notFound }
        return confirm(found, failed: failed, isViolated: { trace, result in
            // The verifier's outputs break the property; the program's are the same.
            guard result.outcomes.count == trace.packets.count, let last = result.outcomes.last else {
                return "it stopped early: \(result.failure ?? "no reason given")"
            }
            return difference(trace.lastOutputs, last)
        }, isChecked: false)
    }

    /// Searches for a trace that reaches a failing check.
    func ofChecks(_ targets: [TraceSearch.Target], kind: CheckKind, failed: String) -> Outcome {
        guard let (_, found) = verification.traceSearch.search(targets) else { return .notFound }
        return confirm(found, failed: failed, isViolated: { trace, result in
            switch kind {
            case .handedOnExactlyOnce:
                guard let last = result.outcomes.last, result.outcomes.count == trace.packets.count else { return nil }
                return last.outputs.count + last.drops == 1 ? "the packet was handed on exactly once" : nil
            case .memorySafe, .noUndefinedBehaviour, .noUninitialisedMemory, .loopsEnd:
                return result.failure == nil ? "the program ran through without a trap" : nil
            }
        }, isChecked: kind != .handedOnExactlyOnce)
    }

    private func difference(
        _ expected: [(port: UInt32, bytes: [UInt8])], _ actual: Confirmation.Outcome
    ) -> String? {
        guard expected.count == actual.outputs.count else {
            return "it sent \(actual.outputs.count) packets where \(expected.count) were predicted"
        }
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

    /// Runs the trace natively. `isViolated` gives nil when the program does what the trace says, else what it does instead.
    private func confirm(
        _ found: TraceSearch.Found, failed: String,
        isViolated: (ConcreteTrace, Confirmation.Result) -> String?, isChecked: Bool
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
            let result = try confirmation.run(trace.configurationBytes, trace.packets, isChecked)
            var counterexample = counterexample(trace, result, failed: failed)
            if let difference = isViolated(trace, result) {
                return .disagreement(counterexample, difference: difference)
            }
            counterexample.confirmed = true
            return .refuted(counterexample)
        } catch {
            return .disagreement(counterexample(trace, nil, failed: failed), difference: "it could not be run: \(error)")
        }
    }

    private func counterexample(
        _ trace: ConcreteTrace, _ result: Confirmation.Result?, failed: String
    ) -> Counterexample {
        func portName(_ number: UInt32) -> String {
            verification.model.ports.first { $0.number == number }?.name ?? "port \(number)"
        }
        let steps = trace.packets.enumerated().map { index, packet in
            let isLast = index == trace.packets.count - 1
            let outputs: [(port: UInt32, bytes: [UInt8])] =
                if let result, result.outcomes.indices.contains(index) {
                    result.outcomes[index].outputs
                } else {
                    isLast ? trace.lastOutputs : []
                }
            return Counterexample.Step(
                time: Int(packet.time), ingress: portName(packet.ingress), packet: packet.bytes,
                outputs: outputs.map { (portName($0.port), $0.bytes) },
                path: trace.steps[index].trace.map { ($0.location, $0.note) })
        }
        return Counterexample(steps: steps, configuration: trace.configuration, failed: failed)
    }
}
