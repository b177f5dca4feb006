import Logic
import OrderedCollections

/// What holds of every packet that one input function hands on to another: each of its ways there has decided it, or one before it.
public struct EdgeFacts: Sendable {
    public struct Edge: Hashable, Sendable {
        public let from: String
        public let to: String
    }

    public let edge: Edge
    /// About the packet as it is handed on, its port, and the configuration, in the variables of `InputVariables`.
    public let facts: [Term]
}

extension EdgeFacts {
    /// - Parameter arrivals: all that come over the edge.
    init(edge: Edge, arrivals: [Arrival]) {
        let ways = arrivals.map { (packet: $0.packet, facts: KnownFacts($0.knowledge.conditions)) }
        // One way may list what another does not need to: it follows from what that one has decided.
        let candidates = OrderedSet(arrivals.flatMap(\.knowledge.conditions).filter(\.isAboutPacket))
        self.edge = edge
        facts = candidates.filter { fact in
            ways.allSatisfy { $0.facts.decide(fact) == true && fact.holds(of: $0.packet, $0.facts) }
        }
    }
}

extension Term {
    /// Whether it speaks of the packet that came in, its port and the configuration, and of nothing else.
    fileprivate var isAboutPacket: Bool {
        freeVariables.allSatisfy { variable in
            if [InputVariables.bytes, InputVariables.length, InputVariables.port].contains(variable) { return true }
            // State and results of the runtime's functions are gone when the packet is there.
            guard let name = variable.variableName, variable != InputVariables.now, !name.contains("#") else {
                return false
            }
            return !variable.sort.isArray && !name.contains(":last") && !name.contains(":argument")
        }
    }

    /// Whether what it says of the packet that came in is true of it as it is now, too: it reads nothing that was written, and the packet begins
    /// and ends where it did.
    fileprivate func holds(of packet: PacketTerms, _ facts: KnownFacts) -> Bool {
        if packet.length != InputVariables.length, freeVariables.contains(InputVariables.length) { return false }
        var written: [Term] = []
        var current = packet.bytes
        while current.operation == .store {
            written.append(current.arguments[1])
            current = current.arguments[0]
        }
        if current != InputVariables.bytes { return !freeVariables.contains(InputVariables.bytes) }
        if written.isEmpty { return true }
        var isKept = true
        forEachSubterm { term in
            if term.operation == .select, term.arguments[0] == InputVariables.bytes {
                if !written.allSatisfy({ facts.decide(.equal($0, term.arguments[1])) == false }) { isKept = false }
            } else if term.arguments.contains(InputVariables.bytes) {
                isKept = false
            }
        }
        return isKept
    }
}

extension Sort {
    fileprivate var isArray: Bool { if case .array = self { true } else { false } }
}
