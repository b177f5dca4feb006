import OrderedCollections

extension Program {
    /// A digest of a function with all that it refers to: its code, that of the functions that it calls (and those call), the objects at file scope
    /// that any of them names, with their types and initial content; the ports; and the lines of all that.
    ///
    /// - Parameter isHandOff: whether a call in the function itself, by its block and its place in that, leads to something that is not part of it.
    public func digest(ofFunction name: String, withoutCalls isHandOff: (BlockID, Int) -> Bool) -> ContentHash {
        var hasher = ContentHasher("part of a program")
        for port in ports {
            hasher.add(port.name)
            hasher.add(Int(port.number))
        }
        // What code means is in one text, where it is in the other.
        let printers = [Printer(withLocations: false), Printer(withLocations: true)]
        var mentions = Mentions()
        mentions.functions.append(name)
        var next = 0
        while next < mentions.functions.count {
            let name = mentions.functions[next]
            next += 1
            hasher.add(name)
            guard let function = function(name) else {
                hasher.add(0)
                continue
            }
            for printer in printers { hasher.add(printer.text(function)) }
            mentions.add(function) { [isFirst = next == 1] block, instruction in
                isFirst && isHandOff(block, instruction)
            }
        }
        for name in mentions.globals {
            hasher.add(name)
            guard let global = global(name) else {
                hasher.add(0)
                continue
            }
            for printer in printers { hasher.add(printer.text(global)) }
        }
        return hasher.finish()
    }
}

/// The functions and the objects at file scope that code names, in order of their first mention.
private struct Mentions {
    var functions: OrderedSet<String> = []
    var globals: OrderedSet<String> = []

    /// - Parameter isLeftOut: whether the callee of a call is none of them. Its arguments are.
    mutating func add(_ function: Function, isLeftOut: (BlockID, Int) -> Bool) {
        for (index, block) in function.blocks.enumerated() {
            for phi in block.phis { for incoming in phi.incoming { add(incoming.value) } }
            for (position, instruction) in block.instructions.enumerated() {
                add(instruction.operation, isLeftOut: isLeftOut(BlockID(index), position))
            }
            add(block.terminator)
        }
    }

    private mutating func add(_ operation: Operation, isLeftOut: Bool) {
        switch operation {
        case .binary(_, let a, let b), .compare(_, let a, let b):
            add(a)
            add(b)
        case .cast(_, let value), .load(let value, _), .extractValue(let value, _), .freeze(let value): add(value)
        case .select(let condition, let then, let otherwise):
            for operand in [condition, then, otherwise] { add(operand) }
        case .store(let value, _, let address, _), .insertValue(let address, let value, _):
            add(value)
            add(address)
        case .address(let base, _, let terms):
            add(base)
            for term in terms { add(term.index) }
        case .call(let callee, let arguments):
            if !isLeftOut { add(callee) }
            for argument in arguments { add(argument) }
        case .allocate, .unsupported: break
        }
    }

    private mutating func add(_ callee: Callee) {
        switch callee {
        case .function(let name): functions.append(name)
        case .indirect(let operand): add(operand)
        case .external, .intrinsic, .assembly: break
        }
    }

    private mutating func add(_ terminator: Terminator) {
        switch terminator {
        case .return(let value): if let value { add(value) }
        case .branch(let condition, _, _): add(condition)
        case .switch(let value, _, _): add(value)
        case .jump, .trap, .unreachable, .unsupported: break
        }
    }

    private mutating func add(_ operand: Operand) {
        switch operand {
        case .global(let name): globals.append(name)
        case .function(let name): functions.append(name)
        case .offset(let base, _): add(base)
        case .aggregate(let elements): for element in elements { add(element) }
        case .register, .parameter, .integer, .null, .undefined, .unsupported: break
        }
    }
}
