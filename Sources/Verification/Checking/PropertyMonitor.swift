import Diagnostics
import Logic
import MiddleboxIR
import SpecLanguage

/// Holds one property against what is observed, step by step.
protocol PropertyMonitor: AnyObject {
    /// Builds what steps of the shape are held against.
    func prepare(for shape: Observables.Shape)
    /// Looks at the next step.
    ///
    /// - Throws: when something has no value that the property needs.
    func look(at step: Observation) throws -> MonitorFinding
}

/// What a monitor says of one step.
struct MonitorFinding {
    /// Whether the property says anything about it.
    var applies = false
    var violation: Violation?

    struct Violation {
        let text: String
        let location: SourceLocation
        /// What else there is to say: the sum of a rate.
        var detail: String?
        /// The step that it began with, where that is another.
        var earlier: Moment?
    }

    /// A step that was observed.
    struct Moment {
        let name: String
        let time: UInt64
    }
}

extension MonitorFinding.Violation {
    init(_ claim: Observables.Claim, detail: String? = nil, earlier: MonitorFinding.Moment? = nil) {
        self.init(text: claim.text, location: claim.location, detail: detail, earlier: earlier)
    }

    init(_ conjunct: Conjunct, detail: String? = nil, earlier: MonitorFinding.Moment? = nil) {
        self.init(text: conjunct.text, location: conjunct.location, detail: detail, earlier: earlier)
    }
}

extension Observation {
    var moment: MonitorFinding.Moment { .init(name: step.name, time: step.time) }
}

extension Observables {
    /// One of the things that a property claims, as a term that can be evaluated.
    struct Claim {
        let text: String
        let location: SourceLocation
        let formula: Term
    }

    func prepared(_ conjuncts: [Conjunct]) -> [Claim] {
        conjuncts.map { Claim(text: $0.text, location: $0.location, formula: prepared($0.formula)) }
    }
}

/// Claims about single steps: a step property, or the rules of a model and that there is one for all that happens.
final class StepMonitor: PropertyMonitor {
    private struct Terms {
        let premise: Term
        let conclusions: [Observables.Claim]
    }

    private let observables: Observables
    private let claims: [any StepClaim]
    private var terms: [Observables.Shape: [Terms]] = [:]

    init(_ claims: [any StepClaim], _ observables: Observables) {
        self.claims = claims
        self.observables = observables
    }

    func prepare(for shape: Observables.Shape) { _ = terms(of: shape) }

    private func terms(of shape: Observables.Shape) -> [Terms] {
        if let known = terms[shape] { return known }
        let context = observables.context(of: shape)
        let made = claims.filter { $0.isAbout(context) }.flatMap { claim in
            claim.subjects(in: context).map { output in
                Terms(
                    premise: observables.prepared(claim.premise(context, output: output)),
                    conclusions: observables.prepared(claim.conclusions(context, output: output)))
            }
        }
        terms[shape] = made
        return made
    }

    func look(at step: Observation) throws -> MonitorFinding {
        var finding = MonitorFinding()
        for terms in terms(of: step.shape) where try step.holds(terms.premise) {
            finding.applies = true
            for conclusion in terms.conclusions where try !step.holds(conclusion.formula) {
                finding.violation = .init(conclusion)
                return finding
            }
        }
        return finding
    }
}

/// A claim about every state: it is held against that after each step, and against that before it at the time of the step.
final class InvariantMonitor: PropertyMonitor {
    private struct Terms {
        let keys: [Term]
        let claims: [Observables.Claim]
        /// Whether nothing but the entries of the keys matters, so that where none of them is written, what held goes on to hold.
        let isLocal: Bool
    }

    private let observables: Observables
    private let invariant: InvariantProperty
    private let terms: [ObservedMoment: Terms]
    private var isFirst = true

    init(_ invariant: InvariantProperty, _ observables: Observables) {
        self.observables = observables
        self.invariant = invariant
        let keys = invariant.variables.enumerated().map { Term.variable("key:\($0)", $1.sort) }
        for variable in invariant.variables { observables.read(variable.collection.name) }
        var terms: [ObservedMoment: Terms] = [:]
        for moment in [ObservedMoment.before, .after] {
            let claims = observables.prepared(invariant.claims(observables.context(of: moment), bindings: keys))
            terms[moment] = Terms(
                keys: keys, claims: claims,
                isLocal: claims.allSatisfy { Self.isLocal($0.formula, invariant, keys, observables) })
        }
        self.terms = terms
    }

    func prepare(for shape: Observables.Shape) {}

    private static func isLocal(
        _ claim: Term, _ invariant: InvariantProperty, _ keys: [Term], _ observables: Observables
    ) -> Bool {
        observables.variables(in: claim).allSatisfy { variable in
            if keys.contains(variable) { return true }
            guard case .value(let map, let key, _)? = observables.sources[variable],
                let position = keys.firstIndex(of: key)
            else { return false }
            return invariant.variables[position].collection == .map(map)
        }
    }

    func look(at step: Observation) throws -> MonitorFinding {
        var finding = MonitorFinding()
        defer { isFirst = false }
        // What held of the state before, held at an earlier time.
        for moment in [ObservedMoment.before, .after] {
            guard let terms = terms[moment] else { continue }
            let isPartial = terms.isLocal && !isFirst
            if isPartial, moment == .before { continue }
            let members = invariant.variables.map { step.members(of: $0.collection, at: moment) }
            finding.applies = finding.applies || !members.contains(where: \.isEmpty)
            let written = isPartial ? invariant.variables.map { changed($0.collection, step) } : members.map(Set.init)
            finding.violation = try violation(terms, members, written, [:], isWritten: false, step)
            if finding.violation != nil { return finding }
        }
        return finding
    }

    private func changed(_ collection: InvariantProperty.Variable.Collection, _ step: Observation) -> Set<Value> {
        switch collection {
        case .map(let name):
            guard let record = observables.model.maps[name]?.key else { return [] }
            return Set(step.state.changedKeys(of: name).map(record.value))
        case .pool(let name):
            let (before, after) = (
                step.state.deadlines(of: name, at: .before), step.state.deadlines(of: name, at: .after)
            )
            return Set(
                zip(before, after).enumerated().filter { $0.element.0 != $0.element.1 }.map {
                    .bitVector(UInt128($0.offset), width: 32)
                })
        // Told only of keys and indices: what holds of an array is not local.
        case .array(_, let count): return Set((0..<count).map { .bitVector(UInt128($0), width: 32) })
        }
    }

    /// A choice of members, one of them written, of which the claims do not hold.
    private func violation(
        _ terms: Terms, _ members: [[Value]], _ written: [Set<Value>], _ chosen: [Term: Value], isWritten: Bool,
        _ step: Observation
    ) throws -> MonitorFinding.Violation? {
        let position = chosen.count
        guard position < members.count else {
            let bound = step.binding(chosen)
            guard let claim = try terms.claims.first(where: { try !bound.holds($0.formula) }) else { return nil }
            return .init(claim, detail: detail(chosen, terms))
        }
        // Where none before is written, and none behind can be, this one must be.
        let isLast = position == members.count - 1
        let candidates =
            isLast && !isWritten ? members[position].filter(written[position].contains) : members[position]
        for value in candidates {
            var chosen = chosen
            chosen[terms.keys[position]] = value
            let found = try violation(
                terms, members, written, chosen, isWritten: isWritten || written[position].contains(value), step)
            if let found { return found }
        }
        return nil
    }

    /// The members by their names in the spec.
    private func detail(_ chosen: [Term: Value], _ terms: Terms) -> String? {
        let texts = zip(invariant.variables, terms.keys).compactMap { variable, key -> String? in
            guard let value = chosen[key] else { return nil }
            switch variable.collection {
            case .pool, .array: return "\(variable.name) is \(value.bits ?? 0)"
            case .map(let name):
                guard let record = observables.model.maps[name]?.key else { return nil }
                let fields = zip(record.leaves, value.fields ?? []).map { leaf, field in
                    (leaf.name.isEmpty ? "" : "\(leaf.name) ") + leaf.text(of: field.bits ?? 0)
                }
                return "\(variable.name) is (\(fields.joined(separator: ", ")))"
            }
        }
        return texts.isEmpty ? nil : texts.joined(separator: "; ")
    }
}
