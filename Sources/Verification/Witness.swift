/// Whether what a property presumes can happen: without it, the property says nothing.
enum Witness {
    /// A trace from the initial state ends in it.
    case found
    /// No state that satisfies the invariants admits it.
    case impossible
    /// Neither was found out within the budget.
    case unknown(reason: String)

    /// - Parameters:
    ///   - isSatisfiable: whether it can happen in a state that satisfies the invariants; nil when the solver gave up.
    ///   - trace: whether a trace leads to it.
    init(_ isSatisfiable: Bool?, trace: () -> Bool) {
        switch isSatisfiable {
        case false?: self = .impossible
        case true?:
            self =
                trace()
                ? .found
                : .unknown(reason: "no trace from the initial state that meets its premise was found within the budget")
        case nil: self = .unknown(reason: "whether its premise can be met was not found out within the budget")
        }
    }
}
