/// What can be done about a property that is neither proved nor refuted, by what keeps it from being so.
enum Hint {
    static let unfollowed =
        "write this line in another way (docs/writing-a-middlebox.md says what is followed), or keep the packets that the property speaks of away from it"
    static let stateNotRuledOut =
        "if that state cannot be, an invariant in the spec that says so is proved and used; if it can, the premise lacks a condition, or the program is wrong on a trace longer than the search goes"
    static let gaveUp =
        "say less in one property: a premise that narrows it down, or a property for each conjunct; an invariant may take the search out of it"
    static let vacuous =
        "leave out one conjunct of the premise, or one assumption, after the other: what it is proved with again is at fault"
    static let excluded =
        "if such packets should be, the program or an assumption keeps them out; if not, this says nothing that the rest of the spec does not"
    static let contradiction = "leave out one assumption after the other: what they can be met without is at fault"
    static let simplerAssumptions = "say less in the assumptions, or the same in several of them"
    static let noWitness =
        "a premise that fewer packets lead up to is found more easily: say less in it, or split the property"
    static let disagreement =
        "the C code, the spec and the files that --counterexamples writes are what it takes to find out why"
    static let otherForm = "docs/specification-language.md lists the forms that there are"

    static func first(_ check: String) -> String { "look at '\(check)' first: behind it, anything can happen" }
}
