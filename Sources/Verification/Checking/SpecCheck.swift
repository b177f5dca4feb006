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
        /// The last step of the second run, where it takes two.
        public var second: ObservedStep?
    }

    /// The spec.
    public let specification: SourceFile
    private let observables: Observables
    private let checks: [PropertyCheck]
    /// In the order of the spec.
    public private(set) var violations: [Violation] = []

    /// - Parameters:
    ///   - configuration: the bytes of the C object; empty where there is none.
    ///   - hasTwoRuns: whether claims about two runs are to be held against two.
    /// - Throws: `RejectedInput` for a spec, or for state objects, that are not accepted.
    public init(specification file: SourceFile, program: Program, configuration: [UInt8], hasTwoRuns: Bool = false)
        throws(RejectedInput)
    {
        specification = file
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
        checks = spec.properties.map { PropertyCheck($0, observables, hasTwoRuns: hasTwoRuns) }
        let shapes = observables.shapes(upToOutputs: 2)
        for check in checks { check.prepare(for: shapes) }
        observables.isRunning = true
    }

    /// All that must be known of the state.
    public var stateObjects: [StateObject] { observables.stateObjects }

    /// Holds all properties against the next step.
    ///
    /// - Returns: whether none is violated.
    public func look(at step: ObservedStep, _ state: any ObservedState) -> Bool {
        let observation = Observation(step, state, observables: observables)
        for check in checks {
            if let violation = check.look(at: observation) { note(violation, of: check.property, step) }
        }
        return violations.isEmpty
    }

    /// Holds claims about two runs against the last step of each. The first run is the one whose steps were looked at.
    public func look(
        at first: (step: ObservedStep, state: any ObservedState),
        and second: (step: ObservedStep, state: any ObservedState)
    ) {
        for check in checks {
            guard let violation = check.look(at: first, and: second) else { continue }
            note(violation, of: check.property, first.step, second: second.step)
        }
    }

    private func note(
        _ violation: MonitorFinding.Violation, of property: Property, _ step: ObservedStep,
        second: ObservedStep? = nil
    ) {
        violations.append(
            Violation(
                property: property.name, kind: property.kind, cites: property.cites, text: violation.text,
                location: violation.location, detail: violation.detail, step: step,
                earlier: violation.earlier.map { ($0.name, $0.time) }, second: second))
    }

    /// What came of each property, in the order of the spec.
    public var results: [Result] {
        checks.map { check in
            let verdict: Verdict =
                if let reason = check.reason { .notChecked(reason) } else if check.isViolated { .violated } else {
                    check.applied > 0 ? .holds : .neverApplied
                }
            let property = check.property
            return Result(
                name: property.name, kind: property.kind, cites: property.cites, verdict: verdict,
                applied: check.applied)
        }
    }
}
