import Diagnostics
import Logic
import MiddleboxIR
import SymbolicExecution

/// What ways through a middlebox read or change of one state object: one entry of it, or all.
struct StateAccess {
    let object: String
    /// The map's key, the pool's index, or the place of a byte in a C object; nil: all of the object.
    let key: Term?
    var isChange: Bool
    /// What each of the ways has decided about its packet: one of these lists holds.
    var decisions: [[Term]]
    /// Where the C code does it, on one of the ways that change something, if any does.
    var location: SourceLocation?
}

/// Finds what ways through a middlebox have to do with its state.
///
/// All that state does to a packet, and a packet to state, stands in the terms of the packet's way: what was decided, what leaves, and what the
/// state is afterwards. Where state is not read entry by entry, all of the object counts as read. How full a map is counts as no access: see
/// ``Sharding``.
struct StateAccessFinder {
    private let model: StateModel
    /// The objects whose contents variables stand for.
    private let objects: [Term: String]
    private let before: StateTerms

    init(_ model: StateModel) {
        self.model = model
        before = .symbolic(model)
        var objects: [Term: String] = [:]
        for (name, terms) in Self.terms(before) {
            for term in terms where term.variableName != nil { objects[term] = name }
        }
        self.objects = objects
    }

    /// The accesses of the ways, those to the same entry put together, in the order in which they are met.
    func accesses(of paths: [ProgramPath]) -> [StateAccess] {
        struct Place: Hashable {
            let object: String
            let key: Term?
        }
        var found: [StateAccess] = []
        var places: [Place: Int] = [:]
        for path in paths {
            let decisions = path.knowledge.conditions.filter(isAboutPacket)
            for (object, key, isChange) in accesses(of: path) {
                let place = Place(object: object, key: key)
                guard let index = places[place] else {
                    places[place] = found.count
                    found.append(
                        StateAccess(
                            object: object, key: key, isChange: isChange, decisions: [decisions],
                            location: location(of: object, on: path)))
                    continue
                }
                if !found[index].decisions.contains(decisions) { found[index].decisions.append(decisions) }
                if isChange, !found[index].isChange {
                    found[index].isChange = true
                    found[index].location = location(of: object, on: path)
                }
            }
        }
        return found
    }

    /// Whether it says something of the packet and of nothing else.
    private func isAboutPacket(_ condition: Term) -> Bool {
        let packet: Set<Term> = [InputVariables.bytes, InputVariables.length, InputVariables.port]
        return condition.freeVariables.allSatisfy(packet.contains)
    }

    /// Where the object is last used; in doubt, where the way ends.
    private func location(of object: String, on path: ProgramPath) -> SourceLocation? {
        path.trace.last { $0.note.contains("'\(object)'") && !$0.location.isInRuntimeHeader }?.location
            ?? path.lastLocation
    }

    private func accesses(of path: ProgramPath) -> [(object: String, key: Term?, isChange: Bool)] {
        var result: [(object: String, key: Term?, isChange: Bool)] = []
        // What state becomes: entry by entry, or otherwise all of it.
        let old = Dictionary(Self.terms(before)) { first, _ in first }
        for (object, terms) in Self.terms(path.state) {
            for (new, old) in zip(terms, old[object] ?? []) where new != old {
                if owner(ofArray: new) != object { result.append((object, nil, true)) }
            }
        }
        var roots = path.knowledge.conditions + path.knowledge.arithmetic.flatMap { [$0.formula, $0.representative] }
        roots += path.outputs.flatMap(\.terms) + path.state.terms
        for fact in path.knowledge.exact {
            switch fact {
            case .firstFree(let deadline, _, _, _, _, _), .allAllocated(let deadline, _, _, _):
                // Which index is free depends on all of them, and the next allocation on this one.
                if let object = owner(ofArray: deadline) { result.append((object, nil, true)) }
            case .full, .hasRoom: continue
            case .formula: break
            }
            roots += fact.terms
        }
        Term.forEachSubterm(of: roots) { term in
            for (index, argument) in term.arguments.enumerated() {
                if let object = objects[argument], !argument.isArray {
                    result.append((object, nil, false))
                    continue
                }
                guard argument.isArray else { continue }
                let owned = owners(ofArray: argument)
                if owned.isEmpty { continue }
                switch (term.operation, index) {
                case (.select, 0): result += owned.sorted().map { ($0, term.arguments[1], false) }
                case (.store, 0): result += owned.sorted().map { ($0, term.arguments[1], true) }
                case (.ifThenElse, 1...): continue
                default:
                    if isCount(term), owned.allSatisfy({ model.maps[$0] != nil }) { continue }
                    result += owned.sorted().map { ($0, nil, false) }
                }
            }
        }
        return result
    }

    private func isCount(_ term: Term) -> Bool {
        if case .apply(let name) = term.operation { return Term.isCount(name) }
        return false
    }

    /// The only object whose contents, entries changed, the array is.
    private func owner(ofArray array: Term) -> String? {
        let owned = owners(ofArray: array)
        return owned.count == 1 ? owned.first : nil
    }

    /// The objects whose contents the array may be, through stores and choices.
    private func owners(ofArray array: Term) -> Set<String> {
        var result: Set<String> = []
        var open = [array]
        var visited: Set<Term> = []
        while let term = open.popLast() {
            guard visited.insert(term).inserted else { continue }
            if let object = objects[term] { result.insert(object) }
            switch term.operation {
            case .store: open.append(term.arguments[0])
            case .ifThenElse: open += term.arguments[1...]
            default: continue
            }
        }
        return result
    }

    /// Each object with the terms that are its contents.
    private static func terms(_ state: StateTerms) -> [(String, [Term])] {
        state.maps.map { ($0.key, [$0.value.deadline, $0.value.value]) }
            + state.pools.map { ($0.key, [$0.value.deadline, $0.value.last]) }
            + state.plain.map { ($0.key, [$0.value]) }
    }
}

extension Term {
    fileprivate var isArray: Bool { if case .array = sort { true } else { false } }
}
