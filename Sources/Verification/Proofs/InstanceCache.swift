import Logic

/// Instances of formulas with variables, such as invariants: obligations have most of theirs in common.
final class InstanceCache {
    /// Those of one formula in one context, by what stands for its variables.
    final class Table {
        private var known: [[Term]: Term] = [:]

        func instance(at binding: [Term], _ make: () -> Term) -> Term {
            if let known = known[binding] { return known }
            let instance = make()
            known[binding] = instance
            return instance
        }
    }

    private struct Place: Hashable {
        let text: String
        let time: Term
    }

    private var tables: [Place: Table] = [:]

    /// - Parameters:
    ///   - text: of the formula.
    ///   - time: of the context, where there are several.
    func table(of text: String, at time: Term) -> Table {
        let place = Place(text: text, time: time)
        if let known = tables[place] { return known }
        let table = Table()
        tables[place] = table
        return table
    }
}
