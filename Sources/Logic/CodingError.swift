/// Why bytes are not what a `ByteWriter` wrote; each with the place.
public enum CodingError: Error, Hashable, Sendable {
    case endOfBytes(at: Int)
    /// A number beyond its type, or a count beyond what follows.
    case tooLarge(at: Int)
    case notText(at: Int)
    case leftOver(at: Int)
    /// What was read has the right form, and does not fit what came before.
    case meaningless(String, before: Int)
}

extension CodingError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .endOfBytes(let place): "the bytes end at \(place), where more was expected"
        case .tooLarge(let place): "the number at byte \(place) is too large"
        case .notText(let place): "the text at byte \(place) is not UTF-8"
        case .leftOver(let place): "nothing was expected from byte \(place) on"
        case .meaningless(let what, let place): "\(what), before byte \(place)"
        }
    }
}
