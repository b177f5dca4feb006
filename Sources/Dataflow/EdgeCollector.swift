import Diagnostics
import MiddleboxIR

/// Finds the edges that leave an input function.
struct EdgeCollector {
    private let handOffs: HandOffs
    private let portNames: [UInt128: String]
    private let sources: [String: ConditionSource]

    init(program: Program, handOffs: HandOffs) {
        self.handOffs = handOffs
        portNames = Dictionary(
            program.ports.map { (UInt128($0.number), $0.name) }, uniquingKeysWith: { first, _ in first })
        sources = Dictionary(
            program.sources.map { ($0.path, ConditionSource($0)) }, uniquingKeysWith: { first, _ in first })
    }

    /// - Parameter inlined: the helpers that run inside the input.
    func edges(from input: String, inlined: [String]) -> [ElementGraph.Edge] {
        var order: [ElementGraph.Destination] = []
        var found: [ElementGraph.Destination: [ElementGraph.HandOff]] = [:]
        func add(_ destination: ElementGraph.Destination, _ handOff: ElementGraph.HandOff) {
            if found[destination] == nil { order.append(destination) }
            found[destination, default: []].append(handOff)
        }

        // A recursive input is inlined in itself: its own places count once.
        for name in [input] + inlined.filter({ $0 != input }) {
            guard let function = handOffs.functions[name] else { continue }
            let conditions = PathConditions(function, sources: sources)
            let constants = ConstantChoices(function, conditions: conditions)
            var endings = handOffs.calls(of: name).filter(\.leavesProgram).map { (site: $0, to: nil as String?) }
            if name == input {
                for call in handOffs.tailCalls[name] ?? [] {
                    if case .input(let next) = call.destination { endings.append((call.site, next)) }
                }
            }
            endings.sort { inSourceOrder($0.site, $1.site) }
            for (site, next) in endings {
                let known = conditions.conditions(of: site.block)
                if let next {
                    add(.input(next), ElementGraph.HandOff(location: site.location, conditions: known))
                } else if case .external("packet_drop") = site.callee {
                    add(.drop, ElementGraph.HandOff(location: site.location, conditions: known))
                } else if site.arguments.count > 1, let choices = constants.choices(of: site.arguments[1]) {
                    for choice in choices {
                        add(
                            .emit(port: portNames[choice.value] ?? "\(choice.value)"),
                            ElementGraph.HandOff(
                                location: site.location,
                                conditions: known + choice.conditions.filter { !known.contains($0) }))
                    }
                } else {
                    add(.emit(port: nil), ElementGraph.HandOff(location: site.location, conditions: known))
                }
            }
        }
        return order.map { ElementGraph.Edge(from: input, to: $0, handOffs: found[$0] ?? []) }
    }

    private func inSourceOrder(_ a: CallSite, _ b: CallSite) -> Bool {
        if let first = a.location, let second = b.location, first != second { return first < second }
        return (a.block.index, a.instruction) < (b.block.index, b.instruction)
    }
}
