// Counting elements of arrays: what a map holds, what a pool has left. Solvers know nothing of counting. Builders take out what was stored, so
// that counts before and after a change differ by linear arithmetic; how many there are in an array variable stays an uninterpreted function.

extension Term {
    static let numberAboveFunction = "number_above"
    static let numberNotAboveFunction = "number_not_above"

    /// How many elements of an array of integers are above a bound, which is at least 0. Nearly all elements are 0.
    public static func number(above bound: Term, in array: Term) -> Term {
        func isCounted(_ element: Term) -> Term { .ifThenElse(.less(bound, element), .integer(1), .integer(0)) }
        return count(array) { array, index, element in
            isCounted(element) - isCounted(.select(array, index))
        } unchanged: { array in
            if array.operation == .constantArray, array.arguments[0] == .integer(0) { return .integer(0) }
            return intern(.apply(numberAboveFunction), [array, bound], sort: .integer)
        }
    }

    /// How many elements from one index to another, both included, are not above a bound, which is at least 0.
    ///
    /// - Parameters:
    ///   - first: A bit-vector, as `last` is. Where it is above `last` there are none.
    public static func number(notAbove bound: Term, in array: Term, from first: Term, through last: Term) -> Term {
        func isCounted(_ element: Term) -> Term { .ifThenElse(.less(bound, element), .integer(0), .integer(1)) }
        return count(array) { array, index, element in
            .ifThenElse(
                unsignedLessOrEqual(first, index) && unsignedLessOrEqual(index, last),
                isCounted(element) - isCounted(.select(array, index)), .integer(0))
        } unchanged: { array in
            if array.operation == .constantArray, array.arguments[0] == .integer(0) {
                return .ifThenElse(
                    unsignedLessOrEqual(first, last), unsignedInteger(subtract(last, first)) + .integer(1), .integer(0))
            }
            return intern(.apply(numberNotAboveFunction), [array, first, last, bound], sort: .integer)
        }
    }

    private static func count(
        _ array: Term, stored: (_ array: Term, _ index: Term, _ element: Term) -> Term, unchanged: (Term) -> Term
    ) -> Term {
        var changes: [Term] = []
        var array = array
        while array.operation == .store {
            changes.append(stored(array.arguments[0], array.arguments[1], array.arguments[2]))
            array = array.arguments[0]
        }
        if array.operation == .ifThenElse {
            let choices = array.arguments[1...].map { count($0, stored: stored, unchanged: unchanged) }
            return sum(changes + [.ifThenElse(array.arguments[0], choices[0], choices[1])])
        }
        return sum(changes + [unchanged(array)])
    }

    /// Whether a function of this name counts elements of an array.
    public static func isCount(_ function: String) -> Bool {
        function == numberAboveFunction || function == numberNotAboveFunction
    }

    /// The count that an application stands for; nil for other functions.
    static func count(_ function: String, _ arguments: [Term]) -> Term? {
        switch (function, arguments.count) {
        case (numberAboveFunction, 2): number(above: arguments[1], in: arguments[0])
        case (numberNotAboveFunction, 4):
            number(notAbove: arguments[3], in: arguments[0], from: arguments[1], through: arguments[2])
        default: nil
        }
    }
}

extension ArrayValue {
    /// What a counting function is of concrete arguments; nil for other functions, and where it is not finite.
    static func count(_ function: String, _ arguments: [Value]) -> Value? {
        guard let array = arguments.first?.array, array.defaultElement == .integer(0) else { return nil }
        switch (function, arguments.count) {
        case (Term.numberAboveFunction, 2):
            guard let bound = arguments[1].integer else { return nil }
            return .integer(Int128(array.entries.values.count { ($0.integer ?? 0) > bound }))
        case (Term.numberNotAboveFunction, 4):
            guard let first = arguments[1].bits, let last = arguments[2].bits, let bound = arguments[3].integer else {
                return nil
            }
            if first > last { return .integer(0) }
            let above = array.entries.count { index, element in
                index.bits.map { (first...last).contains($0) } ?? false && (element.integer ?? 0) > bound
            }
            return .integer(Int128(last - first) + 1 - Int128(above))
        default: return nil
        }
    }
}
