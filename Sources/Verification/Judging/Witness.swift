import Logic
import SpecLanguage

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

/// What of a premise that nothing meets keeps all away.
enum ExcludedPremise {
    /// No packet comes in, or leaves, as its `when` says.
    case when
    /// Of those that meet all parts before this one, none meets it.
    case part(PremisePart, isFirst: Bool)

    /// The first part that nothing meets together with those before it; nil where that is not found out, or something meets them all.
    ///
    /// - Parameter canHappen: whether something meets the premise of a property; nil when the solver gave up.
    init?(of property: StepProperty, canHappen: (StepProperty) -> Bool?) {
        let parts = property.premiseParts
        for count in 0...parts.count {
            switch canHappen(property.keeping(premiseParts: count)) {
            case true?: continue
            case false?:
                self = count == 0 ? .when : .part(parts[count - 1], isFirst: count == 1)
                return
            case nil: return nil
            }
        }
        return nil
    }
}

extension MiddleboxVerification {
    /// Whether one of the steps can happen in a state that the invariants admit; nil where that was not found out.
    ///
    /// - Parameters:
    ///   - steps: for each, what must be the case.
    ///   - name: whose premise it is.
    func canHappen(
        _ steps: some Sequence<[Term]>, given invariants: [InvariantProperty], for name: String
    ) -> Bool? {
        var hasGivenUp = false
        for conditions in steps {
            let assertions = facts + conditions
            let all = assertions + instances(of: invariants, for: assertions)
            switch discharger.satisfiability(of: all, subject: "premises that can be met", place: name) {
            case .satisfiable: return true
            case .unsatisfiable: continue
            case .unknown: hasGivenUp = true
            }
        }
        return hasGivenUp ? nil : false
    }
}
