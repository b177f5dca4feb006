import Logic

extension StepProperty {
    /// What can be told of the premise when the packet comes in: the ingress port, and what is said of that packet, the configuration and
    /// the time alone. The premise implies it.
    ///
    /// - Parameter context: of the step, as far as it is known; its outputs and its states are not looked at.
    public func entryPremise(_ context: LoweringContext) -> Term {
        guard isAbout(context) else { return .false }
        let lowering = Lowering(context, output: nil)
        var conditions: [Term] = []
        if let ingress { conditions.append(.equal(lowering.port(of: .input), .bitVector(UInt128(ingress), width: 32))) }
        return .and(conditions + premises.filter(\.isAboutEntry).map(lowering.formula))
    }
}

// What is not named here is about more than the entry.

extension CheckedFormula {
    fileprivate var isAboutEntry: Bool {
        switch node {
        case .constant: true
        case .connective(_, let a, let b): a.isAboutEntry && b.isAboutEntry
        case .not(let a): a.isAboutEntry
        case .numbers(_, let a, let b): a.isAboutEntry && b.isAboutEntry
        case .has(let role, _): role == .input
        case .equal, .sameTruth, .isPresent, .isAllocated, .content, .checksumIsRight, .hasRoom, .hasFreeIndex,
            .isDropped, .leaves, .leavesEveryOtherPort, .leavesOnce, .outputLeaves, .packetsEqual, .payloadsEqual,
            .quantified:
            false
        }
    }
}

extension CheckedNumber {
    fileprivate var isAboutEntry: Bool {
        switch node {
        case .literal, .now: true
        case .field(let role, _), .length(let role), .port(let role): role == .input
        case .content(.argument(let role, _, _)): role == .input
        case .content(.configuration(let path)): path.allSatisfy { if case .field = $0 { true } else { false } }
        case .arithmetic(_, let a, let b): a.isAboutEntry && b.isAboutEntry
        case .content, .entryExpiry, .indexExpiry, .rememberedTime, .elapsed: false
        }
    }
}
