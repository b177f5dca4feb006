import Diagnostics

/// Why a program has no element graph.
public enum DecompositionError: Error, Sendable {
    /// A function on a cycle of hand-offs, with the place of its call to the next one.
    public struct Call: Hashable, Sendable {
        public let function: String
        public let location: SourceLocation?
    }

    /// `near`: a function of the program whose name looks like a slip of `packet_arrives`.
    case noEntryPoint(near: String?, location: SourceLocation?)
    /// `packet_arrives` does not take the packet alone, or returns something.
    case wrongEntrySignature(found: String, location: SourceLocation?)
    /// A control operation takes something else than one pointer to a struct.
    case wrongOperationSignature(found: String, location: SourceLocation?)
    /// There is no `enum port` with enumerators.
    case noPorts
    /// Elements that hand a packet round in a circle, which need not end.
    case recursion([Call])
}

extension DecompositionError: CustomStringConvertible {
    /// Where to point a reader.
    public var location: SourceLocation? {
        switch self {
        case .noEntryPoint(_, let location), .wrongEntrySignature(_, let location),
            .wrongOperationSignature(_, let location):
            location
        case .noPorts: nil
        case .recursion(let calls): calls.first?.location
        }
    }

    /// One sentence, without the location.
    public var message: String {
        switch self {
        case .noEntryPoint(let near, _):
            "there is no entry point 'void packet_arrives(struct packet *packet)'"
                + (near.map { "; did you mean '\($0)' to be it?" } ?? "")
        case .wrongEntrySignature(let found, _):
            "the entry point is 'void packet_arrives(struct packet *packet)', this is '\(found)'"
        case .wrongOperationSignature(let found, _):
            "a control operation takes a pointer to a constant struct that is no packet, or nothing; this is '\(found)'"
        case .noPorts:
            "the ports are not declared: 'enum port { … };' names them, and some function must use it"
        case .recursion(let calls):
            "elements must not hand a packet round in a circle: "
                + (calls.map(\.function) + calls.prefix(1).map(\.function)).joined(separator: " → ")
        }
    }

    /// As a compiler would say it, with the calls of a cycle as notes.
    public var diagnostic: Diagnostic {
        func span(_ location: SourceLocation?) -> SourceSpan? {
            location.map { SourceSpan(start: $0, endColumn: $0.column) }
        }
        switch self {
        case .noEntryPoint, .wrongEntrySignature, .wrongOperationSignature, .noPorts:
            return Diagnostic(message, at: span(location))
        case .recursion(let calls):
            let notes = calls.indices.dropFirst().map { index in
                Diagnostic.Note(
                    "'\(calls[index].function)' hands the packet to '\(calls[(index + 1) % calls.count].function)' here",
                    at: span(calls[index].location))
            }
            return Diagnostic(message, at: span(location), notes: notes)
        }
    }

    /// With all its places, without snippets.
    public var description: String {
        let diagnostic = diagnostic
        let lines =
            [(place: diagnostic.span?.start, text: "error: \(diagnostic.message)")]
            + diagnostic.notes.map { (place: $0.span?.start, text: "note: \($0.message)") }
        return lines.map { line in (line.place.map { "\($0): " } ?? "") + line.text }.joined(separator: "\n")
    }
}
