/// A concrete value of a sort: what variables stand for in a model, and what evaluation yields.
public indirect enum Value: Hashable, Sendable {
    case boolean(Bool)
    /// Wider than the constants of terms: the number of a 64-bit word, and products of such numbers by small ones, must fit.
    case integer(Int128)
    /// The bits, zero above the width, and the width.
    case bitVector(UInt128, width: Int)
    /// The fields, in the order of the tuple sort.
    case tuple([Value])
    case array(ArrayValue)
}

/// An array that has one value everywhere but at finitely many indices.
public struct ArrayValue: Sendable {
    /// The sort of the indices: it decides whether the entries leave room for the default.
    public let indexSort: Sort
    /// The value at every index without an entry.
    public let defaultElement: Value
    /// The exceptions. None of them equals the default.
    public private(set) var entries: [Value: Value]

    public init(indexSort: Sort, defaultElement: Value, entries: [Value: Value] = [:]) {
        self.indexSort = indexSort
        self.defaultElement = defaultElement
        self.entries = entries.filter { $0.value != defaultElement }
    }

    public subscript(index: Value) -> Value {
        entries[index] ?? defaultElement
    }

    /// The array with one more exception.
    public func storing(_ value: Value, at index: Value) -> ArrayValue {
        var result = self
        result.entries[index] = value == defaultElement ? nil : value
        return result
    }

    /// The array that has at index i what this one has at i + amount, for indices that are bit-vectors.
    public func rotated(by amount: UInt128) -> ArrayValue {
        var result = ArrayValue(indexSort: indexSort, defaultElement: defaultElement)
        for (index, element) in entries {
            guard case .bitVector(let bits, let width) = index else { continue }
            result.entries[.bitVector((bits &- amount) & Term.mask(width), width: width)] = element
        }
        return result
    }
}

extension ArrayValue: Hashable {
    /// Equality as functions: defaults matter only where some index has no entry in either.
    public static func == (a: ArrayValue, b: ArrayValue) -> Bool {
        guard a.indexSort == b.indexSort else { return false }
        for index in a.entries.keys where a[index] != b[index] { return false }
        for index in b.entries.keys where a.entries[index] == nil && a[index] != b[index] { return false }
        if a.defaultElement == b.defaultElement { return true }
        guard let cardinality = a.indexSort.cardinality else { return false }
        return UInt128(Set(a.entries.keys).union(b.entries.keys).count) == cardinality
    }

    public func hash(into hasher: inout Hasher) {
        // Equal functions may have different defaults, so the hash takes one element that all representations agree on.
        hasher.combine(self[.zero(of: indexSort)])
    }
}

/// What an uninterpreted function stands for: a table and a value for all other arguments.
public struct FunctionInterpretation: Hashable, Sendable {
    public let entries: [[Value]: Value]
    public let defaultValue: Value

    public init(entries: [[Value]: Value] = [:], defaultValue: Value) {
        self.entries = entries
        self.defaultValue = defaultValue
    }

    public func callAsFunction(_ arguments: [Value]) -> Value {
        entries[arguments] ?? defaultValue
    }
}

extension Value {
    /// The value that stands for "any" where nothing constrains it: zero, false, and what is made of them.
    public static func zero(of sort: Sort) -> Value {
        switch sort {
        case .boolean: .boolean(false)
        case .integer: .integer(0)
        case .bitVector(let width): .bitVector(0, width: width)
        case .tuple(let tuple): .tuple(tuple.fields.map { zero(of: $0.sort) })
        case .array(let index, let element):
            .array(ArrayValue(indexSort: index, defaultElement: zero(of: element)))
        }
    }

    /// The truth value, nil for values of other sorts.
    public var boolean: Bool? {
        if case .boolean(let value) = self { value } else { nil }
    }

    /// The number, nil for values of other sorts.
    public var integer: Int128? {
        if case .integer(let value) = self { value } else { nil }
    }

    /// The bits, nil for values of other sorts.
    public var bits: UInt128? {
        if case .bitVector(let value, _) = self { value } else { nil }
    }

    /// The fields, nil for values of other sorts.
    public var fields: [Value]? {
        if case .tuple(let fields) = self { fields } else { nil }
    }

    /// The array, nil for values of other sorts.
    public var array: ArrayValue? {
        if case .array(let array) = self { array } else { nil }
    }

    /// A total order of the values of one sort, for output that is the same in every run. Numbers are in their order.
    public static func precedes(_ a: Value, _ b: Value) -> Bool {
        compare(a, b) < 0
    }

    private static func compare(_ a: Value, _ b: Value) -> Int {
        switch (a, b) {
        case (.boolean(let x), .boolean(let y)): (x ? 1 : 0) - (y ? 1 : 0)
        case (.integer(let x), .integer(let y)): x < y ? -1 : x > y ? 1 : 0
        case (.bitVector(let x, _), .bitVector(let y, _)): x < y ? -1 : x > y ? 1 : 0
        case (.tuple(let x), .tuple(let y)): zip(x, y).lazy.map(compare).first { $0 != 0 } ?? x.count - y.count
        case (.array(let x), .array(let y)): compare(x, y)
        case (.boolean, _), (.integer, _), (.bitVector, _), (.tuple, _), (.array, _): a.rank - b.rank
        }
    }

    private static func compare(_ a: ArrayValue, _ b: ArrayValue) -> Int {
        if a == b { return 0 }
        let differing = Set(a.entries.keys).union(b.entries.keys).sorted(by: precedes).first { a[$0] != b[$0] }
        if let differing { return compare(a[differing], b[differing]) }
        return compare(a.defaultElement, b.defaultElement)
    }

    private var rank: Int {
        switch self {
        case .boolean: 0
        case .integer: 1
        case .bitVector: 2
        case .tuple: 3
        case .array: 4
        }
    }

    /// Whether the value is one of the sort.
    public func belongs(to sort: Sort) -> Bool {
        switch (self, sort) {
        case (.boolean, .boolean), (.integer, .integer): true
        case (.bitVector(let bits, let width), .bitVector(let expected)):
            width == expected && bits & ~Term.mask(width) == 0
        case (.tuple(let fields), .tuple(let tuple)):
            fields.count == tuple.fields.count
                && zip(fields, tuple.fields).allSatisfy { $0.belongs(to: $1.sort) }
        case (.array(let array), .array(let index, let element)):
            array.indexSort == index && array.defaultElement.belongs(to: element)
                && array.entries.allSatisfy { $0.key.belongs(to: index) && $0.value.belongs(to: element) }
        case (.boolean, _), (.integer, _), (.bitVector, _), (.tuple, _), (.array, _): false
        }
    }
}

extension Sort {
    /// How many values the sort has; nil when they are infinitely many, or 2^128 and more.
    public var cardinality: UInt128? {
        switch self {
        case .boolean: return 2
        case .integer: return nil
        case .bitVector(let width): return width < 128 ? 1 << UInt128(width) : nil
        case .tuple(let tuple):
            return tuple.fields.reduce(1 as UInt128?) { product, field in
                guard let product, let count = field.sort.cardinality else { return nil }
                let (result, overflow) = product.multipliedReportingOverflow(by: count)
                return overflow ? nil : result
            }
        case .array(let index, let element):
            guard let elements = element.cardinality else { return nil }
            if elements == 1 { return 1 }
            guard let indices = index.cardinality, indices < 128 else { return nil }
            var result: UInt128 = 1
            for _ in 0..<Int(indices) {
                let (next, overflow) = result.multipliedReportingOverflow(by: elements)
                if overflow { return nil }
                result = next
            }
            return result
        }
    }
}

extension Term {
    /// The constant term of a value.
    ///
    /// - Returns: nil when an integer in it is beyond the constants that terms can hold, or the value is not of the sort.
    public static func constant(_ value: Value, sort: Sort) -> Term? {
        switch (value, sort) {
        case (.boolean(let value), .boolean): return .boolean(value)
        case (.integer(let value), .integer): return Int(exactly: value).map { .integer($0) }
        case (.bitVector(let bits, let width), .bitVector(let expected)):
            return width == expected ? .bitVector(bits, width: width) : nil
        case (.tuple(let fields), .tuple(let tuple)):
            guard fields.count == tuple.fields.count else { return nil }
            var terms: [Term] = []
            for (field, declared) in zip(fields, tuple.fields) {
                guard let term = constant(field, sort: declared.sort) else { return nil }
                terms.append(term)
            }
            return .tuple(terms, sort: sort)
        case (.array(let array), .array(let index, let element)):
            guard array.indexSort == index, let base = constant(array.defaultElement, sort: element) else { return nil }
            var entries: [(index: Term, element: Term)] = []
            // In an order that does not depend on hashing, so that runs are alike.
            for key in array.entries.keys.sorted(by: Value.precedes) {
                guard let position = constant(key, sort: index), let value = constant(array[key], sort: element) else {
                    return nil
                }
                entries.append((position, value))
            }
            return entries.reduce(.constantArray(base, sort: sort)) { .store($0, $1.index, $1.element) }
        case (.boolean, _), (.integer, _), (.bitVector, _), (.tuple, _), (.array, _): return nil
        }
    }
}
