import Diagnostics
import MiddleboxIR

/// Which functions of a program hand packets on, and where: the part of the decomposition that looks at calls alone.
struct HandOffs {
    struct TailCall {
        let site: CallSite
        let destination: ElementGraph.Destination
    }

    let functions: [String: Function]
    /// The input functions that packets can reach, each behind all that hand packets to it; then the control operations, which run from
    /// outside.
    private(set) var inputs: [String] = []
    /// The calls that end an input function, in order of appearance. Only of functions in `inputs`.
    private(set) var tailCalls: [String: [TailCall]] = [:]
    private let sites: [String: [CallSite]]
    private let isWhole: Bool

    /// - Parameter isWhole: whether the entry point is the only input: it calls all other functions as any C function is called.
    init(_ program: Program, entry: String, isWhole: Bool = false) throws(DecompositionError) {
        self.isWhole = isWhole
        functions = Dictionary(program.functions.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        sites = functions.mapValues(\.callSites)
        let handingOn = functionsThatHandOn(program, entry: entry)
        for name in handingOn { tailCalls[name] = tailCalls(of: name, to: handingOn) }
        inputs = try flowOrder(from: entry)
        inputs += program.controlOperations.map(\.name).filter { !inputs.contains($0) }
        let reached = Set(inputs)
        tailCalls = tailCalls.filter { reached.contains($0.key) }
    }

    func calls(of function: String) -> [CallSite] { sites[function] ?? [] }

    /// The functions that run inside an element entered by `input`, apart from that function itself: what it calls otherwise than by a
    /// tail hand-off, and all that those call in turn. `input` is among them where it is called again.
    func inlined(in input: String) -> Set<String> {
        let ending = Set((tailCalls[input] ?? []).map { Place($0.site) })
        var pending = calls(of: input).filter { !ending.contains(Place($0)) }.compactMap(\.function)
        var found: Set<String> = []
        while let name = pending.popLast() {
            guard functions[name] != nil, found.insert(name).inserted else { continue }
            pending += calls(of: name).compactMap(\.function)
        }
        return found
    }

    private struct Place: Hashable {
        let block: BlockID
        let instruction: Int

        init(_ site: CallSite) {
            block = site.block
            instruction = site.instruction
        }
    }

    /// The least set of packet-taking `void` functions with a tail hand-off, to the runtime or to each other. The entry point always counts:
    /// should it hand on nothing, that is for the executor to find.
    private func functionsThatHandOn(_ program: Program, entry: String) -> Set<String> {
        var found: Set<String> = [entry]
        var grew = !isWhole
        while grew {
            grew = false
            for function in program.functions where !found.contains(function.name) {
                guard function.returnType == .void, function.packetParameter != nil else { continue }
                if !tailCalls(of: function.name, to: found).isEmpty {
                    found.insert(function.name)
                    grew = true
                }
            }
        }
        return found
    }

    private func tailCalls(of name: String, to inputs: Set<String>) -> [TailCall] {
        guard let function = functions[name] else { return [] }
        return calls(of: name).compactMap { site in
            guard function.isTailPosition(site) else { return nil }
            switch site.callee {
            case .external("packet_emit"):
                return function.passesItsPacket(site, as: 0)
                    ? TailCall(site: site, destination: .emit(port: nil)) : nil
            case .external("packet_drop"):
                return function.passesItsPacket(site, as: 0) ? TailCall(site: site, destination: .drop) : nil
            case .function(let callee):
                guard !isWhole, inputs.contains(callee), let position = functions[callee]?.packetParameter,
                    function.passesItsPacket(site, as: position)
                else { return nil }
                return TailCall(site: site, destination: .input(callee))
            case .external, .intrinsic, .indirect, .assembly:
                return nil
            }
        }
    }

    /// Depth-first along the tail hand-offs, reversed at the end: a topological order. Throws where there is none.
    private func flowOrder(from entry: String) throws(DecompositionError) -> [String] {
        struct Visit {
            let function: String
            var remaining: ArraySlice<TailCall>
            var location: SourceLocation?
        }
        var finished: [String] = []
        var done: Set<String> = []
        // Taken from the back, so that the reversed order has the callees in the order of the source.
        func successors(_ name: String) -> ArraySlice<TailCall> {
            (tailCalls[name] ?? []).filter { if case .input = $0.destination { true } else { false } }[...]
        }
        var path = [Visit(function: entry, remaining: successors(entry), location: nil)]
        while let last = path.indices.last {
            guard let call = path[last].remaining.popLast() else {
                let visit = path.removeLast()
                done.insert(visit.function)
                finished.append(visit.function)
                continue
            }
            guard case .input(let next) = call.destination, !done.contains(next) else { continue }
            path[last].location = call.site.location
            if let start = path.firstIndex(where: { $0.function == next }) {
                throw .recursion(
                    path[start...].map { DecompositionError.Call(function: $0.function, location: $0.location) })
            }
            path.append(Visit(function: next, remaining: successors(next), location: nil))
        }
        return finished.reversed()
    }
}
