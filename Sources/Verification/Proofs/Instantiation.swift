import Logic
import SpecLanguage
import SymbolicExecution

/// Invariants quantify over the keys of maps and the indices of arrays. This file chooses the keys at which an obligation may use them:
/// those that occur in it. Any choice is sound; a key that is missing can only leave something unproved.
struct Instantiation {
    private let keys: OccurringKeys
    /// Most instances per invariant, in one obligation.
    private let instanceLimit = 200

    /// Instances that were made before, in the same context.
    private let cache: InstanceCache?

    init(keys: OccurringKeys, cache: InstanceCache? = nil) {
        self.keys = keys
        self.cache = cache
    }

    /// Instances of the invariants in one state: of those over no key at all; of those over one key at the keys that occur in the seeds
    /// and, once more, at those that the first instances bring in. Those over several keys would be too many: whoever has a use for them
    /// adds them.
    func instances(
        of invariants: [InvariantProperty], in context: LoweringContext, seeds: [Term]
    ) -> [Term] {
        var result: Set<Term> = []
        var used = [Set<[Term]>](repeating: [], count: invariants.count)
        var seeds = seeds
        for _ in 0..<2 {
            let keys = keys.keys(in: seeds)
            var added: [Term] = []
            for (number, invariant) in invariants.enumerated()
            where invariant.variables.count <= 1 {
                let table = cache?.table(of: invariant.text, at: context.now)
                for binding in bindings(of: invariant, keys) {
                    guard used[number].insert(binding).inserted else { continue }
                    let instance =
                        table?.instance(at: binding) { invariant.body(context, bindings: binding) }
                        ?? invariant.body(context, bindings: binding)
                    if !instance.isTrue, result.insert(instance).inserted { added.append(instance) }
                }
            }
            seeds = added
        }
        return result.sorted { $0.identifier < $1.identifier }
    }

    private func bindings(of invariant: InvariantProperty, _ keys: [InvariantProperty.Variable.Collection: [Term]])
        -> [[Term]]
    {
        var result: [[Term]] = [[]]
        for variable in invariant.variables {
            let candidates = keys[variable.collection] ?? []
            result = result.flatMap { prefix in candidates.map { prefix + [$0] } }
            if result.count > instanceLimit { result = Array(result.prefix(instanceLimit)) }
        }
        return result
    }
}
