import MiddleboxIR
import SpecLanguage
import SymbolicExecution

/// What is to be said of a property from one run of the native program, or from two: from what came out, and what is in its memory.
enum NativeVerdict {
    /// The first of the claims that does not hold.
    case violated(MonitorFinding.Violation)
    /// It is, but not with what memory holds under keys that are absent, or only when time has passed: a replay does not show it.
    case violatedUnseen(MonitorFinding.Violation)
    case holds
    /// The two runs are none that it speaks of: a clause about them.
    case notConcerned(String)
    /// It cannot be told: of a form that one run does not show, or because something cannot be read.
    case unknown

    /// Where a spec reads what is stored under a key that is absent, that is anything. These stand for it, and what memory really holds there (nil).
    private static let fillings: [UInt8?] = [nil, 0, 0xFF]

    /// Holds the property against a run.
    init(of property: Property, _ trace: ConcreteTrace, model: StateModel, _ result: Confirmation.Result) {
        self.init { filling in
            let check = NativeCheck(property, trace, model: model)
            check.observables.absentByte = filling
            return (try check.verdict(result, trace), check.observables.hasReadAbsent)
        }
    }

    /// Holds a claim about two runs against both.
    ///
    /// - Parameter runs: two of them.
    init(
        of property: IndependenceProperty, _ runs: [(trace: ConcreteTrace, result: Confirmation.Result)],
        model: StateModel
    ) {
        self.init { filling in
            let check = NativeRunsCheck(property, runs.map(\.trace), model: model)
            check.observables.absentByte = filling
            return (try check.verdict(runs), check.observables.hasReadAbsent)
        }
    }

    /// With one filling after the other, until one tells.
    private init(with verdict: (UInt8?) throws -> (verdict: NativeVerdict, hasReadAbsent: Bool)) {
        self = .holds
        for filling in Self.fillings {
            guard let (found, hasReadAbsent) = try? verdict(filling) else {
                self = .unknown
                return
            }
            self = found
            switch found {
            case .violated(let violation):
                if filling != nil { self = .violatedUnseen(violation) }
                return
            case .violatedUnseen, .unknown: return
            // What is claimed may hang on what is absent, and so may whether anything is.
            case .holds, .notConcerned: if !hasReadAbsent { return }
            }
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

/// A claim about two runs, and the terms that it is held against them with.
struct NativeRunsCheck {
    let observables: Observables
    private let check: RunsCheck

    init(_ property: IndependenceProperty, _ traces: [ConcreteTrace], model: StateModel) {
        observables = Observables(model: model, configuration: traces.first?.configurationBytes ?? [])
        let outputs = traces.flatMap { $0.outputs.map { $0?.count ?? 0 } }.max() ?? 0
        check = RunsCheck(property, observables, upToOutputs: outputs)
        observables.isRunning = true
    }

    /// - Throws: when something cannot be read that the claim needs.
    fileprivate func verdict(
        _ runs: [(trace: ConcreteTrace, result: Confirmation.Result)]
    ) throws -> NativeVerdict {
        let ends = try runs.map { try $0.result.end(of: $0.trace) }
        // What is read belongs to the runs.
        return try withExtendedLifetime(ends) {
            switch try check.look(at: (ends[0].step, ends[0].state), and: (ends[1].step, ends[1].state)) {
            case .violated(let violation): .violated(violation)
            case .holds: .holds
            case .notConcerned(let why): .notConcerned(why)
            }
        }
    }
}

extension Confirmation.Result {
    /// The last step, and the memory before and after it, which can be read as long as the run's states are there.
    fileprivate func end(
        of trace: ConcreteTrace
    ) throws -> (step: ObservedStep, state: any ObservedState, run: any ObservedStates) {
        guard let states = try states?(), let happening = trace.happenings.last, let outcome = outcomes.last else {
            throw Observation.Failure.unreadable("the program's memory")
        }
        var last: (any ObservedState)?
        for _ in trace.happenings { last = try states.next() }
        guard let last else { throw Observation.Failure.unreadable("the program's memory") }
        return (ObservedStep(happening, outcome, name: "step \(trace.happenings.count)"), last, states)
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
