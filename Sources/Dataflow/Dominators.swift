import MiddleboxIR

extension Terminator {
    /// Where control may go, each block once, in order.
    var successors: [BlockID] {
        var targets: [BlockID] = []
        switch self {
        case .jump(let target): targets = [target]
        case .branch(_, let then, let otherwise): targets = [then, otherwise]
        case .switch(_, let cases, let fallback): targets = cases.map(\.target) + [fallback]
        case .return, .trap, .unreachable, .unsupported: break
        }
        var seen: Set<BlockID> = []
        return targets.filter { seen.insert($0).inserted }
    }
}

/// The dominator tree of a function's control flow (Cooper, Harvey, Kennedy 2001), and the predecessors of its blocks.
struct Dominators {
    let predecessors: [[Int]]
    /// Nil for the entry and for what control cannot reach.
    private let immediate: [Int?]

    init(_ function: Function) {
        let successors = function.blocks.map { $0.terminator.successors.map(\.index) }
        let order = Dominators.reversePostorder(successors)
        var position = [Int](repeating: -1, count: successors.count)
        for (index, block) in order.enumerated() { position[block] = index }
        var predecessors = [[Int]](repeating: [], count: successors.count)
        for block in order {
            for target in successors[block] { predecessors[target].append(block) }
        }
        var immediate = [Int?](repeating: nil, count: successors.count)
        func meet(_ a: Int, _ b: Int) -> Int {
            var (a, b) = (a, b)
            while a != b {
                while position[a] > position[b], let up = immediate[a] { a = up }
                while position[b] > position[a], let up = immediate[b] { b = up }
            }
            return a
        }
        var changed = true
        while changed {
            changed = false
            for block in order.dropFirst() {
                var candidate: Int?
                for predecessor in predecessors[block] where predecessor == order.first || immediate[predecessor] != nil
                {
                    candidate = candidate.map { meet($0, predecessor) } ?? predecessor
                }
                if immediate[block] != candidate {
                    immediate[block] = candidate
                    changed = true
                }
            }
        }
        self.predecessors = predecessors
        self.immediate = immediate
    }

    /// From the entry down to the block itself.
    func chain(to block: Int) -> [Int] {
        var chain = [block]
        while let last = chain.last, let up = immediate[last] { chain.append(up) }
        return chain.reversed()
    }

    private static func reversePostorder(_ successors: [[Int]]) -> [Int] {
        guard !successors.isEmpty else { return [] }
        var order: [Int] = []
        var seen: Set<Int> = [0]
        var stack: [(block: Int, remaining: ArraySlice<Int>)] = [(0, successors[0][...])]
        while let last = stack.indices.last {
            if let next = stack[last].remaining.popFirst() {
                if seen.insert(next).inserted { stack.append((next, successors[next][...])) }
            } else {
                order.append(stack.removeLast().block)
            }
        }
        return order.reversed()
    }
}
