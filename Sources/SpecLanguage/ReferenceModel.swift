import Diagnostics
import Logic

/// `model NAME`: all that a middlebox may do, as a list of cases. The C code refines it if each rule holds of every step, and every step is a
/// case of some rule.
public struct ReferenceModel: Sendable {
    /// A case: what comes in, in which state, and what comes of it.
    public struct Rule: Sendable {
        public let step: StepProperty
        /// Of its `when`.
        public let location: SourceLocation
    }

    public let name: String
    /// In the order of the file; at least one.
    public let rules: [Rule]
    /// Where the property names the model.
    let location: SourceLocation

    /// That there is a rule for all that happens.
    public var coverage: Coverage { Coverage(model: self) }

    /// Of every packet: some rule about steps applies, or something leaves and some rule about packets that leave applies to each that does.
    public struct Coverage: StepClaim {
        let model: ReferenceModel

        public var operation: String? { nil }
        public var concernsOutput: Bool { false }

        public func premise(_ context: LoweringContext, output: Int?) -> Term { .true }

        public func entryPremise(_ context: LoweringContext) -> Term { .true }

        public func conclusions(_ context: LoweringContext, output: Int?) -> [Conjunct] {
            let steps = model.rules.map(\.step).filter { !$0.concernsOutput }
            let outputs = model.rules.map(\.step).filter(\.concernsOutput)
            var cases = steps.map { $0.premise(context, output: nil) }
            if !context.outputs.isEmpty {
                cases.append(
                    .and(
                        context.outputs.indices.map { output in
                            .or(outputs.map { $0.premise(context, output: output) })
                        }))
            }
            return [
                Conjunct(
                    text: "a rule of model '\(model.name)' applies", location: model.location, formula: .or(cases))
            ]
        }
    }
}
