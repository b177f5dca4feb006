/// 256 bits that stand for something's content.
public struct Digest256: Hashable, Sendable, Comparable {
    public let words: SIMD4<UInt64>

    public init(words: SIMD4<UInt64>) { self.words = words }

    public static func < (a: Digest256, b: Digest256) -> Bool {
        for index in 0..<4 where a.words[index] != b.words[index] { return a.words[index] < b.words[index] }
        return false
    }
}

/// Digests of terms by what they are: the same in every process, whatever terms were made before.
///
/// Terms are hashed from the leaves up, each once. Operands that commute count as a set with repetitions: their order in a term hangs on
/// which was made first.
public final class TermDigests {
    /// A cryptographic hash.
    public typealias Hash = (UnsafeRawBufferPointer) -> Digest256

    private let hash: Hash
    private var known: [Term: Digest256] = [:]
    private var sorts: [Sort: Digest256] = [:]
    private var buffer: [UInt8] = []

    public init(hash: @escaping Hash) { self.hash = hash }

    public func digest(of term: Term) -> Digest256 {
        if let digest = known[term] { return digest }
        var stack = [term]
        while let top = stack.last {
            if known[top] != nil {
                stack.removeLast()
                continue
            }
            let missing = top.arguments.filter { known[$0] == nil }
            if missing.isEmpty {
                known[top] = digestOfNode(top)
                stack.removeLast()
            } else {
                stack.append(contentsOf: missing)
            }
        }
        return known[term] ?? digestOfNode(term)
    }

    /// Of a list of terms that all hold: neither order nor repetition counts.
    public func digest(ofConjunction terms: [Term]) -> Digest256 {
        buffer.removeAll(keepingCapacity: true)
        var digests = Set(terms).map { digest(of: $0) }
        digests.sort()
        return digest(of: digests, label: "conjunction")
    }

    /// Of a list of digests, under a name for what they are together.
    public func digest(of digests: [Digest256], label: String) -> Digest256 {
        buffer.removeAll(keepingCapacity: true)
        append(label)
        for digest in digests { append(digest) }
        return hashBuffer()
    }

    private func digestOfNode(_ term: Term) -> Digest256 {
        var arguments = term.arguments.map { known[$0] ?? digest(of: $0) }
        if term.operation.ordersArguments { arguments.sort() }
        let sort = digest(of: term.sort)
        buffer.removeAll(keepingCapacity: true)
        append(term.operation)
        append(sort)
        for argument in arguments { append(argument) }
        return hashBuffer()
    }

    private func digest(of sort: Sort) -> Digest256 {
        if let digest = sorts[sort] { return digest }
        let digest: Digest256
        switch sort {
        case .boolean: digest = self.digest(of: [], label: "boolean")
        case .integer: digest = self.digest(of: [], label: "integer")
        case .bitVector(let width): digest = self.digest(of: [], label: "bits \(width)")
        case .array(let index, let element):
            let parts = [self.digest(of: index), self.digest(of: element)]
            digest = self.digest(of: parts, label: "array")
        case .tuple(let tuple):
            let parts = tuple.fields.map { field in
                let sort = self.digest(of: field.sort)
                return self.digest(of: [sort], label: field.name)
            }
            digest = self.digest(of: parts, label: "tuple \(tuple.name)")
        }
        sorts[sort] = digest
        return digest
    }

    // MARK: Bytes

    private func hashBuffer() -> Digest256 { buffer.withUnsafeBytes(hash) }

    private func append(_ digest: Digest256) {
        withUnsafeBytes(of: digest.words) { buffer.append(contentsOf: $0) }
    }

    /// With its length: parts do not run into each other.
    private func append(_ text: String) {
        append(text.utf8.count)
        buffer.append(contentsOf: text.utf8)
    }

    private func append(_ number: Int) {
        withUnsafeBytes(of: Int64(number).littleEndian) { buffer.append(contentsOf: $0) }
    }

    /// A number for the operation, and all that it holds.
    private func append(_ operation: TermOperation) {
        switch operation {
        case .boolean(let value): append(1, value ? 1 : 0)
        case .integer(let value): append(2, value)
        case .bitVector(let value):
            append(3)
            withUnsafeBytes(of: value.littleEndian) { buffer.append(contentsOf: $0) }
        case .variable(let name):
            append(4)
            append(name)
        case .constantArray: append(5)
        case .apply(let name):
            append(6)
            append(name)
        case .not: append(7)
        case .and: append(8)
        case .or: append(9)
        case .equal: append(10)
        case .ifThenElse: append(11)
        case .negate: append(12)
        case .add: append(13)
        case .subtract: append(14)
        case .multiply: append(15)
        case .unsignedDivide: append(16)
        case .unsignedRemainder: append(17)
        case .signedDivide: append(18)
        case .signedRemainder: append(19)
        case .bitAnd: append(20)
        case .bitOr: append(21)
        case .bitXor: append(22)
        case .bitNot: append(23)
        case .shiftLeft: append(24)
        case .logicalShiftRight: append(25)
        case .arithmeticShiftRight: append(26)
        case .unsignedLess: append(27)
        case .unsignedLessOrEqual: append(28)
        case .signedLess: append(29)
        case .signedLessOrEqual: append(30)
        case .concatenate: append(31)
        case .extract(let high, let low):
            append(32, high)
            append(low)
        case .zeroExtend(let count): append(33, count)
        case .signExtend(let count): append(34, count)
        case .unsignedInteger: append(35)
        case .bitVectorOfInteger(let width): append(36, width)
        case .integerAdd: append(37)
        case .integerMultiply: append(38)
        case .integerDivide: append(39)
        case .integerModulo: append(40)
        case .integerLess: append(41)
        case .integerLessOrEqual: append(42)
        case .select: append(43)
        case .store: append(44)
        case .tuple: append(45)
        case .field(let index): append(46, index)
        }
    }

    private func append(_ operation: UInt8, _ number: Int? = nil) {
        buffer.append(operation)
        if let number { append(number) }
    }
}
