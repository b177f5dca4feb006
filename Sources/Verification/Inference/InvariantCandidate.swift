import SpecLanguage

/// Something that may hold in every reachable state, as a person would write it in a spec.
struct InvariantCandidate {
    /// Behind `invariant NAME`.
    let text: String
    let property: InvariantProperty
    /// What may hold where this does not.
    let weaker: [InvariantCandidate]
}
