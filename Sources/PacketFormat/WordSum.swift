import Logic

/// The name of the uninterpreted function (bytes, start, end) → Int that sums of words are made of.
public let wordSumFunction = "word_sum"

/// The sum of the big-endian 16-bit words of bytes[start ..< end), as an integer; an odd last byte is the high one of its word.
///
/// What was stored into the bytes is taken out of the sum, so that sums before and after a rewrite differ by linear arithmetic over the
/// bytes that were rewritten; the sum over the bytes as they were stays an uninterpreted function.
///
/// - Parameters:
///   - bytes: of `SymbolicPacket.bytesSort`.
///   - start: 16 bits wide, as is `end`; start <= end.
///   - facts: hold wherever the sum is used.
public func wordSum(_ bytes: Term, from start: Term, to end: Term, facts: KnownFacts = .none) -> Term {
    if let bytes = writtenBytes(of: bytes, from: start, to: end, facts: facts) {
        return sumOfWords(bytes)
    }
    var (array, rotation) = bytes.unrotated
    var changes: [Term] = []
    while array.operation == .store {
        let (older, place, byte) = (array.arguments[0], array.arguments[1], array.arguments[2])
        let index = place - rotation
        let isInside =
            facts.simplify(PacketOffset.lessOrEqual(start, index))
            && facts.simplify(PacketOffset.less(index, end))
        let isHigh = Term.equal(.extract(index - start, high: 0, low: 0), .bitVector(0, width: 1))
        let replaced = SymbolicPacket(bytes: older, length: .bitVector(0, width: 16), facts: facts).byte(at: place)
        let difference = Term.unsignedInteger(byte) - Term.unsignedInteger(replaced)
        // Not weight * difference: a product of two terms would not be linear.
        let change = Term.ifThenElse(isHigh, .product(.integer(256), difference), difference)
        changes.append(.ifThenElse(isInside, change, .integer(0)))
        array = older
    }
    return .sum([unchangedWordSum(array, from: start + rotation, to: end + rotation, facts: facts)] + changes)
}

/// The sum of the big-endian 16-bit words that bytes make; an odd last one is the high one of its word. Byte by byte: checksum functions compute
/// variables that are bytes, and sums that are the same are so in the same terms.
public func sumOfWords(_ bytes: [Term]) -> Term { .sum(weighted(bytes)) }

/// Each byte as what it adds to the sum.
func weighted(_ bytes: [Term]) -> [Term] {
    bytes.enumerated().map { .product(.integer($0.isMultiple(of: 2) ? 256 : 1), .unsignedInteger($1)) }
}

private func unchangedWordSum(_ array: Term, from start: Term, to end: Term, facts: KnownFacts) -> Term {
    if array.operation == .ifThenElse {
        return .ifThenElse(
            array.arguments[0], wordSum(array.arguments[1], from: start, to: end, facts: facts),
            wordSum(array.arguments[2], from: start, to: end, facts: facts))
    }
    if array.operation == .constantArray, let byte = array.arguments[0].bitVectorValue,
        let first = start.bitVectorValue, let last = end.bitVectorValue, first <= last
    {
        let count = Int(last - first)
        return .integer(Int(byte) * (256 * ((count + 1) / 2) + count / 2))
    }
    return .apply(wordSumFunction, [array, start, end], sort: .integer)
}

/// What was written at an index last; nil where nothing was, or that cannot be told.
private func writtenByte(of bytes: Term, at index: Term, facts: KnownFacts) -> Term? {
    var (array, rotation) = bytes.unrotated
    let place = index + rotation
    while array.operation == .store {
        switch facts.decide(.equal(array.arguments[1], place)) {
        case true?: return array.arguments[2]
        case false?: array = array.arguments[0]
        case nil: return nil
        }
    }
    return nil
}

/// As many bytes as the longest header of options has are looked at one by one.
private let mostWrittenBytes = 64

/// The bytes from start to end, where all of them have been written: what was there before, of which only the sum is known, is no part of it. Nil
/// where that cannot be told.
private func writtenBytes(of bytes: Term, from start: Term, to end: Term, facts: KnownFacts) -> [Term]? {
    guard bytes.unrotated.array.operation == .store, let length = (end - start).bitVectorValue,
        length <= mostWrittenBytes
    else { return nil }
    var result: [Term] = []
    for offset in 0..<Int(length) {
        guard let byte = writtenByte(of: bytes, at: start + .bitVector(offset, width: 16), facts: facts) else {
            return nil
        }
        result.append(byte)
    }
    return result
}
