/// 256 bits that stand for a term, the same in every process and whatever order terms were made in.
public struct TermDigest: Hashable, Sendable {
    public let words: SIMD4<UInt64>

    public init(words: SIMD4<UInt64>) { self.words = words }
}

extension TermDigest: Comparable {
    public static func < (a: TermDigest, b: TermDigest) -> Bool {
        for index in 0..<4 where a.words[index] != b.words[index] { return a.words[index] < b.words[index] }
        return false
    }
}

/// Computes digests of terms: of a term's operation, sort and the digests of its arguments (Merkle's way), each term once.
///
/// The builders order the arguments of commutative operations by age, which differs from process to process: here they are ordered by
/// their digests. Names of variables, functions, tuples and fields count.
///
/// - Complexity: one call of the hash function for each term that is new to it.
public struct TermDigester {
    /// A cryptographic hash function.
    public typealias Hash = @Sendable (UnsafeRawBufferPointer) -> SIMD4<UInt64>

    private let hash: Hash
    /// By the terms' identifiers: terms are never forgotten, so an identifier means one term for good.
    private var known: [Int: TermDigest] = [:]
    /// Of sorts with names or parts in them.
    private var sorts: [Sort: TermDigest] = [:]
    /// What goes into the hash function for one term.
    private var input: [UInt8] = []
    private var ordered: [TermDigest] = []

    public init(hash: @escaping Hash) { self.hash = hash }

    public mutating func digest(of root: Term) -> TermDigest {
        if let digest = known[root.identifier] { return digest }
        var stack = [root]
        while let term = stack.last {
            if known[term.identifier] != nil {
                stack.removeLast()
                continue
            }
            let count = stack.count
            let arguments = term.arguments
            for argument in arguments where known[argument.identifier] == nil { stack.append(argument) }
            if stack.count > count { continue }
            known[term.identifier] = shallowDigest(of: term, arguments)
            stack.removeLast()
        }
        return known[root.identifier] ?? shallowDigest(of: root, root.arguments)
    }

    /// The arguments' digests are known.
    private mutating func shallowDigest(of term: Term, _ arguments: [Term]) -> TermDigest {
        // Sorts first: working one out uses the buffer, too.
        let sort = composedDigest(of: term.sort)
        input.removeAll(keepingCapacity: true)
        append(term.operation)
        append(term.sort, composed: sort)
        append(arguments.count)
        if term.operation.ordersArguments, arguments.count > 1 {
            ordered.removeAll(keepingCapacity: true)
            for argument in arguments { if let digest = known[argument.identifier] { ordered.append(digest) } }
            ordered.sort()
            for digest in ordered { append(digest) }
        } else {
            for argument in arguments { if let digest = known[argument.identifier] { append(digest) } }
        }
        return TermDigest(words: input.withUnsafeBytes(hash))
    }

    // MARK: Sorts

    /// Nil for those that are written out.
    private mutating func composedDigest(of sort: Sort) -> TermDigest? {
        switch sort {
        case .boolean, .integer, .bitVector: return nil
        case .array, .tuple: break
        }
        if let digest = sorts[sort] { return digest }
        let digest: TermDigest
        switch sort {
        case .boolean, .integer, .bitVector: return nil
        case .array(let index, let element):
            let parts = [(index, composedDigest(of: index)), (element, composedDigest(of: element))]
            input.removeAll(keepingCapacity: true)
            input.append(1)
            for (part, composed) in parts { append(part, composed: composed) }
            digest = TermDigest(words: input.withUnsafeBytes(hash))
        case .tuple(let tuple):
            let parts = tuple.fields.map { ($0, composedDigest(of: $0.sort)) }
            input.removeAll(keepingCapacity: true)
            input.append(2)
            append(tuple.name)
            append(parts.count)
            for (field, composed) in parts {
                append(field.name)
                append(field.sort, composed: composed)
            }
            digest = TermDigest(words: input.withUnsafeBytes(hash))
        }
        sorts[sort] = digest
        return digest
    }

    private mutating func append(_ sort: Sort, composed: TermDigest?) {
        switch sort {
        case .boolean: input.append(0)
        case .integer: input.append(1)
        case .bitVector(let width):
            input.append(2)
            append(width)
        case .array, .tuple:
            input.append(3)
            if let composed { append(composed) }
        }
    }

    // MARK: Parts

    private mutating func append(_ operation: TermOperation) {
        input.append(operation.code)
        switch operation {
        case .boolean(let value): input.append(value ? 1 : 0)
        case .integer(let value): append(value)
        case .bitVector(let value):
            append(Int(truncatingIfNeeded: value))
            append(Int(truncatingIfNeeded: value >> 64))
        case .variable(let name), .apply(let name): append(name)
        case .extract(let high, let low):
            append(high)
            append(low)
        case .zeroExtend(let number), .signExtend(let number), .bitVectorOfInteger(let number), .field(let number):
            append(number)
        case .constantArray, .not, .and, .or, .equal, .ifThenElse, .negate, .add, .subtract, .multiply, .unsignedDivide,
            .unsignedRemainder, .signedDivide, .signedRemainder, .bitAnd, .bitOr, .bitXor, .bitNot, .shiftLeft,
            .logicalShiftRight, .arithmeticShiftRight, .unsignedLess, .unsignedLessOrEqual, .signedLess,
            .signedLessOrEqual, .concatenate, .unsignedInteger, .integerAdd, .integerMultiply, .integerDivide,
            .integerModulo, .integerLess, .integerLessOrEqual, .select, .store, .rotate, .tuple:
            break
        }
    }

    private mutating func append(_ number: Int) {
        withUnsafeBytes(of: Int64(number).littleEndian) { input.append(contentsOf: $0) }
    }

    private mutating func append(_ text: String) {
        append(text.utf8.count)
        input.append(contentsOf: text.utf8)
    }

    private mutating func append(_ digest: TermDigest) {
        for index in 0..<4 {
            withUnsafeBytes(of: digest.words[index].littleEndian) { input.append(contentsOf: $0) }
        }
    }
}

extension TermOperation {
    /// One number for each operation. Stores keep digests: a number is never given to another operation.
    fileprivate var code: UInt8 {
        switch self {
        case .boolean: 1
        case .integer: 2
        case .bitVector: 3
        case .variable: 4
        case .constantArray: 5
        case .apply: 6
        case .not: 7
        case .and: 8
        case .or: 9
        case .equal: 10
        case .ifThenElse: 11
        case .negate: 12
        case .add: 13
        case .subtract: 14
        case .multiply: 15
        case .unsignedDivide: 16
        case .unsignedRemainder: 17
        case .signedDivide: 18
        case .signedRemainder: 19
        case .bitAnd: 20
        case .bitOr: 21
        case .bitXor: 22
        case .bitNot: 23
        case .shiftLeft: 24
        case .logicalShiftRight: 25
        case .arithmeticShiftRight: 26
        case .unsignedLess: 27
        case .unsignedLessOrEqual: 28
        case .signedLess: 29
        case .signedLessOrEqual: 30
        case .concatenate: 31
        case .extract: 32
        case .zeroExtend: 33
        case .signExtend: 34
        case .unsignedInteger: 35
        case .bitVectorOfInteger: 36
        case .integerAdd: 37
        case .integerMultiply: 38
        case .integerDivide: 39
        case .integerModulo: 40
        case .integerLess: 41
        case .integerLessOrEqual: 42
        case .select: 43
        case .store: 44
        case .tuple: 45
        case .field: 46
        case .rotate: 47
        }
    }
}
