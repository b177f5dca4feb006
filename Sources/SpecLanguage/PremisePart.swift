import Diagnostics

/// A conjunct of a premise, as the spec writes it.
public struct PremisePart: Sendable {
    public let text: String
    public let location: SourceLocation
}

extension StepProperty {
    /// What its premise says besides which packets it is about, in the order of the spec.
    public var premiseParts: [PremisePart] {
        parts.map { PremisePart(text: $0.source.text, location: $0.source.location) }
    }

    /// The property with the first of the premise's parts and no others.
    public func keeping(premiseParts count: Int) -> StepProperty {
        StepProperty(
            concernsOutput: concernsOutput, operation: operation, ingress: ingress, egress: egress,
            concernsPairs: concernsPairs, otherEgress: otherEgress, premises: Array(parts.prefix(count)),
            conclusions: conclusions)
    }

    private var parts: [CheckedFormula] { premises.flatMap(\.conjuncts) }
}
