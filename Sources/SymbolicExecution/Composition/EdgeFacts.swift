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

extension OrderedDictionary where Key == EdgeFacts.Edge, Value == [Term] {
    /// Takes into account that packets cross the edge in this way, too.
    mutating func note(_ arrival: Arrival, on edge: EdgeFacts.Edge) {
        let known = KnownFacts(arrival.knowledge.conditions)
        if let common = self[edge] {
            self[edge] = common.filter { known.decide($0) == true && $0.holds(ofBytes: arrival.bytes, known) }
        } else {
            self[edge] = arrival.knowledge.conditions.filter {
                $0.isAboutPacket && $0.holds(ofBytes: arrival.bytes, known)
            }
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

    /// Whether what it says of the bytes that came in is true of others, too: it reads nothing that was written.
    fileprivate func holds(ofBytes bytes: Term, _ facts: KnownFacts) -> Bool {
        var written: [Term] = []
        var current = bytes
        while current.operation == .store {
            written.append(current.arguments[1])
            current = current.arguments[0]
        }
        if current != InputVariables.bytes { return false }
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
