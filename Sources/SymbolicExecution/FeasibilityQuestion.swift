import Logic

/// Whether conditions can hold together.
public struct FeasibilityQuestion: Sendable {
    /// Conditions that can hold together, as was found out or taken for granted. Those that have nothing to do with the others need not be asked
    /// about again.
    public let settled: [Term]
    public let open: [Term]

    public var conditions: [Term] { settled + open }

    public init(settled: [Term] = [], open: [Term]) {
        self.settled = settled
        self.open = open
    }
}

/// For each question, whether its conditions can hold together; in doubt, yes. Independent questions are put together.
public typealias FeasibilityOracle = (_ questions: [FeasibilityQuestion]) -> [Bool]
