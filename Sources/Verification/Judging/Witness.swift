/// Whether what a property presumes can happen: without it, the property says nothing.
enum Witness {
    /// A trace from the initial state ends in it.
    case found
    /// No state that satisfies the invariants admits it.
    case impossible
    /// Neither was found out within the budget.
    case unknown(reason: String)

    /// - Parameters:
    ///   - hasTrace: whether a trace that leads to it was found.
    ///   - isSatisfiable: whether it can happen in a state that satisfies the invariants; nil when the solver gave up.
    init(hasTrace: Bool, isSatisfiable: () -> Bool?) {
        if hasTrace {
            self = .found
            return
        }
        switch isSatisfiable() {
        case false?: self = .impossible
        case true?:
            self = .unknown(
                reason: "no trace from the initial state that meets its premise was found within the budget")
        case nil: self = .unknown(reason: "whether its premise can be met was not found out within the budget")
        }
    }
}
