// Arrays and tuples.

extension Term {
    public static func constantArray(_ element: Term, sort: Sort) -> Term {
        intern(.constantArray, [element], sort: sort)
    }

    /// Reads through stores as far as indices are known to be equal or different.
    public static func select(_ array: Term, _ index: Term) -> Term {
        guard case .array(let indexSort, let elementSort) = array.sort, indexSort == index.sort else {
            preconditionFailure("select of \(array.sort) at \(index.sort)")
        }
        var current = array
        while current.operation == .store {
            let same = equal(current.arguments[1], index)
            if same.isTrue { return current.arguments[2] }
            guard same.isFalse else { break }
            current = current.arguments[0]
        }
        if current.operation == .constantArray { return current.arguments[0] }
        if current.operation == .ifThenElse {
            return ifThenElse(
                current.arguments[0], select(current.arguments[1], index), select(current.arguments[2], index))
        }
        return intern(.select, [current, index], sort: elementSort)
    }

    public static func store(_ array: Term, _ index: Term, _ value: Term) -> Term {
        guard case .array(index: index.sort, element: value.sort) = array.sort else {
            preconditionFailure("store into \(array.sort) at \(index.sort) of \(value.sort)")
        }
        if array.operation == .store, array.arguments[1] == index {
            return store(array.arguments[0], index, value)
        }
        if value.operation == .select, value.arguments == [array, index] { return array }
        return intern(.store, [array, index, value], sort: array.sort)
    }

    public static func tuple(_ fields: [Term], sort: Sort) -> Term {
        guard case .tuple(let tupleSort) = sort, tupleSort.fields.map(\.sort) == fields.map(\.sort) else {
            preconditionFailure("a tuple of \(fields.map(\.sort)) is not a \(sort)")
        }
        // A tuple of all the fields of one tuple, in order, is that tuple.
        if let first = fields.first, case .field(0) = first.operation {
            let whole = first.arguments[0]
            if whole.sort == sort, fields.indices.allSatisfy({ fields[$0] == field($0, of: whole) }) { return whole }
        }
        return intern(.tuple, fields, sort: sort)
    }

    public static func field(_ index: Int, of tuple: Term) -> Term {
        guard case .tuple(let sort) = tuple.sort, sort.fields.indices.contains(index) else {
            preconditionFailure("field \(index) of \(tuple.sort)")
        }
        switch tuple.operation {
        case .tuple: return tuple.arguments[index]
        case .ifThenElse:
            return ifThenElse(
                tuple.arguments[0], field(index, of: tuple.arguments[1]), field(index, of: tuple.arguments[2]))
        default: return intern(.field(index), [tuple], sort: sort.fields[index].sort)
        }
    }
}
