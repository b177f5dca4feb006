import MiddleboxIR

/// The blocks of a function that control can come back to.
public struct Loops: Sendable {
    private let blocks: Set<Int>

    public init(in function: Function) {
        let successors = function.blocks.map { $0.terminator.successors.map(\.index) }
        blocks = Set(successors.indices.filter { Self.comesBack(to: $0, successors) })
    }

    /// Whether the block is in a loop.
    public func contains(_ block: BlockID) -> Bool { blocks.contains(block.index) }

    private static func comesBack(to start: Int, _ successors: [[Int]]) -> Bool {
        var seen: Set<Int> = []
        var open = successors[start]
        while let block = open.popLast() {
            if block == start { return true }
            if seen.insert(block).inserted { open += successors[block] }
        }
        return false
    }
}
