import MiddleboxIR
import SpecLanguage
import SymbolicExecution

/// What is to be said of a property from one run of the native program: from what came out, and what is in its memory.
enum NativeVerdict {
    /// The first of the claims that does not hold.
    case violated(MonitorFinding.Violation)
    /// It is, but not with what memory holds under keys that are absent, or only when time has passed: a replay does not show it.
    case violatedUnseen(MonitorFinding.Violation)
    case holds
    /// It cannot be told: of a form that one run does not show, or because something cannot be read.
    case unknown

    /// Where a spec reads what is stored under a key that is absent, that is anything. These stand for it, and what memory really holds there (nil).
    private static let fillings: [UInt8?] = [nil, 0, 0xFF]

    /// Holds the property against a run.
    init(of property: Property, _ trace: ConcreteTrace, model: StateModel, _ result: Confirmation.Result) {
        self = .holds
        for filling in Self.fillings {
            let check = NativeCheck(property, trace, model: model)
            check.observables.absentByte = filling
            do { self = try check.verdict(result, trace) } catch { self = .unknown }
            if case .violated(let violation) = self, filling != nil { self = .violatedUnseen(violation) }
            guard case .holds = self, check.observables.hasReadAbsent else { return }
        }
    }
}

/// A property, and the terms that it is held against the steps of a trace with.
struct NativeCheck {
    let observables: Observables
    private let check: PropertyCheck

    init(_ property: Property, _ trace: ConcreteTrace, model: StateModel) {
        observables = Observables(model: model, configuration: trace.configurationBytes)
        check = PropertyCheck(property, observables)
        check.prepare(for: observables.shapes(upToOutputs: trace.outputs.map { $0?.count ?? 0 }.max() ?? 0))
        observables.isRunning = true
    }

    fileprivate func verdict(_ result: Confirmation.Result, _ trace: ConcreteTrace) throws -> NativeVerdict {
        guard let states = try result.states?() else { return .unknown }
        var last: (step: ObservedStep, state: any ObservedState)?
        for (number, (happening, outcome)) in zip(trace.happenings, result.outcomes).enumerated() {
            guard let state = try states.next() else { return .unknown }
            let step = ObservedStep(happening, outcome, name: "step \(number + 1)")
            if let violation = check.look(at: Observation(step, state, observables: observables)) {
                return .violated(violation)
            }
            last = (step, state)
        }
        if let end = trace.end, case .invariant = check.property.form, let (step, state) = last, end > step.time {
            let later = ObservedStep(event: step.event, time: end, outputs: step.outputs, name: "the end")
            if let violation = check.look(at: Observation(later, state, observables: observables)) {
                return .violatedUnseen(violation)
            }
        }
        return check.reason == nil ? .holds : .unknown
    }
}

extension ObservedStep {
    fileprivate init(_ step: Confirmation.Step, _ outcome: Confirmation.Outcome, name: String) {
        switch step {
        case .packet(let packet):
            self.init(
                event: .packet(ingress: packet.ingress, bytes: packet.bytes), time: packet.time,
                outputs: outcome.outputs, name: name)
        case .operation(let operation):
            self.init(
                event: .operation(name: operation.name, argument: operation.argument), time: operation.time,
                outputs: outcome.outputs, name: name)
        }
    }
}
