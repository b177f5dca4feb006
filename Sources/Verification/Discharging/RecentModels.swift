import Logic
import SMT

/// Models that solvers have found not long ago.
///
/// What is asked next is mostly what was asked before and one condition more, such as one side of a fork: a model of the way so far is one of one of
/// its sides. To look costs little, as each model keeps the values of the terms that it has been asked about.
struct RecentModels {
    /// The latest last.
    private var evaluators: [Evaluator] = []
    private let limit: Int

    init(limit: Int = 32) { self.limit = limit }

    mutating func insert(_ model: Model) {
        evaluators.append(model.evaluator)
        if evaluators.count > limit { evaluators.removeFirst() }
    }

    /// Whether one of them is a model of all of the assertions, whatever they were found for.
    mutating func contain(modelOf assertions: [Term]) -> Bool {
        for index in evaluators.indices.reversed() {
            // The last are the most likely to fail.
            let holds = assertions.reversed().allSatisfy {
                (try? evaluators[index].evaluate($0)) == .boolean(true)
            }
            if holds { return true }
        }
        return false
    }
}
