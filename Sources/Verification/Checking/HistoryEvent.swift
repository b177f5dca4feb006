import Logic
import SpecLanguage

/// One of the two steps of a history, as it looks in steps of one kind: when it is there, and what is compared of it.
struct HistoryEvent {
    let premise: Term
    /// In the order of the remembered constants. Nil where such a step has nothing of the kind: then it is none.
    private let parts: [(value: Term, isThere: Term, sort: Sort)]?

    init(
        _ history: HistoryProperty, _ step: StepProperty, _ context: LoweringContext, output: Int?,
        _ observables: Observables
    ) {
        premise = observables.prepared(step.premise(context, output: output))
        let observation = history.observation(context, output: output)
        let parts = observation.compactMap { part in
            part.value.map { (observables.prepared($0), observables.prepared(part.isThere), part.remembered.sort) }
        }
        self.parts = parts.count == observation.count ? parts : nil
    }

    /// What is compared, if this step is one. What does not matter of it is 0.
    func values(in step: Observation) throws -> [Value]? {
        guard let parts, try step.holds(premise) else { return nil }
        return try parts.map { try step.holds($0.isThere) ? step.value(of: $0.value) : .zero(of: $0.sort) }
    }
}

extension HistoryProperty {
    /// The constants that stand for what is compared of the step that is remembered, and a context of such a step.
    func constants(
        of step: StepProperty, as remembered: Remembered, _ observables: Observables
    ) -> (constants: [Term], context: LoweringContext) {
        var context = observables.context(
            of: Observables.Shape(operation: step.operation, outputs: step.concernsOutput ? 1 : 0))
        context.remembered = remembered
        return (observation(context, output: step.concernsOutput ? 0 : nil).map(\.remembered), context)
    }
}

extension StepProperty {
    /// What it is about in a step: nothing, where that is of another kind.
    func subjectsIfAny(in context: LoweringContext) -> [Int?] { isAbout(context) ? subjects(in: context) : [] }
}
