import Logic

/// Something to be proved along each path: of the step as a whole, or of each packet that leaves.
public protocol StepClaim: Sendable {
    /// The control operation that it is about; nil for packets.
    var operation: String? { get }
    /// Whether it speaks of each packet that leaves, one at a time.
    var concernsOutput: Bool { get }
    /// Whether it compares that with each other one that leaves.
    var concernsPairs: Bool { get }
    /// What must be the case for it to say anything about a step.
    func premise(_ context: LoweringContext, output: Int?) -> Term
    /// What it says of a step that fits its premise.
    func conclusions(_ context: LoweringContext, output: Int?) -> [Conjunct]
    /// What can be told of the premise when the packet comes in; the premise implies it.
    func entryPremise(_ context: LoweringContext) -> Term
}

extension StepProperty: StepClaim {}

extension StepClaim {
    public var concernsPairs: Bool { false }

    /// Whether it speaks of what happens in the context: a packet, or a run of one operation.
    public func isAbout(_ context: LoweringContext) -> Bool { operation == context.operation?.name }

    /// What it is about in a step of that kind: each packet that leaves, by its place among them; or the step as a whole, nil.
    public func subjects(in context: LoweringContext) -> [Int?] {
        concernsOutput ? context.outputs.indices.map { $0 } : [nil]
    }
}
