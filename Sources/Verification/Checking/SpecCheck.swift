import Diagnostics
import MiddleboxIR
import SpecLanguage
import SymbolicExecution

/// A whole spec, held against what the native program does, step by step.
public final class SpecCheck {
    /// What can be said of a property in the end.
    public enum Verdict: Hashable, Sendable {
        /// It applied, and held.
        case holds
        case violated
        /// Nothing happened that it speaks of: that says nothing.
        case neverApplied
        /// It cannot be told from one run, or not from this one: why.
        case notChecked(String)
    }

    /// What came of one property.
    public struct Result: Sendable {
        public let name: String
        public let kind: PropertyKind
        public let cites: [String]
        public let verdict: Verdict
        /// To how many steps it applied.
        public let applied: Int
    }

    /// A property that does not hold.
    public struct Violation: Sendable {
        public let property: String
        public let kind: PropertyKind
        public let cites: [String]
        /// The part of it that failed, as the spec writes it.
        public let text: String
        public let location: SourceLocation
        /// What else there is to say.
        public let detail: String?
        /// The step that showed it.
        public let step: ObservedStep
        /// The one that it began with, where that is another: its name and time.
        public let earlier: (name: String, time: UInt64)?
    }

    private final class Held {
        let property: Property
        let monitor: (any PropertyMonitor)?
        /// Why it is not held against anything.
        var reason: String?
        var applied = 0
        var isViolated = false

        init(_ property: Property, _ monitor: (any PropertyMonitor)?, reason: String?) {
            self.property = property
            self.monitor = monitor
            self.reason = reason
        }
    }

    private let file: SourceFile
    private let observables: Observables
    private let held: [Held]
    /// In the order of the spec.
    public private(set) var violations: [Violation] = []

    /// - Parameter configuration: the bytes of the C object; empty where there is none.
    /// - Throws: `RejectedInput` for a spec, or for state objects, that are not accepted.
    public init(specification file: SourceFile, program: Program, configuration: [UInt8]) throws(RejectedInput) {
        self.file = file
        let model: StateModel
        do { model = try StateModel(program) } catch {
            throw RejectedInput([Diagnostic("\(error)", at: nil)], sources: program.sources)
        }
        let spec: CheckedSpec
        do throws(SpecError) {
            spec = try check(try parse(file), against: SpecEnvironment(program, model))
        } catch {
            throw RejectedInput(error.diagnostics, sources: [file])
        }
        let observables = Observables(model: model, configuration: configuration)
        self.observables = observables
        held = spec.properties.map { property in
            switch property.form {
            case .step(let step): Held(property, StepMonitor([step], observables), reason: nil)
            case .refinement(let model):
                Held(
                    property, StepMonitor([model.coverage] + model.rules.map(\.step), observables), reason: nil)
            case .invariant(let invariant): Held(property, InvariantMonitor(invariant, observables), reason: nil)
            case .rate(let rate): Held(property, RateObserver(rate, observables), reason: nil)
            case .history(let history):
                Held(
                    property,
                    history.direction == .later
                        ? LaterMonitor(history, observables) : EarlierMonitor(history, observables), reason: nil)
            case .independence: Held(property, nil, reason: "it compares two runs, and this is one")
            case .notYetSupported(let form):
                Held(property, nil, reason: "there is no method for this form yet: \(form)")
            }
        }
        let shapes =
            (0...2).map { Observables.Shape(operation: nil, outputs: $0) }
            + model.operations.keys.map { Observables.Shape(operation: $0, outputs: 0) }
        for held in held { for shape in shapes { held.monitor?.prepare(for: shape) } }
        observables.isRunning = true
    }

    /// A state object that the spec speaks of, and how C has it in memory.
    public struct StateObject: Sendable {
        public enum Layout: Sendable {
            case map(keySize: Int, valueSize: Int, capacity: Int)
            case pool(capacity: Int)
            case bytes(Int)
        }

        public let name: String
        public let layout: Layout
    }

    /// All that must be known of the state.
    public var stateObjects: [StateObject] {
        observables.objects.sorted().compactMap { name in
            let model = observables.model
            if let map = model.maps[name] {
                return StateObject(
                    name: name,
                    layout: .map(keySize: map.key.size, valueSize: map.value.size, capacity: map.capacity))
            }
            if let pool = model.pools[name] { return StateObject(name: name, layout: .pool(capacity: pool.capacity)) }
            return model.plain[name].map { StateObject(name: name, layout: .bytes($0.size)) }
        }
    }

    /// Holds all properties against the next step.
    ///
    /// - Returns: whether none is violated.
    public func look(at step: ObservedStep, _ state: any ObservedState) -> Bool {
        let observation = Observation(step, state, observables: observables)
        for held in held where held.reason == nil {
            guard let monitor = held.monitor else { continue }
            do {
                let finding = try monitor.look(at: observation)
                if finding.applies || finding.violation != nil { held.applied += 1 }
                guard let violation = finding.violation else { continue }
                held.isViolated = true
                violations.append(
                    Violation(
                        property: held.property.name, kind: held.property.kind, cites: held.property.cites,
                        text: violation.text, location: violation.location, detail: violation.detail, step: step,
                        earlier: violation.earlier.map { ($0.name, $0.time) }))
            } catch {
                held.reason = "from \(step.name) on: \(error)"
            }
        }
        return violations.isEmpty
    }

    /// What came of each property, in the order of the spec.
    public var results: [Result] {
        held.map { held in
            let verdict: Verdict =
                if let reason = held.reason { .notChecked(reason) } else if held.isViolated { .violated } else {
                    held.applied > 0 ? .holds : .neverApplied
                }
            return Result(
                name: held.property.name, kind: held.property.kind, cites: held.property.cites, verdict: verdict,
                applied: held.applied)
        }
    }

    /// The violation as a compiler shows a mistake: the place in the spec, the line, what failed.
    public func diagnostic(of violation: Violation) -> String {
        let place = violation.location
        let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false)
        var end = place.column + 1
        if place.file == file.path, lines.indices.contains(place.line - 1) {
            let line = lines[place.line - 1]
            let rest = line.utf8.dropFirst(max(0, place.column - 1))
            // What goes on behind the line, or is laid out otherwise, is marked to the line's end.
            let isHere = rest.starts(with: violation.text.utf8)
            let code = line.utf8.prefix { $0 != UInt8(ascii: "/") }.count
            end = isHere ? place.column + violation.text.utf8.count : max(place.column + 1, code + 1)
        }
        return DiagnosticRenderer(sources: [file]).render(
            Diagnostic(
                "property '\(violation.property)' is violated: it does not hold that \(violation.text)",
                at: SourceSpan(start: place, endColumn: end), hints: violation.detail.map { [$0] } ?? []))
    }
}
