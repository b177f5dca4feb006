/// Changes inputs here and there: the same changes in every run that begins with the same seed.
public struct Mutator {
    private let corpus: Corpus
    private let dictionary: FuzzingDictionary
    private let isText: Bool
    private var random: SplitMix64

    /// Inputs do not grow beyond this, in bytes.
    private static let longestInput = 8192

    /// - Parameter corpus: where other inputs come from; without one, `change` is all there is.
    public init(of reader: FuzzedReader, corpus: Corpus, dictionary: FuzzingDictionary, seed: UInt64) {
        self.corpus = corpus
        self.dictionary = dictionary
        isText = reader.readsText
        random = SplitMix64(seed: seed)
    }

    /// An input of the corpus with up to six changes; nil where the corpus is empty.
    public mutating func next() -> [UInt8]? {
        guard var bytes = corpus.entries.randomElement(using: &random)?.bytes else { return nil }
        for _ in 0..<Int.random(in: 1...6, using: &random) { change(&bytes) }
        return Array(bytes.prefix(Self.longestInput))
    }

    /// One change.
    public mutating func change(_ bytes: inout [UInt8]) {
        if isText, Bool.random(using: &random) { changeWords(of: &bytes) } else { changeBytes(of: &bytes) }
    }

    // MARK: Bytes

    private mutating func changeBytes(of bytes: inout [UInt8]) {
        let place = Int.random(in: 0...bytes.count, using: &random)
        let end = Int.random(in: place...min(bytes.count, place + 32), using: &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0: bytes.removeSubrange(place..<end)
        case 1: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &random))
        case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
        case 3 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 4 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 5: bytes.insert(contentsOf: word(), at: place)
        case 6: bytes.replaceSubrange(place..<end, with: word())
        default:
            let other = corpus.entries.randomElement(using: &random)?.bytes ?? []
            let start = Int.random(in: 0...other.count, using: &random)
            bytes.replaceSubrange(place..., with: other[start...])
        }
    }

    private mutating func word() -> [UInt8] { dictionary.words.randomElement(using: &random) ?? [] }

    // MARK: Words and lines

    /// Of what is left, more is accepted than where bytes are changed.
    private mutating func changeWords(of bytes: inout [UInt8]) {
        let ends: Set<UInt8> =
            Bool.random(using: &random) ? [UInt8(ascii: "\n")] : Set(" \n()[]{},.:".utf8)
        let parts = bytes.indices.split { ends.contains(bytes[$0]) }.map { $0.startIndex..<$0.endIndex }
        guard let part = parts.randomElement(using: &random), let other = parts.randomElement(using: &random) else {
            bytes += word()
            return
        }
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes.removeSubrange(part)
        case 1: bytes.replaceSubrange(part, with: bytes[other])
        case 2: bytes.replaceSubrange(part, with: word())
        case 3: bytes.insert(contentsOf: bytes[other] + [separator()], at: part.lowerBound)
        case 4: bytes.insert(contentsOf: word() + [separator()], at: part.lowerBound)
        default:
            // From the earlier part to the later one, all of it once more.
            let between = min(part.lowerBound, other.lowerBound)..<max(part.upperBound, other.upperBound)
            bytes.insert(contentsOf: bytes[between.prefix(200)] + [separator()], at: between.lowerBound)
        }
    }

    private mutating func separator() -> UInt8 {
        Array(" \n\n,(".utf8).randomElement(using: &random) ?? UInt8(ascii: " ")
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers in every run.
private struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
