import Diagnostics
import Logic
import OrderedCollections
import SMT
import SpecLanguage
import SymbolicExecution

/// Invariants, proved together by induction: each holds in the initial state, survives the passing of time, and is kept by every way
/// through the middlebox. Those that fail are dropped and the rest is tried again (Houdini), so that what remains holds whatever
/// becomes of the others.
struct InvariantProof {
    struct Failure {
        let conjunct: Conjunct
        let obligation: Obligation
        /// The step that breaks it; nil for the initial state and for time.
        let group: PathGroup?
        let reason: String
        let isUnknown: Bool
    }

    struct Result {
        var proved: [String]
        var failures: [String: Failure]
        /// Obligations per invariant.
        var obligations: [String: Int]

        /// What came of another attempt at those that failed, and at others.
        mutating func add(_ other: Result) {
            proved += other.proved
            for name in other.proved { failures[name] = nil }
            failures.merge(other.failures) { first, _ in first }
            obligations.merge(other.obligations) { $0 + $1 }
        }
    }

    let verification: MiddleboxVerification
    /// What packets and control operations can do to the state, where an invariant about some objects is to be kept.
    let changes: (_ objects: Set<String>) -> [PathGroup]

    /// - Parameters:
    ///   - guesses: further ones that nobody claims.
    ///   - given: what is known to hold already.
    func run(
        _ stated: [(name: String, property: InvariantProperty)],
        guesses: [(name: String, property: InvariantProperty)] = [], given: [InvariantProperty] = []
    ) -> Result {
        let invariants = stated + guesses
        let guessed = Set(guesses.map(\.name))
        var result = Result(proved: [], failures: [:], obligations: [:])
        var standing = invariants
        while !standing.isEmpty {
            let sites = sites(for: standing, given: given, guessed)
            for claim in sites.flatMap(\.claims) { result.obligations[standing[claim.candidate].name, default: 0] += 1 }
            let failures = verification.discharger.failures(at: sites, else: nil)
            if failures.isEmpty { break }
            for (site, claim, outcome) in failures where result.failures[standing[claim.candidate].name] == nil {
                result.failures[standing[claim.candidate].name] = failure(site, claim, outcome)
            }
            let failed = Set(failures.map(\.claim.candidate))
            standing = standing.indices.filter { !failed.contains($0) }.map { standing[$0] }
        }
        result.proved = standing.map(\.name)
        return result
    }

    private func failure(_ site: InductionSite, _ claim: InductionSite.Claim, _ outcome: Discharge) -> Failure? {
        guard let conjunct = claim.conjunct else { return nil }
        let reason =
            switch outcome {
            case .unknown(let reason): "the solver gave up (\(reason))"
            case .counterexample, .proved:
                switch site.group {
                case nil: "it does not survive the passing of time, or does not hold at the start"
                case let group?:
                    group.representative.operation.map { "operation '\($0)' may break it" } ?? "a packet may break it"
                }
            }
        return Failure(
            conjunct: conjunct, obligation: site.obligation([claim]), group: site.group, reason: reason,
            isUnknown: outcome.isUnknown)
    }

    /// Any key of a map: free in the obligation, hence universally quantified.
    ///
    /// Invariants over one key each speak of the same one, so that what they claim of it can be asked in one question.
    static func skolemKeys(_ property: InvariantProperty, name: String) -> [Term] {
        if property.variables.count == 1, let only = property.variables.first {
            switch only.collection {
            case .map(let object), .pool(let object), .array(let object, _):
                return [.variable("any key of \(object)", only.sort)]
            }
        }
        return property.variables.map { .variable("\(name).\($0.name)", $0.sort) }
    }

    /// What the arbitrary keys are, relative to those that the step wrote: each is one of these or none of them.
    private struct KeyCase {
        var keys: [Term]
        var facts: [Term] = []
        var distinctKeys: Set<TermStateView.DistinctKeys> = []
        var name = ""
    }

    /// Splits an obligation about arbitrary keys so that reads at them need no case distinction of the solver's.
    private func keyCases(_ property: InvariantProperty, _ keys: [Term], in state: StateTerms) -> [KeyCase] {
        var cases = [KeyCase(keys: keys)]
        for (position, variable) in property.variables.enumerated() {
            guard case .map(let name) = variable.collection, let map = state.maps[name] else { continue }
            var stored: [Term] = []
            for array in [map.deadline, map.value] {
                var current = array
                while current.operation == .store {
                    if !stored.contains(current.arguments[1]) { stored.append(current.arguments[1]) }
                    current = current.arguments[0]
                }
            }
            guard stored.count <= 3 else { continue }
            cases = cases.flatMap { base in
                var ways = stored.map { key in
                    var way = base
                    way.keys[position] = key
                    way.name += ", \(variable.name) written"
                    return way
                }
                var other = base
                for key in stored {
                    other.facts.append(.notEqual(keys[position], key))
                    other.distinctKeys.insert(.init(read: keys[position], stored: key))
                }
                ways.append(other)
                return ways
            }
        }
        return cases
    }

    private func sites(
        for invariants: [(name: String, property: InvariantProperty)], given: [InvariantProperty],
        _ guessed: Set<String>
    ) -> [InductionSite] {
        let properties = given + invariants.map(\.property)
        let now = InputVariables.now
        let initial = verification.context(of: verification.initialState, now: now)
        let held = verification.context(of: verification.before, now: now)
        let earlier = Term.variable("earlier", .integer)
        let past = verification.context(of: verification.before, now: earlier)
        /// The site of the claims, with what is known at it, and of what held before about several keys at once.
        func site(
            _ place: String, _ members: [Member], _ keys: [Int: [Term]], _ after: LoweringContext,
            knowing facts: [Term], before: LoweringContext?, seeds: [Term] = [], group: PathGroup? = nil
        ) -> InductionSite {
            let claims = members.flatMap { member in
                member.property.conjuncts(after, bindings: keys[member.number] ?? []).map {
                    InductionSite.Claim(candidate: member.number, goal: $0.formula, conjunct: $0)
                }
            }
            return InductionSite(place: place, claims: claims, group: group) { [verification] claims in
                let goal = Term.and(claims.map(\.goal))
                var known: [Term] = []
                if let before {
                    let terms = [goal] + seeds + claims.flatMap { keys[$0.candidate] ?? [] }
                    known =
                        group == nil
                        ? Instantiation(keys: verification.occurringKeys).instances(
                            of: properties, in: before, seeds: terms)
                        : verification.instances(of: properties, for: terms)
                    var several: Set<Int> = []
                    for claim in claims where several.insert(claim.candidate).inserted {
                        let property = invariants[claim.candidate].property
                        // An invariant over several keys at its own keys: it is instantiated nowhere else.
                        if property.variables.count > 1 {
                            known.append(property.body(before, bindings: keys[claim.candidate] ?? []))
                        }
                    }
                }
                let names = OrderedSet(claims.map { invariants[$0.candidate].name })
                var obligation = Obligation(
                    subject: names.count == 1 ? names[0] : "invariants", place: place,
                    assumptions: verification.facts + facts + known, goal: goal)
                obligation.isGuess = guessed.isSuperset(of: names)
                // Asked together with guesses, it will be asked alone where that fails.
                obligation.isArithmetic = !guessed.isDisjoint(with: names)
                obligation.location = group?.representative.lastLocation
                return obligation
            }
        }
        var sites: [InductionSite] = []
        // Those over the same one key are looked at together.
        let all = invariants.enumerated().map { Member(number: $0, name: $1.name, property: $1.property) }
        let families = OrderedDictionary(grouping: all) { member in
            let variables = member.property.variables
            return variables.count == 1 ? Family.over(variables[0].collection) : Family.alone(member.number)
        }
        for members in families.values {
            guard let first = members.first else { continue }
            let any = Self.skolemKeys(first.property, name: first.name)
            let keys = Dictionary(uniqueKeysWithValues: members.map { ($0.number, any) })
            sites.append(site("initially", members, keys, initial, knowing: [], before: nil))
            // While time passes: what held at `earlier` holds at `now`.
            sites.append(
                site(
                    "over time", members, keys, held,
                    knowing: [.lessOrEqual(.integer(0), earlier), .lessOrEqual(earlier, now)], before: past))
            // Along every way that changes the state.
            let objects = members.map { verification.objects(in: [$0.property.body(held, bindings: any)]) }
            for concerned in OrderedSet(objects) {
                let members = zip(members, objects).filter { $0.1 == concerned }.map(\.0)
                for group in changes(concerned) {
                    for keyCase in keyCases(first.property, any, in: group.state) {
                        let after = verification.context(
                            of: group.state, now: now, distinctKeys: keyCase.distinctKeys)
                        let keys = Dictionary(uniqueKeysWithValues: members.map { ($0.number, keyCase.keys) })
                        var next = site(
                            "kept by \(group.name)\(keyCase.name)", members, keys, after,
                            knowing: group.conditions + keyCase.facts, before: held,
                            seeds: group.conditions + group.state.terms, group: group)
                        next.isTelling = !keyCase.name.isEmpty
                        sites.append(next)
                    }
                }
            }
        }
        return sites
    }

    private struct Member {
        let number: Int
        let name: String
        let property: InvariantProperty
    }

    /// Invariants whose claims are asked together.
    private enum Family: Hashable {
        case over(InvariantProperty.Variable.Collection)
        case alone(Int)
    }
}
