// Arrays and tuples.

extension Term {
    public static func constantArray(_ element: Term, sort: Sort) -> Term {
        intern(.constantArray, [element], sort: sort)
    }

    /// Reads through stores as far as indices are known to be equal or different.
    ///
    /// - Parameter decide: what else is known of an equality of two indices; nil where nothing is. The result is right only where the answers are.
    public static func select(
        _ array: Term, _ index: Term, decide: @escaping (Term) -> Bool? = { _ in nil }
    ) -> Term {
        guard case .array(let indexSort, let elementSort) = array.sort, indexSort == index.sort else {
            preconditionFailure("select of \(array.sort) at \(index.sort)")
        }
        var selection = Selection(index: index, elementSort: elementSort, decide: decide)
        return selection.select(array, depth: 0)
    }

    /// Reads at one index, each part of an array once.
    private struct Selection {
        let index: Term
        let elementSort: Sort
        let decide: (Term) -> Bool?
        var done: [Term: Term] = [:]

        mutating func select(_ array: Term, depth: Int) -> Term {
            if array.operation == .rotate {
                return Term.select(array.arguments[0], .add(index, array.arguments[1]), decide: decide)
            }
            var current = array
            while current.operation == .store {
                let same = Term.equal(current.arguments[1], index)
                let known = same.isTrue ? true : same.isFalse ? false : decide(same)
                if known == true { return current.arguments[2] }
                guard known == false else { break }
                current = current.arguments[0]
            }
            if current.operation == .constantArray { return current.arguments[0] }
            guard current.operation == .ifThenElse, depth < Term.distributionDepth else {
                return Term.intern(.select, [current, index], sort: elementSort)
            }
            if let known = done[current] { return known }
            let result = Term.ifThenElse(
                current.arguments[0], select(current.arguments[1], depth: depth + 1),
                select(current.arguments[2], depth: depth + 1))
            done[current] = result
            return result
        }
    }

    public static func store(_ array: Term, _ index: Term, _ value: Term) -> Term {
        guard case .array(index: index.sort, element: value.sort) = array.sort else {
            preconditionFailure("store into \(array.sort) at \(index.sort) of \(value.sort)")
        }
        if array.operation == .rotate {
            let (inner, amount) = (array.arguments[0], array.arguments[1])
            return rotate(store(inner, .add(index, amount), value), by: amount)
        }
        if array.operation == .store, array.arguments[1] == index {
            return store(array.arguments[0], index, value)
        }
        if array.operation == .constantArray, array.arguments[0] == value { return array }
        if value.operation == .select, value.arguments == [array, index] { return array }
        return intern(.store, [array, index, value], sort: array.sort)
    }

    /// The array that has at index i what `array` has at i + amount, counted modulo the number of indices.
    ///
    /// Rotations stay outside of stores and choices, where reads take them away: a term that only reads arrays has none.
    public static func rotate(_ array: Term, by amount: Term) -> Term {
        guard case .array(index: amount.sort, _) = array.sort, amount.sort.width != nil else {
            preconditionFailure("rotation of \(array.sort) by \(amount.sort)")
        }
        if amount.bitVectorValue == 0 || array.operation == .constantArray { return array }
        if array.operation == .rotate { return rotate(array.arguments[0], by: .add(array.arguments[1], amount)) }
        return intern(.rotate, [array, amount], sort: array.sort)
    }

    /// An array and what it is rotated by: nothing at all, perhaps. Its indices are bit-vectors.
    public var unrotated: (array: Term, amount: Term) {
        if operation == .rotate { return (arguments[0], arguments[1]) }
        guard case .array(.bitVector(let width), _) = sort else {
            preconditionFailure("rotation of \(sort)")
        }
        return (self, .bitVector(0, width: width))
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
        var projection = Projection(index: index, fieldSort: sort.fields[index].sort)
        return projection.field(of: tuple, depth: 0)
    }

    /// Takes one field, from each part of a term once.
    private struct Projection {
        let index: Int
        let fieldSort: Sort
        var done: [Term: Term] = [:]

        mutating func field(of tuple: Term, depth: Int) -> Term {
            if tuple.operation == .tuple { return tuple.arguments[index] }
            guard tuple.operation == .ifThenElse, depth < Term.distributionDepth else {
                return Term.intern(.field(index), [tuple], sort: fieldSort)
            }
            if let known = done[tuple] { return known }
            let result = Term.ifThenElse(
                tuple.arguments[0], field(of: tuple.arguments[1], depth: depth + 1),
                field(of: tuple.arguments[2], depth: depth + 1))
            done[tuple] = result
            return result
        }
    }
}
