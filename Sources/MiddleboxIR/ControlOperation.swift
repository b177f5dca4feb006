import Diagnostics

/// An entry point that has no packet: declared with `CONTROL_OPERATION`, run between packets.
public struct ControlOperation: Hashable, Sendable {
    public let name: String
    /// The C types of what it takes: one pointer to a struct, or nothing, in a program that is accepted.
    public let parameters: [CType]
    public let location: SourceLocation?

    public init(name: String, parameters: [CType], location: SourceLocation?) {
        self.name = name
        self.parameters = parameters
        self.location = location
    }

    /// The struct that it is given a pointer to; nil where it is given nothing, or something else.
    public var argument: CType? {
        guard parameters.count == 1, case .pointer(let target) = parameters[0].underlying,
            case .structure = target.underlying
        else { return nil }
        return target
    }
}
