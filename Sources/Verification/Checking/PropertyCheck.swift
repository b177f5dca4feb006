import MiddleboxIR
import SpecLanguage
import SymbolicExecution

/// One property, held against what the native program does, step by step.
final class PropertyCheck {
    let property: Property
    private let monitor: (any PropertyMonitor)?
    /// For a claim about two runs, where there are two.
    private let runs: RunsCheck?
    /// Why it is not held against anything, or not any more.
    private(set) var reason: String?
    /// To how many steps it applied.
    private(set) var applied = 0
    private(set) var isViolated = false

    /// - Parameter hasTwoRuns: whether there is another run to compare this one with.
    init(_ property: Property, _ observables: Observables, hasTwoRuns: Bool = false) {
        self.property = property
        if hasTwoRuns, case .independence(let independence) = property.form {
            runs = RunsCheck(independence, observables, upToOutputs: 2)
        } else {
            runs = nil
        }
        switch property.form {
        case .step(let step): monitor = StepMonitor([step], observables)
        case .refinement(let model):
            monitor = StepMonitor([model.coverage] + model.rules.map(\.step), observables)
        case .invariant(let invariant): monitor = InvariantMonitor(invariant, observables)
        case .rate(let rate): monitor = IntervalMonitor(rate, observables)
        case .history(let history):
            monitor =
                history.direction == .later
                ? LaterMonitor(history, observables) : EarlierMonitor(history, observables)
        case .independence:
            monitor = nil
            if runs == nil { reason = "it compares two runs, and this is one" }
        case .notYetSupported(let form):
            monitor = nil
            reason = "there is no method for this form yet: \(form)"
        }
    }

    /// Builds all that steps of these shapes are held against.
    func prepare(for shapes: [Observables.Shape]) {
        for shape in shapes { monitor?.prepare(for: shape) }
    }

    /// Looks at the last steps of two runs.
    ///
    /// - Returns: how they violate the property.
    func look(at first: RunsCheck.End, and second: RunsCheck.End) -> MonitorFinding.Violation? {
        guard reason == nil, let runs else { return nil }
        do {
            switch try runs.look(at: first, and: second) {
            case .notConcerned(let why): reason = "it does not speak of these two runs: \(why)"
            case .holds: applied += 1
            case .violated(let violation):
                applied += 1
                isViolated = true
                return violation
            }
        } catch {
            reason = "\(error)"
        }
        return nil
    }

    /// Looks at the next step.
    ///
    /// - Returns: how it violates the property; nil also where the property is not checked any more.
    func look(at step: Observation) -> MonitorFinding.Violation? {
        guard reason == nil, let monitor else { return nil }
        do {
            let finding = try monitor.look(at: step)
            if finding.applies || finding.violation != nil { applied += 1 }
            if finding.violation != nil { isViolated = true }
            return finding.violation
        } catch {
            reason = "from \(step.step.name) on: \(error)"
            return nil
        }
    }
}

extension Observables {
    /// What can happen: control operations, and packets that cause up to some packets.
    func shapes(upToOutputs count: Int) -> [Shape] {
        (0...count).map { Shape(operation: nil, outputs: $0) }
            + model.operations.keys.sorted().map { Shape(operation: $0, outputs: 0) }
    }

    /// All that must be known of the state: each object that something is read from.
    var stateObjects: [StateObject] {
        objects.sorted().compactMap { name in
            if let map = model.maps[name] {
                return StateObject(
                    name: name,
                    layout: .map(keySize: map.key.size, valueSize: map.value.size, capacity: map.capacity))
            }
            if let pool = model.pools[name] { return StateObject(name: name, layout: .pool(capacity: pool.capacity)) }
            return model.plain[name].map { StateObject(name: name, layout: .bytes($0.size)) }
        }
    }
}
