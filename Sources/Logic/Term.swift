import Synchronization

/// What a term does to its arguments. Closed, so that every consumer (simplifier, evaluator, printer, solver) handles every case.
public enum TermOperation: Hashable, Sendable {
    // Leaves
    case boolean(Bool)
    case integer(Int)
    /// The value, in the low bits; the sort has the width.
    case bitVector(UInt128)
    case variable(String)
    /// Every index maps to the one argument; the sort says which index sort.
    case constantArray
    /// An uninterpreted function, by name.
    case apply(String)

    // Core
    case not, and, or, equal, ifThenElse

    // Bit-vectors, with the meaning of SMT-LIB's operations of the same names (division by zero included)
    case negate, add, subtract, multiply
    case unsignedDivide, unsignedRemainder, signedDivide, signedRemainder
    case bitAnd, bitOr, bitXor, bitNot
    case shiftLeft, logicalShiftRight, arithmeticShiftRight
    case unsignedLess, unsignedLessOrEqual, signedLess, signedLessOrEqual
    /// First argument in the high bits.
    case concatenate
    case extract(high: Int, low: Int)
    case zeroExtend(by: Int)
    case signExtend(by: Int)

    // Between bit-vectors and integers
    case unsignedInteger
    case bitVectorOfInteger(width: Int)

    // Integers
    /// n-ary
    case integerAdd
    case integerMultiply
    /// Euclidean, as in SMT-LIB; the divisor is a positive constant in the second argument.
    case integerDivide, integerModulo
    case integerLess, integerLessOrEqual

    // Arrays and tuples
    case select, store
    /// The first argument turned by the second: at index i stands what stood at i + amount, counted modulo the number of indices.
    case rotate
    case tuple
    case field(Int)
}

/// A hash-consed term: equal terms are the same object, so equality and hashing cost nothing.
///
/// Terms are made with the functions in `Builders…`, which simplify as they build; nothing else makes them.
public struct Term: Hashable, Sendable {
    let node: TermNode

    public var operation: TermOperation { node.operation }
    public var arguments: [Term] { node.arguments }
    public var sort: Sort { node.sort }
    /// Grows with creation: an order that is the same in every run that builds the same terms in the same order.
    public var identifier: Int { node.identifier }

    public static func == (a: Term, b: Term) -> Bool { a.node === b.node }
    public func hash(into hasher: inout Hasher) { hasher.combine(node.identifier) }

    /// What sets and dictionaries of terms go by, in place of a hasher's rounds, which cost more than all else they do: identifiers come from
    /// nobody who would make them collide. The standard library asks for this as it is, under a name that it may take back: then the hasher
    /// answers, slower and as right.
    public func _rawHashValue(seed: Int) -> Int {
        Int(truncatingIfNeeded: mixed(UInt64(truncatingIfNeeded: node.identifier), UInt64(truncatingIfNeeded: seed)))
    }
}

/// The shared node of a term. Immutable.
final class TermNode: Sendable {
    let operation: TermOperation
    let arguments: [Term]
    let sort: Sort
    let identifier: Int

    init(operation: TermOperation, arguments: [Term], sort: Sort, identifier: Int) {
        self.operation = operation
        self.arguments = arguments
        self.sort = sort
        self.identifier = identifier
    }
}

/// The table of all terms of this process.
private struct InternTable: ~Copyable {
    struct Key: Hashable {
        let operation: TermOperation
        let arguments: [Term]
        let sort: Sort

        /// Without the names in the sort, which cost more than all the rest and seldom tell terms apart. One word, as hashing each part is most
        /// of what it costs to build a term.
        func hash(into hasher: inout Hasher) {
            var word = operation.fingerprint
            for argument in arguments { word = mixed(word, UInt64(truncatingIfNeeded: argument.identifier)) }
            hasher.combine(mixed(word, UInt64(truncatingIfNeeded: sort.width ?? 0)))
        }
    }
    var terms: [Key: Term] = [:]
}

/// Both words in one, by the odd multiplier of Fibonacci hashing.
private func mixed(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = (a ^ b) &* 0x9E37_79B9_7F4A_7C15
    return product ^ (product >> 29)
}

extension TermOperation {
    /// Equal for equal operations, and mostly different for others.
    fileprivate var fingerprint: UInt64 {
        switch self {
        case .boolean(let value): value ? 1 : 2
        case .integer(let value): mixed(3, UInt64(truncatingIfNeeded: value))
        case .bitVector(let value):
            mixed(mixed(4, UInt64(truncatingIfNeeded: value)), UInt64(truncatingIfNeeded: value >> 64))
        case .variable(let name): mixed(5, UInt64(truncatingIfNeeded: name.hashValue))
        case .apply(let name): mixed(6, UInt64(truncatingIfNeeded: name.hashValue))
        case .extract(let high, let low):
            mixed(mixed(7, UInt64(truncatingIfNeeded: high)), UInt64(truncatingIfNeeded: low))
        case .zeroExtend(let count): mixed(8, UInt64(truncatingIfNeeded: count))
        case .signExtend(let count): mixed(9, UInt64(truncatingIfNeeded: count))
        case .bitVectorOfInteger(let width): mixed(10, UInt64(truncatingIfNeeded: width))
        case .field(let number): mixed(11, UInt64(truncatingIfNeeded: number))
        case .constantArray: 12
        case .not: 13
        case .and: 14
        case .or: 15
        case .equal: 16
        case .ifThenElse: 17
        case .negate: 18
        case .add: 19
        case .subtract: 20
        case .multiply: 21
        case .unsignedDivide: 22
        case .unsignedRemainder: 23
        case .signedDivide: 24
        case .signedRemainder: 25
        case .bitAnd: 26
        case .bitOr: 27
        case .bitXor: 28
        case .bitNot: 29
        case .shiftLeft: 30
        case .logicalShiftRight: 31
        case .arithmeticShiftRight: 32
        case .unsignedLess: 33
        case .unsignedLessOrEqual: 34
        case .signedLess: 35
        case .signedLessOrEqual: 36
        case .concatenate: 37
        case .unsignedInteger: 38
        case .integerAdd: 39
        case .integerMultiply: 40
        case .integerDivide: 41
        case .integerModulo: 42
        case .integerLess: 43
        case .integerLessOrEqual: 44
        case .select: 45
        case .store: 46
        case .tuple: 47
        case .rotate: 48
        }
    }
}

private let internTable = Mutex(InternTable())

extension Term {
    /// The term with exactly this shape. Builders call it after they have simplified.
    static func intern(_ operation: TermOperation, _ arguments: [Term] = [], sort: Sort) -> Term {
        internTable.withLock { table in
            let key = InternTable.Key(operation: operation, arguments: arguments, sort: sort)
            if let term = table.terms[key] { return term }
            let term = Term(
                node: TermNode(
                    operation: operation, arguments: arguments, sort: sort, identifier: table.terms.count))
            table.terms[key] = term
            return term
        }
    }
}

extension Term {
    /// The term with exactly this shape, if it has been made.
    static func existing(_ operation: TermOperation, _ arguments: [Term], sort: Sort) -> Term? {
        internTable.withLock { $0.terms[InternTable.Key(operation: operation, arguments: arguments, sort: sort)] }
    }
}

// MARK: - Looking into terms

extension Term {
    public var isTrue: Bool { operation == .boolean(true) }
    public var isFalse: Bool { operation == .boolean(false) }

    /// The width of a bit-vector term.
    public var width: Int {
        guard case .bitVector(let width) = sort else { preconditionFailure("not a bit-vector: \(sort)") }
        return width
    }

    /// The value of a bit-vector constant, nil for other terms.
    public var bitVectorValue: UInt128? {
        if case .bitVector(let value) = operation { value } else { nil }
    }

    /// The value of an integer constant, nil for other terms.
    public var integerValue: Int? {
        if case .integer(let value) = operation { value } else { nil }
    }

    /// The name of a variable, nil for other terms.
    public var variableName: String? {
        if case .variable(let name) = operation { name } else { nil }
    }

    /// Whether the term is a constant of its sort.
    public var isConstant: Bool {
        switch operation {
        case .boolean, .integer, .bitVector: true
        case .constantArray, .tuple: arguments.allSatisfy(\.isConstant)
        default: false
        }
    }
}
