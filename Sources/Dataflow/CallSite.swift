import Diagnostics
import MiddleboxIR

/// A call in a function.
struct CallSite {
    let block: BlockID
    let instruction: Int
    let callee: Callee
    let arguments: [Operand]
    let location: SourceLocation?

    /// The function of the program that is called; nil for all other callees.
    var function: String? {
        switch callee {
        case .function(let name), .indirect(.function(let name)): name
        case .external, .intrinsic, .indirect, .assembly: nil
        }
    }

    /// What the runtime does with the packet at this call, if it is one of `packet_emit`, `packet_emit_copy` or `packet_drop`: where the
    /// packet, or a copy of it, leaves.
    var leavesProgram: Bool {
        switch callee {
        case .external("packet_emit"), .external("packet_emit_copy"), .external("packet_drop"): true
        case .external, .function, .intrinsic, .indirect, .assembly: false
        }
    }
}

extension Function {
    /// All calls, in order of blocks and instructions.
    var callSites: [CallSite] {
        var sites: [CallSite] = []
        for (index, block) in blocks.enumerated() {
            for (position, instruction) in block.instructions.enumerated() {
                guard case .call(let callee, let arguments) = instruction.operation else { continue }
                sites.append(
                    CallSite(
                        block: BlockID(index), instruction: position, callee: callee, arguments: arguments,
                        location: instruction.location))
            }
        }
        return sites
    }

    /// Whether nothing but the return of this `void` function follows: jumps to blocks without instructions, then `return`.
    func isTailPosition(_ site: CallSite) -> Bool {
        guard returnType == .void, site.instruction == blocks[site.block.index].instructions.count - 1 else {
            return false
        }
        var current = site.block.index
        var visited: Set<Int> = [current]
        while true {
            switch blocks[current].terminator {
            case .return: return true
            case .jump(let target):
                guard visited.insert(target.index).inserted, blocks[target.index].instructions.isEmpty else {
                    return false
                }
                current = target.index
            case .branch, .switch, .trap, .unreachable, .unsupported: return false
            }
        }
    }

    /// Whether the call is given this function's own packet as its argument number `index`.
    func passesItsPacket(_ site: CallSite, as index: Int) -> Bool {
        guard let own = packetParameter, site.arguments.indices.contains(index) else { return false }
        return site.arguments[index] == .parameter(own)
    }
}
