import Diagnostics
import MiddleboxIR

/// The dataflow of one middlebox: its elements, who hands packets to whom, and which element owns which state.
///
/// Made by `init(decomposing:)`. All lists are in a fixed order: elements in the order in which packets meet them, the rest as in the C source.
public struct ElementGraph: Sendable {
    /// A part of the middlebox that is verified alone: one input function, or several that share mutable state.
    public struct Element: Hashable, Sendable {
        /// The input function's name; of several, the names joined by `+` in source order.
        public let name: String
        /// The functions by which packets enter, and control operations that share its state, in source order.
        public let inputs: [String]
        /// The mutable objects at file scope that this element alone touches: maps, pools, and plain objects that anyone writes.
        public let ownedState: [String]
        /// What it reads and nobody writes: the configuration, constants, plain objects that keep their initial value.
        public let readState: [String]
        /// The functions that belong to it, those called by helpers included. A function may belong to several elements, and may
        /// be an input of one and, called before the end of another's function, a helper of that one.
        public let helpers: [String]
        /// The C file that `lines` counts in; nil without debug information.
        public let file: String?
        /// From the first line of the first input function to the last line of the last one.
        public let lines: ClosedRange<Int>

        /// `12`, or `12-34`.
        var lineText: String {
            lines.count == 1 ? "\(lines.lowerBound)" : "\(lines.lowerBound)-\(lines.upperBound)"
        }
    }

    /// Where a packet goes when it leaves an input function.
    public enum Destination: Hashable, Sendable {
        /// An input function, of the same element or of another.
        case input(String)
        /// A port: its name, the number where no port has it, nil where it is computed at run time.
        case emit(port: String?)
        case drop
    }

    /// One place in the C source at which packets cross an edge.
    public struct HandOff: Hashable, Sendable {
        public let location: SourceLocation?
        /// What the function has found out on every path to this place, in the words of the C source: `tcp != NULL`. These are necessary
        /// conditions, not all of them: what cannot be told in the words of the source is left out.
        public let conditions: [String]
    }

    /// Packets go this way.
    public struct Edge: Hashable, Sendable {
        /// The input function that hands on, itself or in a helper.
        public let from: String
        public let to: Destination
        public let handOffs: [HandOff]
        /// What holds of every packet that goes this way, as execution has found it out; nil where nobody has asked.
        public internal(set) var fact: EdgeFact?

        init(from: String, to: Destination, handOffs: [HandOff]) {
            self.from = from
            self.to = to
            self.handOffs = handOffs
        }

        /// In source order, without repetition.
        public var locations: [SourceLocation] { Set(handOffs.compactMap(\.location)).sorted() }

        /// The conditions that all the hand-offs have in common; nil when there are none.
        public var condition: String? {
            guard let first = handOffs.first else { return nil }
            let common = first.conditions.filter { text in handOffs.allSatisfy { $0.conditions.contains(text) } }
            return common.isEmpty ? nil : common.joined(separator: " && ")
        }
    }

    /// What holds of every packet that one input hands on to another: every one of its ways there has decided it, or one before it.
    public struct EdgeFact: Hashable, Sendable {
        public let from: String
        public let to: String
        /// That the packets have, well-formed, from the outside in.
        public let headers: [String]
        /// `ipv4.protocol == 6`.
        public let facts: [String]

        public init(from: String, to: String, headers: [String], facts: [String]) {
            self.from = from
            self.to = to
            self.headers = headers
            self.facts = facts
        }

        /// `tcp; ipv4.protocol == 6`: the innermost header stands for those around it.
        public var text: String { ((headers.last.map { [$0] } ?? []) + facts).joined(separator: "; ") }
    }

    /// The graph with facts on its edges between inputs.
    public func with(facts: [EdgeFact]) -> ElementGraph {
        var result = self
        for index in edges.indices {
            guard case .input(let target) = edges[index].to else { continue }
            result.edges[index].fact = facts.first { $0.from == edges[index].from && $0.to == target }
        }
        return result
    }

    /// The middlebox's name.
    public let name: String
    public let elements: [Element]
    /// In order of `from` in the source, then of the first hand-off.
    public internal(set) var edges: [Edge]
    /// The name of the element that owns a mutable object, by the object's name.
    public let stateOwners: [String: String]
    /// The input function that every packet enters by.
    public let entry: String
    /// The input functions of all elements, each one behind all that hand packets to it. (Elements as a whole may have cycles.) Control
    /// operations, which no packet comes to, are at the end.
    public let inputsInFlowOrder: [String]

    /// The inputs that are control operations: no packet comes to them.
    public let operations: [String]

    let tailHandOffs: [CallPlace: Destination]

    /// Whether the call at this place, in a function that is executed as an element's input, ends the element: nothing but the return
    /// follows, and the callee is `packet_emit`, `packet_drop` or another input function, which is given the same packet.
    ///
    /// In a function that is inlined as a helper nothing is a hand-off: the caller goes on after it. The executor tells the two apart
    /// by its call depth.
    public func isTailHandOff(function: String, block: BlockID, instruction: Int) -> Bool {
        tailHandOffs[CallPlace(function: function, block: block, instruction: instruction)] != nil
    }

    /// Where a tail hand-off goes; nil for everything else. The port of an emit is not told here.
    public func tailHandOff(function: String, block: BlockID, instruction: Int) -> Destination? {
        tailHandOffs[CallPlace(function: function, block: block, instruction: instruction)]
    }

    /// The element that a function is an input of.
    public func element(ofInput function: String) -> Element? {
        elements.first { $0.inputs.contains(function) }
    }

    public func edges(from function: String) -> [Edge] { edges.filter { $0.from == function } }

    /// The element by its name or by one of its input functions.
    public func element(named name: String) -> Element? {
        elements.first { $0.name == name } ?? element(ofInput: name)
    }
}

/// An instruction of the program.
struct CallPlace: Hashable, Sendable {
    let function: String
    let block: BlockID
    let instruction: Int
}
